"""What the plan says of the repository: where its configuration is from, what the smoke run leaves open, its parts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from p2c.formatting import plural
from p2c.reports.file_dependencies import Uses
from p2c.reports.html.elements import Html, el, join, untrusted
from p2c.reports.html.file_graph import render_graph
from p2c.reports.html.sequence import render_sequence
from p2c.safe_text import one_line

Data = Mapping[str, Any]

MOST_ROWS = 300


def render_limits(plan: Data | None) -> Html | None:
    """Return what the smoke run does not prove: where it differs from the paper's run, None without a plan."""
    if plan is None:
        return None
    overrides, sources = plan.get("overrides") or (), plan.get("data_sources") or {}
    stand_ins = plan.get("stand_ins") or {}
    explanation = el(
        "p",
        "A passing smoke run shows that the code installs, starts and does every step from data to metrics. It does "
        "not show the paper's results: the run is smaller and uses substitute data.",
    )
    values = {item["key"]: item.get("value") for item in plan.get("values") or ()}
    changed = [
        (_key(item["key"]), _value(values.get(item["key"])), _value(item.get("value")), _text(item.get("why")))
        for item in overrides
    ]
    data = [
        (_text(name), _text(sources.get(name)), _text(stand_ins.get(name)))
        for name in dict.fromkeys([*sources, *stand_ins])
    ]
    return _section(
        "limits", "What the smoke run does not prove", explanation, el("ul", *_commands(plan.get("contract") or {})),
        _table("Differences from the paper's run", ("key", "the paper's run", "the smoke run", "why"), changed),
        _table("Substitute data", ("data set", "full run", "smoke run"), data),
    )  # fmt: skip


def render_open_questions(document: Data) -> Html | None:
    """Return what the smoke run does not prove where there is no plan to compare it with, None where nothing says what
    was run."""
    contract = document.get("contract")
    if not contract:
        return None
    explanation = el(
        "p",
        "A passing smoke run shows that the code installs, starts and runs to its end. It does not show that "
        "its results are right: without a paper p2c cannot know what they should be.",
    )
    notes = {check["name"]: (check["status"], str(check.get("note") or "")) for check in document["checks"]}
    artifacts = contract.get("artifacts") or ()
    ran = notes.get("smoke", ("",))[0] in ("passed", "failed")
    rows = _commands(contract, ran)
    rows += [el("li", "must exist afterwards: ", _code(path)) for path in artifacts[:20]]
    if not artifacts:
        rows.append(el("li", "The run contract names no artifacts: exit code 0 was the only requirement."))
    if not contract.get("network"):
        rows.append(el("li", "The run had no network: downloads at run time were not tried."))
    status, note = notes.get("test", ("", ""))
    if status == "skipped":
        rows.append(el("li", "The tests give no evidence: ", _text(note or "they were not run"), "."))
    origin = el("p", "Source of the commands: ", _text(contract.get("origin") or "nowhere"), ".", class_="soft")
    return _section("limits", "What the smoke run does not prove", explanation, el("ul", *rows), origin)


def _commands(contract: Data, ran: bool = True) -> list[Html]:
    smoke, full = contract.get("smoke") or (), contract.get("full") or ()
    rows = [el("li", "run: " if ran else "not run: ", _code(line)) for line in smoke[:20]]
    return rows + [el("li", "full run, never run by p2c: ", _code(line)) for line in full[:20]]


def render_provenance(plan: Data | None) -> Html | None:
    """Return where each configured value is from: a place in the paper with its words, or assumed, and why."""
    values = (plan or {}).get("values") or ()
    if not values:
        return None
    assumed = sum(bool(item.get("assumed")) for item in values)
    explanation = el(
        "p", f"{len(values) - assumed} of {plural(len(values), 'value')} come from the paper, {assumed} are assumed."
    )
    rows = [(_key(item["key"]), _value(item.get("value")), _origin(item)) for item in values]
    return _section(
        "provenance", "Sources of the configuration", explanation, _table("", ("key", "value", "source"), rows)
    )


def _origin(item: Data) -> Html:
    if item.get("assumed"):
        return join(el("span", "assumed", class_="pill warn"), " ", _text(item["assumed"]))
    quote = item.get("quote")
    words = join(" ", el("q", untrusted(one_line(str(quote), 300)))) if quote else None
    return join(el("span", "paper", class_="pill good"), " ", _text(item.get("place")), words)


