"""Where in a reply the diffs are: fenced, bare, indented, quoted, closed or not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

_FENCE = re.compile(
    r"^(?P<indent>[ \t]*)(?P<list>(?:[-*]|\d+[.)])[ \t]+)?(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`\r]*)\r?$"
)
_ANSI = re.compile(r"\x1b\[[0-9;]*[mK]")
_NAME = re.compile(r"[\w./+-]*[\w+-]\.[A-Za-z]\w{0,5}\b")
_HEADER = re.compile(
    r"(?:diff --(?:git|cc|combined) |diff -\S* |Index: \S|\*\*\* (?:Begin Patch|(?:Update|Add|Delete) File: )|@@)"
)
_PARTS = re.compile(
    r"[ +-]|\\ |@@|diff --git |Index: |={5}|(?:index|similarity index|rename (?:from|to)|copy (?:from|to)"
    r"|(?:old|new|new file|deleted file) mode) "
)
_ORPHAN = re.compile(r"@@ -\d|\+(?! \S)[^\r]|diff --git ")


@dataclass(frozen=True)
class DiffBlock:
    """Lines that hold a diff; `hint` is a file name that stands just above a fence."""

    lines: tuple[str, ...]
    closed: bool
    fenced: bool = False
    hint: str = ""
    torn: bool = False
    """A fence was opened, and the reply ended inside a line of it."""


def blocks(reply: str) -> list[DiffBlock]:
    """Return the diffs of a reply in order; empty where there is none. Splits on newlines only, strips nothing."""
    lines = _plain(reply).split("\n")
    whole = lines[-1] == ""
    lines = lines[:-1] if whole else lines
    first = next((line for line in lines if line.strip()), "")
    if starts_diff(lines, lines.index(first) if first else 0):
        if not any(_is_plain_fence(line) for line in lines):
            return [_bare(lines, whole)]
        if first.startswith("diff --git "):
            lines = _without_stray_fence(lines)
            return [_bare(lines, whole)]
    diff_blocks = list(_segments(lines, whole))
    return [_unquoted(block) for block in diff_blocks if is_diff(block.lines)]


def starts_diff(lines: Sequence[str], at: int) -> bool:
    """Whether a diff's header begins at this line."""
    line = lines[at] if at < len(lines) else ""
    if _HEADER.match(line):
        return True
    after = lines[at + 1] if at + 1 < len(lines) else ""
    return (line.startswith("--- ") and after.startswith(("+++ ", "@@"))) or (
        line.startswith("+++ ") and after.startswith("@@")
    )


def is_diff(lines: Sequence[str]) -> bool:
    """Whether these lines hold a diff, wherever it begins."""
    return any(starts_diff(lines, at) for at in range(len(lines))) or any(
        line[:4] in ("--- ", "+++ ") for line in lines
    )


def fenced_blocks(reply: str) -> list[tuple[str, tuple[str, ...], bool]]:
    """Return every outermost fenced block as (info, lines, closed)."""
    lines = reply.split("\n")
    fenced = []
    at = 0
    while at < len(lines):
        match = _FENCE.match(lines[at])
        if not match:
            at += 1
            continue
        end = _closing(lines, at, match)
        fenced.append((match["info"].strip(), tuple(lines[at + 1 : end]), end < len(lines)))
        at = end + 1
    return fenced


def _plain(reply: str) -> str:
    if "\x1b[" in reply and any(_ANSI.match(line) for line in reply.split("\n")):
        reply = _ANSI.sub("", reply)
    return reply.removeprefix("\ufeff")


def _is_plain_fence(line: str) -> bool:
    return line.startswith(("```", "~~~"))


