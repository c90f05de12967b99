"""Planning with criteria: drawn and sealed, covered by the design, carried into prompts, sources held to quotations."""

from __future__ import annotations

import hashlib
import json
import re
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
import yaml

from p2c.errors import InputError
from p2c.generator.analysis import needs_analysis
from p2c.generator.criteria import open_criteria
from p2c.generator.paper import Paper, Section
from p2c.generator.plan import Decision, Plan
from p2c.generator.planning import PlanOptions, make_plan, walk_plan
from p2c.generator.planning.coverage import UNSAID, to_cover
from p2c.generator.planning.edited import step_text
from p2c.generator.serialization import plan_from_data, plan_to_data
from p2c.generator.writing import write_files
from p2c.models.scripted import Reply, ScriptedModel
from tests.generator.conversation import (
    COVERAGE,
    CRITERIA,
    CRITERIA_CONFIG,
    DESIGN,
    PAPER,
    fenced,
    good_replies,
    good_replies_with_criteria,
    model,
    session,
)

TABLE = """
$$ x = y \\tag{1} $$

Table 1: Losses of each method.

| Method | Loss |
|---|---|
| Heavy ball | 0.1 |
| Nesterov | 0.2 |
"""
TABLED = replace(PAPER, sections=(*PAPER.sections, Section("Comparison", TABLE)))
ON = PlanOptions(criteria=True)


def planned(paper: Paper = PAPER, options: PlanOptions = ON, **replies: list[Reply]) -> tuple[Plan, ScriptedModel]:
    script = good_replies_with_criteria() | {f"plan.{step}": said for step, said in replies.items()}
    scripted = model(script)
    return make_plan(paper, session(scripted), options=options), scripted


def design(*coverage: dict[str, Any]) -> str:
    return fenced({**DESIGN, "coverage": [*COVERAGE, *coverage]})


def config_with(name: str, **fields: Any) -> str:
    data = deepcopy(CRITERIA_CONFIG)
    next(item for item in data["values"] if item["key"] == name).update(fields)
    return fenced(data)


def told(scripted: ScriptedModel, stage: str) -> str:
    """What the second prompt of a stage says is wrong with the first reply."""
    return [prompt for prompt in scripted.prompts if prompt.stage == stage][1].messages[-1].content


def test_without_criteria_no_prompt_changes_by_a_byte() -> None:
    scripted = model(good_replies())
    work = session(scripted)
    plan = make_plan(PAPER, work)
    write_files(PAPER, plan, work)
    texts = sorted(f"{prompt.stage}\0{prompt.messages}\0{json.dumps(prompt.schema)}" for prompt in scripted.prompts)
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    assert (len(texts), digest[:16]) == (12, "89dd546e357667f8"), "the recorded replies answer these very prompts"


def test_a_third_is_sealed_and_no_prompt_shows_it() -> None:
    plan, scripted = planned()
    work = session(scripted2 := model(good_replies_with_criteria()))
    write_files(PAPER, plan, work)
    hidden = [item for item in plan.criteria if item.sealed]
    assert len(hidden) == 4 and len(open_criteria(plan.criteria)) == 8
    after = [p for p in scripted.prompts if p.stage not in ("plan.overview", "plan.criteria")] + scripted2.prompts
    for prompt in after:
        text = prompt.messages[-1].content
        assert "c1 (method" in text
        assert not [item.id for item in hidden if item.requirement in text], prompt.stage


def test_quotations_are_checked_and_sections_put_right() -> None:
    wrong = deepcopy(CRITERIA)
    wrong["criteria"][0]["quote"] = "the step is a heavy ball of lead"
    wrong["criteria"][5]["section"] = "Method"
    plan, scripted = planned(criteria=[fenced(wrong), fenced(CRITERIA)])
    assert "heavy ball of lead" in told(scripted, "plan.criteria")
    settled, _ = planned(criteria=[fenced(wrong)] * 3)
    assert len(settled.criteria) == 11 and all("lead" not in item.quote for item in settled.criteria)
    moved = next(item for item in settled.criteria if item.quote == "momentum 0.9")
    assert moved.section == "Experiments", "the words stand there, not in Method"
    assert plan.criteria[5].section == "Experiments"


def test_too_few_criteria_are_asked_for_again() -> None:
    few = {**CRITERIA, "criteria": CRITERIA["criteria"][:6]}
    plan, scripted = planned(criteria=[fenced(few), fenced(CRITERIA)])
    assert "give 12 to 40" in told(scripted, "plan.criteria") and len(plan.criteria) == 12


