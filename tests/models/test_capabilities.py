from __future__ import annotations

from datetime import date

import pytest

from p2c.models.capabilities import probe_model, shutdown_date
from p2c.models.chat_request import ModelOptions
from tests.servers.openai_server import OpenAIServer

TODAY = date(2026, 11, 20)


def probe(models, spec="served"):
    with OpenAIServer(models=models) as server:
        facts = probe_model(spec, ModelOptions(base_url=server.base_url, api_key="sk-x"), TODAY)
        assert server.calls == 0, "nothing is bought"
    return {fact.name: fact for fact in facts}


def test_a_model_that_is_there():
    facts = probe([{"id": "served", "max_model_len": 131072}, {"id": "other"}])
    assert {name: fact.state for name, fact in facts.items()} == {"endpoint": "ok", "model": "ok", "context": "ok"}
    assert "131,072" in facts["context"].text


def test_a_model_that_is_not_listed_and_a_small_context():
    facts = probe([{"id": "other"}])
    assert facts["model"].state == "warning"
    assert "other" in facts["model"].hint
    assert facts["model"].lacks


@pytest.mark.parametrize(
    ("models", "spec"),
    [
        ([], "served"),
        ([{"id": "/models/q4.gguf", "owned_by": "llamacpp"}], "served"),
        ([{"id": "vendor/large"}], "vendor/large:free"),
        ([{"id": "proxy/*"}], "proxy/any"),
        ([{"id": "served"}], "served"),
    ],
)
def test_a_server_that_does_not_list_every_name_may_have_it(models, spec):
    assert not any(fact.lacks for fact in probe(models, spec).values())


def test_a_small_context_is_told():
    assert probe([{"id": "served", "context_length": 4096}])["context"].state == "warning"


@pytest.mark.parametrize(
    ("spec", "told", "state"),
    [
        ("o3-mini", None, "failed"),
        ("gpt-5-mini", None, "warning"),
        ("served", "2026-11-01", "failed"),
        ("served", "2027-06-01", "warning"),
    ],
)
def test_announced_ends_are_told(spec, told, state):
    facts = probe([{"id": spec, "shutdown_date": told}], spec)
    assert facts["shutdown"].state == state


def test_dated_names_end_with_theirs_and_others_do_not():
    assert shutdown_date("gpt-4o-2024-08-06") == date(2027, 1, 14)
    assert shutdown_date("gpt-4o-2024-05-13") == date(2026, 10, 23)
    assert shutdown_date("gpt-5.2") is None
    assert shutdown_date("gpt-6") is None
    assert shutdown_date("gpt-4o-mini-tts") is None


def test_no_server_and_no_model_are_facts_too(tmp_path):
    with OpenAIServer() as server:
        gone = server.base_url
    [fact] = probe_model("m", ModelOptions(base_url=gone))
    assert (fact.name, fact.state) == ("endpoint", "failed")
    assert gone in fact.text
    [fact] = probe_model(f"manual:{tmp_path}")
    assert fact.state == "ok"
    [fact] = probe_model("")
    assert fact.state == "failed"
    assert "manual:DIR" in fact.hint
