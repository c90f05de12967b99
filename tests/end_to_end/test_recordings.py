"""Recorded builds of real papers, replayed from the paper to the verdict."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.end_to_end.test_commands import _why_not
from tests.end_to_end.toy import p2c

ROOT = Path(__file__).parents[2]
PAPERS = Path(os.environ.get("P2C_PAPERS", ROOT.parent / "shared" / "papers"))
BUILDS = {"linear-rnn": "linear-rnn/latex", "adaptive-diffusion": "adaptive-diffusion/paper.pdf"}

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.index,
    pytest.mark.slow,
    pytest.mark.skipif(bool(_why_not()), reason=_why_not()),
]


@pytest.mark.parametrize("name", BUILDS)
def test_a_real_paper_is_built_from_its_recording(tmp_path: Path, name: str) -> None:
    paper = PAPERS / BUILDS[name]
    if not paper.exists():
        pytest.skip(f"the paper {BUILDS[name]} is not here; P2C_PAPERS names the folder that holds it")
    replies = ROOT / "tests" / "replies" / name
    words = ["build", str(paper), "-o", str(tmp_path / "out"), "--until-runs", "--model", f"replay:{replies}", "--json"]
    words.append("--no-criteria")  # as it was recorded
    done = p2c(*words, "--events", str(tmp_path / "events.jsonl"))
    assert done.returncode == 0, done.stdout + done.stderr
    data = json.loads(done.stdout)
    assert data["verdict"] == "runs"
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    calls = [event for event in events if event["event"] == "model.called"]
    assert calls and all(event["cached"] for event in calls)
    print(f"{name}: {sum(event['replayed'] == 'stage' for event in calls)} of {len(calls)} replies found by stage")


def test_the_demo_runs_with_no_key(tmp_path: Path) -> None:
    done = p2c("demo", "-o", str(tmp_path / "demo"), "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    data = json.loads(done.stdout)
    assert data["verdict"] == "runs"
    assert "recorded" in done.stderr, "it says what is not real"
    kept = [attempt["author"] for attempt in data["repair"]["attempts"] if attempt["verdict"] == "kept"]
    assert data["repair"]["verdict"] == "runs" and "debugger" in kept and len(kept) > 2, "a real repair is shown"
    assert (tmp_path / "demo" / "requirements.lock").is_file()
