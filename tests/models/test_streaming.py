"""Replies as they come: seen, counted, ended early, and cancelled at the server."""

from __future__ import annotations

import io
import itertools
import json
import signal
import subprocess
import sys
import threading

import openai
import pytest

from p2c.budget import Budget, SpendingLimits
from p2c.commands.console import event_writer
from p2c.errors import BudgetExceededError, ModelError
from p2c.files import PlainStore
from p2c.journal import Journal
from p2c.models import equip_model
from p2c.models.base import Message, Prompt
from p2c.models.chat_request import ModelOptions
from p2c.models.openai import OpenAIModel
from p2c.reports.terminal.progress import display
from p2c.reports.terminal.progress_state import ProgressState
from tests.servers.openai_server import Answer, OpenAIServer, chunk, say, streamed

PROMPT = Prompt((Message("user", "What is two and two?"),), "sum")
assert openai.OpenAI, "what takes long to be imported is there before the minutes begin"


def endless(text="word{} ", pause=0.01):
    """A reply that never ends; each piece is another."""
    for number in itertools.count():
        yield chunk(text.format(number))
        yield pause


def equipped(server, folder, journal=None, limits=None, **options):
    chosen = ModelOptions(base_url=server.base_url, **options)
    budget = Budget(limits)
    journal = journal or Journal()
    bare = OpenAIModel("served", chosen, journal, sleep=lambda seconds: None)
    return equip_model(bare, PlainStore(folder), budget, journal, chosen), budget


def test_the_minutes_end_a_reply_that_keeps_coming(tmp_path):
    with OpenAIServer(lambda body: Answer(pieces=endless())) as server:
        model, budget = equipped(server, tmp_path, limits=SpendingLimits(minutes=0.05))
        with pytest.raises(BudgetExceededError) as caught:
            model.complete(PROMPT)
        assert server.hung_up.wait(30), "the server can stop its work"
    assert caught.value.limit == "max-minutes"
    assert budget.spent.calls == 1
    assert budget.spent.completion_tokens > 0
    assert not list(tmp_path.rglob("*.json"))


def test_the_minutes_end_a_reply_that_falls_silent(tmp_path):
    """A read that waits is broken off from outside: its own time-out would begin anew with each piece."""
    gone = threading.Event()

    def pieces():
        yield chunk("It is")
        gone.wait(60)
        yield chunk(" four.", "stop")

    with OpenAIServer(lambda body: Answer(pieces=pieces())) as server:
        model, budget = equipped(server, tmp_path, limits=SpendingLimits(minutes=0.02), timeout=45.0)
        with pytest.raises(BudgetExceededError):
            model.complete(PROMPT)
        assert not gone.is_set()
        gone.set()
    assert budget.spent.calls == 1


def test_the_tokens_of_the_budget_end_a_reply_under_way(tmp_path):
    with OpenAIServer(lambda body: Answer(pieces=endless(pause=0.0))) as server:
        model, budget = equipped(server, tmp_path, limits=SpendingLimits(tokens=400), max_tokens=100)
        with pytest.raises(BudgetExceededError) as caught:
            model.complete(PROMPT)
        assert server.hung_up.wait(30)
    assert caught.value.limit == "max-tokens"
    assert 300 < budget.spent.tokens <= 410
    assert not list(tmp_path.rglob("*.json"))


def test_a_reply_longer_than_thought_is_whole_where_the_budget_has_it(tmp_path):
    with OpenAIServer(lambda body: streamed(*(f"word{n} " for n in range(300)))) as server:
        model, _ = equipped(server, tmp_path, limits=SpendingLimits(tokens=4000), max_tokens=100)
        assert model.complete(PROMPT).text.split()[-1] == "word299"


@pytest.mark.parametrize("text", ["The model is trained. ", "\n      ", "Step {}: the model is updated once more.\n"])
def test_a_reply_that_goes_round_in_circles_is_ended_early(text, tmp_path):
    events = []
    with OpenAIServer(lambda body: Answer(pieces=itertools.chain([chunk('{"sum":')], endless(text, 0.0)))) as server:
        model, budget = equipped(server, tmp_path, Journal(listeners=(events.append,)))
        got = model.complete(PROMPT)
        assert server.hung_up.wait(30)
    assert got.finish == "length"
    assert len(got.text) < 30_000
    assert budget.spent.completion_tokens > 100
    assert [event.data["why"] for event in events if event.name == "model.stopped"] == ["it repeats itself"]


