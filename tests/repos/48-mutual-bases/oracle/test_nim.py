from running import follows_the_seed, load, probe, smoke


def test_the_heap_is_left_at_a_multiple_of_four():
    smoke()
    found = load("outputs/metrics.json")
    assert found["move"] == 2 and set(found["visits"]) == {"1", "2", "3"}
    assert sum(found["visits"].values()) > 2500 and found["visits"]["2"] > 2000


def test_small_heaps():
    assert probe("""
from model import TreeSearch
print(json.dumps([TreeSearch(0).best(heap, 800)[0] for heap in (1, 2, 3, 5, 6, 7)]))
""") == [1, 2, 3, 1, 2, 3]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")
