"""Names of files: which a repository may hold, which a plan or a reply may give, and which keep secrets."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from p2c.errors import InputError

_GITS_OR_P2CS = re.compile(r"\.(?:git|p2c)|(?:git|p2c)~\d+", re.IGNORECASE)
_UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_SETTINGS = re.compile(r"\.env(?:rc|[._-].+)?", re.IGNORECASE)
_SAMPLES = re.compile(r"[._-](?:example|sample|template|dist)s?$", re.IGNORECASE)


def is_private(name: str) -> bool:
    """Tell whether a file or folder of this name is git's or p2c's own, on any file system that git guards against.

    Windows drops dots and spaces at the end, has short names and streams; macOS passes over characters that are
    not seen; both take capitals for small letters.
    """
    return bool(_GITS_OR_P2CS.fullmatch(_UNSEEN.sub("", name).split(":")[0].rstrip(". ")))


def is_settings(path: str) -> bool:
    """Tell whether it is, or lies in, a `.env` or a variant of one (`.env.local`, `.envrc`), where keys are kept.

    `.env.example` and its like are there to be read.
    """
    return any(_SETTINGS.fullmatch(part) and not _SAMPLES.search(part) for part in path.split("/"))


def inside_path(path: str) -> str:
    """Return `path` in its one normal form, relative and with slashes, as a repository may hold it.

    Raises InputError if it leaves the folder or enters git's or p2c's own.
    """
    parts = PurePosixPath(path).parts
    if not parts or "\0" in path or path.startswith("/") or ".." in parts or any(map(is_private, parts)):
        raise InputError(f"{path!r} is not a path inside the repository")
    return "/".join(parts)


def safe_path(path: str) -> str:
    """Return a path that a plan or a reply names, in its one normal form; raise InputError for one that is not plain.

    It is stricter than what a folder may hold: backslashes, drives and files that keep secrets are refused.
    """
    if "\\" in path or re.match("[A-Za-z]:", path) or is_settings(path):
        raise InputError(f"{path!r} is not a path inside the repository")
    return inside_path(path)
