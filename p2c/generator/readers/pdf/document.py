"""A PDF read from its glyphs: pages into blocks, in reading order, as Markdown with formulas in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from p2c.errors import InputError
from p2c.generator.readers.pdf import blocks as kinds
from p2c.generator.readers.pdf.blocks import PageBlock, Style
from p2c.generator.readers.pdf.engine import loose_paragraphs
from p2c.generator.readers.pdf.floats import find_floats
from p2c.generator.readers.pdf.glyphs import PageGlyphs, read_page
from p2c.generator.readers.pdf.headings import TextBlock
from p2c.generator.readers.pdf.inline import plain_of, text_of
from p2c.generator.readers.pdf.latex_output import Writer, find_title
from p2c.generator.readers.pdf.lines import Line, merge_runs
from p2c.generator.readers.pdf.order import by_columns, join_sentences, loose_ends
from p2c.generator.readers.pdf.running_heads import RunningHeads
from p2c.generator.readers.pdf.tables import is_sentence
from p2c.generator.readers.pdf.words import count_words

Engine = Callable[[], Mapping[int, Sequence[TextBlock]]]
"""What gives the pages as the layout engine reads them; asked for only where a page needs it."""
_MOST_LINES = 3000
"""Lines of a page that are ordered; two columns of small print have fewer than 200."""


@dataclass(frozen=True)
class Document:
    """What was read: the blocks in order, the title, the words in the margins of the first page, and notes.

    `texts` are the characters of each page, `judged` its lines of words, which tell if the page can be read.
    """

    blocks: tuple[TextBlock, ...]
    title: str = ""
    margin: str = ""
    texts: tuple[str, ...] = ()
    judged: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_document(path: Path, password: str = "", engine: Engine = dict) -> Document:
    """Read a PDF from its glyphs, and pages whose order they do not tell by `engine`."""
    import pypdfium2

    document = pypdfium2.PdfDocument(path, password=password or None)
    try:
        pages = [_read(page) for page in document]
        title = " ".join(document.get_metadata_value("Title").split())
    finally:
        document.close()
    return assemble(pages, engine, title)


def _read(page: Any) -> PageGlyphs:
    """A page's glyphs; an empty page where they can't be had."""
    try:
        return read_page(page)
    except (ValueError, TypeError, ArithmeticError, LookupError, RuntimeError, OSError):
        return PageGlyphs(612, 792, (), broken=True)


def assemble(pages: Sequence[PageGlyphs], engine: Engine = dict, named: str = "") -> Document:
    """Make a document of its pages' glyphs; `named` is the title that the file gives itself."""
    merged = [merge_runs(page.runs, page.rules) for page in pages]
    style = kinds.find_style(merged)
    furniture = RunningHeads(list(zip(pages, merged, strict=True)))
    read_pages = [
        _tried(furniture.without(lines, page), page, style, number)
        for number, (page, lines) in enumerate(zip(pages, merged, strict=True), 1)
    ]
    other, doubtful = _by_engine(read_pages, engine)
    words = count_words(line.raw for lines in merged for line in lines)
    writer = Writer(pages, style, words)
    every = [block for number, page in enumerate(read_pages, 1) if number not in other for block in page.blocks]
    text_blocks = [writer.block(group) for group in join_sentences(_joined_formulas(every))]
    blocks = with_pages([block for block in text_blocks if block.text.strip()], other, doubtful)
    texts = tuple("\n".join(line.raw for line in lines) for lines in merged)
    judged = tuple(
        "\n".join(plain_of(line, style.font) for line in lines if is_sentence(line, style.width)) for lines in merged
    )
    title = find_title(merged, pages, words)
    if " " in named and named.lower() in " ".join(texts[0].split()).lower():
        title = named
    return Document(tuple(blocks), title, _margin(pages), texts, judged, _notes(doubtful, blocks))


def _margin(pages: Sequence[PageGlyphs]) -> str:
    runs = pages[0].turned if pages else ()
    return " ".join("".join(" " * glyph.spaced + glyph.text for glyph in run) for run in runs)


def _notes(doubtful: Sequence[int], blocks: Sequence[TextBlock]) -> tuple[str, ...]:
    notes = []
    if doubtful:
        pages = ", ".join(map(str, doubtful))
        notes.append(
            f"The order in which the text of page(s) {pages} is read is doubtful: sentences may be cut or mixed."
        )
    lost = sum(block.text.count("\ufffd") for block in blocks)
    if lost:
        notes.append(f"{lost} character(s) have no meaning in the file; they are left as \ufffd.")
    return tuple(notes)


@dataclass(frozen=True)
class _Found:
    """A page's blocks, and how many ends of its paragraphs lie within a sentence; None where it could not be read."""

    blocks: tuple[PageBlock, ...] = ()
    loose: tuple[int, int] | None = None

    @property
    def doubtful(self) -> bool:
        """True where more than some ends of paragraphs are loose."""
        return self.loose is None or (self.loose[0] > 2 and self.loose[0] > 0.25 * self.loose[1])


