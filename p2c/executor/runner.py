"""All checks over one repository, in order, into one report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from p2c import redaction
from p2c.errors import UsageError
from p2c.executor import module_layout, normalization
from p2c.executor.checks import base, imports, left_out, smoke
from p2c.executor.checks.base import Check, CheckContext, CheckOutcome, CheckRequest
from p2c.executor.instrumented_sandbox import InstrumentedSandbox
from p2c.executor.report import ORDER, CheckResult, Finding, Report, Status
from p2c.journal import Journal
from p2c.repo import Repo
from p2c.sandboxes.base import Sandbox

__all__ = ["CHECKS", "CheckRequest", "CheckRun", "known_checks", "run_checks"]

CHECKS = (
    Check("compile", base.check_compile),
    Check("install", base.check_install),
    Check("design", base.check_text, ahead=base.read_design),
    Check("lint", base.check_lint, ahead=base.read_rules),
    Check("types", base.check_types, needs=("compile", "install")),
    Check("import", imports.check_import, needs=("install",)),
    Check("smoke", smoke.check_smoke, needs=("compile", "install", "import")),
    Check("test", smoke.check_test, needs=("compile", "install", "import")),
    Check("provenance", base.check_text, ahead=base.read_provenance),
)
"""In the order in which they are done: the texts are read while the install waits for the network and the disk."""


READING_SECONDS = 300.0
"""For what needs nothing but the text, from when its check is waited for: two hundred files take one second."""


@dataclass(frozen=True)
class CheckRun:
    """A report, with what was really installed (requirements.lock) and the version of Python that ran it."""

    report: Report
    lock: str = ""
    python: str = ""


def run_checks(
    repo: Repo, request: CheckRequest, sandbox: Sandbox, journal: Journal, go_on: Callable[[], None] = lambda: None
) -> CheckRun:
    """Do the checks that are asked for; a check whose need failed is skipped, and says so.

    `go_on` is called before each check and may raise, as a budget does whose minutes are over.
    Raises UsageError for a check that is not there, SandboxError and IndexUnavailableError where nothing can be
    said about the repository.
    """
    wanted = _wanted(request)
    sandbox.set_network("none")
    sandbox.put(repo)
    work = CheckContext(
        module_layout.without(repo, request.contract.exclude), request, InstrumentedSandbox(sandbox), repo
    )
    results: dict[str, CheckResult] = {}
    asked = [check for check in CHECKS if check.name in wanted]
    with _reading(asked, work) as readings:
        for check in asked:
            go_on()
            outcome, seconds = _do(check, replace(work, read_ahead=readings.get(check.name, tuple)), results, journal)
            if outcome.installed:
                work = replace(work, installed=outcome.installed)
            if check.name == "compile":
                work = replace(work, broken=frozenset(f.path for f in outcome.findings if f.path))
            outcome = replace(
                outcome, findings=tuple(left_out.with_hint(finding, repo) for finding in outcome.findings)
            )
            results[check.name] = _result(check.name, outcome, seconds, request)
            _tell(results[check.name], journal)
    report = Report(tuple(results[name] for name in ORDER if name in results))
    journal.note(
        "repo.checked",
        verdict=report.verdict,
        gating=len(report.gating),
        findings=len(report.findings),
        fingerprint=report.fingerprint,
    )
    return CheckRun(report, work.installed.lock, work.installed.python)


@contextmanager
def _reading(wanted: Sequence[Check], work: CheckContext) -> Iterator[dict[str, Callable[[], tuple[Finding, ...]]]]:
    """Let what needs nothing but the text be worked out meanwhile; each name's function waits for its end."""
    pool = ThreadPoolExecutor(1, "p2c-reading")
    try:
        reading = {check.name: pool.submit(check.ahead, work) for check in wanted if check.ahead}
        yield {name: partial(_read, name, future) for name, future in reading.items()}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _read(check: str, reading: Future[tuple[Finding, ...]]) -> tuple[Finding, ...]:
    try:
        return reading.result(READING_SECONDS)
    except TimeoutError:
        what = f"p2c's own rules did not come to an end within {READING_SECONDS:g} s"
        return (Finding(check, "NotAnalysed", what, fix="take out of what is checked what is too large or nested"),)


