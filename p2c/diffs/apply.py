"""From placed hunks to a file's new text: byte for byte, whole or not at all."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from p2c.diffs import line_matching
from p2c.diffs.already_applied import already
from p2c.diffs.ambiguity import unsure
from p2c.diffs.hunk_variants import reread, variants
from p2c.diffs.left_out_lines import with_left_out
from p2c.diffs.lost_signs import lost_minus
from p2c.diffs.model import FileLines, Hunk, LineEdit
from p2c.diffs.partial_hunks import elided, groups
from p2c.diffs.placement import NEAR, LineOffset, Placement, place
from p2c.diffs.rejections import PlacementError, misplaced, refused
from p2c.diffs.scopes import names_in, within
from p2c.diffs.validation import newly_broken
from p2c.errors import PatchError


def edited(path: str, text: str, hunks: Sequence[Hunk]) -> tuple[str, tuple[str, ...]]:
    """Return a file's text with every hunk applied, and the rung of each; raise PatchError, having changed nothing."""
    mark = "\ufeff" if text.startswith("\ufeff") and not any("\ufeff" in line for h in hunks for line in h.old) else ""
    before = text.removeprefix(mark)
    result, placed = _agreed(path, before, hunks)
    error = newly_broken(path, before, result)
    other = _other_reading(path, before, hunks) if error else None
    if other is not None:
        return mark + other[0], _labels(other[1])
    if error:
        raise refused("syntax", path, f"after it the file would not parse, and before it does: {error}")
    if why := unsure(path, before, placed):
        raise refused("unsure", path, why)
    return mark + result, _labels(placed)


def _labels(placed: Sequence[Placement]) -> tuple[str, ...]:
    return tuple(placement.label for placement in placed)


def _agreed(path: str, text: str, hunks: Sequence[Hunk]) -> tuple[str, list[Placement]]:
    """What one hunk shows to have happened to the diff on its way has happened to the others."""
    result, placed = _applied(path, text, hunks)
    for reading in {placement.hunk.reading for placement in placed} - {"", "_without_tail"}:
        again = [reread(hunk, reading) for hunk in hunks]
        if again != list(hunks):
            return _applied(path, text, again)
    return result, placed


def _applied(path: str, text: str, hunks: Sequence[Hunk]) -> tuple[str, list[Placement]]:
    document = FileLines.of(text)
    placed, failed = _place_all(path, document, hunks)
    result = _build(path, document, placed)
    failed += _undone(document, result, placed, hunks)
    for number, hunk, error in failed:
        # A hunk may be written against what the others leave behind.
        later = _once(hunk, result) if error.code == "mismatch" else None
        if later is None:
            raise misplaced(error, hunk, document, path, number)
        result = _build(path, result, [later])
        placed.append(later)
    return result.text(), placed


def _undone(
    document: FileLines, result: FileLines, placed: Sequence[Placement], hunks: Sequence[Hunk]
) -> list[tuple[int, Hunk, PlacementError]]:
    """Hunks whose result the file held already, but whose lines the other hunks bring: they go back to it."""
    undone = []
    for number, hunk in enumerate(hunks, 1):
        idle = any(placement.rung == "already" and placement.hunk is hunk for placement in placed)
        new_here = not document.find(hunk.old, line_matching.right, 1) and result.find(hunk.old, line_matching.right, 1)
        if idle and hunk.changes and new_here:
            undone.append((number, hunk, PlacementError("mismatch")))
    return undone


def _place_all(
    path: str, document: FileLines, hunks: Sequence[Hunk]
) -> tuple[list[Placement], list[tuple[int, Hunk, PlacementError]]]:
    trust = _trust(document, hunks)
    placed: list[Placement] = []
    failed: list[tuple[int, Hunk, PlacementError]] = []
    for number, hunk in enumerate(hunks, 1):
        try:
            placement = _climb(hunk, document, trust)
        except PlacementError as error:
            failed.append((number, hunk, error))
            continue
        _refuse_cut(hunk, placement, document, path, number)
        if suspect := lost_minus(hunk, [other for other in hunks if other is not hunk]) if placement.edits else "":
            raise refused("sign", path, _SIGN.format(hunk.header, suspect), number)
        placed.append(placement)
    return _repeats_decided(placed, hunks, failed), failed


