"""TeX's mathematical fonts: what their codes stand for, and what a font's name says of its letters.

A PDF by TeX names the glyphs of these fonts as Adobe's list does not know them, so that extractors give the codes
themselves. The tables are those of the encodings OMX, OMS, OML and OT1 (The TeXbook, appendix F) and of the AMS
fonts; codes whose glyphs Adobe's list does know are left out, since their characters come out right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

PLAIN, BOLD, CALLIGRAPHIC, BLACKBOARD, FRAKTUR = "", "mathbf", "mathcal", "mathbb", "mathfrak"
HAT, TILDE, BAR, DOT, VECTOR, CHECK = "\u0302", "\u0303", "\u0304", "\u0307", "\u20d7", "\u030c"
HORIZONTAL_BRACE = "⏟"
"""A piece of a brace under or over a part of a formula."""


def _from(start: int, characters: str) -> dict[str, str]:
    """A table of one character a code, from `start` on; a space stands for none."""
    return {chr(start + at): char for at, char in enumerate(characters) if char != " "}


_OMX = {
    **_from(0x00, "()[]⌊⌋⌈⌉{}⟨⟩|‖/\\()()[]⌊⌋⌈⌉{}⟨⟩/\\()[]⌊⌋⌈⌉{}⟨⟩/\\/\\"),
    **_from(0x30, "⎛⎞⎡⎤⎣⎦⎢⎥⎧⎫⎩⎭⎨⎬⎪⏐⎝⎠⎜⎟⟨⟩⊔⊔∮∮⊙⊙⊕⊕⊗⊗∑∏∫⋃⋂⊎⋀⋁∑∏∫⋃⋂⊎⋀⋁∐∐"),
    **dict.fromkeys("bcd", HAT),
    **dict.fromkeys("efg", TILDE),
    **_from(0x68, "[]⌊⌋⌈⌉{}√√√√√"),
    **dict.fromkeys("z{|}", HORIZONTAL_BRACE),
}
_OMS = {
    **_from(0x00, "−·×∗÷⋄±∓⊕⊖⊗⊘⊙○∘•≍≡⊆⊇≤≥⪯⪰∼≈⊂⊃≪≫≺≻"),
    **_from(0x21, "→↑↓↔↗↘≃⇐⇒ ⇓⇔↖↙∝′∞∈∋△▽"),
    **_from(0x37, "↦∀∃¬∅ℜ ⊤⊥ℵ"),
    **{"[": "∪", "]": "⊎", "^": "∧", "_": "∨", "6": "\u0338"},
    **_from(0x60, "⊢⊣⌊⌋⌈⌉{}⟨⟩|‖↕⇕∖≀√⨿∇∫⊔⊓⊑⊒§†‡"),
}
_OML = {
    **_from(0x00, "ΓΔΘΛΞΠΣΥΦΨΩαβγδϵζηθικλμνξπρστυϕχ"),
    **_from(0x21, "ωεϑϖϱςφ"),
    **{":": ".", ";": ",", "?": "⋆", "@": "∂", "`": "ℓ", "~": VECTOR, "[": "♭", "\\": "♮", "]": "♯"},
}
_OT1 = {
    **_from(0x00, "ΓΔΘΛΞΠΣΥΦΨΩ"),
    **dict(zip("\x0b\x0c\x0d\x0e\x0f", ("ff", "fi", "fl", "ffi", "ffl"), strict=True)),
    **_from(0x10, "ıȷ"),
}
_MSA = {"\x03": "□", "\x04": "■", ",": "≜", ".": "≲", "&": "≳", "6": "⩽", ">": "⩾", "|": "⊺", "*": "∵", ")": "∴"}
_MSB = {"?": "∅", "-": "∤", "~": "ħ", "|": "𝕜", "n": "⋉", "o": "⋊", "u": "≊"}

_ADOBE_PIECES = _from(0xF8EB, "⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪⎮⎞⎟⎠⎤⎥⎦⎫⎬⎭")
"""Where Adobe's list of glyphs puts the pieces of tall delimiters: a private area, since Unicode had none then."""

