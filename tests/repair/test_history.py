from __future__ import annotations

from p2c.repair.history import Attempt, AttemptVerdict, History
from p2c.repair.patch import Patch

DIFF = "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n"


def attempt(
    verdict: AttemptVerdict, diff: str = DIFF, before: str = "s0", after: str = "", author: str = "debugger"
) -> Attempt:
    return Attempt(Patch(diff, "why", author), verdict, "note", before, after)


def test_states_that_were_kept_are_seen_and_dropped_ones_are_not() -> None:
    history = History()
    history.begin("s0")
    history.add(attempt("kept", after="s1"), progressed=True)
    history.add(attempt("dropped", after="s2"), progressed=False)
    assert [history.seen(name) for name in ("s0", "s1", "s2")] == [True, True, False]


def test_the_same_change_at_other_line_numbers_was_tried_but_not_in_another_state() -> None:
    history = History()
    history.add(attempt("dropped"), progressed=False)
    assert history.tried(DIFF.replace("@@ -1 +1 @@", "@@ -9,1 +9,1 @@"), "s0")
    assert not history.tried(DIFF.replace("+b", "+c"), "s0")
    assert not history.tried(DIFF, "s1")


def test_idleness_counts_until_progress_and_each_level_starts_afresh() -> None:
    history = History()
    history.add(attempt("dropped"), progressed=False)
    history.add(attempt("kept", after="s1"), progressed=False)
    assert (history.level, history.idle) == (0, 2)
    history.escalate()
    assert (history.level, history.idle) == (1, 0)
    history.add(attempt("kept", after="s2"), progressed=True)
    assert (history.level, history.idle) == (0, 0)


def test_refusals_are_counted_for_one_author_from_the_end() -> None:
    history = History()
    for verdict in ("rejected", "dropped", "rejected", "rejected"):
        history.add(attempt(verdict), progressed=False)  # type: ignore[arg-type]
    history.add(attempt("dropped", author="fixer:pins"), progressed=False)
    assert history.refusals("debugger") == 2
    assert history.refusals("fixer:pins") == 0


def test_looped_turns_are_told_once_with_their_number() -> None:
    history = History()
    history.add(attempt("dropped", DIFF, after="s1"), progressed=False)
    history.add(attempt("rejected", "nonsense"), progressed=False)
    history.add(attempt("dropped", DIFF.replace("+b", "+other"), after="s1"), progressed=False)
    history.add(attempt("rejected", "nonsense"), progressed=False)
    told = [(each.verdict, each.patch.diff, times) for each, times in history.distinct()]
    assert told == [("dropped", DIFF.replace("+b", "+other"), 2), ("rejected", "nonsense", 2)]
