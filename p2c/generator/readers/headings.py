"""Headings of an extracted paper: which lines are headings, at what level, and where the references are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Number = tuple[int, ...]
_NUMBERED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,3}|[A-Z](?:\.\d{1,2}){0,3})[.:]?\s+(?P<title>[^\W\d_].*)")
_KNOWN = re.compile(
    r"(abstract|introduction|related work|background|preliminaries|methods?|methodology|approach|experiments?|results"
    r"|discussion|conclusions?|limitations|broader impact|ethics|reproducibility|acknowledge?ments?|references"
    r"|bibliography|literature cited|appendi(x|ces)|supplement|checklist|implementation details|hyper-?parameters)",
    re.IGNORECASE,
)
_REFERENCES = re.compile(r"(?:\d{1,2}\.?\s+)?(?:references|bibliography|literature cited|works cited)", re.IGNORECASE)
_ENTRY = re.compile(r"\b(?:19|20)\d\d[a-z]?\b|\bet al\b|arxiv|proceedings|\bpp?\.\s*\d", re.IGNORECASE)


_ROMAN = " I II III IV V VI VII VIII IX X XI XII XIII XIV XV".split(" ")


@dataclass(frozen=True)
class Block:
    """A piece of the paper in reading order: a heading (level 1 and up) or a paragraph (level 0)."""

    text: str
    page: int
    level: int = 0


def parse_number(heading: str) -> tuple[Number, str] | None:
    """`3.2.1 Title` as ((3, 2, 1), "Title"); an appendix letter counts from 101. None where it has no number."""
    match = _NUMBERED.fullmatch(heading.strip())
    if not match or not re.search(r"[^\W\d_]{3}", match["title"]):
        return None
    head, *rest = match["number"].split(".")
    return (int(head) if head.isdigit() else 101 + ord(head) - ord("A"), *map(int, rest)), match["title"]


def follows(last: Number, number: Number) -> bool:
    """True where a heading's number is what comes next (one heading may have been missed)."""
    if not last:
        return number in ((1,), (2,))
    depth = len(number)
    if number[:-1] == last and number[-1] in (1, 2):
        return True
    if depth <= len(last) and number[:-1] == last[: depth - 1] and 0 < number[-1] - last[depth - 1] <= 2:
        return True
    return number == (101,) and last[0] < 101


