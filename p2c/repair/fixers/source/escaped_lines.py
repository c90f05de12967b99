r"""Cures files that were saved as the inside of a string: one line, with `\n` and `\"` written out."""

from __future__ import annotations

import re

from p2c.errors import UnreadableTextError
from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.text_edits import offer
from p2c.repair.patch import Patch
from p2c.untrusted_text import load_json

_YAML = (".yaml", ".yml")
_WRITTEN = re.compile(r"\\n")
_FEW = 2
"""A line with fewer written line ends may mean them."""


def fix(case: Case) -> Patch | None:
    """Write the lines out of each file that is one line of them, and says nothing, or is wrong, as it is."""
    changes: dict[str, str | None] = {}
    for path, text in case.repo.files.items() if case.report.gating else ():
        lines = _lines(text)
        if lines and _is_better(path, text, lines):
            changes[path] = lines
    return offer(case, "escaped-lines", f"Write out the lines of {', '.join(sorted(changes))}", changes)


def _lines(text: str) -> str:
    body = text.strip()
    if "\n" in body or len(_WRITTEN.findall(body)) < _FEW:
        return ""
    try:
        lines = load_json(f'"{body}"', strict=False)
    except UnreadableTextError:
        return ""
    return f"{lines.rstrip()}\n" if isinstance(lines, str) else ""


def _is_better(path: str, text: str, lines: str) -> bool:
    if path.endswith(".py"):
        tree = parse(lines)
        return parse(text) is None and tree is not None and bool(tree.body)
    if path.endswith(_YAML):
        return not isinstance(_load(text), dict | list) and isinstance(_load(lines), dict)
    if path.endswith(".json"):
        return not _is_json(text) and _is_json(lines)
    return path.rpartition("/")[2] == "requirements.txt"


def _load(text: str) -> object:
    from p2c.untrusted_yaml import load_yaml

    try:
        return load_yaml(text)
    except UnreadableTextError:
        return None


def _is_json(text: str) -> bool:
    try:
        return isinstance(load_json(text), dict | list)
    except UnreadableTextError:
        return False
