import itertools
import random

import pytest
from running import follows_the_seed, load, probe, smoke

TOGETHER = {"bread": "butter", "tea": "milk", "beer": "crisps"}
OTHERS = ["apples", "soap", "rice", "salt"]


def draw(n, seed):
    rng, drawn = random.Random(seed), []
    for _ in range(n):
        basket = {good for good in OTHERS if rng.random() < 0.3}
        for good, other in sorted(TOGETHER.items()):
            if rng.random() < 0.4:
                basket.add(good)
                if rng.random() < 0.85:
                    basket.add(other)
        drawn.append(basket)
    return drawn


def shares(baskets, least):
    goods = sorted(set().union(*baskets))
    every = (one for size in range(1, 5) for one in itertools.combinations(goods, size))
    counted = {one: sum(basket.issuperset(one) for basket in baskets) for one in every}
    return {one: count / len(baskets) for one, count in counted.items() if count >= least * len(baskets)}


def test_the_sets_are_those_of_an_enumeration():
    smoke()
    found, wanted = load("outputs/metrics.json"), shares(draw(400, 5), 0.2)
    assert found["sets"] == pytest.approx({" ".join(one): share for one, share in wanted.items()})
    counts = sorted(round(share * 400) for share in wanted.values())
    assert found["middle"] == counts[len(counts) // 2]


def test_the_rules_are_the_sure_ones_of_the_pairs():
    smoke()
    sets = shares(draw(400, 5), 0.2)
    wanted = {
        (left, right): share / sets[(left,)]
        for pair, share in sets.items()
        if len(pair) == 2
        for left, right in (pair, pair[::-1])
        if share / sets[(left,)] >= 0.7
    }
    rules = load("outputs/metrics.json")["rules"]
    assert {(left, right): sure for left, right, sure in rules} == pytest.approx(wanted)
    assert [rule[2] for rule in rules] == sorted((rule[2] for rule in rules), reverse=True)


def test_a_few_baskets():
    found = probe(
        "from model import Apriori\nmodel = Apriori(0.5)\n"
        "one = model.fit([['a', 'b'], ['a', 'b', 'c'], ['a'], ['b', 'c']])\n"
        "print(json.dumps([sorted([list(k), v] for k, v in one.items()), model.rules(0.9), model.middle()]))\n"
    )
    assert found[0] == [[["a"], 0.75], [["a", "b"], 0.5], [["b"], 0.75], [["b", "c"], 0.5], [["c"], 0.5]]
    assert found[1:] == [[["c", "b", 1.0]], 2]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json", "settings.py", "SEED = 8")
