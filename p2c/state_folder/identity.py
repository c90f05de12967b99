"""Which state folder it is: an id that p2c gave it, part of the code of everything in it, and moving with it."""

from __future__ import annotations

import json
import secrets
from typing import Any

from p2c.state_folder.key import code_of, load_key, same

FORMAT = 1
"""Of the folder's layout; what a p2c with a higher one left is not read."""


def read_identity(data: bytes | None) -> tuple[int, bytes]:
    """Return the version and the id that a folder's `id` file says; (0, b"") where p2c did not write it."""
    try:
        said: Any = json.loads(data or b"")
        version, id, code = said["version"], said["id"], said["code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0, b""
    if type(version) is not int or not isinstance(id, str) or not isinstance(code, str):
        return 0, b""
    return (version, id.encode()) if same(code, _code(version, id)) else (0, b"")


def new_identity() -> tuple[bytes, bytes]:
    id = secrets.token_hex(16)
    return json.dumps({"version": FORMAT, "id": id, "code": _code(FORMAT, id)}).encode(), id.encode()


def _code(version: int, id: str) -> str:
    return code_of(load_key(), b"id", str(version).encode(), id.encode("utf-8", "replace"))
