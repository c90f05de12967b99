"""A paper that does not fit into a model's window whole: the parts that code is written from, and what is left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from p2c.errors import ContextError
from p2c.generator.paper import Paper, Section
from p2c.models.retries import LARGER
from p2c.models.token_estimate import count_tokens

BESIDE = 6_000
"""Tokens that a build needs beside the paper at the very least: rules, a small plan, one file and the reply."""
MOST_BESIDE = 24_000
"""The same where there is room: plan, analysis and the files that a file uses."""
LEAST_PAPER = 1_000
ESTIMATE = 1.1
"""Estimates are up to a tenth too low."""

# First what is built, then how it was set up, then what leads there; what is about others comes last.
_RANKS: Sequence[re.Pattern[str]] = tuple(
    re.compile(words, re.I)
    for words in (
        r"method|approach|model|algorithm|architectur|formulation|objective|loss|training|optimi[sz]|procedure"
        r"|framework|estimat|inference|derivation|proposed|our ",
        r"experiment|implementation|set-?up|setting|hyper-?parameter|data|detail|configuration|evaluation|metric|protocol",
        r"preliminar|notation|background|problem|definition|theor|introduction|result|ablation|table",
    )
)
_LAST = re.compile(
    r"related work|prior work|conclu|discussion|limitation|acknowledg|reference|bibliograph|broader impact|ethic"
    r"|checklist|contribution|funding|future",
    re.I,
)


@dataclass(frozen=True)
class FittedPaper:
    """The paper with its `excerpt`, which is empty where it fits whole; `said` tells people what was left out."""

    paper: Paper
    said: str = ""


def fit_paper(paper: Paper, context: int | None) -> FittedPaper:
    """Return the paper as a model with this window can be shown it; raises ContextError where there is no room.

    An unknown window is taken to be large enough.
    """
    if context is None:
        return FittedPaper(paper)
    whole = round(count_tokens(paper.text) * ESTIMATE)
    room = context - min(max(BESIDE, context // 2), MOST_BESIDE)
    if whole <= context - BESIDE and whole <= max(room, LEAST_PAPER):
        return FittedPaper(paper)
    if context < BESIDE + LEAST_PAPER:
        said = (
            f"the model reads {context:,} tokens; a build of this paper takes about {whole + BESIDE:,} "
            f"(paper {whole:,}, plan and code from {BESIDE:,} on)"
        )
        raise ContextError(said, f"{LARGER} If it has one, name its size with --context.")
    return _shortened(paper, whole, room)


def _shortened(paper: Paper, whole: int, room: int) -> FittedPaper:
    head = replace(paper, sections=(), figures=())
    left = room - _tokens(head.text) - 100
    chosen: dict[int, Section] = {}
    for at in sorted(range(len(paper.sections)), key=lambda at: (_rank(paper.sections, at), at)):
        section = paper.sections[at]
        cost = _tokens(section.title + section.text) + 8
        if cost <= left:
            chosen[at] = section
            left -= cost
        elif _rank(paper.sections, at) < len(_RANKS) and left > LEAST_PAPER // 2:
            chosen[at] = replace(section, text=_beginning(section.text, left - 40))
            left = 0
    out = [s.title for at, s in enumerate(paper.sections) if at not in chosen]
    cut = [s.title for at, s in chosen.items() if s is not paper.sections[at]]
    parts = [f"left out: {'; '.join(out)}"] if out else []
    parts += [f"only the beginning: {'; '.join(cut)}"] if cut else []
    shown = replace(head, sections=tuple(chosen[at] for at in sorted(chosen)))
    missing = ". ".join(part[0].upper() + part[1:] for part in parts)
    excerpt = f"{shown.text}\n[This paper was shortened. {missing}.]\n"
    said = (
        f"the paper (about {whole:,} tokens) does not fit into the model's window whole; it is shown "
        f"{round(_tokens(excerpt)):,} tokens of it; {'; '.join(parts)}"
    )
    return FittedPaper(replace(paper, excerpt=excerpt, notes=(*paper.notes, said)), said)


def _rank(sections: Sequence[Section], at: int) -> int:
    """Return how soon a section is wanted (0 first), by its heading, else by that of the section which it is in."""
    level = sections[at].level + 1
    for section in reversed(sections[: at + 1]):
        if section.level >= level:
            continue
        level = section.level
        if _LAST.search(section.title):
            return len(_RANKS) + 1
        for rank, words in enumerate(_RANKS):
            if words.search(section.title):
                return rank
    return len(_RANKS)


def _beginning(text: str, tokens: int) -> str:
    """Return the paragraphs at the beginning that are so many tokens at most, and at least a part of the first."""
    kept: list[str] = []
    for paragraph in text.split("\n\n"):
        tokens -= _tokens(paragraph)
        if tokens < 0:
            break
        kept.append(paragraph)
    return "\n\n".join([*kept, "[The rest of this section is left out.]"])


def _tokens(text: str) -> int:
    return round(count_tokens(text) * ESTIMATE)
