"""Items as jobs of a Slurm cluster, through submitit."""

from __future__ import annotations

import math
import shlex
import time
import uuid
from collections.abc import Sequence
from typing import Any

from p2c.batch.engines import EnginePlan, not_installed
from p2c.batch.jobs import BatchJob
from p2c.batch.results import ItemResult
from p2c.batch.worker import lost, perform
from p2c.errors import UnavailableError
from p2c.host_processes import python

WORKERS = 100
"""Jobs that are handed to Slurm at once where nothing else is said; it keeps its own queue."""
LOOK = 2.0
MINUTES = 24 * 60
SPARE_MINUTES = 15


class SlurmEngine:
    """An `Engine` of one job an item. The `[slurm]` table goes to submitit as it is (`slurm_partition`, `timeout_min`,
    `slurm_account`, ...); its `cluster` may be `local`: processes here, through the same code.

    The folder of the batch has to be the same on all nodes; jobs have the environment that Slurm gives them.
    """

    def __init__(self, plan: EnginePlan) -> None:
        try:
            import submitit
        except ImportError as error:
            raise not_installed("slurm", "submitit") from error
        table = dict(plan.table)
        self._workers = plan.workers or WORKERS
        self._under_way: dict[str, tuple[Any, BatchJob]] = {}
        self._look = float(table.pop("look", LOOK))
        folder = plan.place.state / "slurm" / uuid.uuid4().hex[:8]  # results are unpickled: none may be there before
        folder.mkdir(parents=True, exist_ok=True)
        try:
            cluster = table.pop("cluster", "slurm")
            # Its jobs start with `python -m` in the folder that this is called from (local ones as protect() says).
            self._executor: Any = submitit.AutoExecutor(folder, cluster=cluster, slurm_python=shlex.join(python()))
            self._table = table
            self._executor.update_parameters(**table)
        except (RuntimeError, ValueError, NameError, TypeError) as error:
            hint = "Check that srun is installed. [slurm] accepts the arguments of submitit's update_parameters."
            raise UnavailableError(f"no job can be submitted to Slurm: {error}", hint) from error

    @property
    def workers(self) -> int:
        """How many orders are worth having under way."""
        return self._workers

    def start(self, job: BatchJob) -> None:
        """Hand in a job."""
        self._executor.update_parameters(**self._needs(job))
        self._under_way[job.item.name] = (self._executor.submit(perform, job), job)

    def wait(self) -> Sequence[ItemResult]:
        """Return what has ended by now, after a short look."""
        done = [name for name, (job, _) in self._under_way.items() if job.done()]
        if not done:
            time.sleep(self._look)
        return [self._result(name) for name in done]

    def close(self) -> None:
        """Cancel what is under way."""
        for job, _ in self._under_way.values():
            job.cancel()
        self._under_way.clear()

    def _result(self, name: str) -> ItemResult:
        slurm_job, job = self._under_way.pop(name)
        try:
            result: ItemResult = slurm_job.result()
            return result
        except Exception as error:
            return lost(job, f"its job {slurm_job.job_id} was lost: {' '.join(str(error).split())[:300]}")

    def _needs(self, job: BatchJob) -> dict[str, Any]:
        needs = job.number_options
        wanted: dict[str, Any] = {"name": job.item.name, "cpus_per_task": max(1, math.ceil(needs["cpus"]))}
        if needs["gpus"]:
            wanted["gpus_per_node"] = math.ceil(needs["gpus"])
        if needs["memory_gb"]:
            wanted["mem_gb"] = needs["memory_gb"]
        if job.grant.minutes is not None:
            wanted["timeout_min"] = math.ceil(job.grant.minutes) + SPARE_MINUTES
        elif "timeout_min" not in self._table:
            wanted["timeout_min"] = MINUTES
        return {**wanted, **{key: value for key, value in self._table.items() if key not in wanted}}
