"""Several calls at once, up to a bound."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

PARALLEL = 8
"""Calls at once where nothing else is said."""


def run_all(call: Callable[[T], R], items: Sequence[T], parallel: int) -> list[R]:
    """Return `call(item)` of each, in order. After an error nothing more is started; what is under way
    ends, then the error of the earliest item is raised.

    The threads are daemons: on Ctrl-C nobody waits for a server that takes minutes.
    """
    if parallel <= 1 or len(items) <= 1:
        return [call(item) for item in items]
    results: dict[int, R] = {}
    errors: dict[int, BaseException] = {}
    stop = threading.Event()
    waiting = iter(range(len(items)))
    lock = threading.Lock()

    def work() -> None:
        while (index := _take(waiting, lock, stop)) is not None:
            try:
                results[index] = call(items[index])
            except BaseException as error:
                errors[index] = error
                stop.set()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(parallel, len(items)))]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        stop.set()
    if errors:
        raise errors[min(errors)]
    return [results[index] for index in range(len(items))]


def _take(waiting: Iterator[int], lock: threading.Lock, stop: threading.Event) -> int | None:
    with lock:
        return None if stop.is_set() else next(waiting, None)
