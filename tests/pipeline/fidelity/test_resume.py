"""A loop that is killed goes on: the same way, with the replies it has, and pays for none of them twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2c.budget import SpendingLimits
from p2c.journal import Journal
from p2c.models.base import Prompt
from p2c.models.cached import CachedModel
from p2c.models.scripted import ScriptedModel
from p2c.pipeline.fidelity.best_state import deliver_best
from p2c.pipeline.fidelity.loop import budget_slice, work
from tests.pipeline.fidelity.descent import Played, Script, played


def with_replies(folder: Path, script: Script, most: int = 10**6) -> tuple[Played, ScriptedModel]:
    """A loop whose replies are kept in a folder; at one call after `most` somebody kills it."""
    asked = 0

    def answer(prompt: Prompt) -> str:
        nonlocal asked
        asked += 1
        if asked > most:
            raise KeyboardInterrupt
        return script(prompt)

    loop, live = played(), ScriptedModel(answer)
    model = CachedModel(folder, live, Journal(), parallel=1)
    loop.session = type(loop.session)(model, loop.session.sandbox, loop.session.journal, loop.session.budget)
    judge = type(loop.task.rule.judge)(model, loop.task.paper, Journal(), loop.task.rule.judge.lines)
    rule = type(loop.task.rule)(loop.task.rule.check, loop.task.rule.again, loop.task.rule.scope, judge)
    loop.task = type(loop.task)(loop.task.paper, None, loop.task.contract, loop.task.criteria, rule)
    return loop, live


@pytest.mark.parametrize("most", [0, 2, 4, 6, 9])
def test_it_goes_on_where_it_was_killed(tmp_path: Path, most: int) -> None:
    whole, live = with_replies(tmp_path / "whole", Script())
    work(whole.progress, whole.task, whole.session)
    first, killed = with_replies(tmp_path / "cut", Script(), most)
    with pytest.raises(KeyboardInterrupt):
        work(first.progress, first.task, first.session)
    second, resumed = with_replies(tmp_path / "cut", Script())
    stop, _ = work(second.progress, second.task, second.session)
    assert stop == "complete"
    assert len(killed.prompts) - 1 + len(resumed.prompts) == len(live.prompts), "none was asked for twice"
    assert [patch.repo.digest for patch in second.progress.kept] == [patch.repo.digest for patch in whole.progress.kept]


def test_its_own_part_of_the_budget_ends_it_and_the_rest_is_left() -> None:
    loop = played(limits=SpendingLimits(attempts=1))
    stop, why = work(loop.progress, loop.task, loop.session)
    assert stop == "budget" and "1 repair attempts" in why
    delivered = deliver_best(loop.progress, lambda patches: None)
    assert delivered.point is not None and delivered.point.kept == 0, "what was not judged is not delivered"


def test_the_slice_is_half_of_what_is_left() -> None:
    loop = played(limits=SpendingLimits(usd=8.0, tokens=1000, minutes=60.0))
    budget = loop.session.budget
    budget.settle(budget.reserve(200, 2.0), type(budget.spent)(1, 100, 0, 100, 2.0))
    with budget_slice(loop.session):
        assert budget.limits.usd == 5.0 and budget.limits.tokens == 600
        assert budget.limits.minutes is not None and 30.0 <= budget.limits.minutes < 31.0
    assert budget.limits == SpendingLimits(usd=8.0, tokens=1000, minutes=60.0)
