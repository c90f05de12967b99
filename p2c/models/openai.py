"""Models behind chat.completions: OpenAI, vLLM, Ollama, DeepSeek, OpenRouter, llama.cpp."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from p2c.budget import Usage
from p2c.errors import ContextError, ModelError
from p2c.journal import Journal
from p2c.models.base import Completion, Prompt
from p2c.models.chat_request import Cap, Dialect, ModelOptions
from p2c.models.chat_response import Answer, read_answer
from p2c.models.error_bodies import error_words
from p2c.models.manners import Manners, RefusedError
from p2c.models.parallel import run_all
from p2c.models.pricing import OPENAI_URL
from p2c.models.retries import UNUSABLE_TRIES, TransientError, refused, unreached
from p2c.models.streamed import assembled, events
from p2c.models.token_estimate import prompt_tokens, text_tokens
from p2c.models.tries import NOT_JSON, Tries, next_step
from p2c.redaction import redact, redact_logins

if TYPE_CHECKING:
    import openai
    from tenacity import RetryCallState

TIMEOUT_TRIES = 3
PROBE_SECONDS = 15.0
TOO_MANY = 429
PACED_SECONDS = 1.0
"""A shorter wait for the shared rate limit is not noted."""
FIRST_TRIES = 2
"""Tries of a server that has never answered: an address that is wrong does not get better."""
CUT_SHARE = 0.6
CUT_FROM = 2_000
"""A server that counts less than this share of an estimate of at least so many tokens has cut the prompt."""
_SLOW = "A slow server needs a longer P2C_REPLY_TIMEOUT, or fewer requests at once (P2C_PARALLEL=1)."


class OpenAIModel:
    """A model by its name at a server (`options.base_url`, default OpenAI's).

    At most `options.parallel` requests are under way at once, whoever asks. Tries again on 408, 409, 429,
    5xx, resets, time-outs and empty replies, by its own count and not the SDK's; each further try is
    noted as `model.retried`, each thing a server turns out not to take as `model.adapted`. A ModelError
    carries in `usage` what its tries have cost.
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
        self.base_url = self.options.base_url.rstrip("/") or OPENAI_URL
        self._place = re.sub(r"//[^/@]*@", "//***@", self.base_url)
        self._journal = journal or Journal()
        self._sleep = sleep
        self._slots = threading.BoundedSemaphore(max(1, self.options.parallel))
        cap: Cap = "max_completion_tokens" if self.base_url == OPENAI_URL else "max_tokens"
        self._manners = Manners(Dialect(cap=cap), name, self._journal)
        self._reached = False
        self._connected = False
        self._opened: openai.OpenAI | None = None

    def complete(self, prompt: Prompt) -> Completion:
        """Answer one prompt; raises ContextError where the prompt was too long or was cut, else ModelError."""
        tries = Tries(prompt, self.options.tries)
        try:
            answer = self._retry(tries)
            self._refuse_cut(prompt, answer)
        except ModelError as error:
            error.usage = sum(tries.paid, Usage())
            raise
        return Completion(
            answer.text,
            answer.finish,
            sum(tries.paid, Usage()),
            self.name,
            estimated=answer.estimated,
            tries=tries.made,
        )

    def complete_all(self, prompts: Sequence[Prompt]) -> list[Completion]:
        """Answer several, up to `options.parallel` at once."""
        return run_all(self.complete, prompts, self.options.parallel)

    def list_models(self) -> list[dict[str, Any]]:
        """Return what the server says of its models, one dict with an `id` each; raises ModelError."""
        import openai

        try:
            listing = self._client().with_options(timeout=PROBE_SECONDS).models.list()
            return [model.to_dict(warnings=False) for model in listing]
        except openai.OpenAIError as error:
            failure = self._failure(error)
            raise self._gave_up(failure, 1) if isinstance(failure, TransientError) else failure from error
        except (AttributeError, TypeError) as error:
            raise ModelError(
                f"{self._place} does not list its models", "Check that the address ends in /v1."
            ) from error

    def _retry(self, tries: Tries) -> Answer:
        import tenacity

        def failure(state: RetryCallState) -> BaseException | None:
            return state.outcome.exception() if state.outcome else None

        retrying = tenacity.Retrying(
            stop=lambda state: tries.are_over(failure(state), state.idle_for, self._connected),
            wait=lambda state: tries.wait(failure(state), state.attempt_number),
            retry=tenacity.retry_if_exception_type(TransientError),
            sleep=self._sleep,
            before_sleep=lambda state: self._note_retry(tries.prompt, state),
            reraise=True,
        )
        try:
            return retrying(self._try, tries)
        except TransientError as error:
            raise self._gave_up(error, tries.made) from error

    def _try(self, tries: Tries) -> Answer:
        """Ask once, in words the server takes."""
        tries.made += 1
        while True:
            dialect = self._manners.now(tries)
            request = dialect.request(self.name, tries.prompt, self.options)
            try:
                answer = self._read(self._send(request, tries), tries)
            except RefusedError as said:
                if self._manners.learn(said, dialect, request, tries):
                    continue
                raise said.failure from said.__cause__
            if not answer.unusable:
                self._manners.keep(dialect, request, tries)
                return answer
            tries.useless = answer.unusable
            if not answer.broken:
                self._manners.after_useless(dialect, request, tries, answer.thought)
            raise TransientError(answer.unusable, most=UNUSABLE_TRIES, kind="unusable")

    def _send(self, request: dict[str, Any], tries: Tries) -> str:
        """Return the body of the reply."""
        import openai

        limit = self.options.timeout if tries.left is None else min(self.options.timeout, max(0.5, tries.left))
        timeout = openai.Timeout(limit, connect=min(10.0, limit))
        try:
            with self._slots:
                # Opened before the pace is kept: to load the SDK takes long, and what waited would go out in a heap.
                completions = self._client().chat.completions.with_raw_response
                self._keep_pace(tries.prompt)
                raw = completions.create(**request, timeout=timeout)
                return bytes(raw.http_response.read()).decode("utf-8-sig", "replace")
        except openai.APIStatusError as error:
            self._connected = True
            raise self._refused(error.status_code, error.response.text, error.response.headers) from error
        except openai.OpenAIError as error:
            if type(error.__cause__).__name__ == "ReadTimeout":
                # The server was at work when we hung up: most of them charge for it.
                tries.paid.append(Usage(calls=1, prompt_tokens=prompt_tokens(tries.prompt)))
            raise self._failure(error) from error
        except Exception as error:
            if not type(error).__module__.startswith("httpx"):
                raise
            raise TransientError(f"the stream broke off: {self._clean(str(error))}", most=TIMEOUT_TRIES) from error

    def _read(self, body: str, tries: Tries) -> Answer:
        self._connected = True
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            streamed = events(body)
            if streamed is None:
                shown = self._clean(error_words(body).words)[:200] or "nothing"
                most = None if self._reached else FIRST_TRIES
                raise TransientError(f"{NOT_JSON} but {shown}", most=most) from None
            data = assembled(streamed)
        answer = read_answer(data, tries.prompt)
        if answer.error:
            raise self._refused(answer.status, body, {})
        self._reached = True
        tries.paid.append(answer.usage)
        if self.options.pace is not None:
            self.options.pace.correct(self._place, answer.usage.tokens - prompt_tokens(tries.prompt))
        if answer.finish == "length" and not answer.unusable and not answer.text.strip():
            raise self._used_up()
        return answer

    def _refuse_cut(self, prompt: Prompt, answer: Answer) -> None:
        expected = text_tokens(prompt)
        read = answer.usage.prompt_tokens + answer.usage.cached_tokens
        if answer.estimated or expected < CUT_FROM or read >= expected * CUT_SHARE:
            return
        raise ContextError(
            f"{self.name!r} at {self._place} read {read:,} tokens of a prompt of about {expected:,}: it was truncated",
            "Give the server a larger context (Ollama: OLLAMA_CONTEXT_LENGTH; vLLM: --max-model-len) or use another.",
        )

    def _used_up(self) -> ModelError:
        limit = self.options.max_tokens
        if limit is None:
            return ContextError(f"{self.name!r} ran out of context before its first word", "Use a larger context.")
        hint = "Raise the token limit for replies, or lower the reasoning effort."
        return ModelError(f"{self.name!r} used all {limit:,} tokens of the reply limit without writing any text", hint)

    def _failure(self, error: Exception) -> Exception:
        import openai

        if isinstance(error, openai.APIStatusError):
            return self._refused(error.status_code, error.response.text, error.response.headers).failure
        words = self._clean(f"{error} ({error.__cause__})" if str(error.__cause__ or "") else str(error))
        if isinstance(error, openai.APITimeoutError) and not unreached(error):
            self._connected = True
            return TransientError(words, most=TIMEOUT_TRIES, hint=_SLOW)
        if isinstance(error, openai.APIConnectionError):
            if unreached(error):
                return TransientError(words, most=None if self._connected else FIRST_TRIES, kind="unreached")
            self._connected = True
            return TransientError(words)
        return ModelError(f"{self.name!r} at {self._place}: {words}")

    def _refused(self, status: int, body: str, headers: Any) -> RefusedError:
        told = error_words(body)
        words = self._clean(told.words)
        status = told.status if status < 400 and told.status else status
        return RefusedError(status, words, refused(status, words, self.name, self._place, headers))

    def _gave_up(self, failure: TransientError, tries: int) -> ModelError:
        hint = next_step(failure, bool(self.options.base_url), self._reached)
        if failure.kind == "unreached":
            return ModelError(f"no connection to {self._place}: {failure}", hint)
        often = f"after {tries} tries" if tries > 1 else "at the only try"
        return ModelError(f"{self.name!r} at {self._place} gave no usable reply {often}: {failure}", hint)

    def _clean(self, words: str) -> str:
        key = self.options.api_key
        return redact(redact_logins(words, (key,) if len(key) > 3 else ()))

    def _keep_pace(self, prompt: Prompt) -> None:
        pace = self.options.pace
        waited = pace.wait(self._place, prompt_tokens(prompt)) if pace is not None else 0.0
        if waited >= PACED_SECONDS:
            self._journal.note("model.paced", stage=prompt.stage, model=self.name, wait=round(waited, 2))

    def _note_retry(self, prompt: Prompt, state: RetryCallState) -> None:
        failure = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0.0
        if self.options.pace is not None and _crowded(failure):
            self.options.pace.hold(self._place, wait)
        self._journal.note(
            "model.retried",
            stage=prompt.stage,
            model=self.name,
            attempt=state.attempt_number,
            why=str(failure)[:300],
            wait=round(wait, 2),
        )

    def _client(self) -> openai.OpenAI:
        import openai

        if self._opened is None:
            timeout = openai.Timeout(self.options.timeout, connect=10.0)
            key = self.options.api_key or "none"
            self._opened = openai.OpenAI(api_key=key, base_url=self.base_url, timeout=timeout, max_retries=0)
        return self._opened


def _crowded(failure: BaseException | None) -> bool:
    """The server has enough of everybody, not only of this call."""
    asked = isinstance(failure, TransientError) and failure.wait is not None
    return asked or getattr(getattr(failure, "__cause__", None), "status_code", 0) == TOO_MANY
