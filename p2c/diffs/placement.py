"""The ladder: each rung needs exactly one place in the file, and no similarity ever chooses one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from p2c.diffs import line_matching
from p2c.diffs.hunk_variants import variants
from p2c.diffs.line_matching import Shift
from p2c.diffs.model import FileLines, Hunk, HunkLine, LineEdit
from p2c.diffs.rejections import PlacementError
from p2c.diffs.scopes import holds, names_in, within

NEAR = 3
"""Lines by which a line number may be off and still choose among several places: models miscount by one or two."""
DISTANT = 20
"""Lines that the next best place is then away at least, so that no miscount could have meant it."""
LONG = 100
"""Lines of a hunk that is not expected to fit at many places: 20 are compared, of a shorter one 200. Comparing a place
costs as much as the hunk is long."""


@dataclass(frozen=True)
class Placement:
    """Where a hunk belongs: the edits, and how loosely that was found."""

    hunk: Hunk
    start: int
    edits: tuple[LineEdit, ...]
    rung: str
    final: bool | None = None
    """Whether the file's last line ends with a newline afterwards; None leaves it."""
    noisy: bool = False
    """Trailing blanks came on the way and were taken off the added lines."""

    @property
    def label(self) -> str:
        """The rung, and how a damaged hunk was read: `exact`, `blanks+unpadded`."""
        reading = self.hunk.reading.strip("_")
        return f"{self.rung}+{reading}" if reading else self.rung


@dataclass(frozen=True)
class LineOffset:
    """What other hunks of the same file say about the line numbers: the shift they agree on, None for none."""

    shift: int | None = 0


def place(hunk: Hunk, document: FileLines, trust: LineOffset) -> Placement:
    """Return the one place of a hunk whose lines stand together; raise Misplaced."""
    if not hunk.old:
        return _into_empty(hunk, document)
    for rung, key, check in _RUNGS:
        for reading in variants(hunk):
            if rung in ("shift", "loose") and reading.reading.endswith(("unblanked", "_all", "_unpadded")):
                continue
            fits = list(_fits(reading, document, key, check))
            if not fits:
                continue
            start = choose([at for at, _ in fits], reading, document, trust)
            _refuse_rival(reading, start, document)
            return fitted(reading, start, document, rung, dict(fits)[start])
    raise PlacementError("mismatch")


def _refuse_rival(hunk: Hunk, start: int, document: FileLines) -> None:
    """At the line that the header gives the same code stands, indented otherwise: that may be what is meant."""
    given = (hunk.start or 0) - 1
    if given < 0 or given == start:
        return
    there = document.lines[given : given + len(hunk.old)]
    if [line_matching.inner(line) for line in there] == [line_matching.inner(line) for line in hunk.old]:
        raise PlacementError("ambiguous", (start, given))


def choose(places: Sequence[int], hunk: Hunk, document: FileLines, trust: LineOffset) -> int:
    """Return the place that is meant: the only one, the one in the named def or class, the one at the line given."""
    ending = [at for at in places if at + len(hunk.old) == len(document.lines)]
    if len(places) > 1 and ending and any(line.ends for line in hunk.lines):
        places = ending
    names = names_in(hunk.title)
    change = hunk.edges()[0]
    named = [at for at in places if names and within(document, at, at + change, names)]
    if len(places) == 1:
        if not named and hunk.start != places[0] + 1 and holds(document, names):
            raise PlacementError("ambiguous", places)
        return places[0]
    given = _given(places, hunk, trust)
    if len(named) == 1 and given in (None, named[0]):
        return named[0]
    if given is not None and (not named or given in named):
        return given
    raise PlacementError("ambiguous", places)


def fitted(hunk: Hunk, start: int, document: FileLines, rung: str, shift: Shift) -> Placement:
    """Return the edits of a hunk that fits at `start`."""
    edits = []
    at = start
    raw = all(ours == theirs for ours, theirs in zip(hunk.old, document.lines[start:], strict=False))
    noisy = _noisy(hunk, document, start)
    begin, added = at, list[str]()
    for line in [*hunk.lines, HunkLine(" ", "")]:
        if line.sign == " ":
            if at > begin or added:
                edits.append(LineEdit(begin, at, _ended(document, begin, at, added, raw)))
            at += 1
            begin, added = at, []
        elif line.sign == "-":
            at += 1
        else:
            moved = shift(line.text)
            if moved is None:
                raise PlacementError("mismatch")
            added.append(moved.rstrip(" \t") if noisy else moved)
    return Placement(hunk, start, tuple(edits), rung, _final(hunk, start, document), noisy)


def _ended(document: FileLines, begin: int, end: int, added: list[str], raw: bool) -> tuple[str, ...]:
    """Give added lines the line ending of the line they replace or follow, unless every byte fitted as it was."""
    if raw:
        return tuple(added)
    rows = []
    for offset, text in enumerate(added):
        at = begin + offset if begin + offset < end else end - 1 if end > begin else begin - 1
        like = document.lines[at] if 0 <= at < len(document.lines) else (document.lines or [""])[0]
        rows.append(text.rstrip("\r") + ("\r" if like.endswith("\r") else ""))
    return tuple(rows)


