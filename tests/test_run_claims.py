"""Claims as they are written in p2c.toml, and the relations in them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2c.errors import InputError
from p2c.run_claims import Claim, Relation, compare, parse_relation
from p2c.run_contract import RunContract, read_contract, write_contract

CLAIM = Claim("e", "a.error", "higher", "b", "majority", ("x.0.loss < 0.5 * y", "z >= -1e-3"), 'as "shown" in Table 2')


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("a<b", Relation("a", "<", 1.0, "b")),
        ("curves.0.loss <= 2.5e-1*curves.-1.loss", Relation("curves.0.loss", "<=", 0.25, "curves.-1.loss")),
        ("val/acc > .9", Relation("val/acc", ">", 0.9)),
        ("a >= 2 * a", Relation("a", ">=", 2.0, "a")),
    ],
)
def test_a_relation_is_read(text: str, relation: Relation) -> None:
    assert parse_relation(text) == relation


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "a",
            "a == b",
            "a < b < c",
            "0.5 < a",
            "a < b * 2",
            "a < * b",
            "a < 2 *",
            "a < a",
            "a < 1e999",
            "a < b c",
        ),
        *("a < __import__('os')", "a.  < b", "a and b < c", "a < " + "b" * 2000),
    ],
)
def test_what_is_no_relation_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_relation(text)


def test_a_contract_with_claims_is_read_back() -> None:
    contract = RunContract(("python a.py",), claim=("python a.py --long",), claims=(CLAIM, replace(CLAIM, shows=())))
    assert read_contract(write_contract(contract)) == contract


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("claim = 3", "claim is a number, not a list of tables"),
        ('[[claim]]\nmetrik = "a"', "there is no key 'metrik'"),
        ('[[claim]]\nmetric = "a b"\ntrivial = "c"', "metric = 'a b' is not a dotted key"),
        ('[[claim]]\nmetric = "a"', "trivial = '' is not a dotted key"),
        ('[[claim]]\nmetric = "a"\nshows = ["a < 1"]', "metric and trivial belong together"),
        ('[[claim]]\nmetric = "a"\ntrivial = "a"', "both 'a'"),
        ('[[claim]]\nmetric = "a"\ntrivial = "b"\nbetter = "more"', "neither lower nor higher"),
        ('[[claim]]\nshows = ["a is better"]', "[[claim]] 1: 'a is better' is no relation"),
        ("[[claim]]\nshows = [1]", "shows is a list, not a list of relations"),
        ("[[claim]]\nwhy = 3\n", "why is a number"),
        ("[run]\nclaim = ['a \"b']", "cannot be split"),
    ],
)
def test_what_cannot_be_meant_is_named(toml: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        read_contract(toml)
    assert told in str(refused.value)


def test_a_zero_and_a_negative_trivial_have_a_side() -> None:
    def kind(metric: float, trivial: float, better: str) -> str:
        claim = Claim("", "m", better, "t", "random")  # type: ignore[arg-type]
        return compare((claim,), {"m.json": {"m": metric, "t": trivial}})[0].kind

    assert kind(-195.0, -200.0, "higher") == "shown"
    assert kind(-199.0, -200.0, "higher") == "no better than trivial"
    assert kind(0.0, 0.0, "lower") == "no better than trivial"
    assert kind(-0.1, 0.0, "lower") == "shown"


def test_a_key_is_looked_up_in_each_file_and_whole_names_come_first() -> None:
    def one(key: str, **files: object) -> str:
        return compare((Claim("", "", "lower", "", "", (f"{key} > 0",)),), files)[0].kind

    assert one("a.b", first={"a": 1}, second={"a": {"b": 2}}) == "shown"
    assert one("a.b.c", only={"a.b": {"d": 1}, "a": {"b": {"c": 3}}}) == "shown"
    assert one("a.1", only={"a": [1]}) == one("a.9999999999", only={"a": [1]}) == "unmeasured"
    assert one("a", only={"a": 10**400}) == "unmeasured"
