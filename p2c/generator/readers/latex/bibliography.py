"""Who wrote what is cited: the entries of a paper's .bib files, its .bbl, or its own list of references."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from p2c.errors import InputError
from p2c.generator.readers.latex.front_matter import plain_text
from p2c.generator.readers.latex.scanner import read_group, read_option, skip_blank
from p2c.generator.readers.latex.state import is_inside
from p2c.generator.readers.text_decoding import decode_file

_BIBLIOGRAPHY = re.compile(
    r"\\(?:bibliography|addbibresource|addglobalbib|nobibliography)\*?\s*(?:\[[^\]]*\])?\s*\{([^{}]*)\}"
)
_ENTRY = re.compile(r"@\s*([A-Za-z]+)\s*[{(]\s*([^\s,{}()]+)\s*,")
_FIELD = re.compile(r"[\s,]*([A-Za-z][\w:-]*)\s*=\s*")
_STRING = re.compile(r"@\s*string\s*[{(]\s*([\w-]+)\s*=\s*(?:\"([^\"]*)\"|\{([^{}]*)\})", re.IGNORECASE)
_ITEM = re.compile(r"\\bibitem(?![A-Za-z])")
_BIBLATEX = re.compile(r"\\entry\{([^{}]*)\}\{[^{}]*\}\{[^{}]*\}(.*?)\\endentry", re.DOTALL)
_CITED = re.compile(r"\\[a-zA-Z]*[cC]ite[a-zA-Z]*\*?\s*(?:\[[^\]\[]*\]\s*){0,2}\{([^{}]*)\}")
MOST_ENTRIES = 20_000
MOST_FIELDS = 60


@dataclass(frozen=True)
class Work:
    """A cited work: the family names of its authors (`Kingma and Ba`, `Vaswani et al.`), its year, its title."""

    authors: str
    year: str
    title: str


def find_works(source: str, folders: Sequence[Path], main: Path, root: Path) -> dict[str, Work]:
    """The works that a source cites by their keys: from its .bib files, then its own list of references or a .bbl."""
    cited = {key.strip() for match in _CITED.finditer(source) for key in match.group(1).split(",")}
    works: dict[str, Work] = {}
    names = [name.strip() for match in _BIBLIOGRAPHY.finditer(source) for name in match.group(1).split(",")]
    files = [file for name in names[:40] if name and (file := _file(name, folders, root))]
    for file in files:
        for key, work in parse_bib(_text(file), cited).items():
            works.setdefault(key, work)
    bbl = next(
        (path for path in (main.with_suffix(".bbl"), *sorted(main.parent.glob("*.bbl"))[:1]) if path.is_file()), None
    )
    listed = source if "\\bibitem" in source else _text(bbl) if bbl and is_inside(bbl, root) else ""
    for key, work in parse_bbl(listed).items():
        works.setdefault(key, work)
    return works


def _file(name: str, folders: Iterable[Path], root: Path) -> Path | None:
    for folder in folders:
        for suffix in (".bib", ""):
            path = (folder / (name + suffix)).resolve()
            if is_inside(path, root) and path.is_file():
                return path
    return None


def _text(path: Path) -> str:
    try:
        return decode_file(path)[0]
    except InputError:
        return ""


def parse_bib(text: str, cited: Container[str] | None = None) -> dict[str, Work]:
    """The entries of a .bib file that say who and when, or a title; of those that are cited, where that is told."""
    strings = {name.lower(): braced or quoted for name, braced, quoted in _STRING.findall(text)[:5_000]}
    starts = [
        match for match in _ENTRY.finditer(text) if match.group(1).lower() not in ("string", "comment", "preamble")
    ]
    works: dict[str, Work] = {}
    for match, behind in zip(starts[:MOST_ENTRIES], [*starts[1 : MOST_ENTRIES + 1], None], strict=False):
        if cited is not None and match.group(2) not in cited:
            continue
        inside = text[match.end() : behind.start() if behind else match.end() + 100_000]
        fields = _fields(inside, strings)
        year = re.search(r"\d{4}", fields.get("year") or fields.get("date") or "")
        authors = _short(_people(fields.get("author") or fields.get("editor") or ""))
        work = Work(authors, year.group(0) if year else "", plain_text(fields.get("title", ""))[:300])
        if work.authors or work.title:
            works.setdefault(match.group(2), work)
    return works


def _fields(text: str, strings: dict[str, str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    at = 0
    while len(fields) < MOST_FIELDS and (match := _FIELD.match(text, at)):
        parts, at = [], match.end()
        while True:
            value, at = _value(text, at, strings)
            parts.append(value)
            joined = re.compile(r"\s*#\s*").match(text, at)
            if not joined or len(parts) > 20:
                break
            at = joined.end()
        fields.setdefault(match.group(1).lower(), "".join(parts))
    return fields


def _value(text: str, at: int, strings: dict[str, str]) -> tuple[str, int]:
    if text.startswith("{", at):
        return read_group(text, at) or ("", len(text))
    if text.startswith('"', at):
        depth, end = 0, at + 1
        while end < len(text) and (text[end] != '"' or depth):
            depth += (text[end] == "{") - (text[end] == "}")
            end += 1
        return text[at + 1 : end], end + 1
    word = re.compile(r"[^\s,#{}]*").match(text, at)
    plain = word.group(0) if word else ""
    return strings.get(plain.lower(), plain), at + len(plain)


def _people(field: str) -> list[str]:
    """Family names of `Last, First and First Last and {A Group}`."""
    names = []
    for person in re.split(r"\s+and\s+", " ".join(field.split()))[:200]:
        person = person.strip()
        if person.lower() == "others":
            names.append("others")
        elif person.startswith("{") and person.endswith("}"):
            names.append(plain_text(person))
        elif "," in person:
            names.append(plain_text(person.split(",")[0]))
        elif words := plain_text(person).split():
            family = next((k for k, word in enumerate(words[:-1]) if k and word[0].islower()), len(words) - 1)
            names.append(" ".join(words[family:]))
    return [name for name in names if name]


def _short(names: list[str]) -> str:
    if len(names) == 2 and names[1] != "others":
        return f"{names[0]} and {names[1]}"
    return f"{names[0]} et al." if len(names) > 1 else names[0] if names else ""


def parse_bbl(text: str) -> dict[str, Work]:
    """The entries of a list of references, as BibTeX's styles, biblatex or a person writes them."""
    works = {key: _biblatex(body) for key, body in _BIBLATEX.findall(text)[:MOST_ENTRIES]}
    starts = list(_ITEM.finditer(text))[:MOST_ENTRIES]
    for match, behind in zip(starts, [*starts[1:], None], strict=False):
        inside = text[match.end() : behind.start() if behind else match.end() + 20_000]
        label, at = read_option(inside, 0)
        key = read_group(inside, skip_blank(inside, at))
        if key is None:
            continue
        body = inside[key[1] :].split("\\end{thebibliography}")[0]
        works.setdefault(key[0].strip(), _listed(label or "", body[:10_000]))
    return {key: work for key, work in works.items() if work.authors or work.title}


