"""Analysis: before code is written, each file is thought through against the paper."""

from __future__ import annotations

from p2c.generator.plan import FileSpec, Plan
from p2c.generator.prompt_prefix import asking
from p2c.models.base import Message, Prompt
from p2c.prompts import render


def analysis_prompt(begin: tuple[Message, ...], plan: Plan, spec: FileSpec) -> Prompt:
    """Return what is asked about one file."""
    ask = render("analysis", path=spec.path, purpose=spec.purpose, uses=", ".join(spec.uses) or "no other file")
    return Prompt(asking(begin, plan, render("analysis_rules") + "\n" + ask), stage=f"analysis:{spec.path}")
