"""A plan as files that a person reads and changes, one a step, and back: by the rules that replies of models obey."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from p2c.errors import InputError, UnreadableTextError
from p2c.generator.plan import FileSpec, Plan
from p2c.generator.structured_replies import InvalidReply
from p2c.run_contract import Class, Function

FOLDER = "plan"
FILES = {
    "overview": "overview.md",
    "criteria": "criteria.yaml",
    "design": "design.yaml",
    "logic": "logic.yaml",
    "config": "config.yaml",
}
"""Step -> its file in `plan/`."""
_HEADS = {
    "criteria": "What a faithful repository has to do, each with the paper's words. `sealed: true` is never shown to "
    "the\n# model that plans and writes: it measures the result. `questions` are what the paper leaves open.",
    "design": "Files, what each promises, and under `coverage` which files answer for which criterion or item.",
    "logic": "How each file works, which files it `uses`, and the requirements.",
    "config": "Every value with its source (place and quote, derived, or assumed), the smoke run, commands.",
}


def step_text(name: str, plan: Plan) -> str:
    """Return a step of the plan as the text of its file; `plan` is as it was after that step."""
    if name == "overview":
        return plan.overview.rstrip() + "\n"
    return f"# {_HEADS[name]}\n" + _yaml(_DATA[name](plan))


def read_step(text: str, name: str, read: Callable[[str], Plan]) -> Plan:
    """Return the plan with a step from its file; raises InputError naming the file and what in it is wrong."""
    from p2c.untrusted_yaml import load_yaml

    where = f"{FOLDER}/{FILES[name]}"
    hint = "Correct it, or delete the file to have this step planned again."
    try:
        if name == "overview":
            return read(text)
        return read(json.dumps(load_yaml(text), default=str, ensure_ascii=False))
    except UnreadableTextError as error:
        raise InputError(f"{where} is not YAML: {error.message}", hint) from error
    except InvalidReply as error:
        raise InputError(f"{where}: {error.reason}", hint) from error


def _yaml(data: Any) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes texts of several lines as they read."""

    def written(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
        style = "|" if "\n" in text else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, written)
    Dumper.ignore_aliases = lambda self, data: True  # type: ignore[method-assign]
    text: str = yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text


def _criteria(plan: Plan) -> dict[str, Any]:
    names = ("id", "requirement", "section", "quote", "weight", "kind", "status", "cites", "sealed")
    rows = [{name: getattr(item, name) for name in names} for item in plan.criteria]
    return {
        "criteria": [_filled({**row, "weight": int(row["weight"])}) for row in rows],
        "questions": [
            _filled(
                {
                    "question": decision.question,
                    "choice": decision.choice,
                    "options": list(decision.options),
                    "asked": decision.asked,
                }
            )
            for decision in plan.decisions
        ],
    }


def _design(plan: Plan) -> dict[str, Any]:
    coverage = [_filled({"ids": [item.id], "files": list(item.files), "why": item.why}) for item in plan.coverage]
    return {
        "summary": plan.summary,
        "approach": plan.design,
        "entry": plan.entry,
        "files": [_file(spec) for spec in plan.files],
        "calls": [{"caller": call.caller, "callee": call.callee, "what": call.what} for call in plan.calls],
        "data_sets": [{"name": name, "used_for": text} for name, text in plan.data_sources.items()],
        **({"coverage": coverage} if coverage else {}),
    }


def _file(spec: FileSpec) -> dict[str, Any]:
    return _filled(
        {
            "path": spec.path,
            "purpose": spec.purpose,
            "classes": [_class(item) for item in spec.interface.classes],
            "functions": [_function(item) for item in spec.interface.functions],
        }
    )


def _class(item: Class) -> dict[str, Any]:
    methods = [_function(method) for method in item.methods]
    return _filled({"name": item.name, "bases": list(item.bases), "summary": item.summary, "methods": methods})


def _function(item: Function) -> dict[str, Any]:
    return _filled({"signature": item.signature, "summary": item.summary})


def _logic(plan: Plan) -> dict[str, Any]:
    return {
        "conventions": plan.conventions,
        "files": [
            _filled({"path": spec.path, "logic": spec.logic, "uses": list(spec.uses), "imports": list(spec.imports)})
            for spec in plan.files
            if spec.logic
        ],
        "requirements": [
            {"requirement": package.requirement, "imports": list(package.imports), "why": package.why}
            for package in plan.packages
        ],
    }


def _config(plan: Plan) -> dict[str, Any]:
    contract = plan.contract
    sources = ("place", "quote", "derived", "assumed")
    data = {
        "values": [
            {"key": value.key, "value": value.value, **_filled({name: getattr(value, name) for name in sources})}
            for value in plan.values
        ],
        "smoke": [{"key": override.key, "value": override.value, "why": override.why} for override in plan.overrides],
        "data_sets": [
            {"name": name, "full": plan.data_sources[name], "stand_in": text} for name, text in plan.stand_ins.items()
        ],
        "smoke_commands": list(contract.smoke),
        "full_commands": list(contract.full),
        "artifacts": list(contract.artifacts),
        "timeout": int(contract.timeout),
    }
    return data | (_with_criteria(plan) if plan.criteria else {})


def _with_criteria(plan: Plan) -> dict[str, Any]:
    return {
        "open_points": [_filled({"id": point.id, "key": point.key}) for point in plan.decisions],
        "claims": [{**asdict(claim), "shows": list(claim.shows)} for claim in plan.claims],
        "claim": [
            {"key": override.key, "value": override.value, "why": override.why} for override in plan.claim_overrides
        ],
        "claim_commands": list(plan.contract.claim),
    }


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is empty, which is what a missing key means."""
    return {key: value for key, value in row.items() if value not in ("", [], False)}


_DATA: dict[str, Callable[[Plan], dict[str, Any]]] = {
    "criteria": _criteria,
    "design": _design,
    "logic": _logic,
    "config": _config,
}
