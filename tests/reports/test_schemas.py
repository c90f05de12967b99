"""Every format against what its readers ask for, with ordinary and hostile findings; each schema refuses damage."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from p2c.executor.report import Finding, Report
from p2c.reports.formats.gitlab import render_gitlab
from p2c.reports.formats.junit import render_junit
from p2c.reports.formats.sarif import render_sarif
from p2c.reports.merge import merge, moved
from p2c.reports.outcome import Outcome
from tests.reports.samples import finding, hostile_outcome, outcome, report
from tests.reports.schemas import GITLAB, JUNIT, SARIF

REPORTS = {
    "ordinary": report(),
    "hostile": hostile_outcome().report,
    "empty": Report(),
    "moved": moved(outcome(), "packages/one").report,
    "merged": merge([("a", outcome()), ("b/c", hostile_outcome())]).report,
}


def faults(schema: dict[str, Any], text: str) -> list[str]:
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    return [error.message for error in checker.iter_errors(json.loads(text))]


def xml_faults(element: ET.Element) -> Iterator[str]:
    must, may, children = JUNIT[element.tag]
    given = set(element.keys())
    yield from (f"{element.tag} lacks {name}" for name in must - given)
    yield from (f"{element.tag} may not have {name}" for name in given - must - may)
    yield from (f"{element.tag} in no number" for name in ("time",) if not _is_time(element.get(name, "0")))
    for child in element:
        if child.tag not in children:
            yield f"{child.tag} in {element.tag}"
        else:
            yield from xml_faults(child)


def _is_time(text: str) -> bool:
    return bool(re.fullmatch(r"\d+(\.\d+)?", text))


@pytest.mark.parametrize("name", REPORTS)
def test_sarif(name: str) -> None:
    text = render_sarif(REPORTS[name])
    assert faults(SARIF, text) == []
    (run,) = json.loads(text)["runs"]
    keys = [result["partialFingerprints"]["p2c/v1"] for result in run["results"]]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", REPORTS)
def test_gitlab(name: str) -> None:
    assert faults(GITLAB, render_gitlab(REPORTS[name])) == []


@pytest.mark.parametrize("name", REPORTS)
def test_junit(name: str) -> None:
    root = ET.fromstring(render_junit(REPORTS[name]))
    assert list(xml_faults(root)) == []
    assert root.tag == "testsuites"


def test_the_schemas_refuse_damage() -> None:
    log = json.loads(render_sarif(report()))
    log["runs"][0]["results"][0]["level"] = "fatal"
    log["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = "/home/me/x.py"
    assert len(faults(SARIF, json.dumps(log))) == 2
    issues = json.loads(render_gitlab(report()))
    del issues[0]["fingerprint"]
    assert len(faults(GITLAB, json.dumps(issues))) == 1
    damaged = render_junit(report()).replace('errors="0"', 'mistakes="0"', 1).replace("<failure", "<fault", 1)
    assert len(list(xml_faults(ET.fromstring(damaged.replace("</failure>", "</fault>", 1))))) == 2


def test_sarif_tells_what_a_rule_means() -> None:
    (run,) = json.loads(render_sarif(report()))["runs"]
    by_id = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert "no such attribute" in by_id["smoke/AttributeError"]["fullDescription"]["text"]
    assert by_id["lint/F401"]["defaultConfiguration"] == {"level": "warning"}


def test_moved_findings_point_into_their_folder() -> None:
    nowhere = finding(path=None, line=None, frames=())
    one = Outcome("broken", "", Report(report().results), seconds=1.0)
    paths = [found.path for found in moved(one, "a/b").report.findings]
    assert paths == ["a/b/train.py", "a/b/train.py"]
    assert [frame.path for frame in moved(one, "a/b").report.gating[0].frames] == ["a/b/train.py"]
    alone = moved(Outcome("broken", "", _with(nowhere)), "a/b").report.findings[0]
    assert alone.path == "a/b"


def _with(*findings: Finding) -> Report:
    result = report().results[-2]
    return Report((type(result)("smoke", "failed", findings),))


def test_merging_takes_the_worst_and_loses_nothing() -> None:
    parts = [("a", outcome(verdict="runs")), ("b", outcome(verdict="broken")), ("c", outcome(verdict="unverified"))]
    whole = merge(parts)
    assert (whole.verdict, whole.exit_code) == ("broken", 1)
    assert len(whole.report.findings) == 3 * len(report().findings)
    assert [each["path"] for each in whole.extra["repositories"]] == ["a", "b", "c"]
    assert "1 of 3 folders (b)" in whole.why
    assert merge([*parts, ("d", outcome(verdict="unavailable"))]).exit_code == 3