def render_architecture(plan: Data | None, uses: Uses) -> Html | None:
    """Return how the files hang together: a drawing, the main run step by step, and what each file promises."""
    graph = render_graph(uses)
    parts = (graph, _main_run(plan), _promises(plan)) if plan else (graph, None, None)
    return _section("architecture", "Module graph", *parts) if any(parts) else None


def _main_run(plan: Data) -> Html | None:
    calls = plan.get("calls") or ()
    known = _known_names(plan)
    rows, arrows = [], []
    for number, call in enumerate(calls, 1):
        steps = [known.get(_bare(call[side]), "") for side in ("caller", "callee")]
        arrows.append((steps[0] or _bare(call["caller"]), steps[1] or _bare(call["callee"]), _bare(call["callee"])))
        who = join(_code(call["caller"]), _file(steps[0], call["caller"]))
        whom = join(_code(call["callee"]), _file(steps[1], call["callee"]))
        rows.append((join(str(number)), who, whom, _text(call.get("what"))))
    table = _table("", ("step", "caller", "calls", "purpose"), rows)
    return el("div", el("h3", "The main run, step by step"), render_sequence(arrows), table) if table else None


def _file(path: str, name: str) -> Html | None:
    return el("span", " ", untrusted(one_line(path, 80)), class_="soft") if path and path != name else None


def _known_names(plan: Data) -> dict[str, str]:
    """Return every name that a call may use -> the path of its file."""
    known: dict[str, str] = {}
    for item in plan["files"]:
        path, interface = item["path"], item["interface"]
        names = [path, path.removesuffix(".py").replace("/", "."), path.rsplit("/", 1)[-1].removesuffix(".py")]
        names += [function["name"] for function in interface["functions"]]
        for class_interface in interface["classes"]:
            names += [
                class_interface["name"],
                *(f"{class_interface['name']}.{method['name']}" for method in class_interface["methods"]),
            ]
        for name in names:
            known.setdefault(name, path)
    return known


def _bare(name: str) -> str:
    return name.split("(")[0].strip()


def _promises(plan: Data) -> Html | None:
    files = plan["files"][:MOST_ROWS]
    shown = [_promise(item) for item in files if item["interface"]["classes"] or item["interface"]["functions"]]
    return el("div", el("h3", "Planned interface of each file"), *shown) if shown else None


def _promise(item: Data) -> Html:
    interface = item["interface"]
    rows = [_class(class_interface) for class_interface in interface["classes"][:100]]
    rows += [el("li", _code(_signature(function))) for function in interface["functions"][:100]]
    head = el("summary", _code(item["path"]), " ", _text(item.get("purpose")))
    return el("details", head, el("div", el("ul", *rows)))


def _class(item: Data) -> Html:
    bases = f"({', '.join(item['bases'])})" if item.get("bases") else ""
    methods = [el("li", _code(_signature(method))) for method in item["methods"][:100]]
    inside = el("ul", *methods) if methods else None
    return el("li", _code(f"class {item['name']}{bases}"), " ", _text(item.get("summary")), inside)


def _signature(function: Data) -> str:
    if function.get("signature"):
        return str(function["signature"])
    returns = f" -> {function['returns']}" if function.get("returns") else ""
    return f"{function['name']}({', '.join(function.get('parameters') or ())}){returns}"


def _section(name: str, title: str, *parts: Html | None) -> Html:
    return el("section", el("h2", title, id=name), *parts, aria_labelledby=name)


def _table(title: str, names: Sequence[str], rows: Sequence[Sequence[Html]]) -> Html | None:
    if not rows:
        return None
    heads = el("tr", *(el("th", name, scope="col") for name in names))
    body = [
        el("tr", *(el("td", cell, data_label=name) for name, cell in zip(names, row, strict=True)))
        for row in rows[:MOST_ROWS]
    ]
    table = el("table", el("thead", heads), el("tbody", *body), class_="told steps" if names[0] == "step" else "told")
    more = el("p", f"… {len(rows) - MOST_ROWS:,} more") if len(rows) > MOST_ROWS else None
    return join(el("h3", title) if title else None, table, more)


def _value(value: object) -> Html:
    return _code(json.dumps(value, ensure_ascii=False, default=str))


def _key(text: str) -> Html:
    """Return a dotted key that breaks between its words."""
    parts = re.split(r"(?<=[._])", one_line(text, 240))
    return el("code", el("bdi", *(join(part, el("wbr")) for part in parts)))


def _code(text: object) -> Html:
    return el("code", untrusted(one_line(str(text), 240)))


def _text(text: object) -> Html:
    return untrusted(one_line(str(text or ""), 400))
