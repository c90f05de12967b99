"""Listings and tables that a LaTeX source takes from files beside it, put where they are shown."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from p2c.errors import InputError
from p2c.generator.readers.latex.scanner import read_option, skip_blank
from p2c.generator.readers.latex.state import State
from p2c.generator.readers.text_decoding import decode_file

_LISTINGS = ("lstinputlisting", "verbatiminput", "VerbatimInput", "inputminted", "verbatimtabinput", "LVerbatimInput")
_TABLES = (
    "csvautotabular", "csvautolongtable", "csvautobooktabular", "csvautobooklongtable", "csvreader", "csvloop",
    "pgfplotstabletypeset", "pgfplotstabletypesetfile", "DTLdisplaydb",
)  # fmt: skip
_STORES = ("pgfplotstableread", "DTLloaddb", "DTLloadrawdb")
_PAGES = ("includepdf", "includepdfmerge", "externaldocument")
COMMANDS = "|".join(
    sorted((*_LISTINGS, *_TABLES, *_STORES, *_PAGES, "addplot", "ExecuteMetaData"), key=len, reverse=True)
)
MOST_CHARACTERS = 60_000
"""Of one listing; what a paper prints is shorter."""
MOST_ROWS = 200
MOST_POINTS = 60
"""Of one curve: enough for its shape, and a drawing of ten curves stays readable."""
_PLOT = re.compile(r"[^;{}\[\]]{0,40}(?:\[[^\]]*\])?\s*table\s*(?:\[[^\]]*\])?\s*")


@dataclass(frozen=True)
class _Files:
    """The files that lead to a place, the innermost last, and what holds across all of them."""

    parents: tuple[Path, ...]
    state: State


def include_external(name: str, text: str, at: int, parents: tuple[Path, ...], state: State) -> tuple[str, int] | None:
    """What one command shows, and where it ends; None where it stays as it stands."""
    files = _Files(parents, state)
    if name == "addplot":
        return _plot(text, at, files)
    option, at = read_option(text, at)
    groups = []
    for _ in range({"inputminted": 2, "DTLloaddb": 2, "DTLloadrawdb": 2}.get(name, 1)):
        group = state.group(text, at) or _control(text, skip_blank(text, at))
        if group is None:
            return None
        groups.append(group[0].strip())
        at = group[1]
    if name in _PAGES:
        return ("", at) if name == "externaldocument" else _pages(groups[0], at, files)
    if name in _LISTINGS:
        return _listing(option or "", groups[-1], files), at
    if name in _STORES:
        return _store(name, groups, text, at, files)
    return _table(name, groups[-1], text, at, files)


def _control(text: str, at: int) -> tuple[str, int] | None:
    match = re.compile(r"\\[A-Za-z@]+").match(text, at)
    return (match.group(0), match.end()) if match else None


def _pages(target: str, at: int, files: _Files) -> tuple[str, int]:
    files.state.notes.append(f"{files.parents[-1].name} shows the pages of {target!r}; they were not read.")
    return "", at


def _content(target: str, files: _Files, suffixes: tuple[str, ...] = ("",)) -> str:
    """A file's text; empty, with a note of its name, where it cannot be read."""
    parents, state = files.parents, files.state
    name = state.spelled(target)
    path = state.find(name, parents, suffixes) or state.find_by_name(name, suffixes)
    why = "it is not there"
    if path is not None:
        try:
            content, note = decode_file(path)
            state.take(content)
        except InputError as error:
            why = error.message
        else:
            state.read_files.add(path)
            state.notes += [note] if note else []
            return content
    state.notes.append(f"{parents[-1].name} shows the file {name!r}, which was left out: {why}.")
    return ""


