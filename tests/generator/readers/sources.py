"""LaTeX sources and other papers written to a folder, and read in this process: the limits are another test's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from p2c.generator.paper import Paper
from p2c.generator.readers.local_files import _read


def document(body: str, preamble: str = "", title: str = "A Paper of Ours") -> str:
    """A whole document in LaTeX."""
    head = rf"\documentclass{{article}}{preamble}\title{{{title}}}"
    return f"{head}\n\\begin{{document}}\n\\maketitle\n{body}\n\\end{{document}}\n"


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Files by their places in a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def read(folder: Path, files: Mapping[str, str | bytes], main: str = "") -> Paper:
    """The paper in a folder of these files."""
    return _read(write(folder, files), "", main)


def body_of(folder: Path, body: str, preamble: str = "", **files: str) -> str:
    """The text of a paper with this body; more files by names in which a double underscore is a dot."""
    more = {name.replace("__", "."): content for name, content in files.items()}
    return read(folder, {"main.tex": document("\\section{One}\n" + body, preamble), **more}).text
