"""Every number of a text, in any way of writing: 1e-4, 0.0001 and 10^{-4} are one, 1,000 is 1000, 50% is 50 and 0.5."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import pairwise

_POWER = re.compile(
    r"(?<![\w.])(?:(\d+(?:\.\d+)?)\s*(?:\\times|\\cdot|×|·|x|\*)\s*)?10\s*(?:\^\s*)?(?:\{\s*)?([-−–]?\d+)"
)
_OTHER_POWER = re.compile(r"(?<![\w.^{])(\d{1,3})\s*\^\s*\{?\s*([-−–]?\d{1,2})\s*\}?")
_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_NUMBER = re.compile(
    r"(?<![\w.])[-−–]?(?:(?:\d{1,3}(?:(?:,|\{,\}|\\,|[\u202f\u2009])\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?"
    r"(\s*\\?%)?"
)
_SCALED = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?)\s*(K|k|M|B|thousand|million|billion|hundred|percent|per cent)(?![A-Za-z])"
)
_SCALES = {"K": 3, "k": 3, "thousand": 3, "M": 6, "million": 6, "B": 9, "billion": 9, "hundred": 2,
           "percent": -2, "per cent": -2}  # fmt: skip
_FRACTION = re.compile(r"\\[dt]?frac\{?(\d{1,4})\}?\{?(\d{1,4})\}?|(?<![\w./])(\d{1,4})\s*/\s*(\d{1,4})(?![\w/])")
_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_MORE_WORDS = {
    **{word: value for value, word in enumerate(
        "thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split(), 13)},
    **{word: 10 * value for value, word in enumerate("thirty forty fifty sixty seventy eighty ninety".split(), 3)},
    "once": 1, "single": 1, "twice": 2, "thrice": 3, "hundred": 100, "thousand": 1000, "million": 10**6,
}  # fmt: skip
_PARTS = {"half": Decimal("0.5"), "halve": Decimal("0.5"), "halved": Decimal("0.5"), "quarter": Decimal("0.25")}


def numbers(text: str) -> frozenset[Decimal]:
    """Return every number that a text writes as digits, powers of ten or words up to twelve."""
    superscript = re.sub(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)", lambda m: "10^" + m[1].translate(_SUPER), text)
    values = set(plain_numbers(superscript))
    for mantissa, exponent in _POWER.findall(superscript):
        power = int(re.sub("[−–]", "-", exponent))
        if abs(power) < 40:
            values.add((Decimal(mantissa or 1) * Decimal(10) ** power).normalize())
    words = set(re.findall(r"[a-z]+", text.lower()))
    return frozenset(values | {Decimal(value) for value, word in enumerate(_WORDS) if word in words})


def said_numbers(text: str) -> frozenset[Decimal]:
    """Return what `numbers` finds and what else a short quotation may say: 100K, 2^{10}, 1/4, twenty, half, percent."""
    values = set(numbers(text))
    values |= {(Decimal(number) * Decimal(10) ** _SCALES[scale]).normalize() for number, scale in _SCALED.findall(text)}
    for base, exponent in _OTHER_POWER.findall(text):
        power = int(re.sub("[−–]", "-", exponent))
        if int(base) and abs(power) < 64:
            values.add((Decimal(int(base)) ** power).normalize())
    for fraction in _FRACTION.findall(text):
        above, below = (fraction[0], fraction[1]) if fraction[0] else (fraction[2], fraction[3])
        if int(below):
            values.add((Decimal(int(above)) / Decimal(int(below))).normalize())
    words = re.findall(r"[a-z]+", text.lower())
    values |= {Decimal(_MORE_WORDS[word]) for word in words if word in _MORE_WORDS}
    values |= {_PARTS[word] for word in words if word in _PARTS}
    known = {**{word: value for value, word in enumerate(_WORDS)}, **_MORE_WORDS}
    for word, scale in pairwise(words):
        if scale in ("hundred", "thousand", "million") and word in known:
            values.add(Decimal(known[word] * _MORE_WORDS[scale]).normalize())
    return frozenset(values)


def plain_numbers(text: str) -> Iterator[Decimal]:
    """Yield the numbers that are written as digits, each with and without its sign, 50% as 50 and 0.5."""
    for match in _NUMBER.finditer(text):
        raw = match[0].removesuffix(match[1] or "")
        try:
            value = Decimal(re.sub(r"[^\d.eE+-]", "", re.sub("[−–]", "-", raw)))
        except InvalidOperation:
            continue
        if value.is_finite() and abs(value.adjusted()) < 60:
            yield value.normalize()
            yield abs(value).normalize()
            if match[1]:
                yield (abs(value) / 100).normalize()
