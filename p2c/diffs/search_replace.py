"""SEARCH/REPLACE blocks, which many models write instead of a diff: applied where the text stands exactly once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from p2c.diffs import paths
from p2c.diffs.file_changes import judge_whole
from p2c.diffs.model import FileDiff
from p2c.diffs.rejections import refused
from p2c.diffs.validation import newly_broken, placeholder
from p2c.repo import Repo

_OPEN = re.compile(r"^\s*(?:<{5,9}|-{7})\s*(?:SEARCH|ORIGINAL)\b.*$")
_MIDDLE = re.compile(r"^\s*={5,9}\s*$")
_CLOSE = re.compile(r"^\s*(?:>{5,9}|\+{7})\s*(?:REPLACE|UPDATED)\b.*$")
_FENCE = re.compile(r"^\s*(?:`{3,}|~{3,})\s*(.*)$")
_NAME = re.compile(
    r"^[\s*_`#>-]*(?:(?:file|path|in|edit|update)\s*:?\s+)?[`*\"']*([\w./+-]*[\w+-]\.\w{1,8})[`*\"':]*\s*$", re.I
)
ABOVE = 3
"""Lines above a block in which its file is named: the name, the fence, and a blank one."""


@dataclass(frozen=True)
class SearchBlock:
    """Lines of a file and what stands in their place; `path` as it was written, empty where none was."""

    path: str
    search: tuple[str, ...]
    replace: tuple[str, ...]


def search_blocks(reply: str) -> tuple[tuple[SearchBlock, ...], str]:
    """Return the blocks of a reply in order, and the reply without them.

    One whose end is missing makes all of them unusable, so none is returned then. A block that follows another
    without a name of its own belongs to the same file.
    """
    rows = [row.removesuffix("\r") for row in reply.split("\n")]
    read: list[SearchBlock] = []
    rest: list[str] = []
    at, last = 0, 0
    while at < len(rows):
        if not _OPEN.match(rows[at]):
            rest.append(rows[at])
            at += 1
            continue
        middle = _next(rows, at + 1, _MIDDLE)
        end = _next(rows, middle + 1, _CLOSE)
        if end >= len(rows) or any(_OPEN.match(row) for row in rows[at + 1 : end]):
            return (), reply
        path = _named(rows[last:at]) or (read[-1].path if read else "")
        read.append(SearchBlock(path, tuple(rows[at + 1 : middle]), tuple(rows[middle + 1 : end])))
        at = last = end + 1
    return (tuple(read), "\n".join(rest)) if read else ((), reply)


def replaced(blocks: Sequence[SearchBlock], repo: Repo) -> Repo:
    """Return the repository with every block applied in order; raises PatchError, and changes nothing, otherwise.

    What is searched for has to stand exactly once, line for line. An empty SEARCH makes a new file.
    """
    after = repo
    for number, block in enumerate(blocks, 1):
        path, text = _applied(block, after, number)
        after = after.with_files({path: text})
    for path, text in after.files.items():
        before = repo.files.get(path, "")
        if text != before and (error := newly_broken(path, before, text)):
            raise refused("syntax", path, f"after it the file would not parse, and before it does: {error}")
    return after


def _next(rows: Sequence[str], at: int, mark: re.Pattern[str]) -> int:
    return next((place for place in range(at, len(rows)) if mark.match(rows[place])), len(rows))


def _named(above: Sequence[str]) -> str:
    """The file that is named in the lines just above: alone on a line, or after a fence's mark."""
    for row in [row for row in reversed(above) if row.strip()][:ABOVE]:
        fence = _FENCE.match(row)
        name = _NAME.match(fence[1].split(" ")[-1] if fence else row)
        if name:
            return name[1]
    return ""


def _applied(block: SearchBlock, repo: Repo, number: int) -> tuple[str, str]:
    if not block.path:
        raise refused("path", "?", "no file is named above this SEARCH block.", number)
    section = FileDiff(block.path, block.path)
    paths.check_names(section)
    path = paths.source(section, repo)
    wanted = "\n".join(block.search)
    if path is None:
        if wanted.strip():
            raise refused(
                "missing", block.path, f"there is no such file. Files there are: {paths.similar(section, repo)}."
            )
        goal = paths.target(FileDiff("/dev/null", block.path, "create"), repo)
        text = "".join(f"{line}\n" for line in block.replace)
        judge_whole(goal, text, "")
        return goal, text
    left_out = placeholder(block.replace, block.search, path)
    if left_out:
        why = f"{left_out.strip()!r} stands for code that is not there. Write every line of it, or leave it untouched."
        raise refused("placeholder", path, why, number)
    return path, _with(block, path, repo.files[path], number)


def _with(block: SearchBlock, path: str, before: str, number: int) -> str:
    ending = "\r\n" if before.count("\r\n") and before.count("\r\n") == before.count("\n") else "\n"
    lines = before.split(ending)
    size = len(block.search)
    places = [at for at in range(len(lines) - size + 1) if tuple(lines[at : at + size]) == block.search]
    if not any(line.strip() for line in block.search):
        raise refused("exists", path, "SEARCH is empty, and the file exists: show the lines that are replaced.", number)
    if len(places) != 1:
        why = f"the lines of SEARCH stand {len(places)} times in the file; they have to stand there exactly once."
        raise refused("ambiguous" if places else "mismatch", path, why, number)
    return ending.join([*lines[: places[0]], *block.replace, *lines[places[0] + size :]])
