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
from tests.servers.model_faults import FAULTS
from tests.servers.openai_server import OpenAIServer

SCHEMA = {
    "name": "sum",
    "schema": {"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]},
}
PROMPT = Prompt((Message("system", "Be brief."), Message("user", "What is two and two?")), stage="sum")


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.mode for fault in FAULTS])
def test_a_fault_is_handled(fault, tmp_path):
    prompt = Prompt(PROMPT.messages, "sum", SCHEMA) if fault.schema else PROMPT
    budget = Budget()
    with OpenAIServer(fault.answering()) as server:
        options = ModelOptions(base_url=server.base_url, api_key="sk-test-key", **dict(fault.options))
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
        assert server.calls == fault.calls
    assert budget.spent.calls == fault.paid
    kept = list(tmp_path.rglob("*.json"))
    assert len(kept) == (0 if fault.error else 1)
