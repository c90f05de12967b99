"""JUnit XML, as Jenkins, GitLab and Azure read it: a suite for each check, a case for each gating finding."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from p2c.executor.report import CheckResult, Finding, Report
from p2c.reports.formats.locations import where
from p2c.reports.verdict_origin import VerdictOrigin
from p2c.safe_text import one_line, shorten, visible


def render_junit(report: Report, origin: VerdictOrigin | None = None) -> str:
    """Return a `testsuites` document; times are seconds, findings that only advise stand in `system-out`."""
    root = ET.Element("testsuites", {"name": "p2c"})
    for result in report.results:
        root.append(_suite(result, origin or VerdictOrigin()))
    for total in ("tests", "failures"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root)))
    root.set("errors", "0")
    root.set("time", f"{sum(result.seconds for result in report.results):.3f}")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(result: CheckResult, origin: VerdictOrigin) -> ET.Element:
    gating = [finding for finding in result.findings if finding.gates]
    failed = bool(gating) or (result.status == "failed" and not result.findings)
    cases = [_failure(result, finding) for finding in gating] or [_single(result)]
    counts = {
        "name": f"p2c.{result.check}",
        "tests": str(len(cases)),
        "failures": str(len(cases) if failed else 0),
        "errors": "0",
        "skipped": str(int(result.status == "skipped" and not gating)),
        "time": f"{result.seconds:.3f}",
    }
    suite = ET.Element("testsuite", counts)
    _say_origin(suite, origin)
    suite.extend(cases)
    advice = [_line(finding) for finding in result.findings if not finding.gates]
    if advice:
        ET.SubElement(suite, "system-out").text = "\n".join(advice)
    return suite


def _say_origin(suite: ET.Element, origin: VerdictOrigin) -> None:
    """Say in each suite, as the format has no other place, of what the result is; its time stamps know no time zone."""
    if not (origin.commit or origin.tree):
        return
    if origin.date:
        suite.set("timestamp", origin.date[:19])
    about = ET.SubElement(suite, "properties")
    for key, value in origin.keys.items():
        if key != "schema" and value is not None:
            text = str(value).lower() if isinstance(value, bool) else visible(str(value))
            ET.SubElement(about, "property", {"name": f"p2c.{key}", "value": text})


def _single(result: CheckResult) -> ET.Element:
    case = _case(result, result.check, result.seconds)
    if result.status == "skipped":
        ET.SubElement(case, "skipped", {"message": one_line(result.note)})
    elif result.status == "failed" and not result.findings:
        ET.SubElement(case, "failure", {"message": one_line(result.note) or "failed", "type": result.check})
    return case


def _failure(result: CheckResult, finding: Finding) -> ET.Element:
    case = _case(result, one_line(f"{finding.rule} {where(finding)}".strip()), 0.0)
    failure = ET.SubElement(
        case, "failure", {"message": one_line(finding.message), "type": visible(finding.rule) or result.check}
    )
    failure.text = shorten(visible(f"{_line(finding)}\n{finding.detail}".strip()), 20_000)
    return case


def _case(result: CheckResult, name: str, seconds: float) -> ET.Element:
    return ET.Element("testcase", {"classname": f"p2c.{result.check}", "name": name, "time": f"{seconds:.3f}"})


def _line(finding: Finding) -> str:
    return visible(f"{where(finding)} {finding.rule} {finding.message}".strip())
