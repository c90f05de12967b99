"""Mermaid diagrams of a plan: written from its data, so that they always parse."""

from __future__ import annotations

import re
from collections.abc import Mapping

from p2c.generator.plan import FileSpec, Plan
from p2c.generator.planning.design import file_of, known_names
from p2c.run_contract import Class, Function


def class_diagram(plan: Plan) -> str:
    """Return a class diagram: classes, the functions of each module, inheritance, and use between files."""
    ids = {spec.path: f"m{number}" for number, spec in enumerate(plan.files)}
    lines = ["classDiagram"]
    heads: dict[str, str] = {}
    for spec in plan.files:
        for number, item in enumerate(spec.interface.classes):
            heads.setdefault(item.name, f"{ids[spec.path]}c{number}")
    for spec in plan.files:
        lines += _module(spec, ids[spec.path]) + _classes(spec, ids[spec.path], heads)
    lines += [f"  {ids[spec.path]} ..> {ids[path]} : uses" for spec in plan.files for path in spec.uses if path in ids]
    return "\n".join(lines) + "\n"


def sequence_diagram(plan: Plan) -> str:
    """Return a sequence diagram of the main run between files."""
    known = known_names(plan.files)
    steps = [(_file(call.caller, known), _file(call.callee, known), call) for call in plan.calls]
    places = list(dict.fromkeys(place for caller, callee, _ in steps for place in (caller, callee)))
    ids = {place: f"p{number}" for number, place in enumerate(places)}
    lines = ["sequenceDiagram", *(f"  participant {ids[place]} as {_label(place)}" for place in places)]
    for caller, callee, call in steps:
        what = _label(f"{call.callee.split('(')[0].rpartition('.py:')[2]} - {call.what}")
        lines.append(f"  {ids[caller]}->>{ids[callee]}: {what}")
    return "\n".join(lines) + "\n"


def _file(name: str, known: Mapping[str, str]) -> str:
    """Return the file of a call's name; an inherited method (`net.py:Net.fit`) belongs to the file that is named."""
    return file_of(name, known) if name in known else known.get(name.partition(":")[0], file_of(name, known))


def file_graph(plan: Plan) -> str:
    """Return a flow chart of which file uses which."""
    ids = {spec.path: f"f{number}" for number, spec in enumerate(plan.files)}
    lines = ["flowchart TD", *(f'  {ids[spec.path]}["{_label(spec.path)}"]' for spec in plan.files)]
    lines += [f"  {ids[spec.path]} --> {ids[path]}" for spec in plan.files for path in spec.uses if path in ids]
    return "\n".join(lines) + "\n"


def _module(spec: FileSpec, name: str) -> list[str]:
    members = [f"    +{_member(function)}" for function in spec.interface.functions]
    return [f'  class {name}["{_label(spec.path)}"] {{', "    <<file>>", *members, "  }"]


def _classes(spec: FileSpec, name: str, heads: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for number, item in enumerate(spec.interface.classes):
        own = f"{name}c{number}"
        lines += [f'  class {own}["{_label(item.name)}"] {{', *_methods(item), "  }", f"  {name} *-- {own}"]
        lines += [f"  {heads[base]} <|-- {own}" for base in item.bases if heads.get(base, own) != own]
    return lines


def _methods(item: Class) -> list[str]:
    return [f"    +{_member(method)}" for method in item.methods] or ["    +..."]


def _member(function: Function) -> str:
    result = f" {_label(function.returns)}" if function.returns else ""
    return f"{_label(function.name)}({', '.join(map(_label, function.parameters))}){result}"


def _label(text: str) -> str:
    """Keep what mermaid reads as plain text: no braces, angles, quotes, semicolons, hashes or line ends."""
    plain = re.sub(r"[^\w\s.,:()\[\]/|=+-]", " ", text)
    return re.sub(r"\s+", " ", plain).strip()[:120] or "-"