def _listing(option: str, target: str, files: _Files) -> str:
    content, state = _content(target, files, ("", ".tex")), files.state
    if not content:
        return ""
    lines = content.splitlines()
    ends = {key: int(value) for key, value in re.findall(r"\b(firstline|lastline)\s*=\s*\{?(\d{1,7})", option)}
    shown = "\n".join(lines[max(ends.get("firstline", 1) - 1, 0) : ends.get("lastline", len(lines))])
    if len(shown) > MOST_CHARACTERS:
        shown = shown[:MOST_CHARACTERS]
        state.notes.append(f"Of the listing {target!r} the first {MOST_CHARACTERS:,} characters were read.")
    caption = re.search(r"\bcaption\s*=\s*(\{[^{}]*\}|[^,\]]*)", option)
    head = f"{caption.group(1).strip('{} ')}\n" if caption else ""
    shown = shown.replace("\\end{lstlisting}", "\\end {lstlisting}")
    return f"{head}\\begin{{lstlisting}}\n{shown}\n\\end{{lstlisting}}\n"


def _store(name: str, groups: list[str], text: str, at: int, files: _Files) -> tuple[str, int] | None:
    """A table that is read into a macro, or into a database by its name."""
    macro = groups[0] if name.startswith("DTL") else ""
    if not macro:
        stored = _control(text, skip_blank(text, at)) or files.state.group(text, at)
        macro, at = (stored[0].strip(), stored[1]) if stored else ("", at)
    if "\n" in groups[-1] or not macro:
        return None  # the table itself stands there
    files.state.tables[macro.lstrip("\\")] = _content(groups[-1], files, ("", ".csv"))
    return "", at


def _table(name: str, target: str, text: str, at: int, files: _Files) -> tuple[str, int] | None:
    state = files.state
    stored = state.tables.get(target.lstrip("\\"))
    if stored is None and _inline(target, state):
        return None
    content = _content(target, files, ("", ".csv")) if stored is None else stored
    if name in ("csvreader", "csvloop"):  # the assignment of columns and the row's pattern
        for _ in range(2):
            if group := state.group(text, at):
                at = group[1]
    return _tabular(content, target, state, MOST_ROWS), at


def _inline(target: str, state: State) -> bool:
    """Whether an argument is no file's name: the data themselves, or a macro that nobody read a file into."""
    return "\n" in target or (target.startswith("\\") and target.lstrip("\\") not in state.words)


def _rows(content: str) -> list[list[str]]:
    lines = [line for line in content.splitlines() if line.strip() and not line.lstrip().startswith(("#", "%"))]
    head = lines[0] if lines else ""
    mark = next((mark for mark in ("\t", ";", ",") if mark in head), "")
    if not mark:
        return [line.split() for line in lines]
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=mark)]
    except csv.Error:
        return [line.split(mark) for line in lines]


def _tabular(content: str, target: str, state: State, most: int) -> str:
    rows = _rows(content)
    if not rows:
        return ""
    if len(rows) > most + 1:
        state.notes.append(f"Of the table {target!r} the first {most} of {len(rows) - 1:,} rows were read.")
    columns = "l" * max(map(len, rows[: most + 1]))
    body = " \\\\\n".join(
        " & ".join(re.sub(r"(?<!\\)([&%#_])", r"\\\1", cell) for cell in row) for row in rows[: most + 1]
    )
    return f"\\begin{{tabular}}{{{columns}}}\n{body} \\\\\n\\end{{tabular}}\n"


def _plot(text: str, at: int, files: _Files) -> tuple[str, int] | None:
    """A curve whose points are a file's: the points, as far as they show its shape."""
    match, state = _PLOT.match(text, at), files.state
    group = state.group(text, match.end()) if match else None
    if match is None or group is None or "\n" in group[0].strip() or not group[0].strip():
        return None
    target = group[0].strip()
    stored = state.tables.get(target.lstrip("\\"))
    if stored is None and _inline(target, state):
        return None
    content = _content(target, files, ("",)) if stored is None else stored
    lines = [line for line in content.splitlines() if line.strip()]
    if len(lines) > MOST_POINTS + 1:
        step = len(lines) // MOST_POINTS + 1
        lines = [lines[0], *lines[1::step]]
        state.notes.append(f"Of the curve {target!r} one point in {step} was read.")
    return f"\\addplot{text[at : match.end()]}{{{chr(10).join(lines)}\n}}", group[1]
