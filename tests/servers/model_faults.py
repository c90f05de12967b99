"""Faults of servers that speak chat.completions, one a mode, as such servers were seen to have them.

`FAULTS` says of each what is to come of it: the text, or what the person is told; how often the server is asked,
how many replies are paid for, and how many are kept.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.openai_server import USAGE, Answer, Reply, chunk, event, say, streamed

GOOD = "It is four."
JSON_TEXT = '{"sum": 4}'
Answering = Callable[[dict[str, Any]], Reply]


@dataclass(frozen=True)
class Fault:
    """One mode: how the server answers, and what p2c is to make of it.

    `text` is the reply in the end, or `error` and `hint` are what the person reads (as regular expressions).
    """

    mode: str
    answering: Callable[[], Answering]
    text: str = ""
    error: str = ""
    hint: str = ""
    calls: int = 1
    paid: int = 1
    calls_streamed: int | None = None
    """The same where the server can stream, if that is another number."""
    schema: bool = False
    options: tuple[tuple[str, Any], ...] = ()


def always(reply: Reply) -> Callable[[], Answering]:
    """The same each time."""
    return lambda: lambda body: reply


def at_first(times: int, bad: Reply, good: Reply = GOOD) -> Callable[[], Answering]:
    """So many times badly, then well."""

    def make() -> Answering:
        left = iter(range(times))
        lock = threading.Lock()

        def answer(body: dict[str, Any]) -> Reply:
            with lock:
                return good if next(left, None) is None else bad

        return answer

    return make


def where(wrong: Callable[[dict[str, Any]], bool], bad: Reply, good: Reply = GOOD) -> Callable[[], Answering]:
    """Badly for requests that are so, well for others."""
    return lambda: lambda body: bad if wrong(body) else good


def error(status: int, body: Any) -> Answer:
    """An error with this very body."""
    return Answer(body, status)


def ended(finish: Any, text: str | None = "It is fo", **choice: Any) -> Answer:
    """A reply that ends in this way."""
    told = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}, **choice}
    return Answer({"object": "chat.completion", "choices": [told], "usage": USAGE})


def has(key: str) -> Callable[[dict[str, Any]], bool]:
    """Requests that carry this."""
    return lambda body: key in body


def form(kind: str) -> Callable[[dict[str, Any]], bool]:
    """Requests that ask for this form of replies."""
    return lambda body: body.get("response_format", {}).get("type") == kind


def has_system(body: dict[str, Any]) -> bool:
    """A turn of the system."""
    return body["messages"][0]["role"] == "system"


def thinks(body: dict[str, Any]) -> bool:
    """Thinking is not switched off."""
    return "enable_thinking" not in body and "chat_template_kwargs" not in body


def events(*pieces: dict[str, Any]) -> Answer:
    """Server-sent events."""
    lines = [f"data: {json.dumps(piece)}\n\n" for piece in pieces]
    return Answer("".join(lines) + "data: [DONE]\n\n", kind="text/event-stream")


def piece(text: str, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """One piece of a streamed reply."""
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish, **more}], "usage": None}


STREAMED = events(piece("It is"), piece(" four."), piece("", "stop"), {"choices": [], "usage": USAGE})
LONG = (
    "Trying to keep the first 11490 tokens when context the overflows. "
    "However, the model is loaded with context length of only 4096 tokens"
)
BROKEN = "broke off"
LARGER = r"llama\.cpp: -c; Ollama: OLLAMA_CONTEXT_LENGTH"

REASONING = (
    Fault("thoughts without their opening mark", always("Two and two.\n</think>\n\n" + GOOD), GOOD),
    Fault("thoughts in <thinking>", always("<thinking>Two.</thinking>\n" + GOOD), GOOD),
    Fault("thoughts of Magistral", always("[THINK]Two.[/THINK]" + GOOD), GOOD),
    Fault("thoughts of Seed-OSS", always("<seed:think>Two.</seed:think>" + GOOD), GOOD),
    Fault("thoughts of Kimi", always("◁think▷Two.◁/think▷" + GOOD), GOOD),
    Fault(
        "harmony's channels",
        always("<|channel|>analysis<|message|>Two.<|end|><|start|>assistant<|channel|>final<|message|>" + GOOD),
        GOOD,
    ),
    Fault("harmony without its special tokens", always("analysisWe add.assistantfinal" + GOOD), GOOD),
    Fault(
        "a content of parts",
        always(
            say([{"type": "thinking", "thinking": [{"type": "text", "text": "2"}]}, {"type": "text", "text": GOOD}])
        ),  # type: ignore[arg-type]
        GOOD,
    ),
    Fault("thoughts in a field", always(say(GOOD, reasoning_content="Two and two.")), GOOD),
    Fault("JSON in the field of thoughts", always(say(None, reasoning_content=JSON_TEXT)), JSON_TEXT, schema=True),
    Fault(
        "JSON in the other field of thoughts",
        always(say("", reasoning=f"```json\n{JSON_TEXT}\n```")),
        JSON_TEXT,
        schema=True,
    ),
    Fault(
        "JSON in a tool's call",
        always(
            say(
                None,
                "tool_calls",
                tool_calls=[{"type": "function", "function": {"name": "sum", "arguments": JSON_TEXT}}],
            )
        ),
        JSON_TEXT,
        schema=True,
    ),
    Fault(
        "thoughts that are never told apart",
        always("I begin.\n<think>\nOr do I?"),
        error="after 3 tries: reasoning begins in the middle",
        hint="another --model",
        calls=3,
        paid=3,
    ),
    Fault(
        "thoughts and no answer, unless it does not think",
        where(thinks, say("", reasoning="Two.")),
        GOOD,
        calls=2,
        paid=2,
    ),
    Fault(
        "a parser that loses what a schema binds",
        where(form("json_schema"), say(None, reasoning="not { JSON"), JSON_TEXT),
        JSON_TEXT,
        schema=True,
        calls=2,
        paid=2,
    ),
    Fault(
        "empty with any form",
        where(has("response_format"), say(""), JSON_TEXT),
        JSON_TEXT,
        schema=True,
        calls=3,
        paid=3,
    ),
)
HALVES = (
    Fault(
        "half a reply, finish error",
        at_first(1, ended("error", error={"code": 502, "message": "Provider disconnected"})),
        GOOD,
        calls=2,
        paid=2,
    ),
    Fault(
        "half replies for ever",
        always(ended("error", error={"code": 502, "message": "Provider disconnected"})),
        error=f"{BROKEN}: Provider disconnected",
        calls=3,
        paid=3,
    ),
    Fault(
        "half a reply that says stop",
        at_first(1, ended("stop", error={"message": "upstream reset"})),
        GOOD,
        calls=2,
        paid=2,
    ),
    Fault("aborted (vLLM)", at_first(1, ended("abort")), GOOD, calls=2, paid=2),
    Fault("no resources (DeepSeek)", at_first(2, ended("insufficient_system_resource")), GOOD, calls=3, paid=3),
    Fault("no finish at all", at_first(1, ended(None)), GOOD, calls=2, paid=2),
    Fault("a finish of its own", always(ended("repetition")), error="finish_reason 'repetition'", calls=3, paid=3),
)
MANNERS = (
    Fault(
        "LM Studio knows no json_object",
        where(form("json_schema"), error(400, {"error": "'response_format.type' must be 'text'"}), JSON_TEXT),
        JSON_TEXT,
        schema=True,
        calls=2,
    ),
    Fault(
        "a plain string about the form",
        where(
            has("response_format"),
            error(400, {"error": "response_format of type json_schema is not supported by this backend"}),
            JSON_TEXT,
        ),
        JSON_TEXT,
        schema=True,
        calls=3,
    ),
    Fault(
        "Gemini's list",
        where(
            form("json_schema"),
            error(
                400,
                [
                    {
                        "error": {
                            "code": 400,
                            "message": "Invalid JSON payload received. "
                            "Unknown name \"$defs\" at 'generation_config.response_schema'",
                        }
                    }
                ],
            ),
            JSON_TEXT,
        ),
        JSON_TEXT,
        schema=True,
        calls=2,
    ),
    Fault(
        "FastAPI's detail",
        where(
            has("response_format"),
            error(422, {"detail": [{"loc": ["body", "response_format"], "msg": "Extra inputs are not permitted"}]}),
            JSON_TEXT,
        ),
        JSON_TEXT,
        schema=True,
        calls=3,
    ),
    Fault(
        "a 500 about the grammar",
        where(form("json_schema"), error(500, {"error": {"message": "failed to parse grammar"}}), JSON_TEXT),
        JSON_TEXT,
        schema=True,
        calls=2,
    ),
    Fault(
        "a 200 about the form",
        where(form("json_schema"), error(200, {"error": "json_schema is not supported"}), JSON_TEXT),
        JSON_TEXT,
        schema=True,
        calls=2,
    ),
    Fault(
        "a refusal without a word",
        where(has("response_format"), error(400, ""), JSON_TEXT),
        JSON_TEXT,
        schema=True,
        calls=3,
    ),
    Fault(
        "roles must alternate",
        where(
            has_system,
            error(400, {"error": {"message": "Conversation roles must alternate user/assistant/user/assistant/..."}}),
        ),
        GOOD,
        calls=2,
    ),
    Fault(
        "a template that raises",
        where(
            has_system,
            error(
                500,
                {
                    "error": {
                        "code": 500,
                        "message": "raise_exception: Only user and assistant roles are supported!",
                    }
                },
            ),
        ),
        GOOD,
        calls=2,
    ),
    Fault(
        "no developer instruction",
        where(
            has_system, error(400, [{"error": {"message": "Developer instruction is not enabled for models/gemma-3"}}])
        ),
        GOOD,
        calls=2,
    ),
    Fault(
        "thinking has to be off",
        where(
            thinks,
            error(
                400, {"error": {"message": "parameter.enable_thinking must be set to false for non-streaming calls"}}
            ),
        ),
        GOOD,
        calls=2,
    ),
    Fault(
        "no temperature",
        where(has("temperature"), error(400, {"detail": "temperature is deprecated for this model"})),
        GOOD,
        calls=2,
        options=(("temperature", 0.3),),
    ),
    Fault(
        "only max_completion_tokens",
        where(has("max_tokens"), error(400, {"error": "Use 'max_completion_tokens' in place of 'max_tokens'"})),
        GOOD,
        calls=2,
        options=(("max_tokens", 90),),
    ),
    Fault(
        "a cap that is too large",
        where(
            has("max_tokens"),
            error(
                400,
                {
                    "error": {
                        "message": "max_tokens is too large: 90000. This model supports at most 16384 completion tokens"
                    }
                },
            ),
        ),
        GOOD,
        calls=2,
        options=(("max_tokens", 90_000),),
    ),
    Fault(
        "a temperature out of range",
        always(error(400, {"error": {"message": "temperature must be between 0 and 2"}})),
        error="between 0 and 2",
        paid=0,
        options=(("temperature", 9.0),),
    ),
    Fault(
        "streams only",
        where(
            lambda body: not body.get("stream"),
            error(
                400, {"error": {"message": "This model only support stream mode, please enable the stream parameter"}}
            ),
            STREAMED,
        ),
        GOOD,
        calls=2,
        calls_streamed=1,
    ),
    Fault("streams unasked", always(STREAMED), GOOD),
    Fault("a stream that breaks off", at_first(1, events(piece("It is")), STREAMED), GOOD, calls=2, paid=2),
    Fault(
        "an error in the stream",
        at_first(1, events(piece("It is"), {"error": {"message": "overloaded"}}), STREAMED),
        GOOD,
        calls=2,
        paid=2,
    ),
    Fault(
        "the model's JSON fails at the server",
        at_first(
            1,
            error(
                400,
                {
                    "error": {
                        "message": "Failed to generate JSON. Please adjust your prompt.",
                        "code": "json_validate_failed",
                        "failed_generation": "{",
                    }
                },
            ),
            JSON_TEXT,
        ),
        JSON_TEXT,
        schema=True,
        calls=2,
    ),
)
WAITS = (
    Fault(
        "loading its model",
        at_first(20, error(503, {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}})),
        GOOD,
        calls=21,
    ),
    Fault(
        "loading, as a detail",
        at_first(9, error(500, {"detail": "Model is still loading, please wait"})),
        GOOD,
        calls=10,
    ),
    Fault(
        "cold, with a time",
        at_first(8, error(503, {"error": "Model served is currently loading", "estimated_time": 20.0})),
        GOOD,
        calls=9,
    ),
    Fault(
        "crowded, with the time in words",
        at_first(2, error(429, {"error": {"message": "Rate limit reached. Please try again in 1m2.5s."}})),
        GOOD,
        calls=3,
    ),
    Fault(
        "busy with 200", at_first(1, error(200, {"error": {"message": "Server is busy", "code": 503}})), GOOD, calls=2
    ),
    Fault(
        "a proxy's page",
        at_first(1, error(502, "<html><head><title>502 Bad Gateway</title></head></html>")),
        GOOD,
        calls=2,
    ),
    Fault(
        "a proxy that never waits",
        always(error(524, "<html><title>524: A timeout occurred</title></html>")),
        error="HTTP 524: a web page: 524: A timeout",
        hint="P2C_PARALLEL",
        calls=3,
        paid=0,
    ),
    Fault(
        "a gateway that never waits",
        always(error(504, {"message": "upstream request timeout"})),
        error="HTTP 504: upstream request timeout",
        hint="time limit",
        calls=3,
        paid=0,
    ),
)
ENDS = (
    Fault(
        "too long, as a string",
        always(error(400, {"error": LONG})),
        error="exceeds the context of 'served'; .*only 4096 tokens",
        hint=LARGER,
        paid=0,
    ),
    Fault(
        "too long, with 200",
        always(error(200, {"error": LONG})),
        error="exceeds the context of 'served'",
        hint=LARGER,
        paid=0,
    ),
    Fault(
        "too long, as a list",
        always(
            error(
                400,
                [
                    {
                        "error": {
                            "code": 400,
                            "message": "The input token count (90000) exceeds the maximum number of tokens allowed.",
                        }
                    }
                ],
            )
        ),
        error="exceeds the context",
        hint=LARGER,
        paid=0,
    ),
    Fault(
        "too long for the proxy",
        always(error(413, "<html><title>413 Request Entity Too Large</title></html>")),
        error="exceeds the context of 'served'; .*413 Request",
        paid=0,
    ),
    Fault(
        "too long for a minute",
        always(
            error(
                429,
                {
                    "error": {
                        "message": "Request too large for model on tokens per minute (TPM): Limit 6000, Requested 9000"
                    }
                },
            )
        ),
        error="exceeds the context",
        paid=0,
    ),
    Fault(
        "no such model, as a string",
        always(error(404, {"error": "model 'served' not found, try pulling it first"})),
        error="not found.*try pulling it first",
        hint="p2c doctor",
        paid=0,
    ),
    Fault(
        "no such model, with 400",
        always(error(400, {"error": {"message": "Invalid model name passed in model=served"}})),
        error="was not found.*Invalid model name",
        hint="p2c doctor",
        paid=0,
    ),
    Fault(
        "no such page",
        always(error(404, {"detail": "Not Found"})),
        error="not found.*Not Found",
        hint="ends in /v1",
        paid=0,
    ),
    Fault(
        "no key, with 400",
        always(error(400, [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}])),
        error="key was refused.*not valid",
        hint="OPENAI_API_KEY",
        paid=0,
    ),
    Fault(
        "a key in the words",
        always(error(401, {"error": "Wrong key\nsk-test-key"})),
        error=r"key was refused.*Wrong key \S+\Z",
        hint="OPENAI_API_KEY",
        paid=0,
    ),
    Fault(
        "no credit, with 400",
        always(
            error(
                400,
                {
                    "type": "error",
                    "error": {"type": "invalid_request_error", "message": "Your credit balance is too low"},
                },
            )
        ),
        error="no credit",
        hint="Add credit",
        paid=0,
    ),
    Fault(
        "not where you are",
        always(error(403, {"error": {"message": "Country, region, or territory not supported"}})),
        error="not available in your region",
        paid=0,
    ),
    Fault(
        "moderated",
        always(error(403, {"error": {"message": "Your input was flagged", "metadata": {"reasons": ["x"]}}})),
        error="content rules.*flagged",
        paid=0,
    ),
    Fault(
        "wrapped twice",
        always(
            error(
                400,
                {"error": {"message": "Provider returned error", "metadata": {"raw": '{"message": "seed is odd"}'}}},
            )
        ),
        error="Provider returned error .*seed is odd",
        paid=0,
    ),
    Fault(
        "a welcome page",
        always(Answer("<html><title>Welcome to nginx!</title></html>")),
        error="not JSON but a web page: Welcome to nginx!",
        hint="ends in /v1",
        calls=2,
        paid=0,
    ),
    Fault(
        "an error object",
        always(error(200, {"object": "error", "message": "The model does not exist.", "code": 404})),
        error="does not exist",
        paid=0,
    ),
)
END = event({"choices": [], "usage": USAGE})
DONE = event("[DONE]")
STREAMS = (
    Fault(
        "a stream with signs of life",
        always(Answer(pieces=[": PROCESSING\n\n", "event: ping\n\n", *streamed(GOOD).pieces])),
        GOOD,
    ),
    Fault("a stream without its last mark", always(streamed("It is", " four.", done=False)), GOOD),
    Fault("a stream without usage", always(streamed("It is", " four.", usage=None)), GOOD),
    Fault(
        "usage with the last piece",
        always(
            Answer(
                pieces=[chunk(GOOD), event({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": USAGE}), DONE]
            )
        ),
        GOOD,
    ),
    Fault(
        "line ends of other systems",
        always(Answer(pieces=[chunk(GOOD).replace("\n", "\r\n"), chunk(finish="stop").replace("\n", "\r\n")])),
        GOOD,
    ),
    Fault(
        "events in two packets",
        always(Answer(pieces=[half for one in streamed("It is", " four.").pieces for half in (one[:9], one[9:])])),
        GOOD,
    ),
    Fault(
        "a letter in two packets",
        always(
            Answer(
                pieces=[
                    event(json.dumps({"choices": [{"delta": {"content": "é\u2028ß"}}]}, ensure_ascii=False)),
                    chunk(finish="stop"),
                ]
            )
        ),
        "é\u2028ß",
    ),
    Fault(
        "lines of JSON",
        always(
            Answer(
                "\n".join(json.dumps(one) for one in (piece("It is"), piece(" four.", "stop"))),
                kind="application/x-ndjson",
            )
        ),
        GOOD,
    ),
    Fault(
        "whole messages as pieces",
        always(events({"choices": [{"message": {"content": GOOD}, "finish_reason": "stop"}]})),
        GOOD,
    ),
    Fault(
        "an error after the first words",
        at_first(
            1,
            Answer(pieces=[chunk("It is"), event({"error": {"message": "CUDA error", "code": 500}}), DONE]),
            streamed(GOOD),
        ),
        GOOD,
        calls=2,
        paid=2,
    ),
    Fault(
        "an error as a text after the first words",
        at_first(1, Answer(pieces=[chunk("It is"), event({"error": "out of memory"})]), streamed(GOOD)),
        GOOD,
        calls=2,
        paid=2,
    ),
    Fault(
        "llama.cpp's line of an error",
        at_first(
            1, Answer(pieces=[chunk("It is"), 'error: {"code": 500, "message": "decode failed"}\n\n']), streamed(GOOD)
        ),
        GOOD,
        calls=2,
        paid=2,
    ),
    Fault(
        "an error as the first event",
        always(
            Answer(
                pieces=[
                    event(
                        {
                            "error": {
                                "message": "the request exceeds the available context size (4096 tokens)",
                                "code": 400,
                            }
                        }
                    )
                ]
            )
        ),
        error="exceeds the context of 'served'",
        hint=LARGER,
        paid=0,
    ),
    Fault(
        "busy, as the first event",
        at_first(
            1, Answer(pieces=[event({"object": "error", "message": "Server is busy", "code": 503})]), streamed(GOOD)
        ),
        GOOD,
        calls=2,
    ),
    Fault(
        "a stream that is cut",
        at_first(1, Answer(pieces=[chunk("It is")], cut=True), streamed(GOOD)),
        GOOD,
        calls=2,
        paid=2,
    ),
    Fault(
        "a stream that is cut before its first word",
        at_first(1, Answer(pieces=[": hello\n\n"], cut=True), streamed(GOOD)),
        GOOD,
        calls=2,
    ),
    Fault(
        "streams that are always cut",
        lambda: lambda body: Answer(pieces=[chunk("It")], cut=True) if body.get("stream") else say(GOOD),
        GOOD,
        calls=3,
        paid=3,
    ),
    Fault(
        "streams that never say that they end",
        lambda: lambda body: streamed("It is", finish=None) if body.get("stream") else say(GOOD),
        GOOD,
        calls=3,
        paid=3,
    ),
    Fault(
        "a piece that cannot be read",
        at_first(
            1,
            Answer(pieces=[chunk("It"), 'data: {"choices": [{"delta": {"con\n\n', chunk(" four.", "stop"), DONE]),
            streamed(GOOD),
        ),
        GOOD,
        calls=2,
        paid=2,
    ),
    Fault(
        "a web page in place of a stream",
        always(Answer(pieces=["<html><title>Sign in</title></html>"], kind="text/html")),
        error="not JSON but a web page: Sign in",
        hint="ends in /v1",
        calls=2,
        paid=0,
    ),
    Fault("an empty stream", always(Answer(pieces=[])), error="not JSON but nothing", calls=2, paid=0),
    Fault(
        "no streams",
        where(
            lambda body: bool(body.get("stream")),
            error(400, {"error": {"message": "Streaming is not supported for this model"}}),
        ),
        GOOD,
        calls=2,
    ),
    Fault(
        "no streams without proof of who you are",
        where(
            lambda body: bool(body.get("stream")),
            error(
                400,
                {
                    "error": {
                        "message": "Your organization must be verified to stream this model.",
                        "param": "stream",
                        "code": "unsupported_value",
                    }
                },
            ),
        ),
        GOOD,
        calls=2,
    ),
    Fault(
        "no streams of a form",
        where(
            lambda body: bool(body.get("stream")),
            error(422, {"detail": "streaming responses are not allowed together with response_format"}),
            JSON_TEXT,
        ),
        JSON_TEXT,
        calls=2,
        schema=True,
    ),
    Fault(
        "no options of streams",
        where(
            has("stream_options"),
            error(400, {"error": "Unrecognized request argument supplied: stream_options"}),
            streamed(GOOD),
        ),
        GOOD,
        calls=2,
    ),
    Fault("no streams, without a word", where(lambda body: bool(body.get("stream")), error(400, "")), GOOD, calls=3),
)
"""Faults of servers that stream, or cannot."""
FAULTS = (*STREAMS, *REASONING, *HALVES, *MANNERS, *WAITS, *ENDS)
PAGE = Path(__file__).parents[2] / "docs" / "models.md"
GROUPS = (
    ("Streams", STREAMS),
    ("Reasoning and answers", REASONING),
    ("Halves", HALVES),
    ("Ways of asking", MANNERS),
    ("Waits", WAITS),
    ("Ends", ENDS),
)


def table() -> str:
    """The faults as a table of the page."""
    rows = ["| the server | p2c | requests | paid |", "|---|---|---|---|"]
    for name, faults in GROUPS:
        rows.append(f"| **{name}** | | | |")
        rows += [f"| {one.mode} | {_outcome(one)} | {_requests(one)} | {one.paid} |" for one in faults]
    return "\n".join(rows)


def page(text: str) -> str:
    """The page's text with the table as it is now."""
    head, _, rest = text.partition("<!-- faults -->\n")
    return f"{head}<!-- faults -->\n{table()}\n<!-- end -->{rest.partition('<!-- end -->')[2]}"


def _outcome(fault: Fault) -> str:
    if not fault.error:
        return "uses the reply" if fault.calls == 1 else "asks again or differently, and uses that reply"
    words = re.sub(r"\\(.)|\.\*|\\[SZ]\+?", r"\1", fault.error.split(".*")[0]).strip("; ")
    return f"ends with exit code 3: “{words}”"


def _requests(fault: Fault) -> str:
    streamed_calls = fault.calls_streamed
    return f"{fault.calls}" if streamed_calls is None else f"{fault.calls} ({streamed_calls} if streamed)"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
