"""Pages as the layout engine reads them: for files and pages that their glyphs do not tell the order of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from p2c.generator.readers.pdf.extraction import Extract, Page
from p2c.generator.readers.pdf.headings import TextBlock, find_candidates, split_paragraphs
from p2c.generator.readers.pdf.quality import lost_lines

CAPTION = re.compile(r"[*_]*(Fig(?:ure|\.)?)\s*\.?\s*(\d+|[A-Z]\.?\d+)[*_]*\s*[:.|][*_]*\s*(.*)", re.DOTALL)


def blocks_by_page(extract: Extract) -> dict[int, list[TextBlock]]:
    """The blocks of each page."""
    counted = Counter(line for page in extract.pages for line in set(page.lines))
    return {page.number: page_blocks(page, counted) for page in extract.pages}


def page_blocks(page: Page, counted: Mapping[str, int]) -> list[TextBlock]:
    """A page's blocks, then its tables as laid out, then lines that the extractor dropped.

    `counted` says on how many pages a line stands: a running header is none that was dropped by mistake.
    """
    candidates = find_candidates(page.lines)
    blocks = list(split_paragraphs(page.markdown, page.number, candidates))
    if tables := table_layout(page):
        text = "\n\n".join(f"```\n{table}\n```" for table in tables)
        blocks.append(TextBlock(f"The tables of page {page.number} as laid out:\n\n{text}", page.number, beside=True))
    lost = lost_lines(page.markdown, [line for line in page.lines if counted[line] == 1])
    if lost:
        text = "\n".join(dict.fromkeys(lost))
        blocks.append(TextBlock(f"Further lines of page {page.number}:\n\n{text}", page.number, beside=True))
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


def join_sentences(blocks: Iterable[TextBlock]) -> list[TextBlock]:
    """Join a sentence that a page break or a line's gap cut in two, also where something stands between its halves."""
    mended: list[TextBlock] = []
    last = -1  # where the last piece of running text is
    for block in blocks:
        beside = block.beside or bool(CAPTION.match(block.text))
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


def loose_paragraphs(blocks: Sequence[TextBlock]) -> tuple[int, int]:
    """How many paragraphs of a page begin or end within a sentence, and how many ends were looked at."""
    texts = [block.text for block in blocks if not block.level and not block.beside]
    texts = [
        text for text in texts if len(re.findall(r"[^\W\d_]{2,}", text)) >= 8 and not text.startswith(("|", "```"))
    ]
    loose = sum(bool(re.match(r"[a-z]{2}", text)) for text in texts[1:])
    loose += sum(bool(re.search(r"[a-z,-]$", text)) for text in texts[:-1])
    return loose, 2 * max(0, len(texts) - 1)