def _repeats_decided(
    placed: list[Placement], hunks: Sequence[Hunk], failed: list[tuple[int, Hunk, PlacementError]]
) -> list[Placement]:
    """Decide about insertions that look as if they stood there already.

    Alone, or where the other hunks are there too, the diff was applied before. Beside hunks that change something it is
    meant: right counts and the named line say where, and without them it is ambiguous, never dropped in silence.
    """
    fresh = any(placement.edits and placement.rung not in ("already", "repeated") for placement in placed)
    decided: list[Placement] = []
    for placement in placed:
        hunk = placement.hunk
        if placement.rung != "repeated":
            decided.append(placement)
        elif not fresh:
            decided.append(replace(placement, edits=(), rung="already"))
        elif hunk.strict and placement.start + 1 == hunk.start:
            decided.append(replace(placement, rung="exact"))
        else:
            number = next((at for at, other in enumerate(hunks, 1) if other.lines == hunk.lines), 0)
            failed.append((number, hunk, PlacementError("ambiguous", (placement.start, placement.start + 1))))
    return decided


def _climb(hunk: Hunk, document: FileLines, trust: LineOffset) -> Placement:
    """Try the rungs in their order; a hunk that changes nothing only has to stand there."""
    if not hunk.changes and not any(reading.changes for reading in variants(hunk)):
        return _unchanged(hunk, document)
    if hunk.mixed and hunk.contradicted:
        # A line without a sign among lines that have theirs: it may be an added or a removed one.
        raise PlacementError("mismatch")
    done = already(hunk, document)
    try:
        placement = place(hunk, document, trust)
        placement = placement if done is None else _of_two(placement, done, document)
        return replace(placement, rung="repeated") if _repeated(placement, document) else placement
    except PlacementError as error:
        if error.code == "ambiguous":
            raise
    if done is not None:
        return done
    partial = elided(hunk, document) or groups(hunk, document, trust) or with_left_out(hunk, document)
    if partial is None:
        raise PlacementError("mismatch")
    return partial


def _of_two(before: Placement, after: Placement, document: FileLines) -> Placement:
    """The lines before the change stand at one place, those after it at another: only the header can tell."""
    if before.start == after.start:
        return before if before.rung == "exact" else after
    hunk = before.hunk
    line = None if hunk.start is None else hunk.start - 1
    names = names_in(hunk.title)
    named = [
        candidate
        for candidate in (before, after)
        if names and within(document, candidate.start, candidate.start + hunk.edges()[0], names)
    ]
    if (before.start == line and after not in named) or (len(named) == 1 and after.start != line):
        return before if before.start == line else named[0]
    raise PlacementError("ambiguous", (before.start, after.start))


def _unchanged(hunk: Hunk, document: FileLines) -> Placement:
    for reading in variants(hunk) if hunk.old_count == hunk.new_count else ():
        if document.find(reading.old, line_matching.right):
            return Placement(hunk, 0, (), "already")
    raise PlacementError("mismatch")


def _repeated(placed: Placement, document: FileLines) -> bool:
    """An insertion with context on one side only, whose lines stand on the other side already."""
    if len(placed.edits) != 1 or placed.edits[0].start != placed.edits[0].end:
        return False
    (start, _, lines), (before, after) = placed.edits[0], placed.hunk.edges()
    if not any(char.isalnum() for line in lines for char in line):
        return False
    follows = not after and tuple(document.lines[start : start + len(lines)]) == lines
    precedes = not before and start >= len(lines) and tuple(document.lines[start - len(lines) : start]) == lines
    return follows or precedes


def _trust(document: FileLines, hunks: Sequence[Hunk]) -> LineOffset:
    """Line numbers that are wrong for one hunk are not believed for another, unless all are off by the same."""
    shifts = set()
    for hunk in hunks:
        places = document.find(hunk.old, line_matching.right, 2)
        if hunk.start is not None and len(places) == 1:
            shifts.add(places[0] + 1 - hunk.start)
    if len(shifts) > 1:
        return LineOffset(0 if all(abs(shift) <= NEAR for shift in shifts) else None)
    return LineOffset(shifts.pop() if shifts else 0)


