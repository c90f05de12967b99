"""Files that name what is to be installed: a patch may name requirements there, and nothing else."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from p2c.errors import UnreadableTextError
from p2c.python_source import dotted, parse
from p2c.repair.guards.code_changes import Change
from p2c.untrusted_text import load_ini, load_toml
from p2c.untrusted_yaml import load_yaml

_LINES = re.compile(r"^(?:[\w.-]*requirements?[\w.-]*|constraints?[\w.-]*)\.(?:txt|in)$")
_CONDA = ("environment.yml", "environment.yaml", "conda.yml", "conda.yaml")
_CONDA_NAME = re.compile(r"^[A-Za-z0-9_.-]+\s*(?:[<>=!~].*)?$")
_KEYWORDS = ("install_requires", "extras_require", "python_requires", "tests_require")
_OPTIONS = ("options.install_requires", "options.python_requires", "options.extras_require.")
_POETRY = re.compile(r"^tool\.poetry\.(?:group\.[^.]+\.)?(?:dev-)?dependencies\.[^.]+$")
_VERSION = re.compile(r"^[\w.*<>=!~^, |+-]*$")


def is_requirements(path: str) -> bool:
    """Tell whether a file's business is, among others, to name requirements."""
    pure = PurePosixPath(path.lower())
    own = pure.name in (*_CONDA, "pyproject.toml", "setup.py", "setup.cfg") or bool(_LINES.match(pure.name))
    return own or (pure.parent.name == "requirements" and pure.suffix in (".txt", ".in"))


def unnamed(path: str, change: Change) -> str:
    """Say what a patch wrote into such a file that is no named requirement; '' where there is nothing."""
    before, after = change.before.files.get(path, ""), change.after.files.get(path, "")
    name = PurePosixPath(path).name.lower()
    try:
        if name == "setup.py":
            return _in_call(before, after)
        if name.endswith(".toml"):
            return _in_toml(load_toml(before), load_toml(after))
        if name.endswith(".cfg"):
            return _in_ini(before, after)
        if name in _CONDA:
            return _in_conda(load_yaml(before) or {}, load_yaml(after) or {})
    except UnreadableTextError:
        return "it cannot be read"
    return _first(_logical(after) - _logical(before))


def is_named(text: str) -> bool:
    """Whether a requirement is a name with versions, extras and markers: no address, no path, no option."""
    try:
        return Requirement(text).url is None
    except InvalidRequirement:
        return False


def _logical(text: str) -> set[str]:
    """Lines without comments, continued ones put together."""
    whole = re.sub(r"\\\r?\n", " ", text)
    return {re.sub(r"(?:^|\s)#.*", "", line).strip() for line in whole.splitlines()} - {""}


def _first(lines: set[str]) -> str:
    return next((f"{line[:60]!r}" for line in sorted(lines) if not is_named(line)), "")


def _in_toml(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    had, has = dict(_flat(before, "")), dict(_flat(after, ""))
    for key in sorted({*had, *has}):
        if had.get(key) == has.get(key) or key in ("tool.p2c.run.era", "tool.p2c.run.python"):
            continue
        what = _toml_value(key, had.get(key), has.get(key))
        if what:
            return what
    return ""


def _toml_value(key: str, old: object, new: object) -> str:
    if key == "project.requires-python":
        return "" if new is None or (isinstance(new, str) and _VERSION.match(new)) else key
    if key == "project.dependencies" or key.startswith("project.optional-dependencies."):
        return _listed(key, old, new)
    if _POETRY.match(key):
        return "" if new is None or (isinstance(new, str) and _VERSION.match(new)) else key
    return key


def _listed(key: str, old: object, new: object) -> str:
    had = set(map(str, old)) if isinstance(old, list) else set()
    has = new if isinstance(new, list) else [] if new is None else [key]
    return next((f"{item!s:.60}" for item in has if str(item) not in had and not is_named(str(item))), "")


def _flat(data: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, object]]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _in_ini(before: str, after: str) -> str:
    had, has = dict(_pairs(before)), dict(_pairs(after))
    for key in sorted({*had, *has}):
        if had.get(key) == has.get(key):
            continue
        if not key.startswith(_OPTIONS):
            return key
        old, new = _logical(had.get(key, "")), _logical(has.get(key, ""))
        if not key.startswith("options.python") and (what := _first(new - old)):
            return what
    return ""


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    parser = load_ini(text, strict=False)
    for section in parser.sections():
        yield from ((f"{section}.{key}", value or "") for key, value in parser.items(section))


def _in_conda(before: object, after: object) -> str:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return "it is no table"
    other = [key for key in {*before, *after} - {"dependencies"} if before.get(key) != after.get(key)]
    if other:
        return str(sorted(map(str, other))[0])
    had, has = set(_conda(before)), set(_conda(after))
    return next((f"{text[:60]!r}" for pip, text in sorted(has - had)
                 if not (is_named(text) if pip else _CONDA_NAME.match(text))), "")  # fmt: skip


def _conda(data: Mapping[str, Any]) -> Iterator[tuple[bool, str]]:
    listed = data.get("dependencies")
    for item in listed if isinstance(listed, list) else []:
        if isinstance(item, dict):
            inner = item.get("pip")
            yield from ((True, str(requirement)) for requirement in (inner if isinstance(inner, list) else [item]))
        else:
            yield False, str(item)


def _in_call(before: str, after: str) -> str:
    """A setup.py differs in the literal requirements of its call alone."""
    trees = parse(before), parse(after)
    if None in trees:
        return "it cannot be read"
    old, new = copy.deepcopy(trees)  # parsed trees are shared
    had, has = set(_requirements(old)), set(_requirements(new))
    if old is None or new is None or ast.dump(old) != ast.dump(new):
        return "code beside the requirements"
    return next((f"{text[:60]!r}" for text in sorted(has - had) if not is_named(text)), "")


def _requirements(tree: ast.AST | None) -> Iterator[str]:
    """Take literal requirements out of the call of setup, and yield them."""
    for node in ast.walk(tree or ast.Module([], [])):
        if not isinstance(node, ast.Call) or dotted(node.func).rpartition(".")[2] != "setup":
            continue
        for word in [word for word in node.keywords if word.arg in _KEYWORDS and _literal(word.value)]:
            node.keywords.remove(word)
            if word.arg != "python_requires":
                yield from (part.value for part in _items(word.value) if isinstance(part.value, str))


def _literal(node: ast.expr) -> bool:
    return all(isinstance(part, ast.Constant | ast.List | ast.Tuple | ast.Dict | ast.Load) for part in ast.walk(node))


def _items(node: ast.expr) -> Iterator[ast.Constant]:
    """Constants, but for the names of extras."""
    if isinstance(node, ast.Dict):
        for value in node.values:
            yield from _items(value)
    else:
        yield from (part for part in ast.walk(node) if isinstance(part, ast.Constant))
