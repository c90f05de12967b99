"""The tables of library changes are well-formed, say each thing once, and name successors that are there."""

from __future__ import annotations

import importlib.util
import platform
import subprocess
import sys
from collections import Counter
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from p2c.repair.fixers.libraries.changes import CONDITIONS, KINDS, LibraryChange, RowError, changes, read_table
from p2c.repair.fixers.libraries.special_calls import SPECIAL_CALLS

TABLES = Path(__file__).parents[4] / "p2c/repair/fixers/libraries/library_changes"
ROWS = changes()
BACK_AGAIN = frozenset({"numpy.bool", "numpy.long", "random.sample", "yaml.load", "yaml.load_all"})
"""Names that a later version has again, as something else, or that are called otherwise only."""
DISTRIBUTIONS = {"sklearn": "scikit-learn", "PIL": "pillow", "cv2": "opencv-python-headless", "yaml": "pyyaml"}


def test_every_row_is_read_and_of_a_known_kind() -> None:
    lines = "\n".join(path.read_text(encoding="utf-8") for path in TABLES.glob("*.toml")).split("\n")
    assert len(ROWS) == sum(line.startswith("    {") for line in lines), "a row stands on a line of its own"
    assert {row.kind for row in ROWS} == set(KINDS)
    assert all(row.source.startswith("https://") for row in ROWS)


def test_nothing_is_said_twice() -> None:
    said = Counter((row.kind, row.library, row.old, row.owner, row.call, row.parameter, row.values) for row in ROWS)
    assert [what for what, times in said.items() if times > 1] == []


def test_conditions_are_columns_and_the_docs_say_what_each_kind_asks() -> None:
    page = (TABLES.parents[4] / "docs/repair.md").read_text(encoding="utf-8")
    columns = {name for kind in KINDS.values() for name in kind.needed | kind.optional}
    assert set(CONDITIONS) <= columns
    for name, kind in KINDS.items():
        narrowed = [
            f"`{column}`" for column in CONDITIONS if column in kind.needed | kind.optional and column != "scope"
        ]
        assert f"| `{name}` | {kind.condition} | {', '.join(narrowed) or '-'} |" in page
    assert all(row.condition for row in ROWS if row.code)


def test_special_code_is_there_and_all_of_it_is_used() -> None:
    assert {row.code for row in ROWS if row.code} == set(SPECIAL_CALLS)


@pytest.mark.parametrize(
    ("kind", "row", "fault"),
    [
        ("name", {"new": "numpy.inf"}, "lacks old"),
        ("name", {"old": "numpy.Inf"}, "lacks one of new, value"),
        ("name", {"old": "numpy.Inf", "new": "numpy.inf", "owner": "x"}, "has no column owner"),
        ("name", {"old": "numpy.Inf", "new": "numpy.inf", "since": "two"}, "two"),
        ("name", {"old": "numpy.Inf", "new": "numpy.inf", "scope": "wide"}, "no scope wide"),
        ("method", {"old": "a", "new": "b", "owner": "("}, "unterminated"),
        ("attribute", {"old": "a", "new": "b", "owner": "c", "indexed": "yes"}, "indexed = 'yes'"),
        ("removed-parameter", {"old": "a", "call": "f", "values": "None"}, "values = 'None'"),
        ("call", {"old": "a.b", "new": "a.c"}, "lacks one of form, code"),
        ("name", {"old": "numpy.Inf", "new": "numpy.inf", "since": 2.0}, "since = 2.0"),
        ("call", {"old": "a.b", "new": "a.c", "code": "subgraphs"}, "code and condition go together"),
        ("call", {"old": "a.b", "new": "a.c", "form": "f()", "condition": "x"}, "code and condition go together"),
        ("noun", {"old": "a"}, "no kind of row is called noun"),
    ],
)  # fmt: skip
def test_a_row_that_is_not_well_formed_is_refused(kind: str, row: dict[str, Any], fault: str) -> None:
    with pytest.raises(RowError, match=fault):
        list(read_table({"library": "numpy", "source": "https://x", kind: [row]}))


def dotted_successors(row: LibraryChange) -> str:
    """The name that has to be importable for what the row writes."""
    if row.kind in ("method", "attribute", "call", "name"):
        return row.new.removeprefix("-") if "." in row.new else ""
    return row.new if row.kind == "module" else row.old if row.kind == "keyword-only" and row.old[0].islower() else ""


# In a process of its own: not all of these libraries bear each other.
FOUND = """
import importlib, sys
for dotted in sys.argv[1:]:
    parts = dotted.split(".")
    for count in range(len(parts), 0, -1):
        try:
            there = importlib.import_module(".".join(parts[:count]))
            for name in parts[count:]:
                there = getattr(there, name)
        except (ImportError, AttributeError):
            continue
        print(dotted)
        break
"""


def found(names: set[str]) -> set[str]:
    """Return those of the modules, and of what modules have, that can be had under their names."""
    argv = [sys.executable, "-W", "ignore", "-c", FOUND, *sorted(names)]
    return set(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()) & names


@pytest.mark.parametrize("library", sorted({row.library for row in ROWS}))
def test_successors_are_there(library: str) -> None:
    names = {name for row in ROWS if row.library == library for name in [dotted_successors(row)] if name}
    missing = {name.partition(".")[0] for name in names if importlib.util.find_spec(name.partition(".")[0]) is None}
    there = {name for name in names if name.partition(".")[0] not in missing}
    if missing and not there:
        pytest.skip(f"not installed: {', '.join(sorted(missing))}")
    assert there - found(there) == set()


def installed(library: str) -> Version | None:
    if library == "python":
        return Version(platform.python_version())
    try:
        return Version(metadata.version(DISTRIBUTIONS.get(library, library)))
    except metadata.PackageNotFoundError:
        return None


@pytest.mark.parametrize("library", sorted({row.library for row in ROWS if row.since}))
def test_what_a_version_removed_is_gone_since_then(library: str) -> None:
    version = installed(library)
    if version is None:
        pytest.skip(f"not installed: {library}")
    names = {row.old for row in ROWS if row.library == library and row.kind in ("name", "module", "call")
             and row.since and Version(row.since) <= version}  # fmt: skip
    assert found(names - BACK_AGAIN) == set()
