"""Cures settings that the code reads and its configuration file lacks, where the code itself has a default for it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from p2c.executor.report import Finding, Frame
from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.configuration.code_defaults import Value, plain_default, receiving_default
from p2c.repair.fixers.configuration.text_edits import config_files, tables, with_setting
from p2c.repair.fixers.text_edits import calls_on, offer
from p2c.repair.patch import Patch
from p2c.repo import Repo

_KEY = re.compile(r"'([A-Za-z_][\w-]*)'|\"([A-Za-z_][\w-]*)\"")
_LOCAL_KEY = re.compile(r"(?:^dict of \d+: |, )'([^']*)': ")
_ENOUGH = 2
"""So many other keys that are read of the same thing tell which table it is."""


def fix(case: Case) -> Patch | None:
    """Add the setting that a KeyError of the repository's own line misses to the table it was looked for in."""
    for finding in case.report.gating:
        match = _KEY.fullmatch(finding.message.strip()) if finding.rule == "KeyError" else None
        if not match or not finding.frames or not finding.frames[-1].inside:
            continue
        name = match[1] or match[2]
        changes = _added(case.repo, finding, name)
        if changes:
            reason = f"Set {name!r} in {', '.join(changes)} to what the code falls back to"
            return offer(case, "config-keys", reason, changes)
    return None


def _added(repo: Repo, finding: Finding, name: str) -> dict[str, str | None]:
    frame = finding.frames[-1]
    tree = parse(repo.files.get(frame.path, ""))
    reads = list(_reads(tree, frame.line, name)) if tree else []
    if tree is None or not reads or len({ast.dump(read.value) for read in reads}) != 1:
        return {}
    value = _default(repo, tree, frame.line, reads)
    where = _tables(repo, tree, frame, reads[0])
    if value is None or len({keys for _, keys in where}) != 1:
        return {}
    texts = {path: with_setting(repo.files[path], keys, name, value) for path, keys in where}
    return {path: text for path, text in texts.items() if text is not None} if all(texts.values()) else {}


def _reads(tree: ast.Module, line: int, name: str) -> Iterator[ast.Subscript]:
    """Yield what reads this key on a line of the text."""
    for node in ast.walk(tree):
        is_read = isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _key(node) == name
        if is_read and isinstance(node, ast.Subscript) and node.lineno <= line <= (node.end_lineno or node.lineno):
            yield node


def _key(node: ast.Subscript) -> str | None:
    key = node.slice
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def _default(repo: Repo, tree: ast.Module, line: int, reads: list[ast.Subscript]) -> Value | None:
    """The default of the parameter that the value is given to; else the only one that the name has anywhere."""
    for call in calls_on(tree, line):
        for read in reads:
            if read in call.args or any(word.value is read for word in call.keywords):
                value = receiving_default(repo, call, read)
                if value is not None:
                    return value
    return plain_default(repo, str(_key(reads[0])))


def _tables(repo: Repo, tree: ast.Module, frame: Frame, read: ast.Subscript) -> list[tuple[str, tuple[str, ...]]]:
    """Return (file, keys that lead to the table) of what the key is looked up in."""
    keys: list[str] = []
    root = read.value
    while isinstance(root, ast.Subscript) and _key(root) is not None:
        keys.insert(0, str(_key(root)))
        root = root.value
    every = [(path, inner, own) for path in config_files(repo) for inner, own in tables(repo.files[path])]
    local_keys = _keys_of_local(frame, root.id) if isinstance(root, ast.Name) else None
    if local_keys is not None:
        known = {(path, inner) for path, inner, _ in every}
        candidates = [(path, (*inner, *keys)) for path, inner, own in every if own == local_keys]
        return [(path, inner) for path, inner in candidates if (path, inner) in known]
    others = {key for key in _keys_read(tree, read.value) if key != _key(read)}
    if len(others) < _ENOUGH:
        return []
    return [(path, inner) for path, inner, own in every if others <= own]


def _keys_read(tree: ast.Module, owner: ast.expr) -> set[str]:
    """Return every key that the file reads of the same expression."""
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Subscript))
    return {key for node in nodes if ast.dump(node.value) == ast.dump(owner) and (key := _key(node))}


def _keys_of_local(frame: Frame, name: str) -> frozenset[str] | None:
    """Return the keys of a dictionary as the recorder described it, or None where it did not, or not all of them."""
    described = frame.locals.get(name, "")
    count = re.match(r"dict of (\d+): ", described)
    keys = _LOCAL_KEY.findall(described)
    return frozenset(keys) if count and len(keys) == int(count[1]) else None
