"""Algorithms: which lines are their steps, and a line for each."""

from __future__ import annotations

import re
from collections.abc import Sequence

from p2c.generator.readers.pdf.blocks import CAPTION_START, Style
from p2c.generator.readers.pdf.lines import Line
from p2c.generator.readers.pdf.tables import Write, is_sentence

TITLE = re.compile(r"^\W{0,2}(?:Algorithm|ALGORITHM|Procedure|Listing)\s*[\dA-Z]", re.IGNORECASE)
STEP = re.compile(
    r"^(?:\d{1,3}\s*[:.]\s*[^\W\d]|(?:end|for|while|repeat|until|if|else|return|require|ensure|input|output|initiali[sz]e"
    r"|procedure|function|do|then)\b|[▷►])",
    re.IGNORECASE,
)


def is_algorithm(lines: Sequence[Line]) -> bool:
    """True where a title says so, or lines begin as steps do."""
    steps = sum(bool(STEP.match(line.raw.strip())) for line in lines)
    return any(TITLE.match(line.raw) for line in lines[:2]) or steps >= max(3, 0.3 * len(lines))


def by_title(lines: Sequence[Line]) -> list[list[Line]]:
    """Algorithms that stand side by side, each for itself."""
    parts: list[list[Line]] = [[]]
    for line in lines:
        if parts[-1] and TITLE.match(line.raw):
            parts.append([])
        parts[-1].append(line)
    return parts


def unruled_algorithms(lines: Sequence[Line], taken: set[int], style: Style) -> list[list[Line]]:
    """An algorithm's title with the steps that follow it, where no rules frame them."""
    algorithms = []
    for at, line in enumerate(lines):
        if at in taken or not TITLE.match(line.raw):
            continue
        steps: list[Line] = []
        for place in range(at + 1, min(at + 80, len(lines))):
            step = lines[place]
            if place in taken or CAPTION_START.match(step.raw) or step.bold:
                break
            if is_sentence(step, style.width) and not STEP.match(step.raw.strip()):
                break
            if steps and abs(steps[-1].base - step.base) > 4 * step.size:
                break
            steps.append(step)
        if sum(bool(STEP.match(step.raw.strip())) for step in steps) >= 2:
            algorithms.append([line, *steps])
    return algorithms


def algorithm_text(lines: Sequence[Line], write: Write) -> str:
    """An algorithm with a line for each step, indented as it is set."""
    rows: list[list[Line]] = []
    for line in lines:
        beside = next((row for row in rows[-3:] if abs(row[0].base - line.base) < 0.4 * line.size), None)
        if beside and line.x0 > beside[-1].x0:
            beside.append(line)
        else:
            rows.append([line])
    left = min(line.x0 for line in lines)
    texts = []
    for row in rows:
        indent = min(8, round((row[0].x0 - left) / (1.2 * row[0].size)))
        texts.append("  " * indent + "  ".join(write(line) for line in row))
    return "```\n" + re.sub(r"\u00ad\n\s*", "", "\n".join(texts)) + "\n```"
