from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from p2c.budget import SpendingLimits
from p2c.errors import BudgetExceededError, SandboxError
from p2c.executor.report import CheckResult, Finding, Report
from p2c.models.scripted import ScriptedModel
from p2c.repair.case import Case, Strategy
from p2c.repair.debugger import DebugOptions, make_debugger
from p2c.repair.guards import Scope
from p2c.repair.history import LOOK, PLAIN
from p2c.repair.loop import AcceptancePolicy, StopReason, repair
from p2c.repair.patch import Patch, diff_repos
from p2c.repo import Repo
from p2c.session import Session
from tests.repair.running import BROKEN, CONTRACT, CURE, broken_case, run_main, session


def judge(**changes: object) -> AcceptancePolicy:
    made = AcceptancePolicy(run_main, Scope(promises={}, contract=CONTRACT, allow=frozenset()))
    return replace(made, **changes)  # type: ignore[arg-type]


def work(
    case: Case, strategies: Iterable[Strategy], using: Session, by: AcceptancePolicy | None = None
) -> tuple[Case, StopReason]:
    """Go through the loop as its callers do; return the best state and why it ended."""
    loop = repair(case, tuple(strategies), using, by or judge())
    while True:
        try:
            case = next(loop)
        except StopIteration as end:
            return case, end.value


def rewriting(old: str, new: str, author: str = "fixer:test") -> Strategy:
    """A strategy that replaces text in main.py, where it is there."""

    def strategy(case: Case) -> Patch | None:
        text = case.repo.files["main.py"]
        after = case.repo.with_files({"main.py": text.replace(old, new)})
        return Patch(diff_repos(case.repo, after), f"{old} -> {new}", author) if after != case.repo else None

    return strategy


def test_a_patch_that_cures_is_kept_and_yielded() -> None:
    using, events = session()
    case = broken_case()
    best, stop = work(case, [rewriting("len(value)", "len(values)")], using)
    assert stop.word == "runs"
    assert best.report.ok and "len(values)" in best.repo.files["main.py"]
    assert [attempt.verdict for attempt in best.history.attempts] == ["kept"]
    assert [event.name for event in events] == ["patch.tried", "repair.stopped"]
    assert events[0].data["before"] == case.report.fingerprint
    assert events[0].data["after"] == best.report.fingerprint
    assert "-    return sum(values) / len(value)" in events[0].data["diff"]


def test_the_journal_says_which_rung_placed_each_hunk() -> None:
    diff = "--- a/main.py\n+++ b/main.py\n@@ ... @@\n mean:\n-    nothing\n+    something\n"
    shifted = (
        "--- a/main.py\n+++ b/main.py\n@@ ... @@\n-return sum(values) / len(value)\n+return sum(values) / len(values)\n"
    )
    replies = iter([Patch(diff, "a", "debugger"), Patch(shifted, "b", "debugger")])
    using, events = session()
    best, stop = work(broken_case(), [lambda case: next(replies, None)], using)
    assert stop.word == "runs"
    assert [tuple(event.data["rungs"]) for event in events[:2]] == [(), ("shift",)]
    assert [attempt.rungs for attempt in best.history.attempts] == [(), ("shift",)]


BAD_REPLIES = [
    "I fixed it! Everything runs now.",
    "",
    "```diff\n```\n",
    "```diff\n--- a/main.py\n+++ b/main.py\n@@ -4,3 +4,3 @@\n def mean(values):\n-    gone = 1\n+    gone = 2\n```",
    # breaks more: no longer Python
    "```diff\n--- a/main.py\n+++ b/main.py\n@@ -6 +6 @@\n-    return sum(values) / len(value)\n"
    "+    return sum(values) / len(value\n```",
    # deletes the failing function and what calls it
    '```diff\n--- a/main.py\n+++ b/main.py\n@@ -4,9 +4,2 @@\n-def mean(values):\n-    """Return the mean."""\n'
    "-    return sum(values) / len(value)\n-\n-\n def main():\n-    assert mean([1.0, 3.0]) == 2.0\n"
    "+    return None\n```",
]


def test_bad_replies_are_all_recorded_and_none_is_kept() -> None:
    model = ScriptedModel(lambda prompt: BAD_REPLIES[(len(model.prompts) - 1) % len(BAD_REPLIES)])
    using, events = session(model)
    case = broken_case()
    best, stop = work(case, [make_debugger(using)], using)
    assert stop.word == "stagnated"
    assert best.repo == case.repo
    attempts = best.history.attempts
    assert len(attempts) == sum(event.name == "patch.tried" for event in events) == 12
    assert {attempt.verdict for attempt in attempts} <= {"rejected", "dropped"}
    assert all(attempt.note for attempt in attempts)
    assert "holds no diff" in attempts[0].note
    assert "empty" in attempts[1].note


