"""Hunks that leave out lines: elided context, groups of changes apart, stale outer context, what is already there."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from p2c.repair.diffs import matching
from p2c.repair.diffs.placing import Placed, Trust, choose, fitted
from p2c.repair.diffs.refusals import Misplaced
from p2c.repair.diffs.scopes import defined, holds, names_in, scopes, within
from p2c.repair.diffs.values import Document, Edit, Hunk, Line
from p2c.repair.diffs.variants import variants

_ELISION = re.compile(r"^\s*(?:#|//|--|/\*|<!--)?\s*[\[(<]?(?:\.{3,}|…)[^\w]*(?:[\w ,'-]{0,60}(?:\.{3}|…)?[^\w]*)$")
_KEYS: tuple[tuple[str, Callable[[str], str]], ...] = (("exact", matching.exact), ("blanks", matching.right))
_MOST = 200
_WINDOW = 25
_NEAR = 3


def already(hunk: Hunk, document: Document) -> Placed | None:
    """The hunk's result stands in the file already, whole and once: then it has nothing to do."""
    first, last = hunk.edges()
    known = [line.text for line in hunk.lines if line.sign == " " and _telling(line.text)]
    if not hunk.changes or len(known) < 2 or not ((first and last) or _at_edge(hunk, document)):
        return None
    for reading in itertools.islice(variants(hunk), 2):
        places = document.find(reading.new, matching.right)
        if len(places) == 1:
            return Placed(hunk, places[0], (), "already")
    return None


def elided(hunk: Hunk, document: Document, trust: Trust) -> Placed | None:
    """Place the pieces between lines such as `...`, in order, each where it stands once."""
    for reading in variants(hunk):
        parts = _split(reading)
        if len(parts) < 2 and len(parts[0]) == len(reading.lines):
            continue
        found = _pieces(parts, reading, document)
        if found is not None:
            return replace(found, rung="elided")
    return None


def groups(hunk: Hunk, document: Document, trust: Trust) -> Placed | None:
    """Drop outer context step by step, never the line next to a change; then let lines stand between two groups."""
    if hunk.contradicted:
        return None
    for find in (_narrowed, _apart):
        for reading in variants(hunk):
            found = find(reading, document, trust)
            if found is not None:
                return found
    return None


def _narrowed(hunk: Hunk, document: Document, trust: Trust) -> Placed | None:
    for trimmed in _trimmed(hunk):
        for _, key in _KEYS if _weighty(trimmed) else ():
            found = document.find(trimmed.old, key)
            places = [at for at in found if _believable(hunk, trimmed, at, document)]
            if found and not places:
                # What fits with more context is not meant; what fits with less is not either.
                raise Misplaced("mismatch")
            if places:
                start = choose(places, trimmed, document, trust)
                return fitted(trimmed, start, document, "groups", matching.same)
    return None


def _trimmed(hunk: Hunk) -> Iterator[Hunk]:
    before, after = hunk.edges()
    most = max(before, after)
    drops = sorted(itertools.product(range(max(before, 1)), range(max(after, 1))), key=lambda pair: (sum(pair), pair))
    for lead, trail in drops[1 : most * most + most + 1]:
        lines = hunk.lines[lead : len(hunk.lines) - trail]
        start = hunk.start + lead if hunk.start is not None else None
        # The title was written for the untrimmed start; `_believable` has asked about it there.
        yield replace(hunk, lines=lines, start=start, strict=False, title="")


def _weighty(hunk: Hunk) -> bool:
    """Enough of what is left tells the place: a removed line with words, or two lines of context with words."""
    removed = any(line.sign == "-" and _telling(line.text) for line in hunk.lines)
    return removed or sum(_telling(line.text) for line in hunk.lines if line.sign == " ") > 1


def _believable(hunk: Hunk, trimmed: Hunk, at: int, document: Document) -> bool:
    """No dropped line stands in the file only somewhere else: then another place was meant."""
    before, after = hunk.edges()
    kept_before, kept_after = trimmed.edges()
    lead = [line.text for line in hunk.lines[: before - kept_before]]
    trail = [line.text for line in hunk.lines[len(hunk.lines) - (after - kept_after) :]] if after > kept_after else []
    end = at + len(trimmed.old)
    near_before = range(max(0, at - _WINDOW - len(lead)), at)
    near_after = range(end, end + _WINDOW + len(trail))
    change = at + kept_before
    own = [name for name in scopes(Document(hunk.old), before) if holds(document, [name])]
    if not set(own) <= set(scopes(document, change)):
        return False
    titled = names_in(hunk.title)
    starts = range(max(0, at - (before - kept_before) - _NEAR), at + 1)
    if holds(document, titled) and not any(within(document, start, change, titled) for start in starts):
        return False
    return _stands(lead, near_before, document) and _stands(trail, near_after, document)


def _stands(lines: Sequence[str], near: range, document: Document) -> bool:
    for line in lines:
        if _telling(line):
            places = document.find([line], matching.inner)
            if places and not any(place in near for place in places):
                return False
    return True


