"""A page's glyphs in the order of the file, with their places and fonts, and its rules and pictures."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from p2c.generator.readers.pdf.fonts import Font, font_named, unstyled

MOST_GLYPHS = 40_000
"""Of one page: a page full of small print has 10,000."""
MOST_OBJECTS = 20_000
"""Of one page: drawings have thousands of strokes, and only rules and boxes are looked for."""
SMALL = 0.86
"""A script is set in at most this share of the size of what it belongs to (7 to 10, 8 to 10, 6 to 8)."""
BROKEN = "\u00ad"
"""What a hyphen at the end of a line is read as."""


_TALL = frozenset("∑∏∫∬∭∮⋃⋂∐()[]{}|‖√")
_PIECES = frozenset("⎛⎜⎝⎞⎟⎠⎡⎢⎣⎤⎥⎦⎧⎨⎩⎫⎬⎭⎪⏐")


class Box(NamedTuple):
    """A rectangle in points, from the lower left corner of the page."""

    x0: float
    y0: float
    x1: float
    y1: float

    def holds(self, x: float, y: float) -> bool:
        """True where a point lies in it."""
        return self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1


class Glyph(NamedTuple):
    """A character as drawn: its box, the baseline, the size in points, its font."""

    text: str
    x0: float
    x1: float
    y0: float
    y1: float
    base: float
    size: float
    font: Font
    spaced: bool = False
    """True where a space stands before it."""

    @property
    def big(self) -> bool:
        """True for big operators and the pieces of tall delimiters, which no baseline says the place of."""
        return (
            self.font.extension or (self.text in _TALL and self.y1 - self.y0 > 1.15 * self.size) or self.text in _PIECES
        )


class Rule(NamedTuple):
    """A thin horizontal line."""

    x0: float
    x1: float
    y: float


@dataclass(frozen=True)
class PageGlyphs:
    """What a page shows: runs of glyphs on one line each, turned text, rules, and the places of pictures."""

    width: float
    height: float
    runs: tuple[tuple[Glyph, ...], ...]
    turned: tuple[tuple[Glyph, ...], ...] = ()
    rules: tuple[Rule, ...] = ()
    pictures: tuple[Box, ...] = ()
    unmapped: int = 0
    """Characters that the file gives no meaning."""
    broken: bool = False
    """True for a page that could not be read."""


def read_page(page: Any) -> PageGlyphs:
    """Read a page that pypdfium2 opened."""
    width, height = page.get_size()
    reader = _TextReader(page)
    runs, turned = reader.runs()
    rules, pictures = _rules_and_pictures(page, width, height)
    return PageGlyphs(width, height, runs, turned, rules, pictures, reader.unmapped)


class _TextReader:
    """The text of a page by pdfium's calls; what belongs to a text object is asked for once an object."""

    def __init__(self, page: Any) -> None:
        import pypdfium2.raw as raw

        self.raw = raw
        self.page = page.get_textpage()
        self.count = min(raw.FPDFText_CountChars(self.page.raw), MOST_GLYPHS)
        self.left, self.bottom, right, top = page.get_bbox()
        self.right, self.top = right + 5, top + 5
        self.unmapped = 0
        self._object: tuple[int, tuple[Font, float, bool]] = (0, (Font(), 0.0, False))
        self._ends = [ctypes.c_double() for _ in range(6)]

    def runs(self) -> tuple[tuple[tuple[Glyph, ...], ...], tuple[tuple[Glyph, ...], ...]]:
        """The glyphs by lines as pdfium breaks them: those that stand upright, and the turned ones."""
        upright: list[list[Glyph]] = [[]]
        turned: list[list[Glyph]] = [[]]
        spaced = False
        for index in range(self.count):
            char = self._char(index)
            if not char:
                continue
            if char in ("\n", " "):
                if char == "\n":
                    upright.append([])
                    turned.append([])
                spaced = True
                continue
            glyph, is_turned = self._glyph(index, char, spaced)
            spaced = False
            if glyph is not None:
                (turned if is_turned else upright)[-1].append(glyph)
            if char == BROKEN:
                upright.append([])
        return tuple(tuple(run) for run in upright if run), tuple(tuple(run) for run in turned if run)

    def _char(self, index: int) -> str:
        """What pdfium says of a character: a space and a line break are its own, or the file's."""
        code = self.raw.FPDFText_GetUnicode(self.page.raw, index)
        if self.raw.FPDFText_IsGenerated(self.page.raw, index) == 1:
            return "\n" if code in (10, 13) else " "
        if self.raw.FPDFText_IsHyphen(self.page.raw, index) == 1:
            return BROKEN
        if 0xDC00 <= code < 0xE000:
            return ""  # the second half of the character before
        if 0xD800 <= code < 0xDC00:
            low = self.raw.FPDFText_GetUnicode(self.page.raw, index + 1)
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) if 0xDC00 <= low < 0xE000 else 0xFFFD
        char = chr(code) if code < 0x110000 else "\ufffd"
        if char == " " or not char.isspace():
            return char
        table = self._described(index)[0].table  # in TeX's fonts letters stand at the codes of line breaks
        return char if table and char in table else " "

    def _glyph(self, index: int, char: str, spaced: bool) -> tuple[Glyph | None, bool]:
        font, size, turned = self._described(index)
        x, base, x0, x1, y0, y1 = self._ends
        self.raw.FPDFText_GetCharOrigin(self.page.raw, index, x, base)
        self.raw.FPDFText_GetCharBox(self.page.raw, index, x0, x1, y0, y1)
        if not (self.left - 5 < x0.value < self.right and self.bottom - 5 < base.value < self.top):
            return None, turned
        text = char if char == BROKEN else font.decode(char)
        text, font = unstyled(text, font)
        if not text or text == "\ufffd":
            self.unmapped += 1
            text = "\ufffd"
        glyph = Glyph(text, x0.value, x1.value, y0.value, y1.value, base.value, size, font, spaced)
        return glyph, turned

    def _described(self, index: int) -> tuple[Font, float, bool]:
        """The font, the size as drawn, and whether the text is turned."""
        owner = self.raw.FPDFText_GetTextObject(self.page.raw, index)
        key = ctypes.cast(owner, ctypes.c_void_p).value or 0
        if key and self._object[0] == key:
            return self._object[1]
        matrix = self.raw.FS_MATRIX()
        size = self.raw.FPDFText_GetFontSize(self.page.raw, index)
        turned = False
        if self.raw.FPDFText_GetMatrix(self.page.raw, index, matrix):
            size *= math.hypot(matrix.c, matrix.d) or 1.0
            turned = abs(matrix.b) > 0.2 * abs(matrix.a)
        name = ctypes.create_string_buffer(128)
        flags = ctypes.c_int()
        self.raw.FPDFText_GetFontInfo(self.page.raw, index, name, 128, flags)
        font = font_named(name.value.decode("latin-1"))
        self._object = (key, (font, size or 10.0, turned))
        return self._object[1]


