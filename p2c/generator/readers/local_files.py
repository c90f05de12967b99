"""A paper that is a file or a folder here, read in a process with limits: nobody has looked at it yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from p2c.errors import InputError
from p2c.generator.paper import Figure, Paper
from p2c.generator.serialization import paper_from_data, paper_to_data
from p2c.limited_process import call_limited

FORMS = (
    "a .pdf, a .tex file, a folder of LaTeX or Markdown or an archive of one, a .json (S2ORC), a .md, a .html, "
    "or an arXiv id such as 1706.03762"
)
_LATEX = (".tex", ".latex", ".ltx")
_MARKDOWN = (".md", ".markdown", ".mmd")
_HTML = (".html", ".htm", ".xhtml")


def read_local(path: Path, password: str = "", main: str = "") -> Paper:
    """Read a folder of LaTeX or Markdown, or a file by what its name says it is; a PDF is recognised whatever its name.

    `main` names the file of a folder to read. Raises InputError for what cannot be read, within time and memory either.
    """
    return paper_from_data(call_limited(paper_data, str(path), str(path), password, main))


def figure_images(paper: Paper, limit: int = 8, password: str = "") -> list[tuple[Figure, str]]:
    """Up to `limit` figures, each with a data URL; what can't be drawn (eps, damaged files) is left out.

    Figures that name only a page are drawn from the PDF at `paper.file`, each page once.
    """
    images = call_limited(figure_urls, f"the figures of {paper.id}", paper_to_data(paper), limit, password)
    return [(paper.figures[number], url) for number, url in images]


def paper_data(place: str, password: str, main: str = "") -> dict[str, Any]:
    """Read a paper here and now, as JSON can hold it."""
    return paper_to_data(_read(Path(place), password, main))


def figure_urls(data: dict[str, Any], limit: int, password: str) -> Sequence[tuple[int, str]]:
    """Draw figures here and now: the number of each, and its data URL."""
    from p2c.generator.readers.figure_images import draw_figures

    return draw_figures(paper_from_data(data), limit, password)


def _read(path: Path, password: str, main: str = "") -> Paper:
    if path.is_dir():
        return _read_folder(path, password, main)
    suffix = path.suffix.lower()
    if suffix == ".pdf" or _starts_as_pdf(path):
        from p2c.generator.readers.pdf import read_pdf

        return read_pdf(path, password)
    if suffix in _LATEX:
        from p2c.generator.readers.latex import read_latex

        return read_latex(path)
    if suffix in (".json", ".jsonl"):
        from p2c.generator.readers.s2orc import read_s2orc

        return read_s2orc(path)
    if suffix in _MARKDOWN:
        from p2c.generator.readers.markdown import read_markdown

        return read_markdown(path)
    if suffix in _HTML:
        from p2c.generator.readers.html import read_html

        return read_html(path)
    raise InputError(f"{path} is of no form that p2c reads ({suffix or 'no suffix'})", f"Give {FORMS}.")


def _read_folder(folder: Path, password: str, main: str) -> Paper:
    """LaTeX where there is some; else the text that a converter left there, else the one file of another form."""
    from p2c.generator.readers.latex import read_latex
    from p2c.generator.readers.text_folder import find_text

    if main and Path(main).suffix.lower() not in ("", *_LATEX):
        return _read(find_text(folder, main), password)
    if any(path.suffix.lower() in _LATEX for path in folder.rglob("*")):
        return read_latex(folder, main)
    source = find_text(folder, main)
    return _read(source, password) if source != folder else read_latex(folder, main)


def _starts_as_pdf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(5) == b"%PDF-"
