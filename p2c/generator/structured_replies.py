"""Replies become values: asked again with the reason until they can be used, within the budget."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from p2c.errors import ContextError, ReplyError, UnreadableTextError
from p2c.generator.markdown_blocks import blocks, inside_fence
from p2c.journal import Journal
from p2c.models.base import Completion, Message, Model, Prompt
from p2c.models.repetition import repeats_itself
from p2c.prompts import render
from p2c.untrusted_text import load_json

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

T = TypeVar("T")
S = TypeVar("S", bound="BaseModel")
Read = Callable[[str], T]
"""Turns a reply into a value; raises Unusable with a reason that is written for the model."""

CONTINUATIONS = 4
"""How often one reply that was cut by length is continued before it is asked for again."""
TOO_SMALL = "A model that gives no usable reply in several tries is as a rule too small for this: use a larger --model."
QUOTED = 40_000
"""Characters of an unusable reply that are shown to the model again."""


class InvalidReply(ValueError):
    """A reply that cannot be used. `settle` is what will do if no better reply comes; None: nothing does."""

    def __init__(self, reason: str, settle: Any = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.settle = settle


def ask(model: Model, prompt: Prompt, read: Read[T], tries: int = 3, journal: Journal | None = None) -> T:
    """Ask until `read` takes the reply; raises ReplyError with the last reason after `tries` unusable ones."""
    return ask_all(model, [(prompt, read)], tries, journal)[0]


def ask_all(
    model: Model, asks: Sequence[tuple[Prompt, Read[T]]], tries: int = 3, journal: Journal | None = None
) -> list[T]:
    """Ask several in parallel and return their values in order.

    What is still open is asked again in waves, so the order of the calls depends on the replies alone.
    Raises ReplyError at the end of the wave in which the tries for one are used up.
    """
    talks = [_Talk(prompt, read, tries, journal) for prompt, read in asks]
    while waiting := [talk for talk in talks if not talk.values]:
        _hear_wave(model, waiting)
        for talk in waiting:
            talk.give_up_if_spent()
    return [talk.values[0] for talk in talks]


@dataclass(frozen=True)
class ReplyResult(Generic[T]):
    """What one prompt came to: its value, None where no reply was usable; `refused` says why of each that was not."""

    value: T | None
    refused: tuple[str, ...] = ()


def ask_each(
    model: Model, asks: Sequence[tuple[Prompt, Read[T]]], tries: int = 3, journal: Journal | None = None
) -> list[ReplyResult[T]]:
    """Ask several as `ask_all` does; one whose tries are used up raises nothing and stops none of the others."""
    talks = [_Talk(prompt, read, tries, journal) for prompt, read in asks]
    while waiting := [talk for talk in talks if not talk.values and not talk.is_spent]:
        _hear_wave(model, waiting)
    return [ReplyResult(talk.values[0] if talk.values else None, tuple(talk.refused)) for talk in talks]


def _hear_wave(model: Model, waiting: Sequence[_Talk[Any]]) -> None:
    prompts = [talk.next_prompt() for talk in waiting]
    try:
        completions = model.complete_all(prompts)
    except ContextError:
        if len(prompts) > 1 or not prompts[0].quotes_replies:
            raise
        completions = [Completion("", "no_room")]
    for talk, completion in zip(waiting, completions, strict=True):
        talk.hear(completion)


class _Talk(Generic[T]):
    """One conversation: the prompt, the last unusable reply with its reason, and a reply that was cut so far."""

    def __init__(self, prompt: Prompt, read: Read[T], tries: int, journal: Journal | None) -> None:
        self.values: list[T] = []
        self.refused: list[str] = []
        self._prompt, self._read, self._left, self._journal = prompt, read, tries, journal
        self._tries = tries
        self._reason = ""
        self._retry: tuple[Message, ...] = ()
        self._note = ""
        self._said: list[str] = []

    def next_prompt(self) -> Prompt:
        messages = (*self._noted(), *self._retry)
        if not self._said:
            return replace(self._prompt, messages=messages, quotes_replies=bool(self._retry))
        said = join(self._said)
        messages += (Message("assistant", said), Message("user", render("continue", tail=_last_lines(said))))
        return replace(self._prompt, messages=messages, schema=None, quotes_replies=True)

    def _noted(self) -> tuple[Message, ...]:
        """The question, with what was wrong where there is no reply to show: who hears the same again says the same."""
        *before, last = self._prompt.messages
        if not self._note or last.role != "user":
            return self._prompt.messages
        return (*before, replace(last, content=f"{last.content}\n{self._note}"))

    def hear(self, completion: Completion) -> None:
        if completion.finish == "refused":
            return self._fail(f"the model refused: {completion.text.strip()[:500] or 'without a word'}", "")
        if completion.finish == "no_room":
            return self._no_room()
        if completion.finish == "length":
            return self._cut(completion.text)
        said, self._said = [*self._said, completion.text], []
        if not said[-1].strip() and len(said) == 1:
            return self._fail("the reply was empty", "")
        try:
            self.values.append(self._read_joined(said))
        except InvalidReply as error:
            self._fail(error.reason, join(said), error.settle)

    @property
    def is_spent(self) -> bool:
        return self._left <= 0

    def give_up_if_spent(self) -> None:
        if self.is_spent and not self.values:
            who = self._prompt.stage or "the model"
            raise ReplyError(
                f"{who}: no usable reply in {self._tries} tries; the last one: {self._reason}",
                f"{TOO_SMALL} The same command asks for this part again.",
                self._prompt.stage,
            )

    def _read_joined(self, said: list[str]) -> T:
        try:
            return self._read(join(said))
        except InvalidReply:
            if len(said) == 1:
                raise
            try:
                return self._read(said[-1])  # asked to go on, some start again and end well
            except InvalidReply:
                pass
            raise

    def _no_room(self) -> None:
        """What was said before did not fit beside the question: it is asked again without that."""
        self._said, self._retry = [], ()
        self._fail(
            "its replies did not fit into the model's context beside the question: say the same in fewer words", ""
        )

    def _cut(self, text: str) -> None:
        said = [*self._said, text]
        if repeats_itself(join(said)):
            self._said = []
            self._fail("it repeated itself until the length limit ended it", "")
        elif text.strip() and len(said) <= CONTINUATIONS:
            self._said = said
        else:
            self._said = []
            self._fail("it was cut by the length limit before its end: say the same in fewer words", "")

    def _fail(self, reason: str, reply: str, settle: Any = None) -> None:
        self._left -= 1
        self._reason = reason
        self.refused.append(reason)
        if self._journal is not None:
            self._journal.note("reply.refused", stage=self._prompt.stage, reason=reason, left=self._left)
        if self._left <= 0 and settle is not None:
            self.values.append(settle)
        elif reply.strip():
            again = render("again", reason=reason)
            self._note, self._retry = "", (Message("assistant", _shortened(reply)), Message("user", again))
        else:
            self._note = render("again", reason=reason)


def join(parts: Sequence[str]) -> str:
    """Join a reply that was cut with what continued it: repeated lines and a fence opened anew go."""
    said = parts[0]
    for part in parts[1:]:
        if inside_fence(said):
            part = re.sub(r"\A\s*(?:`{3,}|~{3,})[\w ./+-]+\n", "", part)
        said += part[_overlap(said, part) :]
    return said


def _overlap(said: str, part: str) -> int:
    """Characters that `part` repeats of the end of `said`: whole lines from a line's start, never a lone line
    that was complete (code may well say the same line twice)."""
    starts = [match.end() for match in re.finditer(r"\A|\n", said[-4000:])]
    tail = said[-4000:]
    for start in starts:
        repeated = tail[start:]
        alone = repeated.endswith("\n") and repeated.count("\n") < 2
        if len(repeated.strip()) >= 4 and not alone and part.startswith(repeated):
            return len(repeated)
    return 0


def _last_lines(text: str) -> str:
    return "\n".join(text[-400:].split("\n")[-3:])


def _shortened(reply: str) -> str:
    if len(reply) <= QUOTED:
        return reply
    half = QUOTED // 2
    return f"{reply[:half]}\n[{len(reply) - QUOTED} characters left out here]\n{reply[-half:]}"


def read_text(reply: str, least: int = 200) -> str:
    """Return free text of at least `least` characters; a single fence around all of it goes."""
    text = reply.strip()
    around = blocks(text)
    if len(around) == 1 and text.startswith(("```", "~~~")) and around[0].language in ("", "md", "markdown"):
        text = around[0].text.strip()
    if len(text) < least:
        raise InvalidReply(f"it has {len(text)} characters; that is not the detailed text that was asked for")
    return text


def read_json(reply: str, schema: type[S]) -> S:
    """Return the reply's JSON object as a validated pydantic model; raises Unusable naming each field that is wrong."""
    from pydantic import ValidationError

    try:
        return schema.model_validate(_object(reply))
    except ValidationError as error:
        raise InvalidReply(_explain(error)) from error


