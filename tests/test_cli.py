"""Names that a person may ask for are named by the help, and explained; exit codes are those of the table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from p2c.cli import cli
from p2c.commands import check as gating
from p2c.commands.explain import GUARDS
from p2c.commands.results import judge
from p2c.executor.checks.explanations import explanations
from p2c.executor.report import ORDER, CheckResult, Finding, Report, what_ran
from p2c.repair.guard_names import NAMES
from p2c.reports.outcome import Outcome

STATIC = frozenset({"compile", "lint"})


def said(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, words)
    return done.exit_code, " ".join((done.output + done.stderr).split())


def test_the_version_has_a_short_name_too() -> None:
    assert said("-V") == said("--version")


@pytest.mark.parametrize("name", ORDER)
def test_every_check_is_named_and_explained(name: str) -> None:
    assert name in said("check", "--help")[1]
    code, text = said("check", "--explain", name.upper())
    assert code == 0 and text.startswith(f"{name}: ") and "rules" in text


@pytest.mark.parametrize("name", NAMES)
def test_every_guard_is_named_and_explained(name: str) -> None:
    assert name in said("repair", "--help")[1].replace("-\n", "")
    code, text = said("check", "--explain", name)
    assert code == 0 and f"--allow {name}" in text and GUARDS[name] in text


def test_all_names_are_listed() -> None:
    code, text = said("check", "--explain", "rules")
    assert code == 0
    assert [explanation.rule for explanation in explanations() if explanation.rule not in text] == []
    assert [name for name in NAMES if name not in text] == []
    assert "--explain rules" in said("check", "--explain", "nosuchname")[1]
    assert json.loads(CliRunner().invoke(cli, ["check", "--explain", "smoke", "--json"]).stdout)[0]["check"] == "smoke"


def result(check: str, status: str, note: str = "") -> CheckResult:
    findings = (Finding(check, "X", "x"),) if status == "failed" else ()
    return CheckResult(check, status, findings, 0.0, note)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("results", "told"),
    [
        ([("install", "passed"), ("smoke", "passed"), ("test", "passed")], "every check passed"),
        ([("smoke", "passed"), ("test", "skipped", "there are no tests")], "smoke passed; there are no tests"),
        ([("smoke", "skipped", "no command"), ("test", "passed")], "test passed; no command"),
        ([("smoke", "passed")], "smoke passed; test was not asked for"),
        (
            [("types", "skipped", "mypy died"), ("smoke", "passed"), ("test", "passed")],
            "smoke and test passed; types was skipped (mypy died)",
        ),
        ([("smoke", "passed"), ("test", "failed")], "smoke passed; test failed, and does not gate"),
    ],
)
def test_runs_says_what_it_rests_on(results: list[tuple[str, ...]], told: str) -> None:
    assert what_ran(Report(tuple(result(*one) for one in results))) == told


@pytest.mark.parametrize(
    ("statuses", "code"),
    [(("passed", "passed"), 0), (("skipped", "passed"), 0), (("failed", "passed"), 1), (("skipped", "skipped"), 5)],
)
def test_static_checks_alone_end_with_0_where_they_looked_at_something(statuses: tuple[str, str], code: int) -> None:
    report = Report((result("compile", statuses[0], "there is no Python file"), result("lint", statuses[1])))
    verdict, why = judge(report, STATIC)
    assert verdict == ("broken" if code == 1 else "unverified")
    assert gating._code_of(Outcome(verdict, why, report), STATIC) == code
    if code == 5:
        assert "there is no Python file" in why


def test_the_documentation_says_the_same_of_them() -> None:
    root = Path(__file__).parents[1]
    for path in ("README.md", "docs/checks.md", "docs/ci.md"):
        text = " ".join((root / path).read_text(encoding="utf-8").split())
        assert "run nothing" in text or "runs nothing" in text, path
    assert "checks that run nothing" in said("--help")[1]
