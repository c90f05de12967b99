"""Cases and matrices: what stands in rows behind a tall delimiter."""

from __future__ import annotations

from collections.abc import Sequence

from p2c.generator.readers.pdf.atoms import Atom, Layout, groups_of, is_big, main_size, without


def build_arrays(atoms: list[Atom], layout: Layout) -> list[Atom]:
    """Cases and matrices in place of what stands in rows behind a tall delimiter."""
    size = main_size(atoms)
    for opening in [a for a in atoms if is_big(a) and a.tex in "([{|" and a.y1 - a.y0 > 2.2 * size]:
        closing = next(
            (
                a
                for a in sorted(atoms, key=lambda atom: atom.x0)
                if a.x0 > opening.x1 and is_big(a) and a.tex in ")]}|" and abs(a.y0 - opening.y0) < 0.3 * size
            ),
            None,
        )
        end = closing.x0 if closing else float("inf")
        inside = [
            a
            for a in atoms
            if opening.x1 - 1 <= a.x0 and a.x1 <= end + 1 and opening.y0 - 0.4 * size < a.base < opening.y1 + 0.4 * size
            if a is not opening and a is not closing
        ]
        rows = _array_rows(inside, size, opening.y1 - opening.y0)
        if len(rows) < 2 or (closing is None and opening.tex != "{"):
            continue
        name = "cases" if opening.tex == "{" and closing is None else "matrix"
        tex = (
            rf"\begin{{{name}}} "
            + r" \\ ".join(_array_cells(row, size, name, layout) for row in rows)
            + rf" \end{{{name}}}"
        )
        x0, x1 = min(a.x0 for a in inside), max(a.x1 for a in inside)
        used = [*inside, *([opening] if name == "cases" else [])]
        array = Atom(tex, opening.x1 if name == "cases" else x0, x1, opening.y0, opening.y1, opening.base, size)
        return build_arrays([*without(atoms, used), array], layout)
    return atoms


def _array_rows(atoms: Sequence[Atom], size: float, height: float) -> list[list[Atom]]:
    """Rows by the baselines of full-sized parts; a part nearly as tall as the delimiter says that there is one row."""
    full = sorted((a for a in atoms if a.size > 0.9 * size and not is_big(a)), key=lambda atom: -atom.base)
    if any(a.y1 - a.y0 > 0.7 * height for a in full):
        return []
    lines: list[float] = []
    for atom in full:
        if not lines or lines[-1] - atom.base > 0.8 * size:
            lines.append(atom.base)
    rows: list[list[Atom]] = [[] for _ in lines]
    for atom in atoms:
        if lines:
            rows[min(range(len(lines)), key=lambda at: abs(lines[at] - atom.base))].append(atom)
    return [row for row in rows if row]


def _array_cells(row: Sequence[Atom], size: float, name: str, layout: Layout) -> str:
    groups = groups_of(sorted(row, key=lambda atom: atom.x0), 0.95 * size)
    if name == "cases" and len(groups) > 2:
        groups = [groups[0], [atom for group in groups[1:] for atom in group]]
    return " & ".join(layout(group, []) for group in groups)
