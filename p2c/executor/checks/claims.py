"""Whether a run shows that a method learns, and what its paper claims: its metrics, compared by a program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from p2c import run_claims
from p2c.executor import command_lines
from p2c.executor.checks import smoke
from p2c.executor.checks.base import CheckContext, CheckOutcome
from p2c.executor.report import Finding
from p2c.run_claims import ClaimResult
from p2c.safe_text import one_line

SECONDS = 1800.0
"""For each claim command: it trains what a smoke run only starts."""
NOT_ASKED = "[run] claim takes minutes and was not asked for; --claims runs it"
WIDTH = 400


def check_claims(work: CheckContext) -> CheckOutcome:
    """Compare the metrics of the claim commands, or of the smoke run where there are none, with the claims."""
    contract, metrics = work.request.contract, work.metrics
    if not contract.claims:
        return CheckOutcome(skipped=True, note=f"{contract.origin} has no [[claim]]")
    if contract.claim:
        if not work.request.claims:
            return CheckOutcome(skipped=True, note=NOT_ASKED)
        findings = _run(work)
        if findings:
            return CheckOutcome(tuple(findings))
        metrics = smoke.read_metrics(work)
    if metrics is None:
        return CheckOutcome(skipped=True, note="the smoke run showed nothing")
    results = run_claims.compare(contract.claims, metrics)
    shown = sum(result.kind == "shown" for result in results)
    note = f"{shown} of {len(results)} comparisons show"
    return CheckOutcome(tuple(_findings(results, work)), note=note, metrics=metrics)


def _run(work: CheckContext) -> list[Finding]:
    """Run the claim commands; return why nothing was measured, if one of them failed."""
    contract = replace(work.request.contract, timeout=max(work.request.contract.timeout, SECONDS))
    work = replace(work, request=replace(work.request, contract=contract))
    work.target.sandbox.put(smoke.without_artifacts(work.whole, contract.artifacts))
    for line in command_lines.prepared_claim(contract, work.repo):
        failed = [finding for finding in smoke.run_found(work, line) if finding.gates]
        if failed:
            return [_as_unmeasured(failed[0], line.line)]
    return []


def _as_unmeasured(finding: Finding, line: str) -> Finding:
    what = one_line(f"`{line}`, which is to show the claims, failed: {finding.rule}: {finding.message}", WIDTH)
    return replace(finding, check="claims", rule="ClaimUnmeasured", message=what, gates=False)


def _findings(results: tuple[ClaimResult, ...], work: CheckContext) -> Iterator[Finding]:
    contract = work.request.contract
    path = next((path for path in contract.artifacts if path.endswith(".json")), None)
    for result in results:
        about = f"{result.claim.experiment}: " if result.claim.experiment else ""
        detail = f"The paper: {result.claim.why}" if result.claim.why else ""
        if result.kind == "no better than trivial":
            what = f"{about}no better than the trivial predictor: {result.comparison}"
            yield _advice("NoBetterThanTrivial", what, path, detail)
        elif result.kind == "not shown":
            yield _advice("ClaimNotShown", f"{about}the claim does not show: {result.comparison}", path, detail)
        elif result.kind == "unmeasured":
            what = f"{about}nothing was measured for {result.about}: {result.comparison}"
            yield _advice("ClaimUnmeasured", what, path, detail)


def _advice(rule: str, what: str, path: str | None, detail: str) -> Finding:
    return Finding("claims", rule, one_line(what, WIDTH), path, gates=False, fix=_FIXES[rule], detail=detail)


_FIXES = {
    "NoBetterThanTrivial": "find out why it does not learn: learning rate against a summed or averaged loss, a sign, "
    "a step that is not taken, a part that is frozen, inputs or targets that do not belong together, what is evaluated",
    "ClaimNotShown": "compare the methods' code and settings with the paper, or run it longer (`[run] claim`)",
    "ClaimUnmeasured": "write a finite number under each of these keys of the metrics",
}
