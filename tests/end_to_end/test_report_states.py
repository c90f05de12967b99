"""`p2c report` after runs that were interrupted, killed, could not judge, or judged what has changed since."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from p2c import state_folder
from tests.end_to_end.test_build import command, git, kill_at
from tests.end_to_end.test_commands import _why_not, document, repository
from tests.end_to_end.test_repair import as_git
from tests.end_to_end.toy import answers, environment, p2c, write_paper
from tests.servers.openai_server import Answer, OpenAIServer

pytestmark = [pytest.mark.sandbox, pytest.mark.index, pytest.mark.skipif(bool(_why_not()), reason=_why_not())]

RUNS = 'def main():\n    print("done")\n\n\nif __name__ == "__main__":\n    main()\n'
BROKEN = RUNS.replace('print("done")', 'raise ValueError("x")')
SLEEPS = "import time\n\n\n" + RUNS.replace('print("done")', 'time.sleep(100)\n    raise ValueError("x")')


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A checkout that `p2c repair` has judged to run."""
    root = as_git(repository(tmp_path / "repo", main__py=RUNS, requirements__txt=""))
    done = p2c("repair", str(root), "--no-model", "--json")
    assert (done.returncode, document(done)["verdict"]) == (0, "runs"), done.stderr
    return root


def commit(root: Path, **files: str) -> None:
    repository(root, **files)
    git(root, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "changed")


def report(root: Path) -> dict[str, str]:
    """What `p2c report` says, in each form; it ends with 0 whatever that is."""
    told = {}
    for form in ("html", "markdown", "json", "text"):
        done = p2c("report", str(root), "--format", form, "-o", f"{root}.told")
        assert done.returncode == 0, done.stderr
        told[form] = Path(f"{root}.told").read_text(encoding="utf-8")
    return told


def greens(told: dict[str, str]) -> list[str]:
    """The forms that show a green headline or colour, or the verdict `runs`."""
    tests = {
        "html": 'class="verdict good"' in told["html"] or "<title>runs" in told["html"],
        "markdown": "✅" in told["markdown"],
        "json": json.loads(told["json"])["verdict"] == "runs",
        "text": told["text"].splitlines()[-1].startswith("runs"),
    }
    return [form for form, green in tests.items() if green]


ALL = ["html", "markdown", "json", "text"]


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[str]]:
    """Run p2c until the block ends; it is killed if it is still there then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "p2c", *words],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(events: Path, event: str, /, **fields: object) -> None:
    """Wait until an event is noted."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        lines = events.read_text().splitlines() if events.exists() else []
        noted = [json.loads(line) for line in lines if line.endswith("}")]
        if any(e["event"] == event and fields.items() <= e.items() for e in noted):
            return
        time.sleep(0.02)
    raise AssertionError(f"{event} was not noted")


def test_a_verdict_of_what_lies_there_is_green(repo: Path) -> None:
    told = report(repo)
    data = json.loads(told["json"])

    assert greens(told) == ALL
    assert (data["commit"], data["clean"], data["state"]) == (git(repo, "rev-parse", "HEAD").strip(), True, "judged")
    assert data["command"].startswith("p2c repair ") and re.fullmatch(r"[\d-]{10}T[\d:.]{12}Z", data["date"])
    assert told == report(repo)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_on_changed_code(repo: Path, tmp_path: Path, number: signal.Signals) -> None:
    judged = git(repo, "rev-parse", "HEAD").strip()
    commit(repo, main__py=SLEEPS)
    events = tmp_path / "events.jsonl"
    with started("repair", str(repo), "--no-model", "--events", str(events)) as process:
        wait_for(events, "check.started", name="smoke")
        process.send_signal(number)
        process.communicate(timeout=60)
    page = (repo / ".p2c" / "report.html").read_text()
    assert 'class="verdict good"' not in page, "the page that lies there was drawn before"

    told = report(repo)
    data = json.loads(told["json"])
    assert greens(told) == []
    assert data["state"] == ("interrupted" if number == signal.SIGINT else "killed")
    assert f"the verdict below is an earlier one, for commit {judged[:12]}" in data["why"]
    assert judged[:12] in told["markdown"].split("\n\n")[1] and judged[:12] in told["html"]

    commit(repo, main__py=RUNS + "# more\n")
    assert p2c("repair", str(repo), "--no-model").returncode == 0
    assert greens(report(repo)) == ALL, "what is judged again is shown again"


