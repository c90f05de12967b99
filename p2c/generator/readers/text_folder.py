"""The one file of a folder without LaTeX that is the paper: Markdown of a converter, HTML, S2ORC JSON, a PDF."""

from __future__ import annotations

import re
from pathlib import Path

from p2c.errors import InputError
from p2c.generator.readers.latex.state import is_inside

_FORMS = ((".mmd", ".md", ".markdown"), (".html", ".htm", ".xhtml"), (".pdf",), (".json",))
_NO_PAPER = re.compile(
    r"^(?:readme|license|licence|changelog|contributing|code_of_conduct|citation|install|todo|notes?)\b", re.IGNORECASE
)
# What converters leave beside the text: MinerU's layout and model files, marker's metadata.
_BY_PRODUCT = re.compile(
    r"_(?:content_list(?:_v2)?|middle|model|layout|span|spans|origin|meta)\.(?:json|pdf)$|^(?:layout|images)\.json$"
)
MOST_FILES = 3_000


def find_text(folder: Path, wanted: str = "") -> Path:
    """The paper's file, or the folder itself where it holds none.

    Raises InputError where there are several of one form and none is named by `wanted`.
    """
    files = [path for path in sorted(folder.rglob("*"))[:MOST_FILES] if path.is_file() and is_inside(path, folder)]
    if wanted:
        for place in (folder / wanted, Path(wanted)):
            if place.is_file() and is_inside(place, folder):
                return place
        raise InputError(f"{folder} has no file {wanted!r}", "Name one of its files with --main.")
    for suffixes in _FORMS:
        documents = [path for path in files if path.suffix.lower() in suffixes and not _BY_PRODUCT.search(path.name)]
        papers = [path for path in documents if not _NO_PAPER.match(path.stem)] or (
            documents if len(documents) == 1 else []
        )
        if papers:
            return _one(folder, papers)
    return folder


def _one(folder: Path, papers: list[Path]) -> Path:
    """The only one, or the one that is most of the text; several of a like size are several papers."""
    if len(papers) == 1:
        return papers[0]
    sizes = sorted(papers, key=lambda path: path.stat().st_size, reverse=True)
    if sizes[0].stat().st_size >= 3 * sizes[1].stat().st_size:
        return sizes[0]
    names = ", ".join(path.relative_to(folder).as_posix() for path in papers[:20])
    raise InputError(f"{folder} holds {len(papers)} texts that may be the paper: {names}", "Name one with --main FILE.")