@pytest.mark.parametrize(("replies", "too_small"), [(["I think it is fine."], True), (BAD_REPLIES, False)])
def test_a_model_that_never_writes_a_change_is_called_too_small(replies: list[str], too_small: bool) -> None:
    model = ScriptedModel(lambda prompt: replies[(len(model.prompts) - 1) % len(replies)])
    using, _ = session(model)
    _, stop = work(broken_case(), [make_debugger(using)], using)
    assert stop.word == "stagnated"
    assert ("replies held a change: it is too small for this" in stop.hint) is too_small


def test_the_diff_that_deletes_the_failing_function_is_refused_by_a_guard() -> None:
    model = ScriptedModel(lambda prompt: BAD_REPLIES[-1])
    using, _ = session(model)
    best, stop = work(broken_case(), [make_debugger(using)], using, judge(patience=1, top=PLAIN))
    assert stop.word == "stagnated"
    attempt = best.history.attempts[0]
    assert attempt.verdict == "rejected" and attempt.note.startswith("refused")
    assert "def mean" in best.repo.files["main.py"]


def test_after_bad_replies_a_good_one_still_cures() -> None:
    model = ScriptedModel([*BAD_REPLIES[:2], "", CURE])
    using, _ = session(model)
    best, stop = work(broken_case(), [make_debugger(using)], using)
    assert stop.word == "runs"
    assert [attempt.verdict for attempt in best.history.attempts] == ["rejected", "rejected", "rejected", "kept"]


def test_the_cheaper_strategy_goes_first_and_the_model_is_not_asked() -> None:
    model = ScriptedModel()
    using, _ = session(model)
    _, stop = work(broken_case(), [rewriting("len(value)", "len(values)"), make_debugger(using)], using)
    assert stop.word == "runs" and not model.prompts


def test_a_sideways_move_is_kept_but_idle() -> None:
    using, _ = session()
    sideways = rewriting("len(value)", "len(numbers)")
    best, stop = work(broken_case(), [sideways], using)
    assert best.history.attempts[0].verdict == "kept"
    assert best.history.idle == 1
    assert stop.word == "broken" and "no automatic fix" in stop.why


def test_going_round_in_a_circle_is_seen_and_the_first_step_back_is_dropped() -> None:
    using, _ = session()
    steps = [rewriting("len(value)", "len(numbers)"), rewriting("len(numbers)", "len(value)")]
    best, stop = work(broken_case(), steps, using)
    assert [attempt.verdict for attempt in best.history.attempts][:2] == ["kept", "dropped"]
    assert "seen before" in best.history.attempts[1].note
    assert stop.word == "stagnated"


def test_a_run_that_says_of_itself_that_things_failed_is_told_so() -> None:
    doubt = Finding("smoke", "LoggedErrors", "`python main.py` ended with 0, but said ...", gates=False)
    passed = Report((CheckResult("install", "passed"), CheckResult("smoke", "passed", (doubt,))))
    _, stop = work(Case(Repo({"main.py": ""}), passed, CONTRACT), [], session()[0])
    assert stop.word == "runs" and stop.why.endswith(doubt.message)


def two_pins(repo: Repo) -> Report:
    """Two old pins, of which the installer names one at a time, in words that are the same for every version."""
    left = [pin for pin in ("b==1", "a==1", "b==2", "a==2") if pin in repo.files["main.py"]]
    if not left:
        return Report((CheckResult("install", "passed"), CheckResult("smoke", "passed")))
    words = f"Failed to build {left[0].partition('==')[0]}"
    return Report((CheckResult("install", "failed", (Finding("install", "BuildFailed", words, "main.py"),)),))


@pytest.mark.parametrize(("author", "word"), [("fixer:pins", "runs"), ("debugger", "stagnated")])
def test_rules_go_on_through_words_that_were_read_before_as_long_as_the_files_are_new(author: str, word: str) -> None:
    repo = Repo({"main.py": "# a==1 b==1\n"})
    pairs = [("b==1", "b==2"), ("a==1", "a==2"), ("a==2", "a"), ("b==2", "b")]
    using, _ = session()
    case = Case(repo, two_pins(repo), CONTRACT)
    best, stop = work(case, [rewriting(old, new, author) for old, new in pairs], using, judge(check=two_pins))
    assert stop.word == word
    assert (best.repo.files["main.py"] == "# a b\n") is (word == "runs")


@pytest.mark.parametrize(("author", "verdict"), [("fixer:python2", "kept"), ("debugger", "rejected")])
def test_what_a_rule_makes_readable_was_the_authors_own(author: str, verdict: str) -> None:
    text = "try:\n    f = 1 / 2\nexcept:\n    print 'again'\n"
    case = Case(Repo({"main.py": text}), run_main(Repo({"main.py": text})), CONTRACT)
    using, _ = session()
    best, _ = work(case, [rewriting("print 'again'", "print('again')", author)], using)
    assert best.history.attempts[0].verdict == verdict


