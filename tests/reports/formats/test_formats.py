from __future__ import annotations

import json
import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

from p2c.executor.report import CheckResult, Frame, Report
from p2c.reports.formats import FORMATS
from p2c.reports.formats.github import render_github
from p2c.reports.formats.gitlab import render_gitlab
from p2c.reports.formats.junit import render_junit
from p2c.reports.formats.locations import ROOT, keyed, place
from p2c.reports.formats.sarif import render_sarif
from tests.reports.samples import finding, hostile_outcome, outcome, report


def one(**changes) -> Report:
    return Report((CheckResult("smoke", "failed", (finding(**changes),), 1.0),))


def twins() -> Report:
    """Two findings that differ by their line only, and so have one fingerprint."""
    return Report((CheckResult("lint", "failed", (finding(frames=(), line=3), finding(frames=(), line=9))),))


def test_every_format_of_the_contract_is_there():
    assert list(FORMATS) == ["text", "json", "sarif", "junit", "github", "gitlab", "markdown"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_pure_and_survives_hostile_text(name):
    first, second = FORMATS[name](hostile_outcome()), FORMATS[name](hostile_outcome())

    assert first == second
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", first)
    first.encode("utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_takes_an_outcome_without_a_single_check(name):
    assert FORMATS[name](outcome(report=Report(), attempts=())) or name == "github"


def test_importing_the_registry_imports_no_format():
    heavy = ("p2c.reports.formats.", "rich", "xml.")
    code = f"import sys, p2c.reports.formats; print([m for m in sys.modules if m.startswith({heavy})])"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


class TestPlaces:
    def test_a_path_that_leaves_the_repository_is_no_place(self):
        for path in ("/usr/lib/python3/os.py", "../other/x.py", "C:/x.py", "a/../../x.py"):
            assert place(finding(path=path, frames=())).path == ROOT

    def test_without_a_place_the_innermost_own_frame_is_taken(self):
        frames = (Frame("main.py", 3, "main"), Frame("model.py", 7, "fit"), Frame("numpy/x.py", 9, "f", inside=False))

        assert place(finding(path=None, frames=frames)).path == "model.py"
        assert place(finding(path=None, frames=frames)).line == 7

    def test_a_windows_or_dotted_path_gets_its_one_form(self):
        assert place(finding(path=".\\src//a.py", frames=())).path == "src/a.py"

    def test_keys_are_unique_and_the_first_is_the_fingerprint(self):
        (first, one_key), (_, two_key) = keyed(twins())

        assert one_key == first.fingerprint
        assert one_key != two_key
        assert [key for _, key in keyed(twins())] == [one_key, two_key]


class TestSarif:
    def test_the_structure_that_code_scanning_asks_for(self):
        log = json.loads(render_sarif(report()))
        (run,) = log["runs"]

        assert log["version"] == "2.1.0"
        assert run["tool"]["driver"]["name"] == "p2c"
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert rules == ["lint/F401", "smoke/AttributeError"]
        for result in run["results"]:
            assert rules[result["ruleIndex"]] == result["ruleId"]
            assert result["message"]["text"]
            assert result["locations"]
            assert re.fullmatch("[0-9a-f]{16}", result["partialFingerprints"]["p2c/v1"])
        smoke = next(result for result in run["results"] if result["ruleId"] == "smoke/AttributeError")
        assert smoke["level"] == "error"
        physical = smoke["locations"][0]["physicalLocation"]
        assert physical == {"artifactLocation": {"uri": "train.py"}, "region": {"startLine": 2, "startColumn": 5}}
        assert next(result["level"] for result in run["results"] if result["ruleId"] == "lint/F401") == "warning"

    def test_a_skipped_check_is_said_to_be(self):
        (run,) = json.loads(render_sarif(report()))["runs"]
        (note,) = run["invocations"][0]["toolExecutionNotifications"]

        assert note == {"level": "note", "message": {"text": "test was skipped: smoke failed"}}

    def test_paths_are_relative_uris(self):
        log = json.loads(render_sarif(one(path="src/a b#1.py")))
        location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]

        assert location["uri"] == "src/a%20b%231.py"

    def test_a_finding_without_a_place_belongs_to_the_repository(self):
        log = json.loads(render_sarif(one(path=None, line=None, column=None, frames=())))
        location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]

        assert location == {"artifactLocation": {"uri": "."}}

    def test_a_renumbered_line_keeps_its_fingerprint(self):
        first, second = (json.loads(render_sarif(one(line=line))) for line in (2, 40))
        prints = [log["runs"][0]["results"][0]["partialFingerprints"] for log in (first, second)]

        assert prints[0] == prints[1]


class TestJunit:
    def test_counts_agree_with_the_cases(self):
        root = ET.fromstring(render_junit(report()))

        assert root.tag == "testsuites"
        assert [suite.get("name") for suite in root] == [f"p2c.{r.check}" for r in report().results]
        for suite in root:
            assert int(suite.get("tests")) == len(suite.findall("testcase"))
            assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
            assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))
        assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("6", "1", "0")
        assert float(root.get("time")) == pytest.approx(19.52)

    def test_a_gating_finding_is_a_failure_and_advice_is_not(self):
        root = ET.fromstring(render_junit(report()))
        failure = root.find("testsuite[@name='p2c.smoke']/testcase/failure")

        assert failure.get("type") == "AttributeError"
        assert failure.get("message") == "module 'numpy' has no attribute 'float'"
        assert failure.text.startswith("train.py:2:5 AttributeError")
        assert root.find("testsuite[@name='p2c.lint']/system-out").text == "train.py:1:8 F401 `os` imported but unused"

    def test_a_check_that_failed_without_a_finding_still_fails(self):
        root = ET.fromstring(render_junit(Report((CheckResult("smoke", "failed", note="it said nothing"),))))

        assert root.get("failures") == "1"
        assert root.find("testsuite/testcase/failure").get("message") == "it said nothing"


class TestGithub:
    def test_an_annotation_for_each_finding_gating_ones_first(self):
        first, second = render_github(report()).splitlines()

        assert first == (
            "::error file=train.py,line=2,col=5,title=p2c smoke%3A AttributeError::"
            "module 'numpy' has no attribute 'float'"
        )
        assert second.startswith("::warning file=train.py,line=1,col=8,title=p2c lint%3A F401::")

    def test_what_ends_a_message_or_a_property_is_escaped(self):
        output = render_github(one(path="a,b:c.py", message="100% of\nlines\r\n::error::forged"))

        assert output.count("\n") == 1
        assert "file=a%2Cb%3Ac.py," in output
        assert output.endswith("::100%25 of%0Alines%0A::error::forged\n")

    def test_a_finding_without_a_place_names_no_file(self):
        output = render_github(one(path=None, line=None, column=None, frames=()))

        assert output.startswith("::error title=p2c smoke")


class TestGitlab:
    def test_the_fields_that_gitlab_asks_for(self):
        gate, advice = json.loads(render_gitlab(report()))

        assert gate == {
            "description": "module 'numpy' has no attribute 'float'",
            "check_name": "smoke/AttributeError",
            "fingerprint": report().gating[0].fingerprint,
            "severity": "major",
            "location": {"path": "train.py", "lines": {"begin": 2}},
        }
        assert advice["severity"] == "minor"

    def test_fingerprints_are_unique_even_for_twins(self):
        first, second = json.loads(render_gitlab(twins()))

        assert first["fingerprint"] != second["fingerprint"]
