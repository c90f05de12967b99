"""Modules of the package are short, and their names say what is in them; a class's name means one thing."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "p2c"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 300

METAPHORS = frozenset(
    """
    abreast agenda bench cell cells cordon course courses delivery door drawing drawn era eras existing faked founding
    freight gating grading ground heard house houses invented jail jailed keeper leash leases ledger looking mend
    opening outfit overseer oversight parcel patience pot promises proof proving purse rays recall room rooms settled
    shortage standing subtle surveying told tidy ward warden wards witness workshop
    """.split()
)
"""Words that say nothing to somebody who looks for a thing: modules and classes once had these names."""
ALONE = frozenset(
    """
    advice answer build commands cure dialect doubts done drive envelope equipment estimate failures flags gate groups
    inside keys known many material orders output overview pace phases pieces placing register refusals selection
    shape shapes signs sources story target tester visible views watch wording work
    """.split()
)
"""Words that say too little as the whole name of a module; what they are of has to stand beside them."""
COMMANDS = ("commands", "pipeline")
"""Where a module is called as the command is that it carries out."""
EMPTY = frozenset({"common", "core", "helper", "helpers", "manager", "misc", "stuff", "things", "util", "utils"})
"""Words that say nothing to anybody."""


def vague(path: Path) -> set[str]:
    """The words of a module's path, relative to the package, that do not say what is in it."""
    words = {word for part in path.with_suffix("").parts for word in part.split("_")}
    whole = {path.stem} & ALONE if path.parts[0] not in COMMANDS else set()
    return words & (METAPHORS | EMPTY) | whole


PLAIN = frozenset("cell cells drawing era existing gating opening patience promises recall room tidy".split())
"""Metaphors as the name of a module, and plain words for a thing in one: a table has cells, a fence an opening line,
a contract an era, a limit leaves room; a planned interface promises names."""
VAGUE = frozenset({"drawn", "found", "made", "one", "told"})
"""Variables with these names say how they came to be, not what they hold."""


def defined_names(tree: ast.AST) -> set[str]:
    """What a module's code gives names to: functions, classes, parameters, variables and attributes."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler | ast.MatchAs):
            names.add(node.name or "")
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
    return names


def metaphors(source: str) -> set[str]:
    """The names in a source that hold a metaphor, or are a vague variable's."""
    names = defined_names(ast.parse(source))
    words = {name: set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower())) for name in names}
    return {name for name in names if name in VAGUE or words[name] & (METAPHORS - PLAIN)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_names_in_a_module_are_plain(path: Path) -> None:
    assert not metaphors(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source",
    [
        "def lend_room():\n    warden = 1\n",
        "class JailKeeper: ...\n",
        "self._rooms = {}\n",
        "def run(*, purse): ...\n",
        "values = [one for one in rows]\n",
        "if found := find(): ...\n",
        "for _, told in rows: ...\n",
    ],
)
def test_a_name_that_is_a_metaphor_is_seen(source: str) -> None:
    assert metaphors(source)


def test_plain_names_are_let_through() -> None:
    assert not metaphors("class Room:\n    def cell(self, finding, foundation):\n        self.one_line = finding\n")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_is_named_for_what_is_in_it(path: Path) -> None:
    assert not vague(path.relative_to(PACKAGE))


@pytest.mark.parametrize(
    "name",
    ["witness.py", "sandboxes/cells.py", "rooms/docker.py", "batch/_purse.py", "utils.py", "proof_of.py", "a/story.py"],
)
def test_a_name_that_says_nothing_is_seen(name: str) -> None:
    assert vague(Path(name))


def test_no_module_is_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert not {str(path.relative_to(PACKAGE)): count for path, count in lengths.items() if count > LONGEST}


def classes(sources: Mapping[str, str]) -> dict[str, list[str]]:
    """The modules that define a class of each name."""
    found = defaultdict(list)
    for name, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(name)
    return found


def shared(found: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    return {name: sorted(places) for name, places in found.items() if len(list(places)) > 1}


def test_a_class_has_its_name_to_itself() -> None:
    found = shared(classes({str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8") for path in MODULES}))
    assert not found


def test_a_second_class_of_a_name_is_seen() -> None:
    assert shared(classes({"a": "class A:\n    class B: ...\n", "b": "class B: ...\n"})) == {"B": ["a", "b"]}


ASIDE = {"end_to_end", "repos", "servers"}
"""Folders of tests of the whole, of cases, and of the servers that tests talk to."""


def test_tests_lie_where_what_they_test_does() -> None:
    tests = Path(__file__).parent
    folders = {path.parent.relative_to(tests) for path in tests.rglob("test_*.py")}
    own = {folder for folder in folders if not folder.parts or folder.parts[0] not in ASIDE}
    assert len(own) > 25
    assert not {folder.as_posix() for folder in own if not (PACKAGE / folder).is_dir()}
