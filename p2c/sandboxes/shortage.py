"""What this machine's disk refuses, said with what to do about it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from p2c.errors import SandboxError

FULL = (errno.ENOSPC, errno.EDQUOT)
FULL_SAID = ("(os error 28)", "(os error 122)")
"""How uv ends its complaint about one of these."""
ELSEWHERE = "Name another cache folder with P2C_CACHE."
MAKE_ROOM = (
    "The disk is full, or your share of it: make room, keep less with P2C_CACHE_LIMIT (`p2c doctor` says what the "
    "cache takes), or name another cache folder with P2C_CACHE."
)


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Turn what the system refuses into a SandboxError that begins with `what`."""
    try:
        yield
    except OSError as error:
        raise SandboxError(f"{what}: {error}", MAKE_ROOM if error.errno in FULL else ELSEWHERE) from error


def is_full(said: str) -> bool:
    """Tell whether uv complained of a full disk."""
    return any(one in said for one in FULL_SAID)
