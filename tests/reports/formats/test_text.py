from __future__ import annotations

import io

from p2c.executor.report import CheckResult, Report
from p2c.reports.formats.text import MOST_FINDINGS, print_text, render_text
from tests.reports.samples import finding, hostile_outcome, outcome


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_checks_findings_and_attempts_are_told_and_the_verdict_comes_last():
    output = render_text(outcome()).splitlines()

    assert output[0].split() == ["compile", "passed", "0.1", "s"]
    assert "  train.py:2:5 AttributeError module 'numpy' has no attribute 'float'" in output
    assert "  train.py:1:8 F401 `os` imported but unused" in output
    assert any(line.startswith("test") and "skipped" in line and line.endswith("smoke failed") for line in output)
    assert any(line.startswith("attempt 1") and "kept" in line and "fixer:numpy" in line for line in output)
    assert output[-1] == "stagnated: the last of 3 attempts made no progress"


def test_a_cure_in_words_is_told_and_a_diff_is_not():
    output = render_text(outcome(report=Report((CheckResult("lint", "failed", (finding(fix="write 1.0e-4"),)),))))
    diff = render_text(outcome(report=Report((CheckResult("lint", "failed", (finding(fix="--- a\n+++ b"),)),))))

    assert "      fix: write 1.0e-4" in output.splitlines()
    assert "cure" not in diff


def test_money_that_is_not_known_is_said_to_be_unknown():
    usage = outcome().usage

    assert "cost $0.0312" in render_text(outcome())
    assert "cost unknown" in render_text(outcome(usage=type(usage)(1, 2, 0, 3, None)))


def test_many_findings_are_cut_gating_ones_first():
    advice = tuple(finding(gates=False, message=f"advice {n}") for n in range(MOST_FINDINGS))
    output = render_text(
        outcome(report=Report((CheckResult("lint", "failed", (*advice, finding(message="gating one"))),)))
    )

    assert "gating one" in output
    assert "1 more" in output


def test_a_pipe_gets_no_escapes_and_a_terminal_gets_colours(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    pipe, terminal = io.StringIO(), Terminal()

    print_text(outcome(), pipe)
    print_text(outcome(), terminal)

    assert "\x1b" not in pipe.getvalue()
    assert "\x1b[" in terminal.getvalue()


def test_hostile_text_reaches_neither_the_terminal_nor_its_markup():
    terminal = Terminal()

    print_text(hostile_outcome(), terminal)

    shown = terminal.getvalue()
    assert "\x1b]0;owned" not in shown
    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown
    assert len(shown) < 20_000


def test_a_stream_that_cannot_say_a_character_gets_an_escape():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")

    print_text(outcome(why="∇f is wrong"), stream)
    stream.flush()

    assert b"\\u2207f is wrong" in stream.buffer.getvalue()
