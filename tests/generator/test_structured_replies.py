from __future__ import annotations

import json

import pytest
from pydantic import BaseModel

from p2c.errors import BudgetExceededError, ContextError, ReplyError
from p2c.generator.structured_replies import InvalidReply, ask, ask_all, join, read_json, read_text
from p2c.journal import Event, Journal
from p2c.models.base import Completion, Message, Prompt
from p2c.models.scripted import ScriptedModel


class Point(BaseModel):
    x: int
    name: str = ""


def point(reply: str) -> Point:
    return read_json(reply, Point)


def prompt(stage: str = "s") -> Prompt:
    return Prompt((Message("user", "a point"),), stage=stage, schema={"name": "point", "schema": {}})


@pytest.mark.parametrize(
    "reply",
    [
        '{"x": 3}',
        'Here: {"x": 3} done',
        '```json\n{"x": 3}\n```',
        '```\n{"x": 3}\n',
        'I use {braces}.\n\n```json\n{"x": 3, "more": 1}\n```\nBye {again}',
        '```text\n{no}\n```\n```json\n{"x":\n 3}\n```',
    ],
)
def test_json_is_found_wherever_it_stands(reply: str) -> None:
    assert point(reply).x == 3


def test_latex_in_json_keeps_its_backslashes() -> None:
    assert point(r'{"x": 1, "name": "\alpha_1 \\beta \"q\" \u00e9 \upsilon"}').name == r'\alpha_1 \beta "q" é \upsilon'


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("no object", "no JSON object"),
        ('{"x": 3,, }', "not valid JSON: .* in line 1"),
        ("[1, 2]", "a list, not an object"),
        ('{"x": "three"}', "- x: Input should be a valid integer"),
        ('{"name": "n"}', "- x: Field required"),
    ],
)
def test_what_is_no_answer_says_why(reply: str, reason: str) -> None:
    with pytest.raises(InvalidReply, match=reason):
        point(reply)


def test_it_asks_again_with_the_reply_and_the_reason() -> None:
    model = ScriptedModel(["nothing", '{"x": 1}'])
    events: list[Event] = []
    assert ask(model, prompt(), point, journal=Journal(listeners=(events.append,))).x == 1
    first, again = model.prompts
    assert again.messages[: len(first.messages)] == first.messages
    assert [message.role for message in again.messages] == ["user", "assistant", "user"]
    assert again.messages[1].content == "nothing"
    assert "no JSON object" in again.messages[2].content
    assert again.schema == first.schema
    assert [event.name for event in events] == ["reply.refused"]


def test_only_the_last_unusable_reply_is_shown() -> None:
    model = ScriptedModel(["one", "two", '{"x": 1}'])
    ask(model, prompt(), point)
    assert [message.content for message in model.prompts[2].messages if message.role == "assistant"] == ["two"]


def test_it_gives_up_with_the_last_reason() -> None:
    model = ScriptedModel(["a", "b", '{"x": "c"}'])
    with pytest.raises(ReplyError, match=r"s: no usable reply in 3 tries; .*(?s:.*)valid integer"):
        ask(model, prompt(), point)
    assert len(model.prompts) == 3


def test_what_will_do_is_taken_at_the_last_try_only() -> None:
    def read(reply: str) -> str:
        raise InvalidReply("not quite", settle=reply)

    model = ScriptedModel(["a", "b", "c"])
    assert ask(model, prompt(), read) == "c"
    assert len(model.prompts) == 3


def test_an_empty_reply_is_asked_again_without_an_empty_turn() -> None:
    model = ScriptedModel(["  ", '{"x": 1}'])
    ask(model, prompt(), point)
    (first,), (again,) = model.prompts[0].messages, model.prompts[1].messages
    assert again.role == first.role
    assert again.content.startswith(first.content)
    assert "the reply was empty" in again.content, "an identical question gets an identical reply"


def test_a_refusal_is_reported() -> None:
    model = ScriptedModel([Completion("I will not.", finish="refused")] * 3)
    with pytest.raises(ReplyError, match="the model refused: I will not"):
        ask(model, prompt(), point)


def test_a_cut_reply_is_continued_and_joined() -> None:
    model = ScriptedModel([Completion('```json\n{"x": 1, "na', finish="length"), 'me": "n"}\n```'])
    assert ask(model, prompt(), point) == Point(x=1, name="n")
    roles = [message.role for message in model.prompts[1].messages]
    assert roles == ["user", "assistant", "user"]
    assert '"na' in model.prompts[1].messages[2].content
    assert model.prompts[1].schema is None


def test_a_cut_reply_is_never_used_as_it_is() -> None:
    model = ScriptedModel([Completion('{"x": 1}', finish="length"), "", "nonsense", '{"x": 2}'])
    assert ask(model, prompt(), point).x == 1
    assert len(model.prompts) == 2


