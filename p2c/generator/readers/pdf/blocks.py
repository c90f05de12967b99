"""Blocks of a page's lines: paragraphs, headings, captions, footnotes, formulas, and lines of neither kind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from p2c.generator.readers.pdf.glyphs import Rule
from p2c.generator.readers.pdf.inline import is_formula_glyph, plain_of
from p2c.generator.readers.pdf.lines import Line

TEXT, HEADING, CAPTION, FOOTNOTE, FORMULA, OTHER, LABELS, TABLE, ALGORITHM = (
    "text heading caption footnote formula other labels table algorithm".split()
)
CAPTION_START = re.compile(
    r"^\W{0,3}(?:Figure|Fig\.?|Table|Tab\.?|Algorithm|Listing|FIGURE|FIG\.?|TABLE|ALGORITHM)\s*"
    r"(?:\d{1,3}|[IVX]{1,5}|[A-Z]\.?\d{1,3})(?:\s*[.:|–—]|\s*$|\s+(?=[A-Z(]))"
)
_NUMBERED = re.compile(r"^(?:\d{1,2}|[IVX]{1,5}|[A-Z])(?:\.\d{1,2}){0,3}\.?\s{0,6}(?=[^\W\d_])[A-Z]\S*")
_KNOWN = re.compile(
    r"^(?:abstract|references|bibliography|acknowledge?ments?|conclusions?|introduction|appendix|appendices|keywords)\b",
    re.IGNORECASE,
)
_STOPS = (".", ":", "?", "!", "”", '"', ")", ";")
_SIGN = re.compile(r"[=≤≥∑∏∫∈←→⊙∂∇<>≈∼∝≡⊕∥‖⋃⋂]")
_TAG = re.compile(r"\((?:[A-Z]\.?)?\d{1,3}(?:\.\d{1,3})*[a-z]?\)")
_BULLET = re.compile(r"^(?:[•▪◦■●–]\s?|\(?[ivx]{1,4}\)\s|\(\d{1,2}\)\s|\d{1,2}[.)]\s+[A-Z])")
_IMPRINT = re.compile(r"^(?:© ?|Copyright\b|Proceedings of\b|Preprint\b|Under review\b)", re.IGNORECASE)
"""How the line begins that a venue sets at the foot of the first page."""
_FUNCTION_WORDS = frozenset(
    "softmax min max exp log cos sin tanh argmin argmax otherwise sup inf lim sgn where and for".split()
)


@dataclass(frozen=True)
class Style:
    """What is usual in a paper: the size and font of its text, and how wide its columns are."""

    size: float
    font: str
    width: float


@dataclass(frozen=True)
class PageBlock:
    """Lines of a page that belong together. `jumped` says that they begin another column, or the page."""

    kind: str
    lines: tuple[Line, ...]
    page: int
    jumped: bool = False
    text: str = ""
    """What is written for it, where its lines alone do not say it."""

    @property
    def size(self) -> float:
        """The size of most of its type."""
        sizes: Counter[float] = Counter()
        for line in self.lines:
            sizes[round(line.size, 1)] += len(line.glyphs)
        return max(sizes, key=lambda size: (sizes[size], size))

    @property
    def raw(self) -> str:
        """Its characters alone."""
        return " ".join(line.raw for line in self.lines)


def find_style(pages: Sequence[Sequence[Line]]) -> Style:
    """The usual size, font and width of the lines of all pages."""
    sizes: Counter[float] = Counter()
    fonts: Counter[str] = Counter()
    for lines in pages:
        for line in lines:
            sizes[round(line.size, 1)] += len(line.glyphs)
            fonts.update(glyph.font.name for glyph in line.glyphs)
    size = max(sizes, key=lambda height: sizes[height], default=10.0)
    widths = sorted(
        line.x1 - line.x0 for lines in pages for line in lines if abs(line.size - size) < 0.4 and len(line.glyphs) > 25
    )
    width = widths[len(widths) * 4 // 5] if widths else 400.0
    return Style(size, max(fonts, key=lambda name: fonts[name], default=""), width)


def split_blocks(lines: Sequence[Line], style: Style, page: int) -> list[PageBlock]:
    """Lines in reading order as blocks, each with its kind."""
    lefts = _lefts(lines, style)
    groups: list[tuple[list[Line], bool, bool]] = []
    for line in lines:
        shown = _is_display(line, _left(line, lefts), style)
        last = groups[-1] if groups else None
        if last and last[2] and _TAG.fullmatch(line.raw.strip()) and not _apart(last[0], line):
            last[0].append(line)
            continue
        jumped = last is None or _jumps(last[0][-1], line)
        if (
            last is None
            or jumped
            or shown != last[2]
            or (_begins(last[0], line, style) if not shown else _apart(last[0], line))
        ):
            groups.append(([line], jumped, shown))
        else:
            last[0].append(line)
    return [classify(tuple(part), jumped, shown, (style, page)) for part, jumped, shown in groups]


def _lefts(lines: Sequence[Line], style: Style) -> list[float]:
    """Where columns begin: left edges that several long lines share."""
    count = Counter(round(line.x0) for line in lines if line.x1 - line.x0 > 0.5 * style.width)
    return sorted(x for x, times in count.items() if times >= 3 or (times >= 1 and len(count) < 4))


def _left(line: Line, lefts: Sequence[float]) -> float:
    return max((x for x in lefts if x <= line.x0 + 2), default=line.x0)


def _is_display(line: Line, left: float, style: Style) -> bool:
    """True for a line of a displayed formula: signs, hardly a word, and not at the left edge of a column."""
    text = line.raw
    plain = plain_of(line, style.font)
    words = [word for word in re.findall(r"[A-Za-z]{4,}", plain) if word.lower() not in _FUNCTION_WORDS]
    small = len(re.findall(r"\b(?:the|of|in|is|to|we|be|with|as|by|on|an|are|for|that)\b", plain))
    if len(words) > 1 + len(text) // 60 or small > 1 or line.size > 1.3 * style.size:
        return False
    math = sum(is_formula_glyph(glyph, style.font) for glyph in line.glyphs)
    if len(words) > 1 + len(text) // 30 or line.size > 1.3 * style.size:
        return False
    whole = math >= 0.5 * len(line.glyphs) and not words and _SIGN.search(text)
    if not whole and line.x0 - left < 0.9 * style.size:
        return False
    return math >= 0.25 * len(line.glyphs) or (math >= 1 and len(line.glyphs) < 6)


def _jumps(last: Line, line: Line) -> bool:
    """True where a line stands in another column than the one before: higher up, or beside it."""
    rise, size = line.base - last.base, max(last.size, line.size)
    aside = line.x0 > last.x1 + 8 or line.x1 < last.x0 - 8
    return rise > 4 * size or (rise > -0.6 * size and aside)


def _apart(group: Sequence[Line], line: Line) -> bool:
    """True where two lines of formulas are too far from each other to be one."""
    low, high = min(other.base for other in group), max(other.base for other in group)
    return line.base < low - 3.2 * line.size or line.base > high + 3.2 * line.size


def _begins(group: Sequence[Line], line: Line, style: Style) -> bool:
    """True where a line begins a block after the lines before."""
    last = group[-1]
    gap, size = last.base - line.base, max(last.size, line.size)
    text, before = line.raw.strip(), last.raw.rstrip()
    ended = before.endswith(_STOPS)
    if gap > 1.75 * size or gap < -1.5 * size or (abs(last.size - line.size) > 0.8 and min(len(text), len(before)) > 3):
        return True
    if len(group) == 1 and _KNOWN.fullmatch(before.strip(" .:")) and gap > 0.9 * size:
        return True
    if len(group) == 1 and _is_numbered(before) and _set_apart(last, line, style):
        return True
    if last.bold != line.bold and last.bold and (gap > 1.3 * size or _KNOWN.match(before)):
        return True
    if gap < 0.5 * size:
        return False
    if (CAPTION_START.match(text) and (ended or gap > 1.25 * size)) or (
        _BULLET.match(text) and (ended or len(group) == 1)
    ):
        return True
    left = min(other.x0 for other in group[-3:])
    indented = line.x0 > left + 0.7 * size and text[:1].isupper() and len(text) > 20
    if ended and indented and not before.endswith((")", ";")):
        return True
    return (
        ended
        and len(text) < 70
        and (_is_numbered(text) or bool(_KNOWN.fullmatch(text)))
        and last.x1 < left + 0.93 * style.width
    )


def _set_apart(heading: Line, line: Line, style: Style) -> bool:
    """True where a line that begins with a number is set otherwise than the text under it: as a heading is."""
    if heading.x1 - heading.x0 > 0.95 * style.width:
        return False
    centred = heading.x0 - line.x0 > 2 * line.size
    return heading.font != line.font or centred or heading.bold != line.bold or heading.size > line.size + 0.5


def is_known_heading(text: str) -> bool:
    """True for the name of a part that papers have, such as Abstract."""
    return bool(_KNOWN.fullmatch(text.strip(" .:")))


def _is_numbered(text: str) -> bool:
    return bool(_NUMBERED.match(text)) and len(text) < 90


def classify(lines: tuple[Line, ...], jumped: bool, shown: bool, where: tuple[Style, int]) -> PageBlock:
    """A block of lines with its kind."""
    style, page = where
    block = PageBlock(OTHER, lines, page, jumped)
    text = block.raw.strip()
    if shown:
        return replace(block, kind=FORMULA if _SIGN.search(text) or len(text) < 60 else OTHER)
    if CAPTION_START.match(text):
        return replace(block, kind=CAPTION)
    if is_heading(block, style):
        return replace(block, kind=HEADING)
    return replace(block, kind=TEXT if _is_prose(block, style) else OTHER)


def is_heading(block: PageBlock, style: Style) -> bool:
    """True for one or two lines that are set or numbered as a heading is."""
    text = block.raw.strip()
    if len(block.lines) > 2 or len(text) > 110 or not re.search(r"[^\W\d_]{3}", text) or CAPTION_START.match(text):
        return False
    if re.search(r"[=∑∏∫∈≤≥]", text):
        return False
    if text.endswith((".", ",", ";")) and not re.fullmatch(r"[A-Z\d.\s]+|\w+\.", text):
        return False
    bold = all(line.bold for line in block.lines)
    capitals = text.upper() == text and len(re.findall(r"[A-Z]", text)) > 3
    if block.size < style.size - 2.2 or (block.size < style.size - 0.4 and not (bold or capitals)):
        return False
    marked = bold or capitals or block.size > 1.08 * style.size
    if _NUMBERED.match(text):
        apart = block.lines[0].font != style.font and block.size >= style.size - 0.4
        return marked or (len(block.lines) == 1 and (apart or (len(text) < 70 and _titled(text))))
    if _KNOWN.match(text) and len(text) < 40:
        return marked or len(text.split()) <= 2
    return (bold or block.size > 1.08 * style.size) and len(text) > 3 and text[:1].isupper() and len(text) < 90


def _titled(text: str) -> bool:
    words = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 3]
    return bool(words) and sum(word[0].isupper() for word in words) >= 0.6 * len(words) and "=" not in text


def _is_prose(block: PageBlock, style: Style) -> bool:
    text = block.raw
    words = re.findall(r"[^\W\d_]{3,}", text)
    letters = sum(char.isalpha() for char in text)
    wordy = sum(len(re.findall(r"[^\W\d_]{2,}", line.raw)) >= 4 for line in block.lines)
    if len(words) >= 4 and letters > 0.5 * len(text.replace(" ", "")) and wordy >= 0.5 * len(block.lines):
        return True
    if len(block.lines) == 1 and abs(block.size - style.size) < 0.5:
        return (block.jumped and bool(words) and letters > 0.6 * len(text)) or (
            text.rstrip().endswith(".") and bool(words)
        )
    return False


def is_footnote(block: PageBlock, style: Style, height: float, rules: Sequence[Rule]) -> bool:
    """True for small type at the foot of a page that begins with a mark, or stands under a short rule."""
    low = block.lines[0].base < 0.13 * height
    if low and len(block.lines) < 4 and _IMPRINT.match(block.raw.lstrip()):
        return block.kind in (TEXT, OTHER)
    if block.kind not in (TEXT, OTHER) or block.size > 0.95 * style.size or block.lines[0].base > 0.45 * height:
        return False
    first = block.lines[0]
    marked = bool(re.match(r"\W{0,2}(?:\d{1,2}|[∗*†‡§¶])\s*[^\W\d]", block.raw))
    ruled = any(0 < rule.y - first.base < 2.2 * first.size and rule.x1 - rule.x0 < 0.6 * style.width for rule in rules)
    return (marked or ruled) and len(re.findall(r"[A-Za-z]{3,}", block.raw)) >= 2
