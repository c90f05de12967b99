"""LaTeX, a file or a folder, into a paper: the lossless form of equations and tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from p2c.errors import InputError
from p2c.generator.paper import Figure, Paper, Section
from p2c.generator.readers.latex.acronyms import say_acronyms
from p2c.generator.readers.latex.bibliography import Work, find_works
from p2c.generator.readers.latex.citations import resolve_citations
from p2c.generator.readers.latex.figures import latex_figures
from p2c.generator.readers.latex.flatten import flatten
from p2c.generator.readers.latex.front_matter import drop_front_matter, read_title, split_abstract
from p2c.generator.readers.latex.labels import Target
from p2c.generator.readers.latex.macros import Expansion, expand_macros
from p2c.generator.readers.latex.main_file import MainFile, find_main
from p2c.generator.readers.latex.numbering import number_labels
from p2c.generator.readers.latex.references import resolve_references
from p2c.generator.readers.latex.scanner import find_commands
from p2c.generator.readers.latex.sections import split_sections, tidy
from p2c.generator.readers.metadata import iso_date, paper_id

_REFERENCES = re.compile(
    r"\\begin\{thebibliography\}.*?(?:\\end\{thebibliography\}|\Z)"
    r"|\\(?:no)?bibliography(?:style)?\s*\{[^{}]*\}|\\printbibliography(?:\s*\[[^\]]*\])?|\\addbibresource\s*\{[^{}]*\}",
    re.DOTALL,
)
_AMS_HEAD = re.compile(
    r"\\(sub)*head(?:ing)?\b\s*(?:\d+(?:\.\d+)*\.?\s*)?(.{1,500}?)\\end(?:sub)*head(?:ing)?\b", re.DOTALL
)
_AMS_BEGIN = re.compile(r"\\begin\s*\{document\}|\\document(?![A-Za-z])")
_END = re.compile(r"\\end\s*\{document\}|\\enddocument(?![A-Za-z])|\\bye(?![A-Za-z])")


@dataclass(frozen=True)
class _Document:
    """One document of a source on its way: what it says of itself, its body, and what its labels stand for."""

    path: Path
    title: str
    date: str
    body: str
    numbers: dict[str, Target]
    works: dict[str, Work]
    figures: tuple[Figure, ...]
    preamble: str
    expansion: Expansion
    notes: tuple[str, ...]


def read_latex(path: Path, main: str = "") -> Paper:
    """Read a main file, or find it in a folder; raises InputError for what is missing or no paper.

    `main` names the main file of a folder where that is not to be found out.
    """
    choice = MainFile(path) if path.is_file() else find_main(path, main)
    root = path if path.is_dir() else path.parent
    first = _document(choice.main, root)
    notes = [*choice.notes, *first.notes]
    further: list[_Document] = []
    for place in choice.appendices:
        try:
            further.append(_document(place, root))
        except InputError as error:
            notes.append(f"{place.name} could not be read as an appendix: {error.message}.")
    documents = [first, *further]
    seen: set[str] = set()
    abstract, sections = _parts(first, documents, seen)
    if not any(section.text for section in sections) and not abstract:
        raise InputError(f"{choice.main} holds no text of a paper", "Give the file that \\begin{document} stands in.")
    for document in further:
        sections += _appendix(document, documents, seen)
    sections += tuple(section for document in documents for section in _definitions(document.expansion))
    title = first.title or choice.main.stem
    figures = tuple(figure for document in documents for figure in _figures(document, documents, seen))
    notes += [note for document in further for note in document.notes]
    return Paper(
        paper_id(path, title), title, abstract, sections, figures, "latex", first.date, tuple(dict.fromkeys(notes))
    )


def _document(main: Path, root: Path) -> _Document:
    source = flatten(main, root)
    expansion = expand_macros(source.text)
    preamble, body = _halves(_AMS_HEAD.sub(r"\\section{\2}", _plain_headings(say_acronyms(expansion.text))))
    dates = find_commands(expansion.text, "date")
    figures = latex_figures(body, preamble, main.parent, root)
    numbered = number_labels(body, preamble)
    works = find_works(source.text, (main.parent, root), main, root)
    return _Document(
        main,
        read_title(expansion.text),
        iso_date(dates[0][0]) if dates else "",
        numbered.body,
        numbered.targets,
        works,
        figures,
        preamble,
        expansion,
        (*source.notes, *expansion.notes),
    )


def _plain_headings(text: str) -> str:
    """Sections that are written as environments (`\\begin{section}{Method}`) as commands."""
    return re.sub(r"\\end\s*\{(?:sub){0,2}section\}", "", re.sub(r"\\begin\s*\{((?:sub){0,2}section)\}", r"\\\1", text))


def _halves(text: str) -> tuple[str, str]:
    """Preamble and body; without a `\\begin{document}` all of it is body."""
    begin = re.search(r"\\begin\s*\{document\}", text) or _AMS_BEGIN.search(text)
    preamble, body = (text[: begin.start()], text[begin.end() :]) if begin else ("", text)
    return preamble, _END.split(body)[0]


def _said(text: str, document: _Document, documents: Sequence[_Document], seen: set[str]) -> str:
    """The text with its references and citations in words; labels of the other documents count too (xr)."""
    targets = {
        label: target for other in reversed(documents) for label, target in other.numbers.items()
    } | document.numbers
    return resolve_citations(resolve_references(text, targets), document.works, seen)


def _parts(document: _Document, documents: Sequence[_Document], seen: set[str]) -> tuple[str, tuple[Section, ...]]:
    """A document's abstract, and its sections, in words."""
    raw, body = split_abstract(document.body)
    abstract = tidy(_said(raw, document, documents, seen))
    front, sections = split_sections(_said(_REFERENCES.sub("", body), document, documents, seen), document.preamble)
    lead = tidy(drop_front_matter(front))
    return abstract, (*((Section("Front matter", lead),) if lead else ()), *sections)


def _appendix(document: _Document, documents: Sequence[_Document], seen: set[str]) -> tuple[Section, ...]:
    """A further document of the paper, below a heading of its own."""
    abstract, sections = _parts(document, documents, seen)
    name = document.title or document.path.stem
    head = Section(f"Appendix: {name} ({document.path.name})", abstract)
    return (head, *(replace(section, level=section.level + 1) for section in sections))


def _figures(document: _Document, documents: Sequence[_Document], seen: set[str]) -> tuple[Figure, ...]:
    return tuple(
        replace(figure, caption=_said(figure.caption, document, documents, seen)) for figure in document.figures
    )


def _definitions(expansion: Expansion) -> tuple[Section, ...]:
    """Macros that are used and could not be expanded, where they hold a number: it must stay visible."""
    left = [source for source in expansion.left.values() if re.search(r"(?<![#\w])\d", source)]
    return (Section("Macro definitions", "\n".join(left)),) if left else ()
