"""Text in a repository that speaks to whoever judges it: found by its wording, never obeyed, always reported."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MOST = 50
"""Lines that are reported."""
WIDTH = 400
"""Characters of a line that are looked at, from where each match could begin."""

_JUDGE = (
    r"(?:judges?|graders?|evaluators?|reviewers?|scorers?|assessors?|llms?|ai|language models?|assistants?|chatgpt|gpt|"
    r"claude|gemini)"
)
_WORK = (
    r"(?:it|(?:this|the|our|my)\s+(?:\w+\s+)?(?:repo(?:sitory)?|code(?:base)?|implementation|submission|project|work))"
)
_TOP = r"(?:full|perfect|maximum|maximal|highest|top|best|excellent)"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:give|assign|award|score|grade|deserves?|earns?)\b.{0,60}\b[1-5](?:\.0)?\s*(?:/|out of)\s*5\b",
        rf"\b(?:give|rate|score|grade|mark|judge)\s+{_WORK}\b.{{0,40}}\b(?:{_TOP}|5|five|as (?:correct|complete))\b",
        rf"\b(?:give|assign|award|deserves?)\s+(?:it |this |us |me )?(?:an? |the )?{_TOP}\s+"
        r"(?:score|rating|grade|marks?|points)\b",
        r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:previous|prior|above|earlier|all|other|your)\b.{0,20}"
        r"\b(?:instructions?|rules|prompts?|guidelines|rubrics?|criteria)\b",
        r"\b(?:dear|note to|attention|hey|hello|(?:message|instructions?) (?:to|for))\s+"
        rf"(?:the |all |any )?(?:\w+ )?{_JUDGE}\b",
        rf"\bif you are\b.{{0,30}}\b{_JUDGE}\b",
        rf"\b(?:you|{_JUDGE})\s+(?:must|should|shall|have to|has to|are to|is to)\s+"
        r"(?:now )?(?:give|assign|award|rate|score|grade|mark)\b",
        r"\bmark\b.{0,40}\b(?:every|each|all)\b.{0,40}\b(?:items?|requirements?|criteri\w+)\b",
        r"\b(?:all|every|each)\b.{0,30}\b(?:items?|requirements?|criteri\w+)\b.{0,30}\b(?:is|are|as)\b.{0,10}\bmet\b",
        r"\b(?:verdict|score)\b[\"']?\s*[:=]\s*[\"']?(?:met\b|5\s*/\s*5)",
        r"<\s*/\s*(?:repository|paper|reference|items|checks)\s*>",
    )
)
_HIDDEN = dict.fromkeys([0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF])
_COMMENT = re.compile(r"^\s*(?:#+|//+|/?\*+|--|%+|;+|\"\"\"|''')\s*")


@dataclass(frozen=True)
class InjectionFinding:
    """A line (from 1) that addresses the judge."""

    path: str
    line: int
    text: str


def find_addressed(files: Mapping[str, str]) -> tuple[InjectionFinding, ...]:
    """Return the lines that address a judge, in paths too (line 0); words that go on in the next line are seen.

    What is found is a hint for people: a repository about judging with language models may mean no harm.
    """
    findings: list[InjectionFinding] = []
    for path, text in files.items():
        if _speaks(path.replace("_", " ").replace("/", " "), ""):
            findings.append(InjectionFinding(path, 0, path))
        findings += _lines(path, text)
        if len(findings) >= MOST:
            break
    return tuple(findings[:MOST])


def _lines(path: str, text: str) -> Iterator[InjectionFinding]:
    rows = [_bare(row) for row in text.split("\n")]
    for number, row in enumerate(rows, 1):
        following = rows[number] if number < len(rows) else ""
        if row and _speaks(row, following):
            yield InjectionFinding(path, number, row[:WIDTH])


def _speaks(row: str, following: str) -> bool:
    """Whether something that begins in this row speaks to a judge."""
    for start in range(0, max(1, len(row)), WIDTH):
        window = f"{row} {following}"[start : start + 2 * WIDTH]
        own = min(len(row) - start, WIDTH)
        if any(match.start() < own for pattern in _PATTERNS for match in pattern.finditer(window)):
            return True
    return False


def _bare(row: str) -> str:
    """Return a line without comment marks, invisible characters and look-alikes of width."""
    return " ".join(_COMMENT.sub("", unicodedata.normalize("NFKC", row[:20_000]).translate(_HIDDEN)).split())
