"""Whether the numbers that a configuration takes from the paper stand in the paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from p2c.executor.report import Finding
from p2c.number_forms import numbers, plain_numbers, said_numbers
from p2c.repo import Repo

_KEY = re.compile(r"(?:-\s*)?(?:[\w.\"'-]+\s*:)?\s*")
_SOURCE = re.compile(r"\s*paper\s*:\s*(\S.*)$", re.IGNORECASE)
_QUOTE = re.compile(r':\s*"(.{5,})"\s*$')


def check(repo: Repo, paper: str) -> tuple[Finding, ...]:
    """Return the claimed numbers that the paper's text does not have, in any way of writing them."""
    paper_numbers = numbers(paper)
    return tuple(
        finding
        for path, text in repo.files.items()
        if path.endswith((".yaml", ".yml"))
        for finding in _file(path, text, paper_numbers)
    )


def _file(path: str, text: str, paper_numbers: frozenset[Decimal]) -> Iterator[Finding]:
    for line, row in enumerate(text.split("\n"), 1):
        setting, _, comment = row.partition("#")
        source = _SOURCE.match(comment)
        claim = _KEY.sub("", setting.strip(), count=1)
        if not source or '"' in claim or "'" in claim:
            continue
        quote = _QUOTE.search(source[1])
        for value in dict.fromkeys(abs(number) for number in plain_numbers(claim)):
            if value not in paper_numbers:
                message = f"{claim} is said to be the paper's ({source[1].strip()[:80]}), which has no {value:f}"
                yield Finding("provenance", "NotInPaper", message, path, line, gates=False)
            elif quote and value not in said_numbers(quote[1]):
                message = f"{claim} is quoted from the paper with words that do not say {value:f}: {quote[1][:120]!r}"
                fix = "quote the words that say it, or mark it as derived or assumed"
                yield Finding("provenance", "NotInQuote", message, path, line, fix=fix, gates=False)
