"""The parts of a formula, with their places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from p2c.generator.readers.pdf.fonts import HORIZONTAL_BRACE
from p2c.generator.readers.pdf.glyphs import Glyph, Rule

_PIECES = {
    **dict.fromkeys("⎛⎜⎝", "("), **dict.fromkeys("⎞⎟⎠", ")"), **dict.fromkeys("⎡⎢⎣", "["),
    **dict.fromkeys("⎤⎥⎦", "]"), **dict.fromkeys("⎧⎨⎩", "{"), **dict.fromkeys("⎫⎬⎭", "}"),
}  # fmt: skip
_EXTENDERS = "⎪⏐"


class Atom(NamedTuple):
    """A part of a formula: its LaTeX, its box, the baseline and the size of its type; its glyph, where it is one."""

    tex: str
    x0: float
    x1: float
    y0: float
    y1: float
    base: float
    size: float
    glyph: Glyph | None = None

    @property
    def middle(self) -> float:
        """Its middle from left to right."""
        return (self.x0 + self.x1) / 2


Layout = Callable[[Sequence[Atom], Sequence[Rule]], str]
"""How the inside of a part is written."""


def make_atoms(glyphs: Sequence[Glyph]) -> list[Atom]:
    """Atoms of glyphs; the pieces of a tall delimiter become one."""
    atoms = []
    pieces: list[Glyph] = []
    for glyph in glyphs:
        if glyph.text in _PIECES or glyph.text in _EXTENDERS:
            pieces.append(glyph)
        elif glyph.text != HORIZONTAL_BRACE:
            atoms.append(_atom(glyph))
    return atoms + _delimiters(pieces)


def _atom(glyph: Glyph) -> Atom:
    y0, y1 = min(glyph.y0, glyph.y1), max(glyph.y0, glyph.y1)
    base = (y0 + y1) / 2 - 0.25 * glyph.size if glyph.big else glyph.base
    return Atom(glyph.text, glyph.x0, glyph.x1, y0, y1, base, glyph.size, glyph)


def _delimiters(pieces: Sequence[Glyph]) -> list[Atom]:
    """Whole delimiters of the pieces that stand one above the other."""
    stacks: list[list[Glyph]] = []
    for piece in sorted(pieces, key=lambda glyph: -glyph.y1):
        for stack in stacks:
            last = stack[-1]
            if abs(last.x0 - piece.x0) < 0.5 * piece.size and last.y0 - piece.y1 < 0.6 * piece.size:
                stack.append(piece)
                break
        else:
            stacks.append([piece])
    delimiters = []
    for stack in stacks:
        text = next((_PIECES[piece.text] for piece in stack if piece.text in _PIECES), "|")
        y0, y1 = min(piece.y0 for piece in stack), max(piece.y1 for piece in stack)
        x0, x1 = min(piece.x0 for piece in stack), max(piece.x1 for piece in stack)
        size = stack[0].size
        delimiters.append(Atom(text, x0, x1, y0, y1, (y0 + y1) / 2 - 0.25 * size, size, stack[0]._replace(text=text)))
    return delimiters


def is_big(atom: Atom) -> bool:
    """True for a big operator or a tall delimiter."""
    return atom.glyph is not None and atom.glyph.big


def main_size(atoms: Sequence[Atom]) -> float:
    """The size of the type that the scripts of a row belong to."""
    return max((atom.size for atom in atoms if not is_big(atom)), default=max(atom.size for atom in atoms))


def without(atoms: Sequence[Atom], gone: Sequence[Atom]) -> list[Atom]:
    """Atoms less others."""
    return [atom for atom in atoms if not any(atom is other for other in gone)]


def groups_of(atoms: Sequence[Atom], gap: float) -> list[list[Atom]]:
    """Atoms, from left to right, in groups with gaps between."""
    groups: list[list[Atom]] = []
    for atom in atoms:
        if groups and atom.x0 - max(other.x1 for other in groups[-1]) < gap:
            groups[-1].append(atom)
        else:
            groups.append([atom])
    return groups
