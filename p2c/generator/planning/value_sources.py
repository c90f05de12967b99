"""Where configured values come from: quoted, derived from a quotation, or assumed; and what the paper leaves open."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from p2c.generator.plan import Decision, Plan, Value
from p2c.generator.planning.schemas import OpenPointReply
from p2c.generator.quote_check import LEAST, PaperQuotes, QuoteIndex, plain
from p2c.number_forms import said_numbers


def wrong_source(value: Value, quotable: QuoteIndex) -> str:
    """Return what is wrong with a value's source, in words for its author: the form, and whether the quote is there."""
    if value.assumed:
        return f"values: {value.key} has both a quote and `assumed`; give one of the two" if value.quote.strip() else ""
    if not value.quote.strip():
        return f"values: {value.key} needs place and quote, or `assumed` with the reason"
    if len(plain(value.quote)) < LEAST:
        return (
            f"values: the quote for {value.key}, {value.quote!r}, is too short to be found again; add words around it"
        )
    if not quotable.has(value.quote):
        return (
            f"values: the quote for {value.key} is not in the paper: {value.quote[:200]!r}. Copy some words around "
            "the value exactly, or mark the value as assumed and say why"
        )
    return "" if value.place else f"values: {value.key} does not name the place in the paper"


def wrong_meaning(value: Value, quotable: QuoteIndex) -> str:
    """Return what `wrong_source` does, and besides whether the quote says the value where nothing is derived."""
    wrong = wrong_source(value, quotable)
    if wrong or value.assumed or value.derived:
        return wrong
    missing = not_said(value.value, value.quote)
    if not missing:
        return ""
    return (
        f"values: the quote for {value.key} does not say {missing}: {value.quote[:120]!r}. Quote the words that do, "
        "add `derived` with how it follows from them, or mark the value as assumed and say why"
    )


def not_said(value: Any, quote: str) -> str:
    """Return the first part of a value that a quotation does not say, in words; '' where it says all of it.

    Numbers stand there in any way of writing (words, percent, powers, thousands, fractions), names but for case and
    marks. A list says each element. That something is true, false or nothing never stands in words: it is derived.
    """
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        return next((missing for item in value if (missing := not_said(item, quote))), "" if value else "an empty list")
    if value is None or isinstance(value, bool):
        return f"{value!r}".lower() + " (a yes or no is derived)"
    if isinstance(value, int | float):
        return "" if _is_said(value, quote) else f"{value}"
    return "" if _letters(str(value)) and _letters(str(value)) in _letters(quote) else repr(value)


def as_assumed(value: Value) -> Value:
    """Return a value whose source never came right, with what was named for it."""
    why = value.assumed or f"no passage found that says so{f' (named: {value.place})' if value.place else ''}"
    return replace(value, place="", quote="", assumed=why, derived="")


def placed(values: Sequence[Value], quotes: PaperQuotes) -> list[Value]:
    """Return the values, each with the section as its place in which its quote really stands."""
    return [
        replace(value, place=quotes.section_of(value.quote, value.place)) if value.quote else value for value in values
    ]


def read_open_points(
    said: Sequence[OpenPointReply], plan: Plan, values: Sequence[Value]
) -> tuple[tuple[Decision, ...], list[str]]:
    """Return the decisions with the keys of the settings that hold them, and what is wrong, in words for the author."""
    by_id = {item.id.strip().lower(): item.key.strip() for item in said}
    known = {value.key: value for value in values}
    keyed_decisions, wrong = list[Decision](), list[str]()
    for decision in plan.decisions:
        key = by_id.get(decision.id, "")
        if decision.id not in by_id:
            wrong.append(f"open_points: nothing is said about {decision.id}: {decision.question}")
        elif key and key not in known:
            wrong.append(f"open_points: {key!r} of {decision.id} is not one of the values")
        elif key and not known[key].assumed:
            wrong.append(f"open_points: {decision.id} is open, but {key} is said to be the paper's; mark it assumed")
        holds = key in known and bool(known[key].assumed)
        keyed_decisions.append(replace(decision, key=key if holds else ""))
    return tuple(keyed_decisions), wrong


def open_points(decisions: Sequence[Decision]) -> tuple[str, ...]:
    """Return the open points that no setting holds, each with its choice, for people."""
    return tuple(
        f"{decision.question.rstrip()} {decision.choice.strip()}" for decision in decisions if not decision.key
    )


def _is_said(value: float, quote: str) -> bool:
    try:
        number = abs(Decimal(repr(value)).normalize())
    except InvalidOperation:
        return False
    return number in {abs(quoted) for quoted in said_numbers(quote)}


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
