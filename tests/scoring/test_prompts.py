"""The judge's templates: every hole is filled, and the rules name every mark that data stands in."""

import pytest

from p2c.prompts import render

HOLES = {
    "score_system": (),
    "score_scale": (),
    "score_critic": ("scale",),
    "score_critic_reference": ("scale",),
    "score_rubric": (),
    "score_judge": ("items", "checks", "most"),
    "score_judge_strict": ("items", "checks", "most"),
    "score_judge_reference": (),
    "score_absent": ("checks",),
    "score_extra": ("checks",),
}


@pytest.mark.parametrize("name", HOLES)
def test_every_hole_is_filled_and_none_left(name: str) -> None:
    text = render(name, **{hole: f"[{hole}]" for hole in HOLES[name]})
    assert all(f"[{hole}]" in text for hole in HOLES[name])
    assert "$" not in text


@pytest.mark.parametrize("name", [name for name, holes in HOLES.items() if holes])
def test_a_hole_that_is_not_given_is_an_error(name: str) -> None:
    for hole in HOLES[name]:
        with pytest.raises(KeyError):
            render(name, **{other: "" for other in HOLES[name] if other != hole})


@pytest.mark.parametrize(
    "kind", ["paper", "repository", "reference", "file", "outline", "items", "checks", "other_files"]
)
def test_the_rules_name_the_marks(kind: str) -> None:
    assert f"<{kind}>" in render("score_system")