def _without_stray_fence(lines: list[str]) -> list[str]:
    """A diff that begins without a fence may still end with one."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[: end - 1] if end and _is_plain_fence(lines[end - 1]) else lines


def _segments(lines: list[str], whole: bool) -> Iterator[DiffBlock]:
    outside: list[str] = []
    parts: list[DiffBlock | list[str]] = []
    at = 0
    while at < len(lines):
        end = _margined(lines, at)
        if end > at:
            parts += [outside, _unmargined(lines[at:end], whole or end < len(lines))]
            outside, at = [], end
            continue
        end = _bare_diff(lines, at)
        match = _FENCE.match(lines[at]) if end == at else None
        if match is None:
            end = max(end, at + 1)
            outside += lines[at:end]
            at = end
            continue
        end = _end(lines, at, match)
        block = _in_fence(lines[at:end], match, end < len(lines), outside)
        if block is not None:
            parts += [outside, replace(block, torn=not block.closed and not whole)]
            outside = []
        at = end + 1
    for part in [*parts, outside]:
        if isinstance(part, DiffBlock):
            yield part
        elif is_diff(part):
            yield _bare(part, whole)


def _in_fence(rows: list[str], match: re.Match[str], closed: bool, above: list[str]) -> DiffBlock | None:
    body = _dedent(rows[1:], len(match["indent"]))
    if not _wants(match["info"], body):
        return None
    hint = _hint(match["info"]) or _hint(next((line for line in reversed(above) if line.strip()), ""))
    return DiffBlock(tuple(body), closed, True, hint)


def _end(lines: list[str], at: int, match: re.Match[str]) -> int:
    end = _closing(lines, at, match)
    if _lost(lines, at, end, match):
        end = max(i for i in range(end, len(lines)) if _closes(lines[i], match))
    return end


def _wants(info: str, body: list[str]) -> bool:
    words = info.lower().split()
    named = bool(words) and words[0] in ("diff", "patch", "udiff")
    return named or any(starts_diff(body, at) for at in range(len(body)))


def _closing(lines: list[str], at: int, match: re.Match[str]) -> int:
    return next((i for i in range(at + 1, len(lines)) if _closes(lines[i], match)), len(lines))


def _closes(line: str, opening: re.Match[str]) -> bool:
    match = _FENCE.match(line)
    if not match or match["list"] or match["info"].strip() or match["mark"][0] != opening["mark"][0]:
        return False
    return len(match["mark"]) >= len(opening["mark"]) and len(match["indent"]) == len(opening["indent"])


def _lost(lines: list[str], at: int, end: int, match: re.Match[str]) -> bool:
    """Lines of a diff follow the closing fence: it was a line of the file, and the diff goes on."""
    if not _wants(match["info"], lines[at + 1 : end]):
        return False
    for line in lines[end + 1 :]:
        if _FENCE.match(line) and not _closes(line, match):
            return False
        if starts_diff([line], 0):
            return line.startswith("@@") and any(_closes(later, match) for later in lines[end + 1 :])
        if _ORPHAN.match(line):
            return True
    return False


def _dedent(body: list[str], indent: int) -> list[str]:
    if not indent or not all(line[:indent].strip() == "" for line in body):
        return body
    return [line[indent:] for line in body]


def _hint(text: str) -> str:
    names = set(_NAME.findall(text))
    return names.pop() if len(names) == 1 else ""


def _margined(lines: Sequence[str], at: int) -> int:
    """The end of a diff that begins here and is indented or quoted as a whole; `at` where there is none."""
    bare = lines[at].lstrip(" \t>")
    mark = lines[at][: len(lines[at]) - len(bare)]
    if not mark or not starts_diff([row[len(mark) :] for row in lines[at : at + 2] if row.startswith(mark)], 0):
        return at
    while at < len(lines) and lines[at].startswith(mark.rstrip()):
        if lines[at].strip(" \t>") and not lines[at].startswith(mark):
            break
        at += 1
    return at


def _unmargined(rows: list[str], whole: bool) -> DiffBlock:
    mark = rows[0][: len(rows[0]) - len(rows[0].lstrip(" \t>"))]
    return DiffBlock(tuple(row[len(mark) :] for row in rows), whole)


def _bare_diff(lines: Sequence[str], at: int) -> int:
    """The end of what is surely a diff's own from this line on, so that no fence in its content counts as one."""
    if not starts_diff(lines, at):
        return at
    while at < len(lines) and (_is_part(lines[at]) or (not lines[at] and any(map(_is_part, lines[at + 1 : at + 2])))):
        at += 1
    return at


def _is_part(line: str) -> bool:
    return bool(_PARTS.match(line))


def _unquoted(block: DiffBlock) -> DiffBlock:
    marked = [line for line in block.lines if line.strip()]
    if not marked or not all(line.startswith(">") for line in marked):
        return block
    lines = tuple(line[2:] if line.startswith("> ") else line[1:] for line in block.lines)
    return DiffBlock(lines, block.closed, block.fenced, block.hint)


def _bare(lines: list[str], whole: bool) -> DiffBlock:
    return DiffBlock(tuple(lines), whole)
