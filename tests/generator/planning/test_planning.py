from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import pytest
import yaml

from p2c.errors import BudgetExceededError, ReplyError, UsageError
from p2c.generator.plan import Plan
from p2c.generator.planning import STEPS, make_plan
from p2c.models.base import Completion, Prompt
from p2c.models.scripted import Reply, ScriptedModel
from tests.generator.conversation import CONFIG, DESIGN, LOGIC, PAPER, fenced, good_replies, model, session


def planned(**replies: list[Reply]) -> tuple[Plan, ScriptedModel]:
    """Plan with these replies in place of the good ones; keys are the steps' last words."""
    script = good_replies() | {f"plan.{step}": said for step, said in replies.items()}
    scripted = model(script)
    return make_plan(PAPER, session(scripted)), scripted


def changed(data: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**deepcopy(data), **fields}


def logic_with(path: str, **fields: Any) -> dict[str, Any]:
    data = deepcopy(LOGIC)
    next(item for item in data["files"] if item["path"] == path).update(fields)
    return data


def config_with(name: str, **fields: Any) -> dict[str, Any]:
    data = deepcopy(CONFIG)
    item = next(item for item in data["values"] if item["key"] == name)
    item.update(fields)
    return data


def test_a_whole_plan() -> None:
    plan, scripted = planned()
    assert [prompt.stage for prompt in scripted.prompts] == [step.stage for step in STEPS]
    paths = [spec.path for spec in plan.files]
    assert paths.index("valley.py") < paths.index("descent.py") < paths.index("main.py")
    assert plan.entry == "main.py" and plan.title == PAPER.title
    assert plan.requirements == ("pyyaml>=6.0",)
    assert "tests/__init__.py" in paths
    spec = plan.spec("descent.py")
    assert spec is not None
    (function,) = spec.interface.functions
    assert function.parameters == ("valley", "start", "rate", "momentum", "steps")
    assert function.returns == "list[float]"
    assert plan.contract.smoke == ("python main.py --config configs/smoke.yaml",)
    assert plan.stand_ins == {"Valley": "the same, it is synthetic"}


def test_configuration_is_yaml_with_numbers_and_sources() -> None:
    plan, _ = planned()
    paper, smoke = (yaml.safe_load(plan.config[f"configs/{name}.yaml"]) for name in ("paper", "smoke"))
    assert paper["train"] == {"rate": 3e-4, "momentum": 0.9, "steps": 10000}
    assert paper["data"] == {"curvatures": [1.0, 1e-5]}
    assert smoke["train"]["steps"] == 50 and smoke["train"]["rate"] == 3e-4
    text = plan.config["configs/paper.yaml"]
    assert "  rate: 0.0003  # paper: Section 2" in text
    assert "# assumed: the paper gives no spectrum" in text
    assert "steps: 50  # smoke: seconds (full run: 10000)" in plan.config["configs/smoke.yaml"]


def entry(**fields: Any) -> dict[str, Any]:
    return {"path": "extra.py", "purpose": "p", **fields}


