"""Verdicts with evidence: lines that are there and hold code, or the verdict is worth nothing."""

import pytest

from p2c.generator.paper import Paper
from p2c.generator.structured_replies import InvalidReply
from p2c.journal import Journal
from p2c.scoring.context_selection import select
from p2c.scoring.evidence import Evidence, read_evidence
from p2c.scoring.judging import TOGETHER, ItemVerdict, JudgeContext, judge, read_verdicts
from p2c.scoring.prompt_prefix import opening
from p2c.scoring.rubric import RubricItem
from tests.scoring.samples import FILES, REPO, verdicts
from tests.scoring.test_critics import Replies

ITEMS = (RubricItem("r1", "the update", quote="x_{t+1}"), RubricItem("r2", "the start"))
GOOD = {"r1": ("met", ["descent.py:4-5"]), "r2": ("partly", ["`descent.py`: L3"])}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("descent.py:4-5", Evidence("descent.py", 4, 5)),
        (" ./descent.py : 5 ", Evidence("descent.py", 5, 5)),
        ("configs/paper.yaml:1–2", Evidence("configs/paper.yaml", 1, 2)),
    ],
)
def test_evidence_is_read(text: str, found: Evidence) -> None:
    assert read_evidence(text, FILES) == found
    assert read_evidence(str(found), FILES) == found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("descent.py", "not of the form"),
        ("momentum.py:1-2", "not a file"),
        ("../descent.py:1-2", "not a file"),
        ("descent.py:5-99", "has lines 1 to 6"),
        ("descent.py:0-2", "has lines 1 to 6"),
        ("descent.py:5-4", "has lines 1 to 6"),
        ("descent.py:2-2", "show nothing"),
        ("valley.py:2-3", "show nothing"),
        ("README.md:1-1", "show nothing"),
        ("long.py:1-200", "at most 150"),
    ],
)
def test_what_is_no_evidence_is_refused_with_its_reason(text: str, reason: str) -> None:
    refused = read_evidence(text, {**FILES, "long.py": "x = 1\n" * 300})
    assert isinstance(refused, str) and reason in refused


def test_verdicts_are_read() -> None:
    read = read_verdicts(verdicts(**GOOD), ITEMS, FILES)
    assert [(one.item.id, one.verdict, one.credit) for one in read] == [("r1", "met", 1.0), ("r2", "partly", 0.5)]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"r1": GOOD["r1"]}, "r2 was not judged"),
        ({**GOOD, "r1": ("met", [])}, "r1: 'met' without evidence"),
        ({**GOOD, "r1": ("met", ["descent.py:40-50"])}, "r1: descent.py has lines 1 to 6"),
        ({**GOOD, "r1": ("met", ["descent.py:4", "x.py:1"])}, "r1: 'x.py' is not a file"),
        ({**GOOD, "r1": ("fine", [])}, "verdict"),
    ],
)
def test_what_is_not_shown_is_asked_for_again(said: dict[str, tuple[str, list[str]]], reason: str) -> None:
    with pytest.raises(InvalidReply, match=reason):
        read_verdicts(verdicts(**said), ITEMS, FILES)


def test_a_verdict_that_stays_unproven_is_worth_nothing() -> None:
    with pytest.raises(InvalidReply) as refused:
        read_verdicts(verdicts(r1=("met", ["nowhere.py:1"]), r2=("not", [])), ITEMS, FILES)
    first, second = refused.value.settle
    assert (first.verdict, first.is_proven, first.credit, first.evidence) == ("met", False, 0.0, ())
    assert "nowhere.py" in first.refused[0]
    assert (second.is_proven, second.credit) == (True, 0.0)


def bench() -> JudgeContext:
    return JudgeContext(opening(Paper("p", "Title", "", ())), select(REPO, 5000), "verdict: runs")


def test_items_are_judged_in_groups_that_begin_alike() -> None:
    items = tuple(RubricItem(f"r{n}", f"thing {n}") for n in range(TOGETHER + 1))
    replies = [
        verdicts(**{i.id: ("met", ["main.py:1"]) for i in part}) for part in (items[:TOGETHER], items[TOGETHER:])
    ]
    model = Replies(*replies)
    judged = judge(model, bench(), RubricItem("root", "x", parts=items), Journal())
    assert list(judged) == [item.id for item in items]
    one, other = (prompt.messages for prompt in model.asked)
    assert one[:-1] == other[:-1] and one[-1].content != other[-1].content
    shown = bench().repository.text
    assert one[-1].content.startswith(shown) and other[-1].content.startswith(shown)
    assert "verdict: runs" in one[-1].content and "thing 0" in one[-1].content and "thing 8" in other[-1].content


def test_of_a_tree_the_judge_is_told_what_stands_above_a_leaf() -> None:
    tree = RubricItem(
        "root", "x", parts=(RubricItem("a", "the second experiment", parts=(RubricItem("b", "uses five seeds"),)),)
    )
    model = Replies(verdicts(b=("not", [])))
    assert list(judge(model, bench(), tree, Journal())) == ["b"]
    assert "b (code): uses five seeds [under: the second experiment]" in model.asked[0].messages[-1].content


def test_a_group_that_is_never_judged_leaves_the_others() -> None:
    items = tuple(RubricItem(f"r{n}", f"thing {n}") for n in range(TOGETHER + 1))
    model = Replies("no", verdicts(r8=("not", [])), "no", "no")
    judged = judge(model, bench(), RubricItem("root", "x", parts=items), Journal())
    assert list(judged) == ["r8"]


def test_evidence_is_asked_for_again_and_then_settled() -> None:
    item = RubricItem("r1", "thing")
    wrong, right = verdicts(r1=("met", ["main.py:90"])), verdicts(r1=("met", ["main.py:1-2"]))
    assert judge(Replies(wrong, right), bench(), item, Journal())["r1"].credit == 1.0
    settled: ItemVerdict = judge(Replies(wrong, wrong, wrong), bench(), item, Journal())["r1"]
    assert settled.credit == 0.0 and settled.refused
