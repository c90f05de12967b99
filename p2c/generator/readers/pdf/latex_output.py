"""Blocks as text: paragraphs, headings, formulas, the title."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from p2c.generator.readers.pdf import blocks as kinds
from p2c.generator.readers.pdf.blocks import PageBlock, Style, is_known_heading
from p2c.generator.readers.pdf.formulas import MOST, formula
from p2c.generator.readers.pdf.glyphs import Glyph, PageGlyphs
from p2c.generator.readers.pdf.headings import TextBlock
from p2c.generator.readers.pdf.inline import text_of
from p2c.generator.readers.pdf.lines import Line
from p2c.generator.readers.pdf.ruled import ACCENTS
from p2c.generator.readers.pdf.words import join_lines, restore_ligatures


def find_title(pages: Sequence[Sequence[Line]], sizes: Sequence[PageGlyphs], words: Counter[str]) -> str:
    """The words in the largest type of the upper half of the first page, and the lines like them that follow."""
    lines = [line for line in (pages[0] if pages else ()) if line.base > 0.45 * sizes[0].height and len(line.raw) > 1]
    lines = [line for line in lines if re.search(r"[^\W\d_]{2}", line.raw)]
    if not lines:
        return ""
    largest = max(line.size for line in lines)
    start = next(at for at, line in enumerate(lines) if line.size == largest)
    while start and _like(lines[start - 1], lines[start], largest):
        start -= 1
    title = [lines[start]]
    for line in lines[start + 1 :]:
        if not _like(line, title[-1], largest):
            break
        title.append(line)
    text = join_lines([line.raw for line in title], words)
    return text if largest > 10.5 and len(text) < 300 else ""


def _like(line: Line, other: Line, largest: float) -> bool:
    """True for a line beside a title's line that belongs to it; small capitals are set in four fifths of the size."""
    if is_known_heading(line.raw):
        return False
    return max(glyph.size for glyph in line.glyphs) > 0.9 * largest and abs(line.base - other.base) < 2.5 * largest


def is_sure(tex: str, glyphs: Sequence[Glyph]) -> bool:
    """False where a formula lacks letters, or has scripts that stand at nothing: then both readings are given."""
    letters = Counter(char for glyph in glyphs for char in glyph.text if char.isalnum() and char not in ACCENTS)
    built = Counter(char for char in re.sub(r"\\[a-z]+", "", tex) if char.isalnum())
    stray = re.search(r"(?:^|[\s=+(])[_^]\{|\}\s+_\{", tex)
    return not letters - built and not stray


class Writer:
    """Blocks as text."""

    def __init__(self, pages: Sequence[PageGlyphs], style: Style, words: Counter[str]) -> None:
        self.pages, self.style, self.words = pages, style, words

    def block(self, group: Sequence[PageBlock]) -> TextBlock:
        """A block or a paragraph in several pieces, as it is written."""
        first = group[0]
        if first.kind == kinds.FORMULA:
            return TextBlock(self._formula(first), first.page)
        lines = [self._line(line, block) for block in group for line in block.lines]
        if first.kind == kinds.HEADING:
            return TextBlock(join_lines(lines, self.words), first.page, 2)
        if first.kind == kinds.TEXT:
            return TextBlock(join_lines(lines, self.words), first.page)
        if first.kind == kinds.CAPTION:
            return TextBlock(join_lines(lines, self.words), first.page, beside=True)
        if first.kind == kinds.FOOTNOTE:
            return TextBlock(f"[Footnote: {join_lines(lines, self.words)}]", first.page, beside=True)
        restored = restore_ligatures(first.text, self.words)
        text = restored or join_lines(self._rows(first), self.words, prose=False)
        return TextBlock(text, first.page, beside=first.kind != kinds.OTHER)

    def _rows(self, block: PageBlock) -> list[str]:
        """The lines of a block; those side by side are one."""
        rows: list[tuple[float, list[str]]] = []
        for line in block.lines:
            if rows and abs(rows[-1][0] - line.base) < 0.4 * line.size:
                rows[-1][1].append(self._line(line, block))
            else:
                rows.append((line.base, [self._line(line, block)]))
        return ["   ".join(texts) for _, texts in rows]

    def _line(self, line: Line, block: PageBlock) -> str:
        return text_of(line, self.pages[block.page - 1].rules, self.style.font)

    def _formula(self, block: PageBlock) -> str:
        glyphs = [glyph for line in block.lines for glyph in line.glyphs]
        if len(glyphs) > MOST:
            return join_lines([line.raw for line in block.lines], self.words, prose=False)
        tex = formula(glyphs, self.pages[block.page - 1].rules)
        shown = "\n".join(f"$$ {row} $$" for row in tex.splitlines())
        if not is_sure(tex, glyphs):
            shown += f"\n(as set: {' '.join(line.raw for line in block.lines)})"
        return shown
