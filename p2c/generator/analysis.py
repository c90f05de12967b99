"""Analysis: before code is written, each file is thought through against the paper."""

from __future__ import annotations

from p2c.generator.logic import is_bare_package
from p2c.generator.opening import Figures, asking, model_of, opening
from p2c.generator.paper import Paper
from p2c.generator.plan import FileSpec, Plan
from p2c.generator.replies import ask_all, read_text
from p2c.models.base import Message, Prompt
from p2c.prompts import render
from p2c.session import Session


def analyse(paper: Paper, plan: Plan, session: Session, figures: Figures = ()) -> dict[str, str]:
    """Return path -> analysis (Markdown) for every file that needs writing, all asked in parallel."""
    begin = opening(paper, figures)
    specs = [spec for spec in plan.files if not is_bare_package(spec)]
    asks = [(analysis_prompt(begin, plan, spec), read_text) for spec in specs]
    texts = ask_all(model_of(session), asks, journal=session.journal)
    for spec in specs:
        session.journal.note("file.analysed", path=spec.path)
    return {spec.path: text for spec, text in zip(specs, texts, strict=True)}


def analysis_prompt(begin: tuple[Message, ...], plan: Plan, spec: FileSpec) -> Prompt:
    """Return what is asked about one file."""
    ask = render("analysis", path=spec.path, purpose=spec.purpose, uses=", ".join(spec.uses) or "no other file")
    return Prompt(asking(begin, plan, ask), stage=f"analysis:{spec.path}")
