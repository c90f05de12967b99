"""A model that says what it was told to say."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

from p2c.budget import Usage
from p2c.models.base import Completion, Prompt
from p2c.models.token_estimate import count_tokens, prompt_tokens

Reply = str | Completion | Exception


class ScriptedModel:
    """Answers with `replies` in order (an exception is raised), or with what a function makes of the prompt.

    `prompts` keeps what was asked. A list that has run out is an AssertionError: a mistake of the
    script, which must not pass for a model that is down.
    """

    def __init__(self, replies: Iterable[Reply] | Callable[[Prompt], Reply] = (), name: str = "scripted") -> None:
        self.name = name
        self.prompts: list[Prompt] = []
        self._answer = replies if callable(replies) else _in_order(replies)

    def complete(self, prompt: Prompt) -> Completion:
        """Give the next reply."""
        self.prompts.append(prompt)
        reply = self._answer(prompt)
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, Completion):
            return reply
        usage = Usage(calls=1, prompt_tokens=prompt_tokens(prompt), completion_tokens=count_tokens(reply))
        return Completion(reply, usage=usage, model=self.name, estimated=True)

    def complete_all(self, prompts: Sequence[Prompt]) -> list[Completion]:
        """Give the next replies, one after the other, so that a list of them is met in the order asked."""
        return [self.complete(prompt) for prompt in prompts]


def _in_order(replies: Iterable[Reply]) -> Callable[[Prompt], Reply]:
    left = iter(replies)
    lock = threading.Lock()

    def answer(prompt: Prompt) -> Reply:
        with lock:
            for reply in left:
                return reply
        raise AssertionError(f"the script has no reply left for stage {prompt.stage!r}")

    return answer
