"""How every prompt of a score begins: the same rules, the same paper, then the repository, then what is asked."""

from __future__ import annotations

from p2c.errors import UsageError
from p2c.generator.paper import Paper
from p2c.models.base import Message
from p2c.models.token_estimate import count_tokens
from p2c.prompts import data, render
from p2c.repo import Repo
from p2c.scoring.context_selection import Selection, select
from p2c.scoring.file_ranking import ranked

CONTEXT = 100_000
"""Tokens that a model is taken to read where no setting (`context`) says it."""
ASIDE = 14_000
"""Tokens of a context kept for what is asked, for the reply, and for one unusable reply that is shown again."""
LEAST = 2_000

_READ = "I have read the paper. What shall I judge?"


def opening(paper: Paper) -> tuple[Message, ...]:
    """Return the first messages, identical in every prompt of one score so that prefix caches hit."""
    return (
        Message("system", render("score_system")),
        Message("user", data("paper", paper.excerpt or paper.text)),
        Message("assistant", _READ),
    )


def asking(begin: tuple[Message, ...], shown: str, ask: str) -> tuple[Message, ...]:
    """Return a whole prompt: the opening, what is shown of the repositories, and the question."""
    return (*begin, Message("user", f"{shown}\n{ask}" if shown else ask))


def room_of(begin: tuple[Message, ...], context: int | None) -> int:
    """Return the tokens left for repositories; raises UsageError where the paper alone takes what the model reads."""
    whole, paper, room = _room(begin, context)
    if room < LEAST:
        raise UsageError(
            f"the paper takes about {paper:,} of the model's {whole:,} tokens of context; no room is left for the code",
            "Use a model with a larger context and set P2C_CONTEXT to its size.",
        )
    return room


def has_room(begin: tuple[Message, ...], context: int | None) -> bool:
    """Whether there is any room for repositories beside the paper."""
    return _room(begin, context)[2] >= LEAST


def _room(begin: tuple[Message, ...], context: int | None) -> tuple[int, int, int]:
    whole = context or CONTEXT
    paper = sum(count_tokens(message.content) for message in begin)
    return whole, paper, whole - paper - min(ASIDE, whole // 3)


def select_both(repo: Repo, reference: Repo | None, room: int) -> tuple[Selection, Selection | None]:
    """Return what is shown of the repository and of the authors'; where both do not fit, neither gets under half."""
    sources = ranked(repo)
    alone = select(repo, room, sources=sources)
    if reference is None:
        return alone, None
    theirs = select(reference, max(room // 2, room - alone.tokens), "reference")
    return select(repo, room - theirs.tokens, sources=sources), theirs
