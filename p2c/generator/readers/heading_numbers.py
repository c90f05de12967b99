"""Numbers of headings: how they are written, which follows which, and which headings form the paper's sequence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

Number = tuple[int, ...]

_NUMBERED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,3}|[A-Z](?:\.\d{1,2}){0,3})[.:]?\s+(?P<title>[^\W\d_].*)")
_ROMAN = " I II III IV V VI VII VIII IX X XI XII XIII XIV XV".split(" ")
_WINDOW = 200
"""Headings looked back at for the one before; no paper has so many between two of its own."""
_JUMP = 3
"""How far a chapter's number may be from the last one's: two headings in a row may have been missed, hardly more."""


@dataclass(frozen=True)
class HeadingCandidate:
    """A line that may be a heading; `seen` where its type says so, and not only its words."""

    text: str
    seen: bool


def parse_number(heading: str) -> tuple[Number, str] | None:
    """`3.2.1 Title` as ((3, 2, 1), "Title"); an appendix letter counts from 101. None where it has no number."""
    match = _NUMBERED.fullmatch(heading.strip())
    if not match or not re.search(r"[^\W\d_]{3}", match["title"]):
        return None
    head, *rest = match["number"].split(".")
    return (int(head) if head.isdigit() else 101 + ord(head) - ord("A"), *map(int, rest)), match["title"]


def follows(last: Number, number: Number) -> bool:
    """True where a heading's number is what comes next (one heading may have been missed)."""
    if not last:
        return number in ((1,), (2,))
    depth = len(number)
    if number[:-1] == last and number[-1] in (1, 2):
        return True
    if depth <= len(last) and number[:-1] == last[: depth - 1] and 0 < number[-1] - last[depth - 1] <= 2:
        return True
    return number == (101,) and last[0] < 101


def choose_numbers(candidates: Sequence[HeadingCandidate], roman: bool) -> dict[int, Number]:
    """The longest sequence of candidates in which each number follows the one before, by the candidates' places.

    A tick label or a list item that looks like a heading costs nothing but itself: what is chosen is the
    sequence as a whole. `roman` says that chapters are numbered I, II, III and sections A, B, C.
    """
    best: list[tuple[int, int, Number]] = []  # of the sequence that ends here: its worth, the place before, the number
    for place, candidate in enumerate(candidates):
        options = [(0, -1, ()), *((best[k][0], k, best[k][2]) for k in range(max(0, place - _WINDOW), place))]
        steps = [
            (worth + gain, before, number)
            for worth, before, last in options
            if (before < 0 or last) and (number := _number(candidate, last, roman))
            if (gain := _gain(candidate, last, number))
        ]
        best.append(max(steps, key=lambda step: (step[0], step[1]), default=(0, -1, ())))
    place = max(range(len(best)), key=lambda k: best[k][0], default=-1)
    chosen = {}
    while place >= 0 and best[place][2]:
        chosen[place] = best[place][2]
        place = best[place][1]
    return chosen


def _number(candidate: HeadingCandidate, last: Number, roman: bool) -> Number | None:
    if roman:
        return _roman(candidate.text, last)
    parsed = parse_number(candidate.text)
    return parsed[0] if parsed else None


def _gain(candidate: HeadingCandidate, last: Number, number: Number) -> int:
    """What a candidate adds to a sequence: most where it is the next one, 0 where it cannot follow."""
    doubtful = bool(re.search(r"\s\d+(?:\.\d+)?(?:\s|$)", candidate.text))  # as tick labels and tables of contents
    if follows(last, number):
        return 2 if doubtful else 6 if candidate.seen else 5
    if not last:
        return 1 if candidate.seen and number[0] <= _JUMP else 0
    if last[0] < 101 <= number[0]:
        return 2 if candidate.seen and not doubtful and number[0] <= 102 else 0
    if number <= last or number[0] - last[0] > _JUMP:
        return 0
    if candidate.seen:
        return 1 if doubtful else 4
    return 2 if len(number) > 1 and number[0] - last[0] <= 1 else 0


def _roman(heading: str, last: Number) -> Number | None:
    """The number of a heading in the style `IV. METHOD`, `A. Steps`; the last one decides what `C` is."""
    match = re.match(r"([A-Z]+)\.?\s+[^\W\d_]", heading)
    if not match:
        return None
    part = last[1] if len(last) > 1 else 0
    if last and match[1] in (chr(ord("A") + part), chr(ord("B") + part)):
        return (last[0], ord(match[1]) - ord("A") + 1)
    chapter = (last[0] if last else 0) + 1
    for number in (chapter, chapter + 1):
        if number < len(_ROMAN) and match[1] == _ROMAN[number]:
            return (number,)
    return None
