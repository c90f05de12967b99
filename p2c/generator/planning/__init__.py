"""Planning in four steps that build on each other: overview, design, logic, configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from p2c.generator.paper import Paper
from p2c.generator.plan import Plan
from p2c.generator.planning.claims import config_schema, config_task, read_config_with_claims
from p2c.generator.planning.design import read_design
from p2c.generator.planning.logic import read_logic
from p2c.generator.planning.schemas import ConfigReply, DesignReply, LogicReply
from p2c.generator.prompt_prefix import Figures, asking, model_of, opening
from p2c.generator.structured_replies import ask, read_text, schema_of
from p2c.models.base import Prompt
from p2c.prompts import render
from p2c.run_contract import RunContract
from p2c.session import Session

if TYPE_CHECKING:
    from pydantic import BaseModel


@dataclass(frozen=True)
class PlanningStep:
    """One step: its stage (and template), how its reply extends the plan, and the schema of that reply."""

    stage: str
    read: Callable[[str, Plan, Paper], Plan]
    schema: type[BaseModel] | None = None


STEPS = (
    PlanningStep("plan.overview", lambda reply, plan, _: replace(plan, overview=read_text(reply, 400))),
    PlanningStep("plan.design", lambda reply, plan, _: read_design(reply, plan), DesignReply),
    PlanningStep("plan.logic", lambda reply, plan, _: read_logic(reply, plan), LogicReply),
    PlanningStep("plan.config", read_config_with_claims, ConfigReply),
)


def make_plan(paper: Paper, session: Session, figures: Figures = ()) -> Plan:
    """Return the whole plan; raises ReplyError where a step never gets a usable reply."""
    begin = opening(paper, figures)
    plan = Plan("", "", (), (), {}, RunContract(), title=" ".join(paper.title.split()))
    for step in STEPS:
        schema = config_schema(plan) if step.schema is ConfigReply else step.schema
        task = config_task(plan) if step.schema is ConfigReply else render(step.stage.replace(".", "_"))
        prompt = Prompt(
            asking(begin, plan, task),
            stage=step.stage,
            schema=schema_of(schema, step.stage.replace(".", "_")) if schema else None,
        )
        plan = ask(model_of(session), prompt, _reading(step, plan, paper), journal=session.journal)
    session.journal.note(
        "plan.made",
        title=plan.title,
        files=[spec.path for spec in plan.files],
        requirements=list(plan.requirements),
        values=len(plan.values),
        assumed=sum(bool(value.assumed) for value in plan.values),
    )
    return plan


def _reading(step: PlanningStep, plan: Plan, paper: Paper) -> Callable[[str], Plan]:
    return lambda reply: step.read(reply, plan, paper)
