"""What this machine's disk refuses, said with what to do about it."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from p2c.errors import SandboxError

Errors = tuple[type[Exception], ...]
FULL = (errno.ENOSPC, errno.EDQUOT)
FULL_SAID = ("(os error 28)", "(os error 122)")
"""How uv ends its complaint about one of these."""
ELSEWHERE = "Choose another cache folder with P2C_CACHE."
MAKE_ROOM = (
    "The disk or your quota is full. Free space, lower P2C_CACHE_LIMIT (`p2c doctor` shows the size of the "
    "cache), or choose another cache folder with P2C_CACHE."
)


def disk_hint(error: Exception) -> str:
    """Return what to do about what this machine's file system has refused."""
    return MAKE_ROOM if getattr(error, "errno", None) in FULL else ELSEWHERE


@contextmanager
def telling(what: str, errors: Errors = (OSError,), hint: Callable[[Exception], str] = disk_hint) -> Iterator[None]:
    """Turn what the system, or an SDK, refuses into a SandboxError that begins with `what`."""
    try:
        yield
    except SandboxError:
        raise
    except errors as error:
        message = str(getattr(error, "explanation", None) or error).strip()[-1500:] or type(error).__name__
        raise SandboxError(f"{what}: {message}", hint(error)) from error


def is_full(message: str) -> bool:
    """Tell whether uv complained of a full disk."""
    return any(phrase in message for phrase in FULL_SAID)
