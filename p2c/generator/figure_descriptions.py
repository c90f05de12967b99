"""A paper's figures put into words, once, so that every later prompt can do without the images."""

from __future__ import annotations

from dataclasses import replace

from p2c.generator.paper import Paper, Section
from p2c.generator.prompt_prefix import Figures, model_of
from p2c.generator.structured_replies import ask_all, read_text
from p2c.models.base import Message, Prompt
from p2c.prompts import data, render
from p2c.session import Session

TITLE = "Figures in words"


def describe_figures(paper: Paper, figures: Figures, session: Session) -> Paper:
    """Return the paper with one more section that says what each figure shows; needs a model with vision."""
    if not figures:
        return paper
    system = Message("system", render("system"))
    asks = [
        (
            Prompt(
                (system, Message("user", data("caption", caption) + "\n" + render("figure"), (url,))),
                f"figure:{number}",
            ),
            _read,
        )
        for number, (caption, url) in enumerate(figures, 1)
    ]
    texts = ask_all(model_of(session), asks, journal=session.journal)
    descriptions = [
        f"{caption}\n\n(described by a model that saw it) {text}"
        for (caption, _), text in zip(figures, texts, strict=True)
    ]
    return replace(paper, sections=(*paper.sections, Section(TITLE, "\n\n".join(descriptions))))


def _read(reply: str) -> str:
    return read_text(reply, least=40)
