from __future__ import annotations

import json

import pytest

from p2c.budget import Usage
from p2c.executor.report import from_data
from p2c.reports.outcome import EXIT_CODES, Outcome, document, to_json
from tests.reports.samples import DIFF, hostile_outcome, outcome, report


def test_the_document_has_what_the_contract_names():
    doc = document(outcome())

    assert {"verdict", "why", "checks", "attempts", "usage", "seconds"} <= set(doc)
    assert doc["verdict"] == "stagnated"
    smoke = next(check for check in doc["checks"] if check["name"] == "smoke")
    assert (smoke["status"], smoke["seconds"]) == ("failed", 3.25)
    found = smoke["findings"][0]
    assert (found["check"], found["rule"], found["path"], found["line"], found["column"], found["gates"]) == (
        "smoke", "AttributeError", "train.py", 2, 5, True,
    )  # fmt: skip
    assert found["fingerprint"] == report().gating[0].fingerprint
    first = doc["attempts"][0]
    assert (first["author"], first["verdict"], first["diff"]) == ("fixer:numpy", "kept", DIFF)
    assert first["note"] == "1 gating finding gone, 0 new"
    assert doc["usage"] == {
        "calls": 4, "prompt_tokens": 52_000, "cached_tokens": 31_000, "completion_tokens": 6_400, "usd": 0.0312,
    }  # fmt: skip
    assert doc["seconds"] == 185.4


def test_an_unknown_price_is_null_and_never_zero():
    doc = json.loads(to_json(document(outcome(usage=Usage(3, 10, 0, 5, None)))))

    assert doc["usage"]["usd"] is None


def test_the_checks_of_the_document_read_back_as_the_report():
    doc = json.loads(to_json(document(outcome())))

    assert from_data(doc["checks"]) == report()


def test_extra_stands_beside_the_contract_and_cannot_replace_it():
    doc = document(outcome(extra={"title": "T", "verdict": "runs"}))

    assert (doc["title"], doc["verdict"]) == ("T", "stagnated")


@pytest.mark.parametrize(
    ("verdict", "code"),
    [("runs", 0), ("broken", 1), ("stagnated", 1), ("unavailable", 3), ("budget", 4), ("unverified", 5)],
)
def test_each_verdict_has_its_exit_code(verdict, code):
    assert Outcome(verdict, "").exit_code == code
    assert len(EXIT_CODES) == 6


def test_the_json_text_is_ascii_whatever_programs_printed():
    text = to_json(document(hostile_outcome()))

    assert text.isascii()
    assert json.loads(text)["verdict"] == "stagnated"
