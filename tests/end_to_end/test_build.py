"""A paper becomes a repository that runs, through the command line and a local model server."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.test_commands import _why_not
from tests.end_to_end.toy import CURE, MISTAKE, Reply, answers, environment, p2c, write_paper
from tests.servers.openai_server import OpenAIServer

pytestmark = [pytest.mark.sandbox, pytest.mark.index, pytest.mark.skipif(bool(_why_not()), reason=_why_not())]


def command(paper: Path, out: Path, server: OpenAIServer) -> list[str]:
    return [
        "build",
        str(paper),
        "-o",
        str(out),
        "--until-runs",
        "--json",
        "--model",
        "m",
        "--base-url",
        server.base_url,
    ]


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout


def build(folder: Path, debug: tuple[Reply, ...] = (CURE,), *more: str) -> tuple[int, dict[str, Any], list[Any]]:
    paper, out = write_paper(folder), folder / "out"
    with OpenAIServer(answers(debug)) as server:
        done = p2c(*command(paper, out, server), *more)
    assert done.returncode in (0, 1, 4, 5), done.stderr
    return done.returncode, json.loads(done.stdout), server.bodies


def test_a_mistake_is_found_cured_and_proved(tmp_path: Path) -> None:
    code, data, bodies = build(tmp_path)
    out = tmp_path / "out"
    assert (code, data["verdict"]) == (0, "runs"), data["why"]
    assert [attempt["verdict"] for attempt in data["attempts"]] == ["kept"]
    subjects = git(out, "log", "--reverse", "--format=%s").splitlines()
    assert len(subjects) == 3, "what the coder wrote, the patch, what was installed"
    first = git(out, "show", "HEAD~2:main.py")
    assert MISTAKE[1] in first and MISTAKE[0] in (out / "main.py").read_text()
    for name in ("README.md", "requirements.txt", "requirements.lock", "p2c.toml", "Dockerfile", ".gitignore"):
        assert (out / name).is_file(), name
    assert "pyyaml==" in (out / "requirements.lock").read_text().lower()
    for name in ("paper.md", "plan.json", "journal.jsonl", "report.json", "report.html"):
        assert (out / ".p2c" / name).is_file(), name
    assert git(out, "status", "--porcelain") == ""
    assert data["usage"]["calls"] == len(bodies)


def test_its_clone_runs_by_its_own_readme(tmp_path: Path) -> None:
    build(tmp_path)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(tmp_path / "out"), str(clone))
    blocks = re.findall(r"```(?:sh|bash)\n(.*?)```", (clone / "README.md").read_text(), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if "paper.yaml" not in line and line.strip()]
    assert any("smoke.yaml" in line for line in lines)
    script = "set -e\n" + "\n".join(line for line in lines if not line.startswith("git clone"))
    done = subprocess.run(["bash", "-c", script], cwd=clone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, script + done.stderr
    assert json.loads((clone / "outputs" / "metrics.json").read_text())["last"] < 1


def test_what_the_model_is_shown_is_marked_as_data(tmp_path: Path) -> None:
    _, _, bodies = build(tmp_path)
    for body in bodies:
        text = json.dumps(body["messages"])
        assert "data" in str(body["messages"][0]["content"]) and body["messages"][0]["role"] == "system"
        assert str(tmp_path) not in text and "/workspace" not in text, "nothing volatile"


GARBAGE = "I am sorry, I cannot see the problem."
EMPTY = "It is fixed now.\n\n```diff\n```\n"
WORSE = CURE.replace(
    '+    losses = descend(valley, start, train["rate"], train["momentum"], train["steps"])',
    "+    losses = undefined_name",
)
GUTS = """```diff
--- a/main.py
+++ b/main.py
@@ -12,15 +12,4 @@
 def main(arguments: list[str] | None = None) -> None:
-    parser = argparse.ArgumentParser()
-    parser.add_argument("--config", default="configs/paper.yaml")
-    config = yaml.safe_load(Path(parser.parse_args(arguments).config).read_text(encoding="utf-8"))
-    train = config["train"]
-    valley = Valley(config["data"]["curvatures"])
-    start = [1.0] * len(valley.curvatures)
-    losses = descend(valley, start, train["rate"], train["momentum"], train["step"])
-    output = Path(config["output"])
-    output.mkdir(parents=True, exist_ok=True)
-    (output / "metrics.json").write_text(json.dumps({"first": losses[0], "last": losses[-1]}), encoding="utf-8")
+    pass
```
"""


def test_bad_patches_are_recorded_and_none_is_kept(tmp_path: Path) -> None:
    code, data, _ = build(tmp_path, (GARBAGE, EMPTY, WORSE, GUTS), "--max-attempts", "6")
    assert code in (1, 4), data
    assert data["verdict"] in ("stagnated", "budget", "broken")
    verdicts = [attempt["verdict"] for attempt in data["attempts"]]
    assert len(verdicts) >= 4 and "kept" not in verdicts
    assert all(attempt["note"] for attempt in data["attempts"])
    assert MISTAKE[1] in (tmp_path / "out" / "main.py").read_text(), "the best state is what was there"
    subjects = git(tmp_path / "out", "log", "--format=%s").splitlines()
    assert len(subjects) == 2 and subjects[0] == "Describe what is delivered", "what the coder wrote, and how it stands"
    assert f"**{data['verdict']}**" in (tmp_path / "out" / "README.md").read_text()


def test_attempts_that_ran_out_are_not_counted_again(tmp_path: Path) -> None:
    paper, out = write_paper(tmp_path), tmp_path / "out"
    with OpenAIServer(answers((GARBAGE, EMPTY, CURE))) as server:
        words = [*command(paper, out, server), "--max-attempts", "2"]
        first = p2c(*words)
        assert first.returncode == 4, first.stderr
        calls = server.calls
        second = p2c(*words)
        assert second.returncode == 0, second.stderr
        assert server.calls == calls + 1, "the same command goes on"


KILLS = {
    "planning": ("model.called", {"stage": "plan.logic"}),
    "analysis": ("file.analysed", {}),
    "coding": ("file.written", {"path": "descent.py"}),
    "install": ("check.started", {"name": "install"}),
    "checks": ("check.started", {"name": "smoke"}),
    "repair": ("patch.tried", {}),
    "proof": ("stage.started", {"stage": "proof"}),
}


def kill_at(argv: list[str], events: Path, name: str, fields: dict[str, str]) -> None:
    """Run p2c and kill it with SIGKILL as soon as the event is noted."""
    process = subprocess.Popen(
        [sys.executable, "-m", "p2c", *argv, "--events", str(events)],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        lines = events.read_text().splitlines() if events.exists() else []
        noted = [json.loads(line) for line in lines if line.endswith("}")]
        if any(e["event"] == name and fields.items() <= e.items() for e in noted):
            break
        time.sleep(0.01)
    assert process.poll() is None, f"it ended before {name}"
    process.send_signal(signal.SIGKILL)
    process.wait()


def made(out: Path) -> list[str]:
    """Return the trees and titles of the commits, and the files of the last; ids of commits differ by their time."""
    trees = git(out, "log", "--format=%T %s").splitlines()
    paths = git(out, "ls-files").splitlines()
    texts = [re.sub(r"`[0-9a-f]{10}`", "`COMMIT`", (out / path).read_text()) for path in paths]
    return [*trees[1:], trees[0].partition(" ")[2], *paths, *texts]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, list[str]]:
    """Calls of a build that nobody kills, and what it made."""
    folder = tmp_path_factory.mktemp("whole")
    code, data, bodies = build(folder)
    assert (code, data["verdict"]) == (0, "runs")
    return len(bodies), made(folder / "out")


@pytest.mark.parametrize("stage", KILLS)
def test_killed_and_started_again_nothing_is_asked_twice(
    tmp_path: Path, stage: str, whole: tuple[int, list[str]]
) -> None:
    paper, out = write_paper(tmp_path), tmp_path / "out"
    name, fields = KILLS[stage]
    with OpenAIServer(answers()) as server:
        argv = command(paper, out, server)
        kill_at(argv, tmp_path / "events.jsonl", name, fields)
        kept = len(list((out / ".p2c" / "replies").rglob("*.json")))
        lost = server.calls - kept
        done = p2c(*argv)
        assert done.returncode == 0, done.stderr
    assert server.calls == whole[0] + lost, "a reply that had come was asked for again"
    assert lost <= 3, "at most those under way in one wave"
    assert made(out) == whole[1]
    assert git(out, "status", "--porcelain") == ""