_ENCODINGS: tuple[tuple[re.Pattern[str], Mapping[str, str]], ...] = (
    (re.compile(r"(?:CM|LM|TX|PX|MT|NTX|NEW[TP]X|EU|Z?XL|FOURIER-MATH-?)EX|LMMATHEX|CMEXT|ESINT|YHCMEX|WASYB"), _OMX),
    (re.compile(r"CMB?SY|LMMATHSY|LMSY|LMBSY|MTSY|(?:TX|PX|NTX|NEW[TP]X)B?SY|EUSYM"), _OMS),
    (re.compile(r"CMMI|LMMATHIT|LMMI|MTMI|(?:TX|PX|NTX|NEW[TP]X)B?MI|EUREX"), _OML),
    (re.compile(r"MSAM|TXSYA|PXSYA"), _MSA),
    (re.compile(r"MSBM|TXSYB|PXSYB"), _MSB),
    (re.compile(r"CM(?:R|B|BX|TI|SL|CSC|SS|SSBX|DUNH|U|TCSC|BXTI)\d"), _OT1),
)
_MATH = re.compile(
    r"CM(?:MI|SY|EX|BSY)|LMMATH|LM(?:MI|SY|EX)|MS[AB]M|BBM|BBOLD|DSROM|RSFS|EUSM|EUFM|EUFB|MT(?:MI|SY|EX)"
    r"|(?:TX|PX|NTX|NEW[TP]X)B?(?:MI|SY|EX)|RPXMI|RTXMI|STMARY|WASY|EUEX|ESINT|CAMBRIAMATH|[A-Z]*MATH"
)
_CALLIGRAPHIC = r"CMB?SY|LMMATHSY|LMSY|RSFS|EUS[MB]|[TP]XB?SY|MTSY|NTXSY|NEW[TP]XB?SY|URWCHANCERY|SCRIPT"
_BOLD = r"CMBX|CMB\d|CMMIB|LM\w*BX|LMMI\w*B|SFBX|.*BOLD|.*MEDI\b|.*-MEDI|.*BLACK|.*HEAVY|[TP]XBMI|.*-B\b"
_STYLES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"MSBM|BBM|BBOLD|DSROM|DSSS|TXSYB|PXSYB|DOUBLESTROKE"), BLACKBOARD),
    (re.compile(r"EUF[MB]"), FRAKTUR),
    (re.compile(_CALLIGRAPHIC), CALLIGRAPHIC),
    (re.compile(_BOLD), BOLD),
)


@dataclass(frozen=True)
class Font:
    """What a font's name says: the table of its codes, if it is mathematical or bold, and how its letters are drawn."""

    name: str = ""
    table: Mapping[str, str] | None = None
    mathematical: bool = False
    extension: bool = False
    """True for the font of big operators and delimiters, whose glyphs hang from their origin."""
    style: str = PLAIN
    italic: bool = False

    def decode(self, char: str) -> str:
        """What a code of this font stands for; control codes that stand for nothing give the empty string."""
        if self.table is not None:
            char = self.table.get(char, char)
        char = _ADOBE_PIECES.get(char, char)
        return "" if len(char) == 1 and ord(char) < 32 else char


def unstyled(text: str, font: Font) -> tuple[str, Font]:
    """A mathematical letter of Unicode as the plain one, and the font with the style that it is drawn in."""
    if len(text) != 1 or not ("\U0001d400" <= text <= "\U0001d7ff" or text in _LETTERLIKE):
        return text, font
    name = unicodedata.name(text, "")
    style = next((style for word, style in _UNICODE_STYLES if word in name), PLAIN)
    plain = unicodedata.normalize("NFKC", text)
    return plain, replace(font, mathematical=True, style=style, table=None)


_LETTERLIKE = frozenset("ℂℍℕℙℚℝℤℬℰℱℋℐℒℳℛℊℎℯℴℓℭℌℑℜℨ")
_UNICODE_STYLES = (
    ("DOUBLE-STRUCK", BLACKBOARD),
    ("FRAKTUR", FRAKTUR),
    ("BLACK-LETTER", FRAKTUR),
    ("SCRIPT", CALLIGRAPHIC),
    ("BOLD", BOLD),
)


@lru_cache(maxsize=512)
def font_named(name: str) -> Font:
    """The font of a name as PDF files give it, with or without the prefix of a subset."""
    plain = name.split("+", 1)[-1].upper().replace(" ", "")
    table = next((table for pattern, table in _ENCODINGS if pattern.match(plain)), None)
    style = next((style for pattern, style in _STYLES if pattern.match(plain)), PLAIN)
    return Font(
        plain,
        table,
        mathematical=bool(_MATH.match(plain)),
        extension=table is _OMX,
        style=style,
        italic=bool(re.search(r"ITAL|OBLIQUE|CMTI|CMMI|-IT\b|SFTI|LMROMAN\d+-ITALIC", plain)),
    )
