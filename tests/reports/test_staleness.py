"""A verdict of another state is never shown as that of what lies in the folder."""

from __future__ import annotations

import json
import multiprocessing
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from p2c import state_folder
from p2c.errors import InputError
from p2c.journal import Journal
from p2c.reports.comparison import compare
from p2c.reports.outcome import document, to_json
from p2c.reports.render import draw, place_of, usual_form
from p2c.reports.stored import read_stored
from p2c.reports.verdict_origin import origin_of
from p2c.repository_files import read
from p2c.state_folder import STATE, StateFolder
from tests.reports.samples import call, outcome
from tests.reports.test_verdict_origin import checkout, git

FORMS = ("html", "markdown", "json", "text")


def at(seconds: float) -> str:
    return (datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def note(root: Path, when: float, event: str, /, **data: object) -> None:
    line = json.dumps({"event": event, "time": at(when), **data})
    StateFolder(root).append("journal.jsonl", line)


def judge(root: Path, seconds: float, verdict: str = "runs", **changes: object) -> None:
    """Leave what a repair leaves that ended with this verdict, of what lies there now."""
    note(root, seconds, "run.started", command="repair")
    origin = replace(origin_of(root, read(root).digest), date=at(seconds + 5))
    doc = document(outcome(verdict=verdict, why="every check passed", attempts=(), origin=origin, **changes))
    state_folder.write_state(root, "report.json", doc)
    told = {key: doc[key] for key in ("verdict", "why", "commit", "tree", "clean", "date", "version")}
    note(root, seconds + 5, "run.ended", **told)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout that was judged to run."""
    root = checkout(tmp_path / "repo")
    judge(root, 0)
    return root


def shown(root: Path) -> dict[str, str]:
    return {form: draw((root,), form)[0] for form in FORMS}


def is_green(told: dict[str, str]) -> list[str]:
    """Name the forms that show a green headline or colour."""
    head = re.search(r'class="verdict (\w+)"', told["html"])
    found = ["html"] if (head and head[1] == "good") or '<body class="stale">' not in told["html"] else []
    found += ["markdown"] if "✅" in told["markdown"] else []
    found += ["json"] if json.loads(told["json"])["verdict"] == "runs" else []
    found += ["text"] if told["text"].splitlines()[-1].startswith("runs") else []
    return found


def test_a_verdict_of_what_lies_there_is_shown_as_it_is(root: Path) -> None:
    texts = shown(root)

    assert is_green(texts) == list(FORMS)
    assert read_stored(root).document["state"] == "judged"
    assert texts == shown(root), "drawn twice it is the same"


ENDS = {
    "interrupted": ("interrupted", "The last run was interrupted"),
    "unavailable": ("unavailable", "The last run stopped"),
    "bug": ("failed", "The last run failed"),
    "": ("killed", "The last run was killed"),
}


@pytest.mark.parametrize("ended", ENDS)
@pytest.mark.parametrize("changed", [True, False])
def test_a_run_that_came_to_no_verdict_is_what_is_said_first(root: Path, ended: str, changed: bool) -> None:
    commit, (state, words) = git(root, "rev-parse", "HEAD"), ENDS[ended]
    if changed:
        (root / "a.py").write_text("raise ValueError\n")
        git(root, "commit", "-qam", "two")
    note(root, 60, "run.started", command="repair")
    note(root, 61, "repair.stopped", word="runs", why="every check passed")
    if ended:
        note(root, 62, "run.ended", verdict=ended, why="the moon is in the way")
    texts = shown(root)

    assert is_green(texts) == []
    data = json.loads(texts["json"])
    assert data["state"] == state and data["verdict"] in (None, "unavailable")
    assert f"the verdict below is an earlier one, for commit {commit[:12]}" in data["why"]
    assert ("changed since" in data["why"]) is changed
    assert (data["last"]["verdict"], data["last"]["commit"]) == ("runs", commit)
    for form in ("html", "markdown", "text"):
        assert words in texts[form] and commit[:12] in texts[form], form
    assert texts["markdown"].startswith("## ⚠️") and texts["text"].startswith(words)
    assert ("moon" in data["why"]) is (ended in ("unavailable", "bug"))


def test_the_next_run_that_is_judged_is_shown_again(root: Path) -> None:
    note(root, 60, "run.started", command="repair")
    assert is_green(shown(root)) == []

    judge(root, 120)
    assert is_green(shown(root)) == list(FORMS)


CHANGES = {
    "a file is edited": lambda root: (root / "a.py").write_text("x = 2\n"),
    "a file is new": lambda root: (root / "b.py").write_text(""),
    "a file is gone": lambda root: (root / "a.py").unlink(),
    "data changed": lambda root: (root / "d.bin").write_bytes(b"\0\1"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("committed", [True, False])
def test_files_that_changed_since_are_what_is_said_first(root: Path, change: str, committed: bool) -> None:
    before = git(root, "rev-parse", "HEAD")
    CHANGES[change](root)
    if committed:
        git(root, "add", "-A")
        git(root, "commit", "-qm", "two")
    texts = shown(root)

    assert is_green(texts) == []
    data = json.loads(texts["json"])
    assert (data["state"], data["verdict"], data["last"]["verdict"]) == ("changed", "unverified", "runs")
    assert before[:12] in data["why"] and data["now"]["commit"] == git(root, "rev-parse", "HEAD")
    assert ("differ" in data["why"]) is not committed


def test_a_change_that_is_taken_back_is_none(root: Path) -> None:
    (root / "a.py").write_text("x = 2\n")
    assert read_stored(root).document["state"] == "changed"

    (root / "a.py").write_text("x = 1\n")
    assert read_stored(root).document["state"] == "judged"


def test_another_branch_is_another_state_and_the_same_files_under_another_commit_are_not(root: Path) -> None:
    main = git(root, "branch", "--show-current")
    git(root, "commit", "--allow-empty", "-qm", "nothing")
    told = read_stored(root).document
    assert (told["state"], told["now"]["commit"]) == ("judged", git(root, "rev-parse", "HEAD"))

    git(root, "checkout", "-qb", "other")
    (root / "a.py").write_text("x = 3\n")
    git(root, "commit", "-qam", "three")
    assert is_green(shown(root)) == []
    git(root, "checkout", "-q", main)
    assert is_green(shown(root)) == list(FORMS)


def test_what_git_ignores_is_no_change(root: Path) -> None:
    (root / "__pycache__").mkdir()
    (root / "__pycache__" / "a.pyc").write_bytes(b"\0")

    assert read_stored(root).document["state"] == "judged"


def test_without_git_the_files_are_compared_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("x = 1\n")
    judge(tmp_path, 0)
    assert is_green(shown(tmp_path)) == list(FORMS)

    (tmp_path / "m.py").write_text("x = 2\n")
    assert is_green(shown(tmp_path)) == []
    assert "is for tree " in json.loads(shown(tmp_path)["json"])["why"]


def test_a_verdict_with_a_diff_that_is_not_applied_is_of_no_folder(root: Path) -> None:
    doc = json.loads((root / STATE / "report.json").read_text())
    doc |= {"applied": False, "diff": "--- a\n+++ b\n", "tree": "0" * 64}
    state_folder.write_state(root, "report.json", doc)

    assert is_green(shown(root)) == []
    assert "with p2c's diff applied" in read_stored(root).document["why"]


def test_a_limit_that_stopped_the_last_run_says_what_was_judged_before(root: Path) -> None:
    commit = git(root, "rev-parse", "HEAD")
    judge(root, 60, verdict="budget")
    told = read_stored(root).document

    assert (told["verdict"], told["last"]["verdict"], told["last"]["commit"]) == ("budget", "runs", commit)
    assert told["why"].endswith(f"The verdict before that, for commit {commit[:12]}: runs")
    assert "Stopped by a limit" in shown(root)["markdown"].splitlines()[0]


@pytest.mark.parametrize("word", ["usage", "input"])
def test_a_run_that_was_refused_changes_nothing(root: Path, word: str) -> None:
    note(root, 60, "run.started", command="repair")
    note(root, 60, "run.ended", verdict=word, why="there is work that is not committed")

    assert is_green(shown(root)) == list(FORMS)
    note(root, 70, "run.started", command="repair")
    note(root, 71, "check.started", name="compile")
    note(root, 72, "run.ended", verdict=word, why="a file cannot be read any more")
    assert is_green(shown(root)) == [] and read_stored(root).document["state"] == "failed"


def test_a_report_that_is_gone_is_told_from_the_journal(root: Path) -> None:
    StateFolder(root).remove("report.json")
    told = read_stored(root).document
    assert (told["state"], told["verdict"], told["commit"]) == ("judged", "runs", git(root, "rev-parse", "HEAD"))

    (root / "a.py").write_text("x = 2\n")
    assert read_stored(root).document["state"] == "changed"


def test_the_report_file_itself_is_no_way_around(root: Path) -> None:
    (root / "a.py").write_text("x = 2\n")
    assert read_stored(root / STATE / "report.json").document["state"] == "changed"


def test_what_was_written_of_a_stale_report_reads_back_as_stale(root: Path, tmp_path: Path) -> None:
    note(root, 60, "run.started", command="repair")
    place = tmp_path / "told.json"
    place.write_text(draw((root,), "json")[0])

    assert is_green({form: draw((place,), form)[0] for form in FORMS}) == []
    place.write_text(to_json({**json.loads(place.read_text()), "state": "judged"}))
    with pytest.raises(InputError):
        read_stored(place)


def test_a_stale_report_is_not_better_than_another() -> None:
    runs = document(outcome(verdict="runs"))
    stale = {**runs, "verdict": None, "state": "interrupted"}

    assert compare(runs, runs, ("a", "b")).tone == "good"
    assert compare(document(outcome()), stale, ("a", "b")).tone == "warn"


def unfinished(root: Path) -> None:
    """Leave the journal of a build that wrote two of three files."""
    note(root, 0, "run.started", command="build", title="A Paper", line="p2c build paper.md -o out", version="9.9")
    note(root, 1, "stage.started", stage="planning")
    note(root, 2, "model.called", **call("plan.design"))
    note(root, 3, "plan.made", files=["a.py", "pkg/__init__.py", "b.py", "c.py"])
    note(root, 3, "stage.ended", stage="planning")
    note(root, 3, "stage.started", stage="writing")
    for number, path in enumerate(("a.py", "b.py")):
        note(root, 4 + number, "model.called", **call(f"code:{path}", usd=None if number else 0.25))
        note(root, 4 + number, "file.written", path=path)
    note(root, 6, "check.ended", name="compile", status="passed", seconds=0.1, findings=0)
    first = {"path": "a.py", "rule": "F821", "message": "Undefined name"}
    note(root, 7, "check.ended", name="lint", status="failed", seconds=0.1, findings=3, gating=2, first=first)


def test_a_build_without_a_report_is_told_as_far_as_it_came(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    unfinished(tmp_path)
    texts = shown(tmp_path)
    data = json.loads(texts["json"])

    assert (data["verdict"], data["state"], data["title"], data["version"]) == (None, "killed", "A Paper", "9.9")
    assert "there is no verdict yet" in data["why"] and data["command"] == "p2c build paper.md -o out"
    far = data["unfinished"]
    assert (far["stage"], far["planned"], far["written"]) == ("writing", 3, ["a.py", "b.py"])
    assert (far["usage"]["calls"], far["usage"]["usd"], far["checks"]["lint"]) == (3, None, "failed")
    assert data["checks"][1]["findings"][0]["rule"] == "F821" and "3 findings in all" in data["checks"][1]["note"]
    assert is_green(texts) == []
    assert "2 of 3" in texts["html"] and "3 files planned, 2 written" in texts["markdown"]
    assert "What the smoke run does not prove" not in texts["html"]


def _hold(root: str, ready: object, done: object) -> None:
    with state_folder.alone(Path(root)):
        ready.set()  # type: ignore[attr-defined]
        done.wait(60)  # type: ignore[attr-defined]


def test_a_build_at_work_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    unfinished(tmp_path)
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    held = context.Process(target=_hold, args=(str(tmp_path), ready, done))
    held.start()
    try:
        assert ready.wait(60)
        before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in tmp_path.rglob("*") if p.is_file()}
        data = read_stored(tmp_path).document
        assert (data["state"], data["verdict"]) == ("running", None)
        assert (usual_form((tmp_path,)), place_of((tmp_path,), "html")) == ("text", None)
        texts = shown(tmp_path)
        assert is_green(texts) == [] and "running" in texts["html"] and "not finished" not in texts["html"]
        after = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in tmp_path.rglob("*") if p.is_file()}
        assert before == after and state_folder.is_at_work(tmp_path)
    finally:
        done.set()
        held.join(60)
    assert not state_folder.is_at_work(tmp_path)
    assert usual_form((tmp_path,)) == "html" and read_stored(tmp_path).document["state"] == "killed"


def test_a_folder_without_a_run_holds_no_report(tmp_path: Path) -> None:
    Journal(tmp_path / STATE / "journal.jsonl").note("stage.started", stage="x")
    with pytest.raises(InputError, match="contains no report"):
        read_stored(tmp_path)
