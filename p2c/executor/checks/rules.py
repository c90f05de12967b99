"""p2c's own rules, with their codes: what breaks generated repositories and no linter looks for."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from p2c import python_source
from p2c.errors import UnreadableTextError
from p2c.executor import module_layout
from p2c.executor.checks import unread
from p2c.executor.report import Finding
from p2c.executor.requirements.declared import read_requirements
from p2c.executor.requirements.distributions import STDLIB, canonical, distributions
from p2c.repo import Repo
from p2c.untrusted_text import load_toml

if TYPE_CHECKING:
    import yaml

Rule = Callable[[Repo], Iterator[Finding]]
_TEXT_NUMBER = re.compile(r"^[-+]?(?:\d[\d_]*|\d[\d_]*\.|\.\d+)[eE][-+]?\d+$|^[-+]?\d[\d_]*(?:\.\d*)?[eE]\d+$")
_WITH_EXPONENT = re.compile(r"\d\.?[eE][-+]?\d")
_HARMLESS = frozenset({"test", "this", "antigravity", "idlelib", "turtledemo", "turtle", "lib2to3", "__future__"})
_ABSOLUTE = re.compile(r"^(?:/home/|/Users/|/root/|/content/|/kaggle/|/mnt/|/scratch/|[A-Za-z]:\\\\?)[\w.-]")


def check(repo: Repo) -> tuple[Finding, ...]:
    """Return what p2c's own rules find."""
    return tuple(finding for rule in RULES for finding in rule(repo))


def text_numbers(repo: Repo) -> Iterator[Finding]:
    """P2C001: YAML 1.1 reads `1e-4` as a string, because its numbers need a dot and a signed exponent."""
    for path, text in unread.settings_files(repo):
        for key, value, line, column in _scalars(text) if _WITH_EXPONENT.search(text) else ():
            if _TEXT_NUMBER.match(value):
                right = _with_dot(value)
                message = f"YAML reads {value} as a string: {key or 'an item'} is no number"
                yield _advice("P2C001", message, path, (line, column), f"write {right}")


def shadowed_stdlib(repo: Repo) -> Iterator[Finding]:
    """P2C002: a file that a started script sees before the standard library's module of the same name."""
    for name, path in _top_files(repo):
        if name in STDLIB and name not in _HARMLESS:
            message = f"{path} hides the standard library's {name!r} from everything that imports it"
            yield _advice("P2C002", message, path, (1, None), "rename the file, and what imports it")


def shadowed_package(repo: Repo) -> Iterator[Finding]:
    """P2C003: a file named like a package that is required."""
    wanted = {line.name for line in read_requirements(repo).lines}
    for name, path in _top_files(repo):
        if wanted & {*distributions(name), canonical(name)}:
            message = f"{path} hides the required package {name!r}"
            yield _advice("P2C003", message, path, (1, None), "rename the file, and what imports it")


def absent_keys(repo: Repo) -> Iterator[Finding]:
    """P2C004: `config["a"]["b"]` on a YAML file, named in the code, that has no such key."""
    for path in repo.python_files():
        tree = python_source.parse(repo.files[path])
        for scope in ast.walk(tree) if tree else ():
            if isinstance(scope, ast.FunctionDef | ast.Module):
                yield from _absent_in(list(ast.walk(scope)), path, repo)


def absolute_paths(repo: Repo) -> Iterator[Finding]:
    """P2C005: a path of somebody's own machine in the code."""
    for path in repo.python_files():
        tree = python_source.parse(repo.files[path])
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _ABSOLUTE.match(node.value):
                message = f"{node.value[:80]!r} is a place on somebody's own machine"
                yield _advice("P2C005", message, path, (node.lineno, node.col_offset + 1), "take it from an argument")


def unknown_keys(repo: Repo) -> Iterator[Finding]:
    """P2C006: a key of the run contract that means nothing, so that what was meant does not hold."""
    for path, head in (("p2c.toml", ()), ("pyproject.toml", ("tool", "p2c"))):
        for table, known in CONTRACT_KEYS.items():
            for key in islice(sorted(_table(repo, path, (*head, table)).keys() - set(known)), _MOST):
                meant = get_close_matches(key[:40], known, 1)
                fix = f"write {meant[0]}" if meant else f"there are: {', '.join(known)}"
                place = (_line_of(key, repo.files[path]), None)
                yield _advice("P2C006", f"[{table}] has a key {key[:200]!r}, which means nothing", path, place, fix)


def unread_project(repo: Repo) -> Iterator[Finding]:
    """P2C007: a pyproject.toml that is not TOML, which pip, pytest and all who look for their settings refuse."""
    error = _toml(repo.files.get("pyproject.toml", ""))[1]
    if error:
        position = re.search(r"\(at line (\d+)", error)
        message, line = f"pyproject.toml is not TOML: {error}", int(position[1]) if position else 1
        yield Finding("lint", "P2C007", message, "pyproject.toml", line, fix="correct the line that is named")


def not_analysed(repo: Repo) -> Iterator[Finding]:
    """P2C008: what p2c reads and could not: nested or expanded without end, too long, of a type that is not meant."""
    for path, why, line in unread.unread(repo):
        yield _advice("P2C008", f"{path}: {' '.join(why.split())[:300]}", path, (line or 1, None), "write it plainly")


RULES: tuple[Rule, ...] = (
    text_numbers,
    shadowed_stdlib,
    shadowed_package,
    absent_keys,
    absolute_paths,
    unknown_keys,
    unread_project,
    not_analysed,
)
_MOST = 20
"""Unknown keys of a table that are told."""
_FOLLOWED = 5
"""Variables of one function that hold a configuration and are followed."""
CONTRACT_KEYS = {
    "run": ("smoke", "full", "python", "timeout", "artifacts", "network", "era", "include"),
    "check": ("gate", "exclude"),
}


