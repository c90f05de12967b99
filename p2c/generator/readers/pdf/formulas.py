"""Formulas as LaTeX, built from the places of their glyphs: scripts, limits, fractions, roots, cases, matrices.

Symbols stay the characters that they are (as unicode-math has them); what is structure becomes a command.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from p2c.generator.readers.pdf.atoms import Atom, is_big, make_atoms
from p2c.generator.readers.pdf.glyphs import SMALL, Glyph, Rule
from p2c.generator.readers.pdf.layout import layout_row

MOST = 900
"""Glyphs of one formula; where there are more, something else was taken for one."""
_NUMBER = re.compile(r"\((?:[A-Z]\.?)?\d{1,3}(?:\.\d{1,3})*[a-z]?\)")


def formula(glyphs: Sequence[Glyph], rules: Sequence[Rule]) -> str:
    """A displayed formula as LaTeX, its rows apart by newlines; a number at the right becomes its tag."""
    rows = [_tagged(atoms, bars) for atoms, bars in split_rows(make_atoms(glyphs), _near(glyphs, rules)) if atoms]
    return "\n".join(row for row in rows if row)


def inline(glyphs: Sequence[Glyph], rules: Sequence[Rule]) -> str:
    """A formula of one row."""
    return layout_row(make_atoms(glyphs), _near(glyphs, rules)) if glyphs else ""


def _near(glyphs: Sequence[Glyph], rules: Iterable[Rule]) -> list[Rule]:
    x0, x1 = min(glyph.x0 for glyph in glyphs) - 2, max(glyph.x1 for glyph in glyphs) + 2
    y0, y1 = min(glyph.y0 for glyph in glyphs) - 3, max(glyph.y1 for glyph in glyphs) + 3
    return [rule for rule in rules if rule.x0 >= x0 and rule.x1 <= x1 and y0 <= rule.y <= y1][:200]


def _tagged(atoms: Sequence[Atom], rules: Sequence[Rule]) -> str:
    ordered = sorted(atoms, key=lambda atom: atom.x0)
    text = "".join(atom.tex for atom in ordered)
    match = re.search(_NUMBER.pattern + "$", text)
    if (
        match
        and len(ordered) > len(match.group())
        and all(len(atom.tex) == 1 for atom in ordered[-len(match.group()) :])
    ):
        number = ordered[-len(match.group()) :]
        before = ordered[: -len(number)]
        if number[0].x0 - max(atom.x1 for atom in before) > 1.2 * number[0].size:
            return rf"{layout_row(before, rules)} \tag{{{match.group()[1:-1]}}}"
    return layout_row(ordered, rules)


def split_rows(atoms: Sequence[Atom], rules: Sequence[Rule]) -> list[tuple[list[Atom], list[Rule]]]:
    """The rows of a formula, from the top: parts and rules whose heights overlap, and the limits of big operators."""
    spans: list[tuple[float, float, Atom | Rule]] = [(_low(atom), _high(atom), atom) for atom in atoms]
    spans += [(rule.y - 4.5, rule.y + 4.5, rule) for rule in rules]
    rows: list[tuple[list[Atom], list[Rule]]] = []
    low = 0.0
    for bottom, top, part in sorted(spans, key=lambda span: -span[1]):
        if not rows or top < low - 0.3:
            rows.append(([], []))
            low = bottom
        low = min(low, bottom)
        if isinstance(part, Rule):
            rows[-1][1].append(part)
        else:
            rows[-1][0].append(part)
    joined: list[tuple[list[Atom], list[Rule]]] = []
    for row in rows:
        if joined and _is_limits(joined[-1][0], row[0]) and not row[1]:
            joined[-1][0].extend(row[0])
        else:
            joined.append(row)
    return joined


def _low(atom: Atom) -> float:
    return atom.y0 if is_big(atom) else min(atom.y0, atom.base - 0.2 * atom.size)


def _high(atom: Atom) -> float:
    return atom.y1 if is_big(atom) else max(atom.y1, atom.base + 0.66 * atom.size)


def _is_limits(above: Sequence[Atom], below: Sequence[Atom]) -> bool:
    """True where one of two rows holds small type only, close to the other one."""
    if not above or not below:
        return False
    size = max(atom.size for atom in (*above, *below))
    small = all(atom.size < SMALL * size for atom in above) or all(atom.size < SMALL * size for atom in below)
    return small and min(map(_low, above)) - max(map(_high, below)) < 0.7 * size
