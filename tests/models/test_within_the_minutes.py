"""Minutes hold while a call is under way, and a server that loads is waited for within them."""

from __future__ import annotations

import openai
import pytest

from p2c.budget import Budget, SpendingLimits
from p2c.errors import BudgetExceededError, ContextError, ModelError
from p2c.files import PlainStore
from p2c.journal import Journal
from p2c.models import equip_model
from p2c.models.base import Message, Prompt
from p2c.models.cached import CachedModel
from p2c.models.chat_request import ModelOptions
from p2c.models.openai import OpenAIModel
from p2c.models.scripted import ScriptedModel
from p2c.models.tries import PATIENCE
from tests.servers.openai_server import Answer, OpenAIServer, fail, slow

PROMPT = Prompt((Message("user", "What is two and two?"),), "sum")


def equipped(server, folder, minutes):
    options = ModelOptions(base_url=server.base_url)
    assert openai.OpenAI, "what takes long to be imported is there before the minutes begin"
    budget = Budget(SpendingLimits(minutes=minutes))
    return equip_model(OpenAIModel("served", options), PlainStore(folder), budget, Journal(), options), budget


def test_a_slow_reply_is_cut_when_the_minutes_are_over(tmp_path):
    with OpenAIServer(lambda body: slow(8.0)) as server:
        model, budget = equipped(server, tmp_path, 0.05)
        with pytest.raises(BudgetExceededError) as caught:
            model.complete(PROMPT)
    assert caught.value.limit == "max-minutes"
    assert budget.spent.calls == 1, "the server was at work"
    assert not list(tmp_path.rglob("*.json"))


def test_a_server_that_loads_is_waited_for_until_the_minutes_are_over(tmp_path):
    with OpenAIServer(lambda body: fail(503, "Loading model")) as server:
        model, budget = equipped(server, tmp_path, 0.1)
        with pytest.raises(BudgetExceededError):
            model.complete(PROMPT)
        assert server.calls >= 2
    assert budget.spent.calls == 0


def test_a_server_that_loads_for_ever_is_said_to():
    sleeps = []
    with (
        OpenAIServer(lambda body: fail(503, "Loading model")) as server,
        pytest.raises(ModelError, match="Loading model") as caught,
    ):
        OpenAIModel("served", ModelOptions(base_url=server.base_url), sleep=sleeps.append).complete(PROMPT)
    assert PATIENCE <= sum(sleeps) < PATIENCE + 60
    assert "still loading" in caught.value.hint


def test_a_server_that_was_there_and_is_gone_is_waited_for():
    """What accepts a connection and dies is started again by who keeps it: the address is right."""
    server = OpenAIServer([Answer(reset=True)])
    port = server._server.server_port
    back = []

    def sleep(seconds):
        if len(back) == 9:
            return
        if not back:
            server.__exit__(None, None, None)
        back.append(seconds)
        if len(back) == 9:
            again = OpenAIServer(["It is four."], port=port)
            again.__enter__()
            servers.append(again)

    servers = []
    server.__enter__()
    try:
        model = OpenAIModel("served", ModelOptions(base_url=server.base_url, tries=3), sleep=sleep)
        assert model.complete(PROMPT).text == "It is four."
    finally:
        for one in servers:
            one.__exit__(None, None, None)


def test_what_shows_replies_again_and_does_not_fit_is_no_end_and_leaves_nothing(tmp_path):
    shown = Prompt(PROMPT.messages, "sum", quotes_replies=True)
    model = CachedModel(tmp_path, ScriptedModel([ContextError("too long"), ContextError("too long")]))
    assert model.complete(shown).finish == "no_room"
    assert not list(tmp_path.rglob("*.json"))
    with pytest.raises(ContextError) as caught:
        model.complete(PROMPT)
    assert caught.value.stage == "sum", "who asked is told, so that its replies are set aside"
