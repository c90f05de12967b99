"""PDF into a paper: sections by their numbers, references cut, appendices kept, tables as laid out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from p2c.generator.paper import Figure, Paper, Section
from p2c.generator.readers.extract import Page, extract
from p2c.generator.readers.headings import (
    Block,
    cut_references,
    find_candidates,
    level_headings,
    split_paragraphs,
)
from p2c.generator.readers.naming import iso_date, paper_id
from p2c.generator.readers.quality import check_pages, lost_lines

_CAPTION = re.compile(r"[*_]*(Fig(?:ure|\.)?)\s*\.?\s*(\d+|[A-Z]\.?\d+)[*_]*\s*[:.|][*_]*\s*(.*)", re.DOTALL)
_STAMP = re.compile(r"arXiv:\S+\s+\[[\w.-]+\]\s+(\d{1,2}\s+\w{3}\s+\d{4})")


def read_pdf(path: Path, password: str = "") -> Paper:
    """Read a PDF; raises InputError where there is no text that can be trusted."""
    found = extract(path, password)
    notes = check_pages(str(path), [page.markdown for page in found.pages])
    counted = Counter(line for page in found.pages for line in set(page.lines))
    blocks = [block for page in found.pages for block in page_blocks(page, counted)]
    figures = _figures(blocks)
    blocks, more = cut_references(level_headings(mend_sentences(blocks)))
    abstract, sections = _sections(blocks)
    title = found.title or next((block.text for block in blocks if block.level), path.stem)
    stamp = _STAMP.search(" ".join(found.pages[0].lines))
    date = iso_date(stamp.group(1)) if stamp else ""
    notes = (*found.notes, *notes, *more)
    return Paper(paper_id(path, title), title, abstract, sections, figures, "pdf", date, notes, path)


def page_blocks(page: Page, counted: Mapping[str, int]) -> list[Block]:
    """A page's blocks, then its tables as laid out, then lines that the extractor dropped.

    `counted` says on how many pages a line stands: a running header is none that was dropped by mistake.
    """
    candidates = find_candidates(page.lines)
    blocks = list(split_paragraphs(page.markdown, page.number, candidates))
    if tables := table_layout(page):
        text = "\n\n".join(f"```\n{table}\n```" for table in tables)
        blocks.append(Block(f"The tables of page {page.number} as laid out:\n\n{text}", page.number, beside=True))
    lost = lost_lines(page.markdown, [line for line in page.lines if counted[line] == 1])
    if lost:
        text = "\n".join(dict.fromkeys(lost))
        blocks.append(Block(f"Further lines of page {page.number}:\n\n{text}", page.number, beside=True))
    return blocks


def table_layout(page: Page) -> list[str]:
    """The tables of a page with its columns in place, since Markdown tables of a PDF lose merged and empty cells."""
    if not re.search(r"\bTable\s+\w{1,3}\s*[:.]", page.markdown):
        return []
    tables: list[list[str]] = [[]]
    for line in page.layout.splitlines():
        cells = re.split(r"\s{3,}", line.strip())
        if len(cells) >= 3 or (tables[-1] and len(cells) == 2):
            tables[-1].append(line.rstrip())
        elif line.strip() and tables[-1]:
            tables.append([])
    return [_dedent(table) for table in tables if len(table) >= 3]


def _dedent(lines: Sequence[str]) -> str:
    margin = min(len(line) - len(line.lstrip()) for line in lines)
    return "\n".join(line[margin:] for line in lines)


def mend_sentences(blocks: Iterable[Block]) -> list[Block]:
    """Join a sentence that a page break or a line's gap cut in two, also where something stands between its halves."""
    mended: list[Block] = []
    last = -1  # where the last piece of running text is
    for block in blocks:
        beside = block.beside or bool(_CAPTION.match(block.text))
        before = mended[last] if last >= 0 else None
        if before and not (block.level or beside) and _continues(before.text, block.text):
            mended[last] = replace(before, text=f"{before.text} {block.text}")
            continue
        mended.append(block)
        if block.level:
            last = -1
        elif not beside:
            last = len(mended) - 1
    return mended


def _continues(text: str, more: str) -> bool:
    return bool(re.search(r"[a-z,]$", text) and re.match(r"[a-z]", more))


def _figures(blocks: Iterable[Block]) -> tuple[Figure, ...]:
    """Captions, each with the page that shows it; the first of a number counts."""
    figures: dict[str, Figure] = {}
    for block in blocks:
        if not block.level and (match := _CAPTION.match(block.text)):
            label = f"Figure {match.group(2)}"
            caption = " ".join(match.group(3).replace("*", "").split())
            figures.setdefault(label, Figure(label, caption, page=block.page))
    return tuple(figures.values())


def _sections(blocks: Sequence[Block]) -> tuple[str, tuple[Section, ...]]:
    """Abstract and sections; what stands before the abstract (authors, addresses) is left out."""
    sections: list[tuple[str, int, list[str]]] = [("Front matter", 1, [])]
    for block in blocks:
        if block.level:
            sections.append((block.text, block.level, []))
        else:
            sections[-1][2].append(block.text)
    at = next((i for i, (title, _, _) in enumerate(sections) if re.fullmatch(r"abstract\W*", title, re.I)), None)
    made = [Section(title, "\n\n".join(texts), level) for title, level, texts in sections]
    if at is not None:
        return made[at].text, tuple(made[at + 1 :])
    front, rest = made[0], tuple(made[1:])
    inline = re.search(r"(?:^|\n)[*_]*Abstract[*_]*\s*[-—–:.]*[*_]*\s*(.+)", front.text, re.DOTALL | re.IGNORECASE)
    if inline:
        return inline.group(1).strip(), rest
    return "", (front, *rest) if front.text else rest
