"""The layouts that S2ORC has been distributed in, each as the one that doc2json writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from p2c.errors import UnreadableTextError
from p2c.untrusted_text import load_json

LAYOUTS = "doc2json's, the datasets API's, version 2's, the pdf_parses of 2020 or CORD-19's"
MOST_ANNOTATIONS = 50_000


@dataclass(frozen=True)
class Parse:
    """A paper as doc2json has it (`body_text`, `abstract`, `ref_entries`, ...); title, abstract and year beside it."""

    body: Mapping[str, Any]
    title: str = ""
    abstract: str = ""
    year: str = ""


def find_parse(data: Any) -> Parse | None:
    """The paper in a JSON document of any layout; None where it is none."""
    if not isinstance(data, dict):
        return None
    given = data.get("metadata")
    metadata: dict[str, Any] = given if isinstance(given, dict) else {}
    title = _words(data.get("title") or metadata.get("title"))
    abstract = _words(data.get("abstract")) if isinstance(data.get("abstract"), str) else ""
    year = _words(data.get("year") or metadata.get("year") or data.get("publicationdate"))
    inner = [data[name] for name in ("pdf_parse", "latex_parse", *data) if name.endswith("_parse") and name in data]
    for parse in (*inner, data):
        if isinstance(parse, dict) and isinstance(parse.get("body_text"), list):
            return Parse(parse, title, abstract, year)
    for name in ("content", "body"):
        content = data.get(name)
        if isinstance(content, dict) and isinstance(content.get("text"), str):
            return _annotated(content, title, abstract, year)
    return None


def _words(value: Any) -> str:
    return " ".join(str(value or "").split())


@dataclass(frozen=True)
class _Span:
    kind: str
    start: int
    end: int
    number: str


def _annotated(content: Mapping[str, Any], title: str, abstract: str, year: str) -> Parse:
    """A text with annotations of where its headings, paragraphs, formulas, figures and tables are."""
    text = str(content["text"])
    annotations = content.get("annotations")
    spans = {
        kind: _spans(kind, annotations.get(kind), len(text)) if isinstance(annotations, dict) else []
        for kind in ("title", "abstract", "sectionheader", "paragraph", "formula", "figure", "table", "figurecaption")
    }
    texts = {kind: " ".join(text[span.start : span.end] for span in spans[kind]) for kind in ("title", "abstract")}
    outside = [span for span in spans["formula"] if not _within(span, spans["paragraph"])]
    paragraphs = spans["paragraph"] or _between(text, spans)
    items: list[dict[str, Any]] = []
    section, number = "Text", ""
    for part in sorted((*spans["sectionheader"], *paragraphs, *outside), key=lambda span: (span.start, span.kind)):
        if part.kind == "sectionheader":
            section, number = _words(text[part.start : part.end]), part.number
        elif not _within(part, spans["abstract"]):
            items.append({"text": text[part.start : part.end], "section": section, "sec_num": number})
    entries = {
        f"{kind}{place}": {
            "type_str": kind,
            "text": _caption(text, span, spans["figurecaption"], kind),
            "fig_num": str(place),
        }
        for kind in ("figure", "table")
        for place, span in enumerate(spans[kind], 1)
    }
    return Parse(
        {"body_text": items, "ref_entries": entries},
        title or _words(texts["title"]),
        abstract or _words(texts["abstract"]),
        year,
    )


def _spans(kind: str, given: Any, length: int) -> list[_Span]:
    """Annotations as the API has them: a list, or one as a string of JSON; places are numbers, or strings of them."""
    if isinstance(given, str):
        try:
            given = load_json(given)
        except (UnreadableTextError, json.JSONDecodeError):
            return []
    spans = []
    for item in given[:MOST_ANNOTATIONS] if isinstance(given, list) else []:
        places = [str(item.get(name, "")) for name in ("start", "end")] if isinstance(item, dict) else []
        if not places or not all(place.isdigit() and len(place) < 10 for place in places):
            continue
        start, end = (min(int(place), length) for place in places)
        attributes = item.get("attributes")
        number = str(attributes.get("n") or "") if isinstance(attributes, dict) else ""
        spans += [_Span(kind, start, end, number)] if start < end else []
    return sorted(spans, key=lambda span: span.start)


def _within(span: _Span, others: list[_Span]) -> bool:
    return any(other.start <= span.start and span.end <= other.end for other in others)


def _between(text: str, spans: Mapping[str, list[_Span]]) -> list[_Span]:
    """Where no paragraphs are annotated: what stands between the headings."""
    heads = spans["sectionheader"]
    front = [*spans["title"], *spans["abstract"]]
    edges = [max((head.end for head in front), default=0), *(head.end for head in heads)]
    ends = [*(head.start for head in heads), len(text)]
    return [
        _Span("paragraph", start, end, "") for start, end in zip(edges, ends, strict=True) if text[start:end].strip()
    ]


def _caption(text: str, span: _Span, captions: list[_Span], kind: str) -> str:
    inside = [cap for cap in captions if span.start <= cap.start and cap.end <= span.end]
    chosen = inside if kind == "figure" and inside else [span]
    return " ".join(_words(text[cap.start : cap.end]) for cap in chosen)
