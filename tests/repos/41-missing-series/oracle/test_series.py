import numpy as np
import pytest
from running import REPO, load, probe, smoke


def walker(x):
    x = x - x.mean()
    c = [np.mean(np.append(x[k:] * x[: len(x) - k], np.zeros(k))) for k in range(3)]
    a = np.linalg.solve([[c[0], c[1]], [c[1], c[0]]], c[1:])
    return a, c[0] - a @ c[1:]


def test_it_runs_without_the_recordings():
    smoke()
    found = load("outputs/metrics.json")
    assert found["rows"] == 400 and len(found["coefficients"]) == 2 and found["noise"] > 0


def test_recordings_are_read_where_they_are():
    place = REPO / "data/series.csv"
    kept = place.read_text() if place.exists() else None
    place.parent.mkdir(exist_ok=True)
    x = np.random.default_rng(5).normal(size=90).cumsum() * 0.1
    place.write_text("value\n" + "".join(f"{v:.9f}\n" for v in x))
    (REPO / "outputs/metrics.json").unlink(missing_ok=True)
    try:
        smoke()
        found = load("outputs/metrics.json")
    finally:
        place.unlink() if kept is None else place.write_text(kept)
    a, noise = walker(np.round(x, 9))
    assert found["rows"] == 90 and found["coefficients"] == pytest.approx(a, rel=1e-6)
    assert found["noise"] == pytest.approx(noise, rel=1e-6)


def test_estimator():
    x = np.random.default_rng(2).normal(size=50)
    out = probe(f"from model import Autoregression\nm = Autoregression(2).fit({x.tolist()})\nprint(json.dumps(m.coefficients.tolist()))")
    assert out == pytest.approx(walker(x)[0])
