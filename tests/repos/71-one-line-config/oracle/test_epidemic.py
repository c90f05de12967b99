import math

import pytest
from running import follows_the_seed, load, probe, smoke


def test_the_course():
    smoke()
    found = load("outputs/metrics.json")
    course = found["course"]
    assert found["name"] == "town" and len(course) == 481 and course[0] == [990, 10, 0]
    assert all(sum(row) == 1000 and min(row) >= 0 for row in course)
    assert all(a[0] >= b[0] and a[2] <= b[2] for a, b in zip(course, course[1:], strict=False))
    assert found["peak"] == max(row[1] for row in course)


def test_as_many_fall_ill_as_the_final_size_equation_says():
    smoke()
    found = load("outputs/metrics.json")
    assert found["ever_ill"] == 990 - found["course"][-1][0]
    share = 0.9
    for _ in range(100):
        share = 1 - math.exp(-4.0 * share)
    assert found["ever_ill"] / 990 == pytest.approx(share, abs=0.05)


def test_rates():
    assert probe("""
from epidemic import Epidemic
one = Epidemic({"epidemic": {"people": 50, "ill": 5, "contact_rate": 0.5, "recovery_rate": 0.2, "step": 0.1}})
print(json.dumps(one.rates(40, 5)))
""") == pytest.approx([2.0, 1.0])


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")
