"""An era written into the run contract, wherever that stands, without touching another word of it."""

from __future__ import annotations

from p2c.errors import InputError, UnreadableTextError
from p2c.executor.requirements import pyproject
from p2c.repo import Repo
from p2c.run_contract import read_contract
from p2c.untrusted_text import with_toml_values


def with_era(repo: Repo, era: str, python: str = "") -> dict[str, str]:
    """Return the file that holds the contract with the era (and Python) set; {} where it can't be done for certain.

    A repository without a contract gets a p2c.toml that says nothing else: what is run stays discovered.
    """
    inside = "p2c.toml" not in repo.files and bool(pyproject.table(repo, "tool", "p2c"))
    path, table = ("pyproject.toml", ("tool", "p2c", "run")) if inside else ("p2c.toml", ("run",))
    values = {"era": era, **({"python": python} if python else {})}
    try:
        new = with_toml_values(repo.files.get(path, ""), table, values)
        contract = read_contract(new, path)
    except (UnreadableTextError, InputError):
        return {}
    return {path: new} if contract.era == era and (not python or contract.python == python) else {}
