"""Headings of an extracted paper: which lines are headings, at what level, and where the references are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from p2c.generator.readers.heading_numbers import HeadingCandidate, Number, choose_numbers, parse_number

GUESSED = 9
"""The level of a heading that only its words tell, until its number gives it one."""

_KNOWN = re.compile(
    r"(abstract|introduction|related work|background|preliminaries|methods?|methodology|approach|experiments?|results"
    r"|discussion|conclusions?|limitations|broader impact|ethics|reproducibility|acknowledge?ments?|references"
    r"|bibliography|literature cited|appendi(x|ces)|supplement|checklist|implementation details|hyper-?parameters)",
    re.IGNORECASE,
)
_REFERENCES = re.compile(r"(?:\d{1,2}\.?\s+)?(?:references|bibliography|literature cited|works cited)", re.IGNORECASE)
_ENTRY = re.compile(r"\b(?:19|20)\d\d[a-z]?\b|\bet al\b|arxiv|proceedings|\bpp?\.\s*\d", re.IGNORECASE)


@dataclass(frozen=True)
class TextBlock:
    """A piece of the paper in reading order: a heading (level 1 and up) or a paragraph (level 0)."""

    text: str
    page: int
    level: int = 0
    beside: bool = False
    """True for what stands beside the text, not in it: captions, footnotes, tables, and what p2c puts in."""


def clean_heading(line: str) -> str:
    """A Markdown heading's words."""
    return " ".join(re.sub(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}", "", line.lstrip("#")).split())


def find_candidates(lines: Sequence[str]) -> list[str]:
    """Lines that stand alone and look like numbered headings; of those with one number, only ones written as titles."""
    candidates = []
    for line in lines:
        text = " ".join(line.split())
        parsed = parse_number(text)
        if parsed and len(text) < 90 and not re.search(r"[.;,=]$|\ufffe", text) and _titled(*parsed):
            candidates.append(text)
    return candidates


def _titled(number: Number, title: str) -> bool:
    words = [word for word in re.findall(r"[^\W\d_]+", title) if len(word) > 3]
    capital = all(word[0].isupper() for word in words) and bool(words)
    return capital if len(number) == 1 else title[0].isupper() and not re.search(r"\d{2}|[%|]", title)


def split_paragraphs(markdown: str, page: int, candidates: Sequence[str]) -> Iterator[TextBlock]:
    """A page's blocks; headings that were run into a paragraph are taken out of it."""
    for paragraph in re.split(r"\n{2,}", markdown):
        text = paragraph.strip("\n")
        if not text.strip() or re.fullmatch(r"\s*-{3,}\s*", text):
            continue
        if text.startswith("#") and "\n" not in text.strip():
            depth = len(text) - len(text.lstrip("#"))
            yield TextBlock(clean_heading(text), page, depth)
            continue
        yield from _split_run_in(_unwrap(text), page, candidates)


def _unwrap(table: str) -> str:
    """Prose that was taken for a table of two columns, as lines again: its rows are as long as sentences."""
    rows = [row.strip().strip("|").split("|") for row in table.splitlines() if not re.fullmatch(r"[|\s:-]+", row)]
    if not table.startswith("|") or len(rows) < 4 or any(len(row) != 2 for row in rows):
        return table
    lines = [" ".join(" ".join(row).split()) for row in rows]
    return "\n".join(lines) if sum(len(line.split()) for line in lines) >= 8 * len(lines) else table


def _split_run_in(text: str, page: int, candidates: Sequence[str]) -> Iterator[TextBlock]:
    for candidate in candidates:
        pattern = r"[\s*]+".join(re.escape(word) for word in candidate.split())
        match = re.search(rf"(?:^|(?<=\s))\**{pattern}\**(?=\s+[A-Z\W]|$)", text)
        if match and not text.startswith("|"):
            before, after = text[: match.start()].strip(), text[match.end() :].strip()
            if before:
                yield from _split_run_in(before, page, candidates)
            yield TextBlock(candidate, page, GUESSED)
            if after:
                yield from _split_run_in(after, page, candidates)
            return
    if len(text) < 40 and _REFERENCES.fullmatch(text.strip(" *:")):
        yield TextBlock(text.strip(" *:"), page, 1)
        return
    yield TextBlock(text, page)


def level_headings(blocks: Sequence[TextBlock]) -> list[TextBlock]:
    """Headings with the level that their number says; what is no heading becomes a bold paragraph."""
    places = [index for index, block in enumerate(blocks) if block.level]
    roman = any(re.match(r"I\.?\s+introduction", blocks[index].text, re.I) for index in places)
    candidates = [HeadingCandidate(blocks[index].text, blocks[index].level < GUESSED) for index in places]
    chosen = {places[at]: number for at, number in choose_numbers(candidates, roman).items()}
    numbered = roman or len(chosen) >= 3
    result, after = [], False
    for index, block in enumerate(blocks):
        after = after or bool(block.level and _REFERENCES.fullmatch(block.text))
        if not block.level:
            result.append(block)
        elif index in chosen:
            result.append(replace(block, level=len(chosen[index])))
        elif block.level < GUESSED and (after or not numbered or _KNOWN.match(block.text)):
            result.append(replace(block, level=1 if numbered or after else max(1, block.level - 1)))
        else:
            result.append(replace(block, text=f"**{block.text}**" if block.level < GUESSED else block.text, level=0))
    return result


def cut_references(blocks: Sequence[TextBlock]) -> tuple[list[TextBlock], tuple[str, ...]]:
    """Without the list of references; what comes after it (appendices above all) stays."""
    starts = [index for index, block in enumerate(blocks) if block.level and _REFERENCES.fullmatch(block.text)]
    if not starts:
        return list(blocks), ("No list of references was found; if there is one, it is still in the text.",)
    start = starts[-1]
    end = next((i for i in range(start + 1, len(blocks)) if _resumes(blocks, i)), len(blocks))
    rest = list(blocks[end:])
    pages = {block.page for block in blocks[start + 1 : end]}
    kept = [page for page in sorted(pages) if page > blocks[start].page and not _is_list(blocks[start:end], page)]
    if kept and not rest:
        lost = [block for block in blocks[start:end] if block.page >= kept[0]]
        return [*blocks[:start], TextBlock("Appendix (without a title)", kept[0], 1), *lost], ()
    return [*blocks[:start], *rest], ()


def _resumes(blocks: Sequence[TextBlock], index: int) -> bool:
    block = blocks[index]
    return block.level > 0 and not _ENTRY.search(block.text)


def _is_list(blocks: Sequence[TextBlock], page: int) -> bool:
    """True where a page reads as references: a year, a venue or `et al.` at least every 400 characters."""
    text = " ".join(block.text for block in blocks if block.page == page)
    return len(_ENTRY.findall(text)) * 400 >= len(text)