def _apart(hunk: Hunk, document: Document, trust: Trust) -> Placed | None:
    """Groups of changes with unshown lines between them: every shown line still has to stand there."""
    for count in (2, 3, 4, 5):
        found = _cut_into(count, hunk, document)
        # Without a header two hunks may have run into one: then one piece more may tell another story.
        if found and not hunk.header:
            found += [other for other in _cut_into(count + 1, hunk, document) if other.edits != found[0].edits]
        if len(found) > 1:
            raise Misplaced("ambiguous", [placed.start for placed in found])
        if found:
            return replace(found[0], rung="groups")
    return None


def _cut_into(count: int, hunk: Hunk, document: Document) -> list[Placed]:
    found: list[Placed] = []
    for parts in itertools.islice(_cuts(hunk.lines, count, hunk, document), _MOST):
        placed = _pieces(parts, hunk, document)
        if placed is not None and all(placed.edits != other.edits for other in found):
            found.append(placed)
    return found


def _cuts(lines: tuple[Line, ...], count: int, hunk: Hunk, document: Document) -> Iterator[list[tuple[Line, ...]]]:
    """Every way to cut a hunk between two context lines into `count` pieces that change something and stand there."""
    if count == 1:
        if _stands_alone(lines, hunk, document):
            yield [lines]
        return
    for at in range(1, len(lines)):
        if lines[at - 1].sign == lines[at].sign == " " and _stands_alone(lines[:at], hunk, document):
            for rest in _cuts(lines[at:], count - 1, hunk, document):
                yield [lines[:at], *rest]


def _stands_alone(lines: tuple[Line, ...], hunk: Hunk, document: Document) -> bool:
    piece = replace(hunk, lines=lines)
    return _changed(lines) and _weighty(piece) and bool(document.find(piece.old, matching.right, 1))


def _pieces(parts: Sequence[tuple[Line, ...]], hunk: Hunk, document: Document) -> Placed | None:
    pieces = [replace(hunk, lines=part, strict=False, start=None) for part in parts]
    if any(not piece.old for piece in pieces):
        return None
    for rung, key in _KEYS:
        places = [document.find(piece.old, key, _MOST) for piece in pieces]
        if not all(places):
            continue
        chains = _chains(pieces, places)
        if len(chains) > 1:
            chains = _in_scope(chains, pieces, hunk, document)
        if len(chains) > 1:
            raise Misplaced("ambiguous", [chain[-1] for chain in chains])
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
                    changed = tuple(at for at, held in zip(longer, pieces, strict=False) if held.changes)
                    # The nearest context before a change is kept: it tells the scope.
                    grown[(*changed, -1 if piece.changes else place)] = longer
        chains = list(grown.values())[:_MOST]
    return _distinct(chains, pieces)


def _distinct(chains: Sequence[tuple[int, ...]], pieces: Sequence[Hunk]) -> list[tuple[int, ...]]:
    kept: dict[tuple[int, ...], tuple[int, ...]] = {}
    for chain in chains:
        kept[tuple(at for at, piece in zip(chain, pieces, strict=True) if piece.changes)] = chain
    return list(kept.values())


def _in_scope(
    chains: list[tuple[int, ...]], pieces: Sequence[Hunk], hunk: Hunk, document: Document
) -> list[tuple[int, ...]]:
    shown = defined(line.text for piece in pieces for line in piece.lines if line.sign == " ")
    names = names_in(hunk.title) or shown[-1:]
    if not names:
        return chains
    first = next((index for index, piece in enumerate(pieces) if piece.changes), 0)
    lead = pieces[first].edges()[0]
    return [chain for chain in chains if within(document, chain[first], chain[first] + lead, names)] or chains


def _joined(pieces: Sequence[Hunk], chain: Sequence[int], document: Document, hunk: Hunk, rung: str) -> Placed:
    edits: list[Edit] = []
    for piece, start in zip(pieces, chain, strict=True):
        edits += fitted(piece, start, document, rung, matching.same).edits
    last = fitted(pieces[-1], chain[-1], document, rung, matching.same)
    return Placed(hunk, chain[0], tuple(edits), rung, last.final)


def _split(hunk: Hunk) -> list[tuple[Line, ...]]:
    parts: list[list[Line]] = [[]]
    for line in hunk.lines:
        if line.sign == " " and _ELISION.match(line.text):
            parts.append([])
        else:
            parts[-1].append(line)
    return [tuple(_unpadded(part)) for part in parts if _unpadded(part)] or [()]


def _unpadded(part: list[Line]) -> list[Line]:
    """Blank lines beside an elision belong to it."""
    while part and part[0].sign == " " and not part[0].text.strip():
        part = part[1:]
    while part and part[-1].sign == " " and not part[-1].text.strip():
        part = part[:-1]
    return part


def _changed(lines: Sequence[Line]) -> bool:
    return any(line.sign != " " for line in lines)


def _at_edge(hunk: Hunk, document: Document) -> bool:
    """A missing side of context is what a diff shows at the beginning or the end of a file."""
    first, last = hunk.edges()
    new = hunk.new
    head = first > 0 or document.lines[: len(new)] == new
    tail = last > 0 or document.lines[-len(new) :] == new
    return head and tail


def _telling(text: str) -> bool:
    return any(char.isalnum() for char in text)