@pytest.mark.parametrize(
    ("step", "reply", "reason"),
    [
        ("overview", "too short", "detailed text"),
        ("design", "no json at all", "no JSON object"),
        ("design", '{"summary": "x"}', "- files: Field required"),
        ("design", fenced(changed(DESIGN, entry="run.py")), "'run.py' is not one of the files"),
        ("design", fenced(changed(DESIGN, files=DESIGN["files"][:3])), "there is no test file"),
        ("design", fenced(changed(DESIGN, files=[*DESIGN["files"], entry(path="../x.py")])), "not a path inside"),
        ("design", fenced(changed(DESIGN, files=[*DESIGN["files"], entry(path="random.py")])), "hides the module"),
        ("design", fenced(changed(DESIGN, files=[*DESIGN["files"], entry(path="torch/a.py")])), "'torch' hides"),
        ("design", fenced(changed(DESIGN, files=[*DESIGN["files"], entry(path="01-run.py")])), "Python identifier"),
        ("design", fenced(changed(DESIGN, files=[*DESIGN["files"], entry(path="main.py")])), "listed twice"),
        (
            "design",
            fenced(changed(DESIGN, files=[*DESIGN["files"], entry(functions=[{"signature": "f(x:"}])])),
            "not a Python signature",
        ),
        (
            "design",
            fenced(changed(DESIGN, calls=[{"caller": "main.py", "callee": "Hill", "what": "w"}])),
            "'Hill' is neither",
        ),
        (
            "logic",
            fenced(logic_with("valley.py", uses=["descent.py"])),
            "a cycle.* valley.py -> descent.py -> valley.py|a cycle.* descent.py -> valley.py -> descent.py",
        ),
        ("logic", fenced(logic_with("valley.py", uses=["hills.py"])), "uses 'hills.py', which is not a file"),
        ("logic", fenced(logic_with("valley.py", uses=["valley.py"])), "valley.py: uses itself"),
        ("logic", fenced(logic_with("valley.py", imports=["numpy"])), "imports 'numpy', which no requirement provides"),
        ("logic", fenced(changed(LOGIC, files=LOGIC["files"][1:])), "main.py of the design has no logic"),
        (
            "logic",
            fenced(changed(LOGIC, files=[*LOGIC["files"], {"path": "new.py", "logic": "l"}])),
            "'new.py' is not a file",
        ),
        (
            "logic",
            fenced(changed(LOGIC, requirements=[{"requirement": "yaml", "imports": ["yaml"], "why": "w"}])),
            "is called 'pyyaml'",
        ),
        (
            "logic",
            fenced(
                changed(
                    LOGIC,
                    requirements=[
                        *LOGIC["requirements"],
                        {"requirement": "argparse", "imports": ["argparse"], "why": "w"},
                    ],
                )
            ),
            "standard library",
        ),
        (
            "logic",
            fenced(
                changed(
                    LOGIC,
                    requirements=[
                        *LOGIC["requirements"],
                        {"requirement": "x @ git+https://example.org/x", "imports": ["x"], "why": "w"},
                    ],
                )
            ),
            "is an address",
        ),
        ("logic", fenced(changed(LOGIC, requirements=LOGIC["requirements"] * 2)), "pyyaml is listed twice"),
        ("config", fenced(config_with("train.momentum", quote="momentum of 0.95 was best")), "not in the paper"),
        ("config", fenced(config_with("train.momentum", quote="")), "needs place and quote"),
        ("config", fenced(config_with("train.momentum", quote="0.9")), "too short to be found"),
        ("config", fenced(config_with("train.momentum", assumed="hm")), "both a quote and"),
        ("config", fenced(config_with("train.rate", value="3e-4")), "the text '3e-4': give a number"),
        ("config", fenced(config_with("train.rate", key="train")), "train is both a value and the group"),
        ("config", fenced(config_with("train.rate", key="learning rate")), "not a dotted key"),
        ("config", fenced(config_with("train.rate", value=float("inf"))), "not a finite number"),
        ("config", fenced(changed(CONFIG, smoke=[{"key": "steps", "value": 1, "why": "w"}])), "not one of the values"),
        ("config", fenced(changed(CONFIG, smoke=[{"key": "output", "value": 1, "why": "w"}])), "of another type"),
        ("config", fenced(changed(CONFIG, data_sets=[])), "'Valley' of the design has no stand-in"),
        (
            "config",
            fenced(changed(CONFIG, smoke_commands=["python run.py --config configs/smoke.yaml"])),
            "'run.py', which",
        ),
        ("config", fenced(changed(CONFIG, smoke_commands=["python main.py"])), "none reads configs/smoke.yaml"),
        (
            "config",
            fenced(changed(CONFIG, smoke_commands=["bash go.sh configs/smoke.yaml"])),
            "must start with `python`",
        ),
        ("config", fenced(changed(CONFIG, full_commands=["python main.py && rm x"])), "no shell operators"),
        ("config", fenced(changed(CONFIG, full_commands=["python main.py --config big.yaml"])), "names 'big.yaml'"),
        ("config", fenced(changed(CONFIG, artifacts=["../metrics.json"])), "not a path inside"),
        ("config", fenced(changed(CONFIG, artifacts=["outputs/plot.png"])), "name the JSON file"),
        ("config", fenced(changed(CONFIG, timeout=5)), "- timeout"),
    ],
)
def test_a_reply_that_cannot_be_used_is_sent_back_with_the_reason(step: str, reply: str, reason: str) -> None:
    good = good_replies()[f"plan.{step}"]
    plan, scripted = planned(**{step: [reply, *good]})
    again = [prompt for prompt in scripted.prompts if prompt.stage == f"plan.{step}"]
    assert len(again) == 2

    assert re.search(reason, again[1].messages[-1].content), again[1].messages[-1].content
    assert plan == planned()[0]