def _rules_and_pictures(page: Any, width: float, height: float) -> tuple[tuple[Rule, ...], tuple[Box, ...]]:
    """The rules of a page, and the boxes of images, of included drawings and of heaps of paths."""
    import pypdfium2.raw as raw

    ends = [ctypes.c_float() for _ in range(4)]
    rules: list[Rule] = []
    pictures: list[Box] = []
    paths: list[Box] = []
    for number in range(min(raw.FPDFPage_CountObjects(page.raw), MOST_OBJECTS)):
        item = raw.FPDFPage_GetObject(page.raw, number)
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_TEXT or not raw.FPDFPageObj_GetBounds(item, *ends):
            continue
        box = Box(*(end.value for end in ends))
        if kind == raw.FPDF_PAGEOBJ_PATH:
            if box.y1 - box.y0 < 1.6 and box.x1 - box.x0 > 2.5:
                rules.append(Rule(box.x0, box.x1, (box.y0 + box.y1) / 2))
            elif box.x1 - box.x0 >= 1.6:
                paths.append(box)
        elif (box.x1 - box.x0) * (box.y1 - box.y0) < 0.6 * width * height:
            pictures.append(box)
    return tuple(rules), (*pictures, *_heaps(paths, width, height))


def _heaps(paths: list[Box], width: float, height: float) -> list[Box]:
    """Boxes around paths that lie together, as those of a plot do; a few boxes are none (frames, coloured cells)."""
    heaps: list[tuple[Box, int]] = []
    for box in sorted(paths, key=lambda path: -path.y1):
        if (box.x1 - box.x0) > 0.9 * width and (box.y1 - box.y0) > 0.9 * height:
            continue
        for at, (heap, count) in enumerate(heaps[-40:], max(0, len(heaps) - 40)):
            if _near(heap, box, 12):
                heaps[at] = (_around(heap, box), count + 1)
                break
        else:
            heaps.append((box, 1))
    return [heap for heap, count in heaps if count >= 6 and heap.x1 - heap.x0 > 30 and heap.y1 - heap.y0 > 30]


def _near(first: Box, other: Box, margin: float) -> bool:
    return (
        first.x0 - margin < other.x1
        and other.x0 - margin < first.x1
        and first.y0 - margin < other.y1
        and other.y0 - margin < first.y1
    )


def _around(first: Box, other: Box) -> Box:
    return Box(min(first.x0, other.x0), min(first.y0, other.y0), max(first.x1, other.x1), max(first.y1, other.y1))
