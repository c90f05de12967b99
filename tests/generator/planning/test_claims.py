"""What a plan with criteria asks of its runs: claims that a program can compare, told to who writes the code."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import yaml

from p2c.generator.criteria import Criterion
from p2c.generator.plan import Plan
from p2c.generator.plan_text import config_text
from p2c.generator.planning import claims, make_plan
from p2c.generator.planning.configuration import read_config
from p2c.generator.project_files import surround
from p2c.generator.structured_replies import InvalidReply
from p2c.repo import Repo
from p2c.run_contract import read_contract
from tests.generator import conversation

CRITERION = Criterion("c1", "momentum is faster", "Experiments", "we run 10,000 steps", 5.0, "experiment")
WHY = "we run 10,000 steps with step size"
CLAIM: dict[str, Any] = {
    "experiment": "Valley",
    "metric": "momentum.loss",
    "better": "lower",
    "trivial": "start.loss",
    "predictor": "the start",
    "shows": ["momentum.loss < 0.5 * plain.loss"],
    "why": WHY,
}
RUN: dict[str, Any] = {
    "claim": [{"key": conversation.CONFIG["values"][0]["key"], "value": 7, "why": "minutes"}],
    "claim_commands": ["python main.py --config configs/claim.yaml"],
}


@pytest.fixture(scope="module")
def planned() -> Plan:
    plan = make_plan(conversation.PAPER, conversation.session(conversation.model(conversation.good_replies())))
    return replace(plan, criteria=(CRITERION,), config={}, values=())


def read(plan: Plan, **more: Any) -> Plan:
    reply = conversation.fenced({**conversation.CONFIG, "claims": [CLAIM], **more})
    return claims.read_config_with_claims(reply, plan, conversation.PAPER)


def test_claims_reach_the_plan_the_contract_and_every_prompt(planned: Plan) -> None:
    plan = read(planned, **RUN)
    assert plan.claims == plan.contract.claims and plan.claims[0].why == WHY
    assert (
        yaml.safe_load(plan.config["configs/claim.yaml"]).keys()
        == yaml.safe_load(plan.config["configs/paper.yaml"]).keys()
    )
    contract = read_contract(surround(plan, Repo({})).files["p2c.toml"])
    assert (contract.claims, contract.claim) == (plan.claims, tuple(RUN["claim_commands"]))
    for told in ("`momentum.loss` (lower is better)", "`start.loss`", "0.5 * plain.loss", "configs/claim.yaml"):
        assert told in config_text(plan)


def test_without_a_claim_run_the_smoke_run_is_held_to_them(planned: Plan) -> None:
    plan = read(planned)
    assert plan.claims and plan.contract.claim == () and "configs/claim.yaml" not in plan.config


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"claims": [{**CLAIM, "shows": ["momentum beats plain"]}]}, "is no relation between metrics"),
        ({"claims": [{**CLAIM, "trivial": "momentum.loss"}]}, "metric and trivial are both"),
        ({"claims": [{**CLAIM, "metric": "the loss"}]}, "is not a dotted key"),
        ({"claims": [{**CLAIM, "shows": []}]}, "`shows` of at least one"),
        ({"claims": []}, "name for each experiment its metric"),
        ({"claims": [{**CLAIM, "why": "momentum is ten times faster than anything"}]}, "is not in the paper"),
        ({**RUN, "claim_commands": []}, "is read by no command"),
        ({**RUN, "claim": [{"key": "no.such", "value": 1, "why": "x"}]}, "no.such is not one of the values"),
        ({**RUN, "claim_commands": ["python other.py --config configs/claim.yaml"]}, "a file of the design"),
        ({**RUN, "claim_commands": ["python main.py --config configs/smoke.yaml"]}, "configs/claim.yaml"),
    ],
)
def test_what_a_program_cannot_compare_is_sent_back(planned: Plan, more: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidReply, match="claim") as refused:
        read(planned, **more)
    assert told in refused.value.reason
    settled = refused.value.settle
    assert settled.config and all("beats" not in relation for claim in settled.claims for relation in claim.shows)
    assert not any("ten times" in claim.why for claim in settled.claims)


def test_one_refusal_says_what_is_wrong_with_both(planned: Plan) -> None:
    data = {**conversation.CONFIG, "claims": [], "artifacts": ["out.txt"]}
    with pytest.raises(InvalidReply) as refused:
        claims.read_config_with_claims(json.dumps(data), planned, conversation.PAPER)
    assert (
        "artifacts: name the JSON file" in refused.value.reason and "name for each experiment" in refused.value.reason
    )


def test_a_plan_without_criteria_is_asked_for_none(planned: Plan) -> None:
    plain = replace(planned, criteria=())
    assert claims.config_schema(plain).__name__ == "ConfigReply" and "Claims:" not in claims.config_task(plain)
    assert claims.config_task(planned).startswith(claims.config_task(plain)) and "Claims:" in claims.config_task(
        planned
    )
    assert read(plain) == read_config(conversation.fenced(conversation.CONFIG), plain, conversation.PAPER)
    assert "momentum.loss" not in config_text(read(plain))
