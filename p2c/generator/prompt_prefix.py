"""How every prompt of a build begins: the same rules, the same paper, then the plan as far as it is made."""

from __future__ import annotations

from p2c.errors import UsageError
from p2c.generator.paper import Paper
from p2c.generator.plan import Plan
from p2c.generator.plan_text import (
    calls_text,
    config_text,
    criteria_text,
    decisions_text,
    design_text,
    logic_text,
)
from p2c.models.base import Message, Model
from p2c.prompts import data, render
from p2c.session import Session

Figures = tuple[tuple[str, str], ...]
"""(caption, data URL) of each figure that a model with vision is shown."""

_READ = "I have read the paper. What is the next piece of work?"


def opening(paper: Paper, figures: Figures = ()) -> tuple[Message, ...]:
    """Return the first messages, identical in every prompt of one build so that prefix caches hit.

    An assistant's turn ends them, because some servers insist that roles alternate.
    """
    shown = data("paper", paper.excerpt or paper.text)
    if figures:
        captions = "\n".join(f"{number}. {caption}" for number, (caption, _) in enumerate(figures, 1))
        shown += "\nThe paper's figures are attached as images, in this order:\n" + data("captions", captions)
    images = tuple(url for _, url in figures)
    return (
        Message("system", render("system")),
        Message("user", shown, images),
        Message("assistant", _READ),
    )


def asking(begin: tuple[Message, ...], plan: Plan, ask: str) -> tuple[Message, ...]:
    """Return a whole prompt: the opening, the plan so far, and the piece of work that is asked for."""
    return (*begin, Message("user", plan_text(plan) + "\n" + ask))


def plan_text(plan: Plan) -> str:
    """Return the plan as marked data; each step only adds to the end of what the step before was shown."""
    parts = [
        ("overview", plan.overview),
        ("criteria", criteria_text(plan)),
        ("decisions", decisions_text(plan)),
        ("design", design_text(plan) + calls_text(plan) if plan.files else ""),
        ("logic", logic_text(plan) if plan.packages or any(spec.logic for spec in plan.files) else ""),
        ("configuration", config_text(plan) if plan.config else ""),
    ]
    return "\n".join(data(kind, text) for kind, text in parts if text)


def model_of(session: Session) -> Model:
    """Return the session's model; raises UsageError where the session runs without one."""
    if session.model is None:
        raise UsageError("writing a repository needs a language model", "Name one with --model, or see `p2c doctor`.")
    return session.model
