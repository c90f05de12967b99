"""Faults of the model's side, through the whole command line: nothing lost, nothing half-applied, no cap exceeded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.test_build import command, git
from tests.end_to_end.test_commands import _why_not
from tests.end_to_end.toy import CURE, MISTAKE, Reply, answers, p2c, stage_of, write_paper
from tests.servers.openai_server import OpenAIServer, fail, reset, say

pytestmark = [pytest.mark.sandbox, pytest.mark.index, pytest.mark.skipif(bool(_why_not()), reason=_why_not())]

Answerer = Callable[[dict[str, Any]], Reply]


def first(stage: str, faults: list[Reply], then: Answerer) -> Answerer:
    """Give these faults, in order, to the first calls of one stage, and sound replies to all others."""
    left = list(faults)

    def answer(body: dict[str, Any]) -> Reply:
        return left.pop(0) if left and stage_of(body) == stage else then(body)

    return answer


def run(folder: Path, server: OpenAIServer, *more: str) -> tuple[int, dict[str, Any], str]:
    done = p2c(*command(write_paper(folder), folder / "out", server), *more)
    return done.returncode, json.loads(done.stdout), done.stderr


@pytest.mark.parametrize(
    "faults",
    [
        [fail(429, "slow down", after="0.01")] * 4,
        [fail(500, after="0.01"), fail(503, after="0.01"), fail(502, after="0.01")],
        [reset(), reset()],
        [say(""), say("")],
        [say("Here is the file:\n\n```python main.py\nimport argparse\n", finish="length", usage=None)],
        [say(None, refusal="I can't help with that.", usage=None)],
        [say("Je suis désolé, je ne peux pas écrire ce fichier.", usage=None)],
        [say("the the the " * 8000, usage=None)],
    ],
    ids=["429", "5xx", "reset", "empty", "cut", "refusal", "french", "repetition"],
)
def test_a_fault_while_coding_is_got_over(tmp_path: Path, faults: list[Reply]) -> None:
    with OpenAIServer(first("code:main.py", faults, answers())) as server:
        code, data, said = run(tmp_path, server)
    assert (code, data["verdict"]) == (0, "runs"), said
    assert data["usage"]["prompt_tokens"] > 0


ELSEWHERE = CURE.replace("main.py", "trainer.py")
OUTSIDE = CURE.replace("main.py", "../../main.py")


@pytest.mark.parametrize(
    "bad",
    [
        [ELSEWHERE],
        [OUTSIDE],
        [say("Entschuldigung, das kann ich nicht beheben.", usage=None)],
        [say("+" * 100_000, usage=None)],
        [say(CURE[: len(CURE) // 2], usage=None)],
        [fail(500, after="0.01")] * 2,
    ],
    ids=["other file", "outside", "german", "repetition", "half a diff", "5xx"],
)
def test_a_fault_while_debugging_is_got_over(tmp_path: Path, bad: list[Reply]) -> None:
    with OpenAIServer(first("debug", bad, answers((CURE,)))) as server:
        code, data, said = run(tmp_path, server)
    assert (code, data["verdict"]) == (0, "runs"), said
    verdicts = [attempt["verdict"] for attempt in data["attempts"]]
    assert verdicts[-1] == "kept" and set(verdicts[:-1]) <= {"rejected", "dropped"}
    assert not (tmp_path / "main.py").exists() and not (tmp_path / "out" / "trainer.py").exists()


def test_a_prompt_that_is_too_long_says_so(tmp_path: Path) -> None:
    too_long = fail(400, "This model's maximum context length is 4096 tokens.", "context_length_exceeded")
    with OpenAIServer(lambda body: too_long) as server:
        code, data, said = run(tmp_path, server)
    assert (code, data["verdict"]) == (3, "unavailable")
    assert "context" in said


def test_a_debugging_prompt_that_is_too_long_is_cut_by_priority(tmp_path: Path) -> None:
    too_long = fail(400, "This model's maximum context length is 4096 tokens.", "context_length_exceeded")
    with OpenAIServer(first("debug", [too_long], answers())) as server:
        code, data, said = run(tmp_path, server)
        debug = [json.dumps(body) for body in server.bodies if stage_of(body) == "debug"]
    assert (code, data["verdict"]) == (0, "runs"), said
    assert len(debug) == 2 and len(debug[1]) <= len(debug[0])


def test_no_cap_is_exceeded_by_more_than_the_call_under_way(tmp_path: Path) -> None:
    with OpenAIServer(answers()) as server:
        code, data, _ = run(tmp_path, server, "--max-tokens", "30000")
        used = data["usage"]
        assert code == 4 and "max-tokens" in data["why"]
        assert used["prompt_tokens"] + used["completion_tokens"] <= 30_000
        assert data["usage"]["usd"] is None, "a price that is not known is not 0"


def test_a_server_that_goes_down_in_mid_round_loses_nothing(tmp_path: Path) -> None:
    with OpenAIServer(first("debug", [fail(401, "key revoked")], answers())) as server:
        code, data, said = run(tmp_path, server)
        assert (code, data["verdict"]) == (3, "unavailable"), said
        assert MISTAKE[1] in (tmp_path / "out" / "main.py").read_text()
        assert git(tmp_path / "out", "status", "--porcelain") == ""
        calls = server.calls
        code, data, said = run(tmp_path, server)
        assert (code, data["verdict"]) == (0, "runs"), said
        assert server.calls == calls + 1, "only the call that failed is made again"
