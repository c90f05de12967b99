"""The text of an HTML page as blocks: headings, paragraphs, lists, tables, displays; mathematics as LaTeX."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from p2c.generator.readers.html_tables import Rows

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_BLOCKS = frozenset(
    "p div li dt dd blockquote pre section article tr figcaption caption ul ol table figure header".split()
)
_HIDDEN = frozenset("style nav footer noscript svg form button select iframe template aside head".split())
# Marks of LaTeXML, of what is none of the text; MathJax and KaTeX put what they drew beside its source.
_HIDDEN_CLASS = re.compile(
    r"(?:^|\s)(?:ltx_page_(?:navbar|footer|header|logo)|ltx_ERROR|ltx_role_footnotemark|ltx_authors|ltx_dates|ltx_bibliography|"
    r"ltx_TOC|ar5iv-footer|package-alerts|katex-html|MathJax(?:_\w+)?|mjx-\w+|ltx_note_type|ltx_tag_note|sr-only|"
    r"report-issue|html-header\w*|ltx_role_displayid)(?:\s|$)"
)
_DISPLAY = re.compile(r"ltx_equation|ltx_equationgroup|ltx_eqn_table")
_DATES = ("citation_date", "citation_publication_date", "citation_online_date", "dc.date", "article:published_time")
MAX_DEPTH = 400


@dataclass(frozen=True)
class Block:
    """A heading with its level, or a paragraph (level 0)."""

    text: str
    level: int = 0


@dataclass
class _Open:
    """An element that is open: its tag, and what its text is for (`heading`, `title`, `abstract`, `hidden`, ...)."""

    tag: str
    role: str = ""
    parts: list[str] = field(default_factory=list)
    source: str = ""


class HtmlText(HTMLParser):
    """Reads a page from beginning to end; elements that are not closed cost nothing but themselves."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = self.abstract = self.date = ""
        self.figures: list[tuple[str, str, str]] = []
        self._blocks: list[Block] = []
        self.open: list[_Open] = []
        self.parts: list[str] = []
        self.bare = 0
        self.lost = 0

    def blocks(self) -> list[Block]:
        """What has been read."""
        self._flush()
        return self._blocks

    def notes(self) -> tuple[str, ...]:
        """What could not be read."""
        counted = (
            (self.lost, f"{self.lost} part(s) of the page are marked as ones that its maker could not read."),
            (self.bare, f"{self.bare} formula(s) have no LaTeX and were read as plain signs."),
        )
        return tuple(note for count, note in counted if count)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        given = {name: value or "" for name, value in attrs}
        if tag == "meta":
            self._meta(given)
        if tag in _VOID:
            self._void(tag, given)
            return
        if tag in _BLOCKS and not self._inside("math", "table", "hidden"):
            self._flush()
        if len(self.open) < MAX_DEPTH:
            self.open.append(self._opened(tag, given))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content."""
        if tag in _VOID:
            self.handle_starttag(tag, attrs)

    def _meta(self, given: dict[str, str]) -> None:
        name = (given.get("name") or given.get("property") or "").lower()
        if name in ("citation_title", "dc.title") and not self.title:
            self.title = " ".join(given.get("content", "").split())
        if name in _DATES:
            self.date = self.date or given.get("content", "").replace("/", "-")

    def _void(self, tag: str, given: dict[str, str]) -> None:
        figure = self._inside("figure")
        if tag == "img" and figure:
            figure.source = figure.source or given.get("src", "")
        if tag == "img" and "math" in given.get("class", "") + given.get("src", "") and given.get("alt"):
            self._text(f"${given['alt'].strip('$')}$")
        if tag == "br":
            self._text("\n" if self._inside("pre") else " ")

    def _opened(self, tag: str, given: dict[str, str]) -> _Open:
        style = given.get("class", "")
        role = self._role(tag, style, given)
        opened = _Open(tag, role)
        if role == "math" and (latex := given.get("alttext") or given.get("data-latex")):
            opened.source = latex
        if role == "math":
            opened.parts = ["block"] if given.get("display") == "block" else ["inline"]
        if tag in ("td", "th", "tr") and (table := self._inside("table")):
            table.parts.append(f"\0{tag}{given.get('colspan', '1')}\0")
        if role == "error":
            self.lost += 1
        return opened

    def _role(self, tag: str, style: str, given: dict[str, str]) -> str:  # noqa: C901
        if tag == "script" and "math/tex" in given.get("type", ""):
            return "tex"
        if tag == "title":
            return "page title"
        if tag in ("script", *_HIDDEN) or _HIDDEN_CLASS.search(style) or "hidden" in given:
            return "error" if "ltx_ERROR" in style else "hidden"
        if tag == "math":
            return "math"
        if tag == "annotation" and "tex" in given.get("encoding", "").lower():
            return "annotation"
        if tag in _HEADINGS:
            return "title" if "ltx_title_document" in style else "heading"
        if "ltx_abstract" in style or given.get("id", "").lower() in ("abstract", "abs1"):
            return "abstract"
        if tag == "table":
            return "display" if _DISPLAY.search(style) else "table"
        return {"figure": "figure", "figcaption": "caption", "pre": "pre", "caption": "caption"}.get(tag, "")

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and those in it that were left open."""
        place = next((k for k in range(len(self.open) - 1, -1, -1) if self.open[k].tag == tag), -1)
        if place < 0:
            return
        while len(self.open) > place:
            self._closed(self.open.pop())

    def _closed(self, done: _Open) -> None:
        text = "".join(done.parts)
        handle = {
            "math": self._math,
            "annotation": self._annotation,
            "heading": self._heading,
            "table": self._table,
            "abstract": self._abstract,
            "caption": self._caption,
            "figure": self._figure,
        }.get(done.role)
        if handle:
            handle(done)
        elif done.role == "tex":
            self._text(f"${text.strip()}$")
        elif done.role in ("page title", "title"):
            self.title = " ".join(text.split()) if done.role == "title" or not self.title else self.title
        elif done.tag in _BLOCKS or done.role in ("display", "pre"):
            self._flush()

    def _annotation(self, done: _Open) -> None:
        if math := self._inside("math"):
            math.source = math.source or "".join(done.parts).strip()

    def _abstract(self, done: _Open) -> None:
        self.open.append(done)
        self._flush()
        self.open.pop()
        self.abstract = self.abstract or "\n\n".join(done.parts).strip()

    def _figure(self, done: _Open) -> None:
        self._flush()
        if done.source:
            self.figures.append((f"Figure {len(self.figures) + 1}", "".join(done.parts).strip(), done.source))

    def _heading(self, done: _Open) -> None:
        plain, level = " ".join("".join(done.parts).split()), _HEADINGS[done.tag]
        self._flush()
        if self._inside("abstract") or not plain:
            return
        if level == 1 and (not self._blocks or not self.title):
            self.title = self.title if self.title and len(self._blocks) else plain
        self._blocks.append(Block(re.sub(r"^(\d+(?:\.\d+)*|[A-Z](?:\.\d+)*)\.?\s+", r"\1 ", plain), level))

    def _math(self, done: _Open) -> None:
        latex = " ".join(done.source.split())
        if not latex:
            self.bare += 1
            latex = " ".join("".join(done.parts[1:]).split())
        latex = re.sub(r"^\\displaystyle\s*", "", latex)
        block = done.parts[:1] == ["block"]
        self._text(f"$${latex}$$" if block else f"${latex}$" if latex else "")

    def _table(self, done: _Open) -> None:
        text = "".join(done.parts)
        self._flush()
        rows = Rows()
        for mark in re.split(r"\0", text):
            if match := re.fullmatch(r"(tr|td|th)(\d{0,3})", mark):
                rows.mark(match.group(1), int(match.group(2) or 1))
            else:
                rows.add(mark)
        if lines := rows.lines():
            self.parts.append("\n".join(lines))
            self._flush(keep=True)

    def _caption(self, done: _Open) -> None:
        plain = " ".join("".join(done.parts).split())
        figure = self._inside("figure")
        if figure is not None:
            figure.parts.append(plain)
        self.parts.append(plain)
        self._flush()

    def handle_data(self, data: str) -> None:
        """Text of the innermost element."""
        self._text(data)

    def _text(self, data: str) -> None:
        if self._inside("hidden", "error"):
            return
        for element in reversed(self.open):
            if element.role in ("math", "annotation", "tex", "heading", "title", "page title", "table", "caption"):
                element.parts.append(data)
                return
        self.parts.append(data)

    def _inside(self, *roles: str) -> _Open | None:
        return next((element for element in reversed(self.open) if element.role in roles), None)

    def _flush(self, keep: bool = False) -> None:
        text = "".join(self.parts)
        self.parts = []
        text = text.strip("\n") if keep or self._inside("pre") else " ".join(text.split())
        if not text.strip():
            return
        abstract = self._inside("abstract")
        if abstract is not None:
            abstract.parts.append(text)
        else:
            self._blocks.append(Block(text))
