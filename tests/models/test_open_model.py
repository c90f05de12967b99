from __future__ import annotations

import subprocess
import sys

import pytest

from p2c.budget import Budget, SpendingLimits
from p2c.errors import BudgetExceededError, InputError, UsageError
from p2c.journal import Journal
from p2c.models import ModelOptions, equip_model, open_model
from p2c.models.base import Message, Prompt
from p2c.models.cached import CachedModel, ReplayModel
from p2c.models.manual import ManualModel
from p2c.models.openai import OpenAIModel
from p2c.models.pricing import Price
from p2c.models.scripted import ScriptedModel
from tests.servers.openai_server import OpenAIServer, say

PROMPT = Prompt((Message("user", "hello"),), "plan")


def test_manual_and_replay_are_named_by_their_folder(tmp_path):
    told = []
    assert isinstance(open_model(f"manual:{tmp_path}", tell=told.append), ManualModel)
    CachedModel(tmp_path / "rec", ScriptedModel(["one"])).complete(PROMPT)
    replay = open_model(f"replay:{tmp_path / 'rec'}")
    assert isinstance(replay, ReplayModel)
    assert replay.complete(PROMPT).text == "one"


@pytest.mark.parametrize("spec", ["manual:", "replay:"])
def test_a_folder_has_to_be_named(spec):
    with pytest.raises(UsageError, match="has no folder"):
        open_model(spec)


def test_a_recording_that_is_not_there_is_a_wrong_input(tmp_path):
    with pytest.raises(InputError, match="is not a folder"):
        open_model(f"replay:{tmp_path / 'none'}")
    with pytest.raises(InputError, match="holds no recorded replies"):
        open_model(f"replay:{tmp_path}")


@pytest.mark.parametrize("spec", ["", " ", "gpt-6"])
def test_without_a_model_or_key_the_ways_are_told(spec):
    with pytest.raises(UsageError) as caught:
        open_model(spec, environ={})
    assert caught.value.exit_code == 2
    for way in ("OPENAI_API_KEY", "--base-url", "vLLM", "Ollama", "manual:DIR", "replay:DIR"):
        assert way in caught.value.hint


def test_key_and_address_come_from_the_environment_unless_given():
    environ = {"OPENAI_API_KEY": "sk-env", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
    model = open_model("llama3:8b", environ=environ)
    assert isinstance(model, OpenAIModel)
    assert (model.name, model.base_url, model.options.api_key) == ("llama3:8b", "http://127.0.0.1:1/v1", "sk-env")
    given = open_model("m", ModelOptions(base_url="https://x.test/v1", api_key="sk-own"), environ=environ)
    assert (given.base_url, given.options.api_key) == ("https://x.test/v1", "sk-own")
    keyless = open_model("m", ModelOptions(base_url="http://127.0.0.1:1/v1"), environ={})
    assert keyless.options.api_key == ""
    assert "sk-own" not in repr(given.options)


def test_an_address_that_is_none_is_refused():
    with pytest.raises(UsageError, match="localhost:8000"):
        open_model("m", ModelOptions(base_url="localhost:8000"), environ={})


def test_an_equipped_model_resumes_free_of_charge(tmp_path):
    def equip(server, budget, events):
        options = ModelOptions(base_url=server.base_url, price=Price(10.0, 100.0))
        journal = Journal(listeners=(events.append,))
        return equip_model(open_model("served", options, journal, environ={}), tmp_path, budget, journal, options)

    events = []
    with OpenAIServer([say("one")]) as server:
        budget = Budget()
        equip(server, budget, events).complete(PROMPT)
        assert budget.spent.usd == pytest.approx(100 * 10e-6 + 20 * 100e-6)
        nothing = Budget(SpendingLimits(usd=0.0, tokens=0))
        again = equip(server, nothing, events)
        assert again.complete(PROMPT).text == "one"
        assert nothing.spent.calls == 0
        with pytest.raises(BudgetExceededError):
            again.complete(PROMPT)
        assert server.calls == 1
    assert [event.data["cached"] for event in events] == [False, True]


def test_one_cent_is_not_enough_for_a_dear_model(tmp_path):
    options = ModelOptions(api_key="sk-none", base_url="https://api.openai.com/v1", max_tokens=4_000)
    model = equip_model(OpenAIModel("gpt-5", options), tmp_path, Budget(SpendingLimits(usd=0.01)), Journal(), options)
    with pytest.raises(BudgetExceededError) as caught:
        model.complete(PROMPT)
    assert caught.value.limit == "max-cost"


def test_replay_is_not_recorded_again(tmp_path):
    CachedModel(tmp_path, ScriptedModel(["one"])).complete(PROMPT)
    replay = open_model(f"replay:{tmp_path}")
    assert equip_model(replay, tmp_path / "new", Budget(), Journal()).inner is replay


def test_opening_a_model_imports_no_sdk():
    code = (
        "import sys; from p2c.models import open_model; from p2c.models.chat_request import ModelOptions;"
        "open_model('m', ModelOptions(base_url='http://127.0.0.1:1/v1'));"
        "print(sorted({'openai', 'tenacity', 'genai_prices', 'pydantic', 'httpx2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
