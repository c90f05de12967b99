"""The shared rate limit: by a clock that is counted, and between real processes against a real server."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2c.errors import UnavailableError
from p2c.models.base import Message, Prompt
from p2c.models.chat_request import ModelOptions
from p2c.models.openai import OpenAIModel
from p2c.models.rate_limit import RateLimiter, Rates
from tests.servers.openai_server import OpenAIServer, fail, say

PROGRAM = """
import sys
from pathlib import Path
from p2c.journal import Journal
from p2c.models.base import Message, Prompt
from p2c.models.chat_request import ModelOptions
from p2c.models.openai import OpenAIModel
from p2c.models.rate_limit import RateLimiter, Rates

place, base_url, name, number, rate = sys.argv[1:]
pace = RateLimiter(Path(place), Rates(float(rate) or None))
model = OpenAIModel("served", ModelOptions(base_url=base_url, parallel=2, pace=pace), Journal())
model.complete_all([Prompt((Message("user", f"{name} {n}"),)) for n in range(int(number))])
"""


class Clock:
    """A clock that moves only by sleeping."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def paces(place: Path, rates: Rates, number: int = 1) -> tuple[Clock, list[RateLimiter]]:
    """Return several paces, as processes have them, over one file and one clock."""
    clock = Clock()
    return clock, [RateLimiter(place, rates, clock, clock.sleep) for _ in range(number)]


@settings(max_examples=40, deadline=None)
@given(rate=st.integers(1, 400), idle=st.lists(st.floats(0, 90), min_size=1, max_size=40))
def test_no_minute_has_more_calls_than_the_rate(
    tmp_path_factory: pytest.TempPathFactory, rate: int, idle: list[float]
) -> None:
    clock, both = paces(tmp_path_factory.mktemp("pace") / "pace.json", Rates(rate), 2)
    sent = []
    for pause, pace in zip(idle * 3, itertools.cycle(both), strict=False):
        clock.sleep(pause if pause > 45 else 0.0)
        pace.wait("x", 10)
        sent.append(clock.now)
    for start in sent:
        assert sum(start <= moment < start + 60 - 1e-3 for moment in sent) <= rate


def test_calls_come_as_fast_as_allowed(tmp_path: Path) -> None:
    clock, (pace,) = paces(tmp_path / "pace.json", Rates(requests=120))
    start = clock.now
    for _ in range(121):
        pace.wait("x", 0)
    assert clock.now - start == pytest.approx(60, rel=0.05)


def test_tokens_are_limited_and_corrected(tmp_path: Path) -> None:
    clock, (pace,) = paces(tmp_path / "pace.json", Rates(tokens=6_000))
    assert pace.wait("x", 500) == 0, "larger than the bucket, which is full"
    assert pace.wait("x", 1) == pytest.approx(4.0, rel=0.1), "500 of 100 a second, 100 were there"
    pace.correct("x", 1_000)
    assert pace.wait("x", 1) == pytest.approx(10.0, rel=0.1)
    start = clock.now
    for _ in range(10):
        pace.wait("x", 600)
    pace.wait("x", 0)
    assert 50 < clock.now - start < 66, "6,000 tokens take a minute"


def test_a_pause_is_for_everybody_at_that_endpoint(tmp_path: Path) -> None:
    _, (one, other) = paces(tmp_path / "pace.json", Rates(), 2)
    one.hold("x", 7.0)
    assert other.wait("y", 1) == 0
    assert other.wait("x", 1) == pytest.approx(7.0)


def test_a_file_half_written_or_of_another_time_stops_nobody(tmp_path: Path) -> None:
    place = tmp_path / "pace.json"
    clock, (pace,) = paces(place, Rates(requests=60))
    for text in ('{"x": {"requ', "[1]", json.dumps({"x": {"at": clock.now + 9e9, "hold": clock.now + 9e9}})):
        place.write_text(text)
        assert pace.wait("x", 1) <= 60.1


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match=r"pace\.json"):
        RateLimiter(tmp_path / "file" / "pace.json", Rates(1)).wait("x", 1)


def test_threads_keep_the_limit(tmp_path: Path) -> None:
    pace = RateLimiter(tmp_path / "pace.json", Rates(requests=1_200))
    sent: list[float] = []

    def work() -> None:
        for _ in range(10):
            pace.wait("x", 1)
            sent.append(time.monotonic())

    threads = [threading.Thread(target=work) for _ in range(4)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == 40
    assert max(sent) - start >= (40 - 20) / 20 * 0.9, "20 at once, then 20 a second"


def run(server: OpenAIServer, place: Path, name: str, number: int, rate: float) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", PROGRAM, str(place), server.base_url, name, str(number), str(rate)]
    return subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)


def finish(*children: subprocess.Popen[str]) -> None:
    for child in children:
        _, said = child.communicate(timeout=120)
        assert child.returncode == 0, said


def test_two_processes_keep_the_limit_together(tmp_path: Path) -> None:
    moments: list[float] = []

    def answer(body: object) -> str:
        moments.append(time.monotonic())
        return "ok"

    with OpenAIServer(answer) as server:
        finish(*(run(server, tmp_path / "pace.json", name, 6, 240) for name in "ab"))
    assert server.calls == 12
    for at in range(len(moments) - 8):
        assert moments[at + 8] - moments[at] > 0.7, "4 at once and 4 a second: 9 calls take over a second"


def test_what_one_is_told_delays_both(tmp_path: Path) -> None:
    refused = threading.Event()
    moments: dict[str, float] = {}

    def answer(body: dict[str, list[dict[str, str]]]) -> object:
        words = body["messages"][0]["content"]
        moments.setdefault(words, time.monotonic())
        if not refused.is_set():
            refused.set()
            return fail(429, "slow down", after="3")
        return say("ok")

    with OpenAIServer(answer) as server:  # type: ignore[arg-type]
        first = run(server, tmp_path / "pace.json", "first", 1, 0)
        assert refused.wait(60)
        start = time.monotonic()
        time.sleep(0.5)
        second = run(server, tmp_path / "pace.json", "second", 1, 0)
        finish(first, second)
    assert moments["second 0"] - start > 2.7, "the second was told nothing, and waited all the same"


def test_the_real_usage_counts(tmp_path: Path) -> None:
    usage = {"prompt_tokens": 4_000, "completion_tokens": 1_000, "total_tokens": 5_000}
    clock, (pace,) = paces(tmp_path / "pace.json", Rates(tokens=60_000))
    prompt = Prompt((Message("user", "hello"),))
    with OpenAIServer([say("one", usage=usage), say("two", usage=usage)]) as server:
        model = OpenAIModel("served", ModelOptions(base_url=server.base_url, pace=pace))
        start = clock.now
        model.complete(prompt)
        model.complete(prompt)
    assert clock.now - start == pytest.approx(4.0, abs=0.5), "5,000 tokens of 1,000 a second, 1,000 were there"
