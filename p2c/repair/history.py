"""What was tried on a repository, with its outcome: what the loop judges by, and what the next prompt says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from p2c.repair.patch import Patch

AttemptVerdict = Literal["kept", "dropped", "rejected"]

PLAIN, CONTEXT, LOOK, REWRITE, STRONGER = range(5)
"""The levels a debugger works at: as it is, with more context, after looking around, one whole file from its
spec, with the stronger model."""


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
    constructed: tuple[str, ...] = ()
    """Steps of a kept patch by which a check passes whatever the code computes: it holds by construction."""
    answer: str = ""
    """Which equation or sentence has these steps, as the debugger says; empty where it did not answer."""
    measured: tuple[str, ...] = ()
    """What a kept patch changes of how results are measured, beside the code that failed."""


class History:
    """The attempts on one repository, oldest first, and how long nothing has helped."""

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.level = PLAIN
        self.idle = 0
        self._seen: set[str] = set()
        self._repos: set[str] = set()

    def visit(self, digest: str) -> None:
        """This state of the repository was reached."""
        self._repos.add(digest)

    def visited(self, digest: str) -> bool:
        """The repository was in this very state before."""
        return digest in self._repos

    def begin(self, fingerprint: str) -> None:
        """A loop starts from a report with this fingerprint, with all its patience."""
        self._seen.add(fingerprint)
        self.level, self.idle = PLAIN, 0

    def add(self, attempt: Attempt, progressed: bool) -> None:
        """Remember an attempt; progress gives the patience back, anything else uses it."""
        self.attempts.append(attempt)
        if attempt.verdict == "kept":
            self._seen.add(attempt.after)
        if progressed:
            self.level, self.idle = PLAIN, 0
        else:
            self.idle += 1

    def escalate(self) -> None:
        """Go one level up, with fresh patience."""
        self.level, self.idle = self.level + 1, 0

    def seen(self, fingerprint: str) -> bool:
        """A kept state, or the one it began with, had this fingerprint."""
        return fingerprint in self._seen

    def tried(self, diff: str, before: str) -> bool:
        """The same change (line numbers aside) was tried while the report was the same."""
        key = _key(diff)
        return any(attempt.before == before and _key(attempt.patch.diff) == key for attempt in self.attempts)

    def refusals(self, author: str) -> int:
        """How many attempts of this author were rejected in a row, up to now."""
        count = 0
        for attempt in reversed(self.attempts):
            if attempt.patch.author == author and attempt.verdict != "rejected":
                break
            count += attempt.patch.author == author
        return count

    def distinct(self) -> Iterator[tuple[Attempt, int]]:
        """Yield each attempt with how often it came to the same; of looped turns only the last is left."""
        counts: dict[tuple[str, ...], int] = {}
        last: dict[tuple[str, ...], Attempt] = {}
        for attempt in self.attempts:
            key = _turn(attempt)
            counts[key] = counts.get(key, 0) + 1
            last.pop(key, None)
            last[key] = attempt
        for key, attempt in last.items():
            yield attempt, counts[key]


def _turn(attempt: Attempt) -> tuple[str, ...]:
    """Turns that are one loop: the same change again, or another one that ended in the same state."""
    if attempt.after:
        return attempt.verdict, attempt.before, attempt.after
    return attempt.verdict, attempt.before, _key(attempt.patch.diff)


def _key(diff: str) -> str:
    lines = [line.rstrip() for line in diff.split("\n") if not line.startswith(("@@", "index "))]
    return "\n".join(line for line in lines if line)
