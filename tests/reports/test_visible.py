from __future__ import annotations

import pytest

from p2c.reports.visible import lines, one_line, visible


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
