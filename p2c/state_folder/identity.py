"""Which state folder it is: an id that p2c gave it, part of the code of everything in it, and moving with it."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from p2c.state_folder.key import code_of, find_key, load_key, same

FORMAT = 1
"""Of the folder's layout; what a p2c with a higher one left is not read."""


@dataclass(frozen=True)
class Identity:
    """The folder's id (empty: p2c gave it none), the layout's version, and the folder that it was last worked on in."""

    version: int = 0
    id: str = ""
    place: str = ""

    def to_file(self) -> bytes:
        """Return what the file `id` holds."""
        return json.dumps({**asdict(self), "code": _code(load_key(), self)}).encode()


def new_identity(place: str) -> Identity:
    """Return one that nobody else has."""
    return Identity(FORMAT, secrets.token_hex(16), place)


def read_identity(data: bytes | None) -> Identity:
    """Return what the file `id` says; an empty one where p2c did not write it."""
    try:
        fields: Any = json.loads(data or b"")
        identity, code = Identity(fields["version"], fields["id"], fields["place"]), fields["code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return Identity()
    typed = type(identity.version) is int and all(
        isinstance(value, str) for value in (identity.id, identity.place, code)
    )
    key = find_key()
    return identity if typed and key and same(code, _code(key, identity)) else Identity()


def _code(key: bytes, identity: Identity) -> str:
    parts = ("id", str(identity.version), identity.id, identity.place)
    return code_of(key, *(part.encode("utf-8", "backslashreplace") for part in parts))
