"""Describe an exception as plain data: frames with their locals as type, shape and dtype, causes, what was missing.

Given to the program's own interpreter by `_p2c_supervisor.py`. It imports next to nothing before something failed, so
that a file of the program that shadows a standard module does the harm that it does to everyone.
"""

# pathlib would load, before the program does, modules that the program may shadow.
# ruff: noqa: PTH110

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType, ModuleType, TracebackType
    from typing import Any

MAX_FRAMES = 30
MAX_LOCALS = 20
MAX_TEXT = 120
ARRAYS = ("numpy", "torch", "pandas", "scipy", "jax", "jaxlib", "tensorflow", "cupy", "polars", "xarray")
CODE = ("module", "function", "type", "builtin_function_or_method", "method", "ABCMeta", "EnumType", "ufunc")
SECRET_WORDS = ("token", "secret", "password", "passwd", "api_key", "apikey", "credential", "private_key")
HARMLESS_WORDS = ("tokens", "tokenize", "token_id", "token_emb", "num_token", "n_token", "max_token")
SECRET_VALUES = (
    r"\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bhf_[A-Za-z0-9]{20,}|\bglpat-[\w-]{16,}"
    r"|\bAKIA[0-9A-Z]{16}\b|\bxox[abprs]-[\w-]{10,}|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)|\b[sr]k_(?:live|test)_\w{16,}|\bgithub_pat_\w{20,}|\bAIza[\w-]{30,}"
    r"|\b(?:pypi|e2b|npm)[-_][\w-]{30,}|\b[Bb]earer\s+[\w.~+/-]{20,}=*"
)
ASSIGNED = r"(?i)\b((?:\w*_)?(?:api_?key|token|secret|passw(?:or)?d)[\"']?\s*[=:]\s*[\"']?)(?=\w*\d)[\w+/-]{20,}"


class OriginalImports:
    """Within it, imports find the standard library even where the program shadows a part of it."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.path: list[str] = []
        self.hidden: dict[str, ModuleType] = {}

    def __enter__(self) -> None:
        self.path = list(sys.path)
        sys.path[:] = [p for p in sys.path if p and not is_inside(p, self.root)]
        for name, module in list(sys.modules.items()):
            place = getattr(module, "__file__", None)
            if isinstance(place, str) and is_inside(place, self.root) and name != "__main__":
                self.hidden[name] = sys.modules.pop(name)

    def __exit__(self, *_: object) -> None:
        sys.modules.update(self.hidden)
        sys.path[:] = self.path


def describe(error: BaseException, root: str, depth: int = 0) -> dict[str, Any]:
    """Return type, message, frames (outermost first), notes, cause, and what only this kind of error knows."""
    with OriginalImports(root):
        data: dict[str, Any] = {
            "type": type(error).__name__,
            "message": redact(text_of(error))[:4000],
            "frames": frames(error.__traceback__, root),
            "notes": [redact(str(note))[:500] for note in getattr(error, "__notes__", None) or []][:5],
            **special(error),
        }
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and depth < 4:
        data["cause"] = describe(before, root, depth + 1)
    return data


def frames(trace: TracebackType | None, root: str) -> list[dict[str, Any]]:
    """Return the calls, outermost first, without those of p2c's own files and of the import machinery."""
    calls = []
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if not name.startswith(("<p2c ", "<frozen")):
            calls.append(frame(trace, root))
        trace = trace.tb_next
    return calls[:5] + calls[max(5, len(calls) - MAX_FRAMES) :]


def frame(trace: TracebackType, root: str) -> dict[str, Any]:
    """Return one call: place, span (1-based columns), source line, and its locals if it is the repository's."""
    import linecache

    code, line = trace.tb_frame.f_code, trace.tb_lineno or 0
    inside = is_inside(code.co_filename, root)
    source = linecache.getline(code.co_filename, line)
    start, end = span(code, trace.tb_lasti, source)
    return {
        "file": code.co_filename,
        "line": line,
        "function": getattr(code, "co_qualname", code.co_name),
        "code": redact(source.strip())[:300],
        "column": start,
        "end_column": end,
        "inside": inside,
        "locals": local_values(trace.tb_frame) if inside else {},
    }


def is_inside(place: str, root: str) -> bool:
    """Tell whether a file or folder that is there lies in the repository (`root` is a real path)."""
    # Compiled extensions name their sources by relative paths that are not there.
    place = os.path.realpath(place)
    return (place == root or place.startswith(root + os.sep)) and os.path.exists(place)


def redact(text: str) -> str:
    """Hide what looks like a key, and the values of variables that are named like one."""
    import re

    for name, value in os.environ.items():
        if len(value) >= 8 and any(word in name.lower() for word in (*SECRET_WORDS, "_key")):
            text = text.replace(value, "[redacted]")
    return re.sub(ASSIGNED, r"\1[redacted]", re.sub(SECRET_VALUES, "[redacted]", text))