def known_checks(names: frozenset[str]) -> frozenset[str]:
    """Return the names; raise UsageError where there is no such check."""
    unknown = names - set(ORDER)
    if unknown:
        raise UsageError(f"{', '.join(sorted(unknown))}: no such check", f"There are: {', '.join(ORDER)}.")
    return names


def _wanted(request: CheckRequest) -> frozenset[str]:
    known_checks(request.only | request.skip)
    wanted = set(request.only or ORDER)
    for check in reversed(CHECKS):
        if check.name in wanted:
            wanted.update(check.needs)
    if not request.promises:
        wanted.discard("design")
    if not request.paper_text:
        wanted.discard("provenance")
    return frozenset(wanted - request.skip)


def _do(check: Check, work: CheckContext, done: dict[str, CheckResult], journal: Journal) -> tuple[CheckOutcome, float]:
    journal.note("check.started", name=check.name)
    start = time.monotonic()
    why = _hindrance(check, work, done)
    outcome = CheckOutcome(skipped=True, note=why) if why else check.run(work)
    return outcome, time.monotonic() - start


def _hindrance(check: Check, work: CheckContext, done: dict[str, CheckResult]) -> str:
    failed = [need for need in check.needs if need in done and done[need].status == "failed"]
    if failed:
        return f"{' and '.join(failed)} failed"
    if "install" in check.needs and not work.installed.ready:
        return "nothing was installed"
    return ""


def _result(name: str, outcome: CheckOutcome, seconds: float, request: CheckRequest) -> CheckResult:
    counted = [finding for finding in outcome.findings if name not in STATIC or not _is_excluded(finding, request)]
    findings = tuple(normalization.without_secrets(_gated(finding, request)) for finding in counted)
    failed = any(finding.gates for finding in counted)
    status: Status = "skipped" if outcome.skipped else "failed" if failed else "passed"
    note = "; ".join(filter(None, (outcome.note, _limits(name, request))))
    return CheckResult(name, status, findings, round(seconds, 3), redaction.redact(note))


def _limits(name: str, request: CheckRequest) -> str:
    """Say what the contract keeps this check from, in its own words."""
    contract, limits = request.contract, []
    if contract.exclude and name in (*STATIC, "import"):
        limits.append(f"without {', '.join(contract.exclude)} ([check] exclude)")
    if name not in (*contract.gate, "types", "design", "provenance"):
        limits.append("advises only ([check] gate leaves it out)")
    return "; ".join(limits)


STATIC = frozenset({"compile", "design", "lint", "types", "provenance"})
"""The checks that read the repository's text and do not run it."""


def _is_excluded(finding: Finding, request: CheckRequest) -> bool:
    return finding.path is not None and module_layout.is_named(finding.path, request.contract.exclude)


def _gated(finding: Finding, request: CheckRequest) -> Finding:
    always = {
        "types": request.types_gate or "types" in request.contract.gate,
        "design": bool(request.promises),
        "provenance": False,
    }
    gates = always.get(finding.check, finding.check in request.contract.gate)
    return finding if gates or not finding.gates else replace(finding, gates=False)


def _tell(result: CheckResult, journal: Journal) -> None:
    first = next((finding for finding in result.findings if finding.gates), None)
    journal.note(
        "check.ended",
        name=result.check,
        status=result.status,
        seconds=result.seconds,
        findings=len(result.findings),
        gating=sum(finding.gates for finding in result.findings),
        note=result.note,
        first={"path": first.path, "rule": first.rule, "message": first.message[:200]} if first else None,
    )


Checker = Callable[[Repo, CheckRequest, Sandbox, Journal], CheckRun]
"""The type of `run_checks`, for who takes it as a parameter."""
