from __future__ import annotations

import json
import threading

import pytest

from p2c.budget import Usage
from p2c.errors import ModelError
from p2c.journal import Journal
from p2c.models.base import Completion, Message, Prompt
from p2c.models.cached import CachedModel, ReplayModel
from p2c.models.scripted import ScriptedModel

IMAGE = "data:image/png;base64," + "QUJD" * 100


def ask(text, stage="plan", **more):
    return Prompt((Message("system", "You plan."), Message("user", text)), stage, **more)


def recorded(folder):
    return sorted(path for path in folder.rglob("*.json"))


def test_what_was_asked_before_is_answered_from_disk(tmp_path):
    first = CachedModel(tmp_path, ScriptedModel(["one"])).complete(ask("a"))
    silent = ScriptedModel([])
    again = CachedModel(tmp_path, silent).complete(ask("a"))
    assert (first.text, first.cached, first.usage.calls) == ("one", False, 1)
    assert (again.text, again.cached, again.usage) == ("one", True, Usage())
    assert silent.prompts == []


def test_finish_and_odd_text_survive(tmp_path):
    text = "\ufeffü\r\n\tЖ \udce9 <script>\n"
    CachedModel(tmp_path, ScriptedModel([Completion(text, "length")])).complete(ask("a"))
    again = CachedModel(tmp_path, ScriptedModel([])).complete(ask("a"))
    assert again.finish == "length"
    assert again.text == text


@pytest.mark.parametrize(
    "other",
    [
        ask("b"),
        ask("a", schema={"type": "object"}),
        Prompt((Message("user", "You plan."), Message("user", "a")), "plan"),
        Prompt((Message("system", "You plan."), Message("user", "a", (IMAGE,))), "plan"),
        Prompt((Message("system", "You plan.a"),), "plan"),
    ],
)
def test_another_prompt_is_another_question(tmp_path, other):
    CachedModel(tmp_path, ScriptedModel(["one"])).complete(ask("a"))
    assert CachedModel(tmp_path, ScriptedModel(["two"])).complete(other).text == "two"


def test_the_stage_is_no_part_of_the_question_and_the_model_is(tmp_path):
    CachedModel(tmp_path, ScriptedModel(["one"])).complete(ask("a", "plan"))
    assert CachedModel(tmp_path, ScriptedModel([])).complete(ask("a", "code")).text == "one"
    assert CachedModel(tmp_path, ScriptedModel(["two"], name="other")).complete(ask("a")).text == "two"


def test_the_same_prompt_asked_again_is_another_reply(tmp_path):
    model = CachedModel(tmp_path, ScriptedModel(["one", "two"]))
    assert [model.complete(ask("a")).text for _ in range(2)] == ["one", "two"]
    again = CachedModel(tmp_path, ScriptedModel(["three"]))
    assert [again.complete(ask("a")).text for _ in range(3)] == ["one", "two", "three"]


def test_several_are_counted_in_the_order_of_the_list(tmp_path):
    """Eight equal prompts in threads: each keeps the reply that its place in the list had."""
    gate = threading.Barrier(4, timeout=5)

    def answer(prompt):
        gate.wait()
        return f"sample {prompt.occurrence}"

    prompts = [ask("judge")] * 8
    first = CachedModel(tmp_path, ScriptedModel(answer), parallel=4).complete_all(prompts)
    again = CachedModel(tmp_path, ScriptedModel([]), parallel=4).complete_all(prompts)
    assert [one.text for one in first] == [f"sample {n}" for n in range(1, 9)]
    assert [one.text for one in again] == [one.text for one in first]
    assert sorted(json.loads(path.read_text())["order"] for path in recorded(tmp_path)) == list(range(1, 9))


def test_replies_that_came_before_an_error_are_kept(tmp_path):
    def answer(prompt):
        return ModelError("down") if prompt.messages[1].content == "3" else "good"

    with pytest.raises(ModelError, match="down"):
        CachedModel(tmp_path, ScriptedModel(answer), parallel=2).complete_all([ask(str(n)) for n in range(4)])
    inner = ScriptedModel(lambda prompt: "late")
    got = CachedModel(tmp_path, inner).complete_all([ask(str(n)) for n in range(4)])
    assert [one.text for one in got] == ["good", "good", "good", "late"]
    assert len(inner.prompts) == 1