def schema_of(schema: type[BaseModel], name: str) -> dict[str, Any]:
    """Return what `Prompt.schema` carries: the name and the JSON schema of a pydantic model."""
    return {"name": name, "schema": schema.model_json_schema()}


def _object(reply: str) -> dict[str, Any]:
    first, last = reply.find("{"), reply.rfind("}")
    texts = sorted((block.text for block in blocks(reply)), key=len, reverse=True)
    candidates = [text for text in texts if "{" in text] + [reply, reply[first : last + 1]]
    problem = "there is no JSON object in it"
    for text in candidates:
        try:
            value = load_json(_latex_escapes(text), strict=False)
        except UnreadableTextError as error:
            if problem.startswith("there") and "{" in text:
                problem = f"it is not valid JSON: {_complaint(error, text)}"
            continue
        if isinstance(value, dict):
            return value
        problem = f"its JSON is a {type(value).__name__}, not an object"
    raise InvalidReply(problem)


def _complaint(error: UnreadableTextError, text: str) -> str:
    cause = error.__cause__
    if not isinstance(cause, json.JSONDecodeError):
        return error.message
    return f"{cause.msg} in line {cause.lineno}:\n{_line(text, cause.lineno)}"


def _latex_escapes(text: str) -> str:
    r"""Double the backslash of escapes that JSON does not know: LaTeX in strings, such as `\alpha`."""
    return re.sub(r"\\(u[0-9a-fA-F]{4}|[\"\\/bfnrt])|\\", lambda m: m[0] if m[1] else "\\\\", text)


def _line(text: str, number: int) -> str:
    lines = text.split("\n")
    return lines[min(number, len(lines)) - 1].strip()[:200]


def _explain(error: ValidationError) -> str:
    wrong = [f"- {'.'.join(map(str, item['loc'])) or 'the object'}: {item['msg']}" for item in error.errors()[:12]]
    return "fields are missing or wrong:\n" + "\n".join(wrong)


def refuse(reasons: Sequence[str], settle: Any = None) -> None:
    """Raise Unusable with all the reasons at once; do nothing where there are none."""
    if reasons:
        shown = [f"- {reason}" for reason in dict.fromkeys(reasons)]
        more = [f"- and {len(shown) - 20} more of the kind"] if len(shown) > 20 else []
        raise InvalidReply("\n".join(shown[:20] + more), settle)
