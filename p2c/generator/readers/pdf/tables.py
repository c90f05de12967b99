"""Tables from the places of their glyphs: rows, columns by the gutters, heads that span, as Markdown."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from p2c.generator.readers.pdf.glyphs import Box, Glyph, Rule
from p2c.generator.readers.pdf.lines import Line, make_line

Write = Callable[[Line], str]
MOST_COLUMNS, MOST_ROWS = 40, 400


@dataclass
class Row:
    """A row of a table while it is built: its glyphs, and what its cells say."""

    base: float
    glyphs: list[Glyph] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    spans: bool = False


def table_text(lines: Sequence[Line], turned: Sequence[Sequence[Glyph]], rules: Sequence[Rule], write: Write) -> str:
    """A table as Markdown; empty where the lines make no table of two rows and two columns.

    `turned` is text set upright in the region: the heads of narrow columns.
    """
    rows = _rows(lines)
    if len(rows) < 2 or len(rows) > MOST_ROWS:
        return ""
    x0, x1 = min(line.x0 for line in lines), max(line.x1 for line in lines)
    full = sorted((rule.y for rule in rules if rule.x1 - rule.x0 > 0.8 * (x1 - x0)), reverse=True)
    top, bottom = rows[0].base, rows[-1].base
    inner = [y for y in full if bottom < y < top]
    heads = sum(row.base > inner[0] for row in rows) if inner else 1
    columns = _columns(rows, max(line.size for line in lines))
    if not 2 <= len(columns) <= MOST_COLUMNS:
        return ""
    partial = [rule for rule in rules if rule.x1 - rule.x0 <= 0.8 * (x1 - x0)]
    for at, row in enumerate(rows):
        below = [rule for rule in partial if row.base - 1.1 * lines[0].size < rule.y < row.base] if at < heads else []
        _fill(row, columns, write, (at < heads, below))
    head = _merge_heads(rows[:heads], len(columns))
    if turned:
        head.append(_turned_heads(turned, columns))
    body = [row.cells for row in _fill_down(_without_strays(rows[heads:]), inner[1:])]
    return _markdown(head or [[""] * len(columns)], body)


def _rows(lines: Sequence[Line]) -> list[Row]:
    rows: list[Row] = []
    for line in sorted(lines, key=lambda other: -other.base):
        if rows and rows[-1].base - line.base < 0.45 * line.size:
            rows[-1].glyphs.extend(line.glyphs)
        else:
            rows.append(Row(line.base, list(line.glyphs)))
    return rows


def _columns(rows: Sequence[Row], size: float) -> list[tuple[float, float]]:
    """The extents of columns: what stands over each other in several rows, those of most cells first.

    What lies over two columns that one row has both of spans them. Where many rows do so, the gaps were those
    between the words of sentences, and wider ones are looked for.
    """
    columns: list[tuple[float, float]] = []
    for gap in (0.62, 1.0, 1.6):
        columns, bridged = _columns_by(rows, size, gap * size)
        if bridged <= 0.3 * len(rows):
            break
    return columns


def _columns_by(rows: Sequence[Row], size: float, gap: float) -> tuple[list[tuple[float, float]], int]:
    """Columns whose cells have gaps of some width between, and how many rows have one over several columns."""
    cells = [_words(row.glyphs, gap) for row in rows]
    parts = sorted((-len(words), x1 - x0, x0, x1, at) for at, words in enumerate(cells) for x0, x1 in words)
    columns: list[tuple[float, float, set[int]]] = []
    bridged: set[int] = set()
    for _, _, x0, x1, at in parts[:8000]:
        hits = [column for column in columns if min(x1, column[1]) - max(x0, column[0]) > -0.2 * size]
        shared = any(hit[2] & other[2] for k, hit in enumerate(hits) for other in hits[k + 1 :])
        if shared or (len(hits) > 1 and at in set().union(*(column[2] for column in hits))):
            bridged.add(at)
            continue
        columns = [column for column in columns if not any(column is hit for hit in hits)]
        ends = [x0, x1, *(column[0] for column in hits), *(column[1] for column in hits)]
        columns.append((min(ends), max(ends), {at}.union(*(column[2] for column in hits))))
        if len(columns) > 2 * MOST_COLUMNS:
            return [], 0
    return sorted((x0, x1) for x0, x1, _ in columns), len(bridged)


def cells_of(glyphs: Sequence[Glyph]) -> list[tuple[float, float]]:
    """The extents of what wide gaps set apart in a row."""
    return _words(glyphs, 1.1 * max(glyph.size for glyph in glyphs))


def _words(glyphs: Sequence[Glyph], gap: float) -> list[tuple[float, float]]:
    words: list[tuple[float, float]] = []
    for glyph in sorted(glyphs, key=lambda other: other.x0):
        if words and glyph.x0 - words[-1][1] < gap:
            words[-1] = (words[-1][0], max(words[-1][1], glyph.x1))
        else:
            words.append((glyph.x0, glyph.x1))
    return words


def _fill(row: Row, columns: Sequence[tuple[float, float]], write: Write, head: tuple[bool, Sequence[Rule]]) -> None:
    """Give a row its cells; what spans several columns stands in each of them."""
    is_head, below = head
    row.cells = [""] * len(columns)
    edges = [(column[1] + other[0]) / 2 for column, other in itertools.pairwise(columns)]
    rest = sorted(row.glyphs, key=lambda glyph: glyph.x0)
    for rule in below:
        covered = [at for at, (x0, x1) in enumerate(columns) if rule.x0 - 3 <= (x0 + x1) / 2 <= rule.x1 + 3]
        inside = [glyph for glyph in rest if rule.x0 - 2 <= (glyph.x0 + glyph.x1) / 2 <= rule.x1 + 2]
        if len(covered) > 1 and inside:
            rest = [glyph for glyph in rest if not any(glyph is taken for taken in inside)]
            row.spans = True
            for at in covered:
                row.cells[at] = _cell(inside, write)
    for group in _segments(rest, edges):
        x0, x1 = min(glyph.x0 for glyph in group), max(glyph.x1 for glyph in group)
        covered = [
            at for at, (left, right) in enumerate(columns) if min(x1, right) - max(x0, left) > 0.3 * (right - left)
        ]
        if len(covered) < 2 or not is_head:
            middle = (x0 + x1) / 2 if len(covered) < 2 else group[0].x0
            covered = [sum(edge < middle for edge in edges)]
        row.spans |= len(covered) > 1
        for at in covered:
            row.cells[at] = f"{row.cells[at]} {_cell(group, write)}".strip()


def _segments(glyphs: Sequence[Glyph], edges: Sequence[float]) -> list[list[Glyph]]:
    """Glyphs of a row cut where a gap lies at the edge of a column, or is wide."""
    groups: list[list[Glyph]] = []
    end = 0.0
    for glyph in glyphs:
        gap = glyph.x0 - end
        slack = 0.6 * glyph.size
        cut = gap > 1.5 * glyph.size or (
            gap > 0.45 * glyph.size and any(end - slack <= edge <= glyph.x0 + slack for edge in edges)
        )
        if groups and not cut:
            groups[-1].append(glyph)
        else:
            groups.append([glyph])
        end = max(end, glyph.x1) if groups[-1][0] is not glyph else glyph.x1
    return groups


def _cell(glyphs: Sequence[Glyph], write: Write) -> str:
    return " ".join(write(make_line(glyphs)).replace("|", "∣").split())


def _merge_heads(rows: Sequence[Row], count: int) -> list[list[str]]:
    """The rows of heads; those that merely break a head into lines become one row."""
    merged: list[list[str]] = []
    plain = False
    for row in rows:
        if plain and not row.spans:
            merged[-1] = [f"{above} {cell}".strip() for above, cell in zip(merged[-1], row.cells, strict=True)]
        else:
            merged.append(row.cells or [""] * count)
        plain = not row.spans
    return merged


def _turned_heads(turned: Sequence[Sequence[Glyph]], columns: Sequence[tuple[float, float]]) -> list[str]:
    """Heads that are set upright, each at the column that it stands over."""
    cells = [""] * len(columns)
    for run in turned:
        middle = sum(glyph.x0 + glyph.x1 for glyph in run) / (2 * len(run))
        at = min(range(len(columns)), key=lambda k: abs(sum(columns[k]) / 2 - middle))
        text = "".join((" " if glyph.spaced and place else "") + glyph.text for place, glyph in enumerate(run))
        cells[at] = f"{cells[at]} {text}".strip()
    return cells


def _without_strays(rows: Sequence[Row]) -> list[Row]:
    """Rows without the label of a group that stands between two of them, which goes to the nearer one."""
    kept: list[Row] = []
    for at, row in enumerate(rows):
        filled = [k for k, cell in enumerate(row.cells) if cell]
        near = [
            other
            for other in (rows[at - 1] if at else None, rows[at + 1] if at + 1 < len(rows) else None)
            if other is not None and abs(other.base - row.base) < 0.8 * row.glyphs[0].size
        ]
        if len(filled) == 1 and len(near) >= 1 and not near[0].cells[filled[0]]:
            near[0].cells[filled[0]] = row.cells[filled[0]]
        else:
            kept.append(row)
    return kept


def _fill_down(rows: Sequence[Row], inner: Sequence[float]) -> list[Row]:
    """The label of a group between two rules, in each row of the group."""
    groups: list[list[Row]] = [[]]
    for row in rows:
        if groups[-1] and any(row.base < y < groups[-1][-1].base for y in inner):
            groups.append([])
        groups[-1].append(row)
    for group in groups:
        labels = [row.cells[0] for row in group if row.cells[0]]
        if len(groups) > 1 and len(labels) == 1 and len(group) > 1:
            for row in group:
                row.cells[0] = labels[0]
    return list(rows)


def _markdown(heads: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in (*heads, *rows) if any(cells)]
    lines.insert(1, "|" + "---|" * len(heads[0]))
    return "\n".join(lines)


def in_box(lines: Sequence[Line], box: Box) -> list[Line]:
    """The lines whose middle lies in a box."""
    return [line for line in lines if box.holds(line.middle, line.base + 0.25 * line.size)]


def is_sentence(line: Line, width: float) -> bool:
    """True for a line as full of words as one of a paragraph, without the gaps of a table's row."""
    words = re.findall(r"[^\W\d_]{2,}", line.raw)
    return len(words) >= 6 and line.x1 - line.x0 > 0.75 * width
