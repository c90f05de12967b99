"""An era written into the run contract, wherever that stands, without touching another word of it."""

from __future__ import annotations

import re

from p2c.errors import InputError
from p2c.executor.requirements import pyproject
from p2c.repo import Repo
from p2c.run_contract import read_contract


def with_era(repo: Repo, era: str, python: str = "") -> dict[str, str]:
    """Return the file that holds the contract with the era (and Python) set; {} where it can't be done for certain.

    A repository without a contract gets a p2c.toml that says nothing else: what is run stays discovered.
    """
    inside = "p2c.toml" not in repo.files and bool(pyproject.table(repo, "tool", "p2c"))
    path, table = ("pyproject.toml", "tool.p2c.run") if inside else ("p2c.toml", "run")
    text = repo.files.get(path, "")
    lines = [f'era = "{era}"', *([f'python = "{python}"'] if python else [])]
    if python:
        text = _without(text, table, "python")
    header = re.search(rf"(?m)^[ \t]*\[{re.escape(table)}\][ \t]*(?:#.*)?$", text)
    added = "\n".join(lines)
    if header:
        new = f"{text[: header.end()]}\n{added}{text[header.end() :]}"
    else:
        new = f"{text.rstrip()}\n\n[{table}]\n{added}\n".lstrip()
    try:
        contract = read_contract(new, path)
    except InputError:
        return {}
    return {path: new} if contract.era == era and (not python or contract.python == python) else {}


def _without(text: str, table: str, key: str) -> str:
    """Take a key's line out of a table."""
    pattern = rf"(?m)(^[ \t]*\[{re.escape(table)}\][^\n]*\n(?:(?![ \t]*\[)[^\n]*\n)*?)[ \t]*{key}[ \t]*=[^\n]*\n"
    return re.sub(pattern, r"\1", text, count=1)
