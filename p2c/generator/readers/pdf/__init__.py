"""PDF into a paper: sections by their numbers, references cut, appendices kept."""

# How the numbers in this package are to be read. Lengths are in points, or shares of the size of the type, and each
# threshold lies between two things that TeX's fonts set apart: lines stand about 1.2 sizes from each other, a space
# between words is 0.33 of the size (shrunk: 0.22) and a thin space in mathematics 0.17, so what is under 0.14 to 0.18
# is no space; the axis of a formula is 0.25 above its base line, scripts are set at 0.5 to 0.86 of the size, raised by
# 0.29 to 0.41 and lowered by 0.15 to 0.25. Shares of widths (0.6, 0.8 of a column) leave room for indentation and for
# the short last line of a paragraph. tests/generator/readers/pdf has a page for what is told apart, and
# `python -m benchmarks.reading` measures all of it on papers.

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from p2c.errors import InputError
from p2c.generator.paper import Figure, Paper, Section
from p2c.generator.readers.metadata import iso_date, paper_id
from p2c.generator.readers.pdf.document import Document, read_document
from p2c.generator.readers.pdf.engine import CAPTION, blocks_by_page, join_sentences
from p2c.generator.readers.pdf.extraction import check_bytes, extract
from p2c.generator.readers.pdf.headings import TextBlock, cut_references, level_headings
from p2c.generator.readers.pdf.quality import check_pages, gibberish, too_long

_STAMP = re.compile(r"arXiv:\S+\s+\[[\w.-]+\]\s+(\d{1,2}\s+\w{3}\s+\d{4})")


def read_pdf(path: Path, password: str = "") -> Paper:
    """Read a PDF; raises InputError where there is no text that can be trusted."""
    check_bytes(path)
    document = _by_glyphs(path, password) or _by_engine(path, password)
    notes = check_pages(str(path), document.texts, document.judged)
    blocks = list(document.blocks)
    figures = _figures(blocks)
    blocks, more = cut_references(level_headings(join_sentences(blocks)))
    abstract, sections = _sections(blocks)
    title = document.title or next((block.text for block in blocks if block.level), path.stem)
    stamp = _STAMP.search(document.margin)
    date = iso_date(stamp.group(1)) if stamp else ""
    notes = (*document.notes, *notes, *more)
    return Paper(paper_id(path, title), title, abstract, sections, figures, "pdf", date, notes, path)


def _by_glyphs(path: Path, password: str) -> Document | None:
    """The paper by its glyphs; None where they cannot be had, or make no readable text."""
    try:
        document = read_document(path, password, lambda: blocks_by_page(extract(path, password)))
    except InputError:
        raise
    except Exception:  # whatever a file was made to break: the layout engine reads it, or says why it can't
        return None
    whole = "\n".join(document.texts)
    letters = sum(char.isalpha() for char in whole)
    readable = letters >= 30 * len(document.texts) and not gibberish("\n".join(document.judged) or whole)
    return document if readable and not too_long(document.texts) else None


def _by_engine(path: Path, password: str) -> Document:
    extracted = extract(path, password)
    blocks = [block for some in blocks_by_page(extracted).values() for block in some]
    texts = tuple(page.markdown for page in extracted.pages)
    return Document(tuple(blocks), extracted.title, " ".join(extracted.pages[0].lines), texts, texts, extracted.notes)


def _figures(blocks: Iterable[TextBlock]) -> tuple[Figure, ...]:
    """Captions, each with the page that shows it; the first of a number counts."""
    figures: dict[str, Figure] = {}
    for block in blocks:
        if not block.level and (match := CAPTION.match(block.text)):
            label = f"Figure {match.group(2)}"
            caption = " ".join(match.group(3).replace("*", "").split())
            figures.setdefault(label, Figure(label, caption, page=block.page))
    return tuple(figures.values())


def _sections(blocks: Sequence[TextBlock]) -> tuple[str, tuple[Section, ...]]:
    """Abstract and sections; what stands before the abstract (authors, addresses) is left out."""
    sections: list[tuple[str, int, list[str]]] = [("Front matter", 1, [])]
    for block in blocks:
        if block.level:
            sections.append((block.text, block.level, []))
        else:
            sections[-1][2].append(block.text)
    at = next((i for i, (title, _, _) in enumerate(sections) if re.fullmatch(r"abstract\W*", title, re.I)), None)
    all_sections = [Section(title, "\n\n".join(texts), level) for title, level, texts in sections]
    if at is not None:
        return all_sections[at].text, tuple(all_sections[at + 1 :])
    front, rest = all_sections[0], tuple(all_sections[1:])
    inline = re.search(r"(?:^|\n)[*_]*Abstract[*_]*\s*[-—–:.]*[*_]*\s*(.+)", front.text, re.DOTALL | re.IGNORECASE)
    if inline:
        return inline.group(1).strip(), rest
    return "", (front, *rest) if front.text else rest
