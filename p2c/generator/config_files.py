"""Configuration files, written from planned values: valid YAML whose numbers are numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from p2c.generator.plan import Override, Value

PAPER, SMOKE, CLAIM = "configs/paper.yaml", "configs/smoke.yaml", "configs/claim.yaml"

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*\Z")

_CONTROL = re.compile(r"[\n\r\t\x00-\x1f\x85\u2028\u2029]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


def wrong_keys(values: Sequence[Value]) -> list[str]:
    """Return what is wrong with the keys and the values, in words for their author."""
    keys = [value.key for value in values]
    wrong = [f"values: {key} is given twice" for key in dict.fromkeys(keys) if keys.count(key) > 1]
    for value in values:
        if not _KEY.match(value.key):
            wrong.append(f"values: {value.key!r} is not a dotted key such as train.learning_rate")
        parents = [key for key in keys if value.key.startswith(key + ".")]
        wrong += [f"values: {parent} is both a value and the group of {value.key}" for parent in parents]
        if problem := wrong_value(value.value):
            wrong.append(f"values: {value.key} is {problem}")
    return wrong


def wrong_value(value: Any) -> str:
    """Return what keeps a value out of a configuration file, or nothing."""
    if isinstance(value, dict):
        strange = next((key for key in value if not _NAME.match(str(key))), None)
        return f"a mapping with the key {strange!r}" if strange is not None else wrong_value(list(value.values()))
    if isinstance(value, list):
        return next((problem for item in value if (problem := wrong_value(item))), "")
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value}, not a finite number"
    if isinstance(value, str) and _is_number(value):
        return f"the text {value!r}: give a number"
    return ""


def paper_yaml(values: Sequence[Value], quotes: bool = False) -> str:
    """Return `configs/paper.yaml`: each value with the place in the paper it is from, or why it was assumed.

    With `quotes` the words of the paper stand beside each value that is the paper's.
    """
    head = "# The paper's run. `paper:` names the place a value is from; `assumed:` says why it had to be chosen.\n"
    if quotes:
        head = (
            "# The paper's run. `paper:` names the place a value is from and quotes it; `derived:` says how it follows "
            "from\n# what is quoted; `assumed:` says why it had to be chosen.\n"
        )
    return head + _tree([(value.key, value.value, _source(value, quotes)) for value in values])


def smoke_yaml(values: Sequence[Value], overrides: Sequence[Override]) -> str:
    """Return `configs/smoke.yaml`: all values, with what the smoke run sets instead marked so."""
    return "# The smoke run: the whole method, small. Same keys as paper.yaml.\n" + _smaller(values, overrides, "smoke")


def claim_yaml(values: Sequence[Value], overrides: Sequence[Override]) -> str:
    """Return `configs/claim.yaml`: all values, with what the run that shows the claims sets instead marked so."""
    return "# The run that shows the paper's claims, in minutes. Same keys as paper.yaml.\n" + _smaller(
        values, overrides, "claim"
    )


def _smaller(values: Sequence[Value], overrides: Sequence[Override], run: str) -> str:
    smaller = {override.key: override for override in overrides}
    rows = []
    for value in values:
        override = smaller.get(value.key)
        if override is None:
            rows.append((value.key, value.value, _source(value)))
        else:
            rows.append((value.key, override.value, f"{run}: {override.why} (full run: {scalar(value.value)})"))
    return _tree(rows)


def scalar(value: Any) -> str:
    """Return a value as one line of YAML 1.1; `0.0001`, never `1e-4`, which YAML 1.1 reads as text."""
    import yaml

    if isinstance(value, list) and _has_controls(value):
        return f"[{', '.join(scalar(item) if _has_controls(item) else _in_flow(item) for item in value)}]"
    style = '"' if isinstance(value, str) and _CONTROL.search(value) else None
    text: str = yaml.safe_dump(
        value, default_flow_style=True, default_style=style, width=math.inf, allow_unicode=True, sort_keys=False
    )
    return text.removesuffix("...\n").strip()


def _has_controls(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_has_controls, value))
    return isinstance(value, str) and bool(_CONTROL.search(value))


def _in_flow(value: Any) -> str:
    """A value as it stands inside brackets, where commas and colons mean something."""
    return scalar([value]).removeprefix("[").removesuffix("]")


def _source(value: Value, quotes: bool = False) -> str:
    if value.assumed:
        return f"assumed: {value.assumed}"
    place = f'{value.place}: "{value.quote}"' if quotes else value.place
    return f"derived: {value.derived} ({place})" if value.derived else f"paper: {place}"


def _tree(rows: Sequence[tuple[str, Any, str]]) -> str:
    """Write dotted keys as nested mappings, each group once, in the order of its first key."""
    lines: list[str] = []
    _write(lines, [(key.split("."), value, note) for key, value, note in rows], 0)
    return "\n".join(lines) + "\n"


def _write(lines: list[str], rows: list[tuple[list[str], Any, str]], depth: int) -> None:
    indent = "  " * depth
    for name in dict.fromkeys(parts[0] for parts, _, _ in rows):
        inside = [(parts[1:], value, note) for parts, value, note in rows if parts[0] == name]
        if inside[0][0]:
            lines.append(f"{indent}{scalar(name)}:")
            _write(lines, inside, depth + 1)
        else:
            _, value, note = inside[0]
            lines.append(f"{indent}{scalar(name)}: {scalar(value)}  # {_comment(note)}")


def _comment(note: str) -> str:
    return "".join(c if c.isprintable() else " " for c in " ".join(note.split()))


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "").replace("_", ""))
    except ValueError:
        return False
    return text.strip().lower().lstrip("+-") not in {"nan", "inf", "infinity"}