def test_killed_in_the_proof(tmp_path: Path) -> None:
    paper, out, events = write_paper(tmp_path), tmp_path / "out", tmp_path / "events.jsonl"
    with OpenAIServer(answers()) as server:
        argv = command(paper, out, server)
        assert p2c(*argv).returncode == 0
        judged = git(out, "rev-parse", "HEAD").strip()
        assert greens(report(out)) == ALL
        kill_at([*argv, "--max-minutes", "60"], events, "stage.started", {"stage": "proof"})
    told = report(out)

    assert greens(told) == []
    last = told["html"].split("Run 2 of 2")[1].split("</h3>")[0]
    assert "not finished" in last and "runs" not in last, "that the loop stopped is no verdict of the build's"
    data = json.loads(told["json"])
    assert (data["state"], data["unfinished"]["stage"], data["last"]["commit"]) == ("killed", "proof", judged)


def test_a_model_that_cannot_be_reached(repo: Path) -> None:
    judged = git(repo, "rev-parse", "HEAD").strip()
    commit(repo, main__py=BROKEN)
    words = ["repair", str(repo), "--model", "m", "--base-url", "http://127.0.0.1:9/v1"]
    done = p2c(*words, env={"OPENAI_API_KEY": "x"})
    assert done.returncode == 3
    assert done.stderr.count("no connection to http://127.0.0.1:9/v1") == 1, done.stderr

    told = report(repo)
    data = json.loads(told["json"])
    assert greens(told) == []
    assert (data["state"], data["verdict"]) == ("unavailable", "unavailable")
    assert judged[:12] in data["why"] and "127.0.0.1:9" in data["why"]
    assert data["unfinished"]["checks"]["smoke"] == "failed"


