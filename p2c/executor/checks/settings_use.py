"""Settings that no code reads, keys that code reads and no setting names, constants that stand in code alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from p2c.errors import UnreadableTextError
from p2c.executor.report import Finding
from p2c.number_forms import said_numbers
from p2c.repo import Repo
from p2c.untrusted_text import parse_python
from p2c.untrusted_yaml import load_yaml

PAPER = "configs/paper.yaml"
_ROOTS = frozenset({"config", "cfg", "conf", "settings"})
"""Names under which code has the configuration."""
_PLAIN = frozenset(map(Decimal, ("0", "1", "2", "3", "0.5", "10", "100", "1000")))
"""Numbers that are everywhere, so that a paper that has them says nothing."""
NEAR = 80
"""Characters between a word of the paper and the number that belongs to it."""


def check(repo: Repo, paper: str) -> tuple[Finding, ...]:
    """Return what advises about the configuration of a repository that has `configs/paper.yaml`."""
    try:
        settings = load_yaml(repo.files.get(PAPER, ""))
    except UnreadableTextError:
        return ()
    if not isinstance(settings, dict):
        return ()
    trees = {path: tree for path in repo.python_files() if not _is_test(path) and (tree := _parsed(repo.files[path]))}
    if not trees:
        return ()
    names = frozenset(_names(settings))
    findings = [*_unread(settings, repo.files[PAPER], trees), *_unknown(names, trees)]
    return (*findings, *_constants(names, trees, paper))


def _unread(settings: Mapping[str, Any], text: str, trees: Mapping[str, ast.Module]) -> Iterator[Finding]:
    words = {word for tree in trees.values() for word in _words(tree)}
    walked = any(isinstance(node, ast.Attribute) and node.attr in ("items", "values", "keys")
                 for tree in trees.values() for node in ast.walk(tree))  # fmt: skip
    for key in _keys(settings):
        group, _, last = key.rpartition(".")
        siblings = [other for other in _keys(settings) if other.rpartition(".")[0] == group]
        is_read = group.rpartition(".")[2] in words
        taken_whole = walked and is_read and not any(other.rpartition(".")[2] in words for other in siblings)
        if last not in words and not taken_whole:
            line = _line(last, text)
            message = f"no code reads {key} of {PAPER}"
            yield Finding(
                "provenance", "UnreadSetting", message, PAPER, line, fix="read it, or take it out", gates=False
            )


def _unknown(names: frozenset[str], trees: Mapping[str, ast.Module]) -> Iterator[Finding]:
    names |= {key for tree in trees.values() for key in _made(tree)}
    for path, tree in trees.items():
        reported: set[str] = set()
        for line, keys in _reads(tree):
            strange = next((key for key in keys if key not in names), None)
            if strange is not None and strange not in reported:
                reported.add(strange)
                message = (
                    f"{path} reads {'.'.join(keys)} of the configuration, and no setting of {PAPER} has {strange!r}"
                )
                fix = "add the setting with its source, or read the one that is meant"
                yield Finding("provenance", "UnknownSetting", message, path, line, fix=fix, gates=False)


def _made(tree: ast.Module) -> Iterator[str]:
    """Yield the keys that code itself puts into mappings."""
    for node in ast.walk(tree):
        keys = node.keys if isinstance(node, ast.Dict) else []
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            keys = [node.slice]
        yield from (key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str))


def _constants(names: frozenset[str], trees: Mapping[str, ast.Module], paper: str) -> Iterator[Finding]:
    lowered = paper.lower()
    for path, tree in trees.items():
        for name, value, line in _fixed(tree):
            number = abs(Decimal(repr(value)).normalize())
            if name in names or number in _PLAIN or number < Decimal("1e-6") or not _is_near(name, number, lowered):
                continue
            message = f"{name} = {value} stands in {path} alone, and the paper has {value} near {name!r}"
            fix = f"make it a setting of {PAPER} with its source"
            yield Finding("provenance", "ConstantInCode", message, path, line, fix=fix, gates=False)


def _is_near(name: str, number: Decimal, paper: str) -> bool:
    words = [word for word in re.split(r"[\W_]+", name.lower()) if len(word) > 3]
    for word in words:
        for match in re.finditer(rf"\b{re.escape(word)}", paper):
            if number in said_numbers(paper[max(0, match.start() - NEAR) : match.end() + NEAR]):
                return True
    return False


def _fixed(tree: ast.Module) -> Iterator[tuple[str, float, int]]:
    """Yield the numbers that are given a name for good: defaults of parameters, constants of modules and classes."""
    bodies = [tree.body, *(node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]
    for node in (node for body in bodies for node in body):
        if isinstance(node, ast.Assign | ast.AnnAssign) and (value := _number(node.value)) is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((target.id, value, node.lineno) for target in targets if isinstance(target, ast.Name))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _defaults(function.args)


def _defaults(given: ast.arguments) -> Iterator[tuple[str, float, int]]:
    plain = [*given.posonlyargs, *given.args]
    pairs: list[tuple[ast.arg, ast.expr | None]] = [
        *zip(plain[len(plain) - len(given.defaults) :], given.defaults, strict=True),
        *zip(given.kwonlyargs, given.kw_defaults, strict=True),
    ]
    for argument, default in pairs:
        if (value := _number(default)) is not None:
            yield argument.arg, value, argument.lineno


def _number(node: ast.expr | None) -> float | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    fits = isinstance(node, ast.Constant) and type(node.value) in (int, float)
    value = node.value if fits and isinstance(node, ast.Constant) else None
    return value if isinstance(value, int | float) and abs(value) < 1e15 else None


def _reads(tree: ast.Module) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield line and keys of each chain `config["a"]["b"]` or `config.get("a")`, the longest of each."""
    inner: set[int] = set()
    for node in ast.walk(tree):
        keys = _chain(node)
        if keys and id(node) not in inner:
            inner.update(id(part) for part in ast.walk(node) if part is not node)
            yield getattr(node, "lineno", 1), keys


def _chain(node: ast.AST) -> tuple[str, ...] | None:
    """The keys of a chain from the configuration down; () for the configuration itself, None for anything else."""
    if isinstance(node, ast.Name):
        return () if node.id in _ROOTS else None
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        above, key = _chain(node.value), node.slice.value
    elif _is_get(node):
        above, key = _chain(node.func.value), node.args[0].value  # type: ignore[attr-defined]
    else:
        return None
    return None if above is None else (*above, key)


def _is_get(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "get"
        and bool(node.args)
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    )


def _words(tree: ast.Module) -> Iterator[str]:
    """Yield every name and text of the code that may be a key; a dotted text is each of its parts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.split(r"[.\s/]+", node.value) if len(node.value) < 200 else ()
        for field in ("id", "attr", "arg", "name"):
            word = getattr(node, field, None)
            if isinstance(word, str):
                yield word


def _keys(settings: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from _keys(value, f"{above}{name}.")
        else:
            yield f"{above}{name}"


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)


def _parsed(text: str) -> ast.Module | None:
    try:
        return parse_python(text)
    except SyntaxError:
        return None


def _is_test(path: str) -> bool:
    return path.rsplit("/", 1)[-1].startswith(("test_", "conftest")) or path.startswith("tests/")


def _line(name: str, text: str) -> int:
    pattern = re.compile(rf"\s*[\"']?{re.escape(name)}[\"']?\s*:")
    return next((number for number, row in enumerate(text.split("\n"), 1) if pattern.match(row)), 1)
