"""Analysis: before code is written, each file is thought through against the paper."""

from __future__ import annotations

from p2c.generator.plan import FileSpec, Plan
from p2c.generator.planning.coverage import covers_method, requirements_of
from p2c.generator.prompt_prefix import asking
from p2c.models.base import Message, Prompt
from p2c.prompts import render


def analysis_prompt(begin: tuple[Message, ...], plan: Plan, spec: FileSpec) -> Prompt:
    """Return what is asked about one file."""
    ask = render("analysis", path=spec.path, purpose=spec.purpose, uses=", ".join(spec.uses) or "no other file")
    required = requirements_of(plan, spec.path)
    parts = [render("analysis_rules"), *([required] if required else []), ask]
    return Prompt(asking(begin, plan, "\n".join(parts)), stage=f"analysis:{spec.path}")


def needs_analysis(plan: Plan, spec: FileSpec) -> bool:
    """Whether a file is worth an analysis of its own before it is written.

    Where a plan says what each file covers, it is for code that answers for a method, an equation or an algorithm:
    for tests, loaders, entry points and readers of configurations an analysis repeats the plan in other words.
    """
    if not plan.criteria:
        return True
    is_test = spec.path.rsplit("/", 1)[-1].startswith("test_")
    return spec.path.endswith(".py") and not is_test and spec.path != plan.entry and covers_method(plan, spec.path)
