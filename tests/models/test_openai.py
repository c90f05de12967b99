from __future__ import annotations

import re
import threading

import pytest

from p2c.budget import Usage
from p2c.errors import ContextError, ModelError
from p2c.journal import Journal
from p2c.models.base import Message, Prompt
from p2c.models.chat_request import ModelOptions
from p2c.models.openai import OpenAIModel
from p2c.models.tries import LONGEST_WAIT
from tests.servers.openai_server import USAGE, Answer, OpenAIServer, fail, reset, say, slow

PROMPT = Prompt((Message("system", "Be brief."), Message("user", "What is two and two?")), stage="sum")
SCHEMA = {"name": "sum", "schema": {"type": "object", "properties": {"sum": {"type": "integer"}}}}


class Clock:
    """Counts sleeps instead of sleeping."""

    def __init__(self):
        self.sleeps = []

    def sleep(self, seconds):
        self.sleeps.append(seconds)


def client(server, clock=None, journal=None, **options):
    chosen = ModelOptions(base_url=server.base_url, api_key="sk-test-key", **options)
    return OpenAIModel("served", chosen, journal, (clock or Clock()).sleep)


def test_a_reply_comes_with_its_usage():
    with OpenAIServer([say("Four.")]) as server:
        got = client(server).complete(PROMPT)
    assert (got.text, got.finish, got.model, got.cached) == ("Four.", "stop", "served", False)
    assert got.usage == Usage(1, 100, 0, 20, None)
    assert got.tries == 1
    body = server.bodies[0]
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is two and two?"},
    ]
    assert set(body) == {"model", "messages", "stream", "stream_options"}, "nothing else is set that nobody chose"
    assert server.headers[0]["authorization"] == "Bearer sk-test-key"


def test_options_are_sent():
    with OpenAIServer(lambda body: "ok") as server:
        client(server, temperature=0.2, reasoning_effort="low", max_tokens=50).complete(PROMPT)
    assert server.bodies[0]["temperature"] == 0.2
    assert server.bodies[0]["reasoning_effort"] == "low"
    assert server.bodies[0]["max_tokens"] == 50


def test_images_are_parts_of_their_message():
    image = "data:image/png;base64,AAAA"
    with OpenAIServer([say("a cat")]) as server:
        client(server).complete(Prompt((Message("user", "Look.", (image,)),)))
    assert server.bodies[0]["messages"][0]["content"] == [
        {"type": "text", "text": "Look."},
        {"type": "image_url", "image_url": {"url": image}},
    ]


def test_undecodable_bytes_reach_the_server_as_text():
    with OpenAIServer([say("ok")]) as server:
        client(server).complete(Prompt((Message("user", b"caf\xe9".decode("utf-8", "surrogateescape")),)))
    assert server.bodies[0]["messages"][0]["content"] == "caf\\udce9"


def test_half_a_surrogate_pair_in_a_reply_can_be_written():
    with OpenAIServer([say("bad \ud83d end")]) as server:
        text = client(server).complete(PROMPT).text
    assert text == "bad ? end"


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({"retry-after": "3"}, [3.0, 3.0]),
        ({"retry-after-ms": "250", "retry-after": "9"}, [0.25, 0.25]),
        ({"retry-after": "86400"}, [LONGEST_WAIT, LONGEST_WAIT]),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, [0.0, 0.0]),
        ({"retry-after": "soon"}, [1.0, 2.0]),
        ({"retry-after": "nan"}, [1.0, 2.0]),
        ({}, [1.0, 2.0]),
    ],
)
def test_a_busy_server_is_asked_again_when_it_says(headers, waits):
    busy = Answer({"error": {"message": "slow down"}}, 429, headers)
    clock = Clock()
    with OpenAIServer([busy, busy, say("Four.")]) as server:
        got = client(server, clock).complete(PROMPT)
    assert clock.sleeps == waits
    assert (got.text, got.tries, server.calls) == ("Four.", 3, 3)
    assert got.usage.calls == 1, "what was refused was not paid for"


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_passing_faults_are_tried_again_and_noted(status):
    events = []
    with OpenAIServer([fail(status, "upset"), say("Four.")]) as server:
        client(server, journal=Journal(listeners=(events.append,))).complete(PROMPT)
    assert [event.name for event in events] == ["model.retried"]
    assert events[0].data["stage"] == "sum"
    assert "upset" in events[0].data["why"]
    assert str(status) in events[0].data["why"]


