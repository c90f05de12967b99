from __future__ import annotations

import base64

import pytest

from p2c.errors import ModelError
from p2c.models.base import Message, Prompt
from p2c.models.cached import CachedModel
from p2c.models.manual import ManualModel, PollingPolicy

PIXEL = base64.b64encode(b"\x89PNG not really").decode()
QUICK = PollingPolicy(poll=0.5, rest=1.0, timeout=20.0)


def ask(text="What now?", stage="code:src/model.py", **more):
    return Prompt((Message("system", "You code."), Message("user", text)), stage, **more)


class Person:
    """Does its next thing each time the model sleeps; sleeping takes no time."""

    def __init__(self, *deeds):
        self.deeds = list(deeds)
        self.sleeps = 0

    def sleep(self, seconds):
        assert seconds == 0.5
        self.sleeps += 1
        if self.deeds:
            self.deeds.pop(0)()


def reply_all(folder, text="done"):
    def deed():
        for path in folder.glob("*.prompt.md"):
            path.with_name(path.name.replace(".prompt.", ".reply.")).write_text(text)

    return deed


def test_a_prompt_becomes_a_file_and_its_reply_is_taken(tmp_path):
    told = []
    person = Person(reply_all(tmp_path, "```python\nx = 1\n```\n"))
    model = ManualModel(tmp_path, told.append, QUICK, person.sleep)
    got = model.complete(ask(schema={"name": "n", "schema": {"type": "object"}}))
    assert got.text == "```python\nx = 1\n```\n"
    assert (got.usage.calls, got.usage.usd, got.estimated, got.model) == (1, None, True, "manual")
    assert got.usage.tokens > 10
    [page] = tmp_path.glob("code-src-model.py-????????.prompt.md")
    text = page.read_text()
    assert text.index("# SYSTEM\n\nYou code.") < text.index("# USER\n\nWhat now?") < text.index("# SCHEMA")
    assert '"type": "object"' in text
    assert page.name.replace(".prompt.", ".reply.") in text
    assert len(told) == 1
    assert str(tmp_path) in told[0]


def test_images_lie_beside_and_are_named(tmp_path):
    url = f"data:image/png;base64,{PIXEL}"
    prompt = Prompt((Message("user", "Look.", (url, "https://example.org/a.png")),), "look")
    ManualModel(tmp_path, patience=QUICK, sleep=Person(reply_all(tmp_path)).sleep).complete(prompt)
    [image] = tmp_path.glob("*.png")
    assert image.read_bytes() == b"\x89PNG not really"
    text = next(tmp_path.glob("*.prompt.md")).read_text()
    assert f"({image.name})" in text
    assert "(https://example.org/a.png)" in text
    assert PIXEL not in text


def test_a_reply_that_still_grows_is_not_taken(tmp_path):
    def write(text):
        def deed():
            page = next(tmp_path.glob("*.prompt.md"))
            page.with_name(page.name.replace(".prompt.", ".reply.")).write_text(text)

        return deed

    grown = "first second third"
    person = Person(*(write(grown[:end]) for end in (0, 3, 6, 12)), lambda: None, write(grown))
    got = ManualModel(tmp_path, patience=QUICK, sleep=person.sleep).complete(ask())
    assert got.text == grown


def test_a_blank_reply_is_waited_on_and_time_ends(tmp_path):
    person = Person(reply_all(tmp_path, " \n"))
    with pytest.raises(ModelError, match=r"no reply within 20 s: .*\.reply\.md") as caught:
        ManualModel(tmp_path, patience=QUICK, sleep=person.sleep).complete(ask())
    assert caught.value.exit_code == 3
    assert person.sleeps == 40


def test_all_prompts_are_written_before_any_reply_is_waited_for(tmp_path):
    seen = []

    def deed():
        seen.append(len(list(tmp_path.glob("*.prompt.md"))))
        for path in tmp_path.glob("*.prompt.md"):
            text = "even" if "number 2" in path.read_text() else "odd"
            path.with_name(path.name.replace(".prompt.", ".reply.")).write_text(text)

    told = []
    model = ManualModel(tmp_path, told.append, PollingPolicy(poll=0.01, rest=0.01, timeout=5.0), sleep=lambda s: deed())
    got = model.complete_all([ask(f"number {n}") for n in range(1, 4)])
    assert [one.text for one in got] == ["odd", "even", "odd"]
    assert seen[0] == 3
    assert len(told) == 1


def test_the_same_prompt_again_is_another_file(tmp_path):
    model = ManualModel(tmp_path, patience=QUICK, sleep=lambda seconds: reply_all(tmp_path)())
    for _ in range(3):
        model.complete(ask())
    names = sorted(path.name.split("-")[-1] for path in tmp_path.glob("*.prompt.md"))
    assert len(names) == 3
    assert names[0] == "2.prompt.md"
    assert names[1] == "3.prompt.md"


def test_a_stopped_run_goes_on_with_the_replies_that_are_there(tmp_path):
    ManualModel(tmp_path, patience=QUICK, sleep=Person(reply_all(tmp_path, "one")).sleep).complete(ask())
    got = ManualModel(tmp_path, patience=QUICK, sleep=Person().sleep).complete(ask())
    assert got.text == "one"


def test_behind_a_cache_the_second_reply_is_not_the_first(tmp_path):
    """After a restart the cache answers the first time; the person must be asked for the second."""
    replies, cache = tmp_path / "manual", tmp_path / "cache"

    def open_model(text):
        return CachedModel(
            cache, ManualModel(replies, patience=QUICK, sleep=Person(reply_all(replies, text)).sleep), parallel=9
        )

    open_model("one").complete(ask())
    again = open_model("two")
    assert again.complete(ask()).text == "one"
    assert again.complete(ask()).text == "two"


def test_a_byte_order_mark_is_dropped(tmp_path):
    person = Person(reply_all(tmp_path, "\ufeffhello"))
    assert ManualModel(tmp_path, patience=QUICK, sleep=person.sleep).complete(ask()).text == "hello"
