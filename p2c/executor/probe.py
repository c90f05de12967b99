"""Ask the program's own Python two things: which files do not compile, and which names can be imported.

Standard library only, for Python 3.8 and later; copied into the sandbox.

    python probe.py OUT compile FILE...      python probe.py OUT find NAME...      python probe.py OUT about
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
    from typing import Any

SECONDS = 30
"""For one file."""
INDEX_SETTINGS = ("UV_", "PIP_")


def compile_all(paths: list[str], begin: Callable[[str], object] = str) -> dict[str, Any]:
    """Return, for each file that does not compile, what is wrong with it; `begin` is called with each before."""
    found: dict[str, Any] = {}
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
            found[path] = {key: getattr(error, key) for key in keys}
            found[path]["type"] = type(error).__name__
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            found[path] = {"type": type(error).__name__, "msg": str(error), "lineno": None, "offset": None}
    return found


def compile_on_time(paths: list[str], place: str) -> dict[str, Any]:
    """Compile files, each within SECONDS: nested `finally` blocks take the compiler time that doubles with each.

    The system ends this process where one takes longer; the file at `place` names those that were begun.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with open(place, "w", encoding="utf-8", errors="surrogateescape") as begun:

        def begin(path: str) -> None:
            begun.write(path + "\0")
            begun.flush()
            signal.alarm(SECONDS)

        found = compile_all(paths, begin)
    signal.alarm(0)
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


def main() -> None:
    """Answer one question as a JSON file."""
    warnings.simplefilter("ignore")
    # The compiler counts the frames that it is called from; a file that is started has none above it.
    sys.setrecursionlimit(sys.getrecursionlimit() + 4)
    out, question = sys.argv[1:3]
    sys.path.pop(0)
    if question == "compile":
        data = compile_on_time(sys.argv[3:], out + ".begun")
    else:
        data = about() if question == "about" else find_all(sys.argv[3:])
    with open(out, "w", encoding="utf-8", errors="backslashreplace") as stream:
        json.dump(data, stream)


if __name__ == "__main__":
    main()
