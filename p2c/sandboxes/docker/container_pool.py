"""The containers of one kind, each used by one command at a time."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from p2c.errors import SandboxError
from p2c.sandboxes.docker.pooled_container import LIFE, PATIENCE, PooledContainer


class ContainerPool:
    """Made by `make` (seconds of life) when all are in use, at most `most` at a time.

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
    def acquire(self, seconds: float) -> Iterator[PooledContainer]:
        """Give a container that lives at least so long; raises SandboxError when all were removed."""
        with self._places:
            container = self._take(seconds + PATIENCE)
            try:
                yield container
            except SandboxError:
                container.broken = True
                raise
            finally:
                self._give_back(container)

    def _take(self, seconds: float) -> PooledContainer:
        with self._lock:
            if self._closed:
                raise SandboxError("the sandbox is closed")
            container = self._free.pop() if self._free else None
        if container is not None and time.monotonic() - container.born + seconds > container.life:
            self._drop(container)
            container = None
        return container or self._another(max(LIFE, 2 * seconds))

    def _another(self, life: float) -> PooledContainer:
        container = self._make(life)
        with self._lock:
            if not self._closed:
                self.was_used = True
                self._all.append(container)
                return container
        container.remove()  # closed while it was being made
        raise SandboxError("the sandbox is closed")

    def _give_back(self, container: PooledContainer) -> None:
        with self._lock:
            if not container.broken and not self._closed:
                self._free.append(container)
                return
        self._drop(container)

    def _drop(self, container: PooledContainer) -> None:
        with self._lock:
            self._all = [other for other in self._all if other is not container]
        container.remove()

    def close(self) -> None:
        """Remove all of them, and make no more; never raises. What is in use is removed too."""
        with self._lock:
            self._closed = True
            containers, self._all, self._free = self._all, [], []
        for container in containers:
            container.remove()
