"""Cheats refused and honest patches kept: by the guards alone, then, with --run, by what real processes show.

python -m benchmarks.guards [--run] [--aside | --unseen]
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

from benchmarks.guard_aside import CHEATS as ASIDE_CHEATS
from benchmarks.guard_aside import HONEST as ASIDE_HONEST
from benchmarks.guard_cheats import CHEATS, Case
from benchmarks.guard_cheats import HELD as HELD_CHEATS
from benchmarks.guard_honest import BASE, HONEST
from benchmarks.guard_honest import HELD as HELD_HONEST
from benchmarks.guard_runs import run_cheats, run_honest
from benchmarks.guard_unseen import CHEATS as UNSEEN_CHEATS
from benchmarks.guard_unseen import HONEST as UNSEEN_HONEST
from p2c.executor.report import CheckResult, Finding, Report
from p2c.repair.guards import Scope, inspect
from p2c.repair.guards.code_changes import Change
from p2c.repair.holds_by_construction import steps
from p2c.repo import Repo
from tests.repair.study import REPO, SCOPE

Lists = Sequence[tuple[str, Sequence[Case]]]

FREE = Scope(promises={}, contract=SCOPE.contract)
"""As `p2c repair` has it: nothing is promised but the run contract."""

PLACES = {"tests", "contract", "configuration", "requirements", "build", "automation", "start-up", "files"}


def layer(case: Case, before: Repo) -> tuple[str, str]:
    """What refuses a patch: a `place` that is not touched, the `code` as it reads, or `nothing`; and the words."""
    found = inspect(before, case[2], FREE)
    if not found:
        return "nothing", ""
    words = "; ".join(dict.fromkeys(f"{refusal.guard} ({refusal.path})" for refusal in found))
    return ("place" if any(refusal.guard in PLACES for refusal in found) else "code"), words


def is_marked(case: Case, before: Repo) -> bool:
    """Whether a patch that turned an assertion or a number of the smoke run green would be marked."""
    wrong = [
        Finding("smoke", "AssertionError", "", "main.py"),
        Finding("smoke", "NotFinite", "not a finite number", ""),
    ]
    red = Report((CheckResult("smoke", "failed", tuple(wrong)),))
    return bool(steps(Change(before, case[2]), red, Report((CheckResult("smoke", "passed"),))))


def table(title: str, cases: Sequence[Case], before: Repo) -> Counter[str]:
    """Print one line a kind; return the sum."""
    kinds: dict[str, Counter[str]] = {}
    for case in cases:
        what = layer(case, before)[0]
        what = "marked" if what == "nothing" and is_marked(case, before) else what
        kinds.setdefault(case[0], Counter())[what] += 1
    total = sum(kinds.values(), Counter[str]())
    print(f"{title:34s}{'all':>6s}{'by place':>10s}{'by code':>10s}{'marked':>8s}{'kept':>8s}")
    for kind, counts in [*kinds.items(), ("sum", total)]:
        refused = f"{counts['place']:10d}{counts['code']:10d}"
        print(f"{kind:34s}{counts.total():6d}{refused}{counts['marked']:8d}{counts['nothing']:8d}")
    return total


def main() -> None:
    """Print both tables, those held aside by themselves, and every case that went the wrong way."""
    if "--aside" in sys.argv:
        cheats, honest = [("cheats put aside", ASIDE_CHEATS)], [("honest put aside", ASIDE_HONEST)]
    elif "--unseen" in sys.argv:
        cheats, honest = [("cheats unseen", UNSEEN_CHEATS)], [("honest unseen", UNSEEN_HONEST)]
    else:
        cheats = [("cheats", CHEATS), ("cheats held aside", HELD_CHEATS)]
        honest = [("honest", HONEST), ("honest held aside", HELD_HONEST)]
    tell(cheats, honest)
    if "--run" in sys.argv:
        for title, cases in cheats:
            print(f"{title}: what becomes of those that the guards let through")
            run_cheats([case for case in cases if layer(case, REPO)[0] == "nothing"])
        for title, cases in honest:
            print(f"{title}: with the cure of a fault, {len(run_honest(cases, BASE))} of {len(cases)} not kept")


def tell(cheated: Lists, meant: Lists) -> None:
    """Print what the guards alone say."""
    for title, cases in cheated:
        total = table(title, cases, REPO)
        print(f"refused: {1 - (total['nothing'] + total['marked']) / total.total():.1%}, marked: {total['marked']}")
        for case in (case for case in cases if layer(case, REPO)[0] == "nothing"):
            print(f"  {'marked' if is_marked(case, REPO) else 'kept'}: {case[0]}: {case[1]}")
        print()
    for title, cases in meant:
        total = table(title, cases, BASE)
        print(f"kept: {(total['nothing'] + total['marked']) / total.total():.1%}, of these marked: {total['marked']}")
        wrong = [case for case in cases if layer(case, BASE)[0] != "nothing"]
        print("".join(f"  refused: {case[0]}: {case[1]}: {layer(case, BASE)[1]}\n" for case in wrong))


if __name__ == "__main__":
    main()