def text_of(error: BaseException) -> str:
    """Return an exception's message; one that cannot be had says so."""
    try:
        return str(error)
    except Exception as other:
        return f"(no message: str() raised {type(other).__name__})"


def special(error: BaseException) -> dict[str, Any]:
    """Return what only some exceptions know: the missing module, the place of a syntax error, the exit code."""
    if isinstance(error, ImportError):
        return {"name": error.name, "from": error.path}
    if isinstance(error, SyntaxError):
        keys = ("filename", "lineno", "offset", "text", "msg")
        return {"syntax": {key: getattr(error, key, None) for key in keys}}
    if isinstance(error, SystemExit):
        return {"exit": error.code if isinstance(error.code, (int, type(None))) else 1}
    if isinstance(error, OSError):
        return {"files": [str(name) for name in (error.filename, error.filename2) if name is not None]}
    return {}


def span(code: CodeType, instruction: int, line: str) -> tuple[int | None, int | None]:
    """Return the 1-based first and one-past-last column of an instruction (PEP 657), or None before 3.11."""
    if not hasattr(code, "co_positions") or instruction < 0:
        return None, None
    import itertools

    nowhere = (None, None, None, None)
    first, last, start, end = next(itertools.islice(code.co_positions(), instruction // 2, None), nowhere)
    if start is None:
        return None, None
    return _column(line, start), _column(line, end) if end is not None and first == last else None


def _column(line: str, offset: int) -> int:
    return len(line.encode("utf-8", "replace")[:offset].decode("utf-8", "replace")) + 1


def local_values(frame: FrameType) -> dict[str, str]:
    """Return a frame's variables by name, described without their contents."""
    values: dict[str, str] = {}
    for name, value in list(frame.f_locals.items()):
        if name.startswith("__") or len(values) >= MAX_LOCALS:
            continue
        low = name.lower()
        if isinstance(value, str) and any(w in low for w in SECRET_WORDS) and not any(w in low for w in HARMLESS_WORDS):
            values[name] = "[redacted]"
            continue
        text = shape_of(value)
        if text:
            values[name] = redact(text)
    return values


def shape_of(value: Any, depth: int = 0) -> str:
    """Describe a value as type, shape and dtype; short scalars and strings as they are; '' for code."""
    kind = type(value)
    if kind in (int, float, complex, bool, type(None)):
        return repr(value) if kind is not int or value.bit_length() < 200 else "int (huge)"
    if kind is str:
        return repr(value) if len(value) <= MAX_TEXT else f"str of {len(value)}: {value[:MAX_TEXT]!r}..."
    if kind in (bytes, bytearray):
        return f"{kind.__name__} of {len(value)}"
    if kind in (list, tuple, set, frozenset):
        return _items(value, depth)
    if kind is dict:
        return _keys(value, depth)
    if kind.__name__ in CODE:
        return ""
    name = f"{kind.__module__}.{kind.__qualname__}"
    return name + _array(value) if kind.__module__.split(".")[0] in ARRAYS else name


def _items(value: Any, depth: int) -> str:
    kind, items = type(value).__name__, list(value)[:8] if depth < 2 else []
    parts = [shape_of(item, depth + 1) or type(item).__name__ for item in items]
    if len(value) == len(parts) and sum(map(len, parts)) < MAX_TEXT:
        return f"{kind} [{', '.join(parts)}]"
    return f"{kind} of {len(value)}" + (f", first: {parts[0][:MAX_TEXT]}" if parts else "")


def _keys(value: dict[Any, Any], depth: int) -> str:
    if depth >= 2:
        return f"dict of {len(value)}"
    parts = [
        f"{shape_of(key, 2)[:40]}: {_short(key, item, depth)}" if depth == 0 else shape_of(key, 2)[:40]
        for key, item in list(value.items())[:12]
    ]
    return f"dict of {len(value)}: {', '.join(parts)}"


def _short(key: Any, item: Any, depth: int) -> str:
    if isinstance(key, str) and isinstance(item, str) and any(word in key.lower() for word in SECRET_WORDS):
        return "[redacted]"
    return (shape_of(item, depth + 1) or type(item).__name__)[:60]


def _array(value: Any) -> str:
    words = ""
    for key in ("shape", "dtype", "device", "columns"):
        try:
            part = getattr(value, key, None)
            if part is None or callable(part) or (key == "device" and str(part) == "cpu"):
                continue
            text = str(list(part)[:12]) if key in ("shape", "columns") else str(part)
        except Exception:
            continue
        words += f" {key}={text[:MAX_TEXT]}"
    return words