def test_a_cut_reply_is_continued() -> None:
    whole = fenced(DESIGN)
    half = len(whole) // 2
    plan, _ = planned(design=[Completion(whole[:half], finish="length"), whole[half:]])
    assert plan == planned()[0]


def test_a_quote_that_never_comes_right_makes_the_value_assumed() -> None:
    wrong = fenced(config_with("train.momentum", quote="we found momentum crucial"))
    plan, _ = planned(config=[wrong] * 3)
    value = next(value for value in plan.values if value.key == "train.momentum")
    assert value.assumed and not value.quote and not value.place
    assert "momentum: 0.9  # assumed: no passage found" in plan.config["configs/paper.yaml"]


def test_a_cycle_that_never_goes_away_ends_planning() -> None:
    with pytest.raises(ReplyError, match=r"plan\.logic: .*cycle"):
        planned(logic=[fenced(logic_with("valley.py", uses=["main.py"]))] * 3)


def test_the_budget_passes_through() -> None:
    with pytest.raises(BudgetExceededError):
        planned(design=[BudgetExceededError("max-cost", "enough")])


def test_without_a_model_it_says_so() -> None:
    with pytest.raises(UsageError, match="needs a language model"):
        make_plan(PAPER, session(None))


def test_each_step_adds_to_the_prompt_of_the_one_before() -> None:
    _, scripted = planned()

    def known(prompt: Prompt) -> str:
        text = prompt.messages[-1].content
        return text[: text.index("\n# Step")]

    for before, after in zip(scripted.prompts, scripted.prompts[1:], strict=False):
        assert known(after).startswith(known(before))
    for prompt, block in zip(scripted.prompts, ("", "overview", "design", "logic"), strict=True):
        assert f"</{block}>" in prompt.messages[-1].content or not block


def test_files_that_are_written_from_the_plan_are_not_planned_again() -> None:
    design = changed(DESIGN, files=[*DESIGN["files"], entry(path="README.md"), entry(path="configs/smoke.yaml")])
    logic = logic_with("main.py", uses=["valley.py", "./descent.py", "configs/smoke.yaml"])
    plan, _ = planned(design=[fenced(design)], logic=[fenced(logic)])
    assert plan == planned()[0]


def test_figures_are_shown_once_in_the_opening() -> None:
    scripted = model(good_replies())
    make_plan(PAPER, session(scripted), (("Losses by step", "data:image/png;base64,AAAA"),))
    shown = scripted.prompts[0].messages[1]
    assert shown.images == ("data:image/png;base64,AAAA",)
    assert "1. Losses by step" in shown.content
    assert all(prompt.messages[:2] == scripted.prompts[0].messages[:2] for prompt in scripted.prompts)


def test_a_paper_without_data_sets() -> None:
    design = changed(DESIGN, data_sets=[])
    plan, _ = planned(design=[fenced(design)], config=[fenced(changed(CONFIG, data_sets=[]))])
    assert plan.stand_ins == {} and plan.data_sources == {}
