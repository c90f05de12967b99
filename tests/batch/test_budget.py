"""The whole's limits: shares, own limits, what is given back, and what is unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2c.batch.budget import BatchBudget
from p2c.batch.manifest import BatchItem
from p2c.budget import SpendingLimits, Usage
from p2c.errors import BudgetExceededError


def item(name: str, **options: object) -> BatchItem:
    return BatchItem(name, "build", "/p.md", options)


def used(usd: float | None, tokens: int = 0) -> Usage:
    return Usage(calls=1, prompt_tokens=tokens, usd=usd)


def test_an_even_share_among_the_free_places() -> None:
    purse = BatchBudget(SpendingLimits(usd=8.0, tokens=1_000), workers=4)
    grants = [purse.allot(item(str(n)), 10) for n in range(4)]
    assert [(g.usd, g.tokens) for g in grants if g] == [(2.0, 250)] * 4
    purse.settle("0", used(0.5, 50))
    again = purse.allot(item("4"), 6)
    assert again is not None and (again.usd, again.tokens) == (1.5, 200)


def test_few_items_share_it_all() -> None:
    grant = BatchBudget(SpendingLimits(usd=8.0), workers=4).allot(item("a"), 1)
    assert grant is not None and grant.usd == 8.0


def test_an_own_limit_waits_until_it_fits_or_takes_the_rest() -> None:
    purse = BatchBudget(SpendingLimits(usd=3.0), workers=4)
    first = purse.allot(item("a", max_cost=2.0), 2)
    assert first is not None and first.usd == 2.0
    assert purse.allot(item("b", max_cost=2.0), 1) is None, "1 is left, and a may give some back"
    purse.settle("a", used(1.75))
    second = purse.allot(item("b", max_cost=2.0), 1)
    assert second is not None and second.usd == pytest.approx(1.25)


def test_no_limit_of_the_whole_leaves_the_items_own() -> None:
    grant = BatchBudget(SpendingLimits(), workers=2).allot(item("a", max_cost=2.0, max_minutes=3.0), 5)
    assert grant is not None and (grant.usd, grant.tokens, grant.minutes) == (2.0, None, 3.0)


def test_what_is_used_up_is_refused() -> None:
    purse = BatchBudget(SpendingLimits(usd=1.0), workers=1)
    purse.allot(item("a"), 3)
    purse.settle("a", used(1.0))
    with pytest.raises(BudgetExceededError, match="max-cost"):
        purse.allot(item("b"), 2)
    free = purse.allot(BatchItem("c", "check", "/r"), 1)
    assert free is not None and free.usd is None, "what asks no model needs no money"


def test_a_rest_that_buys_no_call_starts_nothing_more() -> None:
    purse = BatchBudget(SpendingLimits(usd=1.0), workers=1)
    purse.allot(item("a"), 3)
    purse.settle("a", used(0.999))
    purse.allot(item("b"), 2)
    purse.settle("b", Usage(), "budget")
    with pytest.raises(BudgetExceededError, match="does not cover"):
        purse.allot(item("c"), 1)


def test_unknown_money_leaves_the_tokens_to_hold() -> None:
    purse = BatchBudget(SpendingLimits(usd=1.0, tokens=100), workers=1)
    purse.allot(item("a"), 3)
    purse.settle("a", used(None, 100))
    assert purse.spent.usd is None
    with pytest.raises(BudgetExceededError, match="max-tokens"):
        purse.allot(item("b"), 2)


def test_minutes_are_of_the_whole() -> None:
    now = [0.0]
    purse = BatchBudget(SpendingLimits(minutes=10), 2, lambda: now[0])
    now[0] = 240.0
    grant = purse.allot(item("a", max_minutes=8.0), 2)
    assert grant is not None and grant.minutes == 6.0
    now[0] = 601.0
    with pytest.raises(BudgetExceededError, match="max-minutes"):
        purse.allot(BatchItem("c", "check", "/r"), 1)


@given(
    cap=st.floats(0.01, 100),
    workers=st.integers(1, 8),
    spend=st.lists(st.tuples(st.floats(0, 1), st.none() | st.floats(0.01, 50)), min_size=1, max_size=30),
)
def test_no_order_of_things_passes_the_limit(cap: float, workers: int, spend: list[tuple[float, float | None]]) -> None:
    """Items that keep to their grants never spend more than the whole together."""
    purse = BatchBudget(SpendingLimits(usd=cap), workers)
    held: list[tuple[str, float]] = []
    total = 0.0
    for number, (share, own) in enumerate(spend):
        if len(held) == workers:
            name, usd = held.pop(0)
            total += usd
            purse.settle(name, used(usd))
        try:
            grant = purse.allot(item(str(number), **({"max_cost": own} if own else {})), len(spend) - number)
        except BudgetExceededError:
            continue
        if grant is not None:
            assert grant.usd is not None
            held.append((str(number), grant.usd * share))
    total += sum(usd for _, usd in held)
    assert total <= cap * (1 + 1e-9)
