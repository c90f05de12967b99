import pytest

from p2c.budget import Budget, SpendingLimits, Usage
from p2c.errors import BudgetExceededError


def test_what_is_set_aside_counts_until_it_is_settled() -> None:
    budget = Budget(SpendingLimits(tokens=1000))
    first = budget.reserve(600, None)
    with pytest.raises(BudgetExceededError) as caught:
        budget.reserve(600, None)
    assert caught.value.limit == "max-tokens" and caught.value.exit_code == 4
    budget.settle(first, Usage(1, 100, 0, 50))
    budget.reserve(600, None)
    assert budget.spent.tokens == 150


def test_money_that_is_unknown_stays_unknown() -> None:
    known, unknown = Usage(1, 10, 0, 1, 0.5), Usage(1, 10, 0, 1, None)
    assert (Usage() + known).usd == 0.5
    assert (known + known).usd == 1.0
    assert (known + unknown).usd is None


def test_money_holds() -> None:
    budget = Budget(SpendingLimits(usd=0.01))
    with pytest.raises(BudgetExceededError, match=r"0\.02"):
        budget.reserve(10, 0.02)


def test_minutes_and_attempts_hold() -> None:
    now = [0.0]
    budget = Budget(SpendingLimits(minutes=1, attempts=2), clock=lambda: now[0])
    budget.attempt()
    budget.attempt()
    with pytest.raises(BudgetExceededError, match="2 repair attempts"):
        budget.attempt()
    now[0] = 61
    with pytest.raises(BudgetExceededError, match="minutes"):
        budget.check_time()
