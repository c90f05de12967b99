"""Rules put into words: `p2c check --explain RULE`, and the page docs/checks.md (`python -m p2c.commands.explain`)."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from p2c.commands.console import Console
from p2c.errors import UsageError
from p2c.executor.checks.explanations import Explanation, explain, explanations, near
from p2c.executor.report import ORDER
from p2c.repair.guard_names import NAMES

ABOUT = {
    "compile": "Every file is compiled by the Python that is going to run it.",
    "design": "In a build: what the plan promised is there.",
    "lint": "ruff without anybody's settings, and p2c's own rules. Errors that wait for their line gate.",
    "install": "The requirements, resolved and installed into a fresh environment.",
    "types": "mypy with the environment's packages. It advises; errors of these codes gate where `[check] gate` in "
    "p2c.toml names `types`, and new ones with a baseline.",
    "import": "Every module is imported, each in a process of its own.",
    "smoke": "The run contract's commands, from a clean copy, without network.",
    "test": "pytest, as the repository has it; every test that is written has to be reported.",
    "exceptions": "What `import`, `smoke` and `test` report by its Python name, with frames, locals and causes.",
    "provenance": "In a build: numbers that claim to be the paper's stand in the paper.",
}


GUARDS = {
    "emptied": "code that is still there by name only: a body that became a constant, `pass` or a refusal to work",
    "unreachable": "statements that an end before them, or a condition that never holds, cuts off",
    "removed": "functions, classes, calls or files that went without a reason",
    "entry": "another entry point, or one that no longer starts the work",
    "swallowed": "exceptions that are caught and passed over",
    "exits": "leaving early, with an exit code that hides the failure",
    "silenced": "warnings, types or lint switched off by comments and settings",
    "tests": "tests that are skipped, weakened, taken out or made to pass",
    "contract": "changes to how the repository is run (p2c.toml)",
    "configuration": "settings of tools that decide what is checked",
    "stand-in": "an object that stands in for a real library or module",
    "faked": "results that are written down instead of computed",
    "constants": "values of the paper that were changed",
    "shrunk": "work that was made smaller than the run asks for",
    "requirements": "requirements that nothing imports, or from elsewhere than the package index",
    "build": "what builds and installs the repository",
    "automation": "files of CI, git and editors",
    "start-up": "what Python or a shell runs by itself at its start",
    "files": "any other file that a patch has no business with",
}
"""What each guard refuses in a patch, in words."""


def run_explain(console: Console, rule: str) -> int:
    """Print what a rule, a check or a guard means; raises UsageError with near matches for what is none of them."""
    name = rule.strip().lower()
    if name in (*ORDER, *NAMES, "rules"):
        return _explain_group(console, name)
    found = explain(rule)
    if not found:
        similar = near(rule)
        near_by = f"Near: {', '.join(similar)}. " if similar else ""
        hint = f"{near_by}`p2c check --explain rules` lists all names."
        raise UsageError(f"there is no rule, check or guard {rule!r}", hint)
    if console.as_json:
        print(json.dumps([{**asdict(one), "gates": one.gates} for one in found], indent=2))
    else:
        print("\n\n".join(_told(one, rule) for one in found))
    return 0


def _explain_group(console: Console, name: str) -> int:
    """Tell what a check does with the names of its rules, what a guard refuses, or all names there are."""
    checks = [name] if name in ORDER else [*ABOUT] if name == "rules" else []
    if console.as_json:
        rows = [{"check": one, "does": ABOUT[one], "rules": _rules_of(one)} for one in checks]
        print(json.dumps(rows or [{"guard": name, "refuses": GUARDS.get(name, "")}], indent=2))
        return 0
    for check in checks:
        print(f"{check}: {ABOUT[check]}\n  rules  {', '.join(_rules_of(check))}")
    if name == "rules":
        print(f"guards of patches (--allow): {', '.join(NAMES)}")
    elif not checks:
        print(f"{name}: a guard of `p2c build` and `p2c repair`; it refuses patches that bring this about")
        print(f"  means  {GUARDS.get(name, 'see docs/repair.md')}\n  let it pass  --allow {name}")
    return 0


def _rules_of(check: str) -> list[str]:
    own = [one.rule for one in explanations() if one.check == check]
    return [*own, "and Python's exceptions by their names"] if check in ("import", "smoke", "test") else own


def _told(one: Explanation, asked: str) -> str:
    name = one.rule if one.rule.lower() == asked.rpartition("/")[2].lower() else f"{asked} (as {one.rule})"
    check = "import, smoke, test" if one.check == "exceptions" else one.check
    lines = [f"{name}: found by {check}; {'gates' if one.gates else 'advises'}", f"  means  {one.means}"]
    return "\n".join([*lines, f"  why    {one.why}", f"  cure   {one.cure}"])


def page() -> str:
    """Return the tables of docs/checks.md as Markdown."""
    parts = []
    for check, about in ABOUT.items():
        rows = [_row(one) for one in explanations() if one.check == check]
        head = ["| rule | gates | it means | why | cure |", "|---|---|---|---|---|"]
        parts.append("\n".join([f"### {check}", "", about, "", *head, *rows]))
    return "\n\n".join(parts) + "\n"


def _row(one: Explanation) -> str:
    cells = (f"`{one.rule}`", "yes" if one.gates else "no", one.means, one.why, one.cure)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    sys.stdout.write(page())
