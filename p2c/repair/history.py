"""What was tried on a repository, with its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from p2c.repair.patch import Patch

AttemptVerdict = Literal["kept", "dropped", "rejected"]


@dataclass(frozen=True)
class Attempt:
    """A patch that was tried. `rejected`: it did not apply, or a guard refused it; `dropped`: it did not help."""

    patch: Patch
    verdict: AttemptVerdict
    note: str
    before: str
    """The report's fingerprint before."""
    after: str = ""
    """The report's fingerprint after; empty where no check was run."""


class History:
    """The attempts on one repository, oldest first."""

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
