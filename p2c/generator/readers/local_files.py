"""A paper that is a file or a folder here, read in a process with limits: nobody has looked at it yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from p2c.errors import InputError
from p2c.generator.paper import Figure, Paper
from p2c.generator.serialization import paper_from_data, paper_to_data
from p2c.limited_process import call_limited

FORMS = "a .pdf, a .tex file or a folder of LaTeX, a .json (S2ORC), a .md, or an arXiv id such as 1706.03762"


def read_local(path: Path, password: str = "") -> Paper:
    """Read a folder of LaTeX, or a file by what its name says it is; a PDF is recognised whatever its name.

    Raises InputError for what cannot be read, within time and memory either.
    """
    return paper_from_data(call_limited(paper_data, str(path), str(path), password))


def figure_images(paper: Paper, limit: int = 8, password: str = "") -> list[tuple[Figure, str]]:
    """Up to `limit` figures, each with a data URL; what can't be drawn (eps, damaged files) is left out.

    Figures that name only a page are drawn from the PDF at `paper.file`, each page once.
    """
    images = call_limited(figure_urls, f"the figures of {paper.id}", paper_to_data(paper), limit, password)
    return [(paper.figures[number], url) for number, url in images]


def paper_data(place: str, password: str) -> dict[str, Any]:
    """Read a paper here and now, as JSON can hold it."""
    path = Path(place)
    return paper_to_data(_read(path, password))


def figure_urls(data: dict[str, Any], limit: int, password: str) -> Sequence[tuple[int, str]]:
    """Draw figures here and now: the number of each, and its data URL."""
    from p2c.generator.readers.figure_images import drawn

    return drawn(paper_from_data(data), limit, password)


def _read(path: Path, password: str) -> Paper:
    suffix = path.suffix.lower()
    if path.is_dir() or (suffix in (".tex", ".latex", ".ltx") and not _starts_as_pdf(path)):
        from p2c.generator.readers.latex import read_latex

        return read_latex(path)
    if suffix == ".pdf" or _starts_as_pdf(path):
        from p2c.generator.readers.pdf import read_pdf

        return read_pdf(path, password)
    if suffix == ".json":
        from p2c.generator.readers.s2orc import read_s2orc

        return read_s2orc(path)
    if suffix in (".md", ".markdown"):
        from p2c.generator.readers.markdown import read_markdown

        return read_markdown(path)
    raise InputError(f"{path} is of no form that p2c reads ({suffix or 'no suffix'})", f"Give {FORMS}.")


def _starts_as_pdf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(5) == b"%PDF-"