@lru_cache(maxsize=8)
def _toml(text: str) -> tuple[dict[str, object], str]:
    """Return what a text says, and why it is not TOML."""
    try:
        return load_toml(text), ""
    except UnreadableTextError as error:
        return {}, str(error)


def _table(repo: Repo, path: str, names: tuple[str, ...]) -> dict[str, object]:
    """Return a table of a TOML file by the names on the way to it; empty where there is none."""
    data: object = _toml(repo.files.get(path, ""))[0]
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _line_of(key: str, text: str) -> int:
    return unread.line_of(key, text)


def _advice(rule: str, message: str, path: str, place: tuple[int, int | None], fix: str) -> Finding:
    return Finding("lint", rule, message, path, *place, gates=False, fix=fix)


def _scalars(text: str) -> Iterator[tuple[str, str, int, int]]:
    """Yield (key, plain string value, line, column), as PyYAML itself reads them."""
    import yaml

    from p2c.untrusted_yaml import compose

    try:
        root = compose(text)
    except UnreadableTextError:
        return
    stack: list[tuple[str, yaml.Node | None]] = [("", root)]
    seen: set[int] = set()
    while stack:
        key, node = stack.pop()
        if id(node) in seen:
            continue  # an alias
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            stack += [(_name(name), value) for name, value in reversed(node.value)]
        elif isinstance(node, yaml.SequenceNode):
            stack += [(key, item) for item in reversed(node.value)]
        elif isinstance(node, yaml.ScalarNode) and node.style is None and node.tag.endswith(":str"):
            mark = node.start_mark
            yield key, node.value, mark.line + 1, mark.column + 1


def _name(key: yaml.Node) -> str:
    return key.value if isinstance(key.value, str) else ""


def _with_dot(value: str) -> str:
    mantissa, _, exponent = value.lower().partition("e")
    mantissa += "" if "." in mantissa else ".0"
    return f"{mantissa}e{exponent if exponent[0] in '+-' else '+' + exponent}"


def _top_files(repo: Repo) -> Iterator[tuple[str, str]]:
    for root in module_layout.roots(repo, module_layout.starts(repo)):
        for path in repo.python_files():
            folder = str(PurePosixPath(path).parent)
            if folder == (root or "."):
                yield PurePosixPath(path).stem, path


def _absent_in(scope: list[ast.AST], path: str, repo: Repo) -> Iterator[Finding]:
    for name, config in islice(_configs(scope, repo), _FOLLOWED):
        data = _load(repo.files[config])
        if not isinstance(data, dict) or _is_changed(scope, name):
            continue
        for node, keys in _reads(scope, name):
            absent = _first_absent(data, keys)
            if absent:
                message = f"{name}[{']['.join(map(repr, keys))}] is read, and {config} has no {absent!r}"
                yield _advice(
                    "P2C004", message, path, (node.lineno, node.col_offset + 1), f"add {absent!r} to {config}"
                )


def _configs(scope: list[ast.AST], repo: Repo) -> Iterator[tuple[str, str]]:
    """Yield (variable, YAML file) for each variable that is bound once, to the contents of a file named beside it."""
    opened: dict[str, str] = {}
    for node in scope:
        if isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
            opened[node.optional_vars.id] = _file_in(node.context_expr, repo)
    for node in scope:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        if isinstance(node.value, ast.Call) and python_source.dotted(node.value.func) in {
            "yaml.safe_load",
            "yaml.load",
        }:
            names = [opened[n.id] for n in ast.walk(node.value) if isinstance(n, ast.Name) and n.id in opened]
            config = next(filter(None, [_file_in(node.value, repo), *names]), "")
            if config:
                yield node.targets[0].id, config


def _file_in(node: ast.AST, repo: Repo) -> str:
    texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return next((text for text in texts if text.endswith((".yaml", ".yml")) and text in repo.files), "")


def _is_changed(scope: list[ast.AST], name: str) -> bool:
    for node in scope:
        stores = isinstance(node, ast.Name | ast.Subscript) and isinstance(node.ctx, ast.Store)
        if stores and _root_name(node) == name and not isinstance(node, ast.Name):
            return True
        if isinstance(node, ast.Compare) and any(_root_name(comparator) == name for comparator in node.comparators):
            return True
        if (
            isinstance(node, ast.Attribute)
            and node.attr in {"update", "setdefault", "get"}
            and _root_name(node) == name
        ):
            return node.attr != "get"
        if isinstance(node, ast.Try):
            return True
    bound = [n for n in scope if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)]
    return len(bound) != 1


def _reads(scope: list[ast.AST], name: str) -> Iterator[tuple[ast.Subscript, list[str]]]:
    inner = {id(node.value) for node in scope if isinstance(node, ast.Subscript)}
    for node in scope:
        if not isinstance(node, ast.Subscript) or id(node) in inner or _root_name(node) != name:
            continue
        keys: list[str] = []
        step: ast.AST = node
        while isinstance(step, ast.Subscript):
            if not (isinstance(step.slice, ast.Constant) and isinstance(step.slice.value, str)):
                keys = []
            else:
                keys.insert(0, step.slice.value)
            step = step.value
        if keys and isinstance(step, ast.Name):
            yield node, keys


def _first_absent(data: object, keys: list[str]) -> str:
    for key in keys:
        if not isinstance(data, dict):
            return ""
        if key not in data:
            return key
        data = data[key]
    return ""


def _root_name(node: ast.AST) -> str:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


@lru_cache(maxsize=32)
def _load(text: str) -> object:
    from p2c.untrusted_yaml import load_yaml

    try:
        return load_yaml(text)
    except UnreadableTextError:
        return None
