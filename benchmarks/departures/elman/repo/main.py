"""Run the experiments of a configuration and write the tables as JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import yaml

from experiments import all_tables


def main() -> None:
    """Read the configuration, run, write outputs/metrics.json."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default="configs/smoke.yaml")
    config = yaml.safe_load(Path(parser.parse_args().config).read_text(encoding="utf-8"))
    tables = all_tables(config)
    place = Path(config["output"])
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(tables, indent=2), encoding="utf-8")
    for name, rows in tables.items():
        print(name, rows)


if __name__ == "__main__":
    main()