def test_thoughts_that_go_round_are_no_end_of_the_context(tmp_path):
    def answer(body):
        if len(server.bodies) == 1:
            return Answer(pieces=(chunk(reasoning_content="Wait, let me think. ") for _ in itertools.count()))
        return streamed("It is four.")

    with OpenAIServer(answer) as server:
        model, budget = equipped(server, tmp_path)
        assert model.complete(PROMPT).text == "It is four."
    assert budget.spent.calls == 2


def test_a_long_reply_of_code_is_left_alone(tmp_path):
    rows = [f"    ({n}, {n * 37 % 1013 / 7:.3f}, 'sample_{n * 7919 % 104729:x}'),\n" for n in range(400)]
    with OpenAIServer(lambda body: streamed("rows = [\n", *rows, "]\n")) as server:
        model, _ = equipped(server, tmp_path)
        assert model.complete(PROMPT).finish == "stop"


def test_the_time_out_is_about_silence(tmp_path):
    pieces = [part for n in range(12) for part in (0.1, chunk(f"{n} "))]
    with OpenAIServer(lambda body: Answer(pieces=[*pieces, chunk(finish="stop")])) as server:
        model, budget = equipped(server, tmp_path, timeout=0.8)
        assert model.complete(PROMPT).text.split() == [str(n) for n in range(12)]
    assert budget.spent.calls == 1


def test_signs_of_life_alone_are_silence_too(tmp_path):
    def alive():
        while True:
            yield ": still here\n\n"
            yield 0.02

    with OpenAIServer(lambda body: Answer(pieces=alive())) as server:
        model, budget = equipped(server, tmp_path, timeout=0.1)
        with pytest.raises(ModelError, match=r"after 3 tries.*nothing of a reply came"):
            model.complete(PROMPT)
    assert budget.spent.calls == 3


def test_who_looks_on_sees_tokens_come_and_no_file_does(tmp_path):
    seen, state = [], ProgressState(SpendingLimits(), lambda: 0.0)
    shown = []

    def look(event):
        seen.append(event)
        state.hear(event)
        if event.passing:
            from rich.console import Console

            console = Console(width=100, record=True, file=io.StringIO())
            console.print(display(state))
            shown.append(console.export_text())

    writer = event_writer(tmp_path / "events.jsonl")
    journal = Journal(tmp_path / "journal.jsonl", (writer, look))

    def pieces():
        for number in itertools.count():
            yield chunk(f"word{number} ")
            yield 0.05
            if shown and number > 3:
                yield chunk(finish="stop")
                return

    with OpenAIServer(lambda body: Answer(pieces=pieces())) as server:
        model, _ = equipped(server, tmp_path, journal)
        model.complete(PROMPT)
    assert any(event.name == "model.received" and event.data["tokens"] > 0 for event in seen)
    assert "receiving sum:" in shown[0]
    assert not state.coming, "it has come"
    for file in ("events.jsonl", "journal.jsonl"):
        names = [json.loads(line)["event"] for line in (tmp_path / file).read_text().splitlines()]
        assert names == ["model.called"]


def test_a_server_that_cannot_stream_is_learned_once(tmp_path):
    def answer(body):
        return Answer({"error": "stream is not supported"}, 400) if body.get("stream") else say("It is four.")

    with OpenAIServer(answer) as server:
        model, _ = equipped(server, tmp_path)
        model.complete(PROMPT)
        model.complete(PROMPT)
        assert server.calls == 3


PROGRAM = """
import sys
from p2c.models import open_model
from p2c.models.base import Message, Prompt
from p2c.models.chat_request import ModelOptions
from p2c.interruption import obey_signals

obey_signals()
model = open_model("served", ModelOptions(base_url=sys.argv[1], parallel=2))
prompts = [Prompt((Message("user", str(n)),), f"stage:{n}") for n in range(int(sys.argv[2]))]
model.complete_all(prompts)
"""


@pytest.mark.parametrize("number", [1, 2])
def test_ctrl_c_cancels_at_the_server(number):
    begun = threading.Event()

    def pieces():
        for piece in endless():
            begun.set()
            yield piece

    with OpenAIServer(lambda body: Answer(pieces=pieces())) as server:
        argv = [sys.executable, "-c", PROGRAM, server.base_url, str(number)]
        child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert begun.wait(60)
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=60)
        assert server.hung_up.wait(30)
