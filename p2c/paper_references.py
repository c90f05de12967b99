"""References to what a paper numbers ("Eq. (7)", "Algorithms 1 and 2", "Tab. 2"), found in any text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

WORDS = {
    "eq": "equation", "eqs": "equation", "eqn": "equation", "eqns": "equation", "equation": "equation",
    "equations": "equation", "alg": "algorithm", "algs": "algorithm", "algorithm": "algorithm",
    "algorithms": "algorithm", "tab": "table", "tabs": "table", "table": "table", "tables": "table", "fig": "figure",
    "figs": "figure", "figure": "figure", "figures": "figure", "thm": "theorem", "theorem": "theorem",
    "theorems": "theorem", "lemma": "lemma", "lemmas": "lemma", "prop": "proposition", "proposition": "proposition",
    "propositions": "proposition", "corollary": "corollary", "cor": "corollary", "definition": "definition",
    "def": "definition", "definitions": "definition", "assumption": "assumption", "assumptions": "assumption",
}  # fmt: skip
"""How a kind is written -> the kind as an inventory names it."""
NUMBER = r"(?:[A-Z]\.?)?\d{1,3}(?:\.\d{1,3})*[a-z]?(?![\w%])|(?=[IVX])(?:X{0,3})(?:IX|IV|V?I{0,3})(?![\w.])"
MOST = 40
"""Numbers that one range may stand for; a longer one is read as its two ends."""

_ONE = rf"(?:\\?\(\s*)?(?:{NUMBER})(?:\s*\))?"
_BETWEEN = r"(?:\s*(?:,\s*and|,|and|&|-{1,2}|–|—|to)\s*)"
_REFERENCE = re.compile(
    rf"(?<![\w-])(?P<word>(?i:{'|'.join(sorted(WORDS, key=len, reverse=True))}))"
    r"(?:(?<!\bdef)(?<!\bcor)(?<!\bprop)(?<!\btab)\.?[\s~]+|\.[\s~]*)"
    rf"(?P<numbers>{_ONE}(?:{_BETWEEN}{_ONE})*)"
)
_PIECE = re.compile(rf"(?P<number>{NUMBER})|(?P<range>-{{1,2}}|–|—|\bto\b)")


@dataclass(frozen=True)
class PaperReference:
    """One number that a text names: `id` is `equation 7`; `start` and `end` are the mention's place in the text."""

    id: str
    start: int
    end: int


def find_references(text: str) -> Iterator[PaperReference]:
    """Yield each number that is named, in order; `Eqs. 2-4` names three."""
    for match in _REFERENCE.finditer(text):
        kind = WORDS[match["word"].lower()]
        for number in _numbers(match["numbers"]):
            yield PaperReference(f"{kind} {number}", match.start(), match.end())


def expand(ids: str) -> tuple[str, ...]:
    """Return the ids that `figure 1-5` or `equation 2, 3` stands for; the text itself where it is no reference."""
    references = list(find_references(ids))
    whole = references and references[0].start == 0 and references[-1].end == len(ids.rstrip(" ."))
    return tuple(dict.fromkeys(reference.id for reference in references)) if whole else (ids,)


def _numbers(text: str) -> Iterator[str]:
    last, ranged = "", False
    for piece in _PIECE.finditer(text):
        if piece["range"]:
            ranged = True
            continue
        number = piece["number"]
        if ranged and last.isdigit() and number.isdigit() and 0 < int(number) - int(last) <= MOST:
            yield from (str(number_between) for number_between in range(int(last) + 1, int(number)))
        yield number
        last, ranged = number, False
