"""Resume, record and replay: what was asked before is answered from disk."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from p2c.errors import ContextError, ModelError
from p2c.files import PlainStore, Store
from p2c.journal import Journal
from p2c.models.base import Completion, Model, Prompt
from p2c.models.metered import note_call
from p2c.models.parallel import PARALLEL, run_all
from p2c.models.prompt_digests import NumberedPrompt, PromptCounter
from p2c.models.recordings import (
    Recording,
    find_recording,
    read_recordings,
    record,
    reply_key,
    write_messages,
    write_recording,
)


class CachedModel:
    """Keeps each reply under `folder` before giving it, and gives it again in the next run.

    Stands outside of what meters: a reply from disk costs nothing and no exhausted budget is in its way.
    The same prompt asked twice in one run is two replies. `prompts=True` keeps the messages' texts too.
    """

    def __init__(
        self,
        folder: Store | Path,
        inner: Model,
        journal: Journal | None = None,
        parallel: int = PARALLEL,
        prompts: bool = False,
    ) -> None:
        self._store = PlainStore(folder) if isinstance(folder, Path) else folder
        self.inner = inner
        self._journal = journal or Journal()
        self._parallel = parallel
        self._prompts = prompts
        self._register = PromptCounter()

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    def complete(self, prompt: Prompt) -> Completion:
        """Answer from disk, else from the inner model."""
        return self._answer(self._register.enter(prompt))

    def complete_all(self, prompts: Sequence[Prompt]) -> list[Completion]:
        """Answer several; they are counted in the order of the list, and each reply is kept as it comes."""
        asked = [self._register.enter(prompt) for prompt in prompts]
        return run_all(self._answer, asked, self._parallel)

    def _answer(self, asked: NumberedPrompt) -> Completion:
        start = time.monotonic()
        recording = find_recording(self._store, self.name, reply_key(self.name, asked))
        if recording is not None:
            completion = Completion(recording.text, recording.finish, model=recording.model, cached=True, tries=0)
            note_call(self._journal, asked.prompt, completion, time.monotonic() - start)
            return completion
        try:
            completion = self.inner.complete(replace(asked.prompt, occurrence=asked.occurrence))
        except ContextError as error:
            if not asked.prompt.quotes_replies:
                error.stage = asked.prompt.stage
                raise
            # Nothing is kept of it: with a larger context the same command gets on from here.
            return Completion("", "no_room", model=self.name, tries=0)
        if self._prompts:
            write_messages(self._store, asked)
        write_recording(self._store, record(self.name, asked, completion))
        return completion


class ReplayModel:
    """Answers from a recording alone: by the prompt itself, whatever model replied, else by who asks.

    The second way lets a recording outlive an edit of the prompts' templates, or another package version
    in an error text; the completion says so in `replayed`. Raises ModelError where nothing was recorded.
    """

    name = "replay"

    def __init__(self, folder: Path, journal: Journal | None = None) -> None:
        self.folder = folder
        self._journal = journal or Journal()
        self._register = PromptCounter()
        self._exact: dict[tuple[str, int], Recording] = {}
        self._stages: dict[tuple[str, int], Recording] = {}
        for recording in sorted(read_recordings(folder), key=lambda r: r.order):
            self._exact.setdefault((recording.prompt, recording.occurrence), recording)
            self._stages.setdefault((recording.stage, recording.turn), recording)

    def complete(self, prompt: Prompt) -> Completion:
        """Give the recorded reply."""
        return self._answer(self._register.enter(prompt))

    def complete_all(self, prompts: Sequence[Prompt]) -> list[Completion]:
        """Give the recorded replies in the order asked."""
        return [self.complete(prompt) for prompt in prompts]

    @property
    def recorded(self) -> int:
        """How many replies the folder holds."""
        return len(self._exact)

    def _answer(self, asked: NumberedPrompt) -> Completion:
        recording = self._exact.get((asked.digest, asked.occurrence))
        way: Literal["exact", "stage"] = "exact" if recording else "stage"
        recording = recording or self._stages.get((asked.prompt.stage, asked.turn))
        if recording is None:
            raise self._nothing(asked)
        completion = Completion(recording.text, recording.finish, model=self.name, cached=True, replayed=way, tries=0)
        note_call(self._journal, asked.prompt, completion, 0.0)
        return completion

    def _nothing(self, asked: NumberedPrompt) -> ModelError:
        stage = asked.prompt.stage
        there = sum(1 for name, _ in self._stages if name == stage)
        what = f"reply {asked.turn} of stage {stage!r}" if there else f"stage {stage!r}"
        return ModelError(
            f"the recording in {str(self.folder)!r} has no reply for {what} ({there} recorded)",
            "The prompt has changed since the recording: record again with a model.",
        )
