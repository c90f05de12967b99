"""Limits hold while a reply comes, and what was paid is told over all runs of a folder."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.test_commands import _why_not, document
from tests.end_to_end.toy import Reply, answers, environment, p2c, write_paper
from tests.servers.openai_server import Answer, OpenAIServer, chunk

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.index,
    pytest.mark.slow,
    pytest.mark.skipif(bool(_why_not()), reason=_why_not()),
]


def trickle() -> Iterator[str | float]:
    """A reply of which a little comes now and then, for much longer than there is."""
    for number in range(10_000):
        yield chunk(f"word{number} ")
        yield 0.2


def stuck_after(replies: int) -> Callable[[dict[str, Any]], Reply]:
    """A model whose replies come well so many times, and then hardly."""
    good, asked = answers(right=True), [0]

    def answer(body: dict[str, Any]) -> Reply:
        asked[0] += 1
        return good(body) if asked[0] <= replies else Answer(pieces=trickle())

    return answer


def words(server: OpenAIServer, folder: Path, *more: str) -> list[str]:
    paper = folder / "heavy-ball.md"
    out = ["-o", str(folder / "out"), "--model", "served", "--base-url", server.base_url, "--json"]
    return ["build", str(paper if paper.exists() else write_paper(folder)), *out, *more]


def test_the_minutes_end_a_reply_under_way_and_the_same_command_goes_on(tmp_path: Path) -> None:
    """Scaled down from half a minute against replies of a minute and a half: never as long as the reply takes."""
    p2c("--version")
    with OpenAIServer(stuck_after(1)) as server:
        begin = time.monotonic()
        stopped = p2c(*words(server, tmp_path, "--max-minutes", "0.3"))
        took = time.monotonic() - begin
        assert server.hung_up.wait(30), "the server need not write on"
    assert stopped.returncode == 4, stopped.stderr
    told = document(stopped)
    assert told["verdict"] == "budget"
    assert took < 200, "the reply takes 2,000 seconds"
    assert told["usage"]["calls"] >= 1  # type: ignore[index]
    paid = [path.name for path in (tmp_path / "out/.p2c/replies").rglob("*.json")]
    assert all("overview" in name for name in paid), "half a reply is none"
    with OpenAIServer(answers(right=True)) as server:
        done = p2c(*words(server, tmp_path))
        asked = [body["messages"][-1]["content"] for body in server.bodies]
    assert done.returncode == 0, done.stderr
    assert sum("# Step 1 of 4" in text for text in asked) == 1 - len(paid)
    account = document(done)["account"]
    usage = document(done)["usage"]
    assert account["runs"] == 2  # type: ignore[index]
    assert account["from_disk"] == len(paid)  # type: ignore[index]
    assert account["last_run"]["calls"] == usage["calls"]  # type: ignore[index]
    assert account["paid"]["calls"] == usage["calls"] + told["usage"]["calls"]  # type: ignore[index]
    assert "all 2 runs:" in done.stderr + p2c("report", str(tmp_path / "out"), "--format", "text").stdout


def test_an_interrupted_run_says_what_was_paid(tmp_path: Path) -> None:
    write_paper(tmp_path)
    with OpenAIServer(stuck_after(3)) as server:
        argv = [sys.executable, "-m", "p2c", *words(server, tmp_path)]
        child = subprocess.Popen(argv, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + 300
        while server.calls < 4:
            assert child.poll() is None and time.monotonic() < end
            time.sleep(0.1)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=120)
        assert child.returncode == 130, err
        assert server.hung_up.wait(30)
        told = json.loads(out)
        assert told["usage"]["calls"] == 3
        assert told["account"]["paid"]["prompt_tokens"] > 100
        assert "paid in this run: 3 model calls" in err
        again = subprocess.Popen(argv, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while server.calls < 5:
            assert again.poll() is None and time.monotonic() < end
            time.sleep(0.1)
        again.send_signal(signal.SIGINT)
        out, err = again.communicate(timeout=120)
    told = json.loads(out)
    assert told["usage"]["calls"] == 0
    assert told["account"]["from_disk"] == 3
    assert told["account"]["paid"]["calls"] == 3, "never nothing for what an earlier run has paid"
    assert "3 replies from disk; all 2 runs: 3 model calls" in err
