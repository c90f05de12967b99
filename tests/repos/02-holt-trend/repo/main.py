"""Smooth the series and extrapolate it."""
import json
from pathlib import Path

import yaml

from data_loader import load_series
from model import HoltTrend


def main():
    """Fit, forecast, write the numbers."""
    config = yaml.safe_load(Path("config.yaml").read_text())
    series = load_series(config["months"], config["seed"])
    model = HoltTrend(config["alpha"], config["beta"])
    fitted = model.fit(series)
    mae = float((series.iloc[2:] - fitted).abs().mean())
    out = Path("results")
    out.mkdir(exist_ok=True)
    result = {"last": str(series.index[-1]), "mae": mae, "forecast": model.forecast(config["horizon"])}
    (out / "forecast.json").write_text(json.dumps(result))
    print(f"MAE {mae:.3f}")


if __name__ == "__main__":
    main()