def test_a_change_that_makes_no_difference_is_dropped() -> None:
    using, _ = session()
    best, _ = work(broken_case(), [rewriting("Mean of a sample", "The mean")], using)
    assert best.history.attempts[0].verdict == "dropped"
    assert "changed nothing" in best.history.attempts[0].note


def test_a_strategy_that_repeats_itself_does_not_hide_the_next() -> None:
    using, _ = session()
    stubborn = rewriting("Mean of a sample", "The mean")
    best, stop = work(broken_case(), [stubborn, rewriting("len(value)", "len(values)")], using)
    assert stop.word == "runs"
    assert [attempt.verdict for attempt in best.history.attempts] == ["dropped", "kept"]


def test_running_out_of_attempts_keeps_the_best_state() -> None:
    using, events = session(limits=SpendingLimits(attempts=1))
    best, stop = work(broken_case(), [rewriting("len(value)", "len(numbers)"), rewriting("numbers", "values")], using)
    assert stop.word == "budget" and "1 repair attempts" in stop.why
    assert "len(numbers)" in best.repo.files["main.py"]
    assert events[-1].data == {"word": "budget", "why": stop.why}


def test_running_out_of_money_inside_a_call_is_a_stop() -> None:
    model = ScriptedModel([BudgetExceededError("max-cost", "the next call may take 1 usd", "Raise --max-cost")])
    using, _ = session(model)
    case = broken_case()
    best, stop = work(case, [make_debugger(using)], using)
    assert (stop.word, stop.hint) == ("budget", "Raise --max-cost")
    assert best.repo == case.repo and not best.history.attempts


def test_a_failing_sandbox_is_no_attempt() -> None:
    def unwell(repo: Repo) -> Report:
        raise SandboxError("the sandbox is gone")

    using, _ = session()
    case = broken_case()
    with pytest.raises(SandboxError):
        work(case, [rewriting("len(value)", "len(values)")], using, judge(check=unwell))
    assert not case.history.attempts


def test_a_fixer_that_raises_is_a_bug() -> None:
    def fixer(case: Case) -> Patch | None:
        raise ZeroDivisionError

    using, _ = session()
    with pytest.raises(ZeroDivisionError):
        work(broken_case(), [fixer], using)


def test_nothing_to_run_is_unverified_and_nothing_is_tried() -> None:
    report = Report((CheckResult("compile", "passed"), CheckResult("smoke", "skipped")))
    using, _ = session()
    best, stop = work(Case(Repo(BROKEN), report, CONTRACT), [rewriting("len(value)", "len(values)")], using)
    assert stop.word == "unverified" and not best.history.attempts


def test_progress_gives_patience_and_the_plain_level_back() -> None:
    files = {"main.py": "import math\nmath.nope\n"}
    using, _ = session()
    case = broken_case(files)
    loop = repair(
        case, [rewriting("math.nope", "math.nada"), rewriting("math.nada", "math.pi")], using, judge(patience=1)
    )
    assert next(loop).history.level == PLAIN
    after = next(loop)
    assert after.report.ok and (after.history.level, after.history.idle) == (PLAIN, 0)


def test_the_level_rises_with_idleness_before_it_stagnates() -> None:
    levels: list[int] = []
    replies = iter(range(100))

    def wrong(case: Case) -> Patch | None:
        levels.append(case.history.level)
        return Patch("", f"no idea {next(replies)}", "debugger")

    using, _ = session()
    _, stop = work(broken_case(), [wrong], using, judge(patience=2, top=LOOK))
    assert levels == [0, 0, 1, 1, 2, 2]
    assert stop.word == "stagnated" and "NameError" not in stop.word


def test_the_same_replies_give_the_same_attempts_and_the_same_prompts() -> None:
    def once() -> tuple[list[tuple[str, str]], list[str]]:
        model = ScriptedModel([*BAD_REPLIES, CURE])
        using, _ = session(model)
        best, _ = work(broken_case(), [make_debugger(using, DebugOptions(refusals=99))], using)
        asked = [message.content for prompt in model.prompts for message in prompt.messages]
        return [(attempt.verdict, attempt.note) for attempt in best.history.attempts], asked

    assert once() == once()


def test_one_failing_check_without_findings_is_still_broken() -> None:
    report = Report((CheckResult("install", "failed"),))
    using, _ = session()
    _, stop = work(Case(Repo(BROKEN), report, CONTRACT), [], using)
    assert stop == StopReason("broken", stop.why, stop.hint) and "without saying where" in stop.why


def test_the_reason_names_what_is_left() -> None:
    finding = Finding("smoke", "NameError", "name 'x' is not defined", "main.py", 3)
    report = Report((CheckResult("smoke", "failed", (finding,)),))
    using, _ = session()
    _, stop = work(Case(Repo(BROKEN), report, CONTRACT), [], using)
    assert "(smoke in main.py): name 'x' is not defined" in stop.why
