"""Hunks that leave out lines: elided context, groups of changes apart, stale outer context."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from p2c.diffs import line_matching
from p2c.diffs.hunk_variants import variants
from p2c.diffs.model import FileLines, Hunk, HunkLine, LineEdit
from p2c.diffs.placement import LineOffset, Placement, choose, fitted
from p2c.diffs.rejections import PlacementError
from p2c.diffs.scopes import defined, holds, names_in, scopes, within

_ELISION = re.compile(r"^\s*(?:#|//|--|/\*|<!--)?\s*[\[(<]?(?:\.{3,}|…)[^\w]*(?:[\w ,'-]{0,60}(?:\.{3}|…)?[^\w]*)$")
_KEYS: tuple[tuple[str, Callable[[str], str]], ...] = (("exact", line_matching.exact), ("blanks", line_matching.right))
_MOST = 200
"""Places of one piece; a piece that stands at more of them is no sign of a place. Also the ways to cut a hunk
that are tried: time is bounded, and a hunk that needs more is refused."""
_CHAINS = 60
"""Ways to place all pieces that are followed at a time; lines such as `}` or `return x` have many each."""
_WINDOW = 25
"""Lines around a hunk in which dropped context may stand: lines were put in between. Farther off is another place."""
_LONGEST = 400
"""Lines of a hunk that is still looked at in pieces; the ways to cut it grow with their square."""

_NEAR = 3
"""Lines above a hunk at which its title may be true as well: as many as a diff has of context."""


def elided(hunk: Hunk, document: FileLines) -> Placement | None:
    """Place the pieces between lines such as `...`, in order, each where it stands once."""
    for reading in variants(hunk):
        parts = _split(reading)
        if len(parts) < 2 and len(parts[0]) == len(reading.lines):
            continue
        placement = _pieces(parts, reading, document)
        if placement is not None:
            return replace(placement, rung="elided")
    return None


def groups(hunk: Hunk, document: FileLines, trust: LineOffset) -> Placement | None:
    """Drop outer context step by step, never the line next to a change; then let lines stand between two groups."""
    if hunk.contradicted:
        return None
    for find in (_narrowed, _apart):
        for reading in variants(hunk):
            placement = find(reading, document, trust)
            if placement is not None:
                return placement
    return None


def _narrowed(hunk: Hunk, document: FileLines, trust: LineOffset) -> Placement | None:
    for trimmed in _trimmed(hunk, document):
        for _, key in _KEYS if _weighty(trimmed) else ():
            starts = document.find(trimmed.old, key)
            places = [at for at in starts if _believable(hunk, trimmed, at, document)]
            if starts and not places:
                # What fits with more context is not meant; what fits with less is not either.
                raise PlacementError("mismatch")
            if places:
                start = choose(places, trimmed, document, trust)
                return fitted(trimmed, start, document, "groups", line_matching.same)
    return None


def _trimmed(hunk: Hunk, document: FileLines) -> Iterator[Hunk]:
    """The hunk with as little outer context dropped as makes it fit somewhere, then with more."""
    for lead, trail in sorted(_drops(hunk, document), key=lambda pair: (sum(pair), pair)):
        lines = hunk.lines[lead : len(hunk.lines) - trail]
        start = hunk.start + lead if hunk.start is not None else None
        # The title was written for the untrimmed start; `_believable` has asked about it there.
        yield replace(hunk, lines=lines, start=start, strict=False, title="")


def _drops(hunk: Hunk, document: FileLines) -> set[tuple[int, int]]:
    """How many lines of context above and below do not fit, for each place where what is next to the changes does."""
    before, after = hunk.edges()
    core = replace(hunk, lines=hunk.lines[max(before - 1, 0) : len(hunk.lines) - max(after - 1, 0)])
    above = [line.text for line in reversed(hunk.lines[: max(before - 1, 0)])]
    below = [line.text for line in hunk.lines[len(hunk.lines) - max(after - 1, 0) :]] if after > 1 else []
    drops = set()
    for at in document.find(core.old, line_matching.right, _MOST):
        end = at + len(core.old)
        head = reversed(document.lines[max(0, at - len(above)) : at])
        tail = document.lines[end : end + len(below)]
        drops.add((len(above) - _alike(above, head), len(below) - _alike(below, tail)))
    return drops - {(0, 0)}


def _alike(ours: Sequence[str], theirs: Iterable[str]) -> int:
    pairs = zip(ours, theirs, strict=False)
    return sum(
        1 for _ in itertools.takewhile(lambda pair: line_matching.right(pair[0]) == line_matching.right(pair[1]), pairs)
    )


def _weighty(hunk: Hunk) -> bool:
    """Enough of what is left tells the place: a removed line with words, or two lines of context with words."""
    removed = any(line.sign == "-" and line_matching.telling(line.text) for line in hunk.lines)
    return removed or sum(line_matching.telling(line.text) for line in hunk.lines if line.sign == " ") > 1


def _believable(hunk: Hunk, trimmed: Hunk, at: int, document: FileLines) -> bool:
    """No dropped line stands in the file only somewhere else: then another place was meant."""
    before, after = hunk.edges()
    kept_before, kept_after = trimmed.edges()
    lead = [line.text for line in hunk.lines[: before - kept_before]]
    trail = [line.text for line in hunk.lines[len(hunk.lines) - (after - kept_after) :]] if after > kept_after else []
    end = at + len(trimmed.old)
    near_before = range(max(0, at - _WINDOW - len(lead)), at)
    near_after = range(end, end + _WINDOW + len(trail))
    change = at + kept_before
    own = [name for name in scopes(FileLines(hunk.old), before) if holds(document, [name])]
    if not set(own) <= set(scopes(document, change)):
        return False
    titled = names_in(hunk.title)
    starts = range(max(0, at - (before - kept_before) - _NEAR), at + 1)
    if holds(document, titled) and not any(within(document, start, change, titled) for start in starts):
        return False
    return _stands(lead, near_before, document) and _stands(trail, near_after, document)


def _stands(lines: Sequence[str], near: range, document: FileLines) -> bool:
    for line in lines:
        if line_matching.telling(line):
            places = document.find([line], line_matching.inner)
            if places and not any(place in near for place in places):
                return False
    return True


def _apart(hunk: Hunk, document: FileLines, trust: LineOffset) -> Placement | None:
    """Groups of changes with unshown lines between them: every shown line still has to stand there."""
    for count in (2, 3, 4, 5):
        placements = _cut_into(count, hunk, document)
        # Without a header two hunks may have run into one: then one piece more may tell another story.
        if placements and not hunk.header:
            placements += [
                other for other in _cut_into(count + 1, hunk, document) if other.edits != placements[0].edits
            ]
        if len(placements) > 1:
            raise PlacementError("ambiguous", [placed.start for placed in placements])
        if placements:
            return replace(placements[0], rung="groups")
    return None


def _cut_into(count: int, hunk: Hunk, document: FileLines) -> list[Placement]:
    placements: list[Placement] = []
    if count > _changes(hunk) or len(hunk.lines) > _LONGEST:
        return placements
    for parts in itertools.islice(_cuts(hunk.lines, count, hunk, document), _MOST):
        placed = _pieces(parts, hunk, document)
        if placed is not None and all(placed.edits != other.edits for other in placements):
            placements.append(placed)
    return placements


def _changes(hunk: Hunk) -> int:
    """How many groups of changes a hunk has, with context between them."""
    return sum(key for key, _ in itertools.groupby(hunk.lines, key=lambda line: line.sign != " "))


def _cuts(
    lines: tuple[HunkLine, ...], count: int, hunk: Hunk, document: FileLines
) -> Iterator[list[tuple[HunkLine, ...]]]:
    """Every way to cut a hunk between two context lines into `count` pieces that change something and stand there."""
    if count == 1:
        if _weighs(lines, hunk) and _stands_there(lines, hunk, document):
            yield [lines]
        return
    for at in range(1, len(lines)):
        if lines[at - 1].sign == lines[at].sign == " " and _weighs(lines[:at], hunk):
            if not _stands_there(lines[:at], hunk, document):
                return
            for rest in _cuts(lines[at:], count - 1, hunk, document):
                yield [lines[:at], *rest]


def _weighs(lines: tuple[HunkLine, ...], hunk: Hunk) -> bool:
    return _changed(lines) and _weighty(replace(hunk, lines=lines))


def _stands_there(lines: tuple[HunkLine, ...], hunk: Hunk, document: FileLines) -> bool:
    return bool(document.find(replace(hunk, lines=lines).old, line_matching.right, 1))


def _pieces(parts: Sequence[tuple[HunkLine, ...]], hunk: Hunk, document: FileLines) -> Placement | None:
    pieces = [replace(hunk, lines=part, strict=False, start=None) for part in parts]
    if any(not piece.old for piece in pieces):
        return None
    for rung, key in _KEYS:
        places = [document.find(piece.old, key, _MOST) for piece in pieces]
        if not all(places):
            continue
        if max(map(len, places)) >= _MOST:
            raise PlacementError("ambiguous", places[0][:2])
        chains = _chains(pieces, places)
        if len(chains) > 1:
            chains = _in_scope(chains, pieces, hunk, document)
        if len(chains) > 1:
            raise PlacementError("ambiguous", [chain[-1] for chain in chains])
        if chains:
            return _joined(pieces, chains[0], document, hunk, rung)
    return None


def _chains(pieces: Sequence[Hunk], places: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """Every way to place the pieces in order; ways that differ in pure context only count once."""
    chains: list[tuple[int, ...]] = [()]
    for index, piece in enumerate(pieces):
        grown: dict[tuple[int, ...], tuple[int, ...]] = {}
        for chain in chains:
            least = chain[-1] + len(pieces[index - 1].old) if chain else 0
            for place in places[index]:
                if place >= least:
                    longer = (*chain, place)
                    changed = tuple(at for at, hunk in zip(longer, pieces, strict=False) if hunk.changes)
                    # The nearest context before a change is kept: it tells the scope.
                    grown[(*changed, -1 if piece.changes else place)] = longer
        chains = list(grown.values())
        if len(chains) > _CHAINS:
            # Leaving some out would make those that are left look like the only ones.
            raise PlacementError("ambiguous", [chain[-1] for chain in chains[:4]])
    return _distinct(chains, pieces)


def _distinct(chains: Sequence[tuple[int, ...]], pieces: Sequence[Hunk]) -> list[tuple[int, ...]]:
    kept: dict[tuple[int, ...], tuple[int, ...]] = {}
    for chain in chains:
        kept[tuple(at for at, piece in zip(chain, pieces, strict=True) if piece.changes)] = chain
    return list(kept.values())


def _in_scope(
    chains: list[tuple[int, ...]], pieces: Sequence[Hunk], hunk: Hunk, document: FileLines
) -> list[tuple[int, ...]]:
    shown = defined(line.text for piece in pieces for line in piece.lines if line.sign == " ")
    names = names_in(hunk.title) or shown[-1:]
    if not names:
        return chains
    first = next((index for index, piece in enumerate(pieces) if piece.changes), 0)
    lead = pieces[first].edges()[0]
    return [chain for chain in chains if within(document, chain[first], chain[first] + lead, names)] or chains


def _joined(pieces: Sequence[Hunk], chain: Sequence[int], document: FileLines, hunk: Hunk, rung: str) -> Placement:
    edits: list[LineEdit] = []
    for piece, start in zip(pieces, chain, strict=True):
        edits += fitted(piece, start, document, rung, line_matching.same).edits
    last = fitted(pieces[-1], chain[-1], document, rung, line_matching.same)
    return Placement(hunk, chain[0], tuple(edits), rung, last.final)


def _split(hunk: Hunk) -> list[tuple[HunkLine, ...]]:
    parts: list[list[HunkLine]] = [[]]
    for line in hunk.lines:
        if line.sign == " " and _ELISION.match(line.text):
            parts.append([])
        else:
            parts[-1].append(line)
    return [tuple(_unpadded(part)) for part in parts if _unpadded(part)] or [()]


def _unpadded(part: list[HunkLine]) -> list[HunkLine]:
    """Blank lines beside an elision belong to it."""
    while part and part[0].sign == " " and not part[0].text.strip():
        part = part[1:]
    while part and part[-1].sign == " " and not part[-1].text.strip():
        part = part[:-1]
    return part


def _changed(lines: Sequence[HunkLine]) -> bool:
    return any(line.sign != " " for line in lines)
