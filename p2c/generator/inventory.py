"""What a paper numbers, found by program: equations, algorithms, theorems, tables with their heads, figures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from p2c.generator.criteria import InventoryItem, ItemKind
from p2c.generator.inventory_tables import tables
from p2c.generator.paper import Paper, Section
from p2c.paper_references import NUMBER, find_references

LONGEST = 240
"""Characters that are kept of how an item begins."""

_TAG = re.compile(r"\\tag\*?\{\(?([^{}()]+)\)?\}")
_START = re.compile(r"\\begin\{[^}]*\}(?:\{[^}]*\})?|\$\$|\\\[|\\\\|\n\s*\n")
_NUMBERED_LINE = re.compile(r"^(?P<text>[^\n]{3,300}[^\s(])\s*\((?P<number>\d{1,3})\)\s*$", re.MULTILINE)
_RELATION = re.compile(r"[=≤≥≈∼∝←:∈]|\\(?:le|ge|approx|sim|leq|geq)\b")
_STATEMENT = re.compile(
    r"^[>\s*#]*(?:\\begin\{\w+\*?\}(?:\[[^\]]*\])?\s*)?(?:\\textbf\{|\*\*)?"
    r"(?P<kind>Theorem|Lemma|Proposition|Corollary|Definition|Assumption)\s+(?P<number>"
    + NUMBER
    + r")\s*(?P<end>[:(}]|\.(?!\d)|\*\*|\[)(?P<text>[^\n]*(?:\n(?!\s*\n)[^\n]*){0,4})",
    re.MULTILINE,
)
_ALGORITHM = re.compile(
    r"(?:^[>\s*]*|\\caption(?:of\{algorithm\})?\{)(?:\*\*)?Algorithm (?P<number>"
    + NUMBER
    + r")(?:\*\*)?(?P<end>[:.]?)[ \t]*(?P<text>[^\n]*)",
    re.MULTILINE,
)
_MARKS = re.compile(r"\\label\{[^{}]*\}|\\(?:begin|end)\{[^}]*\}|\\nonumber|\\notag|^[&\s]+|\$\$")


def take_inventory(paper: Paper) -> tuple[InventoryItem, ...]:
    """Return what the text of a paper shows as numbered, each item once, by kind in the order of the text."""
    items: dict[str, InventoryItem] = {}
    for kind in (_equations, _algorithms, _statements, _tables):
        for section in paper.sections:
            for item in kind(section, paper.source):
                items.setdefault(item.id, item)
    for item in _figures(paper):
        items.setdefault(item.id, item)
    return tuple(items.values())


def resolve(reference: str, inventory: Sequence[InventoryItem]) -> InventoryItem | None:
    """Return what `Eq. 7`, `Algorithm~2` or `Fig. 2a` names, or None; a part without its own item is the whole."""
    known = {item.id.lower(): item for item in inventory}
    for mention in find_references(reference.strip()):
        match = known.get(mention.id.lower()) or known.get(re.sub(r"(?<=\d)[a-z]$", "", mention.id.lower()))
        if match is not None:
            return match
    return known.get(reference.strip().lower())


def _equations(section: Section, source: str) -> Iterator[InventoryItem]:
    text, before = section.text, 0
    for tag in _TAG.finditer(text):
        starts = [start.end() for start in _START.finditer(text, before, tag.start())]
        shown = text[max(starts, default=before) : tag.start()]
        yield _item("equation", tag[1].strip(), shown, section)
        before = tag.end()
    if source not in ("latex", "html") and not before:
        for line in _NUMBERED_LINE.finditer(text):
            if _RELATION.search(line["text"]) and not line["text"].lstrip().startswith("|"):
                yield _item("equation", line["number"], line["text"], section)


def _algorithms(section: Section, source: str) -> Iterator[InventoryItem]:
    for match in _ALGORITHM.finditer(section.text):
        if match["end"] or not match["text"] or match["text"][0].isupper():
            yield _item("algorithm", match["number"], _before_brace(match["text"]), section)


def _statements(section: Section, source: str) -> Iterator[InventoryItem]:
    for match in _STATEMENT.finditer(section.text):
        item = _item("theorem", match["number"], match["text"].lstrip(".:}* "), section)
        yield InventoryItem(f"{match['kind'].lower()} {match['number']}", "theorem", item.text, item.section)


def _tables(section: Section, source: str) -> Iterator[InventoryItem]:
    for table in tables(section.text):
        caption = _short(table.caption)
        yield InventoryItem(f"table {table.number}", "table", caption, section.title, table.rows, table.columns)


def _figures(paper: Paper) -> Iterator[InventoryItem]:
    for figure in paper.figures:
        match = re.match(rf"(?:Figure|Fig\.?)\s*({NUMBER})", figure.label)
        if match:
            yield InventoryItem(f"figure {match[1]}", "figure", _short(figure.caption))


def _item(kind: ItemKind, number: str, text: str, section: Section) -> InventoryItem:
    return InventoryItem(f"{kind} {number}", kind, _short(_MARKS.sub(" ", text)), section.title)


def _before_brace(text: str) -> str:
    """A caption's text up to the brace that closes it."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return text[:place]
    return text


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 3].rstrip() + "..."
