"""What rules and accents make of the parts of a formula: fractions, roots, overlines, hats and tildes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from p2c.generator.readers.pdf.atoms import Atom, Layout
from p2c.generator.readers.pdf.fonts import BAR, CHECK, DOT, HAT, TILDE, VECTOR
from p2c.generator.readers.pdf.glyphs import Rule

ACCENTS = {
    HAT: "hat", "ˆ": "hat", "^": "hat", TILDE: "tilde", "˜": "tilde", "~": "tilde", BAR: "bar", "¯": "bar", "ˉ": "bar",
    DOT: "dot", "˙": "dot", VECTOR: "vec", CHECK: "check", "ˇ": "check", "\u0308": "ddot", "¨": "ddot",
}  # fmt: skip
WIDE = {"hat": "widehat", "tilde": "widetilde", "bar": "overline", "vec": "overrightarrow"}


def build_ruled(atoms: Sequence[Atom], rules: Sequence[Rule], layout: Layout) -> list[Atom]:
    """Fractions, roots and overlines in place of the atoms over and under rules; the widest rule goes first."""
    rest, left = list(atoms), sorted(rules, key=lambda rule: rule.x0 - rule.x1)
    while left:
        rule, *left = left
        under = [atom for atom in rest if rule.x0 - 1.5 <= atom.middle <= rule.x1 + 1.5]
        size = max((atom.size for atom in under), default=10.0)
        above = [atom for atom in under if (atom.y0 + atom.y1) / 2 > rule.y and atom.y0 - rule.y < 1.7 * size]
        below = [atom for atom in under if (atom.y0 + atom.y1) / 2 < rule.y and rule.y - atom.y1 < 1.7 * size]
        root = _root_of(rest, rule)
        inner = [q for q in left if q.x0 >= rule.x0 - 1 and q.x1 <= rule.x1 + 1]
        above, below = _nearest(above, inner, rule.y, size), _nearest(below, inner, rule.y, size)
        if root is not None:
            inside = [atom for atom in under if (atom.y0 + atom.y1) / 2 < rule.y and atom is not root]
            built, used, inner = _root(root, rule, inside, inner, layout)
        elif above and below:
            built, used, inner = _fraction(above, below, rule, inner, layout)
        elif below and rule.y - max(atom.y1 for atom in below) < 0.4 * size:
            built, used, inner = _overline(below, rule, inner, layout)
        else:
            continue
        rest = [atom for atom in rest if not any(atom is gone for gone in used)] + [built]
        left = [q for q in left if not any(q is gone for gone in inner)]
    return rest


def _nearest(atoms: list[Atom], inner: Sequence[Rule], y: float, size: float) -> list[Atom]:
    """The atoms of the row next to a rule: what lies beyond a gap belongs to another row."""
    row: list[Atom] = []
    reach = y
    for atom in sorted(atoms, key=lambda part: abs((part.y0 + part.y1) / 2 - y)):
        near = min(abs(atom.y0 - y), abs(atom.y1 - y))
        edge = abs(reach - y)
        if near > edge + 0.75 * size and not any(min(y, atom.base) < rule.y < max(y, atom.base) for rule in inner):
            continue
        row.append(atom)
        far = atom.y1 if atom.y1 > y else atom.y0
        reach = far if abs(far - y) > edge else reach
    return row


def _root_of(atoms: Sequence[Atom], rule: Rule) -> Atom | None:
    """The root sign whose bar a rule is."""
    for atom in atoms:
        size = atom.size
        if atom.tex == "√" and abs(atom.x1 - rule.x0) < 0.35 * size and abs(atom.y1 - rule.y) < 0.45 * size:
            return atom
    return None


def _root(
    root: Atom, rule: Rule, below: list[Atom], inner: list[Rule], layout: Layout
) -> tuple[Atom, list[Atom], list[Rule]]:
    inside = [atom for atom in below if atom.base > root.y0 - 0.3 * root.size]
    inner = [q for q in inner if root.y0 - 1 < q.y < rule.y]
    tex = rf"\sqrt{{{layout(inside, inner)}}}"
    size = max((atom.size for atom in inside), default=root.size)
    base = min((atom.base for atom in inside if atom.size > 0.9 * size), default=root.base)
    return Atom(tex, root.x0, rule.x1, root.y0, rule.y, base, size), [root, *inside], inner


def _fraction(
    above: list[Atom], below: list[Atom], rule: Rule, inner: list[Rule], layout: Layout
) -> tuple[Atom, list[Atom], list[Rule]]:
    y0, y1 = min(atom.y0 for atom in below), max(atom.y1 for atom in above)
    inner = [q for q in inner if y0 - 1 <= q.y <= y1 + 1]
    top = layout(above, [q for q in inner if q.y > rule.y])
    bottom = layout(below, [q for q in inner if q.y < rule.y])
    size = max(atom.size for atom in (*above, *below))
    fraction = Atom(rf"\frac{{{top}}}{{{bottom}}}", rule.x0, rule.x1, y0, y1, rule.y - 0.25 * size, size)
    return fraction, [*above, *below], inner


def _overline(below: list[Atom], rule: Rule, inner: list[Rule], layout: Layout) -> tuple[Atom, list[Atom], list[Rule]]:
    size = max(atom.size for atom in below)
    line = max(atom.base for atom in below if atom.size > 0.9 * size)
    inside = [atom for atom in below if abs(atom.base - line) < 0.7 * size]
    inner = [q for q in inner if q.y < rule.y and q.y > line]
    name = "bar" if len(inside) == 1 else "overline"
    overline = Atom(
        rf"\{name}{{{layout(inside, inner)}}}",
        min(atom.x0 for atom in inside), max(atom.x1 for atom in inside),
        min(atom.y0 for atom in inside), rule.y, line, size,
    )  # fmt: skip
    return overline, inside, inner


def attach_accents(atoms: Sequence[Atom], style: Callable[[Atom], str]) -> list[Atom]:
    """Hats, tildes and bars at the letters under them."""
    marks = [atom for atom in atoms if atom.glyph and atom.tex in ACCENTS and not _is_relation(atom)]
    rest = [atom for atom in atoms if not any(atom is mark for mark in marks)]
    for mark in marks:
        name = ACCENTS[mark.tex]
        width = mark.x1 - mark.x0
        below = [
            (abs(atom.middle - mark.middle), at)
            for at, atom in enumerate(rest)
            if atom.glyph and atom.y0 < mark.y0 + 0.2 * mark.size and abs(atom.base - mark.base) < 0.6 * mark.size
            if mark.x0 - 0.35 * mark.size < atom.middle < mark.x1 + 0.35 * mark.size and atom.tex.isalnum()
        ]
        if not below:
            rest.append(mark)
            continue
        covered = [at for _, at in below if mark.x0 - 0.5 < rest[at].middle < mark.x1 + 0.5]
        if len(covered) > 1 and width > 0.7 * mark.size and name in WIDE:
            covered.sort(key=lambda at: rest[at].x0)
            inside = "".join(style(rest[at]) for at in covered)
            first = rest[covered[0]]
            accented = first._replace(tex=rf"\{WIDE[name]}{{{inside}}}", x1=rest[covered[-1]].x1, glyph=None)
            rest = [atom for at, atom in enumerate(rest) if at not in covered] + [accented]
        else:
            at = min(below)[1]
            rest[at] = rest[at]._replace(tex=rf"\{name}{{{style(rest[at])}}}", glyph=None)
    return rest


def _is_relation(atom: Atom) -> bool:
    """True for a tilde or caret that stands on the line as a sign of its own."""
    return atom.tex in "~^" and atom.y0 < atom.base + 0.3 * atom.size
