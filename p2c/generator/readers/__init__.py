"""Papers in their forms: LaTeX, PDF, S2ORC JSON, Markdown, HTML, archives of them, arXiv."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from p2c.errors import InputError
from p2c.generator.paper import Paper
from p2c.generator.readers.archives import is_archive, read_archive
from p2c.generator.readers.local_files import FORMS, read_local


@dataclass(frozen=True)
class ReadOptions:
    """What reading may need: a PDF's password, a folder's main file; where arXiv is, and where papers are kept.

    Without `cache`, arXiv downloads and unpacked archives go to the user's cache folder. `interval` is the least
    number of seconds between two requests to arXiv, which asks for three.
    """

    password: str = ""
    cache: Path | None = None
    arxiv_url: str = "https://export.arxiv.org"
    interval: float = 3.0
    timeout: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    main: str = ""

    @property
    def papers(self) -> Path:
        """The folder that downloads and unpacked archives are kept in."""
        if self.cache:
            return self.cache
        from platformdirs import user_cache_path

        return user_cache_path("p2c") / "arxiv"


def read_paper(source: str, options: ReadOptions | None = None) -> Paper:
    """Read a paper of any form; raises InputError (it can't be read) or UnavailableError (arXiv is out of reach)."""
    options = options or ReadOptions()
    path = Path(source).expanduser()
    if path.is_dir() or path.is_file():
        if path.is_file() and is_archive(path):
            return read_archive(path, options)
        return read_local(path, options.password, options.main)
    from p2c.generator.readers.arxiv import parse_id, read_arxiv

    if identifier := parse_id(source):
        return read_arxiv(identifier, options)
    raise InputError(f"no paper at {source!r}: neither a file, a folder nor an arXiv id", f"Give {FORMS}.")
