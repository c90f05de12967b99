"""SARIF 2.1.0, as GitHub code scanning takes it (https://docs.oasis-open.org/sarif/sarif/v2.1.0/)."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from p2c import __version__
from p2c.executor.checks.explanations import explain
from p2c.executor.report import CheckResult, Finding, Report
from p2c.redaction import redact_logins
from p2c.reports.formats.locations import keyed, place
from p2c.reports.verdict_origin import VerdictOrigin
from p2c.safe_text import shorten, visible

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST_RESULTS = 5000
"""GitHub keeps no more of a run."""


def render_sarif(report: Report, origin: VerdictOrigin | None = None) -> str:
    """Return one SARIF run; paths are relative, gating findings are errors and the others warnings."""
    origin = origin or VerdictOrigin()
    keyed_findings = list(keyed(report))[:MOST_RESULTS]
    rules = sorted({_rule_id(finding) for finding, _ in keyed_findings})
    run = {
        "tool": {
            "driver": {
                "name": "p2c",
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "automationDetails": {"id": "p2c/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": True,
                **_invocation(origin),
                "toolExecutionNotifications": [_skipped(r) for r in report.results if r.status == "skipped"],
            }
        ],
        "results": [_result(finding, key, rules) for finding, key in keyed_findings],
        **_source(origin),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _invocation(origin: VerdictOrigin) -> dict[str, Any]:
    about = {"commandLine": visible(origin.command), "endTimeUtc": origin.date}
    return {key: value for key, value in about.items() if value}


def _source(origin: VerdictOrigin) -> dict[str, Any]:
    """Say of which files the results are: as properties, and in SARIF's own words where it has an address for them."""
    if not (origin.commit or origin.tree):
        return {}
    properties = {f"p2c/{key}": value for key, value in origin.keys.items() if key != "schema" and value is not None}
    address = _address(origin.remote)
    at = [{"repositoryUri": address, "revisionId": origin.commit}] if address and origin.commit else []
    return {**({"versionControlProvenance": at} if at else {}), "properties": properties}


def _address(remote: str) -> str:
    """Return a remote's address as a URI without a login; '' for one that is none, such as a path."""
    address = redact_logins(remote, mark="")
    if (match := re.fullmatch(r"(?:[\w.-]+@)?([\w.-]{2,}):([\w.-][\w./-]*)", remote)) is not None:
        address = f"ssh://{match[1]}/{match[2]}"
    address = re.sub(r"(?<=://)@", "", address)
    return address if re.fullmatch(r"(?:https?|ssh|git)://[\w.-]+(?::\d+)?/[\w.~/%+-]+", address, re.ASCII) else ""


def _rule_id(finding: Finding) -> str:
    return visible(f"{finding.check}/{finding.rule}")[:255]


def _rule(rule: str) -> dict[str, Any]:
    check, _, name = rule.partition("/")
    explanations = explain(rule)
    about = {"id": rule, "name": name, "shortDescription": {"text": f"{name}, found by the check {check!r}"}}
    if not explanations:
        return about
    words = {
        "fullDescription": {"text": f"{explanations[0].means} {explanations[0].why}"},
        "help": {"text": explanations[0].cure},
    }
    return {**about, **words, "defaultConfiguration": {"level": "error" if explanations[0].gates else "warning"}}


def _result(finding: Finding, key: str, rules: list[str]) -> dict[str, Any]:
    spot = place(finding)
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(spot.path)}}
    if spot.line:
        column = {"startColumn": spot.column} if spot.column else {}
        physical["region"] = {"startLine": spot.line, **column}
    rule = _rule_id(finding)
    return {
        "ruleId": rule,
        "ruleIndex": rules.index(rule),
        "level": "error" if finding.gates else "warning",
        "message": {"text": shorten(visible(finding.message), 4000) or finding.rule},
        "locations": [{"physicalLocation": physical}],
        "partialFingerprints": {"p2c/v1": key},
    }


def _uri(path: str) -> str:
    """Return a path as a URI: the bytes that the file's name has, where the path came from a file's name."""
    try:
        return quote(path, safe="/", errors="surrogateescape")
    except UnicodeEncodeError:
        return quote(path, safe="/", errors="surrogatepass")


def _skipped(result: CheckResult) -> dict[str, Any]:
    text = f"{result.check} was skipped" + (f": {visible(result.note)}" if result.note else "")
    return {"level": "note", "message": {"text": text}}
