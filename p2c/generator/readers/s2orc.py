"""S2ORC JSON into a paper, with the equations, tables and captions that its paragraphs only point at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from p2c.errors import InputError, UnreadableTextError
from p2c.generator.paper import Figure, Paper, Section
from p2c.generator.readers.heading_numbers import parse_number
from p2c.generator.readers.html_tables import table_lines
from p2c.generator.readers.metadata import iso_date, paper_id
from p2c.generator.readers.pdf.quality import gibberish
from p2c.generator.readers.s2orc_layouts import LAYOUTS, Parse, find_parse
from p2c.generator.readers.text_decoding import decode_file
from p2c.untrusted_text import load_json

_PLACE = re.compile(r"\bEQUATION\b")
_LABEL = re.compile(r"(?:Figure|Fig\.?|Table)\s*\w{1,3}\s*[:.]\s*")


def read_s2orc(path: Path) -> Paper:
    """Read S2ORC JSON, in any layout it has had, or cleaned of its spans; raises InputError for other JSON."""
    text, note = decode_file(path)
    try:
        data = _one_record(text, path)
    except UnreadableTextError as error:
        raise InputError(f"{path} is no JSON: {error}", "Give S2ORC JSON, or the PDF itself.") from error
    document = find_parse(data)
    if document is None:
        problem = f"{path} is no S2ORC JSON: it has neither a body_text nor a text with annotations"
        raise InputError(problem, f"These layouts are read: {LAYOUTS}. Or give the PDF itself.")
    parse = document.body
    entries = _entries(parse)
    paragraphs = [item for item in parse["body_text"] if isinstance(item, dict)]
    sections = (*_sections(paragraphs, parse), *_tables(entries))
    if not any(section.text for section in sections):
        raise InputError(f"{path} holds no paragraphs (its body_text is empty)", "Give the PDF itself.")
    if reason := gibberish("\n".join(section.text for section in sections)):
        raise InputError(f"{path} can't be read: {reason}", "Give the PDF's LaTeX, or an arXiv id.")
    abstract = _abstract(document)
    title = document.title or path.stem
    notes = (*([note] if note else []), *_lost(paragraphs))
    date = iso_date(document.year)
    return Paper(paper_id(path, title), title, abstract, sections, _figures(entries), "s2orc", date, notes)


def _entries(parse: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The figures and tables, in order."""
    entries = parse.get("ref_entries") or {}
    return [entry for entry in entries.values() if isinstance(entry, dict)]


def _one_record(text: str, path: Path) -> Any:
    """The JSON document of a file; of a file of records (JSON lines) the only one."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].startswith("{") and lines[0].rstrip().endswith("}") and lines[1].startswith("{"):
        problem = f"{path} holds {len(lines):,} papers, one a line"
        raise InputError(problem, "Write the line of the paper that is meant to a file of its own.")
    return load_json(text)


def _abstract(document: Parse) -> str:
    items = document.body.get("abstract")
    parts = [_paragraph(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return "\n\n".join(part for part in parts if part) or document.abstract


def _paragraph(item: Mapping[str, Any]) -> str:
    """A paragraph with each equation in the place where its span says, from the end so that places hold."""
    text = str(item.get("text") or "")
    spans = [span for span in item.get("eq_spans") or [] if isinstance(span, dict) and _formula(span)]
    for span in sorted(spans, key=lambda span: int(span.get("start") or 0), reverse=True):
        start, end = int(span.get("start") or 0), int(span.get("end") or 0)
        shown = f"{_formula(span)} {span.get('eq_num') or ''}".strip()
        text = text[:start] + shown + text[end:]
    return " ".join(text.split())


def _formula(span: Mapping[str, Any]) -> str:
    return str(span.get("latex") or span.get("raw_str") or "").strip()


def _lost(paragraphs: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """A cleaned file has `EQUATION` where the equation stood, and nothing to put there."""
    lost = sum(len(_PLACE.findall(_paragraph(item))) for item in paragraphs)
    note = "display equation(s) are missing: this JSON was cleaned of them. Give the uncleaned JSON or the PDF."
    return (f"{lost} {note}",) if lost else ()


def _sections(paragraphs: Sequence[Mapping[str, Any]], parse: Mapping[str, Any]) -> tuple[Section, ...]:
    sections: list[tuple[str, int, list[str]]] = []
    back = [item for item in parse.get("back_matter") or [] if isinstance(item, dict) and _keeps(item)]
    for item in [*paragraphs, *back]:
        number, name = str(item.get("sec_num") or "").rstrip("."), " ".join(str(item.get("section") or "Text").split())
        title, level = f"{number} {name}".strip(), number.count(".") + 1
        text = _paragraph(item)
        if not item.get("sec_num") and (depth := _heading_depth(text)):
            sections.append((text, depth, []))
            continue
        if not sections or sections[-1][0] != title:
            sections.append((title, level, []))
        sections[-1][2].append(_marked(text))
    return tuple(Section(title, "\n\n".join(texts).strip(), level) for title, level, texts in sections)


def _heading_depth(text: str) -> int:
    """The level of a heading that the parser took for a paragraph ("6 Results"); 0 where it is a paragraph."""
    number = parse_number(text) if len(text) < 60 and not re.search(r"[.,;]$|,", text) else None
    return len(number[0]) if number else 0


def _keeps(item: Mapping[str, Any]) -> bool:
    """What stands behind the references is kept, but for thanks."""
    return "acknowledg" not in str(item.get("section") or "").lower()


def _marked(text: str) -> str:
    return _PLACE.sub("[an equation that this JSON has lost]", text)


def _figures(entries: Sequence[Mapping[str, Any]]) -> tuple[Figure, ...]:
    figures = [entry for entry in entries if _type(entry) == "figure"]
    return tuple(
        Figure(f"Figure {entry.get('fig_num') or number}", _caption(entry)) for number, entry in enumerate(figures, 1)
    )


def _type(entry: Mapping[str, Any]) -> str:
    """Figure or table: doc2json says `type_str`, the older layouts `type`."""
    return str(entry.get("type_str") or entry.get("type") or "figure")


def _caption(entry: Mapping[str, Any]) -> str:
    return _LABEL.sub("", " ".join(str(entry.get("text") or "").split()), count=1)


def _tables(entries: Sequence[Mapping[str, Any]]) -> tuple[Section, ...]:
    """Tables as rows under their captions, in one section at the end: the paragraphs only name them."""
    tables = [entry for entry in entries if _type(entry) == "table"]
    texts = []
    for number, entry in enumerate(tables, 1):
        caption = _caption(entry)
        rows = table_lines(str(entry.get("content") or entry.get("html") or ""))
        texts.append(f"Table {entry.get('fig_num') or number}: {caption}\n\n" + "\n".join(rows))
    return (Section("Tables", "\n\n".join(texts).strip()),) if texts else ()
