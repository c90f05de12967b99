"""HTML tables as rows of Markdown."""

from __future__ import annotations

from html.parser import HTMLParser

MOST_COLUMNS = 50


class Rows:
    """The cells of a table; a cell over several columns is followed by empty ones."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.span = 1

    def mark(self, tag: str, span: int) -> None:
        """A row or a cell begins."""
        self.end()
        if tag == "tr":
            self.rows.append([])
            return
        self.rows = self.rows or [[]]
        self.rows[-1].append("")
        self.span = max(1, min(span, MOST_COLUMNS))

    def end(self) -> None:
        """A cell ends."""
        if self.rows and self.span > 1:
            self.rows[-1] += [""] * (self.span - 1)
        self.span = 1

    def add(self, data: str) -> None:
        """Text of the cell that is open."""
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data

    def lines(self) -> list[str]:
        """The rows as Markdown."""
        self.end()
        lines = ["| " + " | ".join(" ".join(cell.split()) for cell in row) + " |" for row in self.rows if row]
        width = max((len(row) for row in self.rows), default=0)
        return [*lines[:1], "|" + "---|" * width, *lines[1:]] if lines else []


class _Table(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows = Rows()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("tr", "td", "th"):
            span = dict(attrs).get("colspan") or "1"
            self.rows.mark(tag, int(span) if span.isdigit() and len(span) < 4 else 1)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.rows.end()

    def handle_data(self, data: str) -> None:
        self.rows.add(data)


def table_lines(html: str) -> list[str]:
    """The rows of one table's HTML as Markdown."""
    table = _Table()
    table.feed(html)
    return table.rows.lines()