def _refuse_cut(hunk: Hunk, placed: Placement, document: FileLines, path: str, number: int) -> None:
    """The reply's last hunk is shorter than it says and does not end as it began: more was meant to come."""
    why = "the diff ends before this hunk does, so nothing of it was used. Send it again, whole."
    if hunk.last and hunk.cut and _torn(hunk, placed, document):
        raise refused("cut", path, why, number)
    if hunk.halved:
        raise refused("cut", path, _HALVED, number)
    if not hunk.last or hunk.strict:
        return
    before, after = hunk.edges()
    at_end = placed.start + len(hunk.old) >= len(document.lines)
    short = hunk.old_count is not None and hunk.new_count is not None
    short = short and len(hunk.old) <= (hunk.old_count or 0) and len(hunk.new) <= (hunk.new_count or 0)
    short = short and (len(hunk.old), len(hunk.new)) != (hunk.old_count, hunk.new_count)
    ragged = not at_end and (after < before or placed.rung == "groups") and not _lacks_context_alone(hunk)
    if (short and (hunk.cut or ragged)) or (hunk.cut and hunk.fenced and not after and not at_end):
        raise refused("cut", path, why, number)


def _lacks_context_alone(hunk: Hunk) -> bool:
    """A closed fence is believed where both counts are short by the same number: a change left out shortens one more.

    Measured on 150 hunks whose trailing context was left out (all right) and 150 that broke off inside a closed fence
    (21 wrong instead of 17).
    """
    return not hunk.cut and (hunk.old_count or 0) - len(hunk.old) == (hunk.new_count or 0) - len(hunk.new)


def _torn(hunk: Hunk, placed: Placement, document: FileLines) -> bool:
    """The very last line is the beginning of the file's line there: the reply broke off inside it."""
    last, end = hunk.lines[-1], placed.start + len(placed.hunk.old)
    if last.sign == "+" or placed.rung == "exact":
        return False
    there = document.lines[max(0, end - 1) : end + NEAR]
    return last.text not in there and any(line.startswith(last.text) and line != last.text for line in there)


_HALVED = "the reply ends in an added line of an unclosed fence, which may be half of it. Send the diff again, whole."

_SIGN = """the counts in {!r} do not fit its lines: they say that one line more is removed.
Has this line lost its -?  {}
Write - in front of each line that goes, a blank in front of each that stays, and counts that fit."""


def _once(hunk: Hunk, document: FileLines) -> Placement | None:
    if not hunk.changes or (hunk.mixed and hunk.contradicted):
        return None
    for key, rung in ((line_matching.exact, "exact"), (line_matching.right, "blanks")):
        for reading in variants(hunk):
            if len(document.find(reading.old, key, 2)) == 1:
                try:
                    placement = place(replace(reading, strict=False, start=None), document, LineOffset(None))
                except PlacementError:
                    return None
                return replace(placement, rung=f"later-{rung}") if placement.rung in ("exact", "blanks") else None
    return None


def _build(path: str, document: FileLines, placed: Sequence[Placement]) -> FileLines:
    edits = _merged(path, placed)
    lines = list(document.lines)
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        lines[edit.start : edit.end] = edit.lines
    finals = {placement.final for placement in placed if placement.final is not None}
    if len(finals) > 1:
        raise refused("conflict", path, "two hunks disagree about the newline at the end of the file.")
    return FileLines(lines, finals.pop() if finals else document.final or not document.lines)


def _merged(path: str, placed: Sequence[Placement]) -> list[LineEdit]:
    kept: dict[LineEdit, int | None] = {}
    for placement in placed:
        for edit in placement.edits:
            if edit in kept and None not in (kept[edit], placement.hunk.start) and kept[edit] != placement.hunk.start:
                why = "two hunks for different lines fit at one place only; the other place has changed or is gone."
                raise refused("conflict", path, why)
            kept[edit] = placement.hunk.start
    edits = sorted(kept)
    for first, second in itertools.pairwise(edits):
        touching = first.start == second.start and first.start == first.end and second.start == second.end
        if second.start < first.end or touching:
            raise refused("conflict", path, f"two hunks change line {second.start + 1} in different ways.")
    return edits


def _other_reading(path: str, text: str, hunks: Sequence[Hunk]) -> tuple[str, list[Placement]] | None:
    """The text does not parse as written: is there one reading of the hunks with which it does?"""
    results: dict[str, list[Placement]] = {}
    for reading in sorted({form.reading for hunk in hunks for form in variants(hunk)} - {""}):
        try:
            result, placed = _applied(path, text, [reread(hunk, reading) for hunk in hunks])
        except (PatchError, PlacementError):
            continue
        if not newly_broken(path, text, result):
            results.setdefault(result, placed)
    return results.popitem() if len(results) == 1 else None
