"""What each rule means, why it gates and what cures it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from p2c.executor.parsers import MYPY_GATES, RUFF_GATES
from p2c.executor.report import ORDER

ADVICE = re.compile(
    r"^(P2C\d|NotInPaper|Undated|LoggedErrors|Untried|NetworkNotAllowed|Notebook(?!U)|CellsLeftOut|mypy|F$|B\d|NPY)"
)
_CODE = re.compile(r"^[A-Z]{1,4}\d{3,4}$")
_EXCEPTION = re.compile(r"^\w*(?:Error|Exception|Warning|Interrupt|Iteration|Exit)$")


@dataclass(frozen=True)
class Explanation:
    """A rule in words; `check` says which check finds it (`exceptions`: each that runs code)."""

    check: str
    rule: str
    means: str
    why: str
    cure: str

    @property
    def gates(self) -> bool:
        """Whether findings of it gate where its check does."""
        if self.check == "lint":
            return self.rule in ("PLE", "P2C007", "NotAnalysed") or bool(RUFF_GATES.match(self.rule))
        if self.check == "types":
            return self.rule in MYPY_GATES or self.rule == "NotAnalysed"
        return not ADVICE.match(self.rule)


@cache
def explanations() -> tuple[Explanation, ...]:
    """Return the whole table, in the order of the checks."""
    data = tomllib.loads(files(__package__).joinpath("explanations.toml").read_text(encoding="utf-8"))
    return tuple(Explanation(check, rule, *words) for check, rules in data.items() for rule, words in rules.items())


def explain(rule: str) -> tuple[Explanation, ...]:
    """Return what is known of a rule (`F821`, `lint/F821`; letter case does not count); () for an unknown one."""
    check, _, name = rule.strip().rpartition("/")
    known = tuple(
        explanation
        for explanation in explanations()
        if explanation.rule.lower() == name.lower() and check in ("", explanation.check, *_RUN)
    )
    return known or tuple(_family(check, name))


_RUN = ("import", "smoke", "test")


def near(rule: str) -> list[str]:
    """Return rules that are written nearly so."""
    name = rule.rpartition("/")[2].lower()
    every = {explanation.rule.lower(): explanation.rule for explanation in explanations()}
    inside = [original for low, original in every.items() if len(name) > 2 and name in low]
    return list(dict.fromkeys([*inside, *(every[low] for low in get_close_matches(name, every, 5, 0.5))]))[:6]


def _family(check: str, name: str) -> Iterator[Explanation]:
    """A rule that is told of with others of its kind."""
    by_rule = {explanation.rule: explanation for explanation in explanations()}
    code = name.upper()
    if _CODE.match(code) and code.startswith("PLE"):
        yield by_rule["PLE"]
    elif _CODE.match(code) and re.match(r"F[4-9]\d\d$", code):
        yield by_rule["F"]
    elif check == "types":
        yield by_rule["mypy"]
    elif _EXCEPTION.match(name) and (check in ("", *_RUN) or check in ORDER[:1]):
        yield by_rule["Exception"]