def _biblatex(body: str) -> Work:
    fields = dict(re.findall(r"\\field\{(\w+)\}\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}", body))
    people = re.search(r"\\name\{(?:author|labelname|editor)\}(.*?)(?=\\(?:strng|field|list|name)\b)", body, re.DOTALL)
    names = re.findall(r"\bfamily=\{+([^{}]*)\}", people.group(1)) if people else []
    year = re.search(r"\d{4}", fields.get("year") or fields.get("date") or "")
    return Work(
        _short([plain_text(name) for name in names]), year.group(0) if year else "", plain_text(fields.get("title", ""))
    )


def _listed(label: str, body: str) -> Work:
    """An entry by its label (`Kingma and Ba(2015)`), by marked fields, or by its blocks: authors, title, the rest."""
    marked = re.search(
        r"\\bibinfo\s*\{title\}\s*|\\showarticletitle\s*|\\bibinfo\s*\{booktitle\}\s*|\\enquote\s*", body
    )
    given = read_group(body, marked.end()) if marked else None
    blocks = [plain_text(block).strip(" .,") for block in body.split("\\newblock")]
    title = plain_text(given[0]) if given else blocks[1] if len(blocks) > 1 else ""
    years = re.findall(r"(?<![\d.])(?:19|20)\d\d(?![\d.]*\d)", plain_text(label) + " " + plain_text(body))
    cited = re.match(r"(?:\{*\\[a-zA-Z]+\s*)*\{*(.*?)\(((?:19|20)\d\d)\w*\)", " ".join(label.split()))
    if cited:
        return Work(plain_text(cited.group(1)).replace("&", "and").strip(" {}"), cited.group(2), title.strip(" .,"))
    people = re.findall(r"\\bibinfo\s*\{person\}\s*\{([^{}]*)\}", body)
    if not people:
        people = [
            name
            for name in re.split(r",\s*and\s+|\s+and\s+|,\s+|\s*&\s*", blocks[0])
            if re.search(r"[^\W\d_]{2}", name)
        ]
    names = [words[-1] for name in people[:200] if (words := plain_text(name).split())]
    names = ["others" if name in ("al", "al.") else name for name in names]
    return Work(_short(names), years[-1] if years else "", title.strip(" .,“”\"'`"))
