from __future__ import annotations

import threading
import time

import pytest

from p2c.models.parallel import run_all, run_ordered


def test_results_come_in_the_order_of_the_items():
    started = threading.Barrier(4, timeout=5)

    def call(item):
        started.wait()
        return item * 2

    assert run_all(call, range(8), 4) == [0, 2, 4, 6, 8, 10, 12, 14]


def test_nothing_and_one():
    assert run_all(lambda item: item, [], 4) == []
    assert run_all(lambda item: item, ["a"], 4) == ["a"]


def test_after_an_error_those_under_way_end_and_the_earliest_error_is_raised():
    failed, together = threading.Event(), threading.Barrier(3, timeout=5)
    ended, started = [], []

    def call(item):
        started.append(item)
        together.wait()
        if item == 1:
            failed.set()
            raise ValueError("one")
        failed.wait(5)
        time.sleep(0.05)
        if item == 0:
            raise KeyError("zero")
        ended.append(item)
        return item

    with pytest.raises(KeyError, match="zero"):
        run_all(call, range(100), 3)
    assert ended == [2]
    assert sorted(started) == [0, 1, 2]


def test_one_at_a_time_stops_at_the_first_error():
    started = []

    def call(item):
        started.append(item)
        raise ValueError(item)

    with pytest.raises(ValueError, match="0"):
        run_all(call, range(5), 1)
    assert started == [0]


def test_each_starts_once_what_it_needs_has_ended():
    ended = []

    def call(key):
        assert set(needs[key]) <= set(ended)
        time.sleep(0.001)
        ended.append(key)
        return key.upper()

    needs = {"d": ("b", "c"), "b": ("a",), "c": ("a",), "a": (), "e": ()}
    assert run_ordered(call, needs, 3) == {"d": "D", "b": "B", "c": "C", "a": "A", "e": "E"}


def test_what_the_longest_chain_waits_for_comes_first():
    started = []
    run_ordered(started.append, {"lone": (), "first": (), "then": ("first",), "last": ("then",)}, 1)
    assert started == ["first", "then", "lone", "last"]


def test_after_an_error_nothing_that_waits_is_started():
    started = []

    def call(key):
        started.append(key)
        raise ValueError(key)

    with pytest.raises(ValueError, match="a"):
        run_ordered(call, {"b": ("a",), "a": ()}, 4)
    assert started == ["a"]


def test_a_cycle_is_refused():
    with pytest.raises(ValueError, match="cycle"):
        run_ordered(str, {"a": ("b",), "b": ("a",)}, 2)
