from __future__ import annotations

from p2c.reports import journal_summary
from tests.reports.samples import call, events, journal, round_of


def test_stages_have_their_time_calls_and_money():
    planning, coding, repair = journal_summary.stages(events())

    assert (planning.name, planning.seconds, planning.usage.calls) == ("planning", 10.0, 1)
    assert (coding.seconds, coding.usage.calls, coding.replayed) == (30.0, 1, 1)
    assert (repair.seconds, repair.usage.usd) == (60.0, 0.0125)


def test_a_stage_that_was_killed_has_no_time_and_the_next_run_is_told_beside_it():
    killed = journal((0, "stage.started", {"stage": "coding"}), (9, "stage.started", {"stage": "coding"}),
                     (10, "model.called", call("code:a")), (12, "stage.ended", {"stage": "coding"}))  # fmt: skip

    first, second = journal_summary.stages(killed)

    assert (first.seconds, first.usage.calls) == (None, 0)
    assert (second.seconds, second.usage.calls) == (3.0, 1)


def test_a_check_that_ends_again_begins_a_round():
    assert [event.total for event in journal_summary.rounds(events())] == [5, 3, 3]
    assert journal_summary.rounds(events())[0].findings == {"compile": 0, "lint": 4, "smoke": 1}


def test_what_a_killed_run_left_open_gets_none_of_the_next_run_s_calls():
    told = journal(
        (0, "stage.started", {"stage": "coding"}),
        (5, "run.started", {"command": "build"}),
        (6, "model.called", call("plan.design")),
    )

    assert journal_summary.stages(told)[0].usage.calls == 0


def test_a_call_that_failed_after_it_was_charged_counts():
    failed = {"stage": "debug:1", "error": "no reply", "tokens": 700, "usd": 0.01}
    refused = {"stage": "debug:1", "error": "connection refused", "tokens": 0, "usd": None}
    (cost,) = journal_summary.costs(journal((0, "model.failed", failed), (1, "model.failed", refused)))

    assert (cost.usage.calls, cost.usage.tokens, cost.usage.usd) == (1, 700, 0.01)


def test_a_call_that_took_several_paid_tries_counts_them_all():
    (cost,) = journal_summary.costs(journal((0, "model.called", call("plan", calls=3))))

    assert cost.usage.calls == 3


def test_costs_are_added_up_by_who_asked_and_cached_calls_cost_nothing():
    plan, code, debug = journal_summary.costs(events())

    assert (plan.who, code.who, debug.who) == ("plan", "code", "debug")
    assert (code.usage.calls, code.usage.prompt_tokens, code.replayed) == (1, 10_000, 1)


def test_a_sum_with_an_unknown_price_is_unknown():
    (code,) = journal_summary.costs(
        journal((0, "model.called", call("code:a")), (1, "model.called", call("code:b", usd=None)))
    )

    assert code.usage.usd is None
    assert code.usage.calls == 2


def test_a_trial_knows_the_checks_before_and_after_it():
    kept, rejected, dropped = journal_summary.trials(events())

    assert (kept.before.total, kept.after.total) == (5, 3)
    assert (rejected.before.total, rejected.after) == (3, None)
    assert (dropped.before.total, dropped.after.total) == (3, 3)


def test_after_a_stage_its_checks_are_the_ones_before_the_next_trial():
    told = journal(
        *round_of(0, compile=0, smoke=2),
        (5, "stage.ended", {"stage": "proof"}),
        *round_of(6, compile=0, smoke=7),
        (9, "patch.tried", {"verdict": "dropped", "author": "a", "diff": "d"}),
    )
    (trial,) = journal_summary.trials(told)

    assert (trial.before.total, trial.after.total) == (2, 7)


def test_times_that_cannot_be_read_are_unknown():
    assert journal_summary.between("", "2026-01-01T00:00:00+00:00") is None
    assert journal_summary.between("2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00") is None
