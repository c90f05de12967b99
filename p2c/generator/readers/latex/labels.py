"""What labels stand for, and the environments that are open while they are found."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Target:
    """What a label stands for: `section`, `equation`, `figure`, `table`, `algorithm`, `item`, or a theorem's "
    "own name."""

    kind: str
    number: str
    title: str = ""


@dataclass
class Frame:
    """An environment that is open: its kind, the number that a label in it takes, and labels that wait for one."""

    name: str
    kind: str = ""
    number: str = ""
    waiting: list[tuple[str, int]] = field(default_factory=list)
    caption: int = -1
    silent: bool = False
    starred: bool = False
    last: str = ""
    tagged: bool = False
    labelled: bool = False
    parts: int = 0
    option: str = ""


def without_references(targets: dict[str, Target]) -> dict[str, Target]:
    """The targets; a number that refers to another one, as that of a `\\tag{\\ref{eq:a}'}`, holds its number."""

    def number(match: re.Match[str]) -> str:
        return targets[match[1]].number if match[1] in targets else match[0]

    return {
        label: replace(target, number=re.sub(r"\\(?:eq)?ref\s*\{([^{}]*)\}", number, target.number))
        for label, target in targets.items()
    }
