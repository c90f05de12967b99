"""Several calls at once, up to a bound: in any order, or each as soon as what it needs is there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

PARALLEL = 8
"""Calls at once where nothing else is said."""


def run_all(call: Callable[[T], R], items: Sequence[T], parallel: int) -> list[R]:
    """Return `call(item)` of each, in order; errors are as in `run_ordered`."""
    results = run_ordered(lambda index: call(items[index]), {index: () for index in range(len(items))}, parallel)
    return [results[index] for index in range(len(items))]


def run_ordered(call: Callable[[K], R], needs: Mapping[K, Sequence[K]], parallel: int) -> dict[K, R]:
    """Return `call(key)` of each key, started once all that it needs have ended; at most `parallel` at once.

    Of what could start, that with the longest chain of others behind it does, then that which stands first.
    After an error nothing more is started; what is under way ends, then the error of the first key in `needs`
    is raised. The threads are daemons: on Ctrl-C nobody waits for a server that takes minutes.
    Raises ValueError on a cycle.
    """
    line = _Queue(call, needs)
    most = min(parallel, len(needs))
    if most <= 1:
        line.work()
        return line.results()
    threads = [threading.Thread(target=line.work, daemon=True) for _ in range(most)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        line.stop()
    return line.results()


class _Queue(Generic[K, R]):
    """What waits, what is under way and what has ended; shared by the threads that work on it."""

    def __init__(self, call: Callable[[K], R], needs: Mapping[K, Sequence[K]]) -> None:
        self._call, self._needs = call, needs
        behind = chains(needs)
        self._rank = {key: (-behind[key], place) for place, key in enumerate(needs)}
        self._sorter: TopologicalSorter[K] = TopologicalSorter(needs)
        self._sorter.prepare()
        self._ready: list[K] = list(self._sorter.get_ready())
        self._done: dict[K, R] = {}
        self._errors: dict[K, BaseException] = {}
        self._stopped = False
        self._changed = threading.Condition()

    def work(self) -> None:
        """Take and do what is next until nothing is left."""
        while (taken := self._take()) is not None:
            try:
                self._end(taken[0], self._call(taken[0]))
            except BaseException as error:
                with self._changed:
                    self._errors[taken[0]] = error
                self.stop()

    def stop(self) -> None:
        """Let nothing more start."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def results(self) -> dict[K, R]:
        """Return them in the order of the keys, or raise the first one's error."""
        for key in self._needs:
            if key in self._errors:
                raise self._errors[key]
        return {key: self._done[key] for key in self._needs}

    def _take(self) -> tuple[K] | None:
        with self._changed:
            while not self._ready and self._sorter.is_active() and not self._stopped:
                self._changed.wait()
            if self._stopped or not self._ready:
                return None
            key = min(self._ready, key=self._rank.__getitem__)
            self._ready.remove(key)
            return (key,)

    def _end(self, key: K, result: R) -> None:
        with self._changed:
            self._done[key] = result
            self._sorter.done(key)
            self._ready += self._sorter.get_ready()
            self._changed.notify_all()


def chains(needs: Mapping[K, Sequence[K]]) -> dict[K, int]:
    """Return how many keys are in the longest chain that starts with each and goes on to what needs it."""
    lengths = dict.fromkeys(needs, 1)
    for key in reversed(tuple(TopologicalSorter(needs).static_order())):
        for needed in needs[key]:
            lengths[needed] = max(lengths[needed], lengths[key] + 1)
    return lengths
