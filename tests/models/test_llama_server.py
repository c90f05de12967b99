"""p2c's client against a real llama.cpp server with a real model, which is small and says little of sense."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from p2c.budget import Budget, SpendingLimits
from p2c.errors import BudgetExceededError, ContextError
from p2c.files import PlainStore
from p2c.generator.planning.schemas import ConfigReply, DesignReply, LogicReply
from p2c.generator.structured_replies import schema_of
from p2c.journal import Event, Journal
from p2c.models import equip_model
from p2c.models.base import Message, Prompt
from p2c.models.capabilities import probe_model
from p2c.models.chat_request import ModelOptions
from p2c.models.openai import OpenAIModel
from p2c.models.token_estimate import text_tokens
from tests.servers.llama_server import LlamaServer, lacking

pytestmark = [
    pytest.mark.skipif(bool(lacking()), reason=lacking()),
    pytest.mark.slow,
    pytest.mark.xdist_group("llama"),
]
SUM = Prompt((Message("system", "Be brief."), Message("user", "What is two and two?")), "sum")
STORY = Prompt((Message("user", "Tell a very long story of a fox and a hen."),), "story")
SCHEMA = {"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]}


@pytest.fixture(scope="module")
def server() -> Iterator[LlamaServer]:
    with LlamaServer(1024) as open_server:
        yield open_server


def client(server: LlamaServer, journal: Journal | None = None, **options: Any) -> OpenAIModel:
    chosen = {"max_tokens": 24, "temperature": 0.0, "timeout": 120.0, **options}
    return OpenAIModel("smollm2", ModelOptions(base_url=server.base_url, **chosen), journal)


@pytest.mark.parametrize("stream", [True, False])
def test_usage_is_what_the_server_counts(server: LlamaServer, stream: bool) -> None:
    got = client(server, stream=stream).complete(SUM)
    assert got.text.strip()
    assert not got.estimated
    assert 0.5 < text_tokens(SUM) / got.usage.prompt_tokens < 2
    assert 1 <= got.usage.completion_tokens <= 24


@pytest.mark.parametrize("stream", [True, False])
def test_its_grammar_binds_a_structured_reply(server: LlamaServer, stream: bool) -> None:
    got = client(server, stream=stream, max_tokens=60).complete(Prompt(SUM.messages, "sum", SCHEMA))
    assert isinstance(json.loads(got.text)["sum"], int)


@pytest.mark.parametrize("reply", [DesignReply, LogicReply, ConfigReply])
def test_its_grammar_takes_the_schemas_of_the_plan(server: LlamaServer, reply: Any) -> None:
    events: list[Event] = []
    journal = Journal(listeners=(events.append,))
    got = client(server, journal).complete(Prompt(SUM.messages, "plan", schema_of(reply, "plan")))
    assert got.text.lstrip().startswith("{")
    assert "model.adapted" not in [event.name for event in events]


def test_window_and_slots_are_found_and_shown(server: LlamaServer) -> None:
    model = client(server)
    facts = model.find_facts()
    assert (facts.context, facts.slots) == (1024, 1)
    told = {fact.name: fact.text for fact in probe_model("smollm2", ModelOptions(base_url=server.base_url))}
    assert "1,024" in told["context"]


def test_a_prompt_longer_than_the_window_is_named_so(server: LlamaServer) -> None:
    long = Prompt((Message("user", "every word of this paper counts " * 300),), "long")
    with pytest.raises(ContextError, match=r"exceeds the context of 'smollm2'.*1024") as caught:
        client(server).complete(long)
    assert "llama.cpp: -c" in caught.value.hint


def test_a_reply_has_the_room_that_the_window_leaves(server: LlamaServer) -> None:
    model = client(server, max_tokens=None, context=230)
    got = model.complete(STORY)
    assert got.usage.tokens <= 230
    assert got.finish in ("length", "stop")


def test_a_reply_that_the_minutes_end_frees_the_slot(server: LlamaServer, tmp_path: Path) -> None:
    options = ModelOptions(base_url=server.base_url, max_tokens=900, timeout=120.0)
    client(server).complete(SUM)  # the SDK is loaded
    budget = Budget(SpendingLimits(minutes=0.06))
    model = equip_model(OpenAIModel("smollm2", options), PlainStore(tmp_path), budget, Journal(), options)
    with pytest.raises(BudgetExceededError):
        while True:  # a reply may come to its end before
            model.complete(STORY)
    assert budget.spent.calls >= 1
    server.until(lambda: server.busy == 0)


def test_two_at_once_share_one_slot(server: LlamaServer) -> None:
    events: list[Event] = []
    model = client(server, Journal(listeners=(events.append,)), parallel=2)
    model.find_facts()
    prompts = [Prompt((Message("user", f"Count from {n}."),), "count") for n in range(2)]
    assert all(one.text.strip() for one in model.complete_all(prompts))
    assert [event.data["parallel"] for event in events if event.name == "model.slowed"] == [1]
    two = client(server, parallel=2)
    assert all(one.text.strip() for one in two.complete_all(prompts)), "unasked they queue"


def test_a_server_that_is_killed_and_started_again_is_waited_for(tmp_path: Path) -> None:
    events: list[Event] = []
    with LlamaServer(1024) as server:
        model = client(server, Journal(listeners=(events.append,)), max_tokens=400)
        model.complete(Prompt(SUM.messages, "first"))

        def kill() -> None:
            server.until(lambda: server.busy == 1)
            server.kill()
            server.start(wait=False)

        thread = threading.Thread(target=kill)
        thread.start()
        got = model.complete(STORY)
        thread.join()
    assert got.text.strip()
    assert got.tries > 1
    assert "model.retried" in [event.name for event in events]
