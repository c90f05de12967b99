"""Planning, step 4: values with their sources, stand-ins for data, and how the repository is run."""

from __future__ import annotations

from dataclasses import replace

from p2c.errors import InputError
from p2c.generator.config_files import PAPER, SMOKE, paper_yaml, smoke_yaml, wrong_keys, wrong_value
from p2c.generator.paper import Paper
from p2c.generator.plan import Override, Plan, Value
from p2c.generator.planning.schemas import ConfigReply, SourcedConfigReply, SourcedValueReply, ValueReply
from p2c.generator.planning.value_sources import (
    as_assumed,
    open_points,
    placed,
    read_open_points,
    wrong_meaning,
    wrong_source,
)
from p2c.generator.quote_check import PaperQuotes
from p2c.generator.structured_replies import read_json, refuse
from p2c.repo import safe_path
from p2c.run_contract import RunContract, split

PYTHON = ">=3.11"
_SHELL = ("&&", "||", "|", ";", ">", "<", "$", "`", "&")
_FETCHERS = frozenset({"pip", "wget", "curl", "git", "conda", "uv"})


def read_config(reply: str, plan: Plan, paper: Paper) -> Plan:
    """Return the plan with configuration, stand-ins and run contract; raises Unusable.

    A quote that the paper does not have is sent back; if it never comes right, the value counts as assumed. Where the
    plan has criteria, so is a quote that does not say the value, and an open point about which nothing is said.
    """
    said = read_json(reply, SourcedConfigReply if plan.criteria else ConfigReply)
    values = [_value(item) for item in said.values]
    overrides = [Override(o.key.strip(), o.value, o.why) for o in said.smoke]
    wrong = wrong_keys(values) + _wrong_overrides(overrides, values) + _wrong_run(said, plan) + _wrong_data(said, plan)
    refuse(wrong)
    quotable = PaperQuotes(paper)
    check = wrong_meaning if plan.criteria else wrong_source
    unfounded = {value.key: reason for value in values if (reason := check(value, quotable))}
    founded = [as_assumed(value) if value.key in unfounded else value for value in values]
    reasons = list(unfounded.values())
    if isinstance(said, SourcedConfigReply):
        founded = placed(founded, quotable)
        decisions, unsaid = read_open_points(said.open_points, plan, founded)
        plan = replace(plan, decisions=decisions, open_points=open_points(decisions))
        reasons += unsaid
    planned = _planned(plan, said, founded, overrides)
    refuse(reasons, planned)
    return planned


def _value(item: ValueReply) -> Value:
    derived = item.derived.strip() if isinstance(item, SourcedValueReply) else ""
    return Value(item.key.strip(), item.value, item.place.strip(), item.quote, item.assumed.strip(), derived)


def _planned(plan: Plan, said: ConfigReply, values: list[Value], overrides: list[Override]) -> Plan:
    return replace(
        plan,
        values=tuple(values),
        overrides=tuple(overrides),
        config={PAPER: paper_yaml(values, quotes=bool(plan.criteria)), SMOKE: smoke_yaml(values, overrides)},
        stand_ins={item.name: item.stand_in for item in said.data_sets},
        data_sources={**plan.data_sources, **{item.name: item.full for item in said.data_sets}},
        contract=RunContract(
            smoke=tuple(_python(line) for line in said.smoke_commands),
            full=tuple(_python(line) for line in said.full_commands),
            python=PYTHON,
            timeout=float(said.timeout),
            artifacts=tuple(path.strip().removeprefix("./") for path in said.artifacts),
        ),
    )


def _wrong_overrides(overrides: list[Override], values: list[Value]) -> list[str]:
    known = {value.key: value.value for value in values}
    keys = [override.key for override in overrides]
    wrong = [f"smoke: {key} is given twice" for key in dict.fromkeys(keys) if keys.count(key) > 1]
    for override in overrides:
        if override.key not in known:
            wrong.append(f"smoke: {override.key} is not one of the values; both runs read the same keys")
        elif problem := wrong_value(override.value):
            wrong.append(f"smoke: {override.key} is {problem}")
        elif not _same_kind(override.value, known[override.key]):
            was = known[override.key]
            wrong.append(f"smoke: {override.key} = {override.value!r} is of another type than {was!r}")
    return wrong


def _same_kind(left: object, other: object) -> bool:
    if left is None or other is None:
        return True
    numbers = [isinstance(item, int | float) and not isinstance(item, bool) for item in (left, other)]
    return all(numbers) or type(left) is type(other)


def _wrong_data(said: ConfigReply, plan: Plan) -> list[str]:
    named = {item.name.casefold() for item in said.data_sets}
    return [
        f"data_sets: {name!r} of the design has no stand-in (use exactly this name)"
        for name in plan.data_sources
        if name.casefold() not in named
    ]


def _wrong_run(said: ConfigReply, plan: Plan) -> list[str]:
    wrong = [problem for line in said.smoke_commands if (problem := _wrong_command(line, SMOKE, plan))]
    wrong += [problem for line in said.full_commands if (problem := _wrong_command(line, PAPER, plan))]
    if not any(SMOKE in line for line in said.smoke_commands):
        wrong.append(f"smoke_commands: none reads {SMOKE}")
    if not any(path.strip().endswith(".json") for path in said.artifacts):
        wrong.append("artifacts: name the JSON file with the metrics that the smoke run writes")
    for path in said.artifacts:
        try:
            if safe_path(path.strip()) in {PAPER, SMOKE, *(spec.path for spec in plan.files)}:
                wrong.append(f"artifacts: {path} is a source file, not something that the run leaves")
        except InputError as error:
            wrong.append(f"artifacts: {error.message}")
    return wrong


def _wrong_command(line: str, config: str, plan: Plan) -> str:
    try:
        argv = split(_python(line))
    except InputError as error:
        return error.message
    if any(word in argv or (word in line and len(word) == 1) for word in _SHELL) or _FETCHERS & set(argv):
        return f"the command {line!r} must be one plain program call: no shell operators, nothing fetched or installed"
    if argv[0] != "python" or len(argv) < 2:
        return f"the command {line!r} must start with `python`"
    module = argv[2] if argv[1] == "-m" and len(argv) > 2 else ""
    paths = [argv[1]] if not module else [f"{module.replace('.', '/')}{end}" for end in (".py", "/__main__.py")]
    if not any(plan.spec(path.removeprefix("./")) for path in paths):
        return f"the command {line!r} runs {argv[1]!r}, which is not a file of the design"
    strange = [word for word in argv if word.endswith((".yaml", ".yml")) and word.split("=")[-1] not in {PAPER, SMOKE}]
    if strange:
        return f"the command {line!r} names {strange[0]!r}; the configuration for it is {config}"
    return ""


def _python(line: str) -> str:
    line = line.strip()
    return "python" + line.removeprefix("python3") if line.startswith("python3 ") else line
