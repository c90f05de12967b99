"""What carries orders out: one seam, and the engines behind it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from p2c.batch.jobs import BatchFolder, BatchJob
from p2c.batch.results import ItemResult
from p2c.errors import UsageError

HANDED_ON = ("OPENAI_", "E2B_", "P2C_", "UV_", "PIP_")
"""What of the environment goes to other machines' workers: keys, settings and where packages come from."""


@dataclass(frozen=True)
class EnginePlan:
    """What an engine is told: the most items at once (None: as it sees fit), its table of the manifest, the folder."""

    place: BatchFolder
    workers: int | None = None
    table: Mapping[str, Any] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


class BatchEngine(Protocol):
    """Works on up to `workers` jobs at once; whatever happens to a worker, each job comes back as one result."""

    @property
    def workers(self) -> int:
        """How many orders are worth having under way."""
        ...

    def start(self, job: BatchJob) -> None:
        """Begin a job; returns at once."""
        ...

    def wait(self) -> Sequence[ItemResult]:
        """Return what has ended, once something has (or nothing, after a while)."""
        ...

    def close(self) -> None:
        """End everything that is under way; called again it does nothing."""
        ...


def handed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the part of the environment that a worker elsewhere needs."""
    return {key: value for key, value in environ.items() if key.startswith(HANDED_ON)}


def _threads(plan: EnginePlan) -> BatchEngine:
    from p2c.batch.engines.threads import ThreadEngine

    return ThreadEngine(plan)


def _ray(plan: EnginePlan) -> BatchEngine:
    from p2c.batch.engines.ray import RayEngine

    return RayEngine(plan)


def _slurm(plan: EnginePlan) -> BatchEngine:
    from p2c.batch.engines.slurm import SlurmEngine

    return SlurmEngine(plan)


ENGINES: Mapping[str, Callable[[EnginePlan], BatchEngine]] = MappingProxyType(
    {"threads": _threads, "ray": _ray, "slurm": _slurm}
)
"""Every engine by its name; what it needs is imported when it is chosen."""


def open_engine(name: str, plan: EnginePlan) -> BatchEngine:
    """Return the engine of this name; raises UsageError for another name, or with the way to install what it needs."""
    if name not in ENGINES:
        raise UsageError(f"unknown engine {name!r}", f"Available: {', '.join(ENGINES)}.")
    return ENGINES[name](plan)


def not_installed(engine: str, package: str) -> UsageError:
    """Return the error of an engine whose package is missing."""
    return UsageError(f"the engine {engine!r} needs the package {package!r}", f"pip install 'p2c[{engine}]'")
