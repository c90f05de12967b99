"""Lines of a page from runs of glyphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from p2c.generator.readers.pdf.glyphs import BROKEN, SMALL, Glyph, Rule

_WIDE = 1.6
"""A gap within a line is narrower than so many times its size."""


@dataclass(frozen=True)
class Line:
    """A line: its glyphs in the order of the file, its extent, and the baseline and size of most of its type."""

    glyphs: tuple[Glyph, ...]
    x0: float
    x1: float
    base: float
    size: float
    bold: bool = False

    @property
    def raw(self) -> str:
        """The characters alone."""
        return "".join((" " if glyph.spaced and at else "") + glyph.text for at, glyph in enumerate(self.glyphs))

    @property
    def middle(self) -> float:
        """The middle from left to right."""
        return (self.x0 + self.x1) / 2

    @property
    def font(self) -> str:
        """The name of the font of most of its glyphs."""
        return Counter(glyph.font.name for glyph in self.glyphs).most_common(1)[0][0]


def make_line(glyphs: Sequence[Glyph]) -> Line:
    """A line of glyphs that stand on one."""
    sizes = Counter(round(glyph.size, 1) for glyph in glyphs)
    size = max(
        candidate
        for candidate in sizes
        if sum(n for other, n in sizes.items() if abs(other - candidate) < 0.3) >= 0.1 * len(glyphs)
    )
    full = [glyph for glyph in glyphs if abs(glyph.size - size) < 0.3 and not glyph.big] or list(glyphs)
    bases = sorted(map(_base, full))
    bold = sum(glyph.font.style == "mathbf" for glyph in glyphs) > 0.8 * len(glyphs)
    x0, x1 = min(glyph.x0 for glyph in glyphs), max(glyph.x1 for glyph in glyphs)
    return Line(tuple(glyphs), x0, x1, bases[len(bases) // 2], size, bold)


def _base(glyph: Glyph) -> float:
    """The baseline; of big operators, which hang from theirs, the one that they are centred on."""
    return (glyph.y0 + glyph.y1) / 2 - 0.25 * glyph.size if glyph.big else glyph.base


def merge_runs(runs: Iterable[Sequence[Glyph]], rules: Sequence[Rule] = ()) -> list[Line]:
    """Lines of runs that follow each other on one line: scripts, small fractions, what an extractor broke at them."""
    lines: list[Line] = []
    for run in (part for whole in runs for part in _parts(whole)):
        line = make_line(run)
        if lines and (_goes_on(lines[-1], line) or _is_fraction(lines[-1], line, rules)):
            last = lines[-1]
            spaced = line.x0 - last.x1 > 0.18 * max(last.size, line.size)
            lines[-1] = make_line([*last.glyphs, line.glyphs[0]._replace(spaced=spaced), *line.glyphs[1:]])
        else:
            lines.append(line)
    return lines


def _parts(run: Sequence[Glyph]) -> list[Sequence[Glyph]]:
    """A run cut where a gap is as wide as between columns; a line of few words that is stretched stays whole."""
    wide = [
        at for at in range(1, len(run)) if run[at].x0 - run[at - 1].x1 > _WIDE * max(run[at].size, run[at - 1].size)
    ]
    parts = [run[start:stop] for start, stop in pairwise([0, *wide, len(run)])]
    words = [part for part in parts if len(part) > 2 and all(glyph.text.isalpha() for glyph in part[1:-1])]
    if (
        len(parts) > 3
        and len(words) >= len(parts) - 1
        and not any(glyph.spaced for part in parts for glyph in part[1:])
    ):
        return [run]
    return parts


def _goes_on(last: Line, line: Line) -> bool:
    if last.glyphs[-1].text == BROKEN:
        return False
    size = max(last.size, line.size)
    if _is_limit(last, line):
        return True
    tiny = line.glyphs[0].size < SMALL * last.size and (len(line.glyphs) < 10 or line.size > SMALL * last.size)
    near = (-3.2 if tiny else -0.35) * size <= line.x0 - last.x1 <= _WIDE * size
    return near and abs(last.base - line.base) < (0.85 if tiny else 0.62) * size


def _is_limit(last: Line, line: Line) -> bool:
    """True for small type under or over a big operator at the end of a line."""
    if line.size > SMALL * last.size or len(line.glyphs) > 20 or abs(last.base - line.base) > 1.7 * last.size:
        return False
    return any(
        glyph.font.extension
        and glyph.text in "∑∏∫⋃⋂"
        and abs((glyph.x0 + glyph.x1) / 2 - line.middle) < 0.6 * last.size
        for glyph in last.glyphs[-40:]
    )


def _is_fraction(last: Line, line: Line, rules: Sequence[Rule]) -> bool:
    """True for a small denominator under a rule that a numerator stands on, in a line of text."""
    size = max(last.size, line.size)
    if line.size > SMALL * last.size or len(line.glyphs) > 30 or abs(last.base - line.base) > 0.85 * size:
        return False
    return any(
        rule.x0 - 2 < line.middle < rule.x1 + 2 and last.x0 < rule.x0 and rule.x1 < last.x1 + 2
        and 0 < rule.y - line.base < 1.2 * size
        for rule in rules
    )  # fmt: skip
