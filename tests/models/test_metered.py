from __future__ import annotations

import threading

import pytest

from p2c.budget import Budget, SpendingLimits, Usage
from p2c.errors import BudgetExceededError, ModelError
from p2c.journal import Journal
from p2c.models.base import Completion, Message, Prompt
from p2c.models.cached import CachedModel
from p2c.models.metered import MeteredModel
from p2c.models.pricing import Price
from p2c.models.scripted import ScriptedModel

DEAR = Price(prompt=1_000.0, completion=10_000.0).cost


def ask(text="hello there", stage="plan"):
    return Prompt((Message("user", text),), stage)


def spent(tokens, usd=None):
    return Completion("reply", usage=Usage(1, tokens - 1, 0, 1, usd))


def metered(replies, budget, events=None, price=None, reply_tokens=10):
    journal = Journal(listeners=(events.append,) if events is not None else ())
    return MeteredModel(ScriptedModel(replies), budget, journal, price, reply_tokens)


def test_a_call_is_charged_priced_and_noted():
    budget, events = Budget(), []
    usage = Usage(1, 900, 400, 100)
    model = metered([Completion("x", usage=usage, model="m", tries=2)], budget, events, DEAR)
    got = model.complete(ask())
    assert got.usage.usd == pytest.approx(0.9 + 1.0)
    assert budget.spent == got.usage
    data = events[0].data
    assert events[0].name == "model.called"
    assert {key: data[key] for key in ("stage", "model", "cached", "tokens", "cached_tokens", "finish", "tries")} == {
        "stage": "plan",
        "model": "m",
        "cached": False,
        "tokens": 1000,
        "cached_tokens": 400,
        "finish": "stop",
        "tries": 2,
    }
    assert data["usd"] == got.usage.usd
    assert data["seconds"] >= 0


def test_a_cost_told_by_the_server_is_taken():
    budget = Budget()
    metered([spent(1000, 0.25)], budget, price=DEAR).complete(ask())
    assert budget.spent.usd == 0.25


def test_an_unknown_price_is_unknown():
    budget, events = Budget(), []
    metered([spent(1000)], budget, events, lambda usage: None).complete(ask())
    assert budget.spent.usd is None
    assert events[0].data["usd"] is None


def test_no_call_is_made_that_may_not_fit():
    for limits, name in ((SpendingLimits(tokens=15), "max-tokens"), (SpendingLimits(usd=0.01), "max-cost")):
        model = metered(["never"], Budget(limits), price=DEAR)
        with pytest.raises(BudgetExceededError) as caught:
            model.complete(ask())
        assert caught.value.limit == name
        assert model.inner.prompts == []


def test_minutes_end_it_too():
    now = [0.0]
    model = metered(["one", "two"], Budget(SpendingLimits(minutes=1), clock=lambda: now[0]))
    model.complete(ask())
    now[0] = 61.0
    with pytest.raises(BudgetExceededError, match="minutes"):
        model.complete(ask())


def test_the_token_limit_holds_where_the_price_is_unknown():
    budget = Budget(SpendingLimits(usd=1.0, tokens=250))
    model = metered(lambda prompt: spent(100), budget, price=lambda usage: None)
    model.complete(ask())
    model.complete(ask())
    model.complete(ask("x"))
    with pytest.raises(BudgetExceededError) as caught:
        model.complete(ask())
    assert caught.value.limit == "max-tokens"


def test_money_alone_is_no_limit_once_a_cost_is_unknown():
    model = metered(lambda prompt: spent(100), Budget(SpendingLimits(usd=1.0)), price=lambda usage: None)
    model.complete(ask())
    with pytest.raises(BudgetExceededError, match="is unknown") as caught:
        model.complete(ask())
    assert "--max-tokens" in caught.value.hint
    free = metered(lambda prompt: spent(100), Budget(SpendingLimits(usd=1.0)), price=None)
    assert [free.complete(ask()).text for _ in range(3)] == ["reply"] * 3


def test_failed_calls_are_charged_and_their_reservation_given_back():
    paid = ModelError("empty")
    paid.usage = Usage(3, 300, 0, 60)
    budget, events = Budget(SpendingLimits(tokens=1_000)), []
    model = metered([paid, ModelError("refused"), KeyError("bug"), spent(500)], budget, events, DEAR)
    for kind in (ModelError, ModelError, KeyError):
        with pytest.raises(kind):
            model.complete(ask())
    assert budget.spent == Usage(3, 300, 0, 60, pytest.approx(0.9))
    assert [(event.name, event.data["tokens"]) for event in events] == [("model.failed", 360), ("model.failed", 0)]
    model.complete(ask())
    assert budget.spent.tokens == 860


def test_a_call_that_does_not_fit_beside_others_waits_for_them():
    """Each reserves about half of the limit and uses little of it: all fit, one after the other."""
    budget = Budget(SpendingLimits(tokens=200))
    together = threading.Barrier(2, timeout=5)
    first = iter([True, True])

    def answer(prompt):
        if next(first, False):
            together.wait()
        return spent(10)

    model = metered(answer, budget, reply_tokens=80)
    got = model.complete_all([ask(str(n)) for n in range(6)])
    assert len(got) == 6
    assert budget.spent.tokens == 60


def test_the_limit_is_never_passed_by_reservations_in_parallel():
    budget = Budget(SpendingLimits(tokens=1_000))
    model = metered(lambda prompt: spent(100), budget, reply_tokens=90)
    with pytest.raises(BudgetExceededError):
        model.complete_all([ask(str(n)) for n in range(40)])
    assert 900 <= budget.spent.tokens <= 1_000


def test_replies_before_the_budgets_end_are_kept_and_need_no_budget(tmp_path):
    def model(budget, replies):
        return CachedModel(tmp_path, metered(replies, budget, reply_tokens=90), Journal())

    prompts = [ask(str(n)) for n in range(10)]
    with pytest.raises(BudgetExceededError):
        model(Budget(SpendingLimits(tokens=500)), lambda prompt: spent(100)).complete_all(prompts)
    kept = len(list(tmp_path.rglob("*.json")))
    assert 3 <= kept <= 5
    spare = Budget(SpendingLimits(tokens=0))
    again = model(spare, [])
    texts = []
    for prompt in prompts:
        try:
            texts.append(again.complete(prompt).text)
        except BudgetExceededError:
            texts.append(None)
    assert texts.count("reply") == kept
    assert spare.spent == Usage()