@pytest.mark.parametrize(
    ("coverage", "reason"),
    [
        ([], "nothing is said about equation 1.*nothing is said about table 1.*table 1: Heavy ball.*table 1: Nesterov"),
        ([{"ids": ["equation 1", "table 1"], "files": ["descent.py"]}], "nothing is said about table 1: Nesterov"),
        (
            [{"ids": ["equation 1", "table 1", "table 1: Heavy ball", "Nesterov"], "files": ["nesterov.py"]}],
            "'nesterov.py' is not a file of the design",
        ),
        ([{"ids": ["equation 1", "table 1"]}], "neither files nor the reason"),
    ],
)
def test_a_design_that_forgets_something_is_sent_back(coverage: list[dict[str, Any]], reason: str) -> None:
    whole = [{"ids": ["equation 1", "Heavy ball"], "files": ["descent.py"]}, {"ids": "table 1", "files": "main.py"},
             {"ids": ["table 1: nesterov"], "why": "another method"}]  # fmt: skip
    plan, scripted = planned(TABLED, design=[design(*coverage), design(*whole)])
    assert re.search(reason, told(scripted, "plan.design"), re.DOTALL)
    by_id = {item.id: item for item in plan.coverage}
    assert by_id["table 1: Heavy ball"].files == ("descent.py",)
    assert by_id["table 1: Nesterov"].files == () and by_id["table 1: Nesterov"].why == "another method"
    assert list(by_id) == list(to_cover(plan))


def test_what_a_design_never_says_is_said_to_be_missing() -> None:
    plan, _ = planned(TABLED, design=[design()] * 3)
    left = {item.id for item in plan.coverage if item.why == UNSAID}
    assert left == {"equation 1", "table 1", "table 1: Heavy ball", "table 1: Nesterov"}


def test_methods_are_left_out_with_their_table_or_in_its_words() -> None:
    alone = {"ids": ["equation 1"], "files": ["descent.py"]}
    whole, _ = planned(TABLED, design=[design(alone, {"ids": ["table 1"], "why": "no time"})])
    words = {"ids": ["table 1"], "files": ["main.py"], "why": "without Nesterov and the heavy ball, which need L"}
    named, _ = planned(TABLED, design=[design(alone, words)])
    for plan in (whole, named):
        assert all(item.why for item in plan.coverage if ": " in item.id)


def test_a_file_is_told_what_it_answers_for() -> None:
    plan, _ = planned()
    scripted = model(good_replies_with_criteria())
    write_files(PAPER, plan, session(scripted))
    texts = {prompt.stage: prompt.messages[-1].content for prompt in scripted.prompts}
    for stage in ("analysis:descent.py", "code:descent.py"):
        assert "c1. the step is Eq. 1" in texts[stage] and "x_{t+1} = x_t" in texts[stage]
        assert '<requirements path="descent.py">' in texts[stage]
    assert "requirements path" not in texts["code:tests/test_descent.py"]


def test_analyses_are_for_files_that_answer_for_the_method() -> None:
    plan, _ = planned()
    assert [spec.path for spec in plan.files if needs_analysis(plan, spec)] == ["descent.py"]
    scripted = model(good_replies_with_criteria())
    written = write_files(PAPER, plan, session(scripted))
    assert set(written.analyses) == {"descent.py"}
    assert {p.stage for p in scripted.prompts if p.stage.startswith("code:")} == {
        f"code:{path}" for path in ("main.py", "valley.py", "descent.py", "tests/test_descent.py")
    }


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"value": 0.8}, "does not say 0.8"),
        ({"quote": "step size $\\eta = 3"}, "does not say 0.9"),
        ({"value": True}, "a yes or no is derived"),
        ({"value": "momentum of Polyak"}, "does not say 'momentum of Polyak'"),
        ({"value": [0.9, 0.95]}, "does not say 0.95"),
    ],
)
def test_a_quotation_has_to_say_the_value(fields: dict[str, Any], reason: str) -> None:
    plan, scripted = planned(config=[config_with("train.momentum", **fields)] * 3)
    assert reason in told(scripted, "plan.config")
    value = next(one for one in plan.values if one.key == "train.momentum")
    assert value.assumed and not value.quote


@pytest.mark.parametrize("value", [0.9, [0.9], "Momentum", {"momentum": 0.9}])
def test_what_a_quotation_says_is_the_papers(value: Any) -> None:
    value = [value] if isinstance(value, dict) else value
    plan, scripted = planned(config=[config_with("train.momentum", value=value)])
    assert len([p for p in scripted.prompts if p.stage == "plan.config"]) == 1
    one = next(one for one in plan.values if one.key == "train.momentum")
    assert one.quote == "momentum 0.9" and not one.assumed and one.place == "Experiments"
    text = plan.config["configs/paper.yaml"]
    assert '# paper: Experiments: "momentum 0.9"' in text
    assert yaml.safe_load(text)["train"]["momentum"] == value


def test_a_derived_value_says_how() -> None:
    said = config_with("train.momentum", value=[0.9, 0.95], derived="0.9, and halfway to 1")
    plan, _ = planned(config=[said])
    one = next(one for one in plan.values if one.key == "train.momentum")
    assert one.derived and one.quote
    assert '# derived: 0.9, and halfway to 1 (Experiments: "momentum 0.9")' in plan.config["configs/paper.yaml"]


