"""The releases of a day: in the install check, and as a cure for what today's releases lack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from p2c.budget import Budget
from p2c.executor.entry_points import discover
from p2c.executor.runner import CheckRequest, CheckRun, run_checks
from p2c.generator.paper import Paper
from p2c.journal import Journal
from p2c.repair.case import Case
from p2c.repair.guards import Scope, inspect
from p2c.repair.patch import apply_patch
from p2c.repair.release_dates import make_era
from p2c.repair.release_dates.contract_edit import with_era
from p2c.repair.release_dates.date_evidence import last_day, stated_days
from p2c.repair.release_dates.missing_api import MissingApi, missed
from p2c.repo import Repo
from p2c.run_contract import RunContract
from p2c.session import Session
from tests.executor.plain_sandbox import PlainSandbox
from tests.repair.fixers.making import case, error
from tests.repair.release_dates.index import serving

OLD = "def total(values):\n    return sum(values)\n\n\nclass Pile:\n    def high(self):\n        return 3\n"
NEW = "def fit(values, *, steps):\n    return values\n\n\nclass Pile:\n    pass\n"
RELEASES = {
    "beltwork": {"1.0": (OLD, "2021-02-01"), "2.0": (NEW, "2023-05-01")},
    "timeless": {"1.0": ("x = 1\n", ""), "2.0": ("x = 2\n", "")},
    "late": {"1.0": ("y = 1\n", "2022-01-10")},
}
MAIN = "import beltwork\n\nif __name__ == '__main__':\n    print(beltwork.total([1, 2]))\n"
FILES = {
    "main.py": MAIN,
    "requirements.txt": "beltwork\n",
    "README.md": "Code for arXiv:2106.01234.\n\n```sh\npip install -r requirements.txt\npython main.py\n```\n",
}


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[PlainSandbox]:
    with serving(RELEASES) as address:
        yield PlainSandbox(tmp_path, {"UV_DEFAULT_INDEX": address, "UV_CACHE_DIR": str(tmp_path / "cache")})


def check(repo: Repo, sandbox: PlainSandbox) -> CheckRun:
    asked = CheckRequest(discover(repo), skip=frozenset({"types", "test"}))
    return run_checks(repo, asked, sandbox, Journal())


def broken(sandbox: PlainSandbox, files: dict[str, str], paper: Paper | None = None) -> Case:
    repo = Repo({**FILES, **files})
    report = check(repo, sandbox).report
    assert report.verdict == "broken"
    return Case(repo, report, discover(repo), paper=paper)


def session(sandbox: PlainSandbox) -> Session:
    return Session(None, sandbox, Journal(), Budget())


def test_an_install_as_of_a_day(sandbox: PlainSandbox) -> None:
    repo = Repo({**FILES, "p2c.toml": '[run]\nera = 2021-06-30\nsmoke = ["python main.py"]\n'})
    done = check(repo, sandbox)
    assert done.report.verdict == "runs", done.report.findings
    assert done.lock == "# as of 2021-06-30: [run] era in p2c.toml\nbeltwork==1.0\n"
    other = check(repo.with_files({"p2c.toml": '[run]\nera = "2021-07-01"\n'}), sandbox)
    assert other.lock != done.lock and sandbox.keys[-1] != sandbox.keys[0]


def test_what_the_index_has_no_dates_of_is_told_and_taken_as_it_is(sandbox: PlainSandbox) -> None:
    files = {"requirements.txt": "beltwork\ntimeless\n", "p2c.toml": '[run]\nera = "2021-06-30"\n'}
    done = check(Repo({**FILES, **files}), sandbox)
    assert done.report.verdict == "runs" and "beltwork==1.0\ntimeless==2.0\n" in done.lock
    (advice,) = [finding for finding in done.report.findings if finding.rule == "Undated"]
    assert not advice.gates and "when timeless came out" in advice.message


def test_requirements_that_did_not_exist_yet(sandbox: PlainSandbox) -> None:
    files = {"requirements.txt": "beltwork\nlate\n", "p2c.toml": '[run]\nera = "2021-06-30"\n'}
    done = check(Repo({**FILES, **files}), sandbox)
    assert [(f.rule, f.path) for f in done.report.gating] == [("OutOfEra", "p2c.toml")]
    wrong = check(Repo({**FILES, **files, "requirements.txt": "beltwork\nnosuchthing\n"}), sandbox)
    assert [(f.rule, f.path) for f in wrong.report.gating] == [("UnknownPackage", "requirements.txt")]


def test_the_day_is_found_and_cures_it(sandbox: PlainSandbox) -> None:
    made = broken(sandbox, {})
    patch = make_era(session(sandbox))(made)
    assert patch is not None and "beltwork 1.0 has what is missing in 2.0: total" in patch.reason
    after = apply_patch(patch.diff, made.repo)
    assert after.files["p2c.toml"] == '[run]\nera = "2021-06-30"\n'
    assert "uv pip install --exclude-newer 2021-06-30 -r requirements.txt\n" in after.files["README.md"]
    assert inspect(made.repo, after, Scope(contract=made.contract)) == []
    assert check(after, sandbox).report.verdict == "runs"
    assert sandbox.network == "none"


def test_the_papers_date_comes_first_and_wheels_decide_the_day(sandbox: PlainSandbox) -> None:
    paper = Paper("x", "X", "", (), date="2021-03")
    patch = make_era(session(sandbox))(broken(sandbox, {}, paper))
    assert patch is not None and '+era = "2021-03-31"' in patch.diff
    made = broken(sandbox, {"requirements.txt": "beltwork\nlate\n"}, paper)
    patch = make_era(session(sandbox))(made)
    assert patch is not None and "the first day after 2021-03-31 with wheels" in patch.reason
    assert check(apply_patch(patch.diff, made.repo), sandbox).report.verdict == "runs"


def test_the_newest_pin_tells_the_day(sandbox: PlainSandbox) -> None:
    files = {"requirements.txt": "beltwork\nlate==1.0\n", "README.md": "# Totals\n\n    python main.py\n"}
    patch = make_era(session(sandbox))(broken(sandbox, files))
    assert patch is not None and "2022-01-10 (the newest of the pinned versions)" in patch.reason


@pytest.mark.parametrize(
    "files",
    [
        {"main.py": MAIN.replace("beltwork.total", "beltwork.invented")},
        {"README.md": "# Totals\n\n    python main.py\n"},
        {"README.md": FILES["README.md"].replace("2106", "2401")},
        {"requirements.txt": "beltwork==2.0\n"},
        {"p2c.toml": '[run]\nera = "2023-06-30"\n'},
    ],
    ids=["a name that no release had", "no day", "a day of today's releases", "pinned", "an era is set"],
)
def test_silent(files: dict[str, str], sandbox: PlainSandbox) -> None:
    assert make_era(session(sandbox))(broken(sandbox, files)) is None


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("beltwork.Pile().high()", "high"),
        ("beltwork.fit([1], 3)", ""),
    ],
)
def test_members_and_arguments(call: str, words: str, sandbox: PlainSandbox) -> None:
    patch = make_era(session(sandbox))(broken(sandbox, {"main.py": MAIN.replace("beltwork.total([1, 2])", call)}))
    assert (patch is not None and words in patch.reason) if words else patch is None


def test_without_an_index_that_dates_anything_it_is_silent(tmp_path: Path) -> None:
    bare = {"beltwork": {version: (text, "") for version, (text, _) in RELEASES["beltwork"].items()}}
    with serving(bare) as address:
        sandbox = PlainSandbox(tmp_path, {"UV_DEFAULT_INDEX": address, "UV_CACHE_DIR": str(tmp_path / "cache")})
        assert make_era(session(sandbox))(broken(sandbox, {})) is None


def test_what_is_missed() -> None:
    found = case(
        {"main.py": "import networkx as nx\nnx.shortest(g, 3)\n", "own.py": "class Mine: ...\n"},
        error("AttributeError", "module 'networkx' has no attribute 'info'"),
        error("ImportError", "cannot import name 'url_quote' from 'werkzeug.urls' (x.py)"),
        error("ImportError", "cannot import name 'thing' from 'own'"),
        error("AttributeError", "'Mine' object has no attribute 'x'"),
        error("AttributeError", "'Graph' object has no attribute 'node'"),
        error("TypeError", "shortest() got an unexpected keyword argument 'cutoff'", line=2),
        error("TypeError", "shortest() takes 1 positional argument but 2 were given", line=2),
        error("ValueError", "module 'networkx' has no attribute 'other'"),
    )
    assert list(missed(found)) == [
        MissingApi("networkx", "info"),
        MissingApi("werkzeug", "url_quote"),
        MissingApi("", "node", "Graph"),
        MissingApi("networkx", "cutoff", "shortest"),
        MissingApi("networkx", "shortest", "shortest", changed=True),
    ]


def test_days() -> None:
    assert [last_day(text) for text in ("2020", "2020-02", "2020-02-03", "2020-13", "x")] == [
        "2020-12-31", "2020-02-29", "2020-02-03", "", ""]  # fmt: skip
    text = "arXiv:1905.00001, https://arxiv.org/abs/2002.12345; year={2021}; Copyright (c) 2018-2022 X"
    made = Case(Repo({"README.md": text}), case({}).report, RunContract(), paper=Paper("x", "", "", (), date="2019"))
    assert [day.date for day in stated_days(made, "2020-05-05")] == [
        "2019-12-31",
        "2020-05-05",
        "2020-02-29",
        "2022-12-31",
    ]


@pytest.mark.parametrize(
    ("files", "path", "text"),
    [
        ({}, "p2c.toml", '[run]\nera = "2021-06-30"\n'),
        ({"p2c.toml": '[check]\ngate = ["smoke"]\n'}, "p2c.toml",
         '[check]\ngate = ["smoke"]\n\n[run]\nera = "2021-06-30"\n'),
        ({"p2c.toml": 'run = {timeout = 3}  # short\n'}, "p2c.toml",
         'run = {timeout = 3,era = "2021-06-30"}  # short\n'),
        ({"p2c.toml": '[run]  # how\nsmoke = ["python main.py"]\n'}, "p2c.toml",
         '[run]  # how\nsmoke = ["python main.py"]\nera = "2021-06-30"\n'),
        ({"pyproject.toml": "[tool.p2c.run]\ntimeout = 3\n"}, "pyproject.toml",
         '[tool.p2c.run]\ntimeout = 3\nera = "2021-06-30"\n'),
        ({"pyproject.toml": "[project]\nname = 'x'\n\n[tool.p2c.check]\ngate = []\n\n[tool.ruff]\nfix = true\n"},
         "pyproject.toml",
         "[project]\nname = 'x'\n\n[tool.p2c.check]\ngate = []\n\n[tool.p2c.run]\nera = \"2021-06-30\"\n"
         "[tool.ruff]\nfix = true\n"),
        ({"pyproject.toml": "[tool.ruff]\n"}, "p2c.toml", '[run]\nera = "2021-06-30"\n'),
    ],
)  # fmt: skip
def test_where_the_era_is_written(files: dict[str, str], path: str, text: str) -> None:
    assert with_era(Repo(files), "2021-06-30") == {path: text}


def test_an_older_python_takes_the_place_of_the_contracts() -> None:
    text = '[run]\nsmoke = ["python main.py"]\npython = ">=3.11"\ntimeout = 30\n'
    (new,) = with_era(Repo({"p2c.toml": text}), "2021-06-30", "3.9").values()
    assert new == '[run]\nsmoke = ["python main.py"]\npython = "3.9"\ntimeout = 30\nera = "2021-06-30"\n'


@pytest.mark.parametrize("text", ["run = 3\n", "run = [1]\n", "[[run]]\n", "[run\n", "run = '" + "[" * 9999])
def test_a_contract_that_is_none_is_left(text: str) -> None:
    assert with_era(Repo({"p2c.toml": text}), "2021-06-30") == {}


def test_the_contract_is_read_back() -> None:
    from p2c.run_contract import read_contract, write_contract

    contract = replace(RunContract(), era="2021-06-30")
    assert read_contract(write_contract(contract)).era == "2021-06-30"
