"""The names of what the code computes as results, and where numbers are written down under them."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from p2c.errors import UnreadableTextError
from p2c.repair.guards.code_changes import Change, literal
from p2c.repair.guards.resolved import folded, last
from p2c.untrusted_text import load_json, load_toml
from p2c.untrusted_yaml import load_yaml

RESULT = re.compile(r"metric|result|score|report|summar|outcome|evaluation|stats|record|history", re.IGNORECASE)
"""Names of what holds results."""
MEASURE = re.compile(
    r"(?:^|_)(?:loss(?:es)?|accura\w*|acc|scores?|errors?|auc|auroc|f1|precision|recall|rmse|mse|mae|mape|r2|bleu|rouge|"
    r"perplexity|ppl|nll|iou|dice|psnr|ssim|fid|elbo|likelihood|reward|regret|correlation|p_?value|kappa|map|ndcg)(?:_|$)",
    re.IGNORECASE,
)
"""Names of what is measured."""
_LIMITS = re.compile(r"\w*(?:weight|threshold|target|limit|tolerance|goal|bound|coefficient|factor)s?", re.IGNORECASE)
"""Below such a key stands what is asked of a result, not the result."""
_PLAIN = (0, 1, -1)
MOST = 100_000
"""Characters of a file that is read: results that somebody put there are a table to be read by eye, data is longer."""


def computed_keys(change: Change) -> frozenset[str]:
    """Return the keys under which the code of before held what it computed, and which its tests ask for."""
    keys: set[str] = set()
    for file in change.old:
        for node in ast.walk(file.tree):
            keys |= set(_keyed(node))
    return frozenset(keys)


def _keyed(node: ast.AST) -> Iterator[str]:
    """`{"loss": losses[-1]}`, `metrics["loss"] = ...`, `dict(loss=...)` of what is computed."""
    if isinstance(node, ast.Assign):
        is_result = any(RESULT.search(last(target)) for target in node.targets)
        yield from _entries(node.value, is_result)
        for target in node.targets:
            key = folded(target.slice) if isinstance(target, ast.Subscript) and not literal(node.value) else None
            if key and (RESULT.search(last(getattr(target, "value", node))) or MEASURE.search(key)):
                yield key
    elif isinstance(node, ast.Return) and node.value is not None:
        yield from _entries(node.value, False)
    elif isinstance(node, ast.Call):
        for argument in node.args:
            yield from _entries(argument, last(node.func) in ("dump", "dumps", "update", "append"))


def _entries(node: ast.expr, is_result: bool) -> Iterator[str]:
    """Keys of a dictionary of computed values; of one that is held as a result, all of them."""
    if isinstance(node, ast.Dict):
        pairs = [(folded(key) or "", value) for key, value in zip(node.keys, node.values, strict=True) if key]
    elif isinstance(node, ast.Call) and last(node.func) == "dict":
        pairs = [(word.arg or "", word.value) for word in node.keywords]
    else:
        return
    yield from (key for key, value in pairs if key and not literal(value) and (is_result or MEASURE.search(key)))


def is_number(value: object) -> bool:
    """Whether a value is a number that says something: nought, one and not-a-number are where one begins."""
    is_numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return is_numeric and value not in _PLAIN and value == value


def filled(data: object, keys: frozenset[str], depth: int = 8) -> frozenset[str]:
    """Return which keys have numbers in read data: mapped to them, or named in a row beside a row of numbers."""
    if not depth:
        return frozenset()
    if isinstance(data, Mapping):
        own = {str(key) for key, value in data.items() if str(key) in keys and _is_numbers(value)}
        inner = [value for key, value in data.items() if not _LIMITS.fullmatch(str(key))]
        return frozenset(own | _beside(list(data.values()), keys)).union(
            *(filled(value, keys, depth - 1) for value in inner)
        )
    if isinstance(data, list):
        return frozenset(_beside(data, keys)).union(*(filled(value, keys, depth - 1) for value in data))
    return frozenset()


def _is_numbers(value: object) -> bool:
    listed = isinstance(value, list) and bool(value)
    return is_number(value) or (listed and isinstance(value, list) and all(map(is_number, value)))


def _beside(values: Sequence[object], keys: frozenset[str]) -> set[str]:
    """`names: [loss, accuracy]` beside `values: [0.2, 0.9]`, `["loss", 0.2]`, a head of a table and its rows."""
    rows = [value for value in values if isinstance(value, list)]
    named = {str(cell) for row in rows for cell in row if isinstance(cell, str) and cell in keys}
    numbers = [row for row in rows if row and any(map(is_number, row))]
    flat = {str(value) for value in values if isinstance(value, str) and value in keys}
    return (named if numbers else set()) | (flat if any(map(is_number, values)) else set())


def read(path: str, text: str) -> object:
    """Return what a file of data holds, as far as it can be read."""
    suffix = PurePosixPath(path).suffix.lower()
    try:
        if suffix in (".json", ".ipynb"):
            return load_json(text)
        if suffix == ".jsonl":
            return [load_json(line) for line in text.splitlines() if line.strip()]
        if suffix == ".toml":
            return load_toml(text)
        if suffix in (".yaml", ".yml"):
            return load_yaml(text)
    except (UnreadableTextError, ValueError):
        return None
    try:
        return _table(text)
    except csv.Error:
        return None


def _table(text: str) -> object:
    """Rows of a table, or `name = number` line by line; 2,000 rows, as parsing takes time with each."""
    rows = [
        [_value(cell.strip()) for cell in row] for row in csv.reader(text.splitlines()[:2000], delimiter=_between(text))
    ]
    pairs = re.findall(
        r"""(?m)^[\s"']*([A-Za-z_][\w.-]*)["']?\s*[:=\s]\s*(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*,?\s*$""", text
    )
    return [rows, dict((name, float(number)) for name, number in pairs)]


