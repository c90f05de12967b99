"""What stands beside the text of a page: tables, algorithms between rules, and the words in pictures."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from p2c.generator.readers.pdf.algorithms import TITLE, algorithm_text, by_title, is_algorithm, unruled_algorithms
from p2c.generator.readers.pdf.blocks import ALGORITHM, CAPTION_START, LABELS, TABLE, PageBlock, Style
from p2c.generator.readers.pdf.glyphs import Box, Glyph, PageGlyphs, Rule
from p2c.generator.readers.pdf.inline import is_formula_glyph
from p2c.generator.readers.pdf.lines import Line
from p2c.generator.readers.pdf.tables import Write, cells_of, in_box, is_sentence, table_text


def find_floats(
    lines: Sequence[Line], page: PageGlyphs, where: tuple[Style, int], write: Write
) -> dict[int, PageBlock]:
    """Tables, algorithms and labels of pictures, each by the places of its lines; each line is in one at most."""
    finder = _Finder(lines, page, where, write)
    finder.between_rules()
    for inside in unruled_algorithms(lines, set(finder.blocks_by_line), where[0]):
        finder.take(ALGORITHM, inside, algorithm_text(inside, write))
    for inside in _unruled_tables(lines, set(finder.blocks_by_line), where[0]):
        finder.take(TABLE, inside, table_text(inside, (), (), write))
    finder.in_pictures()
    return finder.blocks_by_line


class _Finder:
    """The floats of one page while they are looked for."""

    def __init__(self, lines: Sequence[Line], page: PageGlyphs, where: tuple[Style, int], write: Write) -> None:
        self.lines, self.page, self.write = lines, page, write
        self.style, self.number = where
        self.blocks_by_line: dict[int, PageBlock] = {}

    def take(self, kind: str, inside: Sequence[Line], text: str) -> None:
        """Make a float of lines; nothing where it has no text."""
        if not text:
            return
        chosen = {id(line) for line in inside}
        places = [at for at, line in enumerate(self.lines) if id(line) in chosen and at not in self.blocks_by_line]
        block = PageBlock(kind, tuple(self.lines[at] for at in places), self.number, text=text)
        self.blocks_by_line.update(dict.fromkeys(places, block))

    def _inside(self, box: Box) -> list[Line]:
        return in_box([line for at, line in enumerate(self.lines) if at not in self.blocks_by_line], box)

    def between_rules(self) -> None:
        """Algorithms and tables that rules frame."""
        captions = _captions(self.lines)
        for box, bars in _ruled(self.page.rules, self.lines, self.style):
            inside = self._inside(box)
            if not inside or _is_formula(inside, box, self.lines, self.style):
                continue
            inside += _beyond(self.lines, set(self.blocks_by_line) | captions, inside, box)
            if is_algorithm(inside):
                parts = [algorithm_text(part, self.write) for part in by_title(inside)]
                self.take(ALGORITHM, inside, "\n\n".join(parts))
            else:
                self.take(TABLE, inside, table_text(inside, _turned(self.page, box), bars, self.write))

    def in_pictures(self) -> None:
        """Words in pictures, such as tick labels."""
        captions = {id(self.lines[at]) for at in _captions(self.lines)}
        text = [line for line in self.lines if id(line) in captions or is_sentence(line, self.style.width)]
        for whole in self.page.pictures[:200]:
            box = _without_text(whole, text)
            inside = [
                line
                for line in self._inside(box)
                if id(line) not in captions and not is_sentence(line, self.style.width)
            ]
            if inside:
                words = "; ".join(self.write(line) for line in inside[:200])
                self.take(LABELS, inside, f"[Words in the figure: {words}]")


def _is_formula(lines: Sequence[Line], box: Box, beyond: Sequence[Line], style: Style) -> bool:
    """True where the rules are those of fractions over each other, and no table's."""
    glyphs = [glyph for line in lines for glyph in line.glyphs]
    signs = sum(is_formula_glyph(glyph, style.font) for glyph in glyphs)
    above = [glyph for line in beyond for glyph in line.glyphs if box.x0 < glyph.x0 < box.x1]
    numerator = any(0 < glyph.base - box.y1 < 0.55 * glyph.size for glyph in above)
    return numerator and box.x1 - box.x0 < 0.6 * style.width and signs > 0.55 * len(glyphs)


