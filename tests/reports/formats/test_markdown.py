from __future__ import annotations

import re

from p2c.reports.formats.markdown import MOST, code, fenced, render_markdown
from p2c.reports.outcome import document
from tests.reports.samples import DIFF, attempts, hostile_outcome, outcome


def test_verdict_and_why_come_first():
    output = render_markdown(document(outcome())).splitlines()

    assert output[0] == "## ❌ p2c: It does not run: the repair stopped making progress"
    assert output[2] == "`the last of 3 attempts made no progress`"


def test_checks_findings_attempts_and_cost_are_told():
    output = render_markdown(document(outcome()))

    assert "| `smoke` | ❌ failed | 3.2 s | 1 |" in output
    assert "| `test` | ⏭️ skipped `smoke failed` |" in output
    assert "- `train.py:2:5` `AttributeError` `module 'numpy' has no attribute 'float'`" in output
    assert "- `train.py:1:8` `F401` (advisory) ``  `os` imported but unused `` " not in output
    assert "- `train.py:1:8` `F401` (advisory) `` `os` imported but unused ``" in output
    assert f"```diff\n{DIFF.rstrip()}\n```" in output
    assert output.endswith("3 min 05 s, 4 model calls, 58,400 tokens, $0.0312.\n")


def test_a_code_span_cannot_be_ended_from_inside():
    assert code("a `b` ``c``") == "``` a `b` ``c`` ```"
    assert code("@everyone\n# heading") == "`@everyone # heading`"
    assert code("") == ""


def test_a_fence_cannot_be_ended_from_inside():
    assert fenced("x\n```\n<script>", "diff") == "````diff\nx\n```\n<script>\n````"


def test_hostile_text_stands_in_code_only():
    output = render_markdown(document(hostile_outcome()))
    outside = re.sub(r"(`+)[\s\S]*?(?<!`)\1(?!`)", "", output)

    for word in ("<script", "<img", "@everyone", "](http", "<meta"):
        assert word not in outside
    assert "<script" in output


def test_it_stays_under_what_a_comment_may_have():
    long = DIFF + "+x = 1234567890\n" * 300
    many = tuple(type(a)(type(a.patch)(long, "", "debugger"), a.verdict, a.note, "a") for a in attempts() * 50)
    output = render_markdown(document(outcome(attempts=many)))

    assert 50_000 < len(output) < MOST + 200
    assert "The report was cut here" in output