def _tried(lines: Sequence[Line], page: PageGlyphs, style: Style, number: int) -> _Found:
    if page.broken or len(lines) > _MOST_LINES:
        return _Found()
    try:
        return page_blocks(lines, page, style, number)
    except (ValueError, TypeError, ArithmeticError, LookupError, RecursionError):
        return _Found()


def _by_engine(read_pages: Sequence[_Found], engine: Engine) -> tuple[dict[int, Sequence[TextBlock]], list[int]]:
    """Pages as the layout engine reads them where it does so better, and those that stay doubtful."""
    doubtful = [number for number, page in enumerate(read_pages, 1) if page.doubtful]
    if not doubtful:
        return {}, []
    try:
        pages = engine()
    except (InputError, RuntimeError, ValueError, OSError):
        pages = {}
    other: dict[int, Sequence[TextBlock]] = {}
    left = []
    for number in doubtful:
        loose, ends = loose_paragraphs(pages.get(number, ()))
        own = read_pages[number - 1].loose
        better = number in pages and (own is None or (ends > 0 and loose * max(1, own[1]) < own[0] * ends))
        if better:
            other[number] = pages[number]
        if not better or (loose > 2 and loose > 0.25 * ends):
            left.append(number)
    return other, left


def with_pages(
    blocks: Sequence[TextBlock], other: Mapping[int, Sequence[TextBlock]], doubtful: Sequence[int]
) -> list[TextBlock]:
    """Blocks with other pages put in at their places, and a word before those that are doubtful."""
    placed = [*blocks, *(block for page in other.values() for block in page)]
    warning = "[The order of the text of page {} is doubtful: sentences may be cut or mixed with others.]"
    marks = [TextBlock(warning.format(number), number, beside=True) for number in doubtful]
    return sorted([*marks, *placed], key=lambda block: block.page)


def page_blocks(lines: Sequence[Line], page: PageGlyphs, style: Style, number: int) -> _Found:
    """A page's blocks in the file's order, or by columns where fewer sentences are torn then."""
    page_order = _blocks_of(lines, page, style, number)
    loose, ends = loose_ends(page_order)
    if loose > 1 and loose > 0.15 * ends:
        other = _blocks_of(by_columns(lines), page, style, number)
        again = loose_ends(other)
        if again[0] < loose:
            page_order, (loose, ends) = other, again
    return _Found(tuple(page_order), (loose, ends))


def _blocks_of(lines: Sequence[Line], page: PageGlyphs, style: Style, number: int) -> list[PageBlock]:
    floats = find_floats(lines, page, (style, number), lambda line: text_of(line, page.rules, style.font))
    blocks: list[PageBlock] = []
    stretch: list[Line] = []
    seen: set[int] = set()
    for at, line in enumerate(lines):
        if at not in floats:
            stretch.append(line)
            continue
        if id(floats[at]) not in seen:
            blocks += kinds.split_blocks(stretch, style, number)
            blocks.append(floats[at])
            stretch = []
        seen.add(id(floats[at]))
    blocks += kinds.split_blocks(stretch, style, number)
    return [
        replace(block, kind=kinds.FOOTNOTE) if kinds.is_footnote(block, style, page.height, page.rules) else block
        for block in blocks
    ]


def _joined_formulas(blocks: Sequence[PageBlock]) -> list[PageBlock]:
    """Formulas whose parts the file sets one after the other, as one block."""
    joined: list[PageBlock] = []
    for at, block in enumerate(blocks):
        beside = [
            neighbour
            for neighbour in (*joined[-1:], *blocks[at + 1 : at + 2])
            if neighbour.kind == kinds.FORMULA and neighbour.page == block.page
        ]
        if block.kind in (kinds.OTHER, kinds.TEXT) and any(_is_part(block, neighbour) for neighbour in beside):
            block = replace(block, kind=kinds.FORMULA)
        last = joined[-1] if joined else None
        if last and block.kind == last.kind == kinds.FORMULA and block.page == last.page and _touch(last, block):
            joined[-1] = replace(last, lines=(*last.lines, *block.lines))
        else:
            joined.append(block)
    return joined


def _is_part(block: PageBlock, formula: PageBlock) -> bool:
    """True for a few signs within the height of a formula: a numerator, a limit."""
    text = block.raw.strip()
    if len(text) > 12 or re.search(r"[^\W\d_]{4}", text):
        return False
    low, high = min(line.base for line in formula.lines), max(line.base for line in formula.lines)
    return all(low - 1.8 * formula.size < line.base < high + 1.8 * formula.size for line in block.lines)


def _touch(first: PageBlock, other: PageBlock) -> bool:
    low, high = min(line.base for line in first.lines), max(line.base for line in first.lines)
    size = max(first.size, other.size)
    return all(low - 2.6 * size < line.base < high + 2.6 * size for line in other.lines[:1])