def _without_text(box: Box, text: Sequence[Line]) -> Box:
    """The largest part of a picture's box between lines of the paper's text: boxes reach beyond what is seen."""
    inside = sorted((line.base for line in in_box(text, box)), reverse=True)
    edges = [box.y1, *inside, box.y0]
    upper, lower = max(itertools.pairwise(edges), key=lambda pair: pair[0] - pair[1])
    return Box(box.x0, lower, box.x1, upper)


def _captions(lines: Sequence[Line]) -> set[int]:
    """The places of the lines of captions: they go on under each other while they are full."""
    places: set[int] = set()
    right = 0.0
    for at, line in enumerate(lines):
        last = lines[at - 1] if at else line
        full = at - 1 in places and last.x1 > right - 2 * last.size and abs(last.size - line.size) < 0.5
        if CAPTION_START.match(line.raw):
            right = line.x1
            places.add(at)
        elif full and 0 < last.base - line.base < 1.5 * line.size and line.x0 < right - 2 * line.size:
            places.add(at)
    return places


def _beyond(lines: Sequence[Line], taken: set[int], inside: Sequence[Line], box: Box) -> list[Line]:
    """Rows of cells right over the first rule of a table, and right under its last one."""
    more: list[Line] = []
    for direction in (1, -1):
        edge = box.y1 if direction > 0 else box.y0
        for _ in range(40):
            row = [
                line
                for at, line in enumerate(lines)
                if at not in taken and box.x0 - 4 <= line.x0 and line.x1 <= box.x1 + 4
                and 0 <= direction * (line.base - edge) + 0.8 * line.size < 2.1 * line.size
                and not any(line is other for other in (*inside, *more))
            ]  # fmt: skip
            glyphs = [glyph for line in row for glyph in line.glyphs]
            if not row or len(cells_of(glyphs)) < 2 or any(CAPTION_START.match(line.raw) for line in row):
                break
            more += row
            edge = row[0].base + direction * 0.75 * row[0].size
    return more


def _turned(page: PageGlyphs, box: Box) -> list[tuple[Glyph, ...]]:
    return [run for run in page.turned if box.holds((run[0].x0 + run[-1].x1) / 2, (run[0].y0 + run[-1].y1) / 2)]


def _ruled(rules: Sequence[Rule], lines: Sequence[Line], style: Style) -> list[tuple[Box, list[Rule]]]:
    """Regions between rules of the same extent, as tables and algorithms have them, with the rules in each."""
    groups: list[list[Rule]] = []
    for rule in sorted(_whole_rules(rules), key=lambda other: -other.y):
        if rule.x1 - rule.x0 < 50:
            continue
        group = next((g for g in groups if abs(g[0].x0 - rule.x0) < 5 and abs(g[0].x1 - rule.x1) < 5), None)
        if group is None:
            groups.append([rule])
        else:
            group.append(rule)
    regions = []
    for group in groups[:200]:
        for top, bottom in _intervals(group, lines, style):
            box = Box(group[0].x0 - 6, bottom - 1, group[0].x1 + 6, top + 1)
            regions.append((box, [rule for rule in _whole_rules(rules) if box.holds((rule.x0 + rule.x1) / 2, rule.y)]))
    return regions


