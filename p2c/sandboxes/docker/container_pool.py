"""The containers of one kind, lent one to a command at a time."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from p2c.errors import SandboxError
from p2c.sandboxes.docker.pooled_container import LIFE, PATIENCE, PooledContainer


class ContainerPool:
    """Made by `make` (seconds of life) when all are lent, at most `most` at a time.

    `was_used` says that there has been one, which may have left something in what containers share.
    """

    def __init__(self, make: Callable[[float], PooledContainer], most: int) -> None:
        self._make = make
        self._places = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._free: list[PooledContainer] = []
        self._all: list[PooledContainer] = []
        self._closed = False
        self.was_used = False

    @contextlib.contextmanager
    def lend(self, seconds: float) -> Iterator[PooledContainer]:
        """Give a container that lives at least so long; raises SandboxError when all were removed."""
        with self._places:
            cell = self._take(seconds + PATIENCE)
            try:
                yield cell
            except SandboxError:
                cell.broken = True
                raise
            finally:
                self._give_back(cell)

    def _take(self, seconds: float) -> PooledContainer:
        with self._lock:
            if self._closed:
                raise SandboxError("the sandbox is closed")
            cell = self._free.pop() if self._free else None
        if cell is not None and time.monotonic() - cell.born + seconds > cell.life:
            self._drop(cell)
            cell = None
        return cell or self._another(max(LIFE, 2 * seconds))

    def _another(self, life: float) -> PooledContainer:
        cell = self._make(life)
        with self._lock:
            if not self._closed:
                self.was_used = True
                self._all.append(cell)
                return cell
        cell.remove()  # closed while it was being made
        raise SandboxError("the sandbox is closed")

    def _give_back(self, cell: PooledContainer) -> None:
        with self._lock:
            if not cell.broken and not self._closed:
                self._free.append(cell)
                return
        self._drop(cell)

    def _drop(self, cell: PooledContainer) -> None:
        with self._lock:
            self._all = [other for other in self._all if other is not cell]
        cell.remove()

    def close(self) -> None:
        """Remove all of them, and make no more; never raises. What is lent is removed too."""
        with self._lock:
            self._closed = True
            cells, self._all, self._free = self._all, [], []
        for cell in cells:
            cell.remove()
