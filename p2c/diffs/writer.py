"""Writing the diff between two repositories, as git does."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from p2c.diffs.model import NULL, FileLines
from p2c.repo import Repo

CONTEXT = 3
"""Lines around a change, as git writes them."""
_MOST = 4_000_000
"""Line pairs; above it, what lies between the first and the last difference is written as one change: difflib takes
time with each pair of equal lines, two seconds for this many blank ones."""

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_OPENING = re.compile(r"\s*(?:async\s+)?(?:def|class)\s+\w")
_Block = tuple[int, int, int, int]


def diff_repos(before: Repo, after: Repo) -> str:
    """Return the unified diff that turns the text files of `before` into those of `after`; empty where they are equal.

    Assets are not in it: they live on disk.
    """
    parts = []
    for path in sorted({*before.files, *after.files}):
        old, new = before.files.get(path), after.files.get(path)
        if old != new:
            parts += list(_file(path, old, new))
    return "".join(f"{line}\n" for line in parts)


def _file(path: str, old: str | None, new: str | None) -> Iterator[str]:
    old_path, new_path = _quoted(f"a/{path}"), _quoted(f"b/{path}")
    yield f"diff --git {old_path} {new_path}"
    if old is None:
        yield "new file mode 100644"
    if new is None:
        yield "deleted file mode 100644"
    if not old and not new:
        return
    yield f"--- {NULL if old is None else _tabbed(old_path)}"
    yield f"+++ {NULL if new is None else _tabbed(new_path)}"
    yield from _hunks(FileLines.of(old or ""), FileLines.of(new or ""))


def _hunks(old: FileLines, new: FileLines) -> Iterator[str]:
    ours, theirs = _terminated(old), _terminated(new)
    for group in _grouped(_blocks(ours, theirs), len(ours)):
        begin, end = group[0][0], group[-1][1]
        low, high = group[0][2], group[-1][3]
        yield f"@@ -{_range(begin, end)} +{_range(low, high)} @@{_title(old.lines[:begin])}"
        at = begin
        for i1, i2, j1, j2 in group:
            yield from _rows(" ", ours[at:i1])
            yield from _rows("-", ours[i1:i2])
            yield from _rows("+", theirs[j1:j2])
            at = i2
        yield from _rows(" ", ours[at:end])


def _grouped(blocks: Sequence[_Block], length: int) -> Iterator[list[_Block]]:
    """Changes that are near each other, widened by empty blocks so that the context is inside."""
    near: list[_Block] = []
    for block in blocks:
        if near and block[0] - near[-1][1] > 2 * CONTEXT:
            yield _widened(near, length)
            near = []
        near.append(block)
    if near:
        yield _widened(near, length)


def _widened(near: list[_Block], length: int) -> list[_Block]:
    i1, _, j1, _ = near[0]
    _, i2, _, j2 = near[-1]
    lead, trail = min(CONTEXT, i1), min(CONTEXT, length - i2)
    first = (i1 - lead, i1 - lead, j1 - lead, j1 - lead)
    return [first, *near, (i2 + trail, i2 + trail, j2 + trail, j2 + trail)]


def _blocks(ours: list[str], theirs: list[str]) -> list[_Block]:
    head = 0
    while head < min(len(ours), len(theirs)) and ours[head] == theirs[head]:
        head += 1
    tail = 0
    while tail < min(len(ours), len(theirs)) - head and ours[-1 - tail] == theirs[-1 - tail]:
        tail += 1
    removed, added = ours[head : len(ours) - tail], theirs[head : len(theirs) - tail]
    if len(removed) * len(added) > _MOST:
        return [(head, head + len(removed), head, head + len(added))]
    matcher = difflib.SequenceMatcher(None, removed, added, autojunk=False)
    codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    return [(i1 + head, i2 + head, j1 + head, j2 + head) for _, i1, i2, j1, j2 in codes]


def _terminated(document: FileLines) -> list[str]:
    """Lines with their newline, so that a missing one is a difference."""
    lines = [line + "\n" for line in document.lines]
    if lines and not document.final:
        lines[-1] = lines[-1][:-1]
    return lines


def _rows(sign: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if line.endswith("\n"):
            yield sign + line[:-1]
        else:
            yield sign + line
            yield "\\ No newline at end of file"


def _range(begin: int, end: int) -> str:
    count = end - begin
    start = begin + 1 if count else begin
    return str(start) if count == 1 else f"{start},{count}"


def _title(lines: Sequence[str]) -> str:
    """The `def` or `class` above a hunk, as git names it; a hunk that lost its numbers is found by it."""
    title = next((line for line in reversed(lines) if _OPENING.match(line)), "")
    return f" {title.strip()[:80].rstrip()}" if title.isprintable() and title else ""


def _tabbed(name: str) -> str:
    return name + "\t" if " " in name and not name.startswith('"') else name


def _quoted(name: str) -> str:
    if all(char >= " " and char not in '"\\\x7f' and not "\udc80" <= char <= "\udcff" for char in name):
        return name
    data = []
    for char in name:
        if char in _ESCAPES:
            data.append(_ESCAPES[char])
        elif char < " " or char == "\x7f" or "\udc80" <= char <= "\udcff":
            data += [f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogateescape")]
        else:
            data.append(char)
    return f'"{"".join(data)}"'
