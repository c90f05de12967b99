"""A `.p2c/` that came with a folder, of every kind: no command believes it, follows it out, or falls over it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from p2c.state_folder import STATE, StateFolder, alone, write_state
from tests.commands.test_score import Judge
from tests.end_to_end import toy
from tests.end_to_end.toy import answers, environment, write_paper
from tests.scoring.samples import FILES, critique, write
from tests.servers.openai_server import OpenAIServer

SECRET = "host-canary-7f3a"
PRECIOUS = f"precious {SECRET}\n"
RUNS = {"main.py": "print('it runs')\n", "requirements.txt": ""}
NAMES = (
    "report.json", "report.html", "repair.json", "repair.diff", "attempts.json", "build.json", "plan.json", "paper.md",
    "analyses.json", "score.json", "rubric.json", "batch.json", "journal.jsonl", "score.jsonl", "lock", "writing",
    "index", "unfinished", "id", "seals", ".gitignore", "pace.json", "reports", "replies", "unusable", "results",
    "events", "logs", "marks", "former", "copies", "foreign-1",
)  # fmt: skip
Hostile = Callable[[Path, Path], None]


# Kinds: each fills `.p2c/` and says nothing of what is outside, where the canary is


def links_to_a_file(state: Path, outside: Path) -> None:
    for name in NAMES:
        (outside / name).write_text(PRECIOUS)
        (state / name).symlink_to(outside / name)


def links_to_a_folder(state: Path, outside: Path) -> None:
    for name in NAMES:
        (outside / name).mkdir()
        (outside / name / "a.json").write_text(PRECIOUS)
        (state / name).symlink_to(outside / name)


def links_to_what_is_not_there(state: Path, outside: Path) -> None:
    for name in NAMES:
        (state / name).symlink_to(outside / name)


def second_names(state: Path, outside: Path) -> None:
    for name in NAMES:
        (outside / name).write_text(PRECIOUS)
        os.link(outside / name, state / name)


def pipes(state: Path, outside: Path) -> None:
    for name in NAMES:
        os.mkfifo(state / name)


def folders(state: Path, outside: Path) -> None:
    for name in NAMES:
        (state / name / "deep").mkdir(parents=True)
        (state / name / "deep" / "a.json").symlink_to("/etc/passwd")


def damaged(state: Path, outside: Path) -> None:
    for at, name in enumerate(NAMES):
        (state / name).write_text(("[1,2", '{"a": 1', "\x00", "", "[" * 100_000)[at % 5])


def wrong_types(state: Path, outside: Path) -> None:
    for at, name in enumerate(NAMES):
        (state / name).write_text(("[]", '"x"', "1e309", '{"version": [], "files": 3}', "null", "1000000")[at % 6])


def somebody_elses(state: Path, outside: Path) -> None:
    """Well formed, and signed with another key: a build that runs, a repair to go on with, attempts to forgive."""
    program = "import sys; from pathlib import Path; from tests.end_to_end.test_hostile_state import believable;"
    program += "believable(Path(sys.argv[1]))"
    env = environment({"XDG_STATE_HOME": str(outside / "key")})
    subprocess.run([sys.executable, "-c", program, str(state.parent)], env=env, check=True)
    shutil.rmtree(outside / "key")


def of_another_folder(state: Path, outside: Path) -> None:
    """The user's own files of another folder, laid over this one's with their seals."""
    write_state(state.parent, "paper.md", "own")
    own = (state / "id").read_bytes()
    other = outside / "other"
    other.mkdir()
    believable(other)
    shutil.copytree(other / STATE, state, dirs_exist_ok=True)
    (state / "id").write_bytes(own)
    shutil.rmtree(other)


def a_newer_p2cs(state: Path, outside: Path) -> None:
    believable(state.parent)
    (state / "id").write_bytes(replace(StateFolder(state.parent).whose(), version=2).to_file())


KINDS: tuple[Hostile, ...] = (
    links_to_a_file, links_to_a_folder, links_to_what_is_not_there, second_names, pipes, folders, damaged, wrong_types,
    somebody_elses, of_another_folder, a_newer_p2cs,
)  # fmt: skip


def believable(root: Path) -> None:
    """Leave what a finished build and an unfinished repair leave, and say that all is well."""
    usage = {"calls": 1, "prompt_tokens": 1, "cached_tokens": 0, "completion_tokens": 1, "usd": None}
    report = {"verdict": "runs", "why": "FORGED", "checks": [], "attempts": [], "usage": usage, "seconds": 1.0}
    pending = {"files": {"sub/.git/config": "evil", "main.py": "print('FORGED')\n"}, "message": "m"}
    left = {"finished": False, "pending": pending, "states": ["0" * 64], "files": {}, "assets": ["data/x.bin"]}
    for name, data in {"report.json": report, "repair.json": left, "attempts.json": 1_000_000,
                       "build.json": {"paper": "x"}, "batch.json": {}, "score.json": {"mean": 5}}.items():  # fmt: skip
        write_state(root, name, data)
    StateFolder(root).append("journal.jsonl", '{"event": "run.ended", "time": "t", "verdict": "runs", "why": "FORGED"}')


def p2c(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line; one that waits for a pipe is not waited for."""
    return toy.p2c(*words, env=env, timeout=600)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder of the host's that must stay as it is."""
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


