"""What a small run must show: whether a method learns, and at least one claim of the paper, over the run's metrics."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from p2c.errors import InputError
from p2c.untrusted_text import type_name

MARGIN = 0.01
"""Of the trivial predictor's value: a model that learns nothing but a bias comes this near to it, on either side."""
MOST_CLAIMS = 50
LONGEST = 1_000

_PART = r"(?:[A-Za-z_][\w@/%+-]*|-?\d+)"
_KEY = re.compile(rf"[A-Za-z_][\w@/%+-]*(?:\.{_PART})*\Z")
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\Z")
_RELATION = re.compile(r"\s*(?P<left>[^\s<>=*]+)\s*(?P<sign><=|>=|<|>)\s*(?P<right>[^<>=]+?)\s*\Z")
FORM = "KEY < KEY, KEY < NUMBER * KEY or KEY < NUMBER, with <, <=, > or >="


@dataclass(frozen=True)
class Claim:
    """For one experiment: the metric and its trivial predictor's, and a relation between metrics that the paper claims.

    `metric` and `trivial` are dotted keys of the run's metrics JSON; `predictor` says what is trivial (mean, majority,
    random policy, identity). `shows` relates dotted keys: `gru.error < lstm.error`, `loss.last < 0.5 * loss.first`;
    `why` is the paper's sentence.
    """

    experiment: str
    metric: str
    better: Literal["lower", "higher"]
    trivial: str
    predictor: str
    shows: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Relation:
    """`left sign factor * right`, or `left sign factor` where there is no second key."""

    left: str
    sign: str
    factor: float = 1.0
    right: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys whose numbers it compares."""
        return (self.left, self.right) if self.right else (self.left,)

    def holds(self, numbers: Mapping[str, float]) -> bool:
        """Tell whether it holds of these numbers by key."""
        left, right = numbers[self.left], self.factor * (numbers[self.right] if self.right else 1.0)
        if self.sign.endswith("=") and left == right:
            return True
        return left < right if self.sign.startswith("<") else left > right


@dataclass(frozen=True)
class ClaimResult:
    """How one comparison came out; `comparison` says what was compared, with its numbers where there are some."""

    claim: Claim
    kind: Literal["shown", "no better than trivial", "not shown", "unmeasured"]
    about: str
    """The comparison as it was claimed: `a.error < b.error`, `a.error better than mean.error`."""
    comparison: str


def is_key(text: str) -> bool:
    """Tell whether a text is a dotted key; a part may be an index into a list: `curves.0.loss`, `loss.-1`."""
    return len(text) <= LONGEST and _KEY.match(text) is not None


def parse_relation(text: str) -> Relation:
    """Read `KEY < [NUMBER *] KEY` or `KEY < NUMBER`; raises InputError for anything else."""
    match = _RELATION.match(text) if len(text) <= LONGEST else None
    if match is None or not is_key(match["left"]):
        raise InputError(f"{_short(text)!r} is no relation between metrics", f"Write {FORM}.")
    before, star, after = (part.strip() for part in match["right"].partition("*"))
    number, key = (before, after) if star else (before, "") if _NUMBER.match(before) else ("1", before)
    if not _NUMBER.match(number) or not math.isfinite(float(number)) or not (is_key(key) or not (star or key)):
        raise InputError(f"{_short(text)!r}: {_short(match['right'])!r} is no number and no key", f"Write {FORM}.")
    if key == match["left"] and float(number) == 1:
        raise InputError(f"{_short(text)!r} compares a metric with itself")
    return Relation(match["left"], match["sign"], float(number), key)


def wrong_claim(claim: Claim) -> str:
    """Return what is wrong with a claim, in words; nothing where a program can compare it."""
    for name in ("metric", "trivial"):
        key = getattr(claim, name)
        if (key or not claim.shows) and not is_key(key):
            return f"{name} = {_short(key)!r} is not a dotted key of the metrics"
    if bool(claim.metric) != bool(claim.trivial):
        return "metric and trivial belong together"
    if claim.metric and claim.metric == claim.trivial:
        return f"metric and trivial are both {_short(claim.metric)!r}"
    for relation in claim.shows:
        try:
            parse_relation(relation)
        except InputError as error:
            return f"{error.message}; {error.hint}" if error.hint else error.message
    return ""


def read_claims(tables: Any, origin: str) -> tuple[Claim, ...]:
    """Read the `[[claim]]` tables of a run contract; raises InputError naming the claim and the key."""
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InputError(f"{origin}: claim is {type_name(tables)}, not a list of tables", "Write them as [[claim]].")
    if len(tables) > MOST_CLAIMS:
        raise InputError(f"{origin}: more than {MOST_CLAIMS} [[claim]] tables")
    return tuple(_read(table, f"{origin}: [[claim]] {number}") for number, table in enumerate(tables, 1))


def _read(table: Mapping[str, Any], where: str) -> Claim:
    unknown = next((name for name in table if name not in _NAMES), None)
    if unknown is not None:
        raise InputError(f"{where}: there is no key {_short(unknown)!r}", f"There are: {', '.join(_NAMES)}.")
    shows = table.get("shows", [])
    shows = [shows] if isinstance(shows, str) else shows
    if not isinstance(shows, list) or not all(isinstance(show, str) for show in shows):
        raise InputError(f"{where}: shows is {type_name(shows)}, not a list of relations", f"Write {FORM}.")
    texts = {name: table.get(name, "") for name in _NAMES if name not in ("shows", "better")}
    for name, value in texts.items():
        if not isinstance(value, str) or len(value) > LONGEST:
            raise InputError(f"{where}: {name} is {type_name(value)}, not a text of at most {LONGEST:,} characters")
    better = table.get("better", "lower")
    if better not in ("lower", "higher"):
        raise InputError(f"{where}: better = {_short(str(better))!r} is neither lower nor higher")
    claim = Claim(**texts, better=better, shows=tuple(" ".join(show.split()) for show in shows))
    if wrong := wrong_claim(claim):
        raise InputError(f"{where}: {wrong}")
    return claim


_NAMES = ("experiment", "metric", "better", "trivial", "predictor", "shows", "why")


def compare(claims: Sequence[Claim], metrics: Mapping[str, Any]) -> tuple[ClaimResult, ...]:
    """Compare what a run left with what is claimed; `metrics` are the JSON artifacts' data by path."""
    return tuple(result for claim in claims for result in _compare(claim, metrics))


