from __future__ import annotations

import re

import pytest

from p2c.safe_text import is_obeyed, lines, one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("a\u202egnp.exe", "a\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ud800", "\\ud800"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("bar\rfoo", "bar\\x0dfoo"),
        ("a\r\nb\tc\n", "a\nb\tc\n"),
        ("É 漢字 ∇f ≤ 😀", "É 漢字 ∇f ≤ 😀"),
    ],
)
def test_what_terminals_obey_and_what_hides_is_spelled_out(text, shown):
    assert visible(text) == shown


def test_one_line_says_how_much_it_left_out():
    assert one_line("a\n  b") == "a b"
    assert one_line("x" * 1_000_000, 10) == "xxxxxxxxxx… (1,000,000 characters)"


def test_lines_are_cut_in_both_directions():
    shown = lines("short\n" + "x" * 50 + "\nthird\nfourth", most=3, width=10)

    assert shown == ["short", "xxxxxxxxxx… (50 characters)", "third", "… (1 lines left out)"]


OBEYED = [
    "::add-mask::secret",
    "::stop-commands::token",
    " \t::error file=a.py,line=1::message",
    "\u00a0\u3000::endgroup::",
    "first line\n      ::set-output name=a::b",
    "first\r\n::debug::b",
    "##[group]Title",
    "words before ##[add-mask]secret",
    "##vso[task.setvariable variable=PATH]/evil",
    "done ##vso[task.complete result=Succeeded;]",
    "##teamcity[buildStatus status='SUCCESS']",
    "###[x]",
]
NOT_OBEYED = [
    "tests/test_a.py::test_b",
    "std::vector<int>",
    "a[::2]",
    "## Title",
    "#[derive]",
    "x = y[::-1]",
    "a\n: :b",
]


@pytest.mark.parametrize("text", OBEYED)
def test_what_a_ci_would_obey_is_defused_and_stays_readable(text):
    assert is_obeyed(text)
    for shown in (visible(text), one_line(text), *lines(text, 9)):
        assert not any(obeys(line) for line in shown.splitlines()), shown
    assert not is_obeyed(visible(text)) and visible(visible(text)) == visible(text)
    words = re.findall(r"[a-z]{3,}", text)
    assert all(word in visible(text) for word in words)


def obeys(line: str) -> bool:
    """What the runners of GitHub, Azure and TeamCity do with a line, from their sources and documents."""
    return line.strip().startswith("::") or "##[" in line or "##vso[" in line or "##teamcity[" in line


@pytest.mark.parametrize("text", NOT_OBEYED)
def test_what_no_ci_obeys_stays_as_it_is(text):
    assert not is_obeyed(text)
    assert visible(text) == text