def test_a_continuation_that_starts_again_counts_where_it_is_whole() -> None:
    model = ScriptedModel([Completion('{"x": 1, "name": "aa', finish="length"), '{"x": 5}'])
    assert ask(model, prompt(), point).x == 5


def test_a_reply_that_never_ends_is_asked_for_in_fewer_words() -> None:
    endless = Completion("and so on ", finish="length")
    model = ScriptedModel([endless] * 5 + ['{"x": 1}'])
    assert ask(model, prompt(), point).x == 1
    with pytest.raises(ReplyError, match="fewer words"):
        ask(ScriptedModel([endless] * 15), prompt(), point)


def test_a_reply_cut_before_its_first_word() -> None:
    model = ScriptedModel([Completion("", finish="length"), '{"x": 1}'])
    assert ask(model, prompt(), point).x == 1


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (["def f():\n    retu", "rn 1\n"], "def f():\n    return 1\n"),
        (["def f():\n    retu", "    return 1\n"], "def f():\n    return 1\n"),
        (["```python\ndef f():\n", "```python\n    return 1\n```"], "```python\ndef f():\n    return 1\n```"),
        (["a = 1\nb = 2\nc =", "a = 1\nb = 2\nc = 3\n"], "a = 1\nb = 2\nc = 3\n"),
        (["x = step(x)\n", "x = step(x)\n"], "x = step(x)\nx = step(x)\n"),
    ],
)
def test_joining(parts: list[str], whole: str) -> None:
    assert join(parts) == whole


def test_many_are_asked_in_waves_and_come_back_in_order() -> None:
    script = {"a": ['{"x": 1}'], "b": ["bad", '{"x": 2}'], "c": ["bad", "bad", '{"x": 3}']}

    def answer(asked: Prompt) -> str:
        return script[asked.stage].pop(0)

    model = ScriptedModel(answer)
    values = ask_all(model, [(prompt(stage), point) for stage in "abc"])
    assert [value.x for value in values] == [1, 2, 3]
    assert [asked.stage for asked in model.prompts] == list("abc" + "bc" + "c")


def test_nothing_to_ask() -> None:
    assert ask_all(ScriptedModel(), []) == []


def test_a_reached_limit_passes_through() -> None:
    model = ScriptedModel([BudgetExceededError("max-cost", "enough")])
    with pytest.raises(BudgetExceededError):
        ask(model, prompt(), point)


def test_a_huge_unusable_reply_is_shown_shortened() -> None:
    model = ScriptedModel(["z" * 200_000, '{"x": 1}'])
    ask(model, prompt(), point)
    assert len(model.prompts[1].messages[1].content) < 50_000


def test_text_loses_the_fence_around_all_of_it() -> None:
    assert read_text("```markdown\n" + "word " * 60 + "\n```") == ("word " * 60).strip()
    with pytest.raises(InvalidReply, match="5 characters"):
        read_text("short")


def test_every_wrong_field_is_named() -> None:
    with pytest.raises(InvalidReply) as caught:
        point(json.dumps({"x": [], "name": 3}))
    assert "- x:" in caught.value.reason and "- name:" in caught.value.reason


CUT = Completion('{"name": "abc', "length")


def test_a_reply_that_has_no_room_to_go_on_is_asked_for_anew() -> None:
    model = ScriptedModel([CUT, ContextError("too long"), '{"x": 3}'])
    assert ask(model, prompt(), point).x == 3
    (again,) = model.prompts[2].messages
    assert again.content.startswith(prompt().messages[0].content)
    assert "fewer words" in again.content, "not the same question, and without what did not fit"


def test_an_unusable_reply_that_cannot_be_shown_again_is_left_out() -> None:
    model = ScriptedModel(["no object", ContextError("too long"), '{"x": 3}'])
    assert ask(model, prompt(), point).x == 3
    assert [len(one.messages) for one in model.prompts] == [1, 3, 1]


def test_a_reply_that_never_fits_ends_with_its_stage() -> None:
    model = ScriptedModel([CUT, ContextError("too long")] * 3)
    with pytest.raises(ReplyError, match="did not fit") as caught:
        ask(model, prompt("plan.design"), point)
    assert caught.value.stage == "plan.design"


def test_a_question_that_does_not_fit_by_itself_is_said_so() -> None:
    with pytest.raises(ContextError):
        ask(ScriptedModel([ContextError("too long")]), prompt(), point)


def test_a_reply_that_goes_round_in_circles_is_not_continued() -> None:
    circles = Completion('{"name": "' + "and so on " * 900, "length")
    model = ScriptedModel([circles, '{"x": 3}'])
    assert ask(model, prompt(), point).x == 3
    assert [len(one.messages) for one in model.prompts] == [1, 1]