def test_a_fault_that_stays_ends_after_the_tries():
    clock = Clock()
    with (
        OpenAIServer(lambda body: fail(503, "overloaded")) as server,
        pytest.raises(ModelError, match=r"after 4 tries.*overloaded") as caught,
    ):
        client(server, clock, tries=4).complete(PROMPT)
    assert server.calls == 4
    assert clock.sleeps == [1, 2, 4]
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("fault", [reset(), Answer(say("Four.").body, cut=True)])
def test_broken_connections_are_tried_again(fault):
    with OpenAIServer([fault, say("Four.")]) as server:
        assert client(server).complete(PROMPT).text == "Four."
    assert server.calls == 2


def test_a_time_out_is_tried_again_and_reckoned_as_paid():
    with OpenAIServer([slow(1.0), say("Four.")]) as server:
        got = client(server, timeout=0.2).complete(PROMPT)
    assert got.text == "Four."
    assert got.usage.calls == 2
    assert 100 < got.usage.prompt_tokens < 130


def test_no_server_is_said_at_once_with_its_address():
    with OpenAIServer() as server:
        address = server.base_url
    clock = Clock()
    model = OpenAIModel("served", ModelOptions(base_url=address), sleep=clock.sleep)
    with pytest.raises(ModelError, match=re.escape(address)) as caught:
        model.complete(PROMPT)
    assert "--base-url" in caught.value.hint
    assert len(clock.sleeps) == 1


def test_a_page_that_is_no_reply_is_said_at_once():
    with (
        OpenAIServer(lambda body: Answer("<html>welcome</html>")) as server,
        pytest.raises(ModelError, match="not JSON"),
    ):
        client(server).complete(PROMPT)
    assert server.calls == 2


def test_empty_replies_are_tried_again_and_all_are_paid():
    with OpenAIServer([say(""), say(None), say("Four.")]) as server:
        got = client(server).complete(PROMPT)
    assert got.text == "Four."
    assert got.usage == Usage(3, 300, 0, 60, None)


def test_a_model_that_stays_silent_is_an_error_that_carries_its_cost():
    with OpenAIServer(lambda body: say(" \n")) as server, pytest.raises(ModelError, match="empty") as caught:
        client(server).complete(PROMPT)
    assert server.calls == 3
    assert caught.value.usage == Usage(3, 300, 0, 60, None)


def test_finishes_are_told_apart():
    replies = [
        say("half of", "length"),
        say("I can't", "content_filter"),
        say(None, refusal="I will not."),
        say("", "content_filter"),
        say("whole", "tool_calls"),
    ]
    with OpenAIServer(replies) as server:
        model = client(server)
        got = [model.complete(PROMPT) for _ in replies]
    assert [(one.text, one.finish) for one in got] == [
        ("half of", "length"),
        ("I can't", "refused"),
        ("I will not.", "refused"),
        ("", "refused"),
        ("whole", "stop"),
    ]


def test_an_allowance_used_up_by_thinking_is_not_bought_again():
    with OpenAIServer(lambda body: say("", "length")) as server:
        with pytest.raises(ModelError, match="all 500 tokens") as caught:
            client(server, max_tokens=500).complete(PROMPT)
        assert caught.value.usage.calls == 1
        with pytest.raises(ContextError, match="ran out of context"):
            client(server).complete(PROMPT)
    assert server.calls == 2


