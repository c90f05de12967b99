"""A person as the model: prompts are files, and so are the replies."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from p2c.budget import Usage
from p2c.errors import ModelError
from p2c.files import write_bytes_whole, write_whole
from p2c.models.base import Completion, Message, Prompt
from p2c.models.chat_request import schema_body
from p2c.models.parallel import run_all
from p2c.models.prompt_digests import NumberedPrompt, PromptCounter, slug
from p2c.models.token_estimate import count_tokens, prompt_tokens

_IMAGE = re.compile(r"data:image/(\w+)[^,]*;base64,(.*)", re.DOTALL)
_ALL_AT_ONCE = 256


@dataclass(frozen=True)
class PollingPolicy:
    """Seconds: between looks at the folder, that a reply must rest unchanged, and in all (None: for ever)."""

    poll: float = 0.5
    rest: float = 1.0
    timeout: float | None = None


class ManualModel:
    """Writes each prompt to `<folder>/<stage>-<key8>.prompt.md` and waits for `<stage>-<key8>.reply.md`.

    A reply that is there already is taken, so that a run that was stopped goes on. `tell` is called once
    with what a person has to do. Raises ModelError where the reply does not come in time.
    """

    name = "manual"

    def __init__(
        self,
        folder: Path,
        tell: Callable[[str], None] = lambda text: None,
        patience: PollingPolicy | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.folder = folder
        self._tell = tell
        self._patience = patience or PollingPolicy()
        self._sleep = sleep
        self._register = PromptCounter()
        self._announced = False

    def complete(self, prompt: Prompt) -> Completion:
        """Ask, and wait for the reply."""
        asked = self._register.enter(prompt)
        return self._wait(asked, self._ask(asked))

    def complete_all(self, prompts: Sequence[Prompt]) -> list[Completion]:
        """Write all prompts, then wait for all replies."""
        asked = [self._register.enter(prompt) for prompt in prompts]
        pairs = [(prompt, self._ask(prompt)) for prompt in asked]
        return run_all(lambda pair: self._wait(*pair), pairs, _ALL_AT_ONCE)

    def _ask(self, asked: NumberedPrompt) -> str:
        again = f"-{asked.occurrence}" if asked.occurrence > 1 else ""
        stem = f"{slug(asked.prompt.stage)}-{asked.digest[:8]}{again}"
        images = self._write_images(asked.prompt, stem)
        write_whole(self.folder / f"{stem}.prompt.md", _page(asked.prompt, stem, images))
        if not self._announced:
            self._announced = True
            self._tell(
                f"Prompts are written to {self.folder} as *.prompt.md. Put each reply, and nothing else, into the file"
                " of the same name that ends in .reply.md; the run continues as replies arrive."
            )
        return stem

    def _wait(self, asked: NumberedPrompt, stem: str) -> Completion:
        path = self.folder / f"{stem}.reply.md"
        text = self._read(path)
        usage = Usage(calls=1, prompt_tokens=prompt_tokens(asked.prompt), completion_tokens=count_tokens(text))
        return Completion(text, usage=usage, model=self.name, estimated=True)

    def _read(self, path: Path) -> str:
        """Return the reply once its size has rested; time is counted in sleeps, so a suspended machine may wake."""
        size, rested, waited = 0, 0.0, 0.0
        patience = self._patience
        while True:
            now = path.stat().st_size if path.is_file() else 0
            rested = rested + patience.poll if now and now == size else 0.0
            size = now
            if size and rested >= patience.rest:
                text = path.read_text(encoding="utf-8-sig", errors="replace")
                if text.strip():
                    return text
            if patience.timeout is not None and waited >= patience.timeout:
                raise ModelError(
                    f"no reply within {patience.timeout:g} s: {str(path)!r}",
                    "Write it and run the same command again.",
                )
            self._sleep(patience.poll)
            waited += patience.poll

    def _write_images(self, prompt: Prompt, stem: str) -> dict[str, str]:
        """Return the name of the file that was written for each image, or the address of one that is no data."""
        names: dict[str, str] = {}
        for url in (image for message in prompt.messages for image in message.images):
            match = _IMAGE.fullmatch(url)
            if match is None:
                names.setdefault(url, url)
                continue
            try:
                data = base64.b64decode(match.group(2), validate=True)
            except binascii.Error as error:
                raise ModelError(f"an image of stage {prompt.stage!r} is not base64: {error}") from error
            name = f"{stem}-image{len(names) + 1}.{match.group(1)}"
            if names.setdefault(url, name) == name:
                write_bytes_whole(self.folder / name, data)
        return names


def _page(prompt: Prompt, stem: str, images: dict[str, str]) -> str:
    parts = [
        f"<!-- Stage {prompt.stage or '(none)'}. Write the reply, and nothing else, to {stem}.reply.md -->\n",
        *(_turn(message, images) for message in prompt.messages),
    ]
    if prompt.schema is not None:
        body = json.dumps(schema_body(prompt.schema), indent=1, ensure_ascii=False)
        parts.append(
            f"# SCHEMA\n\nThe reply is one JSON value that follows this JSON schema:\n\n```json\n{body}\n```\n"
        )
    return "\n".join(parts)


def _turn(message: Message, images: dict[str, str]) -> str:
    shown = "".join(f"\n![image]({images[url]})\n" for url in message.images)
    return f"# {message.role.upper()}\n\n{message.content.rstrip()}\n{shown}"
