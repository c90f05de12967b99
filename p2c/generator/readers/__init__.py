"""Papers in their forms: LaTeX, PDF, S2ORC JSON, Markdown, arXiv."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from p2c.errors import InputError
from p2c.generator.paper import Paper
from p2c.generator.readers.local_files import FORMS, read_local


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
    if path.is_dir() or path.is_file():
        return read_local(path, options.password)
    from p2c.generator.readers.arxiv import parse_id, read_arxiv

    if identifier := parse_id(source):
        return read_arxiv(identifier, options)
    raise InputError(f"no paper at {source!r}: neither a file, a folder nor an arXiv id", f"Give {FORMS}.")