@pytest.mark.parametrize(("reply", "options"), [(say(""), {}), (say("", "length"), {"max_tokens": 50})])
@pytest.mark.parametrize("again", [True, False])
def test_replies_that_lead_to_an_error_again_are_set_aside(reply, options, again):
    """Else the same command reads them back, and comes to the same end for ever."""
    prompt = Prompt(PROMPT.messages, "sum", quotes_replies=again)
    with OpenAIServer(lambda body: reply) as server, pytest.raises(ModelError) as caught:
        client(server, **options).complete(prompt)
    assert caught.value.stage == ("sum" if again else "")


def test_a_server_that_is_gone_takes_no_reply_with_it():
    prompt = Prompt(PROMPT.messages, "sum", quotes_replies=True)
    with OpenAIServer(lambda body: fail(503, "overloaded")) as server, pytest.raises(ModelError) as caught:
        client(server, tries=2).complete(prompt)
    assert not caught.value.stage


def test_reasoning_is_no_part_of_the_text():
    replies = [
        say("Four.", reasoning_content="two and two..."),
        say("<think>\ntwo and two\n</think>\n\nFour."),
        say([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Four."}]),
    ]
    with OpenAIServer(replies) as server:
        model = client(server)
        assert [model.complete(PROMPT).text for _ in replies] == ["Four."] * 3


@pytest.mark.parametrize(
    ("told", "usage"),
    [
        ({**USAGE, "prompt_tokens_details": {"cached_tokens": 80}}, Usage(1, 100, 80, 20)),
        ({**USAGE, "prompt_cache_hit_tokens": 70, "prompt_cache_miss_tokens": 30}, Usage(1, 100, 70, 20)),
        ({**USAGE, "cost": 0.0125, "is_byok": False}, Usage(1, 100, 0, 20, 0.0125)),
        ({**USAGE, "something_new": {"a": [1]}, "prompt_tokens_details": None}, Usage(1, 100, 0, 20)),
        ({**USAGE, "prompt_tokens_details": {"cached_tokens": 800}}, Usage(1, 100, 100, 20)),
    ],
)
def test_usage_is_read_in_each_servers_words(told, usage):
    with OpenAIServer([say("Four.", usage=told)]) as server:
        got = client(server).complete(PROMPT)
    assert got.usage == usage
    assert not got.estimated


@pytest.mark.parametrize("told", [None, {}, {"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": "many"}])
def test_untold_usage_is_estimated_and_says_so(told):
    with OpenAIServer([say("It is four, of course.", usage=told)]) as server:
        got = client(server).complete(PROMPT)
    assert got.estimated
    assert 10 <= got.usage.prompt_tokens <= 30
    assert 5 <= got.usage.completion_tokens <= 10
    assert got.usage.usd is None


def test_a_schema_is_asked_of_the_server():
    with OpenAIServer(lambda body: '{"sum": 4}') as server:
        client(server).complete(Prompt(PROMPT.messages, "sum", SCHEMA))
        client(server).complete(Prompt(PROMPT.messages, "plan.sum", SCHEMA["schema"]))
    assert server.bodies[0]["response_format"] == {"type": "json_schema", "json_schema": SCHEMA}
    assert server.bodies[1]["response_format"]["json_schema"] == {"name": "plan_sum", "schema": SCHEMA["schema"]}


def test_a_server_without_schemas_is_asked_in_words_and_remembered():
    def answer(body):
        kind = body.get("response_format", {}).get("type")
        if kind == "json_schema":
            return fail(400, "response_format type 'json_schema' is unavailable now")
        if kind == "json_object":
            return fail(400, "This model does not know response_format")
        return '{"sum": 4}'

    events = []
    asked = Prompt(PROMPT.messages, "sum", SCHEMA)
    with OpenAIServer(answer) as server:
        model = client(server, journal=Journal(listeners=(events.append,)))
        first, second = model.complete(asked), model.complete(asked)
    assert first.text == second.text == '{"sum": 4}'
    assert first.usage.calls == 1
    assert server.calls == 4, "the second time nothing was tried that had been refused"
    assert [event.name for event in events] == ["model.adapted"] * 2
    last = server.bodies[-1]
    assert "response_format" not in last
    assert '"integer"' in last["messages"][-1]["content"]
    assert '"integer"' not in server.bodies[0]["messages"][-1]["content"]


def test_options_that_a_server_does_not_take_are_left_out():
    def answer(body):
        for key in ("temperature", "max_tokens"):
            if key in body:
                return fail(400, f"Unsupported parameter: '{key}' is not supported with this model.")
        return "ok"

    with OpenAIServer(answer) as server:
        model = client(server, temperature=0.0, max_tokens=9)
        model.complete(PROMPT)
        model.complete(PROMPT)
    assert server.calls == 4
    assert server.bodies[-1]["max_completion_tokens"] == 9
    assert "temperature" not in server.bodies[-1]


def test_a_template_without_system_turns_gets_one_user_turn():
    def answer(body):
        return fail(400, "System role not supported") if body["messages"][0]["role"] == "system" else "ok"

    with OpenAIServer(answer) as server:
        client(server).complete(PROMPT)
    assert server.bodies[-1]["messages"] == [{"role": "user", "content": "Be brief.\n\nWhat is two and two?"}]


@pytest.mark.parametrize(
    "refusal",
    [
        fail(400, "Your messages resulted in 9000 tokens.", "context_length_exceeded"),
        fail(400, "This model's maximum context length is 4096 tokens, max_tokens 90 is not supported"),
        fail(400, "the request exceeds the available context size (4096 tokens)"),
        fail(413, "Prompt is too long"),
    ],
)
def test_a_prompt_that_is_too_long_is_named_so(refusal):
    with OpenAIServer(lambda body: refusal) as server, pytest.raises(ContextError, match="exceeds the context"):
        client(server, max_tokens=90).complete(Prompt(PROMPT.messages, "sum", SCHEMA))
    assert server.calls == 1


def test_a_prompt_that_was_cut_in_silence_is_refused_aloud_and_paid():
    long = Prompt((Message("user", "every word of this paper counts here " * 1500),))
    with (
        OpenAIServer(
            [
                say(
                    "Sure.",
                    usage={
                        "prompt_tokens": 4096,
                        "completion_tokens": 2,
                        "prompt_tokens_details": {"cached_tokens": 4000},
                    },
                )
            ]
        ) as server,
        pytest.raises(ContextError, match=r"read 4,096 tokens of a prompt of about 1\d,\d{3}") as caught,
    ):
        client(server).complete(long)
    assert caught.value.usage == Usage(1, 4096, 4000, 2)
    assert "OLLAMA_CONTEXT_LENGTH" in caught.value.hint


@pytest.mark.parametrize("share", [0.89, 0.8])
def test_a_tenth_that_is_cut_is_noticed(share):
    """Beside what the server has counted before; and the very first time, where it is more than estimates err."""
    long = Prompt((Message("user", "every word of this paper counts here " * 1500),))
    counts = [10_900, 11_000, round(10_900 * share)]
    with OpenAIServer([say("Sure.", usage={"prompt_tokens": n, "completion_tokens": 2}) for n in counts]) as server:
        model = client(server)
        model.complete(long)
        model.complete(long)
        with pytest.raises(ContextError, match="truncated"):
            model.complete(long)


@pytest.mark.parametrize("counted", [10_240 - 2048, 6144, 4098])
def test_a_count_that_is_a_windows_is_a_cut(counted):
    words = round(counted * 1.06 / 1.05)
    with (
        OpenAIServer([say("Sure.", usage={"prompt_tokens": counted, "completion_tokens": 2})]) as server,
        pytest.raises(ContextError, match="truncated"),
    ):
        client(server).complete(Prompt((Message("user", "word " * words),)))


@pytest.mark.parametrize("told", [{"prompt_tokens": 10_300, "completion_tokens": 2}, {"prompt_tokens": 14_000}, None])
def test_a_prompt_that_was_read_is_not_called_cut(told):
    long = Prompt((Message("user", "every word of this paper counts here " * 1500),))
    with OpenAIServer([say("Sure.", usage=told)]) as server:
        assert client(server).complete(long).text == "Sure."


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_said_and_not_shown(status):
    with (
        OpenAIServer(lambda body: fail(status, "Incorrect API key provided: sk-test-key")) as server,
        pytest.raises(ModelError, match="key was refused") as caught,
    ):
        client(server).complete(PROMPT)
    assert server.calls == 1
    assert "OPENAI_API_KEY" in caught.value.hint
    assert "sk-test-key" not in str(caught.value)


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (fail(429, "You exceeded your current quota", "insufficient_quota"), "no credit"),
        (fail(402, "Insufficient Balance"), "no credit"),
        (fail(404, "model 'served' not found"), "not found"),
        (fail(400, "messages: wrong"), "HTTP 400.*messages: wrong"),
        (fail(418, "short and stout"), "HTTP 418.*short and stout"),
        (Answer({"error": {"message": "No endpoints found", "code": 404}}), "No endpoints found"),
        (Answer({"error": "model requires more system memory"}), "more system memory"),
    ],
)
def test_what_does_not_pass_is_not_tried_again(refusal, words):
    with OpenAIServer(lambda body: refusal) as server, pytest.raises(ModelError, match=words):
        client(server).complete(PROMPT)
    assert server.calls == 1


