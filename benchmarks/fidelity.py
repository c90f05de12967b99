"""Planted departures: which are found, which are cured, what is said of changes that are none; run with a model.

python -m benchmarks.fidelity OUT --model manual:DIR [--only online-td-03 ...]

Each change of `benchmarks/departures` is planted into a copy of its repository, which `p2c refine` then works on. A
departure counts as found if a criterion is not met in the planted copy that is met in the unchanged one, and as cured
if the refined copy computes what the unchanged one does. Both are decided by programs: the first from the JSON
documents, the second by the smoke run's metrics, the full configuration, and the syntax trees where the smoke run is
too small to tell. What has a document in OUT already is not run again.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.departures import CONTROL, PlantedChange, cases, changes, files_of, paper_of
from p2c.executor.runner import CheckRequest, run_checks
from p2c.journal import Journal
from p2c.repository_files import read
from p2c.run_contract import read_contract
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.options import SandboxOptions
from p2c.untrusted_yaml import load_yaml

UNMET = frozenset({"not", "partly"})
CLOSE = 1e-6
"""Relative difference of metrics that are the same: a term summed in another order changes less."""


def refined(name: str, files: Mapping[str, str], paper: str, out: Path, model: str) -> dict[str, Any]:
    """Write the files to `out/name`, refine them, and return the document; an earlier run's is read back."""
    place = out / f"{name}.json"
    if place.exists():
        document: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
        return document
    root = out / name
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    (out / f"{name}.paper.md").write_text(paper, encoding="utf-8")
    words = ["refine", str(root), "--paper", str(out / f"{name}.paper.md"), "--model", model, "--json"]
    done = subprocess.run([sys.executable, "-m", "p2c", *words], check=False, capture_output=True, text=True)
    if not done.stdout.strip():
        raise SystemExit(f"{name}: {done.stderr[-2000:]}")
    place.write_text(done.stdout, encoding="utf-8")
    return dict(json.loads(done.stdout))


def unmet(document: Mapping[str, Any], when: str = "before") -> set[str]:
    """The requirements that were not met, by their text, when the loop began (`before`) or ended (`status`)."""
    rows = document.get("fidelity", {}).get("criteria", [])
    return {row["requirement"] for row in rows if row.get(when) in UNMET}


def metrics(root: Path) -> Mapping[str, Any]:
    """What a folder's smoke run writes, run in p2c's sandbox; empty where it does not end well."""
    repo = read(root)
    request = CheckRequest(contract=read_contract(repo.files["p2c.toml"]), only=frozenset({"smoke"}))
    with contextlib.closing(open_sandbox("local", SandboxOptions())) as sandbox:
        return run_checks(repo, request, sandbox, Journal()).metrics


def same(left: Any, right: Any) -> bool:
    """Whether two trees of metrics hold the same numbers."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, int | float) and isinstance(right, int | float):
        return abs(left - right) <= CLOSE * max(1.0, abs(left))
    return bool(left == right)


def is_cured(change: PlantedChange, root: Path, measured: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the refined copy is the unchanged repository again, as far as programs can tell."""
    original = files_of(change.case)[change.file]
    text = (root / change.file).read_text(encoding="utf-8")
    if not change.file.endswith(".py"):
        return bool(load_yaml(text) == load_yaml(original))
    if ast.dump(ast.parse(text)) == ast.dump(ast.parse(original)):
        return True
    base, planted, now = (measured[key] for key in ("base", "planted", "now"))
    return bool(base) and not same(base, planted) and same(base, now)


def main() -> None:
    """Run what is asked for and print a line a change, then the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--only", nargs="*", default=[])
    asked = parser.parse_args()
    counts: Counter[str] = Counter()
    for case in cases():
        chosen = [change for change in changes(case) if not asked.only or change.name in asked.only]
        if not chosen:
            continue
        paper = paper_of(case)
        base = refined(f"{case}-base", files_of(case), paper, asked.out, asked.model)
        for change in chosen:
            _one(change, base, paper, asked, counts)
    departures, controls = counts["departures"], counts["controls"]
    print(f"departures: {counts['found']} of {departures} found, {counts['cured']} cured; runs lost: {counts['lost']}")
    print(f"controls: {counts['alarms']} of {controls} with a false alarm, {counts['touched']} changed by a kept patch")


def _one(change: PlantedChange, base: Mapping[str, Any], paper: str, asked: argparse.Namespace, counts: Any) -> None:
    planted = change.planted(files_of(change.case))
    document = refined(change.name, planted, paper, asked.out, asked.model)
    new = unmet(document) - unmet(base)
    kept = document.get("fidelity", {}).get("kept", 0)
    counts["lost"] += document.get("verdict") != "runs"
    if change.kind == CONTROL:
        counts["controls"] += 1
        counts["alarms"] += bool(new)
        counts["touched"] += bool(kept)
        print(f"{change.name} control: {'false alarm: ' + '; '.join(sorted(new)) if new else 'silent'}")
        return
    before = asked.out / f"{change.name}.planted"
    for path, text in planted.items():
        (before / path).parent.mkdir(parents=True, exist_ok=True)
        (before / path).write_text(text, encoding="utf-8")
    roots = {"base": asked.out / f"{change.case}-base", "planted": before, "now": asked.out / change.name}
    cured = bool(kept) and is_cured(change, roots["now"], {key: metrics(root) for key, root in roots.items()})
    counts["departures"] += 1
    counts["found"] += bool(new)
    counts["cured"] += cured
    print(f"{change.name} {change.kind}: {'found' if new else 'missed'}, {'cured' if cured else 'not cured'}")


if __name__ == "__main__":
    main()