def test_a_reply_is_on_disk_before_it_is_given_and_readable(tmp_path):
    prompt = Prompt((Message("user", "Look at this", (IMAGE,)),), "code:src/model.py")
    usage = Usage(1, 5, 0, 2, 0.5)
    CachedModel(tmp_path, ScriptedModel([Completion("text\nmore", usage=usage)], name="a/b:c")).complete(prompt)
    [path] = recorded(tmp_path)
    assert path.parent.name == "a-b-c"
    assert path.name.startswith("code-src-model.py-")
    data = json.loads(path.read_text())
    assert path.stem.endswith(data["key"][:12])
    assert (data["stage"], data["text"], data["finish"], data["occurrence"]) == (
        "code:src/model.py",
        "text\nmore",
        "stop",
        1,
    )
    assert data["usage"]["usd"] == 0.5
    assert data["messages"][0]["characters"] == len("Look at this")
    assert "Look at this" not in path.read_text()
    assert "QUJD" not in path.read_text()
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [path.name], "nothing else is left behind"


def test_messages_are_kept_once_where_that_is_wanted(tmp_path):
    model = CachedModel(tmp_path, ScriptedModel(["one", "two"]), prompts=True)
    model.complete(ask("a"))
    model.complete(ask("b"))
    texts = sorted(path.read_text() for path in (tmp_path / "messages").iterdir())
    assert texts == ["You plan.", "a", "b"]
    data = json.loads(recorded(tmp_path)[0].read_text())
    assert (tmp_path / "messages" / f"{data['messages'][0]['digest']}.md").read_text() == "You plan."


@pytest.mark.parametrize("damage", ["", "{", '{"text": "one"}', "[]", "\x00"])
def test_a_damaged_recording_is_asked_for_again(tmp_path, damage):
    CachedModel(tmp_path, ScriptedModel(["one"])).complete(ask("a"))
    recorded(tmp_path)[0].write_text(damage)
    assert CachedModel(tmp_path, ScriptedModel(["two"])).complete(ask("a")).text == "two"
    assert CachedModel(tmp_path, ScriptedModel([])).complete(ask("a")).text == "two"


def test_a_cached_reply_is_noted_as_costing_nothing(tmp_path):
    CachedModel(tmp_path, ScriptedModel(["one"])).complete(ask("a"))
    events = []
    CachedModel(tmp_path, ScriptedModel([]), Journal(listeners=(events.append,))).complete(ask("a"))
    assert [event.name for event in events] == ["model.called"]
    data = events[0].data
    assert (data["stage"], data["cached"], data["usd"], data["tokens"], data["calls"]) == ("plan", True, 0.0, 0, 0)


def test_a_recording_replays_exactly_whatever_model_made_it(tmp_path):
    model = CachedModel(tmp_path, ScriptedModel(["one", "two", "three"], name="somebody"))
    for prompt in (ask("a"), ask("b"), ask("a")):
        model.complete(prompt)
    replay = ReplayModel(tmp_path)
    got = [replay.complete(prompt) for prompt in (ask("b"), ask("a"), ask("a"))]
    assert [one.text for one in got] == ["two", "one", "three"]
    assert {one.replayed for one in got} == {"exact"}
    assert {one.model for one in got} == {"replay"}
    assert {one.usage for one in got} == {Usage()}
    assert replay.recorded == 3


def test_a_recording_outlives_an_edit_of_the_prompts(tmp_path):
    model = CachedModel(tmp_path, ScriptedModel(["one", "two", "fix"]))
    for prompt in (ask("a"), ask("a, and why"), ask("error in numpy 1", "debug:1")):
        model.complete(prompt)
    events = []
    replay = ReplayModel(tmp_path, Journal(listeners=(events.append,)))
    prompts = [ask("A"), ask("A, and why"), ask("error in numpy 2", "debug:1")]
    assert [replay.complete(prompt).text for prompt in prompts] == ["one", "two", "fix"]
    assert [event.data["replayed"] for event in events] == ["stage"] * 3


def test_what_was_not_recorded_is_said_by_its_stage(tmp_path):
    CachedModel(tmp_path, ScriptedModel(["one"])).complete(ask("a"))
    replay = ReplayModel(tmp_path)
    with pytest.raises(ModelError, match=r"no reply for stage 'code:a\.py' \(0 recorded\)") as caught:
        replay.complete(ask("a thing", "code:a.py"))
    assert caught.value.exit_code == 3
    replay.complete(ask("z"))
    with pytest.raises(ModelError, match=r"no reply for reply 2 of stage 'plan' \(1 recorded\)"):
        replay.complete(ask("y"))


def test_a_resumed_recording_replays_like_one_made_at_once(tmp_path):
    CachedModel(tmp_path, ScriptedModel(["one"])).complete(ask("a"))
    resumed = CachedModel(tmp_path, ScriptedModel(["two"]))
    resumed.complete(ask("a"))
    resumed.complete(ask("b"))
    replay = ReplayModel(tmp_path)
    assert [replay.complete(ask(text)).text for text in ("other", "words")] == ["one", "two"]
