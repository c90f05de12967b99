"""Whether the numbers that a configuration takes from the paper stand in the paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from p2c.executor.report import Finding
from p2c.repo import Repo

_KEY = re.compile(r"(?:-\s*)?(?:[\w.\"'-]+\s*:)?\s*")
_SOURCE = re.compile(r"\s*paper\s*:\s*(\S.*)$", re.IGNORECASE)
_POWER = re.compile(
    r"(?<![\w.])(?:(\d+(?:\.\d+)?)\s*(?:\\times|\\cdot|×|·|x|\*)\s*)?10\s*(?:\^\s*)?(?:\{\s*)?([-−–]?\d+)"
)
_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_NUMBER = re.compile(
    r"(?<![\w.])[-−–]?(?:(?:\d{1,3}(?:(?:,|\{,\}|\\,|[\u202f\u2009])\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?"
    r"(\s*\\?%)?"
)
_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()


def check(repo: Repo, paper: str) -> tuple[Finding, ...]:
    """Return the claimed numbers that the paper's text does not have, in any way of writing them."""
    known = numbers(paper)
    return tuple(
        finding
        for path, text in repo.files.items()
        if path.endswith((".yaml", ".yml"))
        for finding in _file(path, text, known)
    )


def numbers(text: str) -> frozenset[Decimal]:
    """Return every number of a text: 1e-4, 0.0001 and 10^{-4} are one, 1,000 is 1000, 50% is 50 and 0.5."""
    superscript = re.sub(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)", lambda m: "10^" + m[1].translate(_SUPER), text)
    values = set(_plain(superscript))
    for mantissa, exponent in _POWER.findall(superscript):
        power = int(re.sub("[−–]", "-", exponent))
        if abs(power) < 40:
            values.add((Decimal(mantissa or 1) * Decimal(10) ** power).normalize())
    words = set(re.findall(r"[a-z]+", text.lower()))
    return frozenset(values | {Decimal(value) for value, word in enumerate(_WORDS) if word in words})


def _plain(text: str) -> Iterator[Decimal]:
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


def _file(path: str, text: str, known: frozenset[Decimal]) -> Iterator[Finding]:
    for line, row in enumerate(text.split("\n"), 1):
        setting, _, comment = row.partition("#")
        source = _SOURCE.match(comment)
        claim = _KEY.sub("", setting.strip(), count=1)
        if not source or '"' in claim or "'" in claim:
            continue
        for value in dict.fromkeys(abs(number) for number in _plain(claim)):
            if value not in known:
                message = f"{claim} is said to be the paper's ({source[1].strip()[:80]}), which has no {value:f}"
                yield Finding("provenance", "NotInPaper", message, path, line, gates=False)
