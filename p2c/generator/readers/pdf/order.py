"""The order in which a page is read, and sentences made whole over columns, pages and what floats between."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from p2c.generator.readers.pdf.blocks import FOOTNOTE, FORMULA, HEADING, OTHER, TEXT, PageBlock
from p2c.generator.readers.pdf.glyphs import BROKEN
from p2c.generator.readers.pdf.lines import Line

_REACH = 60
"""Blocks looked at for the rest of a sentence: more do not float between two halves."""
_BULLET = re.compile(r"^(?:[•▪◦■●–-]\s|\(?\d{1,2}[.)]\s|\[\d)")


def join_sentences(blocks: Sequence[PageBlock]) -> list[list[PageBlock]]:
    """Blocks in order; a paragraph takes up what goes on with it in another column or page, or behind a float."""
    joined: list[list[PageBlock]] = []
    taken: set[int] = set()
    for at, block in enumerate(blocks):
        if at in taken:
            continue
        group = [block]
        joined.append(group)
        place: int | None = at
        while block.kind == TEXT and place is not None and is_open(group[-1]):
            place = _rest(blocks, place, taken)
            if place is not None:
                taken.add(place)
                group.append(blocks[place])
    return joined


def is_open(block: PageBlock) -> bool:
    """True where a paragraph's last line is full and does not end a sentence."""
    last = block.lines[-1]
    text = last.raw.rstrip()
    if text.endswith((BROKEN, "-")):
        return True
    if re.search(r"[.:?!][”\"')\]]*\W{0,2}\d{0,2}$", text) or not text:
        return False
    right = max(line.x1 for line in block.lines)
    left = min(line.x0 for line in block.lines)
    width = right - left if len(block.lines) > 1 else 0.0
    return last.x1 > right - 1.5 * block.size and (
        len(block.lines) > 1 or last.x1 - last.x0 > max(width, 20 * 0.4 * block.size)
    )


def _rest(blocks: Sequence[PageBlock], at: int, taken: set[int]) -> int | None:
    """Where the sentence that a block leaves open goes on."""
    first = blocks[at]
    crossed = between = False
    for place in range(at + 1, min(at + _REACH, len(blocks))):
        block = blocks[place]
        if place in taken:
            continue
        crossed |= block.jumped
        if block.page > first.page + 1 or block.kind == HEADING or (block.kind in (FORMULA, OTHER) and not crossed):
            return None
        if block.kind == TEXT and not (crossed and _is_beside(block, first)):
            return _chosen(blocks, place, first, (crossed, between))
        between |= block.kind != FOOTNOTE
    return None


def _is_beside(block: PageBlock, first: PageBlock) -> bool:
    """True for text that is no rest of a sentence: of another size, or a label."""
    return abs(block.size - first.size) >= 0.6 or (not block.raw.lstrip()[:1].islower() and _is_label(block, first))


def _chosen(blocks: Sequence[PageBlock], place: int, first: PageBlock, way: tuple[bool, bool]) -> int | None:
    """The paragraph at a place if it goes on with a sentence, or a later one that does so better."""
    crossed, between = way
    begin = blocks[place].raw.lstrip()
    lower = begin[:1].islower()
    if abs(blocks[place].size - first.size) >= 0.6 or _BULLET.match(begin):
        return None
    if crossed and not lower and (later := _lower_start(blocks, place, first)) is not None:
        return later
    goes_on = crossed or (between and lower) or (lower and first.lines[-1].raw.rstrip().endswith(BROKEN))
    return place if goes_on else None


def _lower_start(blocks: Sequence[PageBlock], at: int, first: PageBlock) -> int | None:
    """A paragraph behind a float that begins within a sentence: a better rest than what belongs to the float."""
    if first.lines[-1].raw.rstrip().endswith(BROKEN):
        return None
    for place in range(at + 1, min(at + 12, len(blocks))):
        block, before = blocks[place], blocks[place - 1]
        if block.page > first.page + 1:
            return None
        if block.kind == TEXT and abs(block.size - first.size) < 0.6 and re.match(r"[a-z]{2}", block.raw.lstrip()):
            floats = before.kind not in (TEXT, FORMULA, OTHER, HEADING) or block.jumped
            return place if floats else None
    return None


