"""Rules put into words: `p2c check --explain RULE`, and the page docs/checks.md (`python -m p2c.explaining`)."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from p2c.console import Console
from p2c.errors import UsageError
from p2c.executor.explanations import Explanation, explain, explanations, near

ABOUT = {
    "compile": "Every file is compiled by the Python that is going to run it.",
    "design": "In a build: what the plan promised is there.",
    "lint": "ruff without anybody's settings, and p2c's own rules. Errors that wait for their line gate.",
    "install": "The requirements, resolved and installed into a fresh environment.",
    "types": "mypy with the environment's packages. It advises; with a baseline, new errors of these codes gate.",
    "import": "Every module is imported, each in a process of its own.",
    "smoke": "The run contract's commands, from a clean copy, without network.",
    "test": "pytest, as the repository has it; every test that is written has to be reported.",
    "exceptions": "What `import`, `smoke` and `test` report by its Python name, with frames, locals and causes.",
    "provenance": "In a build: numbers that claim to be the paper's stand in the paper.",
}


def run_explain(console: Console, rule: str) -> int:
    """Print what a rule means; raises UsageError with near matches for one that is not known."""
    found = explain(rule)
    if not found:
        similar = near(rule)
        hint = f"Near: {', '.join(similar)}." if similar else "docs/checks.md lists all rules."
        raise UsageError(f"there is no rule {rule!r}", hint)
    if console.as_json:
        print(json.dumps([{**asdict(one), "gates": one.gates} for one in found], indent=2))
    else:
        print("\n\n".join(_told(one, rule) for one in found))
    return 0


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
