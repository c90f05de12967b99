"""What a repair leaves for a person to judge: checks that hold by construction, points that no change settles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from p2c.repair.history import Attempt
from p2c.repo import Repo

Kind = Literal["holds by construction", "open point: the paper", "open point: the harness", "measures results"]
_MARKED = re.compile(r"^[\s>*_`-]*OPEN[ \t]+(paper|harness)[*_`]*:[*_`]*[ \t]*(\S.*)$", re.MULTILINE)
_TITLE = "## What repair left open"
_INTRO = """Programs decide what runs; they cannot decide these. A check that *holds by construction* passes whatever
the code before that step computes. An *open point* is what the debugger says of the paper or of the checks; nothing was
changed for it."""


@dataclass(frozen=True)
class OpenPoint:
    """One such thing in words; `answer` is the equation or sentence that was named for a step, if any was."""

    kind: Kind
    text: str
    answer: str = ""

    @property
    def line(self) -> str:
        """All of it in one line."""
        if self.kind == "measures results":
            return f"a patch changed code or settings that results depend on, beside what failed: {self.text}"
        if self.kind != "holds by construction":
            return f"{self.kind}: {self.text}"
        return f"{self.kind}: {self.text}; which equation or sentence has this step: {self.answer or 'not answered'}"


def left_open(attempts: Iterable[Attempt]) -> tuple[OpenPoint, ...]:
    """Return what attempts left open, in their order, each once."""
    return tuple(dict.fromkeys(point for attempt in attempts for point in _of(attempt)))


def _of(attempt: Attempt) -> Iterator[OpenPoint]:
    if attempt.verdict == "kept":
        for step in attempt.constructed:
            yield OpenPoint("holds by construction", step, attempt.answer)
        if attempt.measured:
            yield OpenPoint("measures results", ", ".join(attempt.measured))
    about, _, point = attempt.patch.open_point.partition(": ")
    if point:
        yield OpenPoint("open point: the paper" if about == "paper" else "open point: the harness", point)


def read_open_point(reply: str) -> str:
    """Return `paper: ...` or `harness: ...` where a reply says so in a line of its own, outside of fences; else ''."""
    prose = re.sub(r"(?ms)^[ \t]*```.*?(?:^[ \t]*```[ \t]*$|\Z)", "", reply)
    match = _MARKED.search(prose)
    return f"{match[1]}: {' '.join(match[2].split())[:600]}" if match else ""


def with_left_open(repo: Repo, attempts: Iterable[Attempt]) -> Repo:
    """Return the repository whose README says what was left open; the same where nothing was."""
    left = [point for point in left_open(attempts) if point.kind != "measures results"]
    readme = repo.files.get("README.md")
    if not left or readme is None:
        return repo
    section = "\n".join([_TITLE, "", _INTRO, "", *(f"- {point.line}" for point in left), "", ""])
    head, heading, rest = readme.partition(f"{_TITLE}\n")
    if heading:
        rest = "".join(re.split(r"(?m)^(?=## )", rest)[1:])
    else:
        head, files, rest = readme.partition("## Files\n")
        rest = files + rest
    return repo.with_files({"README.md": f"{head.rstrip()}\n\n{section}{rest}".rstrip() + "\n"})
