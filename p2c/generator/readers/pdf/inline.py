"""Lines as text, with what is a formula in them as LaTeX between dollar signs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from p2c.generator.readers.pdf.formulas import MOST, inline
from p2c.generator.readers.pdf.glyphs import BROKEN, SMALL, Glyph, Rule
from p2c.generator.readers.pdf.lines import Line
from p2c.generator.readers.pdf.ruled import ACCENTS

_FUNCTIONS = frozenset(
    "log exp min max sin cos tan tanh sup inf lim arg argmin argmax det dim softmax sigmoid sgn sign Var Cov".split()
)
_ROMAN = ("CMR", "CMBX", "LMROMAN", "SFRM")
"""TeX's own text fonts: in a paper set in another font, they are those of its formulas."""
_MARKS = frozenset("•∗*†‡§¶·◦▪■○●–")
_SIGNS = frozenset("=<>−±×÷≤≥≠≈∼∈∉⊂⊆∪∩∑∏∫∂∇√∞→←↔⇒⇔∀∃∥‖⊙⊗⊕∝≡≪≫∘⋅′∧∨⊤⊥")


def text_of(line: Line, rules: Sequence[Rule], body: str = "") -> str:
    """A line as text; formulas in it are LaTeX between dollar signs. `body` is the name of the font of the text."""
    return "".join(_pieces(line, rules, body)).replace("$$", "").strip()


def _pieces(line: Line, rules: Sequence[Rule], body: str) -> Iterator[str]:
    glyphs = line.glyphs
    kinds = kinds_of(line, body)
    at = 0
    while at < len(glyphs):
        glyph = glyphs[at]
        if glyph.spaced and at:
            yield " "
        stop = _formula_end(glyphs, kinds, at)
        if stop > at:
            part = glyphs[at:stop]
            tex = inline(part, rules) if len(part) <= MOST else "".join(atom.text for atom in part)
            yield f"${tex}$" if tex.strip() else ""
            at = stop
        elif kinds[at] == "s":
            stop = next((k for k in range(at, len(glyphs)) if kinds[k] != "s"), len(glyphs))
            if any(glyph.text in _SIGNS for glyph in glyphs[at:stop]):  # a fraction in a line of text
                yield f"${inline(glyphs[at:stop], rules)}$"
                at = stop
                continue
            sign = "^" if glyph.base > line.base else "_"
            yield f"{sign}{{{''.join(piece.text for piece in glyphs[at:stop])}}}"
            at = stop
        else:
            yield glyph.text
            at += 1


def plain_of(line: Line, body: str) -> str:
    """A line's words and numbers without what is a formula."""
    marked = zip(line.glyphs, kinds_of(line, body), strict=True)
    return "".join(" " * glyph.spaced + (" " if kind in "ms" else glyph.text) for glyph, kind in marked)


def kinds_of(line: Line, body: str) -> str:
    """Of each glyph: `m` for what only formulas have, `s` for scripts, `w` for letters of words, `n` for the rest."""
    kinds: list[str] = []
    for glyph in line.glyphs:
        small = glyph.size < SMALL * line.size and glyph.text != BROKEN
        after = kinds[-1] if kinds and not glyph.spaced else ""
        if small and (abs(glyph.base - line.base) > 0.06 * line.size or after in ("m", "s")):
            kinds.append("s")
        else:
            kinds.append(_kind(glyph, body))
    for start, stop in _words(line.glyphs, kinds):
        before = kinds[start - 1] if start and not line.glyphs[start].spaced else ""
        behind = kinds[stop] if stop < len(kinds) and not line.glyphs[stop].spaced else ""
        lowered = behind == "s" and line.glyphs[stop].base < line.base
        bracket = (behind == "n" and line.glyphs[stop].text in "([") or (
            before == "n" and line.glyphs[start - 1].text in "(["
        )
        known = "".join(glyph.text for glyph in line.glyphs[start:stop]) in _FUNCTIONS
        foreign = line.glyphs[start].font.italic and stop - start == 1
        short = (stop - start == 1 or known) and ({before, behind} & {"m", "s"})
        if short or (foreign and bracket) or (stop - start < 25 and (behind == "m" or lowered)):
            kinds[start:stop] = "m" * (stop - start)
    return "".join(kinds)


