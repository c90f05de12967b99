"""Where in a reply the diffs are: fenced, bare, indented, quoted, closed or not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_FENCE = re.compile(r"^(?P<indent>[ \t]*)(?:(?:[-*]|\d+[.)])[ \t]+)?(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`\r]*)\r?$")
_ANSI = re.compile(r"\x1b\[[0-9;]*[mK]")
_NAME = re.compile(r"[\w./+-]*[\w+-]\.[A-Za-z]\w{0,5}\b")
_HEADER = re.compile(
    r"(?:diff --(?:git|cc|combined) |diff -\S* |Index: \S|\*\*\* (?:Begin Patch|(?:Update|Add|Delete) File: )|@@)"
)
_ORPHAN = re.compile(r"@@ -\d|\+(?! \S)[^\r]|diff --git ")


@dataclass(frozen=True)
class Block:
    """Lines that hold a diff; `hint` is a file name that stands just above a fence."""

    lines: tuple[str, ...]
    closed: bool
    fenced: bool = False
    hint: str = ""


def blocks(reply: str) -> list[Block]:
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
    found = list(_segments(lines, whole))
    return [_unquoted(block) for block in found if is_diff(block.lines)]


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
    found = []
    at = 0
    while at < len(lines):
        match = _FENCE.match(lines[at])
        if not match:
            at += 1
            continue
        end = _closing(lines, at, match)
        found.append((match["info"].strip(), tuple(lines[at + 1 : end]), end < len(lines)))
        at = end + 1
    return found


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


def _segments(lines: list[str], whole: bool) -> Iterator[Block]:
    outside: list[str] = []
    found: list[Block | list[str]] = []
    at = 0
    while at < len(lines):
        match = _FENCE.match(lines[at])
        if not match:
            outside.append(lines[at])
            at += 1
            continue
        end = _closing(lines, at, match)
        if _lost(lines, at, end, match):
            end = max(i for i in range(end, len(lines)) if _closes(lines[i], match))
        body = _dedent(lines[at + 1 : end], len(match["indent"]))
        if _wants(match["info"], body):
            hint = _hint(match["info"]) or _hint(next((line for line in reversed(outside) if line.strip()), ""))
            found += [outside, Block(tuple(body), end < len(lines), True, hint)]
            outside = []
        at = end + 1
    for part in [*found, outside]:
        if isinstance(part, Block):
            yield part
        elif is_diff(part) or _indented(part):
            yield _bare(_indented(part) or part, whole)


def _wants(info: str, body: list[str]) -> bool:
    words = info.lower().split()
    named = bool(words) and words[0] in ("diff", "patch", "udiff")
    return named or any(starts_diff(body, at) for at in range(len(body)))


def _closing(lines: list[str], at: int, match: re.Match[str]) -> int:
    return next((i for i in range(at + 1, len(lines)) if _closes(lines[i], match)), len(lines))


def _closes(line: str, opening: re.Match[str]) -> bool:
    match = _FENCE.match(line)
    if not match or match["info"].strip() or match["mark"][0] != opening["mark"][0]:
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


def _indented(part: list[str]) -> list[str]:
    """A diff in a block that is indented or quoted as a whole."""
    for at, line in enumerate(part):
        bare = line.lstrip(" \t>")
        if bare is line or (not starts_diff([bare], 0) and not bare.startswith("--- ")):
            continue
        mark = line[: len(line) - len(bare)]
        rows = []
        for row in part[at:]:
            if not row.startswith(mark.rstrip()):
                break
            rows.append(row[len(mark) :])
        return rows if is_diff(rows) else []
    return []


def _unquoted(block: Block) -> Block:
    marked = [line for line in block.lines if line.strip()]
    if not marked or not all(line.startswith(">") for line in marked):
        return block
    lines = tuple(line[2:] if line.startswith("> ") else line[1:] for line in block.lines)
    return Block(lines, block.closed, block.fenced, block.hint)


def _bare(lines: list[str], whole: bool) -> Block:
    return Block(tuple(lines), whole)
