"""The numbers of items of lists, as a reference shows them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from p2c.generator.readers.latex.counters import Counters

COUNTERS = ("enumi", "enumii", "enumiii", "enumiv")
_STYLES = ("arabic", "alph", "roman", "Alph")
_STARRED = re.compile(r"\\(arabic|alph|Alph|roman|Roman)\s*\*")
_SHORT = {"1": "arabic", "a": "alph", "A": "Alph", "i": "roman", "I": "Roman"}
_KEY = re.compile(r"\b(ref|label)\s*=\s*(\{(?:[^{}]|\{[^{}]*\})*\}|[^,{}]*)")


def start_list(counters: Counters, outer: int) -> None:
    """Set back the counter of a list that begins within so many others."""
    if outer < len(COUNTERS):
        counters.values[COUNTERS[outer]] = 0


def count_item(counters: Counters, options: Sequence[str], enumitem: bool) -> str:
    """Count an item of the innermost of open lists, given by their options; its number.

    Lists within lists show the numbers around them, unless an option of enumitem labels them.
    """
    options = options[: len(COUNTERS)]
    counters.step(COUNTERS[len(options) - 1])
    shown = []
    for option, counter, style in zip(options, COUNTERS, _STYLES, strict=False):
        form = _form(option.strip()[1:-1], counter, enumitem)
        given = counters.formats.get(counter)
        shown.append(counters.render(form or given or rf"\{style}{{{counter}}}"))
    if form and enumitem:
        return shown[-1]
    if len(shown) > 2:
        shown[1] = f"({shown[1]})"
    return "".join(shown)


def _form(option: str, counter: str, enumitem: bool) -> str:
    """How the counter is shown that an option labels: `label=(\\alph*)` of enumitem, or `(a)`; empty if it does not."""
    keys = {key: value.strip("{} ") for key, value in _KEY.findall(option)}
    label = keys.get("ref") or keys.get("label") or ""
    if _STARRED.search(label):
        return _STARRED.sub(lambda match: rf"\{match[1]}{{{counter}}}", label)
    short = re.search(
        r"(?<![A-Za-z0-9])[1aAiI](?![A-Za-z0-9])", re.sub(r"\{[^{}]*\}", lambda m: " " * len(m[0]), option)
    )
    if "=" in option or not short:
        return ""
    shown = rf"\{_SHORT[short[0]]}{{{counter}}}"
    return f"{option[: short.start()]}{shown}{option[short.end() :]}" if enumitem else shown
