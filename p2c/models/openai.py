"""Models behind chat.completions: OpenAI, vLLM, Ollama, DeepSeek, OpenRouter, llama.cpp."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from p2c.budget import Usage
from p2c.errors import ContextError, ModelError
from p2c.journal import Journal
from p2c.models.base import Completion, Prompt
from p2c.models.chat_request import Dialect, ModelOptions
from p2c.models.chat_response import Answer, read_answer
from p2c.models.parallel import run_all
from p2c.models.pricing import OPENAI_URL
from p2c.models.retries import TransientError, refused, unreached
from p2c.models.token_estimate import prompt_tokens, text_tokens

if TYPE_CHECKING:
    import openai
    from tenacity import RetryCallState

LONGEST_WAIT = 60.0
"""Seconds; what a server asks for beyond that is not waited for."""
EMPTY_TRIES = 3
TIMEOUT_TRIES = 3
PROBE_SECONDS = 15.0
TOO_MANY = 429
PACED_SECONDS = 1.0
"""A shorter wait for the shared rate limit is not noted."""
FIRST_TRIES = 2
"""Tries of a server that has never answered: an address that is wrong does not get better."""
NOT_JSON = "the reply is not JSON"
CUT_SHARE = 0.6
CUT_FROM = 2_000
"""A server that counts less than this share of an estimate of at least so many tokens has cut the prompt."""


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
        self._dialect = Dialect(cap="max_completion_tokens" if self.base_url == OPENAI_URL else "max_tokens")
        self._reached = False
        self._opened: openai.OpenAI | None = None

    def complete(self, prompt: Prompt) -> Completion:
        """Answer one prompt; raises ContextError where the prompt was too long or was cut, else ModelError."""
        paid: list[Usage] = []
        try:
            answer, tries = self._retry(prompt, paid)
            self._refuse_cut(prompt, answer)
        except ModelError as error:
            error.usage = sum(paid, Usage())
            raise
        return Completion(
            answer.text,
            answer.finish,
            sum(paid, Usage()),
            self.name,
            estimated=answer.estimated,
            tries=tries,
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

    def _retry(self, prompt: Prompt, paid: list[Usage]) -> tuple[Answer, int]:
        import tenacity

        retrying = tenacity.Retrying(
            stop=self._stop,
            wait=_wait,
            retry=tenacity.retry_if_exception_type(TransientError),
            sleep=self._sleep,
            before_sleep=lambda state: self._note_retry(prompt, state),
            reraise=True,
        )
        tries = 0

        def once() -> Answer:
            nonlocal tries
            tries += 1
            return self._try(prompt, paid)

        try:
            return retrying(once), tries
        except TransientError as failure:
            raise self._gave_up(failure, tries) from failure

    def _try(self, prompt: Prompt, paid: list[Usage]) -> Answer:
        """Ask once, in words the server takes."""
        import openai

        while True:
            dialect = self._dialect
            request = dialect.request(self.name, prompt, self.options)
            try:
                with self._slots:
                    self._keep_pace(prompt)
                    reply = self._client().chat.completions.create(**request)
                return self._read(reply, prompt, paid)
            except openai.BadRequestError as error:
                learned = dialect.learn(_words(error), request)
                if learned is None or isinstance(self._failure(error), ContextError):
                    raise self._failure(error) from error
                self._dialect = learned
                self._journal.note("model.adapted", model=self.name, why=self._clean(_words(error))[:300])
            except openai.OpenAIError as error:
                if type(error.__cause__).__name__ == "ReadTimeout":
                    # The server was at work when we hung up: most of them charge for it.
                    paid.append(Usage(calls=1, prompt_tokens=prompt_tokens(prompt)))
                raise self._failure(error) from error

    def _read(self, reply: Any, prompt: Prompt, paid: list[Usage]) -> Answer:
        if not hasattr(reply, "to_dict"):
            raise TransientError(NOT_JSON, most=None if self._reached else FIRST_TRIES)
        answer = read_answer(reply.to_dict(warnings=False), prompt)
        if answer.error:
            raise refused(answer.status, self._clean(answer.error), self.name, self._place)
        self._reached = True
        paid.append(answer.usage)
        if self.options.pace is not None:
            self.options.pace.correct(self._place, answer.usage.tokens - prompt_tokens(prompt))
        if answer.text.strip() or answer.finish == "refused":
            return answer
        if answer.finish == "length":
            raise self._used_up()
        raise TransientError("the reply is empty", most=EMPTY_TRIES)

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

        words = self._clean(_words(error))
        if isinstance(error, openai.APIStatusError):
            return refused(error.status_code, words, self.name, self._place, error.response.headers)
        if isinstance(error, openai.APIConnectionError):
            if unreached(error):
                return TransientError(words, most=None if self._reached else FIRST_TRIES, unreached=True)
            return TransientError(words, most=TIMEOUT_TRIES if isinstance(error, openai.APITimeoutError) else None)
        return ModelError(f"{self.name!r} at {self._place}: {words}")

    def _gave_up(self, failure: TransientError, tries: int) -> ModelError:
        if failure.unreached:
            asked = "--base-url and that the server runs" if self.options.base_url else "the connection"
            hint = f"Check {asked}; `p2c doctor --model NAME` tests it."
            return ModelError(f"no connection to {self._place}: {failure}", hint)
        often = f"after {tries} tries" if tries > 1 else "at the only try"
        hint = "Run the same command again when the server works; it resumes here."
        if str(failure) == NOT_JSON and not self._reached:
            hint = "The server answers, but not with the OpenAI protocol. Check that the address ends in /v1."
        return ModelError(f"{self.name!r} at {self._place} gave no usable reply {often}: {failure}", hint)

    def _clean(self, words: str) -> str:
        key = self.options.api_key
        return words.replace(key, "***") if len(key) > 3 else words

    def _stop(self, state: RetryCallState) -> bool:
        failure = state.outcome.exception() if state.outcome else None
        most = failure.most if isinstance(failure, TransientError) and failure.most else self.options.tries
        return state.attempt_number >= min(most, self.options.tries)

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


def _wait(state: RetryCallState) -> float:
    """Seconds: what the server asks for, or 1, 2, 4, ... up to 30."""
    failure = state.outcome.exception() if state.outcome else None
    asked = failure.wait if isinstance(failure, TransientError) else None
    if asked is not None:
        return min(max(asked, 0.0), LONGEST_WAIT)
    return float(min(2.0 ** (state.attempt_number - 1), 30.0))


def _words(error: Exception) -> str:
    """What the server said, without the SDK's wrapping; an `error` object in whatever form."""
    body = getattr(error, "body", None)
    if isinstance(body, dict):
        inner = body.get("error", body)
        words = inner.get("message") if isinstance(inner, dict) else inner
        code = inner.get("code") if isinstance(inner, dict) else None
        return f"{words or body} ({code})" if isinstance(code, str) and code else str(words or body)
    cause = error.__cause__
    return f"{error} ({cause})" if cause is not None and str(cause) else str(error)
