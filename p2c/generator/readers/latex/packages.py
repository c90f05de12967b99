"""Packages and classes that lie beside a paper: which of them are loaded, and with which options."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from p2c.generator.readers.latex.state import State

_OPTION = re.compile(r"\\DeclareOption\s*(?P<any>\*)?\s*")
_DEFAULTS = re.compile(r"\\ExecuteOptions\s*\{([^{}]*)\}")
MOST_OPTIONS = 500


def package_files(command: str, names: str, parents: tuple[Path, ...], state: State) -> list[Path]:
    """The files of the paper's folder that one loading command reads, each once in a paper."""
    suffix = ".cls" if "lass" in command else ".sty"
    paths = []
    for name in names.split(",")[:200]:
        spelled = state.spelled(name.strip())
        if not spelled or "\\" in spelled:
            continue
        path = state.find(spelled, parents, (suffix,)) or state.find_by_name(spelled + suffix, ())
        if path and path not in state.loaded:
            state.loaded.add(path)
            paths.append(path)
    return paths


def chosen_options(text: str, given: Sequence[str], state: State) -> str:
    """A package's text with what its chosen options do in the place of their declarations."""
    default = [name for match in _DEFAULTS.finditer(text) for name in match.group(1).split(",")]
    chosen = {name.strip() for name in (*given, *default)}
    parts: list[str] = []
    at = 0
    for match in _OPTION.finditer(text):
        if match.start() < at or len(parts) > 2 * MOST_OPTIONS:
            continue
        name = None if match["any"] else state.group(text, match.end())
        body = state.group(text, name[1] if name else match.end())
        if body is None:
            continue
        parts += [text[at : match.start()], body[0] if name and name[0].strip() in chosen else ""]
        at = body[1]
    return "".join([*parts, text[at:]])
