"""Code lines that are cited as evidence: whether they are there, and whether they hold anything."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from p2c import python_source

MOST_LINES = 150
"""Lines that one piece of evidence may span: a whole file shows nothing."""

_PLACE = re.compile(r"\s*`?(?P<path>[^`]+?)`?\s*:\s*L?(?P<start>\d{1,9})(?:\s*[-–]\s*L?(?P<end>\d{1,9}))?`?\s*")


@dataclass(frozen=True)
class Evidence:
    """Lines of a file, from 1, both ends included."""

    path: str
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.path}:{self.start}" + (f"-{self.end}" if self.end > self.start else "")


def read_evidence(text: str, sources: Mapping[str, str]) -> Evidence | str:
    """Return the lines that `path:start-end` names, or, as a text, why they are no evidence."""
    match = _PLACE.fullmatch(text) if len(text) < 500 else None
    if match is None:
        return f"{text[:200]!r} is not of the form path:start-end"
    path, start = match["path"].strip().removeprefix("./"), int(match["start"])
    end = int(match["end"] or start)
    if path not in sources:
        return f"{path!r} is not a file of the repository"
    lines = sources[path].removesuffix("\n").count("\n") + 1
    if not 1 <= start <= end <= lines:
        return f"{path} has lines 1 to {lines}, not {start}-{end}"
    if end - start >= MOST_LINES:
        return f"{path}:{start}-{end} are {end - start + 1} lines: cite the ones that show it, at most {MOST_LINES}"
    if not holds_code(path, sources[path], start, end):
        return f"{path}:{start}-{end} are comments, docstrings or blank: they show nothing"
    return Evidence(path, start, end)


def holds_code(path: str, text: str, start: int, end: int) -> bool:
    """Whether these lines hold more than comments, docstrings and blanks."""
    rows = text.split("\n")[start - 1 : end]
    if path.lower().startswith("readme") or path.endswith((".md", ".rst")):
        return False
    words = _docstring_lines(text) if path.endswith((".py", ".ipynb")) else frozenset[int]()
    marks = (
        ("//", "*", "/*") if path.endswith((".c", ".cc", ".cpp", ".cu", ".h", ".js", ".ts", ".rs", ".go")) else ("#",)
    )
    return any(
        row.strip() and not row.strip().startswith(marks) and number not in words
        for number, row in enumerate(rows, start)
    )


def _docstring_lines(text: str) -> frozenset[int]:
    tree = python_source.parse(text)
    numbers: set[int] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            numbers.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return frozenset(numbers)
