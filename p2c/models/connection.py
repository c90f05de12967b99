"""The line to a server that speaks chat.completions: the one module that uses its SDK."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from p2c.budget import Usage
from p2c.errors import BudgetExceededError, ModelError
from p2c.models.chat_request import ModelOptions
from p2c.models.error_bodies import error_words
from p2c.models.incoming import IncomingReply, SilenceError
from p2c.models.manners import RefusedError
from p2c.models.pricing import OPENAI_URL
from p2c.models.retries import TransientError, refused, unreached
from p2c.models.server_facts import ServerFacts, read_facts
from p2c.models.token_estimate import prompt_tokens
from p2c.models.tries import FIRST_TRIES, NOT_JSON, Tries, next_step
from p2c.redaction import redact, redact_logins

if TYPE_CHECKING:
    import openai

TIMEOUT_TRIES = 3
PROBE_SECONDS = 15.0
FACT_SECONDS = 5.0
NO_LISTING = frozenset({404, 405, 501})
"""What a server says that is well and lists no models."""
TOO_MANY = 429
_SLOW = "A slow server needs a longer P2C_REPLY_TIMEOUT, or fewer requests at once (--parallel 1)."


class Connection:
    """A model by its name at a server (`options.base_url`, default OpenAI's); errors become those of `retries`.

    `reached`: it has given a reply; `connected`: it has taken a request.
    """

    def __init__(self, name: str, options: ModelOptions) -> None:
        self.name, self.options = name, options
        self.base_url = options.base_url.rstrip("/") or OPENAI_URL
        self.place = re.sub(r"//[^/@]*@", "//***@", self.base_url)
        self.reached = False
        self.connected = False
        self._opened: openai.OpenAI | None = None

    def open(self) -> None:
        """Load the SDK, which takes long: what is paced afterwards would else go out in a heap."""
        self._client()

    def send(self, request: dict[str, Any], tries: Tries) -> IncomingReply:
        """Return the reply, whole or ended early; what a call that came to nothing has cost is added to `tries`.

        The time-out is about silence, before the first word and in between. At the run's end, and on any error of
        whoever is told of the tokens, the connection is closed, at which servers stop their work.
        """
        import openai

        silence = self.options.timeout if tries.left is None else min(self.options.timeout, max(0.5, tries.left))
        timeout = openai.Timeout(silence, connect=min(10.0, silence))
        coming = IncomingReply(tries.prompt.watch or (lambda tokens: None), self.options.timeout)
        create = self._client().chat.completions.with_streaming_response.create
        try:
            with create(**request, timeout=timeout) as raw, _cut_after(tries.left, raw.http_response):
                self.connected = True
                for data in raw.iter_bytes():
                    if not coming.add(data):
                        break
            return coming
        except openai.APIStatusError as error:
            self.connected = True
            raise self._refused(error.status_code, error.response.text, error.response.headers) from error
        except openai.OpenAIError as error:
            if type(error.__cause__).__name__ == "ReadTimeout":
                self._pay(tries, coming)
            raise self.failure(error) from error
        except Exception as error:
            raise self._broken(error, coming, tries) from error

    def list_models(self, seconds: float = PROBE_SECONDS) -> list[dict[str, Any]]:
        """Return what the server says of its models, one dict with an `id` each; raises ModelError."""
        import openai

        try:
            listing = self._client().with_options(timeout=seconds).models.list()
            listed = [model.to_dict(warnings=False) for model in listing]
            self.connected = True
            return listed
        except openai.OpenAIError as error:
            failure = self.failure(error)
            raise self.gave_up(failure, 1) if isinstance(failure, TransientError) else failure from error
        except (AttributeError, TypeError) as error:
            raise ModelError(f"{self.place} does not list its models", "Check that the address ends in /v1.") from error

    def find_facts(self) -> ServerFacts:
        """Return what the server tells of itself; nothing where it does not answer."""
        if self.base_url == OPENAI_URL:
            return ServerFacts()
        try:
            listed = self.list_models(FACT_SECONDS)
        except ModelError as error:
            if getattr(error.__cause__, "status_code", 0) not in NO_LISTING:
                return ServerFacts()
            listed = []
        return read_facts(self.name, listed, self._get)

    def _get(self, path: str, body: dict[str, Any] | None = None) -> Any:
        import openai

        root = re.sub(r"/v\d[^/]*\Z", "", self.base_url)
        client = self._client().with_options(base_url=root, timeout=FACT_SECONDS)
        try:
            return client.get(path, cast_to=object) if body is None else client.post(path, cast_to=object, body=body)
        except (openai.OpenAIError, ValueError):
            return None

    def failure(self, error: Exception) -> Exception:
        """Return what an error of the SDK means."""
        import openai

        if isinstance(error, openai.APIStatusError):
            self.connected = True
            return self._refused(error.status_code, error.response.text, error.response.headers).failure
        words = self.clean(f"{error} ({error.__cause__})" if str(error.__cause__ or "") else str(error))
        if isinstance(error, openai.APITimeoutError) and not unreached(error):
            self.connected = True
            return TransientError(words, most=TIMEOUT_TRIES, hint=_SLOW, kind="slow")
        if isinstance(error, openai.APIConnectionError):
            if unreached(error):
                return TransientError(words, most=None if self.connected else FIRST_TRIES, kind="unreached")
            self.connected = True
            return TransientError(words)
        return ModelError(f"{self.name!r} at {self.place}: {words}")

    def error_in(self, body: str, status: int) -> RefusedError:
        """Return what an error means that was sent as a reply."""
        return self._refused(status, body, {})

    def no_reply(self, body: str) -> TransientError:
        """Return what a body means that is no reply at all."""
        shown = self.clean(error_words(body).words)[:200] or "nothing"
        return TransientError(f"{NOT_JSON} but {shown}", most=None if self.reached else FIRST_TRIES)

    def gave_up(self, failure: TransientError, tries: int) -> ModelError:
        """Return the error at the end of all tries."""
        hint = next_step(failure, bool(self.options.base_url), self.reached)
        if failure.kind == "unreached":
            return ModelError(f"no connection to {self.place}: {failure}", hint)
        often = f"after {tries} tries" if tries > 1 else "at the only try"
        return ModelError(f"{self.name!r} at {self.place} gave no usable reply {often}: {failure}", hint)

    def clean(self, words: str) -> str:
        """Return a server's words without secrets."""
        key = self.options.api_key
        return redact(redact_logins(words, (key,) if len(key) > 3 else ()))

    def _refused(self, status: int, body: str, headers: Any) -> RefusedError:
        refusal = error_words(body)
        words = self.clean(refusal.words)
        status = refusal.status if status < 400 and refusal.status else status
        return RefusedError(status, words, refused(status, words, self.name, self.place, headers))

    def _broken(self, error: Exception, coming: IncomingReply, tries: Tries) -> Exception:
        """Return what it means that a reply under way ended, and reckon what it has cost."""
        kind = type(error)
        silent = isinstance(error, SilenceError) or kind.__name__ == "ReadTimeout"
        over = tries.left is not None and tries.left <= 0
        if isinstance(error, BudgetExceededError) or coming.tokens or silent or over:
            self._pay(tries, coming)
        if silent:
            words = self.clean(str(error)) or "it fell silent"
            return TransientError(f"Request timed out: {words}", most=TIMEOUT_TRIES, hint=_SLOW, kind="slow")
        if kind.__module__.startswith("httpx") or isinstance(error, OSError):
            return TransientError(f"the stream broke off: {self.clean(str(error))}", most=TIMEOUT_TRIES, kind="cut")
        return error

    @staticmethod
    def _pay(tries: Tries, coming: IncomingReply) -> None:
        """The server was at work when we hung up: most of them charge for it."""
        tries.paid.append(Usage(1, prompt_tokens(tries.prompt), 0, coming.tokens))

    def _client(self) -> openai.OpenAI:
        import openai

        if self._opened is None:
            timeout = openai.Timeout(self.options.timeout, connect=10.0)
            key = self.options.api_key or "none"
            self._opened = openai.OpenAI(api_key=key, base_url=self.base_url, timeout=timeout, max_retries=0)
        return self._opened


@contextmanager
def _cut_after(seconds: float | None, response: Any) -> Iterator[None]:
    """Break the connection off after so long, from outside: who reads it may be waiting for a slow server."""
    if seconds is None:
        yield
        return
    timer = threading.Timer(max(0.0, seconds), _hang_up, (response,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(response: Any) -> None:
    stream = response.extensions.get("network_stream")
    line = stream.get_extra_info("socket") if stream is not None else None
    if line is not None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


def crowded(failure: BaseException | None) -> bool:
    """The server has enough of everybody, not only of this call."""
    asked = isinstance(failure, TransientError) and failure.wait is not None
    return asked or getattr(getattr(failure, "__cause__", None), "status_code", 0) == TOO_MANY
