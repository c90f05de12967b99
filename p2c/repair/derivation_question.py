"""One question about a patch that makes a check pass by construction: which equation or sentence has this step?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from p2c.errors import BudgetExceededError, ModelError
from p2c.generator.prompt_prefix import opening, plan_text
from p2c.generator.structured_replies import ask
from p2c.models.base import Message, Prompt
from p2c.prompts import data, render
from p2c.repair.case import Case
from p2c.repair.holds_by_construction import Step
from p2c.repair.patch import Patch
from p2c.session import Session

Ask = Callable[[Case, Patch, Sequence[Step]], str]
"""Returns the answer, in one line; '' where none is to be had."""
MOST = 600
"""Characters of an answer that are kept."""
DIFF = 12_000
DOCS = 8_000
"""Characters of the diff, and of what the repository says of itself: the question has to fit into a small context."""


def make_question(session: Session) -> Ask:
    """Return who asks the session's model, once a patch; without a model, or without a reply, there is no answer."""

    def question(case: Case, patch: Patch, steps: Sequence[Step]) -> str:
        if session.model is None:
            return ""
        number = 1 + len(case.history.attempts)
        prompt = Prompt(_messages(case, patch, steps), f"constructed:{number}")
        try:
            reply = ask(session.model, prompt, str, tries=1, journal=session.journal)
        except (ModelError, BudgetExceededError) as error:
            session.journal.note("question.unanswered", attempt=number, why=error.message)
            return ""
        line = " ".join(reply.split())
        return line if len(line) <= MOST else line[: MOST - 3] + "..."

    return question


def _messages(case: Case, patch: Patch, steps: Sequence[Step]) -> tuple[Message, ...]:
    shown = data(
        "findings", "\n".join(f"{finding.check}: {finding.message}" for finding in case.report.gating[:20])[:DIFF]
    )
    shown += data("steps", "\n".join(step.description for step in steps)) + data("diff", patch.diff[:DIFF])
    if case.paper is None or case.plan is None:
        docs = "\n".join(text for path, text in case.repo.files.items() if path.lower().endswith((".md", ".rst")))
        return Message("system", render("debug_constructed")), Message("user", data("docs", docs[:DOCS]) + shown)
    rules = render("debug_constructed")
    return (*opening(case.paper), Message("user", f"{plan_text(case.plan)}\n{rules}\n{shown}"))
