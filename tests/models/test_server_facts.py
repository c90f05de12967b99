"""Windows and slots, as servers tell them, and what is made of them."""

from __future__ import annotations

import threading
import time

import pytest

from p2c.errors import ContextError
from p2c.journal import Journal
from p2c.models.base import Message, Prompt
from p2c.models.chat_request import ModelOptions
from p2c.models.openai import OpenAIModel
from p2c.models.server_facts import ServerFacts, read_facts
from tests.servers.openai_server import OpenAIServer, fail, say

PROMPT = Prompt((Message("user", "What is two and two?"),), "sum")
LLAMA = {"default_generation_settings": {"n_ctx": 4096}, "total_slots": 2, "model_path": "m.gguf"}
OLLAMA = {
    "/api/version": {"version": "0.12"},
    "/api/ps": {"models": []},
    "/api/show": {
        "parameters": 'stop "x"\nnum_ctx                        16384',
        "model_info": {"qwen2.context_length": 32768},
    },
}


@pytest.mark.parametrize(
    ("listed", "pages", "context", "slots"),
    [
        ([{"id": "m", "max_model_len": 8192}], {}, 8192, None),
        ([{"id": "m", "meta": {"n_ctx": 6000, "n_ctx_train": 32768}}], {}, 6000, None),
        ([{"id": "/models/m.gguf", "meta": {"n_ctx_train": 32768}}], {"/props": LLAMA}, 4096, 2),
        ([{"id": "m", "context_length": 131072, "top_provider": {"context_length": 65536}}], {}, 131072, None),
        ([{"id": "m", "context_window": 131072}], {}, 131072, None),
        ([{"id": "m"}], {"/api/v0/models": {"data": [{"id": "m", "loaded_context_length": 4096}]}}, 4096, None),
        ([{"id": "m"}], {"/api/v0/models": {"data": [{"id": "m", "max_context_length": 4096}]}}, None, None),
        ([{"id": "m:latest"}], OLLAMA, 16384, None),
        ([{"id": "m"}], {**OLLAMA, "/api/ps": {"models": [{"name": "m", "context_length": 2048}]}}, 2048, None),
        ([{"id": "m"}], {**OLLAMA, "/api/show": {"model_info": {"q.context_length": 32768}}}, None, None),
        ([{"id": "m"}], {"/props": "<html>", "/api/v0/models": [], "/api/version": {}}, None, None),
        ([{"id": "m", "max_model_len": "x", "context_length": True}], {}, None, None),
        ([{"id": "other", "max_model_len": 8192}], {}, None, None),
        ([], {}, None, None),
    ],
)  # fmt: skip
def test_what_servers_tell(listed, pages, context, slots):
    facts = read_facts("m", listed, lambda path, body=None: pages.get(path))
    assert (facts.context, facts.slots) == (context, slots)


def model(server, journal=None, **options):
    made = OpenAIModel("served", ModelOptions(base_url=server.base_url, **options), journal, lambda seconds: None)
    made.find_facts()
    return made


def test_llama_cpps_window_and_slots_are_kept_to():
    events = []
    with OpenAIServer(lambda body: "It is four.", pages={"/props": LLAMA}) as server:
        made = model(server, Journal(listeners=(events.append,)), parallel=8)
        made.complete_all([Prompt((Message("user", str(n)),)) for n in range(6)])
        assert server.most_at_once <= 2
        assert all(3000 < body["max_tokens"] < 4096 for body in server.bodies)
    assert [event.data["parallel"] for event in events if event.name == "model.slowed"] == [2]


@pytest.mark.parametrize(
    ("options", "cap"),
    [
        ({"max_tokens": 500}, 500),
        ({"max_tokens": 5000, "context": 2000}, range(1500, 2000)),
        ({"context": 2000}, range(1500, 2000)),
        ({"context": 200_000}, None),
        ({"context": 200_000, "max_tokens": 100_000}, 100_000),
        ({}, None),
    ],
)
def test_a_reply_is_capped_by_what_the_window_has_left(options, cap):
    with OpenAIServer(lambda body: "It is four.") as server:
        model(server, **options).complete(PROMPT)
    sent = server.bodies[0].get("max_tokens")
    assert sent in cap if isinstance(cap, range) else sent == cap


def test_a_continuation_that_cannot_fit_is_not_asked_for():
    said = Prompt((Message("user", "word " * 900),), "sum", quotes_replies=True)
    with OpenAIServer(lambda body: "It is four.") as server:
        with pytest.raises(ContextError, match="shows replies again"):
            model(server, context=1000).complete(said)
        assert server.calls == 0


def test_a_server_that_tells_nothing_or_is_not_there_costs_nothing():
    with OpenAIServer() as server:
        made = model(server)
        address = server.base_url
    assert made.context is None
    assert OpenAIModel("m", ModelOptions(base_url=address)).find_facts() == ServerFacts()


@pytest.mark.parametrize("refusal", [fail(429, "too many requests"), fail(503, "the queue is full"), None])
def test_fewer_are_asked_at_once_where_the_server_is_crowded(refusal):
    slot, events = threading.Lock(), []

    def answer(body):
        if refusal is not None and not slot.acquire(blocking=False):
            return refusal
        if refusal is None:
            slot.acquire()  # it queues, and works on what was given up as well
        try:
            time.sleep(0.3)
            return say("It is four.")
        finally:
            slot.release()

    with OpenAIServer(answer) as server:
        options = ModelOptions(base_url=server.base_url, parallel=8, timeout=0.8, tries=30)
        made = OpenAIModel("served", options, Journal(listeners=(events.append,)), lambda seconds: time.sleep(1.5))
        made.complete(PROMPT)
        got = made.complete_all([Prompt((Message("user", str(n)),)) for n in range(8)])
    assert len(got) == 8
    assert [event.name for event in events].count("model.slowed") == 1, "said once"
