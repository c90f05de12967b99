"""Models behind chat.completions: OpenAI, vLLM, Ollama, DeepSeek, OpenRouter, llama.cpp."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from p2c.budget import Usage
from p2c.errors import BudgetExceededError, ContextError, ModelError, NoTextError
from p2c.journal import Journal
from p2c.models.base import Completion, Prompt
from p2c.models.chat_request import Cap, Dialect, ModelOptions
from p2c.models.chat_response import Answer, read_answer
from p2c.models.connection import Connection, crowded
from p2c.models.incoming import IncomingReply
from p2c.models.manners import Manners, RefusedError
from p2c.models.parallel import run_all
from p2c.models.pricing import OPENAI_URL
from p2c.models.retries import LARGER, UNUSABLE_TRIES, TransientError
from p2c.models.server_facts import ServerFacts
from p2c.models.silent_cuts import SilentCuts
from p2c.models.slots import Slots
from p2c.models.streamed import assembled, events
from p2c.models.token_estimate import prompt_tokens, room_for_reply
from p2c.models.tries import Tries

if TYPE_CHECKING:
    from tenacity import RetryCallState

LEAST_REPLY = 128
"""Tokens; with less room than that nothing is asked for, and the server says what is wrong with the prompt."""
LARGEST_CAP = 32_768
"""A window that has more room than this needs no cap of ours: some servers refuse, or reserve money for, large ones."""
PACED_SECONDS = 1.0
"""A shorter wait for the shared rate limit is not noted."""


class OpenAIModel:
    """A model by its name at a server (`options.base_url`, default OpenAI's).

    At most `options.parallel` requests are under way at once, whoever asks; fewer once the server shows that these
    are too many. Replies are streamed where the server can. Tries again on 408, 409, 429, 5xx, resets, time-outs and
    empty replies, by its own count and not the SDK's; each further try is noted as `model.retried`, each thing a
    server turns out not to take as `model.adapted`, a reply ended early as `model.stopped`. A ModelError carries in
    `usage` what its tries have cost.
    """

    def __init__(
        self,
        name: str,
        options: ModelOptions | None = None,
        journal: Journal | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self.options = options or ModelOptions()
        self._server = Connection(name, self.options)
        self.base_url = self._server.base_url
        self._journal = journal or Journal()
        self._sleep = sleep
        self._cuts = SilentCuts()
        self._slots = Slots(self.options.parallel)
        self.context = self.options.context
        cap: Cap = "max_completion_tokens" if self.base_url == OPENAI_URL else "max_tokens"
        self._manners = Manners(Dialect(cap=cap, stream=self.options.stream), name, self._journal)

    def complete(self, prompt: Prompt) -> Completion:
        """Answer one prompt; raises ContextError where the prompt was too long or was cut, else ModelError."""
        tries = Tries(prompt, self.options.tries)
        try:
            answer = self._retry(tries)
            self._refuse_cut(prompt, answer)
        except (ModelError, BudgetExceededError) as error:
            error.usage = sum(tries.paid, Usage())
            if isinstance(error, ModelError) and prompt.quotes_replies and _is_about_replies(error):
                error.stage = prompt.stage  # what is shown again leads here: it is set aside
            raise
        return Completion(
            answer.text,
            answer.finish,
            sum(tries.paid, Usage()),
            self.name,
            estimated=answer.estimated,
            tries=tries.attempts,
        )

    def complete_all(self, prompts: Sequence[Prompt]) -> list[Completion]:
        """Answer several, up to `options.parallel` at once."""
        return run_all(self.complete, prompts, self.options.parallel)

    def list_models(self) -> list[dict[str, Any]]:
        """Return what the server says of its models, one dict with an `id` each; raises ModelError."""
        return self._server.list_models()

    def find_facts(self) -> ServerFacts:
        """Ask the server, at no cost, for its window and how much it does at once, and keep to that; never raises."""
        facts = self._server.find_facts()
        self.context = self.options.context or facts.context
        if facts.slots is not None:
            self._lower(facts.slots, f"the server works on {facts.slots} at once")
        return facts

    def _lower(self, size: int, why: str) -> None:
        """Ask fewer at once from now on, and say so the first time."""
        first = self._slots.size == max(1, self.options.parallel)
        if self._slots.lower(size) and first:
            self._journal.note("model.slowed", model=self.name, parallel=self._slots.size, why=why)

    def _retry(self, tries: Tries) -> Answer:
        import tenacity

        def failure(state: RetryCallState) -> BaseException | None:
            return state.outcome.exception() if state.outcome else None

        retrying = tenacity.Retrying(
            stop=lambda state: tries.are_over(failure(state), state.idle_for, self._server.connected),
            wait=lambda state: tries.wait(failure(state), state.attempt_number),
            retry=tenacity.retry_if_exception_type(TransientError),
            sleep=self._sleep,
            before_sleep=lambda state: self._note_retry(tries.prompt, state),
            reraise=True,
        )
        try:
            return retrying(self._try, tries)
        except TransientError as error:
            raise self._server.gave_up(error, tries.attempts) from error

    def _try(self, tries: Tries) -> Answer:
        """Ask once, in words the server takes."""
        tries.attempts += 1
        while True:
            dialect = self._manners.now(tries)
            request = dialect.request(self.name, tries.prompt, self._capped(tries.prompt))
            try:
                answer = self._read(self._send(request, tries), tries)
            except RefusedError as said:
                if self._manners.learn(said, dialect, request, tries):
                    continue
                raise said.failure from said.__cause__
            except TransientError as failure:
                if failure.kind == "cut":
                    self._manners.after_broken(dialect, request, tries)
                raise
            if not answer.unusable:
                self._manners.keep(dialect, request, tries)
                return answer
            tries.useless = answer.unusable
            if answer.broken:
                self._manners.after_broken(dialect, request, tries)
            else:
                self._manners.after_useless(dialect, request, tries, answer.thought)
            raise TransientError(answer.unusable, most=UNUSABLE_TRIES, kind="unusable")

    def _capped(self, prompt: Prompt) -> ModelOptions:
        """Return the options with a cap on the reply that the window has room for; raises ContextError without any."""
        if self.context is None:
            return self.options
        most = room_for_reply(prompt, self.context)
        if most < LEAST_REPLY and prompt.quotes_replies:
            said = f"a prompt that shows replies again does not fit into the {self.context:,} tokens of {self.name!r}"
            raise ContextError(said, LARGER)
        own = self.options.max_tokens
        if most < LEAST_REPLY or (own is None and most > LARGEST_CAP):
            return self.options
        return replace(self.options, max_tokens=min(own or most, most))

    def _send(self, request: dict[str, Any], tries: Tries) -> IncomingReply:
        with self._slots as slots:
            self._server.open()
            self._keep_pace(tries.prompt)
            others = slots.taken - 1
            try:
                return self._server.send(request, tries)
            except (TransientError, RefusedError) as error:
                failure = error.failure if isinstance(error, RefusedError) else error
                self._notice_crowd(failure, max(others, slots.taken - 1), tries)
                raise

    def _notice_crowd(self, failure: Exception, others: int, tries: Tries) -> None:
        """Ask half as many at once where a server was too slow or too busy for a call among others."""
        if not isinstance(failure, TransientError) or failure.kind not in ("slow", "busy") or not others:
            return
        self._lower((others + 1) // 2, f"with {others + 1} at once: {failure}")
        if failure.kind == "slow":
            tries.patient += 1  # the next try has less company: this one says nothing of it

    def _read(self, reply: IncomingReply, tries: Tries) -> Answer:
        body = reply.body
        data = _parsed(body)
        if data is None:
            raise self._server.no_reply(body)
        answer = read_answer(data, tries.prompt)
        if answer.error:
            raise self._server.error_in(body if isinstance(data, list) else json.dumps(data), answer.status)
        self._server.reached = True
        if answer.estimated:  # what came may be more than what is left of it as text
            most = max(answer.usage.completion_tokens, reply.tokens)
            answer = replace(answer, usage=replace(answer.usage, completion_tokens=most))
        tries.paid.append(answer.usage)
        if self.options.pace is not None:
            self.options.pace.correct(self._server.place, answer.usage.tokens - prompt_tokens(tries.prompt))
        if reply.ended:
            self._journal.note("model.stopped", stage=tries.prompt.stage, model=self.name, why=reply.ended)
        if answer.finish == "length" and not answer.unusable and not answer.text.strip():
            if reply.ended:
                return replace(answer, unusable=f"the reply never comes to its text: {reply.ended}")
            raise self._used_up()
        return answer

    def _refuse_cut(self, prompt: Prompt, answer: Answer) -> None:
        read = answer.usage.prompt_tokens
        expected = None if answer.estimated else self._cuts.expected(prompt, read)
        if expected is None:
            return
        said = f"read {read:,} tokens of a prompt of about {expected:,}: it was truncated"
        raise ContextError(f"{self.name!r} at {self._server.place} {said}", LARGER)

    def _used_up(self) -> ModelError:
        limit = self.options.max_tokens
        if limit is None:
            return ContextError(f"{self.name!r} ran out of context before its first word", "Use a larger context.")
        hint = "Raise --max-reply-tokens, or lower the reasoning effort."
        return NoTextError(f"{self.name!r} used all {limit:,} tokens of the reply limit without writing any text", hint)

    def _keep_pace(self, prompt: Prompt) -> None:
        pace = self.options.pace
        waited = pace.wait(self._server.place, prompt_tokens(prompt)) if pace is not None else 0.0
        if waited >= PACED_SECONDS:
            self._journal.note("model.paced", stage=prompt.stage, model=self.name, wait=round(waited, 2))

    def _note_retry(self, prompt: Prompt, state: RetryCallState) -> None:
        failure = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0.0
        if self.options.pace is not None and crowded(failure):
            self.options.pace.hold(self._server.place, wait)
        self._journal.note(
            "model.retried",
            stage=prompt.stage,
            model=self.name,
            attempt=state.attempt_number,
            why=str(failure)[:300],
            wait=round(wait, 2),
        )


def _is_about_replies(error: ModelError) -> bool:
    cause = error.__cause__
    return isinstance(error, NoTextError) or (isinstance(cause, TransientError) and cause.kind == "unusable")


def _parsed(body: str) -> Any:
    """Return a reply's JSON, put together where it was streamed; None where it is neither."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        streamed = events(body)
        return None if streamed is None else assembled(streamed)
