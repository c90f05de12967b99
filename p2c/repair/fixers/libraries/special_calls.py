"""What stands for calls whose new form depends on what is passed, by the name that rows have in their column `code`."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from p2c.repair.fixers.libraries.changes import LibraryChange
from p2c.repair.fixers.libraries.templates import arguments, filled, inside, parsed, passed, plus_one, written
from p2c.repair.fixers.text_edits import Text

Write = Callable[[LibraryChange, str, ast.Call, Text], str | None]
"""From the row, the successor as the file names it and the call to the new expression; None where that would not
mean the same."""


def _random_integers(_: LibraryChange, new: str, call: ast.Call, place: Text) -> str | None:
    """Both ends were included; with one argument it began at 1."""
    given = arguments(call, place, "low high size")
    if not given or "low" not in given:
        return None
    low, high = ("1", given["low"]) if given.get("high", "None") == "None" else (given["low"], given["high"])
    size = f", size={given['size']}" if "size" in given else ""
    return f"{new}({low}, {plus_one(high)}{size})"


def _subgraphs(_: LibraryChange, new: str, call: ast.Call, place: Text) -> str | None:
    """A generator of copies, as it was; the graph is named twice."""
    given = arguments(call, place, "G copy")
    if not given or "G" not in given or given.get("copy", "True") not in ("True", "False"):
        return None
    if not isinstance(parsed(given["G"]), ast.Name | ast.Attribute):
        return None
    copy = ".copy()" if given.get("copy", "True") == "True" else ""
    return f"({given['G']}.subgraph(c){copy} for c in {new}({given['G']}))"


def _indexed_update(row: LibraryChange, new: str, call: ast.Call, place: Text) -> str | None:
    """`jax.ops.index[...]` only made an index of what is in the brackets."""
    given = passed(row, call, place)
    if given is None or len(given) != 3:
        return None
    index = call.args[1] if len(call.args) > 1 else next(word.value for word in call.keywords if word.arg == "idx")
    if isinstance(index, ast.Subscript) and ast.unparse(index.value).endswith(("ops.index", "index")):
        given["idx"] = place.source(index.slice)
    return filled(row.form, given, set(given))


def _adamw(_: LibraryChange, new: str, call: ast.Call, place: Text) -> str | None:
    """torch's own has other defaults; they are said, so that it steps as before."""
    given = {word.arg for word in call.keywords}
    if "correct_bias" in given or len(call.args) > 2 or None in given:
        return None
    defaults = {"eps": "1e-6", "weight_decay": "0.0"}
    kept = [place.source(part) for part in call.args]
    kept += [place.source(word) for word in call.keywords if word.arg != "no_deprecation_warning"]
    kept += [f"{name}={value}" for name, value in defaults.items() if name not in given]
    return f"{new}({', '.join(kept)})"


def _to_numpy_matrix(_: LibraryChange, new: str, call: ast.Call, place: Text) -> str | None:
    """What gave a matrix gives an array today; it is asked of the same module."""
    if not isinstance(call.func, ast.Attribute):
        return None
    return f"{new}({place.source(call.func.value)}.to_numpy_array({inside(call, place)}))"


def _symeig(_: LibraryChange, new: str, call: ast.Call, place: Text) -> str | None:
    """It read the upper triangle where nothing else was said, and returned values and vectors under the same names."""
    given = arguments(call, place, "input eigenvectors upper")
    if not given or "input" not in given or given.get("upper", "True") not in ("True", "False"):
        return None
    return f'{new}({given["input"]}, UPLO="{"U" if given.get("upper", "True") == "True" else "L"}")'


def _unpacked(row: LibraryChange, new: str, call: ast.Call, place: Text) -> str | None:
    """networkx unpacked by the file's ending; a file that has one in it is left alone."""
    return None if re.search(r"\.(?:gz|bz2)\b", place.text) else written(row, new, call, place)


SPECIAL_CALLS: Mapping[str, Write] = MappingProxyType(
    {
        "random_integers": _random_integers,
        "subgraphs": _subgraphs,
        "indexed_update": _indexed_update,
        "adamw": _adamw,
        "to_numpy_matrix": _to_numpy_matrix,
        "symeig": _symeig,
        "unpacked": _unpacked,
    }
)