def _is_label(block: PageBlock, beside: PageBlock) -> bool:
    """True for one line, shorter than those of a paragraph, that ends no sentence."""
    width = max(line.x1 - line.x0 for line in beside.lines)
    line = block.lines[0]
    return len(block.lines) == 1 and line.x1 - line.x0 < 0.8 * width and not line.raw.rstrip().endswith((".", BROKEN))


def loose_ends(blocks: Sequence[PageBlock]) -> tuple[int, int]:
    """How many paragraphs of a page begin or end within a sentence, and how many ends were looked at.

    The page's own first beginning and last end do not count: they may go on elsewhere.
    """
    groups = join_sentences(blocks)
    paragraphs = [at for at, group in enumerate(groups) if group[0].kind == TEXT and _words(group) >= 8]
    loose = ends = sum(_is_aside(block, other) for block, other in pairwise(blocks))
    for at in paragraphs:
        before, after = groups[at - 1][0] if at else None, groups[at + 1][0] if at + 1 < len(groups) else None
        if _BULLET.match(groups[at][0].raw.lstrip()):
            continue
        if at != paragraphs[0] and (before is None or before.kind not in (FORMULA, OTHER)):
            ends += 1
            loose += bool(re.match(r"[a-z]{2}", groups[at][0].raw.lstrip()))
        if at != paragraphs[-1] and (after is None or after.kind not in (FORMULA, OTHER)):
            ends += 1
            loose += is_open(groups[at][-1]) and bool(re.search(r"[a-z,\u00ad-]$", groups[at][-1].raw.rstrip()))
    return loose, ends


def _is_aside(block: PageBlock, other: PageBlock) -> bool:
    """True where a line of a paragraph is followed by one at its side: the file goes over the columns line by line."""
    last, line = block.lines[-1], other.lines[0]
    return block.kind == other.kind == TEXT and abs(last.base - line.base) < 0.6 * line.size


def _words(group: Sequence[PageBlock]) -> int:
    return sum(len(re.findall(r"[^\W\d_]{2,}", block.raw)) for block in group)


def by_columns(lines: Sequence[Line]) -> list[Line]:
    """Lines by the columns that the gutters between them make, from the top down."""
    return _cut(list(lines), 0)


def _cut(lines: list[Line], depth: int) -> list[Line]:
    gutter = _gutter(lines) if depth < 4 else None
    if gutter is None:
        return sorted(lines, key=lambda line: (-round(line.base, 1), line.x0))
    ordered: list[Line] = []
    band: list[Line] = []
    for line in sorted(lines, key=lambda other: -other.base):
        if line.x0 < gutter < line.x1:
            ordered += _sides(band, gutter, depth)
            band = []
            ordered.append(line)
        else:
            band.append(line)
    return ordered + _sides(band, gutter, depth)


def _sides(band: Sequence[Line], gutter: float, depth: int) -> list[Line]:
    left = [line for line in band if line.middle < gutter]
    right = [line for line in band if line.middle >= gutter]
    return _cut(left, depth + 1) + _cut(right, depth + 1)


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where a gutter runs down a page: hardly a line crosses it, and a quarter of the lines stand on each side."""
    if len(lines) < 8:
        return None
    best: tuple[int, float, float] | None = None
    edges = sorted({round(line.x1) for line in lines})
    middle = (min(line.x0 for line in lines) + max(line.x1 for line in lines)) / 2
    for edge in edges:
        x = edge + 4.0
        crossing = sum(line.x0 < x < line.x1 or abs(line.x0 - x) < 2 for line in lines)
        left = sum(line.x1 <= x for line in lines)
        right = sum(line.x0 >= x for line in lines)
        if min(left, right) >= 0.25 * len(lines) and crossing <= 0.25 * len(lines):
            candidate = (crossing, abs(x - middle), x)
            best = min(best, candidate) if best else candidate
    return best[2] if best else None
