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
import signal
import sys
import tokenize
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO, Any

SECONDS = 30
"""For one file."""
INDEX_SETTINGS = ("UV_", "PIP_")


def compile_all(paths: list[str], begin: Callable[[str], object] = str) -> dict[str, Any]:
    """Return, for each file that does not compile, what is wrong with it; `begin` is called with each before."""
    errors: dict[str, Any] = {}
    for path in paths:
        begin(path)
        try:
            with open(path, "rb") as stream:
                source = stream.read()
            # Some versions do not look at the bytes of comments here, but do where the file is started.
            source.decode(tokenize.detect_encoding(io.BytesIO(source).readline)[0])
            compile(source, path, "exec", dont_inherit=True)
        except SyntaxError as error:
            keys = ("lineno", "offset", "msg")
            errors[path] = {key: getattr(error, key) for key in keys}
            errors[path]["type"] = type(error).__name__
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            errors[path] = {"type": type(error).__name__, "msg": str(error), "lineno": None, "offset": None}
    return errors


def compile_on_time(paths: list[str], stream: IO[bytes]) -> dict[str, Any]:
    """Compile files, each within SECONDS: nested `finally` blocks take the compiler time that doubles with each.

    The system ends this process where one takes longer; each is told before it is begun.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def begin(path: str) -> None:
        stream.write(line({"begun": path}))
        signal.alarm(SECONDS)

    errors = compile_all(paths, begin)
    signal.alarm(0)
    return errors


def find_all(names: list[str]) -> dict[str, bool]:
    """Tell for each top-level name whether an import would find it; nothing is imported."""
    importable = {}
    for name in names:
        try:
            importable[name] = importlib.util.find_spec(name) is not None
        except (ImportError, ValueError):
            importable[name] = False
    return importable


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
    # The compiler counts the frames that it is called from; a file that is started has none above it.
    sys.setrecursionlimit(sys.getrecursionlimit() + 6)
    question, names = order["words"][0], order["words"][1:]
    with open(order["tell"], "wb", buffering=0) as stream:
        if question == "compile":
            data = compile_on_time(names, stream)
        else:
            data = about() if question == "about" else find_all(names)
        stream.write(line({"answer": data}) + order["token"])


def line(data: dict[str, Any]) -> bytes:
    """Return one line of what is told."""
    return json.dumps(data).encode("utf-8", "backslashreplace") + b"\n"
