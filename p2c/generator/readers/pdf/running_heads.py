"""What stands on a page but is no part of the paper's text: running heads, page numbers, stamps, numbers of lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from p2c.generator.readers.pdf.glyphs import PageGlyphs
from p2c.generator.readers.pdf.lines import Line

_NUMBERED_LINES = 15
"""So many numbers in the margin of one page are those of a manuscript's lines."""


class RunningHeads:
    """Lines that several pages share; a stamp within the text is kept once."""

    def __init__(self, pages: Sequence[tuple[PageGlyphs, Sequence[Line]]]) -> None:
        self.count = len(pages)
        self.seen: Counter[str] = Counter()
        self.stamped: set[str] = set()
        for page, lines in pages:
            self.seen.update({_pattern(line) for line in lines if _at_edge(line, page.height)})
            self.seen.update({_place(line) for line in lines})

    def without(self, lines: Sequence[Line], page: PageGlyphs) -> list[Line]:
        """A page's lines without it."""
        kept = [line for line in lines if line.raw.strip() and not self._is_furniture(line, page)]
        numbers = [line for line in kept if _in_margin(line, page.width)]
        if len(numbers) < _NUMBERED_LINES:
            return kept
        gone = {id(line) for line in numbers}
        return [line for line in kept if id(line) not in gone]

    def _is_furniture(self, line: Line, page: PageGlyphs) -> bool:
        text = line.raw.strip()
        if _at_edge(line, page.height):
            often = 3 if self.count > 4 else 2
            shared = self.count > 1 and self.seen[_pattern(line)] >= often
            return shared or bool(re.fullmatch(r"\W*(?:page\s*)?\d+\W*", text, re.IGNORECASE))
        if self.count > 2 and len(text) > 3 and self.seen[_place(line)] >= max(3, 0.6 * self.count):
            if text in self.stamped:
                return True
            self.stamped.add(text)
        return False


def _at_edge(line: Line, height: float) -> bool:
    return line.base > 0.92 * height or line.base < 0.08 * height


def _in_margin(line: Line, width: float) -> bool:
    outside = line.x1 < 0.14 * width or line.x0 > 0.88 * width
    return outside and bool(re.fullmatch(r"\d{1,4}", line.raw.strip()))


def _pattern(line: Line) -> str:
    return re.sub(r"\d+", "#", line.raw.strip())


def _place(line: Line) -> str:
    return f"{line.raw.strip()} @{round(line.x0 / 3)},{round(line.base / 3)}"
