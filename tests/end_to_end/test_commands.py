"""Every verdict and exit code of section "Exit codes", through the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from p2c.errors import SandboxError
from p2c.sandboxes import probe
from tests.end_to_end.toy import answers, environment, p2c, write_paper
from tests.servers.openai_server import OpenAIServer, slow


def _why_not() -> str:
    try:
        probe("local")
    except SandboxError as error:
        return str(error)
    return ""


pytestmark = [pytest.mark.sandbox, pytest.mark.index, pytest.mark.skipif(bool(_why_not()), reason=_why_not())]

MAIN = """import json
from pathlib import Path

if __name__ == "__main__":
    Path("m.json").write_text(json.dumps({"loss": 0.5}))
"""


def repository(folder: Path, **files: str) -> Path:
    """Write a repository; `__` in a name stands for a dot."""
    for name, text in files.items():
        path = folder / name.replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def document(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """The one JSON document on stdout."""
    data = json.loads(done.stdout)
    assert isinstance(data, dict)
    return data


def test_a_repository_that_runs(tmp_path: Path) -> None:
    repository(tmp_path, main__py=MAIN, requirements__txt="", README__md="Run:\n\n```sh\npython main.py\n```\n")
    done = p2c("check", str(tmp_path), "--json")
    assert done.returncode == 0, done.stderr
    data = document(done)
    assert data["verdict"] == "runs"
    assert not (tmp_path / "m.json").exists(), "a check leaves the folder as it was"


def test_a_repository_that_does_not(tmp_path: Path) -> None:
    repository(tmp_path, main__py=MAIN.replace("0.5", "1 / 0"), requirements__txt="")
    done = p2c("check", str(tmp_path), "--json")
    assert done.returncode == 1
    data = document(done)
    assert data["verdict"] == "broken"
    assert "ZeroDivisionError" in done.stdout


def test_nothing_to_run(tmp_path: Path) -> None:
    repository(tmp_path, model__py="def f(x: int) -> int:\n    return x\n", requirements__txt="")
    done = p2c("check", str(tmp_path), "--json")
    assert (done.returncode, document(done)["verdict"]) == (5, "unverified")


def test_only_static_checks_that_find_nothing_pass(tmp_path: Path) -> None:
    repository(tmp_path, model__py="def f(x: int) -> int:\n    return x\n")
    assert p2c("check", str(tmp_path), "--only", "lint", "--json").returncode == 0


def test_minutes_that_are_over_stop_a_check(tmp_path: Path) -> None:
    repository(tmp_path, main__py=MAIN, requirements__txt="")
    done = p2c("check", str(tmp_path), "--json", "--max-minutes", "0.0001")
    assert (done.returncode, document(done)["verdict"]) == (4, "budget"), done.stdout


def test_a_sandbox_that_is_missing(tmp_path: Path) -> None:
    repository(tmp_path / "repo", main__py=MAIN, requirements__txt="")
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("git", "env"):
        (folder / name).symlink_to(f"/usr/bin/{name}")
    done = p2c("check", str(tmp_path / "repo"), "--json", env={"PATH": str(folder)})
    assert (done.returncode, document(done)["verdict"]) == (3, "unavailable")
    assert "bubblewrap" in done.stderr


def test_a_model_that_is_down(tmp_path: Path) -> None:
    paper = write_paper(tmp_path)
    words = ["build", str(paper), "-o", str(tmp_path / "out"), "--model", "m", "--base-url", "http://127.0.0.1:9/v1"]
    done = p2c(*words, "--json")
    assert (done.returncode, document(done)["verdict"]) == (3, "unavailable")
    assert "127.0.0.1:9" in done.stderr


def test_no_model_says_the_ways_to_get_one_and_makes_nothing(tmp_path: Path) -> None:
    paper = write_paper(tmp_path)
    done = p2c("build", str(paper), "-o", str(tmp_path / "out"))
    assert done.returncode == 2
    for way in ("OPENAI_API_KEY", "--base-url", "manual:", "replay:"):
        assert way in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_budget_of_one_cent_stops_and_the_same_command_goes_on(tmp_path: Path) -> None:
    paper, out = write_paper(tmp_path), tmp_path / "out"
    with OpenAIServer(answers()) as server:
        words = ["build", str(paper), "-o", str(out), "--until-runs", "--json", "--base-url", server.base_url]
        env = {"OPENAI_API_KEY": "sk-test"}
        done = p2c(*words, "--model", "gpt-4.1", "--max-cost", "0.01", env=env)
        assert (done.returncode, document(done)["verdict"]) == (4, "budget"), done.stderr
        assert "max-cost" in done.stderr + done.stdout
        first = server.calls
        done = p2c(*words, "--model", "gpt-4.1", env=env)
        assert (done.returncode, document(done)["verdict"]) == (0, "runs"), done.stderr
        assert server.calls == len({json.dumps(body["messages"]) for body in server.bodies}), "nothing is asked twice"
        assert server.calls > first


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    paper, out = write_paper(tmp_path), tmp_path / "out"
    with OpenAIServer(lambda body: slow(30)) as server:
        argv = [sys.executable, "-m", "p2c", "build", str(paper), "-o", str(out), "--model", "m"]
        argv += ["--base-url", server.base_url]
        process = subprocess.Popen(argv, env=environment(), stderr=subprocess.PIPE, text=True)
        while not server.calls and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=15)
    assert process.returncode == 130
    assert "same command" in said


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("paper.pdf", b"<html><body>Access denied</body></html>", "web page"),
        ("paper.pdf", b"", "empty"),
        ("paper.docx", b"PK", "docx"),
        ("paper.json", b"{}", "S2ORC"),
    ],
)
def test_an_input_that_cannot_be_read(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(data)
    out = tmp_path / "out"
    done = p2c("build", str(tmp_path / name), "-o", str(out), "--model", f"replay:{tmp_path}")
    assert done.returncode == 2
    assert said in done.stderr
    assert not out.exists()


def test_wrong_use(tmp_path: Path) -> None:
    assert p2c("build").returncode == 2
    assert p2c("check", str(tmp_path / "nowhere")).returncode == 2
    assert p2c("check", str(tmp_path), "--only", "spelling").returncode == 2
    assert p2c("report", str(tmp_path)).returncode == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a folder that another user owns")
def test_a_folder_that_cannot_be_read_is_no_bug(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(MAIN)
    assert p2c("check", str(tmp_path / "main.py")).returncode == 2


CLAIMED = """[run]
smoke = ["python main.py"]
claim = ["python main.py long"]
artifacts = ["m.json"]

[[claim]]
metric = "model"
trivial = "mean"
shows = ["last < 0.5 * first"]
"""
LEARNS_LATE = """import json
import sys

model = 1 if "long" in sys.argv else 4
with open("m.json", "w") as stream:
    json.dump({"model": model, "mean": 4, "first": 9, "last": 8}, stream)
"""


def test_claims_are_asked_for_and_stand_beside_the_verdict(tmp_path: Path) -> None:
    repository(tmp_path, main__py=LEARNS_LATE, requirements__txt="", p2c__toml=CLAIMED)
    without = p2c("check", str(tmp_path), "--json")
    assert "--claims runs it" in json.loads(without.stdout)["why"]
    asked = p2c("check", str(tmp_path), "--claims", "--json")
    data = json.loads(asked.stdout)
    assert (asked.returncode, data["verdict"]) == (0, "runs")
    assert data["why"].endswith("the claim does not show: last < 0.5 * first (last = 8, first = 9)")
    [claims] = [check for check in data["checks"] if check["name"] == "claims"]
    assert [finding["rule"] for finding in claims["findings"]] == ["ClaimNotShown"] and claims["status"] == "passed"
