"""The fixers over the tables of library changes: what findings miss, and what goes along, is written as it is today."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from p2c.executor.report import Finding
from p2c.repair.case import Case
from p2c.repair.fixers.libraries import arguments, members, missed, names
from p2c.repair.fixers.libraries.changes import LibraryChange, Missed, changes, go_along
from p2c.repair.fixers.text_edits import offer, own_frames
from p2c.repair.patch import Patch


def removed_names(case: Case) -> Patch | None:
    """Replace, in all files, every name that a finding missed, and with it all others whose successors are there too:
    ten removed names cost one patch.
    """
    gone, rows = missed.missed_names(case), changes("name", "module", "call")
    hit = [row for row in rows if missed.is_missed(row, gone)]
    wide = go_along(rows, hit)
    texts = {path: names.with_successors(case.repo.files[path], wide) for path in case.repo.python_files()}
    removed = ", ".join(sorted(gone & {row.old for row in wide}) or sorted(row.old for row in hit))
    return offer(case, "removed-names", f"Use the successor of what was removed: {removed}", texts) if hit else None


@dataclass(frozen=True)
class TableFixer:
    """Fixes what gating findings say of the rows of some kinds; `{names}` in the reason are those that they miss."""

    name: str
    reason: str
    kinds: tuple[str, ...]
    missed: Callable[[Finding, Case], Iterator[LibraryChange]]
    rewritten: Callable[[str, Collection[LibraryChange], Collection[Missed]], str]
    """From a file's text, the rows that are written anew, and those missed in this file, to the new text."""

    def fix(self, case: Case) -> Patch | None:
        """Write in all files, as it is today, what findings miss and what changed with it."""
        missed_by_path: dict[str, list[Missed]] = {}
        for finding in case.report.gating:
            path, line = next(((frame.path, frame.line) for frame in own_frames(finding)), ("", 0))
            missed_by_path.setdefault(path, []).extend((row, line) for row in self.missed(finding, case))
        hit = [row for there in missed_by_path.values() for row, _ in there]
        rows = [row for row in go_along(changes(*self.kinds), hit) if not _is_own(row, case)]
        files = {path: case.repo.files[path] for path in case.repo.python_files()}
        texts = {path: self.rewritten(text, rows, missed_by_path.get(path, ())) for path, text in files.items()}
        reason = self.reason.format(names=", ".join(sorted({row.old for row in hit})))
        return offer(case, self.name, reason, texts) if hit else None


def _is_own(row: LibraryChange, case: Case) -> bool:
    """The repository's own objects have a member of that name."""
    pattern = re.compile(rf"\bdef {row.old}\b|\bself\.{row.old}\s*=[^=]")
    return row.kind in ("method", "attribute") and any(
        pattern.search(case.repo.files[path]) for path in case.repo.python_files()
    )


renamed_parameters = TableFixer(
    "renamed-options",
    "Say arguments in the way that the libraries want them now",
    ("renamed-parameter", "value"),
    missed.missed_arguments,
    arguments.renamed,
)
removed_members = TableFixer(
    "removed-members",
    "Say {names} with what the objects have today",
    ("method", "attribute"),
    missed.missed_members,
    members.with_members,
)
removed_parameters = TableFixer(
    "dropped-options",
    "Leave out or rename options that the library has no more",
    ("removed-parameter",),
    missed.missed_parameters,
    arguments.dropped,
)
keyword_only = TableFixer(
    "keyword-only",
    "Pass by name what the library takes by name only",
    ("keyword-only",),
    missed.missed_places,
    arguments.named,
)
