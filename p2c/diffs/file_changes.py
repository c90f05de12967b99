"""What the sections of a diff make of a repository's files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from p2c.diffs import paths
from p2c.diffs.apply import edited
from p2c.diffs.line_matching import right
from p2c.diffs.model import NULL, FileDiff, Hunk
from p2c.diffs.rejections import refused
from p2c.diffs.validation import marker, newly_broken, placeholder
from p2c.errors import PatchError
from p2c.repo import Repo


def changed_files(sections: Sequence[FileDiff], repo: Repo) -> tuple[dict[str, str | None], tuple[str, ...]]:
    """Return path -> new text (None: gone) of every file that a diff changes, and the rung that placed each hunk.

    Raises PatchError, and changes nothing.
    """
    for section in sections:
        paths.check_names(section)
    changes: dict[str, str | None] = {}
    rungs: list[str] = []
    for section in _merged(sections, repo):
        changed, placed = _change(section, repo.with_files(changes))
        rungs += placed
        for path, text in changed.items():
            if path in changes and changes[path] != text and section.kind != "edit":
                raise refused("conflict", path, "two parts of the diff do different things to it.")
            changes[path] = text
    return changes, tuple(rungs)


def _merged(sections: Sequence[FileDiff], repo: Repo) -> list[FileDiff]:
    """Sections that edit one file become one, so that every hunk is placed in the file as it is."""
    kept: list[FileDiff] = []
    places: dict[str, int] = {}
    for section in sections:
        if any(_said(section) == _said(other) for other in kept):
            continue
        path = paths.source(section, repo) if section.kind == "edit" else None
        if path is not None and path in places:
            at = places[path]
            kept[at] = replace(kept[at], hunks=(*kept[at].hunks, *section.hunks))
            continue
        if path is not None:
            places[path] = len(kept)
        kept.append(section)
    return kept


def _change(section: FileDiff, repo: Repo) -> tuple[dict[str, str | None], tuple[str, ...]]:
    if section.kind == "create":
        return _created(section, repo), ()
    path = paths.source(section, repo)
    if path is None:
        if section.kind == "edit" and _is_new(section):
            return _created(section, repo), ()
        name = section.new if section.new not in (None, NULL) else section.old
        raise refused("missing", str(name), f"there is no such file. Files there are: {paths.similar(section, repo)}.")
    if section.kind == "delete":
        return _deleted(section, path, repo.files[path]), ()
    hunks = _distinct(section.hunks)
    _judge(path, hunks, repo.files[path])
    text, rungs = edited(path, repo.files[path], hunks) if hunks else (repo.files[path], ())
    if section.kind in ("rename", "copy"):
        goal = paths.target(section, repo)
        return ({path: None, goal: text} if section.kind == "rename" else {goal: text}), rungs
    return {path: text}, rungs


def _said(section: FileDiff) -> tuple[object, ...]:
    """What a section means, however its hunks were numbered and wherever in the reply they stand."""
    hunks = tuple((hunk.lines, hunk.start, hunk.title) for hunk in section.hunks)
    return section.kind, section.old, section.new, hunks


def _distinct(hunks: Iterable[Hunk]) -> list[Hunk]:
    """The same hunk given twice is meant once."""
    kept: list[Hunk] = []
    for hunk in hunks:
        if not any((hunk.lines, hunk.start, hunk.title) == (other.lines, other.start, other.title) for other in kept):
            kept.append(hunk)
    return kept


def _is_new(section: FileDiff) -> bool:
    if len(section.hunks) != 1 or section.hunks[0].start not in (None, 0, 1):
        return False
    hunk = section.hunks[0]
    return bool(hunk.lines) and all(line.sign == "+" for line in hunk.lines) and not hunk.old_count


def _created(section: FileDiff, repo: Repo) -> dict[str, str | None]:
    path = paths.target(section, repo)
    if not section.hunks:
        return {path: ""}
    if len(section.hunks) > 1:
        raise refused("format", path, "a new file is written in one hunk that holds all of it.")
    hunk = section.hunks[0]
    if _short(hunk) or hunk.halved:
        raise refused("cut", path, "the diff ends before the new file does. Send it again, whole.")
    lines = _content(hunk, path)
    if _padded(lines):
        if not path.endswith(".py"):
            raise refused("unsure", path, "every line of the new file begins with a blank. Write + and then the line.")
        lines = [line.removeprefix(" ") for line in lines]
    text = "\n".join(lines) + ("" if hunk.lines[-1].ends else "\n")
    _judge(path, [hunk], "")
    if error := newly_broken(path, "", text):
        raise refused("syntax", path, f"the new file does not parse: {error}")
    return {path: text}


def _padded(lines: Sequence[str]) -> bool:
    """Whether a blank was put after every +."""
    filled = [line for line in lines if line.strip()]
    return len(filled) > 1 and all(line.startswith(" ") for line in filled) and any(line[1:2] != " " for line in filled)


def _short(hunk: Hunk) -> bool:
    """Fewer lines than announced, at the end of a reply that no fence closes."""
    if hunk.strict or not hunk.last or hunk.new_count is None:
        return False
    return len(hunk.lines) < hunk.new_count and (hunk.cut or not hunk.fenced)


def _content(hunk: Hunk, path: str) -> list[str]:
    """Every line of a new file is an added one; a blank line may lack its sign, or all lines do."""
    lines = list(hunk.lines)
    while lines and lines[0].bare and not lines[0].text and len(lines) > (hunk.new_count or 0):
        lines.pop(0)
    if all(line.sign == "+" or not line.text.strip() for line in lines):
        return [line.text if line.sign == "+" else "" for line in lines]
    if any(line.sign != " " for line in lines):
        why = "some lines of the new file lack their +, so it cannot be told what belongs to it."
        raise refused("format", path, why)
    if any(line.bare and line.text.strip() for line in lines):
        return [line.text if line.bare else " " * bool(line.text) + line.text for line in lines]
    return [line.text for line in lines]


def _deleted(section: FileDiff, path: str, text: str) -> dict[str, str | None]:
    """A file is deleted only by one who has seen what is in it."""
    shown = [line.text for hunk in section.hunks for line in hunk.lines if line.sign == "-"]
    others = any(line.sign == "+" or line.text.strip() for h in section.hunks for line in h.lines if line.sign != "-")
    lines = text.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    while shown and not shown[-1].strip():
        shown.pop()
    if others or [right(line) for line in shown] != [right(line) for line in lines]:
        why = "it is deleted only if the diff removes exactly the lines it has, all of them."
        raise refused("deletion", path, why)
    return {path: None}


def _judge(path: str, hunks: Sequence[Hunk], before: str) -> None:
    added = [[line.text for line in hunk.lines if line.sign == "+"] for hunk in hunks]
    removed = {line.text.strip() for hunk in hunks for line in hunk.lines if line.sign == "-"}
    for number, lines in enumerate(added, 1):
        mark = marker(lines)
        if mark and mark not in before:
            raise refused("markers", path, f"{mark!r} is a mark of an unresolved merge.", number)
        stub = placeholder(lines, removed, path)
        if stub:
            why = f"{stub.strip()!r} stands for code that is not there. Write every line of it, or leave it untouched."
            raise refused("placeholder", path, why, number)


def judge_whole(path: str, text: str, before: str) -> None:
    """Raise PatchError where a file given whole holds a placeholder, a merge mark, or no longer parses."""
    old_lines = {line.strip() for line in before.split("\n")}
    lines = text.split("\n")
    left_out = placeholder(lines, old_lines, path)
    if left_out:
        why = f"{left_out.strip()!r} stands for code that is not there. Write the whole file."
        raise refused("placeholder", path, why)
    if mark := marker(lines):
        raise refused("markers", path, f"{mark!r} is a mark of an unresolved merge.")
    if error := newly_broken(path, "", text):
        raise PatchError("syntax", f"Nothing was changed. [syntax] {path}: it does not parse: {error}")