def _compare(claim: Claim, metrics: Mapping[str, Any]) -> list[ClaimResult]:
    results = [_against_trivial(claim, metrics)] if claim.metric else []
    for text in claim.shows:
        relation = parse_relation(text)
        numbers = {key: value_at(key, metrics) for key in relation.keys}
        values = {key: value for key, value in numbers.items() if isinstance(value, float)}
        if len(values) < len(numbers):
            results.append(_unmeasured(claim, text, numbers))
            continue
        with_values = f"{text} ({_values(values)})"
        results.append(ClaimResult(claim, "shown" if relation.holds(values) else "not shown", text, with_values))
    return results


def _against_trivial(claim: Claim, metrics: Mapping[str, Any]) -> ClaimResult:
    about = f"{claim.metric} better ({claim.better}) than {claim.trivial}"
    numbers = {key: value_at(key, metrics) for key in (claim.metric, claim.trivial)}
    own, trivial = numbers[claim.metric], numbers[claim.trivial]
    if not (isinstance(own, float) and isinstance(trivial, float)):
        return _unmeasured(claim, about, numbers)
    gain = trivial - own if claim.better == "lower" else own - trivial
    comparison = (
        f"{claim.metric} = {own:.6g}, {claim.trivial} = {trivial:.6g} ({claim.predictor or 'the trivial predictor'})"
    )
    return ClaimResult(claim, "shown" if gain > MARGIN * abs(trivial) else "no better than trivial", about, comparison)


def _unmeasured(claim: Claim, about: str, numbers: Mapping[str, float | str]) -> ClaimResult:
    missing = "; ".join(f"{key}: {value}" for key, value in numbers.items() if isinstance(value, str))
    return ClaimResult(claim, "unmeasured", about, missing)


def value_at(key: str, metrics: Mapping[str, Any]) -> float | str:
    """Return the number under a dotted key in the first file that has the key, or, as a text, why there is none.

    A key may also stand in a file as it is written, dots and all: `{"gru.error": 0.1}`.
    """
    for path, tree in metrics.items():
        stored = _look_up(tree, key.split("."))
        if stored is not _MISSING:
            is_number = isinstance(stored, int | float) and not isinstance(stored, bool)
            if not is_number:
                return f"is {type_name(stored)} in {path}, not a number"
            value = _as_float(stored)
            return value if math.isfinite(value) else f"is not a finite number in {path}"
    return f"is not in {', '.join(metrics)}" if metrics else "the run left no metrics that can be read"


_MISSING = object()


def _look_up(tree: Any, parts: Sequence[str]) -> Any:
    if not parts:
        return tree
    if isinstance(tree, list):
        index = int(parts[0]) if re.fullmatch(r"-?\d{1,9}", parts[0]) else len(tree)
        return _look_up(tree[index], parts[1:]) if -len(tree) <= index < len(tree) else _MISSING
    if isinstance(tree, dict):
        for end in range(len(parts), 0, -1):
            name = ".".join(parts[:end])
            value = _look_up(tree[name], parts[end:]) if name in tree else _MISSING
            if value is not _MISSING:
                return value
    return _MISSING


def _as_float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _values(numbers: Mapping[str, float]) -> str:
    return ", ".join(f"{key} = {value:.6g}" for key, value in numbers.items())


def _short(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:120]}..."
