"""Ask the program's own Python two things: which files do not compile, and which names can be imported.

Given to an interpreter by `_p2c_supervisor.py`; the answer is told as one JSON line, before the token.

    words: compile FILE...      find NAME...      about
"""

# pathlib would load, before the program does, modules that the program may shadow.
# ruff: noqa: PTH123

from __future__ import annotations

import importlib.util
import io
import json
import os
import sys
import tokenize
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

INDEX_SETTINGS = ("UV_", "PIP_")


def compile_all(paths: list[str]) -> dict[str, Any]:
    """Return, for each file that does not compile, what is wrong with it."""
    found: dict[str, Any] = {}
    for path in paths:
        try:
            with open(path, "rb") as stream:
                source = stream.read()
            # Some versions do not look at the bytes of comments here, but do where the file is started.
            source.decode(tokenize.detect_encoding(io.BytesIO(source).readline)[0])
            compile(source, path, "exec", dont_inherit=True)
        except SyntaxError as error:
            keys = ("lineno", "offset", "msg")
            found[path] = {key: getattr(error, key) for key in keys}
            found[path]["type"] = type(error).__name__
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            found[path] = {"type": type(error).__name__, "msg": str(error), "lineno": None, "offset": None}
    return found


def find_all(names: list[str]) -> dict[str, bool]:
    """Tell for each top-level name whether an import would find it; nothing is imported."""
    found = {}
    for name in names:
        try:
            found[name] = importlib.util.find_spec(name) is not None
        except (ImportError, ValueError):
            found[name] = False
    return found


def about() -> dict[str, str]:
    """Return this Python's version and platform, and a digest of the package index settings (never their values)."""
    import hashlib
    import sysconfig

    settings = sorted(f"{key}={value}" for key, value in os.environ.items() if key.startswith(INDEX_SETTINGS))
    return {
        "version": ".".join(map(str, sys.version_info[:3])),
        "platform": sysconfig.get_platform(),
        "index": hashlib.sha256("\0".join(settings).encode("utf-8", "surrogateescape")).hexdigest(),
    }


def main(order: dict[str, Any]) -> None:
    """Answer one question."""
    warnings.simplefilter("ignore")
    question, names = order["words"][0], order["words"][1:]
    answers: dict[str, Any] = {"compile": compile_all, "find": find_all}
    data = about() if question == "about" else answers[question](names)
    line = json.dumps({"answer": data}).encode("utf-8", "backslashreplace") + b"\n"
    with open(order["tell"], "wb") as stream:
        stream.write(line + order["token"])