def hostile(root: Path, outside: Path, kind: Hostile) -> dict[str, str]:
    """Give the folder a `.p2c/` of this kind; return what lies outside."""
    (root / STATE).mkdir(parents=True)
    kind(root / STATE, outside)
    return contents(outside)


def contents(folder: Path) -> dict[str, str]:
    return {
        place.relative_to(folder).as_posix(): place.read_text() if place.is_file() else ""
        for place in folder.rglob("*")
    }


def harmless(done: subprocess.CompletedProcess[str], root: Path, outside: Path, before: dict[str, str]) -> None:
    """Nothing was written or read outside, nothing was believed, nothing fell over."""
    assert done.returncode not in (70, 3), done.stderr
    assert "Traceback" not in done.stderr and "a bug in p2c" not in done.stderr
    assert contents(outside) == before, "written outside"
    assert SECRET not in done.stdout + done.stderr, "read outside"
    for place in (root / STATE).rglob("*"):
        if place.is_file() and not place.is_symlink() and place.stat().st_nlink == 1:
            assert SECRET not in place.read_text(errors="replace"), f"read outside: {place}"
    assert not (root / "sub").exists(), "a foreign repair was gone on with"


def told_once(done: subprocess.CompletedProcess[str]) -> None:
    assert done.stderr.count("is not used.") == 1, done.stderr
    assert "foreign-" in done.stderr


@pytest.mark.sandbox
@pytest.mark.parametrize("kind", KINDS)
def test_repair_sets_it_aside_and_begins_anew(tmp_path: Path, outside: Path, kind: Hostile) -> None:
    root = write(tmp_path / "repo", dict(RUNS))
    (outside / "secret").write_text(PRECIOUS)
    before = hostile(root, outside, kind)
    done = p2c("repair", str(root), "--no-model", "--json", "--sandbox", "unsafe")
    harmless(done, root, outside, before)
    told_once(done)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "runs"), done.stderr
    assert (root / "main.py").read_text() == RUNS["main.py"]
    with alone(root, tell=lambda text: pytest.fail(f"its own is not believed: {text}")):
        assert StateFolder(root).read("repair.json") and StateFolder(root).lines("journal.jsonl")


