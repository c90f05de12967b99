"""What stands under and over big operators, words such as min, and relations."""

from __future__ import annotations

from collections.abc import Sequence

from p2c.generator.readers.pdf.atoms import Atom, groups_of, is_big, without
from p2c.generator.readers.pdf.glyphs import SMALL

_BIG = frozenset("∑∏∫∬∭⋃⋂⊎⋀⋁∐∮⊕⊗⊙")
RELATIONS = frozenset("=→←∼≈≤≥⇒")
Limits = dict[int, tuple[list[Atom], list[Atom]]]
"""What stands under and over an atom, by its place from left to right."""


def take_limits(atoms: Sequence[Atom], size: float, base: float) -> tuple[list[Atom], Limits]:
    """The atoms of a row without limits, and the limits."""
    limits: list[tuple[Atom, list[Atom], list[Atom]]] = []
    rest = list(atoms)
    for take in (_of_operators, _of_words, _of_relations):
        small = [atom for atom in rest if atom.size < SMALL * size and not is_big(atom)]
        for operator, under, over in take(rest, small, size, base):
            limits.append((operator, under, over))
            rest = without(rest, [*under, *over])
    ordered = sorted(rest, key=lambda atom: atom.x0)
    places = {id(atom): at for at, atom in enumerate(ordered)}
    return ordered, {places[id(atom)]: (under, over) for atom, under, over in limits if id(atom) in places}


Taken = list[tuple[Atom, list[Atom], list[Atom]]]


def _of_operators(atoms: Sequence[Atom], small: Sequence[Atom], size: float, base: float) -> Taken:
    operators = [atom for atom in atoms if is_big(atom) and atom.tex in _BIG]
    limits: Taken = []
    for operator in operators:
        nearer = [
            atom
            for atom in small
            if min(operators, key=lambda operator_atom: abs(operator_atom.middle - atom.middle)) is operator
        ]
        near = [atom for atom in nearer if operator.x0 - 1.1 * size <= atom.middle <= operator.x1 + 1.1 * size]
        over = _line_of([atom for atom in near if atom.y0 >= operator.y1 - 0.1 * size], nearer, operator)
        under = _line_of([atom for atom in near if atom.y1 <= operator.y0 + 0.1 * size], nearer, operator)
        limits.append((operator, under, over))
    return limits


def _line_of(near: list[Atom], small: Sequence[Atom], operator: Atom) -> list[Atom]:
    """Limits of an operator with all that goes on beside them on their line."""
    if not near or min(a.x0 for a in near) > operator.x1 - 0.5 or max(a.x1 for a in near) < operator.x0 + 0.5:
        return []  # scripts beside it
    y0, y1 = min(atom.y0 for atom in near) - 0.5, max(atom.y1 for atom in near) + 0.5
    line = sorted((a for a in small if y0 <= (a.y0 + a.y1) / 2 <= y1), key=lambda atom: atom.x0)
    for group in groups_of(line, 0.6 * near[0].size):
        if any(atom is near[0] for atom in group):
            middle = (group[0].x0 + max(atom.x1 for atom in group)) / 2
            return group if abs(middle - operator.middle) < 1.5 * operator.size else near
    return near


def _of_words(atoms: Sequence[Atom], small: Sequence[Atom], size: float, base: float) -> Taken:
    low = [atom for atom in small if atom.y1 < base + 0.05 * size and atom.base < base - 0.5 * size]
    limits: Taken = []
    for group in groups_of(sorted(low, key=lambda atom: atom.x0), 0.4 * size):
        word = _word_over(group, atoms, size, base)
        if word is not None:
            limits.append((word, group, []))
    return limits


def _of_relations(atoms: Sequence[Atom], small: Sequence[Atom], size: float, base: float) -> Taken:
    limits: Taken = []
    for relation in [atom for atom in atoms if atom.glyph and atom.tex in RELATIONS and atom.size > 0.9 * size]:
        left, right = relation.x0 - 0.4 * size, relation.x1 + 0.4 * size
        over = [atom for atom in small if atom.y0 > relation.y1 and atom.x1 > left and atom.x0 < right]
        if not over:
            continue
        middle = (min(atom.x0 for atom in over) + max(atom.x1 for atom in over)) / 2
        if abs(middle - relation.middle) < 0.25 * size:
            limits.append((relation, [], over))
    return limits


def _word_over(group: Sequence[Atom], atoms: Sequence[Atom], size: float, base: float) -> Atom | None:
    """The last letter of the word that a group stands under, centred: min, argmax, E."""
    line = sorted(
        (a for a in atoms if a.size > 0.9 * size and abs(a.base - base) < 0.1 * size and not is_big(a)),
        key=lambda atom: atom.x0,
    )
    words: list[list[Atom]] = []
    for atom in line:
        last = words[-1][-1] if words else None
        if last and atom.tex.isalpha() and last.tex.isalpha() and atom.x0 - last.x1 < 0.14 * size:
            words[-1].append(atom)
        else:
            words.append([atom])
    x0, x1 = group[0].x0, max(atom.x1 for atom in group)
    best = None
    for word in words:
        left, right = word[0].x0, word[-1].x1
        slack = 0.5 * size + 0.3 * max(x1 - x0, right - left)
        centred = abs((x0 + x1) / 2 - (left + right) / 2) <= slack and min(x1, right) > max(x0, left)
        if word[0].tex[-1:].isalpha() and centred and (best is None or len(word) > len(best)):
            best = word
    return best[-1] if best else None
