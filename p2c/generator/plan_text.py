"""A plan as text: what the prompts and the documentation show of it."""

from __future__ import annotations

from p2c.generator.criteria import open_criteria
from p2c.generator.plan import FileSpec, Plan
from p2c.run_claims import Claim
from p2c.run_contract import Class, Function, Interface


def stub(interface: Interface) -> str:
    """Return an interface as Python stub text; empty where nothing is promised."""
    parts = [_class(item) for item in interface.classes] + [_function(item) for item in interface.functions]
    return "\n".join(parts)


def criteria_text(plan: Plan) -> str:
    """Return the criteria that prompts may show, one a line; empty for a plan without any."""
    return "".join(
        f"- {item.id} ({item.kind}, weight {item.weight:g}, {item.section}): {item.requirement}"
        + (f" [delegated to {item.cites}]" if item.status == "delegated" else "")
        + "\n"
        for item in open_criteria(plan.criteria)
    )


def decisions_text(plan: Plan) -> str:
    """Return what the paper leaves open, with the choices; empty where there is nothing."""
    by = {True: "decided by the user", False: "the plainest choice"}
    return "".join(
        f"- {decision.id}: {decision.question} -> {decision.choice} ({by[decision.asked]})\n"
        for decision in plan.decisions
    )


def design_text(plan: Plan) -> str:
    """Return the approach, then every file with its purpose and interface, by path."""
    files = "\n\n".join(_file(spec) + _covers(spec, plan) for spec in sorted(plan.files, key=lambda spec: spec.path))
    sets = "\n".join(f"- {name}" for name in plan.data_sources)
    datasets = f"\n\nData sets of the paper:\n{sets}" if sets else ""
    return f"{plan.design}\n\nEntry point: {plan.entry}{datasets}\n\n{files}\n"


def calls_text(plan: Plan) -> str:
    """Return the steps of the main run, one a line."""
    steps = "\n".join(f"{n}. {c.caller} -> {c.callee}: {c.what}" for n, c in enumerate(plan.calls, 1))
    return f"\nThe main run:\n{steps}\n" if steps else ""


def logic_text(plan: Plan) -> str:
    """Return the conventions, the requirements, and every file's logic with what it uses, in dependency order."""
    packages = "\n".join(
        f"- {package.requirement} (import {', '.join(package.imports)}): {package.why}" for package in plan.packages
    )
    files = "\n\n".join(
        f"### {spec.path}\nuses: {', '.join(spec.uses) or 'no other file'}; "
        f"imports: {', '.join(spec.imports) or 'standard library only'}\n{spec.logic}"
        for spec in plan.files
    )
    return f"{plan.conventions}\n\nrequirements.txt:\n{packages or '(empty)'}\n\n{files}\n"


def config_text(plan: Plan) -> str:
    """Return the configuration files and the run contract's commands."""
    files = "\n".join(f"## {path}\n{text}" for path, text in plan.config.items())
    stand_ins = "\n".join(f"- {name}: {text}" for name, text in plan.stand_ins.items())
    contract = plan.contract
    return (
        f"{files}\nData set stand-ins of the smoke run:\n{stand_ins or '- (the paper uses no data set)'}\n\n"
        f"Smoke run ({contract.timeout:g} seconds at most):\n{_lines(contract.smoke)}\n"
        f"Full run:\n{_lines(contract.full)}\nThe smoke run must leave:\n{_lines(contract.artifacts)}\n"
    ) + claims_text(plan)


def claims_text(plan: Plan) -> str:
    """Return which keys the run writes and what they have to show; empty for a plan without claims."""
    if not plan.claims:
        return ""
    rows = [line for claim in plan.claims for line in _claim(claim)]
    run = f"Claim run (minutes):\n{_lines(plan.contract.claim)}\n" if plan.contract.claim else ""
    return (
        "\nEach run writes these keys to the metrics JSON (dots lead into objects and lists), measured, never set. A "
        f"program compares them:\n{_lines(tuple(rows))}\n{run}"
    )


def _claim(claim: Claim) -> list[str]:
    comparison = (
        f"{claim.experiment}: `{claim.metric}` ({claim.better} is better), and `{claim.trivial}`, which is the same "
    )
    relations = [f"{claim.experiment}: `{relation}`" for relation in claim.shows]
    return [f"{comparison}measure of {claim.predictor}", *relations]


def _lines(items: tuple[str, ...]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _file(spec: FileSpec) -> str:
    promised = stub(spec.interface)
    return f"### {spec.path}\n{spec.purpose}" + (f"\n```python\n{promised}```" if promised else "")


def _covers(spec: FileSpec, plan: Plan) -> str:
    ids = [item.id for item in plan.coverage if spec.path in item.files]
    return f"\ncovers: {', '.join(ids)}" if ids else ""


def _class(item: Class) -> str:
    bases = f"({', '.join(item.bases)})" if item.bases else ""
    head = f"class {item.name}{bases}:\n" + _doc(item.summary, "    ")
    methods = "".join(_function(method, "    ", "self") for method in item.methods)
    return head + (methods or ("" if item.summary else "    ...\n"))


def _function(item: Function, indent: str = "", first: str = "") -> str:
    names = ", ".join(([first] if first else []) + list(item.parameters))
    signature = item.signature or f"{item.name}({names})" + (f" -> {item.returns}" if item.returns else "")
    if not item.summary:
        return f"{indent}def {signature}: ...\n"
    return f"{indent}def {signature}:\n{_doc(item.summary, indent + '    ')}"


def _doc(summary: str, indent: str) -> str:
    line = " ".join(summary.replace('"""', "'''").split())
    return f'{indent}"""{line}"""\n' if line else ""