def _noisy(hunk: Hunk, document: FileLines, start: int) -> bool:
    """The diff has trailing blanks where the file has none: they came on the way."""
    pairs = zip(hunk.old, document.lines[start:], strict=False)
    return any(
        ours.rstrip("\r") != line_matching.right(ours) and theirs.rstrip("\r") == line_matching.right(theirs)
        for ours, theirs in pairs
        if ours.rstrip("\r") != theirs.rstrip("\r") and line_matching.inner(ours)
    )


def _final(hunk: Hunk, start: int, document: FileLines) -> bool | None:
    return final_of(hunk) if start + len(hunk.old) == len(document.lines) else None


def final_of(hunk: Hunk) -> bool | None:
    """Whether the file ends with a newline after this hunk, by its marks; None where they leave that as it is."""
    ends = {line.sign for line in hunk.lines if line.ends}
    if ends == {"+"}:
        return False
    return True if ends == {"-"} else None


def _into_empty(hunk: Hunk, document: FileLines) -> Placement:
    if document.lines:
        raise PlacementError("mismatch")
    added = tuple(line.text for line in hunk.lines)
    return Placement(hunk, 0, (LineEdit(0, 0, added),), "exact", not any(line.ends for line in hunk.lines))


def _given(places: Sequence[int], hunk: Hunk, trust: LineOffset) -> int | None:
    if hunk.start is None or trust.shift is None:
        return None
    line = hunk.start - 1 + trust.shift
    if line in places:
        return line
    near = sorted(places, key=lambda at: abs(at - line))
    if trust.shift or abs(near[0] - line) > NEAR or abs(near[1] - line) < DISTANT:
        return None
    return near[0]


def _fits(hunk: Hunk, document: FileLines, key: Callable[[str], str], check: _Check) -> Iterator[tuple[int, Shift]]:
    for start in document.find(hunk.old, key, 200 if len(hunk.old) <= LONG else 20):
        shift = check(hunk, document.lines[start : start + len(hunk.old)])
        if shift is not None:
            yield start, shift


_Check = Callable[[Hunk, Sequence[str]], Shift | None]


def _any(hunk: Hunk, lines: Sequence[str]) -> Shift | None:
    return line_matching.same


def _shifted(hunk: Hunk, lines: Sequence[str]) -> Shift | None:
    pairs = list(zip(hunk.old, lines, strict=True))
    return None if flat(hunk, lines) or _one_off(hunk, pairs) else line_matching.uniform(pairs)


def _one_off(hunk: Hunk, pairs: Sequence[tuple[str, str]]) -> bool:
    """Context has one blank more than the file, and added lines may not have it: nothing shows which is meant."""
    known = [
        (line_matching.indent(ours), line_matching.indent(theirs))
        for ours, theirs in pairs
        if line_matching.inner(ours)
    ]
    if any(line.sign == "-" and line_matching.inner(line.text) for line in hunk.lines):
        return False
    depths = {len(ours) % 2 for ours, _ in known}
    added = {len(line_matching.indent(line.text)) % 2 for line in hunk.lines if line.sign == "+" and line.text.strip()}
    return bool(added - depths) and bool(known) and all(ours == " " + theirs for ours, theirs in known)


def flat(hunk: Hunk, lines: Sequence[str]) -> bool:
    """Every indentation was lost, so that how deep the added lines belong cannot be told."""
    texts = [line.text for line in hunk.lines if line.text.strip()]
    added = [line for line in hunk.lines if line.sign == "+" and line.text.strip()]
    removed = [line for line in hunk.lines if line.sign == "-"]
    lost = not any(len(line_matching.indent(text)) > 1 for text in texts) and any(
        len(line_matching.indent(x)) > 1 for x in lines
    )
    return lost and len(added) > 1 and len(added) != len(removed)


def _loosely(hunk: Hunk, lines: Sequence[str]) -> Shift | None:
    """Context by its loose key; removed lines equal but for the blanks around them."""
    old = [line for line in hunk.lines if line.sign != "+"]
    pairs = list(zip(old, lines, strict=True))
    if hunk.contradicted or flat(hunk, lines) or _one_off(hunk, [(line.text, theirs) for line, theirs in pairs]):
        return None
    removed = [(line.text, theirs) for line, theirs in pairs if line.sign == "-"]
    if any(line_matching.inner(ours) != line_matching.inner(theirs) for ours, theirs in removed):
        return None
    alike = [
        (line.text, theirs) for line, theirs in pairs if line_matching.inner(line.text) == line_matching.inner(theirs)
    ]
    if removed and all(line_matching.right(ours) == line_matching.right(theirs) for ours, theirs in removed):
        return line_matching.same
    if not removed and _blank_lost(alike):
        return line_matching.same
    return line_matching.uniform(alike)


def _blank_lost(pairs: Sequence[tuple[str, str]]) -> bool:
    """Some context lines, not all, lost the one blank in front."""
    deep = [
        (line_matching.indent(ours), line_matching.indent(theirs))
        for ours, theirs in pairs
        if line_matching.inner(ours)
    ]
    lost = [pair for pair in deep if pair[0] != pair[1]]
    return len(lost) < len(deep) and all(" " + ours == theirs for ours, theirs in lost)


_RUNGS: tuple[tuple[str, Callable[[str], str], _Check], ...] = (
    ("exact", line_matching.exact, _any),
    ("blanks", line_matching.right, _any),
    ("shift", line_matching.inner, _shifted),
    ("loose", line_matching.loose, _loosely),
)
