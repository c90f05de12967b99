"""Each fault of `tests/servers/model_faults.py`: what the person sees, what is paid, what is kept."""

from __future__ import annotations

import re

import pytest

from p2c.budget import Budget
from p2c.errors import ModelError
from p2c.files import PlainStore
from p2c.journal import Journal
from p2c.models import equip_model
from p2c.models.base import Message, Prompt
from p2c.models.chat_request import ModelOptions
from p2c.models.openai import OpenAIModel
from tests.servers.model_faults import FAULTS, STREAMS
from tests.servers.openai_server import OpenAIServer, as_stream, say

SCHEMA = {
    "name": "sum",
    "schema": {"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]},
}
PROMPT = Prompt((Message("system", "Be brief."), Message("user", "What is two and two?")), stage="sum")


def streaming(answering):
    """The same server, which streams what it answers where it is asked to."""

    def answer(body):
        reply = answering(body)
        reply = say(reply) if isinstance(reply, str) else reply
        return as_stream(reply) if body.get("stream") else reply

    return answer


WAYS = ("streamed", "not streamed", "plain")
CASES = [(fault, way) for fault in FAULTS for way in WAYS if fault not in STREAMS or way == "streamed"]


@pytest.mark.parametrize(("fault", "way"), CASES, ids=[f"{fault.mode}-{way}" for fault, way in CASES])
def test_a_fault_is_handled(fault, way, tmp_path):
    """From a server that streams, from one that does not though it is asked to, and without being asked to."""
    prompt = Prompt(PROMPT.messages, "sum", SCHEMA) if fault.schema else PROMPT
    budget = Budget()
    answering = streaming(fault.answering()) if way == "streamed" else fault.answering()
    told = {"base_url": "", "api_key": "sk-test-key", "stream": way != "plain", **dict(fault.options)}
    with OpenAIServer(answering) as server:
        options = ModelOptions(**{**told, "base_url": server.base_url})
        bare = OpenAIModel("served", options, sleep=lambda seconds: None)
        model = equip_model(bare, PlainStore(tmp_path), budget, Journal(), options)
        if fault.error:
            with pytest.raises(ModelError) as caught:
                model.complete(prompt)
            assert re.search(fault.error, caught.value.message), caught.value.message
            assert re.search(fault.hint, caught.value.hint), caught.value.hint
            assert "\n" not in caught.value.message
            assert "sk-test-key" not in str(caught.value)
        else:
            assert model.complete(prompt).text == fault.text
        assert server.calls == (fault.calls if way == "plain" else fault.calls_streamed or fault.calls)
    assert budget.spent.calls == fault.paid
    kept = list(tmp_path.rglob("*.json"))
    assert len(kept) == (0 if fault.error else 1)
