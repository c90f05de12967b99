"""What labels stand for, and the environments that are open while they are found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Target:
    """What a label stands for: `section`, `equation`, `figure`, `table`, `algorithm`, `item`, or a theorem's "
    "own name."""

    kind: str
    number: str
    title: str = ""


@dataclass
class Numbered:
    """The targets by label, and the body with the numbers said at their places."""

    targets: dict[str, Target]
    body: str


@dataclass
class OpenEnvironment:
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


def referenced_labels(body: str) -> frozenset[str]:
    """The labels that a body refers to."""
    pairs = re.findall(r"\\(?:eq|[cC]|auto|labelc|refeq|v)?ref(?:range)?\*?\s*\{([^{}]*)\}(?:\{([^{}]*)\})?", body)
    return frozenset(label.strip() for pair in pairs for group in pair for label in group.split(","))


def listing_label(text: str) -> str | None:
    """The label of a listing whose options give it a caption, empty where it has none; None where it has no caption."""
    options = re.match(r"\\begin\{(?:lstlisting|minted)\}\s*\[((?:[^\[\]]|\[[^\]]*\])*)\]", text)
    if not options or not re.search(r"\bcaption\s*=", options.group(1)):
        return None
    label = re.search(r"\blabel\s*=\s*\{?([^,{}\]]+)", options.group(1))
    return label.group(1).strip() if label else ""


def replace_spans(text: str, spans: Sequence[tuple[int, int, str]]) -> str:
    """The text with others in place of spans, each given as start, end and what stands there."""
    parts, at = [], 0
    for start, end, new in sorted(spans):
        if start >= at:
            parts += [text[at:start], new]
            at = end
    return "".join([*parts, text[at:]])
