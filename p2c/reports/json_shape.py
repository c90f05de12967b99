"""Whether JSON that others may have written has the shape that is drawn from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from p2c.errors import InputError

Shape = type | Sequence["Shape"] | Mapping[str, "Shape"]
"""`str`, `float` (any finite number), `bool`, `object` (anything), a list of one shape, or a mapping: a key that ends
with `?` may be missing or null, and the key `*` stands for every key."""

FINDING: Shape = MappingProxyType(
    {
        "check": str, "rule": str, "message": str, "gates": bool, "path?": str, "line?": float, "column?": float,
        "fingerprint?": str, "fix?": str, "detail?": str,
        "frames?": [{"path?": str, "line?": float, "function?": str, "code?": str, "locals?": {"*": object}}],
    }
)  # fmt: skip
CHECKS: Shape = ({"name": str, "status": str, "seconds": float, "note?": str, "findings": (FINDING,)},)
_ATTEMPT: Shape = {
    "author": str, "verdict": str, "note": str, "diff": str, "reason?": str, "before?": str, "after?": str,
    "rungs?": (str,),
}  # fmt: skip
_USAGE: Shape = {
    "calls": float, "prompt_tokens": float, "cached_tokens": float, "completion_tokens": float, "usd?": float,
}  # fmt: skip
_CONTRACT: Shape = {"smoke?": (str,), "full?": (str,), "artifacts?": (str,), "origin?": str, "network?": bool}
_ORIGIN = ("commit?", "tree?", "date?", "version?", "command?", "state?")
_LAST: Shape = {"verdict?": str, "why?": str, "commit?": str, "tree?": str, "clean?": bool, "date?": str}
_UNFINISHED: Shape = {
    "command": str, "began": str, "seconds": float, "stage": str, "planned?": float, "written": (str,),
    "checks": {"*": str},    "attempts": float, "usage": _USAGE, "replayed": float,
}  # fmt: skip
_BESIDE: Mapping[str, Shape] = {
    **dict.fromkeys(_ORIGIN, str), "clean?": bool, "last?": _LAST, "now?": _LAST, "unfinished?": _UNFINISHED,
    "why": str, "checks": CHECKS, "attempts": (_ATTEMPT,), "usage": _USAGE, "seconds": float,
    "account?": {"runs": float, "paid": _USAGE, "last_run": _USAGE, "from_disk": float},
    "title?": str, "repository?": str, "sandbox?": str, "features?": (str,), "contract?": _CONTRACT,
}  # fmt: skip
DOCUMENT: Shape = MappingProxyType({**_BESIDE, "verdict": str})
DRAFT: Shape = MappingProxyType({**_BESIDE, "verdict?": str})
"""What `p2c report` writes of a run without a verdict; `verdict` is then null."""
_FUNCTION: Shape = {"name": str, "signature?": str, "summary?": str, "parameters?": (str,), "returns?": str}
_INTERFACE: Shape = {
    "classes": ({"name": str, "summary?": str, "bases?": (str,), "methods": (_FUNCTION,)},),
    "functions": (_FUNCTION,),
}
PLAN: Shape = MappingProxyType(
    {
        "files": ({"path": str, "purpose?": str, "uses": (str,), "interface": _INTERFACE},),
        "values?": ({"key": str, "value?": object, "place?": str, "quote?": str, "assumed?": str},),
        "overrides?": ({"key": str, "value?": object, "why?": str},),
        "calls?": ({"caller": str, "callee": str, "what?": str},),
        "stand_ins?": {"*": str}, "data_sources?": {"*": str},
        "contract?": _CONTRACT,
    }
)  # fmt: skip

_NAMES: Mapping[type, str] = {str: "text", float: "a finite number", bool: "true or false"}
_PROBLEM: Shape = {"severity": str, "what": str, "where?": str}
_COMPONENT: Shape = {"name": str, "paper?": str, "code?": str, "problems": (_PROBLEM,)}
_ITEM: Shape = {
    "id": str, "requirement": str, "kind": str, "section?": str, "quote?": str, "weight": float, "share": float,
    "verdict?": str, "credit?": float, "proven": bool, "why": str, "evidence": (str,), "refused": (str,),
}  # fmt: skip
_COMPUTED: Shape = {
    "promises?": {"promised": float, "kept": float, "broken": (str,)},
    "provenance": {"claimed": float, "wrong": (str,)},
    "smoke?": {"verdict": str, "checks": {"*": str}, "artifacts": (str,), "left": bool, "current?": bool},
    "size": {
        "files": float, "lines": float, "test_lines": float, "functions": float, "stubs": (str,), "todos": (str,),
    },
}  # fmt: skip
SCORE: Shape = {
    "verdict": str, "why": str, "kind": str, "mean?": float, "spread?": float, "lowest?": float, "highest?": float,
    "asked": float, "valid": float, "unusable": float,
    "samples": ({"score": float, "components": (_COMPONENT,)},),
    "rubric?": {
        "score?": float, "origin": str, "judged": int, "items": (_ITEM,), "form?": str, "agreement?": float,
        "judge_samples?": float,
    },
    "form?": str, "computed_score?": bool,
    "computed": _COMPUTED,
    "addressed": ({"path": str, "line": float, "text": str},),
    "notes": (str,),
}  # fmt: skip
"""What is drawn of `.p2c/score.json`."""


def require(value: object, shape: Shape, where: str) -> None:
    """Raise InputError where `value` is not of `shape`, naming the place in it."""
    if isinstance(shape, type):
        _require_kind(value, shape, where)
    elif isinstance(shape, Mapping):
        _require_keys(value, shape, where)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            require(item, shape[0], f"{where}[{at}]")
    else:
        raise _wrong(value, "a list", where)


def _require_kind(value: object, kind: type, where: str) -> None:
    if kind is object:
        return
    if kind is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)
    else:
        fits = isinstance(value, kind)
    if not fits:
        raise _wrong(value, _NAMES[kind], where)


def _require_keys(value: object, shape: Mapping[str, Shape], where: str) -> None:
    if not isinstance(value, dict):
        raise _wrong(value, "a mapping", where)
    if "*" in shape:
        for key, item in value.items():
            require(item, shape["*"], f"{where}.{key}")
        return
    for name, inner in shape.items():
        key = name.removesuffix("?")
        if value.get(key) is not None:
            require(value[key], inner, f"{where}.{key}")
        elif key == name:
            raise InputError(f"{where}.{key} is {'null' if key in value else 'missing'}")


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _wrong(value: Any, kind: str, where: str) -> InputError:
    shown = repr(value) if isinstance(value, str | int | float | None) else type(value).__name__
    return InputError(f"{where} is {shown[:60]}, not {kind}")
