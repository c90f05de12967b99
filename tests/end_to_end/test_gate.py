"""The gate through the command line: several folders, formats and files, baselines, policies, what it remembers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from p2c.reports.formats import FORMATS
from tests.end_to_end.test_commands import MAIN, _why_not, repository
from tests.end_to_end.toy import environment, p2c

pytestmark = [pytest.mark.sandbox, pytest.mark.index, pytest.mark.skipif(bool(_why_not()), reason=_why_not())]

STATIC = ("--only", "lint")
KEY = "sk-" + "q7w8e9r0" * 4


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three repositories: one runs, one does not, one has nothing to run."""
    root = tmp_path_factory.mktemp("mono")
    failing = f'import json\n\nif __name__ == "__main__":\n    print("{KEY}")\n    raise ValueError("refused {KEY}")\n'
    repository(root / "runs", main__py=MAIN, requirements__txt="")
    repository(root / "broken", main__py=failing, requirements__txt="")
    repository(root / "quiet", lib__py="def f(x: int) -> int:\n    return x\n", requirements__txt="")
    return root


def check(root: Path, *words: str, **more: Any) -> Any:
    return p2c("check", *words, cwd=root, **more)


@pytest.fixture(scope="module")
def told(folders: Path) -> tuple[int, dict[str, str]]:
    """One call over the three, in every format."""
    words = [word for name in FORMATS for word in ("--format", name, "-o", f"out/{name}")]
    done = check(folders, "runs", "broken", "quiet", *words, "--skip", "types")
    return done.returncode, {name: (folders / "out" / name).read_text() for name in FORMATS}


def test_the_worst_folder_gives_the_verdict_and_the_code(told: tuple[int, dict[str, str]]) -> None:
    code, text = told
    data = json.loads(text["json"])
    assert (code, data["verdict"]) == (1, "broken")
    assert [(each["path"], each["verdict"]) for each in data["repositories"]] == [
        ("runs", "runs"),
        ("broken", "broken"),
        ("quiet", "unverified"),
    ]
    assert "broken" in data["why"]
    own = data["repositories"][1]
    assert [f["path"] for check in own["checks"] for f in check["findings"] if f["gates"]] == ["main.py"]
    merged = [f["path"] for check in data["checks"] for f in check["findings"] if f["gates"]]
    assert merged == ["broken/main.py"]


def test_paths_are_told_from_where_the_call_stands(told: tuple[int, dict[str, str]]) -> None:
    _, text = told
    assert "::error file=broken/main.py,line=5" in text["github"]
    uris = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results(text["sarif"])]
    assert "broken/main.py" in uris
    assert {issue["location"]["path"] for issue in json.loads(text["gitlab"])} == {"broken/main.py"}
    assert "ValueError broken/main.py:5" in text["junit"]


def results(sarif: str) -> list[dict[str, Any]]:
    return list(json.loads(sarif)["runs"][0]["results"])


@pytest.mark.parametrize("name", FORMATS)
def test_no_key_is_in_any_format(told: tuple[int, dict[str, str]], name: str) -> None:
    assert "[redacted]" in told[1][name]
    assert KEY not in told[1][name]


def test_nothing_to_run_is_worse_than_running(folders: Path) -> None:
    done = check(folders, "runs", "quiet", "--json", "--skip", "types")
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (5, "unverified")


def test_fingerprints_are_the_same_elsewhere(folders: Path, told: tuple[int, dict[str, str]], tmp_path: Path) -> None:
    """In another folder, under another name, in another run, and some lines further down."""
    text = (folders / "broken/main.py").read_text()
    repository(
        tmp_path / "elsewhere", main__py=text.replace("import json\n", "import json\n\n\n"), requirements__txt=""
    )
    data = json.loads(check(tmp_path, "elsewhere", "--skip", "types", "--json").stdout)
    before = json.loads(told[1]["json"])["repositories"][1]

    def prints(document: dict[str, Any]) -> list[str]:
        return [finding["fingerprint"] for each in document["checks"] for finding in each["findings"]]

    assert prints(data) == prints(before) != []


def test_one_folder_keeps_the_documents_form(folders: Path) -> None:
    data = json.loads(check(folders, "runs", "--json", *STATIC).stdout)
    origin = {"schema", "version", "commit", "tree", "clean", "date", "command"}
    assert set(data) == {"repository", "verdict", "why", "checks", "attempts", "usage", "seconds"} | origin


