"""Markdown into a paper: headings as they stand, references cut, images as figures."""

from __future__ import annotations

import re
from pathlib import Path

from p2c.errors import InputError
from p2c.generator.paper import Figure, Paper, Section
from p2c.generator.readers.heading_numbers import parse_number
from p2c.generator.readers.metadata import iso_date, paper_id
from p2c.generator.readers.text_decoding import decode_file

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-{3,})\s*$")
_IMAGE = re.compile(r"!\[([^\]]*)\]\(\s*<?([^)\s>]+)>?(?:\s+\"([^\"]*)\")?\s*\)")
_REFERENCES = re.compile(r"(?:\d+\.?\s+)?(references|bibliography)\W*", re.IGNORECASE)
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


def read_markdown(path: Path) -> Paper:
    """Read a Markdown file; raises InputError where it holds no text."""
    text, note = decode_file(path)
    front = _FRONT.match(text)
    meta = dict(re.findall(r"^(title|date):\s*[\"']?(.*?)[\"']?\s*$", front.group(1), re.M)) if front else {}
    headings = _split(text[front.end() :] if front else text)
    title, headings = _title(_levelled(headings), meta.get("title", ""))
    abstract = next((body for name, _, body in headings if re.fullmatch(r"abstract\W*", name, re.I)), "")
    kept = [item for item in _without_references(headings) if not re.fullmatch(r"abstract\W*", item[0], re.I)]
    lowest = min((level for name, level, _ in kept if name), default=1)
    sections = tuple(
        Section(name or "Text", body, max(1, level - lowest + 1)) for name, level, body in kept if name or body
    )
    if not re.search(r"\w", abstract + "".join(section.text for section in sections)):
        raise InputError(f"{path} holds no text of a paper", "Give the paper's text, not only its title.")
    title, notes = title or path.stem, (*((note,) if note else ()), *_missing(text))
    date = iso_date(meta.get("date", ""))
    return Paper(paper_id(path, title), title, abstract, sections, _images(text, path.parent), "markdown", date, notes)


def _split(text: str) -> list[tuple[str, int, str]]:
    """Heading, level and body, in order; the text before the first heading has none. Code holds no headings."""
    sections: list[tuple[str, int, list[str]]] = [("", 1, [])]
    fence = ""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if mark := _FENCE.match(line):
            fence = "" if fence and mark.group(1).startswith(fence) else fence or mark.group(1)
        heading = None if fence else _HEADING.match(line)
        if heading:
            sections.append((heading.group(2), len(heading.group(1)), []))
        elif not fence and number and lines[number - 1].strip() and _is_underline(line, lines[number - 1]):
            title = sections[-1][2].pop()
            sections.append((title.strip(), 1 if line.strip().startswith("=") else 2, []))
        else:
            sections[-1][2].append(line)
    return [(name, level, "\n".join(body).strip()) for name, level, body in sections]


def _is_underline(line: str, above: str) -> bool:
    return bool(_UNDERLINE.match(line)) and not above.lstrip().startswith(("|", "-", "*", ">", "#"))


def _title(headings: list[tuple[str, int, str]], given: str) -> tuple[str, list[tuple[str, int, str]]]:
    """The title: the metadata's, or the first top heading where it is the only one; its own text stays."""
    tops = [item for item in headings if item[0] and item[1] == 1]
    if given or not tops or (len(tops) > 1 and not _leads(headings, tops[0])):
        return given, headings
    at = headings.index(tops[0])
    lead = [("", 1, headings[at][2])] if headings[at][2] else []
    return tops[0][0], [*headings[:at], *lead, *headings[at + 1 :]]


def _leads(headings: list[tuple[str, int, str]], top: tuple[str, int, str]) -> bool:
    """Whether the first heading of many of its level is the title: it comes before the abstract or the first "
    "section."""
    named = [item for item in headings if item[0]]
    starts = re.compile(r"(?:(?:1|I)\.?\s+)?(?:abstract|introduction)\W*", re.IGNORECASE)
    return (
        named[0] is top
        and not starts.fullmatch(top[0])
        and not parse_number(top[0])
        and any(starts.fullmatch(name) or parse_number(name) for name, _, _ in named[1:4])
    )


def _levelled(headings: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    """Headings of one level, as MinerU leaves them, by the depth of their numbers; an appendix letter is the first."""
    named = [item for item in headings if item[0]]
    numbered = [item for item in named if parse_number(item[0])]
    if len({level for _, level, _ in named}) != 1 or len(numbered) < 2:
        return headings
    shown = []
    for name, level, body in headings:
        number = parse_number(name) if name else None
        shown.append((name, level + len(number[0]) - 1 if number else level, body))
    return shown


def _missing(text: str) -> tuple[str, ...]:
    """Nougat marks the pages that it could not read."""
    lost = re.findall(r"\[MISSING_PAGE_\w+(?::(\d+))?\]", text)
    pages = ", ".join(page for page in lost if page)
    note = f"{len(lost)} page(s) are missing from this Markdown: its maker could not read them"
    return (f"{note} ({pages})." if pages else f"{note}.",) if lost else ()


def _without_references(headings: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    """Without the references and what is nested in them; appendices behind them stay."""
    kept: list[tuple[str, int, str]] = []
    cutting = 0
    for name, level, body in headings:
        if _REFERENCES.fullmatch(name):
            cutting = level
        elif not cutting or level <= cutting:
            cutting = 0
            kept.append((name, level, body))
    return kept


def _images(text: str, folder: Path) -> tuple[Figure, ...]:
    """Images that lie in the paper's folder; ones elsewhere keep their caption only."""
    figures = []
    for number, match in enumerate(_IMAGE.finditer(text), 1):
        path = (folder / match.group(2)).resolve()
        inside = path.is_relative_to(folder.resolve()) and path.is_file()
        figures.append(Figure(f"Figure {number}", match.group(3) or match.group(1), path if inside else None))
    return tuple(figures)