def test_open_points_become_assumed_settings_or_lines() -> None:
    plan, _ = planned()
    assert plan.open_points == ("Where does the iterate start? at all ones",)
    assert [one.key for one in plan.decisions] == ["data.curvatures", ""]


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ([{"id": "q1"}], "nothing is said about q2"),
        ([{"id": "q1", "key": "data.spectrum"}, {"id": "q2"}], "'data.spectrum' of q1 is not one of the values"),
        ([{"id": "q1", "key": "train.momentum"}, {"id": "q2"}], "train.momentum is said to be the paper's"),
    ],
)
def test_an_open_point_that_is_forgotten_is_sent_back_and_kept_in_the_end(points: list[Any], reason: str) -> None:
    plan, scripted = planned(config=[fenced({**CRITERIA_CONFIG, "open_points": points})] * 3)
    assert reason in told(scripted, "plan.config")
    assert "Where does the iterate start? at all ones" in plan.open_points


def test_questions_are_decided_once_and_shown() -> None:
    asked: list[tuple[Decision, ...]] = []

    def decide(open_questions: tuple[Decision, ...]) -> tuple[Decision, ...]:
        asked.append(open_questions)
        return tuple(replace(one, choice=one.options[0], asked=True) for one in open_questions)

    plan, scripted = planned(options=PlanOptions(criteria=True, decide=decide))
    assert len(asked) == 1
    for prompt in scripted.prompts[2:]:
        assert "q2: Where does the iterate start? -> at random (decided by the user)" in prompt.messages[-1].content
    assert plan.open_points == ("Where does the iterate start? at random",)


def files_of(paper: Paper = TABLED) -> tuple[dict[str, str], Plan]:
    whole = [{"ids": ["equation 1", "Heavy ball", "table 1"], "files": ["descent.py"]},
             {"ids": ["table 1: nesterov"], "why": "another method"}]  # fmt: skip
    script = good_replies_with_criteria() | {"plan.design": [design(*whole)]}
    steps = list(walk_plan(paper, session(model(script)), options=ON))
    return {step.name: step_text(step.name, plan) for step, plan in steps}, steps[-1][1]


def test_a_plan_that_was_not_touched_is_the_same_plan_and_asks_nobody() -> None:
    texts, plan = files_of()
    scripted = model({})
    again = make_plan(TABLED, session(scripted), options=PlanOptions(criteria=True, edited=texts))
    assert not scripted.prompts
    assert again == plan
    assert plan_from_data(json.loads(json.dumps(plan_to_data(plan)))) == plan


def test_a_plan_without_criteria_is_written_and_read_too() -> None:
    steps = list(walk_plan(PAPER, session(model(good_replies()))))
    texts = {step.name: step_text(step.name, plan) for step, plan in steps}
    assert set(texts) == {"overview", "design", "logic", "config"}
    assert make_plan(PAPER, session(model({})), options=PlanOptions(edited=texts)) == steps[-1][1]


def test_what_a_person_changes_counts_and_a_deleted_file_is_planned_again() -> None:
    texts, _ = files_of()
    texts["config"] = texts["config"].replace("value: 50\n", "value: 70\n")
    texts["criteria"] = texts["criteria"].replace("choice: at all ones", "choice: at zero")
    plan = make_plan(TABLED, session(model({})), options=PlanOptions(criteria=True, edited=texts))
    assert plan.overrides[0].value == 70
    assert plan.open_points == ("Where does the iterate start? at zero",)
    del texts["config"]
    scripted = model(good_replies_with_criteria())
    make_plan(TABLED, session(scripted), options=PlanOptions(criteria=True, edited=texts))
    assert [prompt.stage for prompt in scripted.prompts] == ["plan.config"]


@pytest.mark.parametrize(
    ("step", "old", "new", "reason"),
    [
        ("design", "entry: main.py", "entry: run.py", r"plan/design\.yaml: .*'run\.py' is not one of the files"),
        ("design", "path: main.py", "pfad: main.py", r"plan/design\.yaml: .*files\.\d+\.path"),
        ("design", "- path: main.py", "- path: [main.py", r"plan/design\.yaml is not YAML"),
        ("logic", "- descent.py", "- ascent.py", r"plan/logic\.yaml: .*'ascent\.py', which is not a file"),
        ("config", "quote: momentum 0.9", "quote: momentum of 0.95", r"plan/config\.yaml: .*train\.momentum"),
        ("config", "key: train.rate", "key: train rate", r"plan/config\.yaml: .*'train rate' is not a dotted key"),
        ("criteria", "quote: momentum 0.9", "quote: momentum zero", r"plan/criteria\.yaml: .*momentum zero"),
        ("criteria", "id: c2", "id: c1", r"plan/criteria\.yaml: .*c1 is there twice"),
    ],
)
def test_an_edited_file_obeys_the_rules_of_replies(step: str, old: str, new: str, reason: str) -> None:
    texts, _ = files_of()
    assert old in texts[step], texts[step]
    texts[step] = texts[step].replace(old, new, 1)
    with pytest.raises(InputError) as caught:
        make_plan(TABLED, session(model({})), options=PlanOptions(criteria=True, edited=texts))
    assert re.search(reason, caught.value.message, re.DOTALL), caught.value.message
    assert caught.value.exit_code == 2
