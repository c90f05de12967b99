"""The structured text that strangers wrote is parsed here: bounded in nesting and cost, with one kind of error.

YAML is parsed in `untrusted_yaml`, which imports PyYAML. Whatever these functions return can be walked recursively,
printed and compared at a cost in proportion to the text's length. Nothing else in p2c calls a parser on such text
(`tests/test_architecture.py` holds it to that).
"""

from __future__ import annotations

import ast
import configparser
import json
import re
import threading
import tomllib
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from p2c.errors import UnreadableTextError

MAX_DEPTH = 100
"""Levels of nesting. Of the 7,800 Python files of the standard library and of sixty packages the deepest syntax tree
has 87; no configuration has ten. A recursive walk takes up to seven frames a level, of the thousand that Python has."""
MAX_BITS = 14_000
"""Of a whole number: one of more than 4,300 decimal digits cannot be printed (`sys.set_int_max_str_digits`)."""
MAX_KEY_WORK = 100_000_000
"""Of TOML: the sum of the squares of the dots in each line. tomllib copies a dotted key once for each of its parts."""
MAX_LEGIBLE = 200_000
"""Characters of a README or a configuration file in which anything is looked for."""
MAX_LINE = 1_000

_ONE_AT_A_TIME = threading.Lock()
"""CPython counts the depth of a tree in one place for all threads (gh-106905), and warnings filters are global too."""


class TooDeepError(SyntaxError):
    """Python that is nested too deeply, or has too large a number, to be analysed; it may run all the same."""


def parse_python(source: str | bytes) -> ast.Module:
    """Return the tree; whatever the parser dies of (nesting, NUL bytes, surrogates) is a SyntaxError.

    Raises TooDeepError, which is one, for what may be Python and cannot be analysed. Safe to call from several threads.
    """
    try:
        with _ONE_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (RecursionError, MemoryError) as error:
        raise TooDeepError("nested too deeply to be analysed") from error
    except (ValueError, OverflowError) as error:
        raise SyntaxError(f"not Python that can be parsed ({type(error).__name__})") from error
    _refuse_deep_tree(tree)
    return tree


def _refuse_deep_tree(tree: ast.Module) -> None:
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        for node in level:
            if isinstance(node, ast.Constant) and type(node.value) is int and node.value.bit_length() > MAX_BITS:
                raise TooDeepError("a number in it has too many digits to be analysed")
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise TooDeepError(f"nested too deeply to be analysed (more than {MAX_DEPTH} levels)")


def load_toml(text: str) -> dict[str, Any]:
    """Return what a TOML text says; raises UnreadableTextError."""
    if sum(line.count(".") ** 2 for line in text.split("\n")) > MAX_KEY_WORK:
        raise UnreadableTextError("a line of it has too many dots")
    try:
        data = tomllib.loads(text)
    except RecursionError as error:
        raise UnreadableTextError("nested too deeply") from error
    except ValueError as error:  # tomllib.TOMLDecodeError among them
        raise UnreadableTextError(str(error), _line_number(str(error))) from error
    _refuse_deep_data(data)
    return data


def with_toml_values(text: str, table: Sequence[str], values: Mapping[str, str]) -> str:
    """Return a TOML text with these keys of a table set, all else as it stands; raises UnreadableTextError."""
    load_toml(text)  # which refuses what takes long to read
    try:
        document = tomlkit.parse(text)
        place: Any = document
        for number, name in enumerate(table):
            if name not in place:
                place[name] = tomlkit.table(is_super_table=number + 1 < len(table))
            place = place[name]
        place.update(values)
        return tomlkit.dumps(document)
    except (TOMLKitError, RecursionError, TypeError, AttributeError) as error:  # a value where a table should be
        raise UnreadableTextError(f"[{'.'.join(table)}] can't be edited: {error}") from error


def load_json(text: str | bytes, strict: bool = True) -> Any:
    """Return what a JSON text says; raises UnreadableTextError. `strict=False` lets strings hold line ends."""
    try:
        data = json.loads(text, strict=strict)
    except RecursionError as error:
        raise UnreadableTextError("nested too deeply") from error
    except ValueError as error:  # json.JSONDecodeError and UnicodeDecodeError among them
        raise UnreadableTextError(str(error), getattr(error, "lineno", None)) from error
    _refuse_deep_data(data)
    return data


def _refuse_deep_data(data: object) -> None:
    level: list[object] = [data]
    for _ in range(MAX_DEPTH):
        if any(type(item) is int and item.bit_length() > MAX_BITS for item in level):
            raise UnreadableTextError("a number in it has too many digits")
        tables = [item for item in level if isinstance(item, dict)]
        lists = [item for item in level if isinstance(item, list)]
        level = [value for table in tables for value in table.values()] + [value for items in lists for value in items]
        if not level:
            return
    raise UnreadableTextError(f"nested too deeply (more than {MAX_DEPTH} levels)")


def load_ini(text: str, strict: bool = True) -> configparser.RawConfigParser:
    """Return the sections of a setup.cfg and its kind, nothing interpolated; raises UnreadableTextError."""
    parser = configparser.RawConfigParser(strict=strict)
    try:
        parser.read_string("\n".join(map(_without_gaps, text.split("\n"))))
    except Exception as error:  # configparser meets some malformed texts with errors of its own code
        raise UnreadableTextError(str(error).split("\n")[0], getattr(error, "lineno", None)) from error
    return parser


def _without_gaps(line: str) -> str:
    """Of a long line only: configparser's pattern looks at each pair of blanks in a row."""
    return line if len(line) < 200 else re.sub(r"(?<=\S)\s{2,}", " ", line)


def _line_number(message: str) -> int | None:
    match = re.search(r"\(at line (\d+)", message)
    return int(match[1]) if match else None


def legible(text: str, most: int = MAX_LEGIBLE) -> str:
    """Return a text for patterns that look at words and lines as people write them: its first `most` characters.

    A line longer than MAX_LINE is left empty, so that a pattern whose cost grows with the square of a line's length
    costs little; the numbers of the lines stay.
    """
    head = text[:most]
    if max(map(len, head.split("\n"))) <= MAX_LINE:
        return head
    return "\n".join(line if len(line) <= MAX_LINE else "" for line in head.split("\n"))


def type_name(value: object) -> str:
    """Return what a value of TOML, JSON or YAML is, in words, as in "is a list"."""
    names = {bool: "a truth value", str: "a text", list: "a list", dict: "a table", int: "a number", float: "a number"}
    return names.get(type(value), "nothing" if value is None else f"a {type(value).__name__}")
