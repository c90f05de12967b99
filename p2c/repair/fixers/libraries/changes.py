"""What libraries changed, as rows of data: `library_changes/LIBRARY.toml`, one row a change, checked while read.

Every row has `old`; `since` is the version in which the old form stopped working, left out where that is not certain,
and `new_since` the version that brought the new form, left out where every release that Python 3.10 can install has it.

When a row holds is said by its kind (`KINDS`) and by the columns in `CONDITIONS`, one for each thing that is compared:
a single text could not be checked when it is read. Only what a function of `special_calls` looks at is put in words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from packaging.version import InvalidVersion, Version

_ALWAYS = frozenset({"old", "since", "new_since", "scope"})


@dataclass(frozen=True)
class RowKind:
    """What a row of a kind has to say, and what it is about."""

    needed: frozenset[str]
    optional: frozenset[str]
    scope: str
    """The scope of a row that names none."""
    condition: str
    """When a row of the kind holds at all, in words; its own columns narrow it further."""


KINDS: Mapping[str, RowKind] = MappingProxyType(
    {
        kind: RowKind(frozenset(needed.split()), frozenset(optional.split()) | _ALWAYS, scope, condition)
        for kind, needed, optional, scope, condition in (
            ("name", "old", "new value", "all", "the file's imports say that the name is this one"),
            ("module", "old new", "", "row", "the file imports it, or from it"),
            (
                *("call", "old", "new takes form code condition", "library"),
                "the file's imports say that it is this function, and all that the file does with it is to call it",
            ),
            (
                *("method", "old owner", "new takes form module made_by", "library"),
                "the file imports the library, or a finding missed it on this line",
            ),
            (
                *("attribute", "old owner", "new form module indexed keys", "library"),
                "the file imports the library, or a finding missed it on this line",
            ),
            (
                *("renamed-parameter", "old new call", "raised_by method", "library"),
                "the file's imports say that the library's function is called, which is not passed the new name too",
            ),
            (
                *("removed-parameter", "old call", "values form to after unless module imported", "library"),
                "it is passed to the library's function, or to an object's method where the file imports the library; "
                "or a finding missed it on this line",
            ),
            (
                *("value", "old new call", "parameter method module", "library"),
                "the file's imports say that the library's function is called, and the value is written there",
            ),
            (
                *("keyword-only", "old takes", "only receiver", "library"),
                "the file's imports say that it is this function, or a finding missed it on this line; nothing is "
                "passed by a star",
            ),
        )
    }
)
"""Kind of row -> its columns, its scope, and its condition."""
CONDITIONS = tuple(
    "owner module made_by indexed keys call raised_by method values unless imported parameter only receiver takes "
    "condition scope".split()
)
"""The columns that say when a row holds."""
_EITHER = MappingProxyType(
    {"name": ("new", "value"), "call": ("form", "code"), "method": ("new", "form"), "attribute": ("new", "form")}
)
"""Kind of row -> columns of which it needs at least one."""
_SCOPES = frozenset({"all", "library", "row", "line"})
_PATTERNS = ("owner", "call", "raised_by", "made_by")


class RowError(ValueError):
    """A row of the tables is not well-formed."""


@dataclass(frozen=True)
class LibraryChange:
    """One change of a library: what stood there, and what says exactly the same today.

    `scope` says when a row that no finding names goes along with one that a finding does: `all` with any row,
    `library` with one of its own library, `row` never; `line`: never, and on the line that failed alone.
    """

    library: str
    """The root of what is imported; `python` for the standard library."""
    kind: str
    old: str
    """A dotted name (name, module, call, keyword-only), or a member's, a parameter's or a value's own."""
    scope: str
    source: str
    """Where the library says so; `{since}` stands for the version."""
    new: str = ""
    """The successor, named in the same way; for members a dotted one is a function that takes the object first.
    Of a value it is source text."""
    since: str = ""
    new_since: str = ""
    value: str = ""
    """An expression for a name that has no successor to import."""
    form: str = ""
    """What is written instead: see `templates`. For a removed parameter '' leaves it out."""
    code: str = ""
    """The function of `special_calls` that writes it."""
    condition: str = ""
    """For which calls that function writes it, in words; it leaves the others as they are."""
    takes: str | None = None
    """The parameters that a call may pass, in order; `|` before those that are taken by name only now."""
    owner: str = ""
    """A pattern for the class that a message names."""
    module: str = ""
    """What a file has to import for its objects to be meant, where that is not the library; `builtins` for none."""
    made_by: str = ""
    """A pattern for the call that the object's name is assigned from."""
    indexed: bool = False
    """It is meant only where an index follows."""
    keys: bool = False
    """It is meant only where nothing but the keys of a dict is used: in a loop, in `len`, after `in`."""
    call: str = ""
    """A pattern for the last name of what is called."""
    raised_by: str = ""
    """A pattern for the function that a message names, where that is not the one called."""
    method: bool = False
    """It is called on objects that no import tells of."""
    values: tuple[str, ...] = ()
    """The sources of the values for which the row holds; () for any."""
    to: str = ""
    """What is called instead: on a module | on an object, or the same on both; a dotted name for a function."""
    after: str = ""
    """What follows the call."""
    unless: str = ""
    """The row does not hold where one of these parameters is passed too."""
    imported: bool = False
    """It holds for what an import tells of alone, not for methods of objects that may be anything."""
    parameter: str = ""
    """The parameter that has the value; '' for what is passed by place."""
    only: bool = False
    """No other library's objects have a method of this name."""
    receiver: str = ""
    """The attribute that a method is called on (`str` in `names.str.split`)."""

    @property
    def root(self) -> str:
        """The root of what a file imports for the row to be about it."""
        return self.module or self.library


