from __future__ import annotations

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from p2c.generator.config_files import paper_yaml, scalar, smoke_yaml, wrong_keys
from p2c.generator.plan import Override, Value

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()


@given(SCALARS | st.lists(SCALARS, max_size=4))
def test_every_value_reads_back_from_its_one_line(value: object) -> None:
    line = scalar(value)
    assert "\n" not in line
    assert yaml.safe_load(f"a:\n  b: {line}  # paper: somewhere\n") == {"a": {"b": value}}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_a_float_in_yaml_1_1(value: float) -> None:
    read = yaml.safe_load(scalar(value))
    assert isinstance(read, float) and math.isclose(read, value, rel_tol=0)


@given(st.text(), st.text())
def test_no_comment_breaks_the_file(place: str, why: str) -> None:
    values = [Value("a.b", 1, place=place, quote="q"), Value("a.c", 2.5), Value("d", [1], assumed=why)]
    overrides = [Override("a.b", 0, why)]
    assert yaml.safe_load(paper_yaml(values)) == {"a": {"b": 1, "c": 2.5}, "d": [1]}
    assert yaml.safe_load(smoke_yaml(values, overrides)) == {"a": {"b": 0, "c": 2.5}, "d": [1]}


def test_groups_are_written_once_in_the_order_given() -> None:
    text = paper_yaml([Value("b.x", 1, "S1"), Value("a", 2, "S2"), Value("b.y.z", 3, "S3"), Value("on", 4, "S4")])
    assert text.split("\n")[1:] == [
        "b:", "  x: 1  # paper: S1", "  y:", "    z: 3  # paper: S3", "a: 2  # paper: S2", "'on': 4  # paper: S4", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([Value("a", 1), Value("a", 2)], "given twice"),
        ([Value("a", 1), Value("a.b", 2)], "both a value and the group"),
        ([Value("a-b c", 1)], "not a dotted key"),
        ([Value("a", ["1e-4"])], "give a number"),
        ([Value("a", "10,000")], "give a number"),
        ([Value("a", math.nan)], "not a finite number"),
    ],
)
def test_what_cannot_be_written(values: list[Value], reason: str) -> None:
    assert reason in "\n".join(wrong_keys(values))


def test_what_can() -> None:
    assert wrong_keys([Value("a.b", "adam"), Value("a.c", None), Value("a.bc", [[1, 2], [3]]), Value("v", "1e")]) == []
