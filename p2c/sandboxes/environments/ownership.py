"""Whose an environment is: everybody's who asks for its key, one repository's, or one session's.

It is everybody's only if nothing but trusted commands (`trusted_commands.py`) made it: then it is what uv makes of
the wheels that the key names. In whose making code of packages ran (an sdist, a path, an address, `-e`,
`--find-links` and other options), it may hold whatever that code has left, so it is kept for the session. Beyond the
session it is found by byte-identical repositories alone, and only if the session has run nothing of another one
before: their code would have run with it all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from p2c.repo import Repo


@dataclass
class Ownership:
    """What ran in a session so far: on which repository, and in the making of the environment that is being built."""

    _repo: Repo = Repo()
    _is_used: bool = False
    _is_mixed: bool = False
    code_ran: bool = False
    """An untrusted command has run in install mode since the environment was begun."""

    def put(self, repo: Repo) -> None:
        """Another state of the repository is there; what ran on the one before may have left something."""
        self._is_mixed |= self._is_used and repo != self._repo
        self._repo = repo

    def begin(self) -> None:
        """An empty environment waits to be built."""
        self.code_ran = False

    def note(self, trusted: bool, installing: bool) -> None:
        """A command is about to run."""
        if not trusted:
            self._is_used = True
            self.code_ran |= installing

    def of_repository(self, key: str) -> str:
        """Return the name of this very repository's environment of a key; assets are read for it."""
        return f"{key}-{self._repo.digest[:32]}"

    def beyond_session(self, key: str) -> str | None:
        """Return the name under which what was built may outlive the session, or None."""
        if not self.code_ran:
            return key
        return None if self._is_mixed else self.of_repository(key)