def _between(text: str) -> str:
    head = text.partition("\n")[0]
    return next((mark for mark in ("\t", ";", ",") if mark in head), ",")


def _value(cell: str) -> object:
    try:
        return float(cell)
    except ValueError:
        return cell.strip("\"'")


def in_code(node: ast.AST, keys: frozenset[str]) -> frozenset[str]:
    """Return which keys a piece of code gives numbers: a dictionary, keywords, rows side by side, JSON in a text."""
    if isinstance(node, ast.Dict):
        pairs = [(folded(key), value) for key, value in zip(node.keys, node.values, strict=True) if key]
        return frozenset(key for key, value in pairs if key in keys and _fixed(value))
    if isinstance(node, ast.Call):
        named = frozenset(word.arg for word in node.keywords if word.arg in keys and _fixed(word.value) and word.arg)
        if last(node.func) == "zip":
            return named | _rows([_list(argument) for argument in node.args], keys)
        return named
    if isinstance(node, ast.List | ast.Tuple):
        return _rows([_list(part) for part in node.elts], keys) | _rows([_list(node)], keys)
    text = folded(node) if isinstance(node, ast.expr) else None
    if text and "{" in text:
        try:
            return filled(load_json(text), keys)
        except (UnreadableTextError, ValueError):
            return frozenset()
    return frozenset()


def _fixed(node: ast.expr) -> bool:
    numbers = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    return literal(node) and any(map(is_number, numbers)) and not any(isinstance(leaf, str) for leaf in numbers)


def _list(node: ast.expr) -> list[object]:
    parts = node.elts if isinstance(node, ast.List | ast.Tuple) else []
    return [part.value for part in parts if isinstance(part, ast.Constant)]


def _rows(rows: list[list[object]], keys: frozenset[str]) -> frozenset[str]:
    if len(rows) == 1:
        return frozenset(_beside(rows[0], keys))
    return frozenset(_beside(list(rows), keys))


def data_files(change: Change, keys: frozenset[str]) -> dict[str, frozenset[str]]:
    """Return which keys of results have numbers in each committed file that is no code."""
    keys_by_file = {}
    for path, text in change.after.files.items():
        is_code = path.endswith((".py", ".md", ".rst", ".tex", ".bib")) or path == "p2c.toml"
        filled_keys = filled(read(path, text), keys) if not is_code and len(text) <= MOST else frozenset()
        if filled_keys:
            keys_by_file[path] = filled_keys
    return keys_by_file
