"""What a report says of fidelity: a second line, whatever another program wrote there."""

from __future__ import annotations

from typing import Any

import pytest

from p2c.generator.criteria import Criterion
from p2c.repair.fidelity.outcome import CriterionResult, Dispute, FidelityResult
from p2c.reports.fidelity import fidelity_of, rows_of, summary
from p2c.reports.formats.text import render_text
from p2c.reports.html import render_html
from p2c.reports.outcome import document
from tests.reports.samples import HOSTILE, outcome


def criterion(name: str, sealed: bool = False) -> Criterion:
    return Criterion(name, f"requirement of {name}", "Method", "words", 3.0, "method", sealed=sealed)


RESULT = FidelityResult(
    (
        CriterionResult(criterion("c1"), "met", evidence=("a.py:3",), executed=True, test="t.py::test_a", commit="abc"),
        CriterionResult(criterion("c2"), "partly", "the term is missing", ("a.py:9",), executed=False),
        CriterionResult(criterion("s1", sealed=True), "not"),
    ),
    sealed_share=0.5,
    noise=0.125,
    sealed_before=0.25,
    rounds=2,
    stop="rounds",
    why="all 2 rounds are used",
    disputes=(Dispute("c9", "no", False),),
    kept=1,
)


def told(**changes: Any) -> dict[str, Any]:
    return {"fidelity": {**RESULT.to_data(), **changes}}


def test_the_text_has_one_line_for_all_and_one_for_what_is_open() -> None:
    text = render_text(outcome(extra=told()))
    assert "1 of 3 criteria met, 1 partly, 1 not, sealed share 0.50 (before 0.25, noise 0.12)" in text
    assert "1 patch kept in 2 rounds, rounds: all 2 rounds are used" in text
    assert "c2 partly requirement of c2: the term is missing" in text
    assert "requirement of s1" not in text and "requirement of c1" not in text
    assert text.splitlines()[-1].startswith(outcome().verdict), "the verdict is the last line, as ever"


def test_the_page_shows_evidence_and_what_shows_it() -> None:
    page = render_html(document(outcome(extra=told())))
    for part in ("Fidelity", "s1 (sealed)", "a.py:9 (not executed)", "t.py::test_a commit abc"):
        assert part in page
    assert 'id="fidelity"' not in render_html(document(outcome()))


@pytest.mark.parametrize("strange", [None, 3, [], {"criteria": 3}, {}])
def test_what_is_not_of_its_form_is_nothing(strange: Any) -> None:
    assert fidelity_of({"fidelity": strange}) is None


def test_strange_entries_are_shown_as_text_or_not_at_all() -> None:
    wild = {
        "criteria": [3, {"id": HOSTILE, "status": HOSTILE, "requirement": HOSTILE, "evidence": HOSTILE}],
        "rounds": "x",
    }
    found = fidelity_of({"fidelity": wild})
    assert found is not None and len(rows_of(found)) == 1 and summary(found)
    page = render_html({**document(outcome()), "fidelity": wild})
    assert "<script>fetch" not in page and "<img src=x" not in page
