from __future__ import annotations

from p2c.reports.html.timeline import render_timeline
from p2c.reports.run_history import outcome_of, runs
from tests.reports.samples import call, events, journal, round_of

CHECKED = {"verdict": "broken", "gating": 2, "findings": 3}


def killed_and_resumed():
    return journal(
        (0, "run.started", {"command": "build", "title": "T"}),
        (0, "stage.started", {"stage": "planning"}),
        (30, "model.called", call("plan.design")),
        (40, "run.started", {"command": "build", "title": "T"}),
        (40, "stage.started", {"stage": "planning"}),
        (41, "model.called", call("plan.design", cached=True)),
        (50, "plan.made", {"files": ["a.py", "b.py"], "values": 5, "assumed": 2}),
        (50, "stage.ended", {"stage": "planning"}),
        (60, "run.ended", {"verdict": "runs", "why": "every check passed"}),
    )


def test_a_run_that_was_killed_has_no_verdict_and_the_next_one_says_what_came_from_disk():
    killed, resumed = runs(killed_and_resumed())

    assert (killed.verdict, killed.seconds, killed.usage.calls, killed.replayed) == ("", 30.0, 1, 0)
    assert (resumed.verdict, resumed.seconds, resumed.usage.calls, resumed.replayed) == ("runs", 20.0, 0, 1)
    assert killed.stages[0].seconds is None
    assert resumed.stages[0].seconds == 10.0


def test_what_came_of_a_stage_is_told_in_words():
    planning, coding, repair = runs(events())[0].stages

    assert outcome_of(planning) == "2 files planned"
    assert outcome_of(coding) == "2 files written"
    assert outcome_of(repair) == "3 attempts, 1 kept"
    assert outcome_of(runs(killed_and_resumed())[1].stages[0]) == "2 files planned; 5 values, 2 of them assumed"


def test_a_repair_without_stages_is_told_as_checks_and_repair():
    told = journal(
        (0, "run.started", {"command": "repair"}),
        *round_of(1, compile=0, smoke=2),
        (5, "repo.checked", CHECKED),
        (9, "model.called", call("debug:1")),
        *round_of(10, compile=0, smoke=0),
        (15, "repo.checked", {**CHECKED, "verdict": "runs", "gating": 0}),
        (16, "patch.tried", {"verdict": "kept", "author": "debugger", "diff": ""}),
        (17, "repair.stopped", {"word": "runs", "why": ""}),
        (18, "stage.started", {"stage": "proof"}),
        (28, "stage.ended", {"stage": "proof"}),
    )
    (run,) = runs(told)

    assert [(stage.name, stage.seconds) for stage in run.stages] == [("checks", 4.0), ("repair", 10.0), ("proof", 10.0)]
    assert [outcome_of(stage) for stage in run.stages] == ["2 blocking findings", "1 attempt, 1 kept", ""]
    assert run.verdict == "", "how the loop stopped is no verdict: the proof may still fail"
    assert run.stages[1].usage.calls == 1


def test_calls_before_any_run_are_told_by_what_they_asked_for():
    told = journal((10, "model.called", call("plan.design")), (20, "model.called", call("code:a.py", seconds=5.0)),
                   (21, "file.written", {"path": "a.py"}))  # fmt: skip
    (run,) = runs(told)

    assert [(stage.name, stage.seconds) for stage in run.stages] == [("planning", 2.0), ("writing", None)]
    assert (run.command, run.seconds) == ("", 13.0)


def test_the_timeline_shows_every_station_and_a_run_that_was_cut_short():
    document = {"title": "T", "verdict": "runs", "checks": [{"status": "passed"}], "attempts": []}
    markup = render_timeline(document, killed_and_resumed()).markup

    assert "<b>Paper</b><span><bdi>T</bdi></span>" in markup
    assert "<b>Plan</b><span><bdi>2 files planned</bdi></span>" in markup
    assert "cost $0.0125" in markup
    assert '<span class="pill warn">not finished</span>' in markup
    assert "the next run resumed it" in markup
    assert "1 replies from disk" in markup
    assert "stopped after 30 s" in markup
    assert markup.index("Run 1 of 2") < markup.index("Run 2 of 2")


def test_without_a_journal_there_is_no_timeline():
    assert render_timeline({"verdict": "runs", "checks": [], "attempts": []}, ()) is None


def test_a_journal_with_nonsense_in_its_numbers_is_told_all_the_same():
    bad = {
        "seconds": "x",
        "prompt_tokens": [1],
        "completion_tokens": {},
        "cached_tokens": True,
        "usd": "much",
        "calls": 1e400,
    }
    told = journal((0, "model.called", {"stage": 3, **bad}), (1, "model.failed", {"error": 1, "tokens": "many"}),
                   (2, "plan.made", {"files": 1.5, "values": None}), (3, "check.ended", {"findings": "x"}),
                   (4, "patch.tried", {"verdict": None}))  # fmt: skip

    assert render_timeline({"verdict": "runs", "checks": [], "attempts": []}, told)
