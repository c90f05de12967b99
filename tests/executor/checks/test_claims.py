"""Whether a run shows what is claimed: programs that learn and do not, keys that are missing, the claim's own run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from p2c.executor.checks import smoke
from p2c.executor.report import Report, what_ran
from p2c.executor.runner import CheckRequest, run_checks
from p2c.journal import Journal
from p2c.repo import Repo
from p2c.run_claims import Claim
from p2c.run_contract import RunContract, write_contract
from tests.executor.checks.learning.programs import DO_NOT_LEARN, LEARN, Program
from tests.executor.plain_sandbox import PlainSandbox

ONLY = frozenset({"claims"})
LEFT = 'import json, os, sys\nos.makedirs("out", exist_ok=True)\nopen("out/m.json", "w").write({!r})\n'
CLAIM = Claim("e", "a.error", "lower", "mean.error", "the mean", ("a.error < 0.5 * b.0",), "a is twice as good as b")


def run(folder: Path, main: str, contract: RunContract, claims: bool = False) -> Report:
    repo = Repo({"main.py": main, "requirements.txt": ""})
    request = CheckRequest(contract, only=ONLY, claims=claims)
    return run_checks(repo, request, PlainSandbox(folder), Journal()).report


def told(report: Report) -> list[tuple[str, str]]:
    assert all(not finding.gates for finding in report.findings if finding.check == "claims")
    return [(finding.rule, finding.message) for finding in report.findings if finding.check == "claims"]


def learning(folder: Path, program: Program) -> Report:
    metric, better, trivial, shows = program.claim
    claim = Claim(program.name, metric, better, trivial, "what is trivial", (shows,))  # type: ignore[arg-type]
    contract = RunContract(("python main.py",), artifacts=("outputs/metrics.json",), claims=(claim,))
    return run(folder, program.text, contract)


@pytest.mark.parametrize("program", LEARN, ids=lambda program: program.name)
def test_one_that_learns_is_not_accused(tmp_path: Path, program: Program) -> None:
    report = learning(tmp_path, program)
    assert (report.status("smoke"), report.status("claims"), told(report)) == ("passed", "passed", [])


@pytest.mark.parametrize("program", DO_NOT_LEARN, ids=lambda program: program.name)
def test_one_that_does_not_learn_is_told_so(tmp_path: Path, program: Program) -> None:
    report = learning(tmp_path, program)
    assert report.verdict == "runs" and {rule for rule, _ in told(report)} <= {"NoBetterThanTrivial", "ClaimNotShown"}
    assert told(report) and all(message.startswith(f"{program.name}: ") for _, message in told(report))
    assert told(report)[0][1] in what_ran(report)


def test_there_are_ten_of_each() -> None:
    assert len({one.text for one in LEARN}) == len(LEARN) == len(DO_NOT_LEARN) == 10


CONTRACT = RunContract(("python main.py",), artifacts=("out/m.json",), claims=(CLAIM,))


@pytest.mark.parametrize(
    ("metrics", "rules"),
    [
        ('{"a": {"error": 1}, "mean": {"error": 4}, "b": [3]}', []),
        ('{"a.error": 1, "mean": {"error": 4}, "b": [3]}', []),
        ('{"a": {"error": 3.99}, "mean": {"error": 4}, "b": [9]}', ["NoBetterThanTrivial"]),
        ('{"a": {"error": 2}, "mean": {"error": 4}, "b": [3]}', ["ClaimNotShown"]),
        ('{"a": {"error": "2"}, "mean": {"error": 4}, "b": [3]}', ["ClaimUnmeasured", "ClaimUnmeasured"]),
        ('{"a": {"error": true}, "mean": {"error": 4}, "b": [3]}', ["ClaimUnmeasured", "ClaimUnmeasured"]),
        ('{"a": {"error": 1}, "mean": 4, "b": []}', ["ClaimUnmeasured", "ClaimUnmeasured"]),
        ("[]", ["ClaimUnmeasured", "ClaimUnmeasured"]),
    ],
)
def test_what_the_run_left_is_compared(tmp_path: Path, metrics: str, rules: list[str]) -> None:
    report = run(tmp_path, LEFT.format(metrics), CONTRACT)
    assert [rule for rule, _ in told(report)] == rules
    assert report.verdict == "runs"


def test_what_metrics_say_in_words_reaches_nobody(tmp_path: Path) -> None:
    report = run(tmp_path, LEFT.format('{"a": {"error": "ignore\\u202e all"}, "mean": "\\u001b[31m"}'), CONTRACT)
    text = " ".join(message for _, message in told(report))
    assert "a.error: is a text in out/m.json, not a number" in text and "ignore" not in text and "\x1b" not in text


def test_the_claims_own_run_is_made_only_where_asked_for(tmp_path: Path) -> None:
    small, large = (f'{{"a.error": {error}, "mean.error": 4, "b": [3]}}' for error in (4, 1))
    main = LEFT.format(small) + f'if "long" in sys.argv: open("out/m.json", "w").write({large!r})\n'
    contract = replace(CONTRACT, claim=("python main.py long",))
    assert told(run(tmp_path / "a", main, CONTRACT))[0][0] == "NoBetterThanTrivial"
    not_asked = run(tmp_path / "b", main, contract)
    assert not_asked.status("claims") == "skipped" and "--claims runs it" in what_ran(not_asked)
    asked = run(tmp_path / "c", main, contract, claims=True)
    assert (asked.status("claims"), told(asked)) == ("passed", [])


def test_a_claim_run_that_fails_measures_nothing_and_blocks_nothing(tmp_path: Path) -> None:
    contract = replace(CONTRACT, claim=("python main.py long",))
    report = run(tmp_path, LEFT.format("{}") + 'if "long" in sys.argv: raise ValueError("no data")\n', contract, True)
    [(rule, message)] = told(report)
    assert rule == "ClaimUnmeasured" and "ValueError: no data" in message and report.verdict == "runs"


def test_without_claims_nothing_is_compared(tmp_path: Path) -> None:
    contract = replace(CONTRACT, claims=())
    assert run(tmp_path / "a", LEFT.format("{}"), contract).status("claims") is None
    assert run(tmp_path / "b", LEFT.format("{}"), contract, claims=True).status("claims") == "skipped"


def test_after_a_smoke_run_that_failed_nothing_is_compared(tmp_path: Path) -> None:
    report = run(tmp_path, "raise ValueError\n", CONTRACT)
    assert (report.verdict, report.status("claims")) == ("broken", "skipped")


def test_the_keys_of_claims_are_known_to_the_rules(tmp_path: Path) -> None:
    contract = replace(CONTRACT, claim=("python main.py",))
    repo = Repo({"main.py": "x = 1\n", "requirements.txt": "", "p2c.toml": write_contract(contract)})
    request = CheckRequest(contract, only=frozenset({"lint"}))
    report = run_checks(repo, request, PlainSandbox(tmp_path), Journal()).report
    assert [finding.rule for finding in report.findings] == []


def test_metrics_that_are_too_large_are_said_not_to_be_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = '{"a": {"error": 1}, "mean": {"error": 4}, "b": [3]}'
    monkeypatch.setattr(smoke, "MOST_METRICS", len(metrics) - 1)
    assert [rule for rule, _ in told(run(tmp_path, LEFT.format(metrics), CONTRACT))] == ["ClaimUnmeasured"] * 2
