"""Papers and plans as JSON-able data, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from p2c.errors import InputError
from p2c.generator.criteria import Coverage, Criterion, InventoryItem
from p2c.generator.paper import Figure, Paper, Section
from p2c.generator.plan import Call, Decision, FileSpec, Override, Package, Plan, Value
from p2c.run_claims import Claim
from p2c.run_contract import Class, Function, Interface, RunContract


def plan_to_data(plan: Plan) -> dict[str, Any]:
    """Return what `plan_from_data` reads back; JSON-able."""
    config, stand_ins, sources = dict(plan.config), dict(plan.stand_ins), dict(plan.data_sources)
    return asdict(replace(plan, config=config, stand_ins=stand_ins, data_sources=sources))


def plan_from_data(data: Mapping[str, Any]) -> Plan:
    """Read a plan back; raises InputError where the data is not one."""
    try:
        return Plan(
            **{
                **data,
                "files": tuple(_spec(item) for item in data["files"]),
                "requirements": tuple(data["requirements"]),
                "contract": _contract(data["contract"]),
                "calls": tuple(Call(**item) for item in data["calls"]),
                "packages": tuple(Package(**{**item, "imports": tuple(item["imports"])}) for item in data["packages"]),
                "values": tuple(Value(**item) for item in data["values"]),
                "overrides": tuple(Override(**item) for item in data["overrides"]),
                "criteria": tuple(Criterion(**item) for item in data.get("criteria", ())),
                "inventory": tuple(InventoryItem(**_with_tuples(item)) for item in data.get("inventory", ())),
                "coverage": tuple(Coverage(**_with_tuples(item)) for item in data.get("coverage", ())),
                "claims": tuple(Claim(**_with_tuples(item)) for item in data.get("claims", ())),
                "claim_overrides": tuple(Override(**item) for item in data.get("claim_overrides", ())),
                "decisions": tuple(Decision(**_with_tuples(item)) for item in data.get("decisions", ())),
                "open_points": tuple(data.get("open_points", ())),
            }
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"this is not a plan: {error!r}", "Plan again by starting in an empty folder.") from error


def paper_to_data(paper: Paper) -> dict[str, Any]:
    """Return what `paper_from_data` reads back; JSON-able."""
    data = asdict(paper)
    data["file"] = str(paper.file) if paper.file else None
    data["figures"] = [{**item, "file": str(item["file"]) if item["file"] else None} for item in data["figures"]]
    return data


def paper_from_data(data: Mapping[str, Any]) -> Paper:
    """Read a paper back; raises InputError where the data is not one."""
    try:
        return Paper(
            **{
                **data,
                "sections": tuple(Section(**item) for item in data["sections"]),
                "figures": tuple(_figure(item) for item in data["figures"]),
                "notes": tuple(data["notes"]),
                "file": Path(data["file"]) if data.get("file") else None,
            }
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"this is not a paper: {error!r}") from error


def _with_tuples(item: Mapping[str, Any]) -> dict[str, Any]:
    """JSON knows lists only; the values of a plan are frozen."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in item.items()}


def _figure(item: Mapping[str, Any]) -> Figure:
    return Figure(**{**item, "file": Path(item["file"]) if item["file"] else None})


def _contract(item: Mapping[str, Any]) -> RunContract:
    lists: dict[str, tuple[Any, ...]] = {
        name: tuple(item[name]) for name in ("smoke", "full", "artifacts", "gate", "exclude")
    }
    lists |= {name: tuple(item.get(name, ())) for name in ("include", "claim")}
    lists["claims"] = tuple(Claim(**_with_tuples(claim)) for claim in item.get("claims", ()))
    return RunContract(**{**item, **lists})


def _spec(item: Mapping[str, Any]) -> FileSpec:
    interface = Interface(
        tuple(_class(class_item) for class_item in item["interface"]["classes"]),
        tuple(_function(function_item) for function_item in item["interface"]["functions"]),
    )
    return FileSpec(**{**item, "interface": interface, "uses": tuple(item["uses"]), "imports": tuple(item["imports"])})


def _class(item: Mapping[str, Any]) -> Class:
    methods = tuple(_function(method) for method in item["methods"])
    return Class(**{**item, "bases": tuple(item["bases"]), "methods": methods})


def _function(item: Mapping[str, Any]) -> Function:
    return Function(**{**item, "parameters": tuple(item["parameters"])})
