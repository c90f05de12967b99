"""What fixers share: exact edits of source text, imports put where they belong, and offering the result."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from p2c.executor.report import Finding, Frame
from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.patch import Patch, diff_repos
from p2c.untrusted_text import parse_python

_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, order=True)
class Edit:
    """Replace the characters from `start` up to `end` by `text`."""

    start: int
    end: int
    text: str


def offer(case: Case, name: str, reason: str, changes: Mapping[str, str | None]) -> Patch | None:
    """Return the patch that makes these changes, or None where there are none, or it was tried in this state.

    A Python file that could be parsed and no longer can is a reason to be silent, too.
    """
    for path, text in changes.items():
        broke = text is not None and path.endswith(".py") and parse(text) is None
        if broke and parse(case.repo.files.get(path, "")) is not None:
            return None
    after = case.repo.with_files(changes)
    if after.digest == case.repo.digest:
        return None
    diff = diff_repos(case.repo, after)
    if case.history.tried(diff, case.report.fingerprint):
        return None
    return Patch(diff, reason, f"fixer:{name}")


class Text:
    """A file's text with the places of its syntax tree as character offsets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in _NEWLINE.finditer(text)), len(text) + 1]
        self.newline = "\r\n" if "\r\n" in text else "\n"

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a 1-based line and a 0-based column in UTF-8 bytes, as `ast` counts."""
        start = self._starts[line - 1]
        head = self.text[start : self._starts[line]].encode("utf-8", "surrogateescape")[:column]
        return start + len(head.decode("utf-8", "surrogateescape"))

    def span(self, node: ast.expr | ast.stmt | ast.alias | ast.keyword) -> tuple[int, int]:
        """Return where a node starts and ends."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self.offset(node.lineno, node.col_offset), self.offset(end_line, end_column)

    def source(self, node: ast.expr | ast.stmt | ast.alias | ast.keyword) -> str:
        """Return a node's own text."""
        start, end = self.span(node)
        return self.text[start:end]

    def line(self, number: int) -> str:
        """Return a 1-based line without its newline; empty past the end."""
        if not 0 < number < len(self._starts):
            return ""
        return self.text[self._starts[number - 1] : self._starts[number] - 1].rstrip("\r\n")

    def line_start(self, number: int) -> int:
        """Return the offset of a 1-based line."""
        return self._starts[number - 1]

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return len(self._starts) - 1


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with all edits made; of overlapping ones the later starts are left out."""
    parts, position = [], 0
    for edit in sorted(set(edits)):
        if edit.start < position:
            continue
        parts += [text[position : edit.start], edit.text]
        position = edit.end
    return "".join([*parts, text[position:]])


def with_imports(text: str, lines: Sequence[str]) -> str:
    """Return the text with import lines added after its docstring and `__future__` imports; `text` must parse."""
    tree, place = parse_python(text), Text(text)
    present = {place.source(node).strip() for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)}
    wanted = [line for line in dict.fromkeys(lines) if line not in present]
    if not wanted:
        return text
    added = place.newline.join(wanted) + place.newline
    head = _head(tree)
    rest = tree.body[len(head) :]
    if rest and isinstance(rest[0], ast.Import | ast.ImportFrom):
        start = place.line_start(rest[0].lineno)
        return text[:start] + added + text[start:]
    if not head:
        start = _after_comments(place)
        return text[:start] + added + (place.newline * 2 if rest else "") + text[start:]
    end = place.span(head[-1])[1]
    return text[:end] + place.newline * 2 + added.rstrip() + text[end:]


def _head(tree: ast.Module) -> list[ast.stmt]:
    """The statements that have to come first: the docstring, and `__future__` imports."""
    head: list[ast.stmt] = []
    for index, node in enumerate(tree.body):
        is_docstring = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not (is_docstring or is_future):
            break
        head.append(node)
    return head


def _after_comments(place: Text) -> int:
    """Past a `#!` line and an encoding line."""
    number = 1
    while number <= min(2, place.lines) and re.match(r"#!|#.*coding[:=]", place.line(number)):
        number += 1
    return place.line_start(number)


def own_frames(finding: Finding) -> list[Frame]:
    """Return the frames inside the repository, innermost first."""
    return [frame for frame in reversed(finding.frames) if frame.inside]


def finding_text(finding: Finding) -> str:
    """Return everything a finding says, for looking up what a tool printed."""
    return f"{finding.rule}: {finding.message}\n{finding.detail}"


def statements_on(tree: ast.Module, line: int) -> Iterator[ast.stmt]:
    """Yield the statements that span a line, outermost first."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            yield node


def calls_on(tree: ast.Module, line: int) -> list[ast.Call]:
    """Return the calls that span a line, in the order of the text."""
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return sorted(calls, key=lambda node: (node.lineno, node.col_offset))


def from_module(node: ast.ImportFrom, place: Text, module: str) -> Edit:
    """Return the edit that makes `from ... import names` take them from `module`; the names keep their form."""
    match = re.match(r"from[.\s\w]*?(?<!\w)import\b", place.source(node))
    start, _ = place.span(node)
    if not match:
        return Edit(start, start, "")
    return Edit(start, start + match.end(), f"from {module} import")