def clean_heading(line: str) -> str:
    """A Markdown heading's words."""
    return " ".join(re.sub(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}", "", line.lstrip("#")).split())


def find_candidates(lines: Sequence[str]) -> list[str]:
    """Lines that stand alone and look like numbered headings; of those with one number, only ones written as titles."""
    found = []
    for line in lines:
        text = " ".join(line.split())
        parsed = parse_number(text)
        if parsed and len(text) < 90 and not re.search(r"[.;,=]$|\ufffe", text) and _titled(*parsed):
            found.append(text)
    return found


def _titled(number: Number, title: str) -> bool:
    words = [word for word in re.findall(r"[^\W\d_]+", title) if len(word) > 3]
    capital = all(word[0].isupper() for word in words) and bool(words)
    return capital if len(number) == 1 else title[0].isupper() and not re.search(r"\d{2}|[%|]", title)


def split_paragraphs(markdown: str, page: int, candidates: Sequence[str]) -> Iterator[Block]:
    """A page's blocks; headings that were run into a paragraph are taken out of it."""
    for paragraph in re.split(r"\n{2,}", markdown):
        text = paragraph.strip("\n")
        if not text.strip() or re.fullmatch(r"\s*-{3,}\s*", text):
            continue
        if text.startswith("#") and "\n" not in text.strip():
            depth = len(text) - len(text.lstrip("#"))
            yield Block(clean_heading(text), page, depth)
            continue
        yield from _split_run_in(_unwrap(text), page, candidates)


def _unwrap(table: str) -> str:
    """Prose that was taken for a table of two columns, as lines again: its rows are as long as sentences."""
    rows = [row.strip().strip("|").split("|") for row in table.splitlines() if not re.fullmatch(r"[|\s:-]+", row)]
    if not table.startswith("|") or len(rows) < 4 or any(len(row) != 2 for row in rows):
        return table
    lines = [" ".join(" ".join(row).split()) for row in rows]
    return "\n".join(lines) if sum(len(line.split()) for line in lines) >= 8 * len(lines) else table


def _split_run_in(text: str, page: int, candidates: Sequence[str]) -> Iterator[Block]:
    for candidate in candidates:
        pattern = r"[\s*]+".join(re.escape(word) for word in candidate.split())
        match = re.search(rf"(?:^|(?<=\s))\**{pattern}\**(?=\s+[A-Z\W]|$)", text)
        if match and not text.startswith("|"):
            before, after = text[: match.start()].strip(), text[match.end() :].strip()
            if before:
                yield from _split_run_in(before, page, candidates)
            yield Block(candidate, page, 9)
            if after:
                yield from _split_run_in(after, page, candidates)
            return
    if len(text) < 40 and _REFERENCES.fullmatch(text.strip(" *:")):
        yield Block(text.strip(" *:"), page, 1)
        return
    yield Block(text, page)


def level_headings(blocks: Sequence[Block]) -> list[Block]:
    """Headings with the level that their number says; what is no heading becomes a bold paragraph."""
    roman = any(block.level and re.match(r"I\.?\s+introduction", block.text, re.I) for block in blocks)
    numbered = roman or sum(1 for block in blocks if block.level and parse_number(block.text)) >= 3
    last: Number = ()
    result, after = [], False
    for block in blocks:
        if not block.level:
            result.append(block)
            continue
        number = _roman(block.text, last) if roman else (parse_number(block.text) or (None,))[0]
        after = after or bool(_REFERENCES.fullmatch(block.text))
        if number and (follows(last, number) or _plausible(last, number, block.level < 9)):
            last = number
            result.append(Block(block.text, block.page, len(number)))
        elif block.level < 9 and (after or not numbered or _KNOWN.match(block.text)):
            result.append(Block(block.text, block.page, 1 if numbered or after else max(1, block.level - 1)))
        else:
            result.append(Block(f"**{block.text}**" if block.level < 9 else block.text, block.page))
    return result


def _roman(heading: str, last: Number) -> Number | None:
    """The number of a heading in the style `IV. METHOD`, `A. Steps`; the last one decides what `C` is."""
    match = re.match(r"([A-Z]+)\.?\s+[^\W\d_]", heading)
    if not match:
        return None
    part = last[1] if len(last) > 1 else 0
    if last and match[1] == chr(ord("A") + part):
        return (last[0], part + 1)
    chapter = (last[0] if last else 0) + 1
    return (chapter,) if chapter < len(_ROMAN) and match[1] == _ROMAN[chapter] else None


def _plausible(last: Number, number: Number, seen: bool) -> bool:
    """A later heading after one that was missed: as the extractor saw it, or one with a number of several parts."""
    if not last:
        return seen and number[0] < 101
    return number > last and (seen or (len(number) > 1 and number[0] - last[0] <= 1))


def cut_references(blocks: Sequence[Block]) -> tuple[list[Block], tuple[str, ...]]:
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
        return [*blocks[:start], Block("Appendix (without a title)", kept[0], 1), *lost], ()
    return [*blocks[:start], *rest], ()


def _resumes(blocks: Sequence[Block], index: int) -> bool:
    block = blocks[index]
    return block.level > 0 and not _ENTRY.search(block.text)


def _is_list(blocks: Sequence[Block], page: int) -> bool:
    """True where a page reads as references: a year, a venue or `et al.` at least every 400 characters."""
    text = " ".join(block.text for block in blocks if block.page == page)
    return len(_ENTRY.findall(text)) * 400 >= len(text)