def test_a_sandbox_that_is_missing_judges_nothing(repo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("git", "env"):
        (folder / name).symlink_to(f"/usr/bin/{name}")
    assert p2c("repair", str(repo), "--no-model", env={"PATH": str(folder)}).returncode == 3

    told = report(repo)
    assert greens(told) == []
    assert json.loads(told["json"])["state"] == "unavailable"


def test_a_build_can_be_looked_at_while_it_works_and_is_not_disturbed(tmp_path: Path) -> None:
    paper, out, events = write_paper(tmp_path), tmp_path / "out", tmp_path / "events.jsonl"
    answer, waiting = answers(), {"on": True}

    def late(body: dict[str, Any]) -> Answer | str:
        while waiting["on"] and "# Write main.py" in json.dumps(body["messages"]):
            time.sleep(0.05)
        return answer(body)

    with OpenAIServer(late) as server, started(*command(paper, out, server), "--events", str(events)) as process:
        wait_for(events, "file.written")
        page = out / ".p2c" / "report.html"
        held = sorted(path.name for path in page.parent.iterdir()), page.stat().st_mtime_ns
        done = p2c("report", str(out))
        assert done.returncode == 0 and "A run is under way" in done.stdout, done.stderr
        done = p2c("report", str(out), "--json", "-o", str(tmp_path / "told.html"))
        data = document(done)
        assert (data["verdict"], data["state"]) == (None, "running")
        far = data["unfinished"]
        assert isinstance(far, dict) and far["stage"] == "writing" and far["planned"] == 4
        assert far["written"] and far["usage"]["calls"] >= 5 and far["usage"]["usd"] is None
        assert "valley.py" in (tmp_path / "told.html").read_text()
        assert state_folder.is_at_work(out) and process.poll() is None
        assert (sorted(path.name for path in page.parent.iterdir()), page.stat().st_mtime_ns) == held
        waiting["on"] = False
        process.communicate(timeout=120)
        assert process.returncode == 0
    assert greens(report(out)) == ALL


@pytest.mark.parametrize("how", ["killed", "unreachable"])
def test_a_first_build_that_came_to_nothing_has_a_report_too(tmp_path: Path, how: str) -> None:
    paper, out, events = write_paper(tmp_path), tmp_path / "out", tmp_path / "events.jsonl"
    if how == "killed":
        with OpenAIServer(answers()) as server:
            kill_at(command(paper, out, server), events, "plan.made", {})
    else:
        words = ["build", str(paper), "-o", str(out), "--model", "m", "--base-url", "http://127.0.0.1:9/v1"]
        done = p2c(*words)
        assert done.returncode == 3 and done.stderr.count("no connection to") == 1, done.stderr
    told = report(out)
    data = json.loads(told["json"])

    assert greens(told) == []
    assert data["state"] == ("killed" if how == "killed" else "unavailable")
    assert "there is no verdict yet" in data["why"] and data["title"] == "Heavy Balls Roll Faster"
    assert ("127.0.0.1:9" in data["why"]) is (how == "unreachable")


def test_a_finished_build_started_again_says_so(tmp_path: Path) -> None:
    paper, out = write_paper(tmp_path), tmp_path / "out"
    with OpenAIServer(answers()) as server:
        words = command(paper, out, server)
        first = document(p2c(*words))
        events = (out / ".p2c" / "journal.jsonl").read_bytes()
        again = p2c(*words)
        told = document(again)
        assert (again.returncode, told["verdict"], told["cached"]) == (0, "runs", True)
        assert "nothing was done" in str(told["why"]) and told["checked_at"] == first["date"]
        assert (told["commit"], told["tree"], told["checks"]) == (first["commit"], first["tree"], first["checks"])
        assert (out / ".p2c" / "journal.jsonl").read_bytes() == events

        assert "cached" not in document(p2c(*words, "--force")), "a person can have it done again"
        assert "cached" in document(p2c(*words))
        for more in (["--max-attempts", "7"], ["--allow", "files"]):
            assert "cached" not in document(p2c(*words, *more)), "other options are another question"
        (out / "notes.txt").write_text("mine\n")
        assert "cached" not in document(p2c(*words)), "so are other files"


def test_a_stop_before_anything_was_checked_says_so(tmp_path: Path) -> None:
    paper, out = write_paper(tmp_path), tmp_path / "out"
    with OpenAIServer(answers()) as server:
        words = [word for word in command(paper, out, server) if word != "--json"]
        done = p2c(*words, "--max-tokens", "0")
    assert done.returncode == 4
    assert "nothing was checked" in done.stdout and "blocking finding" not in done.stdout
    assert "set aside. Raise --max-tokens" in done.stdout
    told = report(out)
    assert "set aside. Raise --max-tokens" in json.loads(told["json"])["why"]
    assert "Stopped by a limit" in told["markdown"] and "Nothing" in told["html"]


def test_a_diff_is_of_no_folder_until_it_is_applied(tmp_path: Path) -> None:
    from tests.end_to_end.test_repair import model, two_faults, words

    root = as_git(two_faults(tmp_path / "repo"))
    with OpenAIServer(model) as server:  # type: ignore[arg-type]
        done = p2c(*words(root, server)[:-1], "--diff")
    assert done.returncode == 0, done.stderr
    told = report(root)
    assert greens(told) == [] and "with p2c's diff applied" in told["json"]

    subprocess.run(["git", "apply", "-"], cwd=root, input=done.stdout, text=True, check=True)
    assert greens(report(root)) == ALL


def test_the_command_line_is_told_without_its_secrets(tmp_path: Path) -> None:
    root = repository(tmp_path / "repo", main__py=RUNS, requirements__txt="")
    done = p2c("check", str(root), "--only", "compile", "--run", "python main.py --api-key hunter2secret", "--json")
    data = document(done)

    assert "hunter2secret" not in str(data["command"]) and "--api-key" in str(data["command"])
    assert (data["commit"], data["clean"]) == (None, None) and len(str(data["tree"])) == 64


def test_what_p2c_cannot_begin_leaves_the_verdict(repo: Path) -> None:
    (repo / "main.py").write_text(RUNS + "# mine\n")
    assert p2c("repair", str(repo), "--no-model").returncode == 2, "there is work that is not committed"
    assert json.loads(report(repo)["json"])["state"] == "changed"

    (repo / "main.py").write_text(RUNS)
    assert greens(report(repo)) == ALL


def test_prompts_say_nothing_of_commits_dates_or_commands(tmp_path: Path) -> None:
    from tests.end_to_end.test_repair import model, two_faults, words

    root = as_git(two_faults(tmp_path / "repo"))
    head = git(root, "rev-parse", "HEAD").strip()
    with OpenAIServer(model) as server:  # type: ignore[arg-type]
        assert p2c(*words(root, server)).returncode == 0
        text = json.dumps(server.bodies)
    assert head[:12] not in text and "p2c repair" not in text and str(time.gmtime().tm_year) + "-" not in text
