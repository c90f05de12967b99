"""No secret is sent to a model: what a prompt's texts hold of them is hidden, and put back into the reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from p2c.models.base import Completion, Model, Prompt
from p2c.redaction import RedactedSecrets


class RedactedModel:
    """Sends a word in the place of each secret, and puts the secret back where the reply has its word.

    A diff whose context lines hold a key fits the file that it is for. Stands outside of what keeps replies, so
    that no key is kept either. A prompt without secrets is sent as it is.
    """

    def __init__(self, inner: Model) -> None:
        self.inner = inner

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    def complete(self, prompt: Prompt) -> Completion:
        """Answer one prompt."""
        hidden = RedactedSecrets()
        return _restored(self.inner.complete(_hidden(prompt, hidden)), hidden)

    def complete_all(self, prompts: Sequence[Prompt]) -> list[Completion]:
        """Answer several, in the order asked."""
        hiding = [RedactedSecrets() for _ in prompts]
        given = [_hidden(prompt, hidden) for prompt, hidden in zip(prompts, hiding, strict=True)]
        return [
            _restored(completion, hidden)
            for completion, hidden in zip(self.inner.complete_all(given), hiding, strict=True)
        ]


def _hidden(prompt: Prompt, hidden: RedactedSecrets) -> Prompt:
    messages = tuple(replace(message, content=hidden.hide(message.content)) for message in prompt.messages)
    return replace(prompt, messages=messages) if hidden.words else prompt


def _restored(completion: Completion, hidden: RedactedSecrets) -> Completion:
    return replace(completion, text=hidden.restore(completion.text)) if hidden.words else completion
