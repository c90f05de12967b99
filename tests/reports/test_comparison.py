from __future__ import annotations

import json
import re
from dataclasses import replace

from p2c.executor.report import CheckResult, Report
from p2c.reports.comparison import compare, to_data
from p2c.reports.formats.comparison_markdown import render_comparison_markdown
from p2c.reports.html.comparison import render_comparison
from p2c.reports.outcome import document
from tests.reports.html.test_html import Page
from tests.reports.samples import finding, hostile_outcome, outcome, report

BEFORE = document(outcome())
FIXED = tuple(
    replace(result, status="passed", findings=()) if result.check == "smoke" else result for result in report().results
)
AFTER = document(outcome(verdict="runs", why="every check passed", report=Report(FIXED), seconds=60.0, attempts=()))
NAMES = ("before", "after")


def test_findings_are_gone_new_or_left_by_their_fingerprint():
    moved = replace(report().findings[0], line=77)
    new = finding(message="another", rule="ValueError")
    after = document(
        outcome(report=Report((CheckResult("lint", "passed", (moved,)), CheckResult("smoke", "failed", (new,)))))
    )
    comparison = compare(BEFORE, after, NAMES).change

    assert [found["rule"] for found in comparison.left] == ["F401"]
    assert [found["rule"] for found in comparison.new] == ["ValueError"]
    assert [found["rule"] for found in comparison.gone] == ["AttributeError"]
    assert comparison.checks["smoke"][0].status == comparison.checks["smoke"][1].status == "failed"
    assert comparison.checks["test"][1].status == "absent"


def test_fewer_gating_findings_are_good_new_ones_are_bad_and_none_of_both_is_neither():
    assert compare(BEFORE, AFTER, NAMES).tone == "good"
    assert compare(AFTER, BEFORE, NAMES).tone == "bad"
    assert compare(BEFORE, BEFORE, NAMES).tone == "warn"
    assert compare(AFTER, AFTER, NAMES).tone == "good"


def test_checks_that_show_nothing_any_more_are_told():
    less = Report(tuple(result for result in FIXED if result.check != "install"))
    comparison = compare(AFTER, document(outcome(verdict="runs", report=less)), NAMES)

    assert comparison.lost == ("install",)
    assert comparison.tone == "warn"
    for text in (Page(render_comparison(comparison)).text, render_comparison_markdown(comparison).replace("`", "")):
        assert "Fewer checks were run than before" in text
        assert "Passed before, not run now: install." in text
    assert list(comparison.change.checks) == ["compile", "lint", "install", "import", "smoke", "test"]


def test_the_page_tells_verdict_checks_findings_and_figures():
    text = Page(render_comparison(compare(BEFORE, AFTER, NAMES))).text

    assert "Nothing got worse1 blocking finding gone, 0 new." in text
    assert "before: It does not run: the repair stopped making progress" in text
    assert "after: It runs" in text
    assert "smoke✗ failed, 1 finding 3.2 s✓ passed 3.2 s" in text
    assert "Findings gone1 findingtrain.py:2:5 AttributeError" in text
    assert "time3 min 05 s60 s" in text or "time3 min 05 s1 min 00 s" in text
    assert "attempts30" in text


def test_markdown_tells_the_same():
    comparison = render_comparison_markdown(compare(BEFORE, AFTER, NAMES))

    assert comparison.startswith("## ✅ p2c: Nothing got worse")
    assert "| `smoke` | `✗ failed, 1 finding` | `✓ passed` |" in comparison
    assert "**Gone: 1 finding**" in comparison
    assert "| attempts | 3 | 0 |" in comparison


def test_json_has_all_of_it():
    data = json.loads(json.dumps(to_data(compare(BEFORE, AFTER, NAMES))))

    assert (data["before"]["verdict"], data["after"]["verdict"]) == ("stagnated", "runs")
    assert [found["rule"] for found in data["gone"]] == ["AttributeError"]
    assert data["figures"]["seconds"] == {"before": 185.4, "after": 60.0}


def test_unknown_money_stays_unknown():
    unknown = {**AFTER, "usage": {**AFTER["usage"], "usd": None}}

    assert "| cost | $0.0312 | unknown |" in render_comparison_markdown(compare(BEFORE, unknown, NAMES))


def test_hostile_documents_and_names_are_shown_and_not_obeyed():
    comparison = compare(document(hostile_outcome()), BEFORE, ("<script>a</script>", "`b`|\u202e"))
    page, words = render_comparison(comparison), render_comparison_markdown(comparison)

    assert not Page(page).tags & {"script", "img", "iframe", "link", "form"}
    assert "\u202e" not in page + words
    outside = re.sub(r"(`+)[\s\S]*?(?<!`)\1(?!`)", "", words)
    assert "<script" not in outside
    assert len(page) < 1_000_000
