"""Learning in one run how a server wants to be asked: from its refusals, and from replies of no use."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from p2c.errors import ContextError
from p2c.journal import Journal
from p2c.models.chat_request import Dialect
from p2c.models.retries import meaning_of
from p2c.models.tries import Tries

LEARNED_FROM = frozenset({0, 200, 400, 404, 415, 422, 500, 501})
"""Statuses whose words may be about how it was asked; 0 where none was told."""
WORDLESS = frozenset({400, 415, 422})
"""Statuses that are about the request even without a word."""
BROKEN_STREAMS = 2
"""Streams of one question that break off before it is asked without."""
CAPS = frozenset({"max_tokens", "max_completion_tokens"})


class RefusedError(Exception):
    """What a server said in place of a reply; `failure` is what it means if no other way of asking helps."""

    def __init__(self, status: int, words: str, failure: Exception) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.failure = failure

    @property
    def meaning(self) -> str:
        """What the table of refusals says."""
        return meaning_of(self.status, self.words)

    @property
    def may_teach(self) -> bool:
        """Whether it may be about the way of asking."""
        about = self.meaning in ("", "cap", "address", "model", "content") or self.status in (500, 501)
        return about and self.status in LEARNED_FROM and not isinstance(self.failure, ContextError)


class Manners:
    """The way of asking that all calls of a model share; safe to share between threads."""

    def __init__(self, first: Dialect, name: str, journal: Journal) -> None:
        self._dialect = first
        self._name = name
        self._journal = journal
        self._proven: set[tuple[bool, Dialect]] = set()
        self._lock = threading.Lock()

    def now(self, tries: Tries) -> Dialect:
        """Return how to ask now."""
        return tries.trial or self._dialect

    def learn(self, said: RefusedError, dialect: Dialect, request: dict[str, Any], tries: Tries) -> bool:
        """Whether the same question can be asked in another way, after a refusal of this one."""
        if said.meaning == "reply":
            self.after_useless(dialect, request, tries, thought=False)
        if not said.may_teach:
            return False
        with self._lock:
            learned = _learned(said, dialect, request)
            if tries.trial is not None:
                tries.trial, tries.may_vary = learned, learned is not None
                return True
            if self._dialect is not dialect:
                return True  # another call has learned it meanwhile
            if learned is None:
                return False
            self._dialect = learned
        self._note(said.words or f"HTTP {said.status}")
        return True

    def after_useless(self, dialect: Dialect, request: dict[str, Any], tries: Tries, thought: bool) -> None:
        """Let the next try ask in another way, unless this one has given usable replies in this run."""
        if tries.may_vary and _asked(request, dialect) not in self._proven:
            tries.trial = dialect.after_useless(request, thought)

    def after_broken(self, dialect: Dialect, request: dict[str, Any], tries: Tries) -> None:
        """Let the last try do without a stream, where no stream has come whole in this run."""
        if dialect.stream and tries.attempts >= BROKEN_STREAMS and _asked(request, dialect) not in self._proven:
            tries.trial = dialect.after_broken()

    def keep(self, dialect: Dialect, request: dict[str, Any], tries: Tries) -> None:
        """Stay with a way that has given a usable reply."""
        with self._lock:
            self._proven.add(_asked(request, dialect))
            adopted = tries.trial is not None and tries.trial != self._dialect
            self._dialect = tries.trial or self._dialect
        if adopted:
            self._note(tries.useless)

    def _note(self, why: str) -> None:
        self._journal.note("model.adapted", model=self._name, why=why[:300])


def _learned(said: RefusedError, dialect: Dialect, request: dict[str, Any]) -> Dialect | None:
    if said.meaning == "cap" and dialect.cap in request:
        return replace(dialect, without=dialect.without | CAPS)
    if not said.words and said.status not in WORDLESS:
        return None
    learned = dialect.learn(said.words, request)
    return None if learned == dialect else learned


def _asked(request: dict[str, Any], dialect: Dialect) -> tuple[bool, Dialect]:
    return "response_format" in request, dialect
