"""Whatever a limit takes out of the checks is a finding that says so, and code that nothing looked at is no green."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from p2c import python_source, repository_files
from p2c.errors import InputError
from p2c.executor import notebooks, runner
from p2c.executor.checks import base, imports, smoke
from p2c.executor.checks.base import CheckRequest
from p2c.executor.checks.rules import check as held
from p2c.executor.checks.unread import requirement_files
from p2c.executor.entry_points import discover
from p2c.executor.report import Report
from p2c.executor.requirements.declared import read_requirements
from p2c.executor.runner import run_checks
from p2c.journal import Journal
from p2c.repo import LINK_OUT, MAX_SOURCE, MAX_TEXT, MOST_LEFT_OUT, Repo, read
from p2c.run_contract import RunContract
from tests.executor.plain_sandbox import PlainSandbox

MAIN = 'def main():\n    print("done")\n\n\nif __name__ == "__main__":\n    main()\n'
GOOD = {"main.py": MAIN, "requirements.txt": ""}


def filled(text: str, size: int) -> str:
    """A source of so many bytes that ends in a text."""
    row = "# " + "x" * 97 + "\n"
    head = row * ((size - len(text)) // len(row))
    return "#" * (size - len(text) - len(head) - 1) + "\n" + head + text


def checked(root: Path, files: Mapping[str, str], **asked: object) -> Report:
    """What the checks say of files as they lie in a folder."""
    for path, text in {**GOOD, **files}.items():
        place = root / "r" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    repo = repository_files.read(root / "r")
    settings: dict[str, object] = {"contract": discover(repo), "skip": frozenset({"types"}), **asked}
    return run_checks(repo, CheckRequest(**settings), PlainSandbox(root / "sandbox"), Journal()).report  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [MAX_TEXT - 5, MAX_TEXT + 1, MAX_TEXT + 10, 3 * MAX_TEXT])
@pytest.mark.parametrize("path", ["tables.py", "pkg/deep/tables.py"])
def test_a_fault_at_the_end_of_a_large_file_is_found(size: int, path: str, tmp_path: Path) -> None:
    report = checked(tmp_path, {path: filled("def f(:\n", size)})
    assert [(f.check, f.path) for f in report.gating] == [("compile", path)]
    assert report.verdict == "broken"


def test_a_large_file_is_imported_and_linted_too(tmp_path: Path) -> None:
    lint = checked(tmp_path / "a", {"tables.py": filled("def f():\n    return undefined_name\n", MAX_TEXT + 10)})
    assert ("F821", "tables.py") in [(f.rule, f.path) for f in lint.gating]
    fails = checked(tmp_path / "b", {"tables.py": filled("ROWS = int('x')\n", MAX_TEXT + 10)})
    assert [(f.check, f.rule, f.path) for f in fails.gating] == [("import", "ValueError", "tables.py")]


def test_a_large_file_that_is_right_runs_and_says_what_was_not_read(tmp_path: Path) -> None:
    report = checked(tmp_path, {"tables.py": filled("ROWS = [1]\n", MAX_TEXT + 10)})
    assert report.verdict == "runs"
    assert [(f.rule, f.path, f.gates) for f in report.findings] == [("P2C008", "tables.py", False)]


def test_what_is_too_large_for_all_is_no_green_unless_the_user_says_so(tmp_path: Path) -> None:
    files = {"tables.py": filled("ROWS = [1]\n", MAX_SOURCE + 1)}
    report = checked(tmp_path / "a", files)
    assert [(f.rule, f.path) for f in report.gating] == [("NotCompiled", "tables.py")]
    assert "[check] exclude" in report.gating[0].fix
    own = 'run.smoke = ["python main.py"]\ncheck.exclude = ["tables.py"]\n'
    excluded = checked(tmp_path / "b", {**files, "p2c.toml": own})
    assert (excluded.verdict, excluded.gating) == ("runs", ())
    notes = {result.check: result.note for result in excluded.results}
    assert all("tables.py ([check] exclude)" in notes[name] for name in ("compile", "lint", "import"))
    assert "exclude" not in notes["smoke"]


DEEP = "x = " + "(" * 95 + "1" + ")" * 95 + "\n" + "y = " + "-" * 150 + "1\n"
TEST = "\n\ndef test_it():\n    assert True\n"


@dataclass(frozen=True)
class Limit:
    """A repository beyond a limit, and what has to be said of it."""

    files: Mapping[str, str]
    rule: str
    path: str
    gates: bool
    word: str = ""


LIMITS = {
    "tests in a large file": Limit({"test_a.py": filled(TEST, MAX_TEXT + 10)}, "NotAnalysed", "test_a.py", True),
    "tests in a deep file": Limit({"test_a.py": DEEP + TEST}, "NotAnalysed", "test_a.py", True, "test_a.py"),
    "a deep file": Limit({"deep.py": DEEP}, "P2C008", "deep.py", False),
    "a file taken out of lint": Limit({"a.py": "# ruff: noqa\nx = 1\n"}, "NotLinted", "a.py", False, "# ruff: noqa"),
    "flake8's word": Limit({"a.py": "x = 1\n#flake8:NOQA\n"}, "NotLinted", "a.py", False),
    "requirements that are not there": Limit(
        {"requirements.txt": "-r more/base.txt\n"}, "RequirementsUnread", "requirements.txt", True, "more/base.txt"
    ),
    "large requirements": Limit(
        {"requirements.txt": filled("", MAX_TEXT + 1)}, "RequirementsUnread", "requirements.txt", True
    ),
    "a large pyproject.toml": Limit(
        {"pyproject.toml": filled("", MAX_TEXT + 1)}, "RequirementsUnread", "pyproject.toml", True
    ),
    "a long README": Limit({"README.md": "word\n" * 50_000}, "P2C008", "README.md", False, "200,000"),
    "a README beyond reading": Limit({"README.md": "w\n" * 600_000}, "P2C008", "README.md", False, "not searched"),
    "a long command": Limit({"README.md": "```\npython x.py " + "a" * 2000 + "\n```\n"}, "P2C008", "README.md", False),
    "many commands": Limit(
        {"README.md": "```\n" + "".join(f"python a{n}.py\n" for n in range(300)) + "```\n"},
        "P2C008",
        "README.md",
        False,
    ),
    "code in build": Limit({"build/a.py": "def f():\n    return undefined\n"}, "F821", "build/a.py", True),
    "code in dist": Limit({"dist/a.py": "def f():\n    return undefined\n"}, "F821", "dist/a.py", True),
    "a folder that is only called so": Limit({"venv/a.py": "def f(:\n"}, "SyntaxError", "venv/a.py", True),
    "code in site-packages": Limit(
        {"lib/site-packages/a.py": "def f():\n    return undefined\n"}, "F821", "lib/site-packages/a.py", True
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_what_a_limit_takes_out_is_said(name: str, tmp_path: Path) -> None:
    limit = LIMITS[name]
    report = checked(tmp_path, limit.files)
    found = [f for f in report.findings if (f.rule, f.path) == (limit.rule, limit.path)]
    assert [f.gates for f in found] == [limit.gates], report.findings
    assert limit.word in found[0].message
    assert (report.verdict == "broken") == limit.gates


def test_what_is_within_the_limits_says_nothing(tmp_path: Path) -> None:
    readme = "# T\n\n```\npython main.py\n```\n" + "word\n" * 100
    files = {"README.md": readme, "requirements.txt": "-r requirements/base.txt\n", "requirements/base.txt": "\n"}
    files |= {"test_a.py": TEST.lstrip(), "a.py": "x = 1  # noqa: F821\n", "build/a.py": "x = 1\n"}
    report = checked(tmp_path, files)
    assert (report.verdict, report.findings) == ("runs", ())


CONTRACTS: dict[str, Callable[[], str]] = {
    "large": lambda: filled("", MAX_TEXT + 1),
    "no check": lambda: 'check.gate = ["install", "tpyes"]\n',
}


@pytest.mark.parametrize("name", CONTRACTS)
@pytest.mark.parametrize("given", [(), ("python main.py",)])
def test_a_contract_that_would_not_hold_is_refused(name: str, given: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "p2c.toml").write_text(CONTRACTS[name]())
    with pytest.raises(InputError, match=r"p2c\.toml"):
        discover(read(tmp_path), given)


def test_tools_that_give_up_are_no_pass_where_they_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "MOST_TYPED", 3)
    only = frozenset({"types"})
    gate = RunContract(("python main.py",), gate=(*RunContract().gate, "types"))
    for asked, status in (({"contract": gate}, "failed"), ({"types_gate": True}, "failed"), ({}, "skipped")):
        report = checked(
            tmp_path / f"{len(asked)}{status}{'contract' in asked}", {}, only=only, skip=frozenset(), **asked
        )
        assert report.status("types") == status
        assert [f.rule for f in report.gating] == (["NotAnalysed"] if status == "failed" else [])


def test_types_gate_where_the_contract_names_them(tmp_path: Path) -> None:
    wrong = {"model.py": "def f(x):\n    return x\n\n\ndef use():\n    f(1, 2)\n"}
    named = {**wrong, "p2c.toml": f'run.smoke = ["python main.py"]\ncheck.gate = {[*RunContract().gate, "types"]}\n'}
    skip = {"skip": frozenset[str]()}
    assert [f.rule for f in checked(tmp_path / "a", named, **skip).gating] == ["call-arg"]
    assert checked(tmp_path / "b", wrong, **skip).verdict == "runs"


def test_what_does_not_gate_is_named(tmp_path: Path) -> None:
    report = checked(tmp_path, {"p2c.toml": 'run.smoke = ["python main.py"]\ncheck.gate = ["install", "smoke"]\n'})
    notes = {result.check: result.note for result in report.results}
    assert all("[check] gate leaves it out" in notes[name] for name in ("compile", "lint", "import"))
    assert "[check] gate" not in notes["smoke"] + notes["install"]


def test_files_that_are_not_imported_are_counted(tmp_path: Path) -> None:
    files = {"examples/a.py": "x = 1\n", "examples/b.py": "x = 1\n", "run-all.py": "x = 1\n", "setup.py": "x = 1\n"}
    report = checked(tmp_path, files)
    (result,) = [one for one in report.results if one.check == "import"]
    assert "2 in examples (examples/a.py)" in result.note
    assert "1 with names that no import can have (run-all.py)" in result.note
    assert "1 started by tools (setup.py)" in result.note


def test_folders_without_a_control_test_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "CONTROLS", 1)
    files = {f"{name}/test_{name}.py": TEST.lstrip() for name in ("one", "two", "three")}
    files["conftest.py"] = "def pytest_collection_modifyitems(items):\n    items.sort(key=lambda item: item.name)\n"
    report = checked(tmp_path, files)
    assert [(f.rule, f.gates) for f in report.findings if f.check == "test"] == [("TestsLeftOut", False)]
    assert "2 of the folders" in report.findings[-1].message


def test_a_deep_test_of_newer_python_is_not_called_deep() -> None:
    assert (
        python_source.why_not_analysed("type X = int\n" if not python_source.parse("type X = int\n") else "x = (\n")
        == ""
    )
    assert "characters" in python_source.why_not_analysed("x = 1\n" * 200_000)
    assert python_source.why_not_analysed("x = 1\n") == ""


def test_environments_are_no_part_of_a_repository(tmp_path: Path) -> None:
    for mark in ("one/pyvenv.cfg", "two/bin/activate_this.py", "three/Scripts/activate.bat", "four/bin/run.sh"):
        (tmp_path / mark).parent.mkdir(parents=True)
        (tmp_path / mark).touch()
        (tmp_path / mark.partition("/")[0] / "a.py").touch()
    assert read(tmp_path).python_files() == ("four/a.py",)


def test_a_longer_list_of_names_keeps_the_links(tmp_path: Path) -> None:
    (tmp_path / "zz.py").symlink_to("/etc/hostname")
    names = {f"a{number}": "is ignored by git" for number in range(MOST_LEFT_OUT + 10)}
    for name in names:
        (tmp_path / name).touch()
    repo = read(tmp_path, lambda _, paths: {path: names[path] for path in paths if path in names})
    assert len(repo.left_out) == MOST_LEFT_OUT
    assert repo.left_out["zz.py"] == LINK_OUT


def test_rules_beyond_what_is_read_leave_nothing_out(tmp_path: Path) -> None:
    (tmp_path / "keep.py").write_text("x = 1\n")
    (tmp_path / ".gitignore").write_text("*.py\n" + "#\n" * 3_000 + "!keep.py\n")
    assert "keep.py" in repository_files.read(tmp_path).files
    (tmp_path / ".gitignore").write_text("*.py\n" + "x\n" * repository_files.MOST_RULES)
    with pytest.raises(InputError, match="gitignore"):
        repository_files.read(tmp_path)
    (tmp_path / ".gitignore").write_text("k" * 1_500 + "*\n")
    assert "keep.py" in repository_files.read(tmp_path).files


def test_included_requirements_are_found_from_any_folder() -> None:
    repo = Repo(
        {
            "requirements.txt": "-r requirements/all.txt\n",
            "requirements/all.txt": "-r ../base.txt\n",
            "base.txt": "six\n",
        }
    )
    wanted = read_requirements(repo)
    assert [(line.text, line.path) for line in wanted.lines] == [("six", "base.txt")]
    assert list(requirement_files(repo, wanted)) == []


def test_large_and_foreign_notebooks_are_run_or_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tests.executor.test_notebooks import notebook

    place = tmp_path / "large.ipynb"
    place.write_text(notebook("x = 1", "!pip install six", "%%bash\necho 1", "%%time\ny = 2"))
    repo = Repo({"r.ipynb": notebook("x <- 1", language="R")}, {"large.ipynb": place})
    assert [script.notebook for script in notebooks.scripts(repo)] == ["large.ipynb"]
    assert [(f.rule, f.path, f.gates) for f in notebooks.not_run(repo)] == [
        ("CellsLeftOut", "large.ipynb", False),
        ("NotebookNotPython", "r.ipynb", False),
    ]
    assert "cell 2: !pip install six (and 1 more)" in notebooks.not_run(repo)[0].message
    assert notebooks.unreadable(repo) == ()
    monkeypatch.setattr(notebooks, "MOST_BYTES", 10)
    assert [(f.rule, f.path, f.gates) for f in notebooks.unreadable(repo)] == [
        ("NotebookUnreadable", "large.ipynb", True)
    ]


def test_the_table_of_limits_is_whole() -> None:
    """A new limit of the executor's has to be thought of here."""
    known = {
        runner: {"READING_SECONDS"},
        imports: {"SECONDS", "MANY"},
        python_source: {"MOST_KEPT", "MOST_PARSED"},
        smoke: {"CONTROLS", "MOST_METRICS"},  # beyond it: tests/executor/checks/test_claims.py
        base: {"MOST_TYPED", "TOOL_SECONDS"},
        notebooks: {"MOST_BYTES"},
        repository_files: {"MOST_RULES", "LONGEST_RULE", "MOST_STEPS", "MOST_SECONDS"},
    }
    for module, names in known.items():
        own = {name for name, value in vars(module).items() if name.isupper() and isinstance(value, int | float)}
        assert own == names, module.__name__


def test_p2cs_own_rules_have_no_finding_for_what_is_plain() -> None:
    assert held(Repo({"main.py": MAIN, "README.md": "# T\n"})) == ()