def _whole_rules(rules: Sequence[Rule]) -> list[Rule]:
    """Rules whose pieces touch as one."""
    whole: list[Rule] = []
    for rule in sorted(rules[:4000], key=lambda piece: (-round(piece.y), piece.x0)):
        last = whole[-1] if whole else None
        if last and abs(last.y - rule.y) < 1 and rule.x0 - last.x1 < 1.5:
            whole[-1] = Rule(min(last.x0, rule.x0), max(last.x1, rule.x1), last.y)
        else:
            whole.append(rule)
    return whole


def _intervals(group: Sequence[Rule], lines: Sequence[Line], style: Style) -> list[tuple[float, float]]:
    """Stretches between rules whose lines are no paragraphs."""
    width = group[0].x1 - group[0].x0
    stretches: list[tuple[float, float]] = []
    algorithm = False
    for upper, lower in itertools.pairwise(group):
        inside = in_box(lines, Box(group[0].x0 - 6, lower.y - 1, group[0].x1 + 6, upper.y + 1))
        algorithm = bool(inside) and (algorithm or bool(TITLE.match(inside[0].raw)))
        prose = sum(is_sentence(line, min(width, style.width)) for line in inside)
        if not algorithm and (prose > 0.5 * len(inside) or (prose > 3 and upper.y - lower.y > 250)):
            continue
        captioned = not algorithm and any(CAPTION_START.match(line.raw) for line in inside)
        if captioned or (not inside and upper.y - lower.y > 6):
            continue
        if stretches and abs(stretches[-1][1] - upper.y) < 0.1:
            stretches[-1] = (stretches[-1][0], lower.y)
        else:
            stretches.append((upper.y, lower.y))
    return stretches


def _unruled_tables(lines: Sequence[Line], taken: set[int], style: Style) -> list[list[Line]]:
    """Rows of cells next to the caption of a table, where no rules frame them."""
    tables: list[list[Line]] = []
    captions = _captions(lines)
    gone = taken | captions
    for at, line in enumerate(lines):
        if at in taken or not re.match(r"^\W{0,3}(?:Table|TABLE|Tab\.)\s*\w", line.raw):
            continue
        end = next(
            k for k in range(at, len(lines) + 1) if k + 1 not in captions or CAPTION_START.match(lines[k + 1].raw)
        )
        for direction, edge in ((-1, line.base), (1, lines[end].base)):
            rows = _rows_beside(lines, at, (direction, edge), gone, style)
            if len({round(row.base) for row in rows}) >= 3:
                gone |= {place for place, other in enumerate(lines) if any(other is row for row in rows)}
                tables.append(rows)
                break
    return tables


def _rows_beside(lines: Sequence[Line], at: int, way: tuple[int, float], gone: set[int], style: Style) -> list[Line]:
    """Lines over or under a caption, as long as they are cells and not paragraphs."""
    caption = lines[at]
    direction, edge = way
    order = sorted(
        (
            place
            for place in range(len(lines))
            if place not in gone and direction * (caption.base - lines[place].base) > 0
        ),
        key=lambda place: direction * (caption.base - lines[place].base),
    )
    rows: list[Line] = []
    gap = 0.0
    for place in _in_column(lines, order, caption, style):
        line = lines[place]
        step = abs(edge - line.base)
        if step > 3.2 * line.size or (len(rows) > 1 and gap and step > 1.4 * gap):
            break
        if is_sentence(line, style.width) or CAPTION_START.match(line.raw):
            if rows:
                break
            edge = line.base
            continue
        if rows and step > 0.5 * line.size:
            gap = step
        rows.append(line)
        edge = line.base
    return rows


def _in_column(lines: Sequence[Line], places: Sequence[int], caption: Line, style: Style) -> list[int]:
    """The places of lines in the column of a caption; a caption over both columns has the lines of both."""
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    centre = (left + right) / 2
    if style.width > 0.6 * (right - left) or caption.x0 < centre - 10 < centre + 10 < caption.x1:
        return list(places)
    return [place for place in places if (lines[place].middle < centre) == (caption.middle < centre)]
