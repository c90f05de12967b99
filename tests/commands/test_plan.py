"""`p2c plan`, the files that a person edits, `--ask`, `--criteria`: from the command line, against a local server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from p2c.commands.build import BuildFlags, _request
from p2c.commands.console import Console
from p2c.commands.plan_files import read_plan_files
from p2c.generator.readers import read_paper
from p2c.settings import Settings
from p2c.state_folder import StateFolder
from tests.end_to_end.toy import answers, environment, p2c, stage_of, write_paper
from tests.servers.openai_server import OpenAIServer

STEPS = ["overview.md", "criteria.yaml", "design.yaml", "logic.yaml", "config.yaml"]


def plan(folder: Path, server: OpenAIServer, *words: str) -> subprocess.CompletedProcess[str]:
    paper = folder / "heavy-ball.md"
    paper = paper if paper.exists() else write_paper(folder)
    return p2c("plan", str(paper), "-o", str(folder / "out"), "--model", "m", "--base-url", server.base_url, *words)


def test_a_plan_is_written_for_people_and_nothing_is_run(tmp_path: Path) -> None:
    with OpenAIServer(answers()) as server:
        done = plan(tmp_path, server)
        assert done.returncode == 0, done.stderr
        assert [stage_of(body) for body in server.bodies] == [
            "plan.overview", "plan.criteria", "plan.design", "plan.logic", "plan.config",
        ]  # fmt: skip
    folder = tmp_path / "out" / "plan"
    assert sorted(path.name for path in folder.iterdir()) == sorted([*STEPS, ".gitignore"])
    assert "p2c build" in done.stdout and str(folder) in done.stdout
    criteria = yaml.safe_load((folder / "criteria.yaml").read_text())
    assert len(criteria["criteria"]) == 12 and sum(item.get("sealed", False) for item in criteria["criteria"]) == 4
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [".p2c", "plan"]


def test_json_and_no_criteria(tmp_path: Path) -> None:
    with OpenAIServer(answers()) as server:
        done = plan(tmp_path, server, "--no-criteria", "--json")
        assert len(server.bodies) == 4
    document = json.loads(done.stdout)
    assert document["criteria"] == 0 and "main.py" in document["files"] and document["usage"]["calls"] == 4
    assert not (tmp_path / "out/plan/criteria.yaml").exists()


def test_the_environment_turns_criteria_off(tmp_path: Path) -> None:
    paper = write_paper(tmp_path)
    with OpenAIServer(answers()) as server:
        words = ("plan", str(paper), "-o", str(tmp_path / "out"), "--model", "m", "--base-url", server.base_url)
        assert p2c(*words, env={"P2C_CRITERIA": "false"}).returncode == 0
        assert len(server.bodies) == 4


def test_a_plan_that_was_edited_is_not_planned_over(tmp_path: Path) -> None:
    with OpenAIServer(answers()) as server:
        assert plan(tmp_path, server).returncode == 0
        edited = tmp_path / "out/plan/config.yaml"
        edited.write_text(edited.read_text().replace("value: 50\n", "value: 70\n"))
        done = plan(tmp_path, server)
        assert done.returncode == 2 and "already holds a plan" in done.stderr
        assert "value: 70" in edited.read_text()
        assert plan(tmp_path, server, "--force").returncode == 0
        assert "value: 70" not in edited.read_text()
        assert len(server.bodies) == 5, "what was paid for is not asked again"


def test_a_build_reads_the_files_and_says_what_is_wrong_in_them(tmp_path: Path) -> None:
    with OpenAIServer(answers()) as server:
        assert plan(tmp_path, server).returncode == 0
        asked = len(server.bodies)
        design = tmp_path / "out/plan/design.yaml"
        design.write_text(design.read_text().replace("entry: main.py", "entry: run.py"))
        done = p2c("build", str(tmp_path / "heavy-ball.md"), "-o", str(tmp_path / "out"), "--model", "m",
                   "--base-url", server.base_url, "--sandbox", "unsafe")  # fmt: skip
        assert done.returncode == 2, done.stderr
        assert "plan/design.yaml" in done.stderr and "'run.py' is not one of the files" in done.stderr
        assert len(server.bodies) == asked, "nothing was asked for a plan that is there"


def test_no_link_in_a_folder_of_a_plan_is_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("a key")
    (tmp_path / "out/plan").mkdir(parents=True)
    (tmp_path / "out/plan/design.yaml").write_text("entry: main.py\n")
    (tmp_path / "out/plan/overview.md").symlink_to(secret)
    assert read_plan_files(tmp_path / "out") == {"design": "entry: main.py\n"}
    (tmp_path / "other").mkdir()
    (tmp_path / "other/plan").symlink_to(tmp_path / "out/plan")
    assert read_plan_files(tmp_path / "other") == {}
    (tmp_path / "package/plan").mkdir(parents=True)
    (tmp_path / "package/plan/overview.md").write_text("a package called plan\n")
    assert read_plan_files(tmp_path / "package") == {}


def test_a_build_is_told_of_the_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with OpenAIServer(answers()) as server:
        assert plan(tmp_path, server).returncode == 0
    request = _request(
        Console(), read_paper(str(tmp_path / "heavy-ball.md")), BuildFlags(tmp_path / "out"), Settings(criteria=True)
    )
    assert list(request.edited) == ["overview", "criteria", "design", "logic", "config"] and request.criteria
    assert "Continuing from the plan" in capsys.readouterr().err


def test_without_a_terminal_the_plainest_choice_is_taken_and_said(tmp_path: Path) -> None:
    with OpenAIServer(answers()) as server:
        done = plan(tmp_path, server, "--ask")
    assert done.returncode == 0
    assert "there is no terminal" in done.stderr and "2 open questions" in done.stderr
    assert StateFolder(tmp_path / "out").read("answers.json") is None


def in_a_terminal(words: list[str], typed: bytes) -> tuple[int, str]:
    """Run p2c with a terminal as stdin and stderr, in which this is typed."""
    above, below = os.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "p2c", *words], stdin=below, stderr=below, stdout=subprocess.DEVNULL,
            env=environment(),
        )  # fmt: skip
        os.write(above, typed)
        os.close(below)
        said = b""
        while True:
            try:
                said += os.read(above, 4096)
            except OSError:
                break
            if not said:
                break
        return process.wait(timeout=60), said.decode()
    finally:
        os.close(above)


def test_a_person_is_asked_once(tmp_path: Path) -> None:
    paper = write_paper(tmp_path)
    with OpenAIServer(answers()) as server:
        words = [
            "plan",
            str(paper),
            "-o",
            str(tmp_path / "out"),
            "--model",
            "m",
            "--base-url",
            server.base_url,
            "--ask",
        ]
        code, said = in_a_terminal(words, b"2\nin the middle of the valley\n")
        assert code == 0, said
        assert "Which spectrum has the quadratic?" in said and "2. a hundred values" in said
        shown = [str(body["messages"][-1]["content"]) for body in server.bodies[2:]]
        for text in shown:
            assert "q1: Which spectrum has the quadratic? -> a hundred values (decided by the user)" in text
            assert "q2: Where does the iterate start? -> in the middle of the valley (decided by the user)" in text
        code, said = in_a_terminal([*words, "--force"], b"")
        assert code == 0 and "Which spectrum" not in said, "the answers are kept"
        assert len(server.bodies) == 5
    assert "in the middle of the valley" in (tmp_path / "out/plan/criteria.yaml").read_text()
