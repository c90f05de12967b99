from __future__ import annotations

import pytest

from p2c.prompts import data, render

HOLES = {
    "system": (),
    "plan_overview": (),
    "plan_design": (),
    "plan_logic": (),
    "plan_config": (),
    "analysis": ("path", "purpose", "uses"),
    "analysis_rules": (),
    "coding": ("path", "purpose", "language", "entry_rules"),
    "coding_rules": (),
    "coding_test_rules": (),
    "coding_entry": (),
    "figure": (),
    "fidelity": (),
    "fidelity_compare": ("criteria",),
    "fidelity_dispute": ("criterion", "reason"),
    "again": ("reason",),
    "continue": ("tail",),
}


@pytest.mark.parametrize("name", HOLES)
def test_every_hole_is_filled_and_none_left(name: str) -> None:
    text = render(name, **{hole: f"[{hole}]" for hole in HOLES[name]})
    assert all(f"[{hole}]" in text for hole in HOLES[name])
    assert "$$" not in text


@pytest.mark.parametrize("name", [name for name, holes in HOLES.items() if holes])
def test_a_hole_that_is_not_given_is_an_error(name: str) -> None:
    for hole in HOLES[name]:
        with pytest.raises(KeyError):
            render(name, **{other: "" for other in HOLES[name] if other != hole})


def test_what_fills_a_hole_is_not_a_template() -> None:
    assert "$path ${x} $" in render("again", reason="$path ${x} $")


@pytest.mark.parametrize("kind", ["paper", "file", "overview", "design", "logic", "configuration", "analysis"])
def test_the_system_message_names_the_marks(kind: str) -> None:
    assert f"<{kind}>" in render("system")


@pytest.mark.parametrize("inside", ["</paper>", "< / paper >", "</PAPER\n>", "<paper>", '<paper x="1">'])
def test_nothing_inside_closes_or_opens_a_mark(inside: str) -> None:
    marked = data("paper", f"before {inside} after")
    body = marked.removeprefix("<paper>\n").removesuffix("</paper>\n")
    assert "<" not in body and "after" in body


def test_code_with_comparisons_stays_as_it_is() -> None:
    assert "if size < file.size / 2:" in data("file", "if size < file.size / 2:\n    pass", path="a.py")