def test_an_unavailable_sandbox_is_worst_of_all(folders: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    done = check(folders, "runs", "broken", "--json", env={"PATH": str(tmp_path / "bin")})
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (3, "unavailable")
    assert all("bubblewrap" in each["why"] for each in json.loads(done.stdout)["repositories"])


def test_fail_on(folders: Path) -> None:
    words = ("broken", *STATIC)
    assert check(folders, *words).returncode == 0
    done = check(folders, *words, "--fail-on", "advice", "--json")
    data = json.loads(done.stdout)
    assert (done.returncode, data["verdict"]) == (1, "broken")
    assert [f["rule"] for check in data["checks"] for f in check["findings"] if f["gates"]] == ["F401"]
    whole = check(folders, "broken", "--skip", "types", "--fail-on", "never")
    assert (whole.returncode, whole.stdout.splitlines()[-1][:7]) == (0, "broken:")


def test_a_baseline_of_several_folders(folders: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        repository(tmp_path / name, main__py="def f():\n    return x\n")
    assert check(tmp_path, "a", "b", *STATIC, "--write-baseline", "known.json").returncode == 1
    assert check(tmp_path, "a", "b", *STATIC, "--baseline", "known.json").returncode == 0
    (tmp_path / "b/main.py").write_text("\n\ndef f():\n    return x + y\n")
    done = check(tmp_path, "a", "b", *STATIC, "--baseline", "known.json", "--format", "github")
    assert done.returncode == 1
    errors = [line for line in done.stdout.splitlines() if line.startswith("::error")]
    assert len(errors) == 1
    assert "file=b/main.py,line=4" in errors[0]
    assert "`y`" in errors[0]


def test_only_who_asks_for_a_cached_result_gets_one(tmp_path: Path) -> None:
    repository(tmp_path / "r", main__py=f"{MAIN}# {uuid.uuid4()}\n", requirements__txt="")
    words = ("r", "--skip", "types")
    one, again, asked = (
        recalling(tmp_path, *words),
        recalling(tmp_path, *words),
        recalling(tmp_path, *words, "--cached"),
    )
    assert (one["verdict"], again["verdict"], asked["verdict"], asked["cached"]) == ("runs", "runs", "runs", True)
    assert "cached" not in one and "cached" not in again
    assert f"cached result of {asked['checked_at']}" in asked["why"]
    assert [(c["name"], c["status"], c["seconds"]) for c in asked["checks"]] == [
        (c["name"], c["status"], c["seconds"]) for c in again["checks"]
    ]
    assert all("cached result" in c["note"] for c in asked["checks"] if c["status"] == "passed")
    for changed in (("--timeout", "90"), ("--run", "python main.py"), ("--torch-backend", "cpu"), ("--cpus", "1")):
        assert "cached" not in recalling(tmp_path, *words, "--cached", *changed), changed
    text = check(tmp_path, *words, env={"P2C_CACHED": "1"}).stdout
    assert "cached result" in text.splitlines()[0] and "cached result" in text.splitlines()[-1]


def test_a_cached_finding_says_so_too(tmp_path: Path) -> None:
    repository(tmp_path / "r", main__py=MAIN.replace("0.5", f'1 / 0, "{uuid.uuid4()}"'), requirements__txt="")
    words = ("r", "--skip", "types")
    assert recalling(tmp_path, *words)["verdict"] == "broken"
    assert "cached" not in recalling(tmp_path, *words)
    asked = recalling(tmp_path, *words, "--cached")
    assert (asked["verdict"], asked["cached"]) == ("broken", True)
    assert "cached result" in asked["why"]


def recalling(root: Path, *words: str) -> dict[str, Any]:
    """The document of a check as a person asks for it."""
    return dict(json.loads(check(root, *words, "--json", env={"P2C_CACHED": ""}).stdout))


def test_what_there_is_instead_is_told(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": [], "execution_count": None}]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    repository(tmp_path / "book", b__ipynb=json.dumps(book))
    done = check(tmp_path, "book", "--skip", "types")
    assert done.returncode == 5
    assert "there is no Python file" in done.stdout and "--notebooks runs the code of 1 notebook" in done.stdout


def test_names_that_are_no_text_are_checked_too(tmp_path: Path) -> None:
    repository(tmp_path / "r", main__py=MAIN, requirements__txt="")
    (Path(os.fsdecode(bytes(tmp_path / "r") + b"/caf\xe9.py"))).write_text("def f(:\n")
    words = [word for name in FORMATS for word in ("--format", name, "-o", f"out/{name}")]
    done = check(tmp_path, "r", "--only", "compile", "--only", "lint", *words)
    assert (done.returncode, done.stderr.count("Traceback")) == (1, 0)
    assert "caf%E9.py" in (tmp_path / "out/sarif").read_text()
    assert all("SyntaxError" in (tmp_path / "out" / name).read_text() for name in FORMATS)


def test_ci_sees_that_the_example_is_broken(tmp_path: Path) -> None:
    """What .github/workflows/gate.yml does, by the script that the action runs."""
    root = Path(__file__).parents[2]
    tool = tmp_path / "p2c"
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m p2c "$@"\n')
    tool.chmod(0o755)
    asked = {"CHECK_PATH": "examples/broken/repo", "CHECK_SKIP": "types", "CHECK_SARIF": str(tmp_path / "p2c.sarif")}
    given = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    env = environment({**asked, **given, "CHECK_TOOL": str(tool), "GITHUB_WORKSPACE": str(root)})
    argv = ["bash", str(root / "scripts/gate")]
    done = subprocess.run(argv, cwd=root, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert (tmp_path / "output").read_text() == "status=broken\n"
    assert "It does not run" in (tmp_path / "summary").read_text()
    assert "::error file=examples/broken/repo/" in done.stdout
    places = [r["locations"][0]["physicalLocation"] for r in results((tmp_path / "p2c.sarif").read_text())]
    assert places and all(p["artifactLocation"]["uri"].startswith("examples/broken/repo/") for p in places)


def test_explain_needs_no_folder() -> None:
    done = p2c("check", "--explain", "F821")
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("F821", "blocking", "means", "why", "fix"))
    wrong = p2c("check", "--explain", "ModuleNotFoundErr")
    assert wrong.returncode == 2
    assert "ModuleNotFoundError" in wrong.stderr
    assert p2c("check").returncode == 2


def test_version_and_completion() -> None:
    assert re.fullmatch(r"p2c, version \d+\.\d+\.\d+\S*\n", p2c("--version").stdout)
    for shell in ("bash", "zsh", "fish"):
        done = p2c(env={"_P2C_COMPLETE": f"{shell}_source"})
        assert "_P2C_COMPLETE" in done.stdout, done.stderr
