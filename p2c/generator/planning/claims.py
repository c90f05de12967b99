"""Planning, part of step 4: what a small run must show, and the configuration that is large enough to show it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from p2c.errors import InputError
from p2c.generator.config_files import CLAIM, claim_yaml, wrong_value
from p2c.generator.paper import Paper
from p2c.generator.plan import Override, Plan
from p2c.generator.planning.configuration import read_config
from p2c.generator.planning.schemas import ConfigReply, SourcedConfigReply, SourcedOverrideReply, Text
from p2c.generator.quote_check import QuoteIndex
from p2c.generator.structured_replies import InvalidReply, read_json, refuse
from p2c.prompts import render
from p2c.run_claims import Claim, wrong_claim
from p2c.run_contract import split

if TYPE_CHECKING:
    from collections.abc import Sequence


class ClaimReply(BaseModel):
    """What one experiment has to show."""

    model_config = ConfigDict(extra="ignore")

    experiment: Text
    metric: Text
    better: Literal["lower", "higher"]
    trivial: Text
    predictor: Text
    shows: list[Text] = Field(default_factory=list)
    why: str = ""


class ConfigWithClaimsReply(SourcedConfigReply):
    """Step 4 of a plan that has criteria."""

    claims: list[ClaimReply] = Field(default_factory=list)
    claim: list[SourcedOverrideReply] = Field(default_factory=list)
    claim_commands: list[Text] = Field(default_factory=list)


def config_schema(plan: Plan) -> type[BaseModel]:
    """Return the schema of step 4's reply."""
    return ConfigWithClaimsReply if plan.criteria else ConfigReply


def config_task(plan: Plan) -> str:
    """Return what step 4 is asked besides: where the plan has criteria, sources of another kind, and claims."""
    return f"\n{render('plan_sources')}\n{render('plan_claims')}" if plan.criteria else ""


def read_config_with_claims(reply: str, plan: Plan, paper: Paper) -> Plan:
    """Return the plan with configuration and claims; raises Unusable. One refusal says what is wrong with both.

    A claim that never comes right is left out.
    """
    if not plan.criteria:
        return read_config(reply, plan, paper)
    reasons, configured = _configured(reply, plan, paper)
    said = read_json(reply, ConfigWithClaimsReply)
    claims = [_claim(claim_reply) for claim_reply in said.claims]
    wrong = [(number, wrong_claim(claim)) for number, claim in enumerate(claims, 1)]
    reasons += [f"claims: number {number}: {problem}" for number, problem in wrong if problem]
    reasons += _missing(claims, plan) + _wrong_run(said, configured)
    unquoted = _unquoted(claims, paper)
    reasons += [
        f"claims: `why` of {claim.experiment!r} is not in the paper: copy its words, or leave `why` empty"
        for claim in unquoted
    ]
    usable = tuple(replace(claim, why="") if claim in unquoted else claim for claim in claims if not wrong_claim(claim))
    plan_with_claims = _with_claims(configured, said, usable) if configured is not None else None
    refuse(reasons, plan_with_claims)
    assert plan_with_claims is not None
    return plan_with_claims


def _configured(reply: str, plan: Plan, paper: Paper) -> tuple[list[str], Plan | None]:
    """Return what is wrong with the configuration, and the plan that it makes or would settle for."""
    try:
        return [], read_config(reply, plan, paper)
    except InvalidReply as error:
        return [error.reason], error.settle


def _claim(said: ClaimReply) -> Claim:
    shows = tuple(" ".join(relation.split()) for relation in said.shows)
    return Claim(
        said.experiment, said.metric, said.better, said.trivial, said.predictor, shows, " ".join(said.why.split())
    )


def _missing(claims: Sequence[Claim], plan: Plan) -> list[str]:
    if not any(item.kind in ("experiment", "result") for item in plan.criteria):
        return []
    if not claims:
        return ["claims: name for each experiment its metric, its trivial predictor and what it shows"]
    return (
        [] if any(claim.shows for claim in claims) else ["claims: `shows` of at least one names a claim of the paper"]
    )


def _unquoted(claims: Sequence[Claim], paper: Paper) -> list[Claim]:
    known = QuoteIndex(paper.text)
    return [claim for claim in claims if claim.why and not known.has(claim.why)]


def _wrong_run(said: ConfigWithClaimsReply, plan: Plan | None) -> list[str]:
    known = {value.key for value in plan.values} if plan else {item.key.strip() for item in said.values}
    wrong = [
        f"claim: {override.key} is not one of the values"
        for override in said.claim
        if override.key.strip() not in known
    ]
    wrong += [
        f"claim: {override.key} is {problem}" for override in said.claim if (problem := wrong_value(override.value))
    ]
    wrong += [problem for line in said.claim_commands if (problem := _wrong_command(line, plan))]
    if said.claim and not said.claim_commands:
        wrong.append(f"claim: {CLAIM} is read by no command: give claim_commands, or leave `claim` empty")
    return wrong


def _wrong_command(line: str, plan: Plan | None) -> str:
    try:
        argv = split(line)
    except InputError as error:
        return error.message
    is_known = len(argv) > 1 and (plan is None or plan.spec(argv[1].removeprefix("./")) is not None)
    if argv[0] not in ("python", "python3") or CLAIM not in argv or not is_known:
        return f"claim_commands: {line!r} is not `python` with a file of the design and {CLAIM}"
    shell = [word for word in argv if word in ("&&", "||", "|", ";", ">", "<", "&") or word.endswith(";")]
    return f"claim_commands: {line!r} must be one plain program call" if shell else ""


def _with_claims(plan: Plan, said: ConfigWithClaimsReply, claims: tuple[Claim, ...]) -> Plan:
    """The claim's own run is taken where it can be run as it is told; else the smoke run is held to the claims."""
    runs = claims and said.claim_commands and not _wrong_run(said, plan)
    commands = tuple(line.strip() for line in said.claim_commands) if runs else ()
    overrides = [Override(override.key.strip(), override.value, override.why) for override in said.claim]
    config = {**plan.config, **({CLAIM: claim_yaml(plan.values, overrides)} if commands else {})}
    contract = replace(plan.contract, claim=commands, claims=claims)
    smaller = tuple(overrides) if commands else ()
    return replace(plan, claims=claims, contract=contract, config=config, claim_overrides=smaller)
