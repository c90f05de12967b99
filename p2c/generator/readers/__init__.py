"""Papers in their forms: LaTeX, PDF, S2ORC JSON, Markdown, arXiv."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from p2c.errors import InputError
from p2c.generator.paper import Paper

FORMS = "a .pdf, a .tex file or a folder of LaTeX, a .json (S2ORC), a .md, or an arXiv id such as 1706.03762"


@dataclass(frozen=True)
class ReadOptions:
    """What reading may need: a PDF's password; where arXiv is, and where what it sent is kept.

    Without `cache`, arXiv downloads go to the user's cache folder. `interval` is the least number of
    seconds between two requests to arXiv, which asks for three.
    """

    password: str = ""
    cache: Path | None = None
    arxiv_url: str = "https://export.arxiv.org"
    interval: float = 3.0
    timeout: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time


def read_paper(source: str, options: ReadOptions | None = None) -> Paper:
    """Read a paper of any form; raises InputError (it can't be read) or UnavailableError (arXiv is out of reach)."""
    options = options or ReadOptions()
    path = Path(source).expanduser()
    if path.is_dir():
        from p2c.generator.readers.latex import read_latex

        return read_latex(path)
    if path.is_file():
        return _read_file(path, options)
    from p2c.generator.readers.arxiv import parse_id, read_arxiv

    if identifier := parse_id(source):
        return read_arxiv(identifier, options)
    raise InputError(f"no paper at {source!r}: neither a file, a folder nor an arXiv id", f"Give {FORMS}.")


def _read_file(path: Path, options: ReadOptions) -> Paper:
    """Read one file by what its name says it is; a PDF is recognised whatever its name."""
    suffix = path.suffix.lower()
    if suffix == ".pdf" or _starts_as_pdf(path):
        from p2c.generator.readers.pdf import read_pdf

        return read_pdf(path, options.password)
    if suffix in (".tex", ".latex", ".ltx"):
        from p2c.generator.readers.latex import read_latex

        return read_latex(path)
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
