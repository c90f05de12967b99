"""SARIF and JUnit held against the schemas that their makers publish, with ordinary and hostile findings."""

from __future__ import annotations

import json

import pytest

from p2c.reports.formats.junit import render_junit
from p2c.reports.formats.sarif import render_sarif
from tests.reports.official import junit_faults, sarif_faults
from tests.reports.test_schemas import REPORTS


@pytest.mark.parametrize("name", REPORTS)
def test_sarif(name: str) -> None:
    assert sarif_faults(render_sarif(REPORTS[name])) == []


@pytest.mark.parametrize("name", REPORTS)
def test_junit(name: str) -> None:
    assert junit_faults(render_junit(REPORTS[name])) == []


def test_damaged_sarif_is_seen() -> None:
    log = json.loads(render_sarif(REPORTS["ordinary"]))
    result = log["runs"][0]["results"][0]
    result["level"] = "fatal"
    result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = "a file.py"
    result["whatever"] = 1
    assert len(sarif_faults(json.dumps(log))) == 3


def test_damaged_junit_is_seen() -> None:
    text = render_junit(REPORTS["ordinary"])
    assert junit_faults(text.replace("<failure", "<fault", 1).replace("</failure>", "</fault>", 1))
    assert junit_faults(text.replace('time="', 'time="soon', 1))
