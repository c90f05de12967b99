"""The seam to language models: prompts in, completions out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from p2c.budget import Usage

Role = Literal["system", "user", "assistant"]
Finish = Literal["stop", "length", "refused", "no_room"]


@dataclass(frozen=True)
class Message:
    """One turn; `images` are data URLs (`data:image/png;base64,...`), for models that see."""

    role: Role
    content: str
    images: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prompt:
    """What is asked: messages, and the JSON schema (name and body) that the reply is to follow.

    `stage` says who asks (`plan.design`, `code:model.py`, `debug:3`); it labels events and files and is
    no part of what the model sees. `schema` is `{"name": ..., "schema": {...}}`, or the bare schema.
    """

    messages: tuple[Message, ...]
    stage: str = ""
    schema: dict[str, Any] | None = None
    occurrence: int = 0
    """The how-many-th time this very prompt is asked in this run, where a wrapper counted (0: nobody did)."""
    deadline: float | None = None
    """When the run's time is over, by `time.monotonic`; no part of what the model sees."""
    watch: Callable[[int], None] | None = field(default=None, compare=False, repr=False)
    """Told how many tokens of the reply have come so far; what it raises ends the call."""
    quotes_replies: bool = False
    """Its last turns show replies again (to be continued, or with what was wrong): without them it may fit."""


@dataclass(frozen=True)
class Completion:
    """What came back. `finish` is `length` where the reply was cut, `no_room` where a prompt that
    shows replies again did not fit; `usage` is what this call cost now.

    `usage` covers every try that was paid for, not only the one whose text this is.
    """

    text: str
    finish: Finish = "stop"
    usage: Usage = Usage()
    model: str = ""
    cached: bool = False
    replayed: Literal["", "exact", "stage"] = ""
    """How a recording was found: by the prompt itself, or only by who asked."""
    estimated: bool = False
    """The server told no usage: the tokens are an estimate."""
    tries: int = 1
    """How often the server was asked until it gave this."""


class Model(Protocol):
    """A language model, or something that wraps one."""

    @property
    def name(self) -> str:
        """The model's name, as its server calls it."""
        ...

    def complete(self, prompt: Prompt) -> Completion:
        """Answer one prompt; raises ModelError, BudgetExceededError."""
        ...

    def complete_all(self, prompts: Sequence[Prompt]) -> list[Completion]:
        """Answer several, in parallel up to a bound, in the order asked; the first error is raised
        once the calls under way have ended (their replies are kept by whoever caches)."""
        ...