def test_a_fault_sent_as_a_reply_is_tried_again():
    with OpenAIServer([Answer({"error": {"message": "busy", "code": 502}}), say("Four.")]) as server:
        assert client(server).complete(PROMPT).text == "Four."


def test_several_are_answered_in_order_and_never_too_many_at_once():
    prompts = [Prompt((Message("user", str(n)),)) for n in range(9)]
    gate = threading.Barrier(3, timeout=5)

    def answer(body):
        gate.wait()
        return body["messages"][0]["content"]

    with OpenAIServer(answer) as server:
        got = client(server, parallel=3).complete_all(prompts)
    assert [one.text for one in got] == [str(n) for n in range(9)]
    assert server.most_at_once == 3


def test_after_an_error_those_under_way_end_and_no_more_is_asked():
    prompts = [Prompt((Message("user", str(n)),)) for n in range(20)]

    def answer(body):
        return fail(401, "no") if body["messages"][0]["content"] == "1" else slow(0.1, "ok")

    with OpenAIServer(answer) as server:
        with pytest.raises(ModelError, match="key was refused"):
            client(server, parallel=2).complete_all(prompts)
        assert 2 <= server.calls <= 4


def test_the_servers_models_are_listed():
    with OpenAIServer(models=[{"id": "a", "max_model_len": 4096}, {"id": "b"}]) as server:
        listed = client(server).list_models()
    assert [entry["id"] for entry in listed] == ["a", "b"]
    assert listed[0]["max_model_len"] == 4096


def test_a_password_in_the_address_is_not_shown():
    model = OpenAIModel("m", ModelOptions(base_url="http://me:hunter2@127.0.0.1:1/v1/"), sleep=lambda seconds: None)
    with pytest.raises(ModelError, match=r"http://\*\*\*@127\.0\.0\.1:1/v1:") as caught:
        model.complete(PROMPT)
    assert "hunter2" not in str(caught.value)


def test_a_server_that_is_always_too_slow_is_not_asked_for_ever():
    with (
        OpenAIServer(lambda body: slow(0.4)) as server,
        pytest.raises(ModelError, match=r"after 3 tries.*timed out") as caught,
    ):
        client(server, timeout=0.1).complete(PROMPT)
    assert caught.value.usage.calls == 3
    assert caught.value.usage.prompt_tokens > 30
