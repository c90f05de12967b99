"""PaperBench's form, and what several samples of a judge come to."""

from __future__ import annotations

import pytest

from p2c.errors import InputError
from p2c.generator.paper import Paper
from p2c.generator.structured_replies import InvalidReply
from p2c.scoring.context_selection import select
from p2c.scoring.evidence import Evidence
from p2c.scoring.forms import agreement, code_development, most_frequent
from p2c.scoring.judging import ItemVerdict, JudgeContext, read_verdicts
from p2c.scoring.prompt_prefix import opening
from p2c.scoring.rubric import RubricItem, rubric_from_data, shares, value_of
from tests.scoring.samples import FILES, REPO, verdicts

TREE = {
    "id": "root", "requirements": "all", "weight": 1, "sub_tasks": [
        {"id": "method", "requirements": "the method", "weight": 3, "sub_tasks": [
            {"id": "a", "requirements": "a", "weight": 1, "task_category": "Code Development"},
            {"id": "b", "requirements": "b", "weight": 3, "task_category": "Code Execution"},
            {"id": "c", "requirements": "c", "weight": 2, "task_category": "Code Development"},
        ]},
        {"id": "results", "requirements": "the results", "weight": 5, "sub_tasks": [
            {"id": "d", "requirements": "d", "weight": 1, "task_category": "Result Analysis"},
        ]},
        {"id": "e", "requirements": "e", "weight": 1, "task_category": "Code Development"},
    ],
}  # fmt: skip


def test_only_code_is_left_and_shares_the_weights_among_itself() -> None:
    pruned = code_development(rubric_from_data(TREE))
    assert [leaf.id for leaf in pruned.leaves()] == ["a", "c", "e"]
    # By hand: root has method (3) and e (1) left; method has a (1) and c (2).
    assert shares(pruned) == pytest.approx({"a": 3 / 4 / 3, "c": 3 / 4 * 2 / 3, "e": 1 / 4})
    assert value_of(pruned, {"a": 1.0, "c": 0.0, "e": 1.0}) == pytest.approx(0.25 + 0.25)


def test_a_rubric_without_code_has_no_such_score() -> None:
    with pytest.raises(InputError, match="no item of kind code"):
        code_development(RubricItem("root", "all", parts=(RubricItem("d", "d", kind="result"),)))


ITEMS = (RubricItem("r1", "the update"), RubricItem("r2", "the start"))
GOOD = {"r1": ("met", ["descent.py:4-5"]), "r2": ("partly", ["descent.py:3-3"])}


def test_there_is_no_half_credit() -> None:
    with pytest.raises(InvalidReply, match="r2: 'partly' is no verdict here") as refused:
        read_verdicts(verdicts(**GOOD), ITEMS, FILES, strict=True)
    assert [(one.verdict, one.credit) for one in refused.value.settle] == [("met", 1.0), ("not", 0.0)]
    assert [one.credit for one in read_verdicts(verdicts(**GOOD), ITEMS, FILES)] == [1.0, 0.5]


def context(**more: object) -> JudgeContext:
    begin = opening(Paper(id="p", title="T", abstract="", sections=(), source="markdown"))
    return JudgeContext(begin, select(REPO, 9000), "smoke: passed", **more)  # type: ignore[arg-type]


def test_the_strict_question_knows_two_verdicts_and_the_mixed_one_the_reference() -> None:
    plain, strict = (context(strict=one).prompt(ITEMS, {}, 1) for one in (False, True))
    assert "partly" in plain.messages[-1].content and "partly" not in strict.messages[-1].content
    assert "partly" in str(plain.schema) and "partly" not in str(strict.schema)
    theirs = select(REPO, 9000, "reference")
    mixed = context(reference=theirs).prompt(ITEMS, {}, 1).messages[-1].content
    assert theirs.text in mixed and "Evidence is of the repository alone." in mixed
    assert "<reference>" not in plain.messages[-1].content


def sample(*words: str) -> dict[str, ItemVerdict]:
    return {
        f"r{n}": ItemVerdict(RubricItem(f"r{n}", ""), word, "", (Evidence("a.py", 1, 1),))  # type: ignore[arg-type]
        for n, word in enumerate(words, 1)
    }


def test_agreement_is_the_share_of_equal_pairs() -> None:
    assert agreement([sample("met", "not")]) is None and agreement([]) is None
    assert agreement([sample("met", "not"), sample("met", "not")]) == 1.0
    assert agreement([sample("met", "not"), sample("met", "met")]) == 0.5
    assert agreement([sample("met"), sample("met"), sample("not")]) == pytest.approx(1 / 3)
    assert agreement([sample("met", "not"), sample("not")]) == 0.0, "what one left out is no disagreement"


def test_most_samples_decide_and_of_equal_ones_the_lower() -> None:
    said = most_frequent([sample("met", "met", "partly"), sample("not", "met", "met"), sample("not", "not", "partly")])
    assert [said[f"r{n}"].verdict for n in (1, 2, 3)] == ["not", "met", "partly"]
    assert most_frequent([sample("met"), sample("not")])["r1"].verdict == "not"
    assert most_frequent([{}, sample("met")])["r1"].verdict == "met"
