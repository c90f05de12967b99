"""Reading a diff: strictly by its counts where they are right, leniently by its lines where they are not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from p2c.diffs.extraction import DiffBlock, starts_diff
from p2c.diffs.file_headers import FileHeader, hunk_numbers, read_head
from p2c.diffs.model import FileDiff, Hunk, HunkLine
from p2c.errors import PatchError

MOST = 400
"""Files of a reply; a longer one is refused: no repair touches so many, and each is read in several ways."""

_SIGNED = re.compile(r"^[-+]")
_TAG = re.compile(r"^</?\w+>\s*$")
_START = re.compile(r"^\*\*\* (?:Update|Add|Delete) File: ")
_SEARCH = re.compile(r"^<{5,}\s*(?:SEARCH|ORIGINAL|HEAD)?\b|^>{5,}\s*(?:REPLACE|UPDATED)\b")


def read_sections(blocks: Sequence[DiffBlock]) -> tuple[FileDiff, ...]:
    """Return what the diffs of a reply say, file by file; raise PatchError where no reading is left."""
    sections: list[FileDiff] = []
    for block in blocks:
        lines = _enveloped(_unix(block.lines))
        files = _strict(lines) or _lenient(lines, block, sections)
        sections += [_marked(section, block) for section in files]
    if not any(section.hunks or section.kind in ("create", "rename", "copy") for section in sections):
        if any(section.kind == "delete" for section in sections):
            return tuple(sections)
        raise PatchError("empty", _EMPTY)
    if len(sections) > MOST:
        raise PatchError(
            "too-large", f"Nothing was changed. [too-large] The diff has {len(sections)} files; {MOST} are read."
        )
    hunks = sections[-1].hunks
    if hunks:
        sections[-1] = replace(sections[-1], hunks=(*hunks[:-1], replace(hunks[-1], last=True)))
    return tuple(sections)


_EMPTY = """Nothing was changed. [empty] There is no hunk in the diff: not one line with + or -.
Send a unified diff: --- a/path, +++ b/path, @@ -line,count +line,count @@, then the lines."""


def _marked(section: FileDiff, block: DiffBlock) -> FileDiff:
    hunks = tuple(replace(hunk, fenced=block.fenced, cut=not block.closed, torn=block.torn) for hunk in section.hunks)
    return replace(section, hunks=hunks)


def _enveloped(lines: list[str]) -> list[str]:
    """Lines without what follows `*** End Patch` (the end of a shell's here-document) up to the next diff."""
    kept: list[str] = []
    inside = True
    for at, line in enumerate(lines):
        inside = inside or starts_diff(lines, at)
        if inside:
            kept.append(line)
        inside = inside and not line.startswith("*** End Patch")
    return kept


def _unix(lines: Sequence[str]) -> list[str]:
    """A diff whose own header lines end in a carriage return was changed on its way, not its content."""
    heads = [line for at, line in enumerate(lines) if starts_diff(lines, at) or line[:4] in ("--- ", "+++ ")]
    if heads and all(line.endswith("\r") for line in heads):
        return [line.removesuffix("\r") for line in lines]
    return list(lines)


def _strict(lines: Sequence[str]) -> list[FileDiff] | None:
    """Read by the counts; None as soon as one is wrong or a line is no diff's."""
    at = next((i for i in range(len(lines)) if starts_diff(lines, i)), len(lines))
    if any(_SIGNED.match(line) for line in lines[:at] if line != "---"):
        return None
    sections: list[FileDiff] = []
    while at < len(lines):
        head, after = _head(lines, at)
        hunks: list[Hunk] = []
        while after < len(lines) and lines[after].startswith("@@ -"):
            hunk, after = _counted(lines, after)
            if hunk is None:
                return None
            hunks.append(hunk)
        if after == at:
            return sections if sections and (not any(lines[at:]) or _is_signature(lines[at:])) else None
        if not (head.old or head.new or head.others):
            return None
        at = after
        sections.append(_section(head, hunks))
    return sections


def _counted(lines: Sequence[str], at: int) -> tuple[Hunk | None, int]:
    start, old, new, title = hunk_numbers(lines[at])
    if old is None or new is None:
        return None, at
    header = lines[at]
    body: list[HunkLine] = []
    at += 1
    while at < len(lines) and (old > 0 or new > 0 or lines[at].startswith("\\ ")):
        line = lines[at]
        if line.startswith("\\ "):
            if not body:
                return None, at
            body[-1] = body[-1]._replace(ends=True)
            at += 1
            continue
        if line[:1] not in ("+", "-", " "):
            return None, at
        body.append(HunkLine(line[0], line[1:]))
        old -= line[0] != "+"
        new -= line[0] != "-"
        at += 1
    if old or new or not body:
        return None, at
    hunk = Hunk(tuple(body), header, start, strict=True, title=title)
    return replace(hunk, old_count=len(hunk.old), new_count=len(hunk.new)), at


def _lenient(lines: list[str], block: DiffBlock, before: Sequence[FileDiff]) -> list[FileDiff]:
    sections: list[FileDiff] = []
    at = _first(lines, block.fenced)
    if at < len(lines) and not _opens(lines, at, True):
        sections.append(_continued(block, before))
    while at < len(lines):
        if _opens(lines, at, not sections or not sections[-1].hunks):
            head, at = _head(lines, at)
            sections.append(_section(head, []))
            continue
        if not sections:
            sections.append(_continued(block, before))
        hunk, at = _body(lines, at, block.fenced)
        if hunk.lines:
            sections[-1] = replace(sections[-1], hunks=(*sections[-1].hunks, hunk))
    return sections


def _first(lines: Sequence[str], fenced: bool) -> int:
    for at, line in enumerate(lines):
        if _opens(lines, at, True) or line.startswith("@@") or (fenced and _SIGNED.match(line)):
            return at
    return len(lines)


def _opens(lines: Sequence[str], at: int, fresh: bool) -> bool:
    """Whether a file's header begins here; `fresh` where no hunk of another file is being read."""
    line = lines[at]
    if line.startswith(("diff --", "Index: ")) or _START.match(line):
        return True
    if line.startswith("@@"):
        return False
    if line[:4] in ("--- ", "+++ ") and (fresh or starts_diff(lines, at)):
        return len(line.strip()) > 4  # a name follows the sign
    return fresh and read_head(lines, at, FileHeader()) > at


def _head(lines: Sequence[str], at: int) -> tuple[FileHeader, int]:
    head = FileHeader()
    begin = at
    while at < len(lines):
        line = lines[at]
        if at > begin and line.startswith("diff --"):
            break
        if line.startswith("--- ") and at > begin and (_is_name(lines[at - 1]) or head.foreign(lines[at : at + 2])):
            break
        after = read_head(lines, at, head)
        if after == at:
            break
        at = after
        if lines[at - 1].startswith("+++ "):
            break
    return head, at


def _body(lines: Sequence[str], at: int, fenced: bool) -> tuple[Hunk, int]:
    """Read to the next header; the counts only tell where prose begins after a diff without a fence."""
    header = lines[at] if lines[at].startswith("@@") else ""
    if header.startswith("@@@"):
        raise PatchError(
            "format", "Nothing was changed. [format] A combined (merge) diff is not applied; send a unified diff."
        )
    at += bool(header)
    start, old, new, title = hunk_numbers(header)
    while header and at < len(lines) and lines[at].startswith("@@"):
        # `@@ class A` and below it `@@ def b`: one place, named twice.
        header, above = lines[at], title
        start, old, new, title = hunk_numbers(header)
        title = f"{above} {title}".strip()
        at += 1
    begin = at
    while at < len(lines) and not lines[at].startswith("@@") and not _opens(lines, at, False):
        if lines[at].startswith("*** End Patch"):
            break
        at += 1
    rows = list(lines[begin:at])
    rows = rows if fenced else _without_prose(rows, old, new)
    body = _read_rows(rows)
    _unspared(body, old, new)
    if header and not body:
        raise PatchError(
            "cut", f"Nothing was changed. [cut] The hunk {header!r} has no lines. Send the diff again, whole."
        )
    hunk = Hunk(tuple(body), header, start, old, new, title)
    right = (old, new) == (len(hunk.old), len(hunk.new)) and not any(line.bare for line in body)
    hunk = replace(hunk, strict=right)
    return hunk, at + (at < len(lines) and lines[at].startswith("*** End Patch"))


def _is_name(line: str) -> bool:
    return line.startswith(("--- ", "+++ "))


def _unspared(body: list[HunkLine], old: int | None, new: int | None) -> None:
    """Take off the empty lines at the edges of a hunk that its counts have no room for; one may have lost its +."""
    for edge in (-1, 0):
        taken = 0
        while body and body[edge].bare and not body[edge].text and _spare(body, old, new, edge):
            body.pop(edge)
            taken += 1
        here = (sum(line.sign != "+" for line in body), sum(line.sign != "-" for line in body) + taken)
        if taken and edge == -1 and here == (old, new):
            body += [HunkLine("+", "")] * taken


def _spare(body: Sequence[HunkLine], old: int | None, new: int | None, edge: int) -> bool:
    """Whether the counts have no room for so many lines; without counts, whether this is the end."""
    if old == 0:
        return new is not None and len(body) > new
    return edge == -1 if old is None else sum(line.sign != "+" for line in body) > old


def _read_rows(rows: list[str]) -> list[HunkLine]:
    rows = _unsigned(rows)
    if any(_SEARCH.match(row) for row in rows):
        raise PatchError(
            "format", "Nothing was changed. [format] Search/replace blocks are not read; send a unified diff."
        )
    body: list[HunkLine] = []
    for row in rows:
        if row.startswith("\\ ") and "newline" in row.lower():
            if body:
                body[-1] = body[-1]._replace(ends=True)
        elif row[:1] in ("+", "-", " "):
            body.append(HunkLine(row[0], row[1:]))
        else:
            body.append(HunkLine(" ", row, bare=True))
    return body


def _unsigned(rows: list[str]) -> list[str]:
    """The rows without a closing tag or a mail's signature below them."""
    while rows and (_TAG.match(rows[-1]) or rows[-1].startswith("*** End of File")):
        rows.pop()
    kept = len(rows)
    while kept and not rows[kept - 1].strip():
        kept -= 1
    return rows[: kept - 2] if _is_signature(rows[max(0, kept - 2) : kept]) else rows


def _without_prose(rows: list[str], old: int | None, new: int | None) -> list[str]:
    for at in range(len(rows) + 1):
        if old == 0 and new == 0 and at:
            rest = [row for row in rows[at:] if row.strip()]
            unsigned = not rest or not rows[at].strip() or rows[at][:1] not in "+- \\"
            harmless = not any(row.startswith("+") or re.match(r"-(?! \S)", row) for row in rest)
            return rows[:at] if unsigned and harmless else rows
        if old is None or new is None or at == len(rows) or old < 0 or new < 0:
            return rows
        old -= not rows[at].startswith(("+", "\\"))
        new -= not rows[at].startswith(("-", "\\"))
    return rows


def _is_signature(rows: Sequence[str]) -> bool:
    """The end of `git format-patch`: `-- ` and git's version."""
    kept = [row for row in rows if row.strip()]
    return len(kept) == 2 and kept[0].rstrip() == "--" and bool(re.match(r"\d+\.\d+", kept[1]))


def _continued(block: DiffBlock, before: Sequence[FileDiff]) -> FileDiff:
    if before:
        return replace(before[-1], hunks=())
    if block.hint:
        return FileDiff(block.hint, block.hint)
    why = "The diff does not say which file it is for: begin it with --- a/path and +++ b/path."
    raise PatchError("path", f"Nothing was changed. [path] {why}")


def _section(head: FileHeader, hunks: Sequence[Hunk]) -> FileDiff:
    head.finish()
    return FileDiff(head.old, head.new, head.kind, tuple(hunks), tuple(head.others))
