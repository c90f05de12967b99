"""HTML into a paper: LaTeXML's (arXiv, ar5iv) and that of journals, with mathematics as LaTeX."""

from __future__ import annotations

import re
from pathlib import Path

from p2c.errors import InputError
from p2c.generator.paper import Figure, Paper, Section
from p2c.generator.readers.html_text import Block, HtmlText
from p2c.generator.readers.metadata import iso_date, paper_id
from p2c.generator.readers.text_decoding import decode_file

_REFERENCES = re.compile(r"(?:\d+\.?\s+)?(?:references|bibliography|literature cited|works cited)\W*", re.IGNORECASE)
_ABSTRACT = re.compile(r"abstract\W*", re.IGNORECASE)


def read_html(path: Path) -> Paper:
    """Read a paper's HTML; raises InputError where it holds no text of one."""
    text, note = decode_file(path)
    reader = HtmlText()
    reader.feed(text)
    reader.close()
    blocks = reader.blocks()
    title = reader.title.removesuffix(" - arXiv") or path.stem
    abstract = reader.abstract or _part(blocks, _ABSTRACT)
    sections = _sections(blocks, title)
    if not re.search(r"\w", abstract + "".join(section.text for section in sections)):
        raise InputError(f"{path} holds no text of a paper", "Give the paper's own page, or its PDF.")
    figures = tuple(Figure(label, caption, _image(path.parent, source)) for label, caption, source in reader.figures)
    date = iso_date(reader.date)
    notes = (*([note] if note else []), *reader.notes())
    return Paper(paper_id(path, title), title, abstract, sections, figures, "html", date, notes)


def _part(blocks: list[Block], heading: re.Pattern[str]) -> str:
    for number, block in enumerate(blocks):
        if block.level and heading.fullmatch(block.text):
            behind = blocks[number + 1 :]
            end = next((k for k, following in enumerate(behind) if following.level), len(behind))
            return "\n\n".join(following.text for following in behind[:end])
    return ""


def _sections(blocks: list[Block], title: str) -> tuple[Section, ...]:
    """The sections without title, abstract and references; what is nested in the references goes too."""
    headings: list[tuple[str, int, list[str]]] = [("", 1, [])]
    cut = 0
    for block in blocks:
        if not block.level:
            if not cut:
                headings[-1][2].append(block.text)
            continue
        if cut and block.level > cut:
            continue
        cut = block.level if _REFERENCES.fullmatch(block.text) or _ABSTRACT.fullmatch(block.text) else 0
        if not cut and block.text != title:
            headings.append((block.text, block.level, []))
    lowest = min((level for name, level, _ in headings if name), default=1)
    return tuple(
        Section(name or "Front matter", "\n\n".join(texts).strip(), max(1, level - lowest + 1))
        for name, level, texts in headings
        if name or any(texts)
    )


def _image(folder: Path, source: str) -> Path | None:
    if not source or re.match(r"[a-z]+:", source, re.IGNORECASE):
        return None
    path = (folder / source.partition("?")[0]).resolve()
    return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
