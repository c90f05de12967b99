"""Configuration files as text: which settings stand where, and adding one without touching the others' form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from p2c.errors import UnreadableTextError
from p2c.repair.fixers.configuration.code_defaults import Value
from p2c.repo import Repo

if TYPE_CHECKING:
    import yaml

_SUFFIXES = (".yaml", ".yml", ".json")
_NOT_SETTINGS = re.compile(r"(?:^|/)\.|(?:^|/)(?:package|tsconfig|environment|docker-compose|mkdocs|conda)[\w-]*\.\w+$")


def config_files(repo: Repo) -> tuple[str, ...]:
    """Return the YAML and JSON files that may hold a program's settings."""
    return tuple(path for path in repo.files if path.endswith(_SUFFIXES) and not _NOT_SETTINGS.search(path))


def tables(text: str) -> Iterator[tuple[tuple[str, ...], frozenset[str]]]:
    """Yield each table of a file as (the keys that lead to it, its own keys)."""
    data = _load(text)
    waiting: list[tuple[tuple[str, ...], object]] = [((), data)]
    while waiting:
        keys, value = waiting.pop(0)
        if isinstance(value, dict):
            yield keys, frozenset(str(key) for key in value)
            waiting += [((*keys, str(key)), inner) for key, inner in value.items()]


def with_setting(text: str, keys: tuple[str, ...], name: str, value: Value) -> str | None:
    """Return the text with one more setting at the end of a table, or None where that can't be done for certain."""
    from p2c.untrusted_yaml import compose

    try:
        node = _table(compose(text), keys)
    except UnreadableTextError:
        return None
    if node is None or not node.value:
        return None
    changed = _in_braces(text, node, name, value) if node.flow_style else _below(text, node, name, value)
    wanted = _load(text)
    inner = wanted
    for key in keys:
        inner = inner[key] if isinstance(inner, dict) else {}
    if not isinstance(inner, dict) or name in inner:
        return None
    inner[name] = value
    return changed if _load(changed) == wanted else None


def _load(text: str) -> object:
    from p2c.untrusted_yaml import load_yaml

    try:
        return load_yaml(text)
    except UnreadableTextError:
        return None


def _table(node: yaml.Node | None, keys: tuple[str, ...]) -> yaml.MappingNode | None:
    import yaml

    for key in keys:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for name, value in pairs if name.value == key), None)
    return node if isinstance(node, yaml.MappingNode) else None


def _in_braces(text: str, node: yaml.MappingNode, name: str, value: Value) -> str:
    """After the last pair of `{a: 1}`, on a line of its own where that pair has one."""
    key, last = node.value[-1]
    end = last.end_mark.index
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    indent = text[start : key.start_mark.index]
    own_line = not indent.strip() and start > 0
    quoted = text[key.start_mark.index] == '"'
    spelled = f"{json.dumps(name) if quoted else name}: {_spelled(value, quoted)}"
    return text[:end] + (f",\n{indent}{spelled}" if own_line else f", {spelled}") + text[end:]


def _below(text: str, node: yaml.MappingNode, name: str, value: Value) -> str:
    """On a line after the last pair of a table that is written as lines, as far in as that pair is."""
    import yaml

    key, last = node.value[-1]
    while isinstance(last, yaml.MappingNode | yaml.SequenceNode) and not last.flow_style and last.value:
        inner = last.value[-1]
        last = inner[1] if isinstance(inner, tuple) else inner
    end = max(len(text[: last.end_mark.index].rstrip()), key.end_mark.index)
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    newline = "\r\n" if text[:line_end].endswith("\r") else "\n"
    head = text[:line_end].removesuffix("\r")
    rest = text[len(head) :] or newline
    return f"{head}{newline}{' ' * key.start_mark.column}{name}: {_spelled(value, False)}{rest}"


def _spelled(value: Value, is_json: bool) -> str:
    """Spell a value so that YAML 1.1 and JSON read it as what it is: exponents with a dot and a sign."""
    if isinstance(value, str) and not is_json and re.fullmatch(r"[A-Za-z][\w./-]*", value):
        plain = _load(value)
        return value if plain == value else json.dumps(value)
    if isinstance(value, float):
        return re.sub(r"^(-?\d+)e", r"\1.0e", repr(value))
    return json.dumps(value, ensure_ascii=False)