Missed = tuple[LibraryChange, int]
"""A row, and the line of a file where a finding missed it."""


def changes(*kinds: str) -> tuple[LibraryChange, ...]:
    """Return the rows of these kinds, in the order of the tables; all rows where none is named."""
    return tuple(row for row in _rows() if not kinds or row.kind in kinds)


def go_along(rows: tuple[LibraryChange, ...], missed: list[LibraryChange]) -> list[LibraryChange]:
    """Return the rows that are written with these missed ones, which are among them."""
    return [row for row in rows if row in missed or (missed and _goes_along(row, missed))]


def _goes_along(row: LibraryChange, missed: list[LibraryChange]) -> bool:
    of_library = [other for other in missed if other.library == row.library]
    if row.new_since:
        versions = [other.since for other in of_library if other.since]
        return any(Version(since) >= Version(row.new_since) for since in versions) and row.scope in ("all", "library")
    return row.scope == "all" or (row.scope == "library" and bool(of_library))


@cache
def _rows() -> tuple[LibraryChange, ...]:
    tables = sorted(files(__package__).joinpath("library_changes").iterdir(), key=lambda table: table.name)
    texts = [table.read_text(encoding="utf-8") for table in tables if table.name.endswith(".toml")]
    return tuple(row for text in texts for row in read_table(tomllib.loads(text)))


def read_table(table: Mapping[str, Any]) -> Iterator[LibraryChange]:
    """Yield the rows of one library's table.

    Raises:
        RowError: A row lacks a column of its kind, has one of another kind, or a value that cannot be meant.
    """
    library, source = table["library"], table["source"]
    for kind, rows in table.items():
        if kind in ("library", "source"):
            continue
        if kind not in KINDS:
            raise RowError(f"{library}: no kind of row is called {kind}")
        for row in rows:
            _check(library, kind, row)
            columns: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in row.items()
            }
            columns.setdefault("scope", KINDS[kind].scope)
            yield LibraryChange(library=library, kind=kind, source=source.format(since=row.get("since", "")), **columns)


def _check(library: str, kind: str, row: Mapping[str, Any]) -> None:
    needed, optional = KINDS[kind].needed, KINDS[kind].optional
    either = _EITHER.get(kind, ())
    faults = [f"lacks {name}" for name in sorted(needed - set(row))]
    faults += [f"has no column {name}" for name in sorted(set(row) - needed - optional)]
    faults += [f"lacks one of {', '.join(either)}"] if either and not set(either) & set(row) else []
    faults += [f"{name} = {value!r}" for name, value in row.items() if not isinstance(value, _TYPES.get(name, object))]
    faults += ["code and condition go together"] if ("code" in row) != ("condition" in row) else []
    faults += [f"no scope {row['scope']}"] if row.get("scope", "row") not in _SCOPES else []
    try:
        for name in ("since", "new_since"):
            Version(row.get(name, "1"))
        for name in _PATTERNS:
            re.compile(row.get(name, ""))
    except (InvalidVersion, re.error, TypeError) as error:
        faults.append(str(error))
    if faults:
        raise RowError(f"{library}: {kind} {row.get('old', '?')}: {'; '.join(faults)}")


_TYPES: Mapping[str, type] = {
    field.name: {"bool": bool, "tuple[str, ...]": list}.get(str(field.type), str) for field in fields(LibraryChange)
}
