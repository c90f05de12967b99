"""Rules put into words: `p2c check --explain RULE`; `python -m p2c.commands.explain FILE` writes docs/checks.md."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from p2c.commands.console import Console
from p2c.errors import UsageError
from p2c.executor.checks.explanations import Explanation, explain, explanations, near
from p2c.executor.report import ORDER
from p2c.repair.guard_names import NAMES

ABOUT = {
    "compile": "Every file is compiled with the Python version that will run it.",
    "design": "In a build: everything that the plan promises exists.",
    "lint": "ruff, ignoring project settings, and p2c's own rules. Errors that raise when the line runs are blocking.",
    "install": "The requirements are resolved and installed into a fresh environment.",
    "types": "mypy with the environment's packages. Advisory; errors of these codes are blocking if `[check] gate` in "
    "p2c.toml names `types`; with a baseline, new ones are.",
    "import": "Every module is imported in a separate process.",
    "smoke": "The commands of the run contract are run in a clean copy, without network.",
    "test": "pytest with the repository's settings; every test in the code has to be reported.",
    "exceptions": "Exceptions in `import`, `smoke` and `test`, by their Python names, with frames, locals and causes.",
    "provenance": "In a build: numbers that are marked as the paper's must occur in the paper.",
}


GUARDS = {
    "emptied": "code that is emptied: a body replaced by a constant, `pass` or an exception",
    "unreachable": "statements that become unreachable, by an earlier exit or a condition that is never true",
    "removed": "functions, classes, calls or files removed without a reason",
    "entry": "a different entry point, or one that no longer starts the work",
    "swallowed": "exceptions that are caught and ignored",
    "exits": "an early exit with an exit code that hides the failure",
    "silenced": "warnings, types or lint switched off by comments and settings",
    "tests": "tests that are skipped, weakened, removed or forced to pass",
    "contract": "changes to how the repository is run (p2c.toml)",
    "configuration": "tool settings that decide what is checked",
    "stand-in": "a mock object in place of a real library or module",
    "faked": "results that are hard-coded instead of computed",
    "constants": "changed values of the paper",
    "shrunk": "a workload smaller than the run asks for",
    "requirements": "requirements that nothing imports, or that do not come from the package index",
    "build": "changes to how the repository is built and installed",
    "automation": "files of CI systems, git and editors",
    "start-up": "files that Python or a shell runs at start-up",
    "files": "any other file outside the patch's scope",
}
"""What each guard refuses in a patch, in words."""


def run_explain(console: Console, rule: str) -> int:
    """Print what a rule, a check or a guard means; raises UsageError with near matches for what is none of them."""
    name = rule.strip().lower()
    if name in (*ORDER, *NAMES, "rules"):
        return _explain_group(console, name)
    matches = explain(rule)
    if not matches:
        similar = near(rule)
        near_by = f"Similar: {', '.join(similar)}. " if similar else ""
        hint = f"{near_by}`p2c check --explain rules` lists all names."
        raise UsageError(f"unknown rule, check or guard {rule!r}", hint)
    if console.as_json:
        print(json.dumps([{**asdict(explanation), "gates": explanation.gates} for explanation in matches], indent=2))
    else:
        print("\n\n".join(_text(explanation, rule) for explanation in matches))
    return 0


def _explain_group(console: Console, name: str) -> int:
    """Tell what a check does with the names of its rules, what a guard refuses, or all names there are."""
    checks = [name] if name in ORDER else [*ABOUT] if name == "rules" else []
    if console.as_json:
        rows = [
            {"check": each_check, "does": ABOUT[each_check], "rules": _rules_of(each_check)} for each_check in checks
        ]
        print(json.dumps(rows or [{"guard": name, "refuses": GUARDS.get(name, "")}], indent=2))
        return 0
    for check in checks:
        print(f"{check}: {ABOUT[check]}\n  rules  {', '.join(_rules_of(check))}")
    if name == "rules":
        print(f"guards (--allow): {', '.join(NAMES)}")
    elif not checks:
        print(f"{name}: a guard of `p2c build` and `p2c repair`. It rejects patches with:")
        print(f"  {GUARDS.get(name, 'see docs/repair.md')}\n  turn it off with  --allow {name}")
    return 0


def _rules_of(check: str) -> list[str]:
    own = [explanation.rule for explanation in explanations() if explanation.check == check]
    return [*own, "and Python exceptions by name"] if check in ("import", "smoke", "test") else own


def _text(explanation: Explanation, asked: str) -> str:
    name = (
        explanation.rule
        if explanation.rule.lower() == asked.rpartition("/")[2].lower()
        else f"{asked} (as {explanation.rule})"
    )
    check = "import, smoke, test" if explanation.check == "exceptions" else explanation.check
    lines = [
        f"{name}: found by {check}; {'blocking' if explanation.gates else 'advisory'}",
        f"  means  {explanation.means}",
    ]
    return "\n".join([*lines, f"  why    {explanation.why}", f"  fix    {explanation.cure}"])


def page() -> str:
    """Return the tables of docs/checks.md as Markdown."""
    parts = []
    for check, about in ABOUT.items():
        rows = [_row(explanation) for explanation in explanations() if explanation.check == check]
        head = ["| rule | blocking | meaning | reason | fix |", "|---|---|---|---|---|"]
        parts.append("\n".join([f"### {check}", "", about, "", *head, *rows]))
    return "\n\n".join(parts) + "\n"


def _row(explanation: Explanation) -> str:
    cells = (
        f"`{explanation.rule}`",
        "yes" if explanation.gates else "no",
        explanation.means,
        explanation.why,
        explanation.cure,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":  # with a file: its tables are written again, and what stands above them stays
    if sys.argv[1:]:
        place = Path(sys.argv[1])
        place.write_text(
            place.read_text(encoding="utf-8").partition(page().partition("\n")[0])[0] + page(), encoding="utf-8"
        )
    else:
        sys.stdout.write(page())
