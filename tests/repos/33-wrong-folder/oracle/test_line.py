import statistics

import pytest
from running import REPO, load, probe, smoke


def fit(points):
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for k, a in enumerate(points) for b in points[k + 1 :]]
    slope = statistics.median(slopes)
    return slope, statistics.median(y - slope * x for x, y in points)


def test_measurements_and_other_measurements():
    place = REPO / "data/measurements.csv"
    assert place.read_text().count("\n") == 10
    for text in (place.read_text(), "x,y\n1,4\n2,7\n4,12\n8,9\n"):
        place.write_text(text)
        smoke()
        found = load("outputs/metrics.json")
        points = [tuple(map(float, row.split(","))) for row in text.split()[1:]]
        assert (found["slope"], found["intercept"]) == pytest.approx(fit(points))
        assert found["fitted"] == pytest.approx([found["intercept"] + found["slope"] * x for x, _ in points])


def test_outliers_do_not_count():
    assert probe("""
from model import TheilSen
print(json.dumps(TheilSen().fit([0, 1, 2, 3, 4], [1, 3, 5, 99, 9]).predict([10])))
""") == [21]
