"""Figures of a LaTeX source: label, caption and image files."""

from __future__ import annotations

import re
from pathlib import Path

from p2c.generator.paper import Figure
from p2c.generator.readers.latex.scanner import find_commands

_FIGURE = re.compile(r"\\begin\{(figure\*?|wrapfigure|SCfigure|sidewaysfigure\*?)\}(.*?)\\end\{\1\}", re.DOTALL)
_END = re.compile(r"\\end\{(?:figure\*?|wrapfigure|SCfigure|sidewaysfigure\*?)\}")
_SUFFIXES = ("", ".pdf", ".png", ".jpg", ".jpeg", ".PDF", ".PNG", ".JPG", ".JPEG", ".webp", ".gif", ".eps", ".svg")


def latex_figures(body: str, preamble: str, base: Path, root: Path) -> tuple[Figure, ...]:
    """One figure for each image file of each figure environment, in order; tikz figures have no file."""
    folders = [base, *[base / name for name in _graphics_path(preamble + body)], root]
    figures: list[Figure] = []
    ends = [match.end() for match in _END.finditer(body)]
    for number, match in enumerate(_FIGURE.finditer(body, 0, ends[-1] if ends else 0), 1):
        inside = match.group(2)
        labels = [argument for argument, _, _ in find_commands(inside, "label")]
        label = f"Figure {number}" + (f" ({labels[-1]})" if labels else "")
        files = [
            find for name, _, _ in find_commands(inside, "includegraphics") if (find := _image(name, folders, root))
        ]
        captions = [" ".join(argument.split()) for argument, _, _ in find_commands(inside, "caption")]
        caption = re.sub(r"\s*\\label\{[^{}]*\}", "", captions[-1]) if captions else ""
        figures.append(Figure(label, caption, files[0] if files else None))
        figures += [Figure(f"{label}, part {part}", "", file) for part, file in enumerate(files[1:], 2)]
    return tuple(figures)


def _graphics_path(text: str) -> list[str]:
    match = re.search(r"\\graphicspath\s*\{((?:\s*\{[^{}]*\})+)\s*\}", text)
    return re.findall(r"\{([^{}]*)\}", match.group(1)) if match else []


def _image(name: str, folders: list[Path], root: Path) -> Path | None:
    """The image that a name without or with a suffix means; never one outside the paper's folder."""
    name = name.strip().strip('"')
    top = root.resolve()
    for folder in folders:
        for suffix in _SUFFIXES:
            path = (folder / (name + suffix)).resolve()
            if path.is_relative_to(top) and path.is_file():
                return path
    return None
