"""Items on a Ray cluster: one task each, with what it needs of a machine; a worker that is lost is replaced."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import chdir
from typing import Any

from p2c.batch.engines import EnginePlan, handed_on, not_installed
from p2c.batch.jobs import BatchJob
from p2c.batch.results import ItemResult, not_done
from p2c.batch.worker import lost, perform
from p2c.errors import UnavailableError, UsageError

RETRIES = 3
"""How often an item is begun again because its worker was lost; what it had paid for is kept."""
GIB = 1024**3
REACH_SECONDS = 10.0
KEYS = frozenset({"address", "retries", "local_cpus"})


class RayEngine:
    """An `Engine` over the cluster that `[ray] address`, RAY_ADDRESS or (`local`, the default) this machine gives.

    The folder of the batch has to be the same on all machines, and p2c installed. Results come back through Ray, so
    the driver alone holds the money.
    """

    def __init__(self, plan: EnginePlan) -> None:
        try:
            import ray
        except ImportError as error:
            raise not_installed("ray", "ray") from error
        unknown = sorted(set(plan.table) - KEYS)
        if unknown:
            raise UsageError(f"[ray]: unknown key {unknown[0]!r}", f"Known keys: {', '.join(sorted(KEYS))}.")
        self._ray: Any = ray
        self._environ = handed_on(plan.environ)
        self._retries = int(plan.table.get("retries", RETRIES))
        self._under_way: dict[Any, BatchJob] = {}
        self._refused: list[ItemResult] = []
        self._most: dict[str, float] = {}
        self._join(plan)
        self._workers = plan.workers or max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    @property
    def workers(self) -> int:
        """How many orders are worth having under way."""
        return self._workers

    def start(self, order: BatchJob) -> None:
        """Begin an order: Ray finds the place for it."""
        needs = order.number_options
        if missing := [name for name, number in needs.items() if number > self._most.get(name, number)]:
            why = f"it needs {needs[missing[0]]:g} {missing[0]}, and this machine has {self._most[missing[0]]:g}"
            self._refused.append(not_done(order, "usage", why, 2))
            return
        task = self._ray.remote(_perform).options(
            name=order.item.name,
            num_cpus=needs["cpus"],
            num_gpus=needs["gpus"],
            memory=int(needs["memory_gb"] * GIB) or None,
            max_retries=self._retries,
            retry_exceptions=False,
        )
        self._under_way[task.remote(order, self._environ)] = order

    def wait(self) -> Sequence[ItemResult]:
        """Return what has ended within a second."""
        if self._refused:
            refused, self._refused = self._refused, []
            return refused
        done, _ = self._ray.wait(list(self._under_way), num_returns=1, timeout=1.0)
        return [self._result(reference) for reference in done]

    def close(self) -> None:
        """Cancel what is under way and leave the cluster; one that was started for this ends."""
        for reference in self._under_way:
            self._ray.cancel(reference, force=True)
        self._under_way.clear()
        self._ray.shutdown()

    def _result(self, reference: Any) -> ItemResult:
        order = self._under_way.pop(reference)
        try:
            result: ItemResult = self._ray.get(reference)
            return result
        except self._ray.exceptions.RayError as error:
            return lost(order, f"its worker was lost: {type(error).__name__}")

    def _resources(self) -> dict[str, float]:
        resources = self._ray.cluster_resources()
        return {
            "cpus": resources.get("CPU", 0),
            "gpus": resources.get("GPU", 0),
            "memory_gb": resources.get("memory", 0) / GIB,
        }

    def _join(self, plan: EnginePlan) -> None:
        address = str(plan.table.get("address") or plan.environ.get("RAY_ADDRESS") or "local")
        how: dict[str, Any] = {"address": address, "log_to_driver": False, "logging_level": "warning"}
        if address == "local":
            how["num_cpus"] = plan.table.get("local_cpus") or plan.workers or os.cpu_count()
            how["include_dashboard"] = False
        previous_handler = signal.getsignal(signal.SIGTERM)
        try:
            _reach(address)
            plan.place.empty.mkdir(parents=True, exist_ok=True)
            with chdir(plan.place.empty):  # Ray puts the folder that it is started in on its workers' sys.path
                self._ray.init(**how)
            if address == "local":  # elsewhere a cluster may grow for what does not fit now
                self._most = self._resources()
            signal.signal(
                signal.SIGTERM, previous_handler
            )  # ray put its own there, which ends without closing anything
        except Exception as error:  # of any class: where a machine is too busy to start it, Exception itself
            raise UnavailableError(
                f"no Ray cluster at {address!r}: {error}", "Check that `ray start` is running there."
            ) from error


def _reach(address: str) -> None:
    """Raise OSError if nobody answers at `host:port`; Ray itself tries for minutes."""
    match = re.fullmatch(r"(?:ray://)?(?P<host>[^/]+):(?P<port>\d+)", address)
    if match:
        socket.create_connection((match["host"].strip("[]"), int(match["port"])), REACH_SECONDS).close()


def _perform(order: BatchJob, environ: Mapping[str, str]) -> ItemResult:
    """Carry an order out on the machine that Ray chose, in a process that ends with this worker."""
    return perform(order, environ)
