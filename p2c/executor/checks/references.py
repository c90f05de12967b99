"""Whether the equations, algorithms, tables and figures that code and documents name are in the paper."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

from p2c.executor.report import Finding
from p2c.paper_references import find_references
from p2c.repo import Repo

KINDS = ("equation", "algorithm", "table", "figure")
"""Numbered from 1 up through a paper; theorems and the like may share a counter."""
_RULES = {
    "equation": "NoSuchEquation",
    "algorithm": "NoSuchAlgorithm",
    "table": "NoSuchTable",
    "figure": "NoSuchFigure",
}
_OTHER_WORK = re.compile(
    r"\s*\)?\s*(?:of|in|from)\s+(?!(?:Section|Sec|Appendix|App|the paper|this paper)\b)(?:[A-Z\[]|their)"
)
_CITED = re.compile(r"et al|[A-Z]\w+,? \(?(?:19|20)\d\d|\[\d+\]")
_DISPLAY = re.compile(r"\\begin\{(?:equation|align|gather|multline|eqnarray|alignat|flalign)\}|\$\$")


def check(repo: Repo, paper: str, numbered: frozenset[str]) -> tuple[Finding, ...]:
    """Return the numbers that are named and that the paper does not have; nothing where its numbers were not read."""
    highest = {kind: _highest(kind, paper, numbered) for kind in KINDS}
    findings: list[Finding] = []
    for path, text in repo.files.items():
        if path.endswith((".py", ".md")):
            findings += _file(path, text, (paper, numbered, highest))
    return tuple(findings)


def _file(path: str, text: str, known: tuple[str, frozenset[str], dict[str, int | None]]) -> Iterator[Finding]:
    paper, numbered, highest = known
    for line, prose in _prose(path, text):
        for reference in find_references(prose):
            kind, _, number = reference.id.partition(" ")
            most = highest.get(kind)
            if most is None or reference.id in numbered or not number.isdigit() or int(number) <= most:
                continue
            if _of_another(prose, reference.start, reference.end) or _is_named(kind, number, paper):
                continue
            at = line + prose.count("\n", 0, reference.start)
            message = f"{path} names {reference.id}, which the paper does not have (the last one is {kind} {most})"
            fix = "name the one that is meant, or the section"
            yield Finding("provenance", _RULES[kind], message, path, at, fix=fix, gates=False)


def _highest(kind: str, paper: str, numbered: frozenset[str]) -> int | None:
    """The highest number of a kind that there may be; equations that were read without a number count as well."""
    numbers = [int(item.split(" ")[1]) for item in numbered if re.fullmatch(rf"{kind} \d+", item)]
    if not numbers:
        return None
    if kind != "equation":
        return max(numbers)
    displays = len(_DISPLAY.findall(paper.replace("$$ ", "$$", 1)))
    untagged = max(0, displays - paper.count("$$") // 2 - paper.count(r"\tag{")) if "\\begin{" in paper else 0
    return max(numbers) + untagged


def _is_named(kind: str, number: str, paper: str) -> bool:
    """Whether the paper itself speaks of it: then a reader lost it."""
    words = {"equation": r"(?:Eq|Equation)", "algorithm": "Alg", "table": "Tab", "figure": "Fig"}[kind]
    named = rf"(?i:{words})\w*\.?[\s~]*\(?{number}(?!\d)"
    return bool(re.search(named, paper)) or (kind == "equation" and f"({number})" in paper)


def _of_another(text: str, start: int, end: int) -> bool:
    return bool(_OTHER_WORK.match(text, end) or _CITED.search(text[max(0, start - 40) : start]))


def _prose(path: str, text: str) -> Iterator[tuple[int, str]]:
    """Yield first line and text of what is written for people: a whole document, comments, texts of several lines."""
    if path.endswith(".md"):
        yield 1, text
        return
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            is_doc = token.type == tokenize.STRING and token.string.lstrip("rRuUbB").startswith(('"""', "'''"))
            if token.type == tokenize.COMMENT or is_doc:
                yield token.start[0], token.string
    except (tokenize.TokenError, SyntaxError, ValueError):
        return
