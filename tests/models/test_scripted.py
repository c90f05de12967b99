from __future__ import annotations

import pytest

from p2c.errors import ModelError
from p2c.models.base import Completion, Message, Prompt
from p2c.models.scripted import ScriptedModel

PROMPTS = [Prompt((Message("user", text),), text) for text in ("a", "b")]


def test_replies_come_in_order_and_prompts_are_kept():
    model = ScriptedModel(["one", Completion("two", "length"), ModelError("down")])
    assert [(one.text, one.finish) for one in model.complete_all(PROMPTS)] == [("one", "stop"), ("two", "length")]
    with pytest.raises(ModelError, match="down"):
        model.complete(PROMPTS[0])
    assert [prompt.stage for prompt in model.prompts] == ["a", "b", "a"]


def test_a_function_answers_each_prompt():
    model = ScriptedModel(lambda prompt: prompt.stage.upper())
    assert [one.text for one in model.complete_all(PROMPTS)] == ["A", "B"]
    assert model.complete(PROMPTS[0]).usage.calls == 1


def test_a_script_that_has_run_out_is_a_mistake_of_the_test():
    with pytest.raises(AssertionError, match="no reply left for stage 'a'"):
        ScriptedModel([]).complete(PROMPTS[0])
