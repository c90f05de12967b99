"""Unified diffs that models write: applied exactly as meant, or refused with a reason they can use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

from p2c.diffs.alternatives import are_offered
from p2c.diffs.extraction import blocks, fenced_blocks, is_diff
from p2c.diffs.file_changes import changed_files, judge_whole
from p2c.diffs.model import FileDiff, Hunk
from p2c.diffs.parser import read_sections
from p2c.diffs.rejections import refused
from p2c.diffs.search_replace import replaced, search_blocks
from p2c.diffs.writer import diff_repos
from p2c.errors import InputError, PatchError
from p2c.repo import Repo, safe_path

__all__ = ["Patch", "apply_patch", "apply_with_rungs", "diff_repos", "replace_file"]

MOST = 8_000_000
"""Characters of a reply; a longer one is refused unread."""


@dataclass(frozen=True)
class Patch:
    """A unified diff (git style, a/ and b/ prefixes) with its reason and who wrote it."""

    diff: str
    reason: str
    author: str
    open_point: str = ""
    """`paper: ...` or `harness: ...`, where its author says that no change can settle this."""


def apply_patch(diff: str, repo: Repo) -> Repo:
    """Return `repo` with every diff of a reply (or a bare diff) applied, each hunk at the one place that it fits.

    Raises PatchError where anything is unclear; then nothing is changed, and the message says so to its author.
    """
    return apply_with_rungs(diff, repo)[0]


def apply_with_rungs(diff: str, repo: Repo) -> tuple[Repo, tuple[str, ...]]:
    """Return what `apply_patch` does, and which rung (docs/diffs.md) placed each hunk of a file that was edited."""
    if len(diff) > MOST:
        raise PatchError(
            "too-large", f"Nothing was changed. [too-large] The diff has {len(diff)} characters; {MOST} are read."
        )
    try:
        after, rungs = _applied(diff, repo)
    except InputError as error:
        raise PatchError("path", f"Nothing was changed. [path] {error}") from error
    if after == repo:
        raise PatchError("no-change", _NO_CHANGE)
    return after, rungs


def holds_change(reply: str) -> bool:
    """Whether a reply has a diff, or SEARCH/REPLACE blocks in its place."""
    return bool(blocks(reply) or search_blocks(reply)[0])


def _applied(diff: str, repo: Repo) -> tuple[Repo, tuple[str, ...]]:
    searched, rest = search_blocks(diff)
    diff_blocks = blocks(rest)
    if searched and diff_blocks:
        raise PatchError("format", _MIXED)
    if searched:
        return replaced(searched, repo), ("search",) * len(searched)
    if not diff_blocks:
        raise PatchError("no-diff", _NO_DIFF)
    if len(diff_blocks) > 1 and are_offered(diff):
        raise PatchError("conflict", _ALTERNATIVES)
    sections = read_sections(diff_blocks)
    _conserved(sections)
    changes, rungs = changed_files(sections, repo)
    return repo.with_files(changes), rungs


def replace_file(reply: str, path: str, repo: Repo) -> Repo:
    """Return `repo` with the file at `path` replaced by the one fenced block of a reply; raise PatchError otherwise."""
    try:
        path = safe_path(path)
    except InputError as error:
        raise PatchError("path", f"Nothing was changed. [path] {error}") from error
    fences = fenced_blocks(reply)
    if len(fences) != 1:
        raise refused("format", path, f"the reply has {len(fences)} fenced blocks; send the whole file in exactly one.")
    info, lines, closed = fences[0]
    if not closed:
        raise refused("cut", path, "the fence is not closed, so the file may be cut. Send it again, whole.")
    if info in ("diff", "patch") or (is_diff(lines) and not path.endswith(".md")):
        raise refused("format", path, "a whole file was asked for, not a diff.")
    before = repo.files.get(path, "")
    ending = "\r\n" if "\r\n" in before and before.count("\r\n") == before.count("\n") else "\n"
    text = "".join(line.removesuffix("\r") + ending for line in lines)
    judge_whole(path, text, before)
    if before and not before.endswith("\n"):
        text = text.removesuffix(ending)
    if text == before:
        raise PatchError("no-change", _NO_CHANGE)
    return repo.with_files({path: text})


def _conserved(sections: Sequence[FileDiff]) -> None:
    """Write what was read in canonical form and have unidiff count it: not one + or - may have got lost."""
    hunks = [hunk for section in sections for hunk in section.hunks if hunk.lines]
    text = "--- a/file\n+++ b/file\n" + "".join(_canonical(hunk) for hunk in hunks)
    added = sum(line.sign == "+" for hunk in hunks for line in hunk.lines)
    removed = sum(line.sign == "-" for hunk in hunks for line in hunk.lines)
    try:
        parsed = PatchSet(text)
    except UnidiffParseError as error:
        raise PatchError("format", f"Nothing was changed. [format] The diff cannot be read: {error}") from error
    if (parsed.added, parsed.removed) != (added, removed) or sum(len(file) for file in parsed) != len(hunks):
        raise PatchError("format", "Nothing was changed. [format] The diff cannot be read without losing lines of it.")


def _canonical(hunk: Hunk) -> str:
    body = "".join(f"{line.sign}{line.text}\n" for line in hunk.lines)
    return f"@@ -1,{len(hunk.old)} +1,{len(hunk.new)} @@\n{body}"


_NO_DIFF = """Nothing was changed. [no-diff] The reply holds no diff.
Answer with a unified diff in one ```diff block: --- a/path, +++ b/path, @@ -line,count +line,count @@, the lines."""

_MIXED = """Nothing was changed. [format] The reply has SEARCH/REPLACE blocks and a diff. Send one unified diff."""

_ALTERNATIVES = (
    """Nothing was changed. [conflict] The reply offers two diffs as alternatives. Send the one that is meant."""
)

_NO_CHANGE = """Nothing was changed. [no-change] The diff leaves every file as it is: what it adds is there already, or
it removes and adds the same (or it is reversed: - is what the file has now, + is what it should have)."""
