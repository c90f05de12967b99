"""Pages of glyphs set by hand, as TeX sets them: formulas and columns for the tests of the PDF reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from p2c.generator.readers.pdf.fonts import font_named
from p2c.generator.readers.pdf.glyphs import Box, Glyph, PageGlyphs, Rule

TEXT, ITALIC, SIGNS, BIG, BOLD, ROMAN = (
    "NimbusRomNo9L-Regu",
    "CMMI10",
    "CMSY10",
    "CMEX10",
    "NimbusRomNo9L-Medi",
    "CMR10",
)


def put(text: str, x: float, base: float, size: float = 10, font: str = ITALIC) -> list[Glyph]:
    """Glyphs of a text from x on, each half as wide as its size; big operators hang about the axis."""
    made = []
    kind = font_named(font)
    spaced = False
    for char in text:
        if char == " ":
            x += 0.28 * size
            spaced = True
            continue
        width = (1.2 if kind.extension else 0.5) * size
        low, high = (base - 4.5, base + 9.5) if kind.extension else (base, base + 0.66 * size)
        made.append(Glyph(char, x, x + width, low, high, base + 9.5 if kind.extension else base, size, kind, spaced))
        x += width
        spaced = False
    return made


def tall(text: str, x: float, low: float, high: float) -> Glyph:
    """A tall delimiter or root."""
    return Glyph(text, x, x + 6, low, high, high, 10, font_named(BIG))


def lines_of(texts: Sequence[str], x: float, top: float, size: float = 10, font: str = TEXT) -> list[list[Glyph]]:
    """Lines one under the other."""
    return [put(text, x, top - 1.2 * size * at, size, font) for at, text in enumerate(texts)]


def page(
    runs: Sequence[Sequence[Glyph]], rules: Sequence[Rule] = (), pictures: Sequence[Box] = (), **more: object
) -> PageGlyphs:
    """A page of 612 by 792 points."""
    turned = more.get("turned", ())
    return PageGlyphs(612, 792, tuple(map(tuple, runs)), tuple(map(tuple, turned)), tuple(rules), tuple(pictures))  # type: ignore[call-overload]


def sentences(words: str, count: int, width: int = 46) -> Iterator[str]:
    """Lines of running words, all full but the last, which ends the sentence."""
    text = " ".join([words] * count).capitalize() + "."
    while len(text) > width:
        cut = text.rfind(" ", 0, width)
        yield text[:cut] + "e" * 0
        text = text[cut + 1 :]
    yield text
