"""docs/sandboxes.md says what the tests say, and no backend declares what an attack gets past."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from p2c.sandboxes.base import Feature
from tests.sandboxes import table, test_attacks
from tests.sandboxes.conftest import Open

PAGE = (Path(__file__).parents[2] / "docs/sandboxes.md").read_text(encoding="utf-8")
ATTACKS: dict[str, Callable[..., None]] = {
    name: test for name, test in vars(test_attacks).items() if name.startswith("test_")
}
AGAIN = "write it again: pytest tests/sandboxes --junitxml R.xml; python -m tests.sandboxes.table R.xml"


@pytest.mark.parametrize(("module", "heading"), [group[:2] for group in table.GROUPS])
def test_the_page_has_every_test_and_no_other(module: str, heading: str) -> None:
    assert list(table.read(PAGE, heading)) == table.tests_of(module), AGAIN


def test_nothing_on_the_page_has_failed() -> None:
    every = [row for _, heading, _ in table.GROUPS for row in table.read(PAGE, heading).values()]
    assert every and not [row for row in every if "NO" in row.values()]


def test_each_feature_is_attacked() -> None:
    assert {feature for test in ATTACKS.values() for feature in getattr(test, "keeps", ())} == set(get_args(Feature))


@pytest.mark.sandbox
@pytest.mark.parametrize("backend", table.BACKENDS)
def test_what_is_declared_is_what_the_attacks_have_shown(opened: Open, backend: str) -> None:
    declared = {backend: opened(backend).features}
    assert table.contradictions(declared, table.read(PAGE, "Attacks"), ATTACKS) == []


def test_an_attack_that_succeeds_on_what_is_declared_is_seen() -> None:
    rows = table.read(PAGE, "Attacks")
    bomb = "a memory bomb is killed and told"
    assert rows[bomb]["local"] == "yes"
    for cell in ("NO", "skipped (1)", "not promised", "-"):
        doctored = {**rows, bomb: {**rows[bomb], "local": cell}}
        [said] = table.contradictions({"local": get_args(Feature)}, doctored, ATTACKS)
        assert said == f"local declares memory; {bomb}: {cell}"
    assert len(table.contradictions({"unsafe": ["memory"]}, rows, ATTACKS)) == 2
    assert table.contradictions({"local": set(get_args(Feature)) - {"memory"}}, rows, ATTACKS)


def test_a_page_is_made_of_results() -> None:
    cases = ET.fromstring(
        "<suite><testcase name='test_a_b[docker]'/><testcase name='test_a_b[local]'><failure/></testcase>"
        "<testcase name='test_c[x-e2b]'/><testcase name='test_c[y-e2b]'><skipped message='no  way'/></testcase>"
        "<testcase name='test_c[unsafe]'><skipped message='not promised: this'/></testcase></suite>"
    )
    made = table.Table()
    for case in cases:
        made.add(case, "local")
    text = made.markdown()
    assert text.splitlines()[-1] == "(1) no way"
    assert table.read(f"## Any\n\n{text}", "Any") == {
        "a b": {"local": "NO", "docker": "yes", "e2b": "-", "unsafe": "-"},
        "c": {"local": "-", "docker": "-", "e2b": "skipped (1)", "unsafe": "not promised"},
    }
