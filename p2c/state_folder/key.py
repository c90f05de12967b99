"""The key by which p2c knows its own state: this user's, in no folder that p2c works on."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from p2c.errors import UnavailableError
from p2c.files import write_bytes_whole
from p2c.locks import exclusive

VARIABLE = "P2C_STATE_KEY"
"""Names another file for the key: on a cluster one that all machines share."""
_BYTES = 32
_HINT = f"State of p2c is signed with it. {VARIABLE} names another file."


def key_file() -> Path:
    """Return where the key lies."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    from platformdirs import user_state_path

    return user_state_path("p2c") / "state.key"


def find_key() -> bytes:
    """Return the user's key, or b"" where there is none yet: then nothing was ever signed."""
    try:
        there = key_file().exists()
    except OSError:
        there = False
    return load_key() if there else b""


def load_key() -> bytes:
    """Return the user's key, made where there is none yet; raises UnavailableError where there can be none."""
    place = key_file()
    try:
        if not place.exists():
            _make(place)
        about, text = place.stat(), place.read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is damaged"
        raise UnavailableError(f"the key {str(place)!r} cannot be used: {reason}", _HINT) from error
    if stat.S_IMODE(about.st_mode) & 0o077:
        raise UnavailableError(f"the key {str(place)!r} can be read by others", f"chmod 600 it. {_HINT}")
    if len(text.strip()) != 2 * _BYTES:
        raise UnavailableError(f"the key {str(place)!r} cannot be used: it is damaged", f"Remove it. {_HINT}")
    return text.strip().encode()


def code_of(key: bytes, *parts: bytes) -> str:
    """HMAC-SHA256 (64 hex digits) over the parts, each with its length, so that no two lists of parts are alike."""
    total = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        total.update(len(part).to_bytes(8, "big"))
        total.update(part)
    return total.hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two codes in a time that tells nothing."""
    return hmac.compare_digest(left.encode("utf-8", "replace"), right.encode("utf-8", "replace"))


def _make(place: Path) -> None:
    """Make the key once, whoever else starts at the same moment."""
    place.parent.parent.mkdir(parents=True, exist_ok=True)
    place.parent.mkdir(mode=0o700, exist_ok=True)
    with exclusive(place.with_name(f".{place.name}.lock")):
        if not place.exists():
            write_bytes_whole(place, secrets.token_hex(_BYTES).encode() + b"\n", 0o600)