def _words(glyphs: Sequence[Glyph], kinds: Sequence[str]) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(kinds):
        stop = start + 1
        if kinds[start] == "w":
            while stop < len(kinds) and kinds[stop] == "w" and not glyphs[stop].spaced:
                stop += 1
            yield start, stop
        start = stop


def _kind(glyph: Glyph, body: str) -> str:
    char = glyph.text[:1]
    roman = glyph.font.name.startswith(_ROMAN) and not body.startswith(_ROMAN)
    if (glyph.font.mathematical or roman) and char not in _MARKS and char != BROKEN:
        return "m"
    if "\u0370" <= char <= "\u03ff":
        return "w" if glyph.font.name == body else "m"
    if "\U0001d400" <= char <= "\U0001d7ff" or char in _SIGNS or char in ACCENTS:
        return "m"
    return "w" if char.isalpha() or char == BROKEN else "n"


def is_formula_glyph(glyph: Glyph, body: str) -> bool:
    """True for a glyph that only formulas have, in a paper whose text is set in the font `body`."""
    return _kind(glyph, body) == "m"


def _formula_end(glyphs: Sequence[Glyph], kinds: str, start: int) -> int:
    """Where the formula that begins at a place ends; the place itself where none does."""
    if kinds[start] not in "mn" or (kinds[start] == "n" and glyphs[start].text not in "([{|0123456789-−+"):
        return start
    at, end = start, start
    while at < len(glyphs) and kinds[at] != "w" and at - end <= 24:
        glyph = glyphs[at]
        if (
            (kinds[at] in "ms" and (end > start or _leads(glyphs, kinds, start, at)))
            or (end > start and glyph.text in ")]}" and _opens(glyphs[start:at]))
            or (end == at > start and _is_number(glyphs, at))
            or (end == at and end > start and glyph.text == "%")
        ):
            end = at + 1
        elif end == at > start and glyph.text in "([{":
            pass
        elif at > start and kinds[at] == "n" and glyph.spaced and (end == start < at or not _is_roman(glyph)):
            break
        at += 1
    return _trimmed(glyphs, start, end)


def _is_number(glyphs: Sequence[Glyph], at: int) -> bool:
    """True for a digit of a number that belongs to the formula before it: `x2`, `± 0.4`, not `x 2`."""
    text = glyphs[at].text
    if text.isdigit():
        return not glyphs[at].spaced or glyphs[at - 1].text in _SIGNS
    return text in ".," and at + 1 < len(glyphs) and glyphs[at + 1].text.isdigit() and not glyphs[at + 1].spaced


def _is_roman(glyph: Glyph) -> bool:
    return glyph.font.name.startswith(_ROMAN) or glyph.font.mathematical or glyph.text in "=+-/|"


def _leads(glyphs: Sequence[Glyph], kinds: str, start: int, at: int) -> bool:
    """True where what stands before the first sign of a formula belongs to it: `(x`, `2x`, not `2. x`."""
    before = "".join(glyph.text for glyph in glyphs[start:at])
    return kinds[at] == "m" and (not before or bool(re.fullmatch(r"[(\[{|−+-]{0,3}[\d.,]*[(\[{|]{0,2}", before)))


def _trimmed(glyphs: Sequence[Glyph], start: int, end: int) -> int:
    """The end of a formula without the punctuation of its sentence."""
    while end > start and glyphs[end - 1].text in ",.;:" and (end == len(glyphs) or glyphs[end].spaced):
        end -= 1
    return end


def _opens(glyphs: Sequence[Glyph]) -> bool:
    text = "".join(glyph.text for glyph in glyphs)
    return sum(map(text.count, "([{")) > sum(map(text.count, ")]}"))
