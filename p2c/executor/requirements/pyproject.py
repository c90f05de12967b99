"""What pyproject.toml says, where each value is of the type that it should be; what is not, in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from p2c.errors import UnreadableTextError
from p2c.repo import Repo
from p2c.untrusted_text import load_toml, type_name

PATH = "pyproject.toml"
_TABLE, _LIST, _TEXT, _PATHS = "a table", "a list", "a text", "a text or a list of texts"
_SHAPES: dict[tuple[str, ...], str] = {
    ("project",): _TABLE,
    ("project", "dependencies"): _LIST,
    ("project", "optional-dependencies"): _TABLE,
    ("project", "requires-python"): _TEXT,
    ("project", "scripts"): _TABLE,
    ("dependency-groups",): _TABLE,
    ("tool",): _TABLE,
    ("tool", "p2c"): _TABLE,
    ("tool", "poetry"): _TABLE,
    ("tool", "poetry", "dependencies"): _TABLE,
    ("tool", "poetry", "dev-dependencies"): _TABLE,
    ("tool", "poetry", "group"): _TABLE,
    ("tool", "poetry", "scripts"): _TABLE,
    ("tool", "setuptools"): _TABLE,
    ("tool", "setuptools", "dynamic"): _TABLE,
    ("tool", "setuptools", "dynamic", "dependencies"): _TABLE,
    ("tool", "setuptools", "dynamic", "dependencies", "file"): _PATHS,
    ("tool", "uv"): _TABLE,
    ("tool", "uv", "dev-dependencies"): _LIST,
}
"""Everything that p2c reads of it."""


def table(repo: Repo, *names: str) -> Mapping[str, Any]:
    """Return the table to which the names lead; empty where there is none, or something else."""
    value: object = _loaded(repo.files.get(PATH, ""))
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def folders_of(repo: Repo, name: str) -> Iterator[str]:
    """Yield the folders whose pyproject.toml is of a distribution of this name, in its normal form."""
    for path, content in repo.files.items():
        if path.endswith(f"/{PATH}"):
            own = _loaded(content).get("project")
            listed = own.get("name") if isinstance(own, dict) else None
            if isinstance(listed, str) and re.sub(r"[-_.]+", "-", listed).lower() == name:
                yield path.removesuffix(f"/{PATH}")


def builders(content: str) -> list[str]:
    """Return the files and folders that the text of a pyproject.toml gives its build back end to run."""
    data = _loaded(content)
    paths = texts(_within(data, "build-system", "backend-path"))
    own = text(_within(data, "build-system", "build-backend")).partition(":")[0].replace(".", "/")
    paths += [f"{own}.py"] if own and paths else []
    paths += [text(_within(data, *names)) for names in _SCRIPTS]
    return [path for path in paths if path and path != "."]


_SCRIPTS = (
    ("tool", "poetry", "build"),
    ("tool", "poetry", "build", "script"),
    ("tool", "hatch", "build", "hooks", "custom", "path"),
    ("tool", "pdm", "build", "custom-hook"),
)


def _within(data: object, *names: str) -> object:
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def texts(value: object) -> list[str]:
    """Return the texts of a list, without what is none; nothing where it is no list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a text; '' where it is something else."""
    return value if isinstance(value, str) else ""


def wrong_types(repo: Repo) -> Iterator[tuple[str, str]]:
    """Yield (sentence, the key that it is about) for each value of a type that nobody can read."""
    for names, wanted in _SHAPES.items():
        *way, key = names
        values = table(repo, *way)
        if key in values and not _fits(values[key], wanted):
            place = f"[{'.'.join(way)}] {key}" if way else f"[{key}]"
            yield f"{place} is {type_name(values[key])}, not {wanted}", key


def _fits(value: object, wanted: str) -> bool:
    if wanted == _PATHS:
        return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))
    return isinstance(value, {_TABLE: dict, _LIST: list, _TEXT: str}[wanted])


@lru_cache(maxsize=16)
def _loaded(content: str) -> Mapping[str, Any]:
    """Kept, for each command line of a README asks for the scripts; nobody changes what is in it."""
    try:
        return load_toml(content)
    except UnreadableTextError:
        return {}
