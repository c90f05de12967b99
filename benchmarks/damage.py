"""Texts that are an original with random damage: to its bytes, its tokens, its lines, or what it says."""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from benchmarks.originals import NASTY


def damaged(text: str, kind: str) -> st.SearchStrategy[str]:
    """Texts that are this one with a few changes to its bytes, its tokens or what it says."""
    tokens = re.findall(r"\w+|\s+|[^\w\s]", text)
    levels = [_bytes(text), _tokens(tokens), _nasty(tokens), _lines(text)]
    if kind.endswith((".toml", ".json", ".ipynb", ".yml", ".yaml")):
        levels.append(_structure(text, kind))
    return st.one_of(levels)


def _bytes(text: str) -> st.SearchStrategy[str]:
    data = text.encode("utf-8")
    change = st.tuples(st.integers(0, len(data)), st.integers(0, 8), st.binary(max_size=8))

    def made(changes: list[tuple[int, int, bytes]]) -> str:
        changed = data
        for at, gone, more in changes:
            changed = changed[:at] + more + changed[at + gone :]
        return changed.decode("utf-8", "surrogateescape")

    return st.lists(change, min_size=1, max_size=6).map(made)


def _tokens(tokens: list[str]) -> st.SearchStrategy[str]:
    """Tokens moved, dropped, doubled, or many times in the place of one."""
    place = st.integers(0, len(tokens) - 1)
    change = st.tuples(place, place, st.integers(1, 6), st.sampled_from([0, 1, 2, 3, 30, 3000]))

    def made(changes: list[tuple[int, int, int, int]]) -> str:
        changed = list(tokens)
        for at, source, length, times in changes:
            changed[at : at + length] = tokens[source : source + length] * times
        return "".join(changed)

    return st.lists(change, min_size=1, max_size=4).map(made)


def _nasty(tokens: list[str]) -> st.SearchStrategy[str]:
    """What parsers are known to choke on, in the place of a token."""
    change = st.tuples(st.integers(0, len(tokens) - 1), st.sampled_from(NASTY), st.sampled_from([1, 1, 2, 20_000]))

    def made(changes: list[tuple[int, str, int]]) -> str:
        changed = list(tokens)
        for at, word, times in changes:
            changed[at] = word * max(1, min(times, 100_000 // len(word)))
        return "".join(changed)

    return st.lists(change, min_size=1, max_size=3).map(made)


def _lines(text: str) -> st.SearchStrategy[str]:
    """Lines in another order, some of them often, and one of a million characters."""
    rows = text.split("\n")
    often = st.lists(st.sampled_from(rows), max_size=3).map(lambda some: (some * 2000)[:4000])
    long = ("", " " * 300_000, "a" * 300_000, "/a" * 150_000, "x = " + "1 + " * 30_000 + "1")
    chosen = st.integers(0, len(long) - 1)

    def made(parts: tuple[list[str], list[str], int]) -> str:
        return "\n".join([*parts[0], *parts[1], long[parts[2]]])

    return st.tuples(st.permutations(rows), often, chosen).map(made)


def _structure(text: str, kind: str) -> st.SearchStrategy[str]:
    """Values in the place of others of another type, or wrapped up to a thousand times."""
    data = _parsed(text, kind)
    ways = list(_ways(data, ()))
    values: st.SearchStrategy[Any] = st.sampled_from([None, True, -1, 0.5, "", "a\nb", [], {}, [1], {"a": 1}, [[]]])
    wraps = st.tuples(values, st.sampled_from([0, 0, 1, 5, 90, 400]), st.booleans())
    changes = st.lists(st.tuples(st.sampled_from(ways), wraps), min_size=1, max_size=3)

    def made(some: list[tuple[tuple[Any, ...], Any]]) -> str:
        changed = _parsed(text, kind)
        for way, value in some:
            changed = _put(changed, way, _wrapped(value))
        return _written(changed, kind)

    return changes.map(made)


def _wrapped(told: tuple[Any, int, bool]) -> Any:
    value, times, listed = json.loads(json.dumps(told[0])), *told[1:]  # a value of its own, that may be changed
    for _ in range(times):
        value = [value] if listed else {"a": value}
    return value


def _parsed(text: str, kind: str) -> Any:
    import tomllib

    import yaml

    if kind.endswith(".toml"):
        return tomllib.loads(text)
    return json.loads(text) if kind.endswith((".json", ".ipynb")) else yaml.safe_load(text)


def _written(data: Any, kind: str) -> str:
    if kind.endswith(".toml"):
        rows = data.items() if isinstance(data, dict) else [("x", data)]
        return "".join(f"{json.dumps(str(key))} = {_inline(value)}\n" for key, value in rows)
    return _json(data)  # which is YAML too


def _inline(value: Any) -> str:
    """TOML's inline form, by hand and without recursion, for it may be nested deeply."""
    parts: list[str] = []
    waiting: list[Any] = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, _Raw):
            parts.append(one)
        elif isinstance(one, dict):
            pairs = ((_Raw(f"{json.dumps(str(key))} = "), item, _Raw(", ")) for key, item in one.items())
            inner = [part for pair in pairs for part in pair]
            waiting += reversed([_Raw("{"), *inner[:-1], _Raw("}")])
        elif isinstance(one, list):
            waiting += reversed([_Raw("["), *(part for item in one for part in (item, _Raw(", "))), _Raw("]")])
        else:
            parts.append(_scalar(one))
    return "".join(parts)


class _Raw(str):
    """Text that is written as it stands."""


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else json.dumps(str(value))


def _json(data: Any) -> str:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 20_000))
    try:
        return json.dumps(data, default=str)
    finally:
        sys.setrecursionlimit(limit)


def _ways(data: Any, way: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    yield way
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from _ways(value, (*way, key))


def _put(data: Any, way: tuple[Any, ...], value: Any) -> Any:
    if not way:
        return value
    held = data
    for key in way[:-1]:
        try:
            held = held[key]
        except (KeyError, IndexError, TypeError):
            return data  # an earlier change took it away
    with contextlib.suppress(KeyError, IndexError, TypeError):
        held[way[-1]] = value
    return data
