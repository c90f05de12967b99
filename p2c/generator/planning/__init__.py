"""Planning in steps that build on each other: overview, criteria if asked for, design, logic, configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from p2c.generator.paper import Paper
from p2c.generator.plan import Decision, Plan
from p2c.generator.planning.claims import config_schema, config_task, read_config_with_claims
from p2c.generator.planning.coverage import coverage_task
from p2c.generator.planning.criteria import read_criteria, read_edited_criteria
from p2c.generator.planning.design import read_design
from p2c.generator.planning.edited import read_step
from p2c.generator.planning.logic import read_logic
from p2c.generator.planning.schemas import CoveredDesignReply, CriteriaReply, DesignReply, LogicReply
from p2c.generator.prompt_prefix import Figures, asking, model_of, opening
from p2c.generator.structured_replies import ask, read_text, schema_of
from p2c.models.base import Message, Prompt
from p2c.prompts import render
from p2c.run_contract import RunContract
from p2c.session import Session

if TYPE_CHECKING:
    from pydantic import BaseModel

Read = Callable[[str, Plan, Paper], Plan]
Decide = Callable[[tuple[Decision, ...]], tuple[Decision, ...]]
"""Takes what the paper leaves open with the plainest choices, and returns what is to be built."""


def _no_schema(plan: Plan) -> None:
    return None


def _no_more(plan: Plan) -> str:
    return ""


@dataclass(frozen=True)
class PlanningStep:
    """One step: its stage (and template), how its reply extends the plan, the reply's schema, what is asked `more`."""

    stage: str
    read: Read
    schema: Callable[[Plan], type[BaseModel] | None] = _no_schema
    more: Callable[[Plan], str] = _no_more
    reread: Read | None = None
    """Reads the step from the file of a person, where that says more than a reply."""

    @property
    def name(self) -> str:
        """The step in one word, as its file in `plan/` is called."""
        return self.stage.removeprefix("plan.")

    def task(self, plan: Plan) -> str:
        """What is asked, after the plan so far."""
        return render(self.stage.replace(".", "_")) + self.more(plan)


OVERVIEW = PlanningStep("plan.overview", lambda reply, plan, _: replace(plan, overview=read_text(reply, 400)))
CRITERIA = PlanningStep("plan.criteria", read_criteria, lambda _: CriteriaReply, reread=read_edited_criteria)
STEPS = (
    OVERVIEW,
    PlanningStep(
        "plan.design",
        lambda reply, plan, _: read_design(reply, plan),
        lambda plan: CoveredDesignReply if plan.criteria else DesignReply,
        coverage_task,
    ),
    PlanningStep("plan.logic", lambda reply, plan, _: read_logic(reply, plan), lambda _: LogicReply),
    PlanningStep("plan.config", read_config_with_claims, config_schema, config_task),
)
"""The steps without criteria."""


@dataclass(frozen=True)
class PlanOptions:
    """`criteria` are drawn before the design, and everything after answers for them.

    `edited` holds steps that a person has (`design` -> the text of `plan/design.yaml`): they are read, not asked for.
    `decide` is given what the paper leaves open, once.
    """

    criteria: bool = False
    edited: Mapping[str, str] = field(default_factory=dict)
    decide: Decide | None = None


def steps_of(options: PlanOptions) -> tuple[PlanningStep, ...]:
    """Return the steps in order."""
    return (OVERVIEW, CRITERIA, *STEPS[1:]) if options.criteria else STEPS


def make_plan(paper: Paper, session: Session, figures: Figures = (), options: PlanOptions | None = None) -> Plan:
    """Return the whole plan; raises ReplyError where a step never gets a usable reply."""
    plan = [plan for _, plan in walk_plan(paper, session, figures, options)][-1]
    session.journal.note(
        "plan.made",
        title=plan.title,
        files=[spec.path for spec in plan.files],
        requirements=list(plan.requirements),
        values=len(plan.values),
        assumed=sum(bool(value.assumed) for value in plan.values),
        **({"criteria": len(plan.criteria)} if plan.criteria else {}),
    )
    return plan


def walk_plan(
    paper: Paper, session: Session, figures: Figures = (), options: PlanOptions | None = None
) -> Iterator[tuple[PlanningStep, Plan]]:
    """Yield each step with the plan as it is after it; raises ReplyError, and InputError for a step that was edited."""
    options = options or PlanOptions()
    begin = opening(paper, figures)
    plan = Plan("", "", (), (), {}, RunContract(), title=" ".join(paper.title.split()))
    for step in steps_of(options):
        if step.name in options.edited:
            plan = read_step(
                options.edited[step.name], step.name, partial(_read, step.reread or step.read, plan, paper)
            )
        else:
            plan = _asked(step, plan, paper, (begin, session))
            if step is CRITERIA and options.decide and plan.decisions:
                plan = replace(plan, decisions=options.decide(plan.decisions))
        yield step, plan


def _asked(step: PlanningStep, plan: Plan, paper: Paper, ways: tuple[tuple[Message, ...], Session]) -> Plan:
    begin, session = ways
    schema = step.schema(plan)
    prompt = Prompt(
        asking(begin, plan, step.task(plan)),
        stage=step.stage,
        schema=schema_of(schema, step.stage.replace(".", "_")) if schema else None,
    )
    return ask(model_of(session), prompt, partial(_read, step.read, plan, paper), journal=session.journal)


def _read(read: Read, plan: Plan, paper: Paper, reply: str) -> Plan:
    return read(reply, plan, paper)
