"""Items on this machine: a thread waits for each process."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from p2c.batch.engines import EnginePlan
from p2c.batch.jobs import BatchJob
from p2c.batch.results import ItemResult
from p2c.batch.worker import perform

WORKERS = 4
"""Items at once where nothing else is said, on a machine with as many processors."""


class ThreadEngine:
    """An `Engine` of threads; a thread lives until the engine is closed, because its processes end with it."""

    def __init__(self, plan: EnginePlan) -> None:
        self._workers = plan.workers or min(WORKERS, os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(self._workers, "p2c-batch")
        self._under_way: dict[Future[ItemResult], str] = {}
        self._stop = threading.Event()

    @property
    def workers(self) -> int:
        """How many orders are worth having under way."""
        return self._workers

    def start(self, job: BatchJob) -> None:
        """Begin a job."""
        future = self._pool.submit(perform, job, None, self._stop.is_set)
        self._under_way[future] = job.item.name

    def wait(self) -> Sequence[ItemResult]:
        """Return what has ended within a second."""
        done, _ = wait(self._under_way, timeout=1.0, return_when=FIRST_COMPLETED)
        for future in done:
            del self._under_way[future]
        return [future.result() for future in done]

    def close(self) -> None:
        """Tell all processes to end, and wait until they have."""
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
