"""Coding: what is asked to write one file, with the code of what it uses and of nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from p2c.generator.plan import FileSpec, Plan
from p2c.generator.planning.coverage import requirements_of
from p2c.generator.prompt_prefix import asking
from p2c.models.base import Message, Prompt
from p2c.prompts import data, render
from p2c.run_contract import split

_LANGUAGES = {"py": "python", "sh": "bash", "md": "markdown", "yml": "yaml", "yaml": "yaml", "json": "json"}


def coding_prompt(
    begin: tuple[Message, ...], plan: Plan, spec: FileSpec, analysis: str, written: Mapping[str, str]
) -> Prompt:
    """Return what is asked to write one file: the rules, the whole code of what it uses, its analysis, the task.

    What is shared by most comes first, and used files stand in the plan's order: prompts that use the same first
    files then begin alike, and servers with a prefix cache read them once.
    """
    used = "\n".join(
        data("file", written[other.path], path=other.path) for other in plan.files if _is_used(other, spec, written)
    )
    rules = "coding_test_rules" if spec.path.rsplit("/", 1)[-1].startswith("test_") else "coding_rules"
    ask = render(
        "coding",
        path=spec.path,
        purpose=spec.purpose,
        language=_LANGUAGES.get(spec.path.rsplit(".", 1)[-1], "text"),
        entry_rules="\n" + render("coding_entry") if _is_started(spec.path, plan) else "",
    )
    thought = data("analysis", analysis, path=spec.path) if analysis else ""
    parts = [render(rules), used, thought, requirements_of(plan, spec.path), ask]
    return Prompt(asking(begin, plan, "\n".join(part for part in parts if part)), stage=f"code:{spec.path}")


def _is_used(other: FileSpec, spec: FileSpec, written: Mapping[str, str]) -> bool:
    return other.path in spec.uses and bool(written.get(other.path))


def _is_started(path: str, plan: Plan) -> bool:
    """Whether a documented command runs this file, by its path or as a module."""
    words = {word for line in (*plan.contract.smoke, *plan.contract.full) for word in split(line)}
    modules = {path.removesuffix(".py").replace("/", "."), path.removesuffix("/__main__.py").replace("/", ".")}
    return path == plan.entry or path in words or bool("-m" in words and modules & words)