@pytest.mark.parametrize("kind", KINDS)
def test_a_build_goes_as_far_as_it_may_and_files_its_report(tmp_path: Path, outside: Path, kind: Hostile) -> None:
    root, paper = tmp_path / "out", write_paper(tmp_path)
    before = hostile(root, outside, kind)
    model = ("--model", "m", "--base-url", "http://127.0.0.1:9/v1", "--max-minutes", "0", "--sandbox", "unsafe")
    done = p2c("build", str(paper), "-o", str(root), *model, "--json")
    harmless(done, root, outside, before)
    told_once(done)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (4, "budget"), done.stderr
    assert json.loads((root / STATE / "report.json").read_text())["verdict"] == "budget"
    with alone(root, tell=lambda text: pytest.fail(f"its own is not believed: {text}")):
        assert StateFolder(root).read("build.json") and StateFolder(root).read("unfinished") is not None


@pytest.mark.parametrize("kind", KINDS)
def test_a_score_believes_nothing_of_it(tmp_path: Path, outside: Path, kind: Hostile) -> None:
    root, paper = write(tmp_path / "repo", dict(FILES)), write_paper(tmp_path)
    before = hostile(root, outside, kind)
    with OpenAIServer(Judge([critique(4)] * 2)) as server:
        model = ("--model", "m", "--base-url", server.base_url, "--samples", "1", "--no-rubric")
        done = p2c("score", str(root), "--paper", str(paper), *model, "--json")
    harmless(done, root, outside, before)
    told_once(done)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert (data["mean"], data["computed"]["smoke"], data["computed"]["promises"]) == (4.0, None, None)
    assert json.loads((root / STATE / "score.json").read_text()) == data


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_gives_no_verdict_of_it(tmp_path: Path, outside: Path, kind: Hostile) -> None:
    root = write(tmp_path / "repo", dict(RUNS))
    before = hostile(root, outside, kind)
    shown = p2c("report", str(root), "--json")
    harmless(shown, root, outside, before)
    assert shown.returncode in (0, 2)
    if shown.returncode == 0:
        data = json.loads(shown.stdout)
        assert data["verdict"] == "unverified" and "not written by your p2c" in data["why"]
    written = p2c("report", str(root))
    harmless(written, root, outside, before)
    assert written.returncode in (0, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_in_such_a_folder_begins_anew(tmp_path: Path, outside: Path, kind: Hostile) -> None:
    root, item = tmp_path / "out", write(tmp_path / "repo", dict(RUNS))
    (tmp_path / "batch.toml").write_text(f'[defaults]\nsandbox = "unsafe"\n[[item]]\ncheck = "{item}"\n')
    before = hostile(root, outside, kind)
    done = p2c("batch", str(tmp_path / "batch.toml"), "-o", str(root), "--json")
    harmless(done, root, outside, before)
    told_once(done)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"] == {"runs": 1}
    again = p2c("batch", str(tmp_path / "batch.toml"), "-o", str(root), "--json")
    assert again.returncode == 0 and "1 of 1 finished earlier" in again.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_a_check_does_not_touch_it(tmp_path: Path, outside: Path, kind: Hostile) -> None:
    root = write(tmp_path / "repo", dict(RUNS))
    before = hostile(root, outside, kind)
    listed = sorted(os.listdir(root / STATE))  # noqa: PTH208
    done = p2c("check", str(root), "--only", "compile", "--sandbox", "unsafe")
    harmless(done, root, outside, before)
    assert done.returncode in (0, 5)
    assert sorted(os.listdir(root / STATE)) == listed  # noqa: PTH208


COMMANDS = {
    "repair": lambda root, paper: ("repair", root, "--no-model", "--sandbox", "unsafe"),
    "build": lambda root, paper: ("build", paper, "-o", root, "--model", "m", "--base-url", "http://127.0.0.1:9/v1"),
    "score": lambda root, paper: (
        "score",
        root,
        "--paper",
        paper,
        "--model",
        "m",
        "--base-url",
        "http://127.0.0.1:9/v1",
    ),
    "report": lambda root, paper: ("report", root),
}


@pytest.mark.parametrize("what", ["a link", "a file", "a pipe"])
@pytest.mark.parametrize("command", COMMANDS)
def test_the_folder_itself_has_to_be_one(tmp_path: Path, outside: Path, command: str, what: str) -> None:
    root, paper = write(tmp_path / "repo", dict(FILES)), write_paper(tmp_path)
    (outside / "id").write_text(PRECIOUS)
    before = contents(outside)
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    if what == "a link":
        (root / STATE).symlink_to(outside)
    elif what == "a file":
        (root / STATE).write_text(PRECIOUS)
    else:
        os.mkfifo(root / STATE)
    done = p2c(*map(str, COMMANDS[command](root, paper)))
    assert done.returncode == 2, done.stderr
    assert f"{STATE}' is " in done.stderr and "Traceback" not in done.stderr
    assert contents(outside) == before and SECRET not in done.stderr + done.stdout


@pytest.mark.parametrize("command", ["repair", "build", "score"])
def test_a_second_p2c_leaves_no_trace_in_the_firsts_journal(tmp_path: Path, command: str) -> None:
    root, paper = tmp_path / "repo", write_paper(tmp_path)
    write(root, {} if command == "build" else dict(FILES))
    root.mkdir(exist_ok=True)
    with alone(root):
        write_state(root, "build.json", {"paper": "of the first"})
        env = {"P2C_PATIENCE": "0"}
        done = p2c(*map(str, COMMANDS[command](root, paper)), *(["--force"] if command == "build" else []), env=env)
        assert done.returncode == 2 and "another p2c is running" in done.stderr
        assert not (root / STATE / "journal.jsonl").exists() and not (root / STATE / "score.jsonl").exists()
        assert "of the first" in (root / STATE / "build.json").read_text()


@pytest.mark.sandbox
def test_a_limit_is_a_limit_whatever_the_folder_says(tmp_path: Path) -> None:
    """A control without the file: as many calls."""
    calls = []
    for name in ("plain", "forged", "own"):
        root = write(tmp_path / name, {**RUNS, "main.py": "print(1 / 0)\n"})
        if name != "plain":
            (root / STATE).mkdir()
            (root / STATE / "attempts.json").write_text("100000")
        if name == "own":
            StateFolder(root).write("attempts.json", b"100000")  # of a run that is over
        with OpenAIServer(lambda body: "I do not know.") as server:
            model = ("--model", "m", "--base-url", server.base_url, "--max-attempts", "2", "--sandbox", "unsafe")
            done = p2c("repair", str(root), *model)
            assert done.returncode in (1, 4), done.stderr
            calls.append(server.calls)
    assert calls[0] == calls[1] == calls[2] > 0


@pytest.mark.sandbox
@pytest.mark.index
def test_recorded_replies_that_came_with_the_folder_say_nothing(tmp_path: Path) -> None:
    """A whole build into a folder with the replies of somebody else's: each is asked for anew, and paid."""
    paper, first, second = write_paper(tmp_path), tmp_path / "first", tmp_path / "second"
    with OpenAIServer(answers()) as server:
        words = ("--until-runs", "--model", "m", "--base-url", server.base_url, "--sandbox", "unsafe")
        assert p2c("build", str(paper), "-o", str(first), *words).returncode == 0
        paid = server.calls
        (second / STATE).mkdir(parents=True)
        shutil.copytree(first / STATE / "replies", second / STATE / "replies")
        done = p2c("build", str(paper), "-o", str(second), *words)
        assert done.returncode == 0, done.stderr
        told_once(done)
        assert server.calls == 2 * paid
        replayed = p2c("build", str(paper), "-o", str(tmp_path / "third"), "--until-runs", "--model",
                       f"replay:{first / STATE / 'replies'}", "--sandbox", "unsafe")  # fmt: skip
        assert replayed.returncode == 0 and server.calls == 2 * paid, "replies that a person names are taken"
        moved = tmp_path / "moved"
        first.rename(moved)
        shutil.rmtree(moved / ".git")
        again = p2c("build", str(paper), "-o", str(moved), *words, "--force")
        assert again.returncode == 0 and server.calls == 2 * paid, "own ones move with their folder"
