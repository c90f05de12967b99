"""Code for gym before 0.26: `reset` returned the observation alone, and `step` four values with one `done`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.text_edits import Edit, Text, calls_on, edited, finding_text, offer, own_frames
from p2c.repair.patch import Patch

_MADE = re.compile(r"\b(?:gym|gymnasium)\.make\(")
_ENVIRONMENT = re.compile(r"(?:\w*_)?(?:env|environment)")
_FAILED = re.compile(
    r"too many values to unpack \(expected 4|has no attribute 'seed'|inhomogeneous shape|expected np\.ndarray"
    r"|expected sequence of length \d+ at dim"
    r"|tuple indices must be integers|'tuple' object has no attribute|only integer scalar arrays|not 'tuple'|got tuple"
    r"|unhashable type: 'dict'|Argument 'input' must be Tensor, not tuple|can't convert .* to Tensor"
)
"""What a program fails with that takes what `step` or `reset` returns today for what they returned."""


def fix(case: Case) -> Patch | None:
    """Take both values of `reset` and all five of `step`, where a failure shows that the code knows fewer."""
    files = {path: case.repo.files[path] for path in case.repo.python_files()}
    makes_environment = any(_MADE.search(text) for text in files.values())
    if not makes_environment or any(re.search(r"\bdef (?:step|reset)\(", text) for text in files.values()):
        return None
    if not any(_is_about_environments(finding_text, case) for finding_text in _failures(case)):
        return None
    changes: dict[str, str | None] = {path: _changed(text) for path, text in files.items()}
    return offer(case, "gym-steps", "Take what reset() and step() return since gym 0.26", changes)


def _failures(case: Case) -> Iterator[tuple[str, int]]:
    for finding in case.report.gating:
        if _FAILED.search(finding_text(finding)[:2_000]):
            yield from ((frame.path, frame.line) for frame in own_frames(finding))


def _is_about_environments(place: tuple[str, int], case: Case) -> bool:
    """The line that failed steps or resets, or uses in its file what an unported `reset` returned."""
    path, line = place
    tree = parse(case.repo.files.get(path, ""))
    if tree is None:
        return False
    asks = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and _method(node) in ("step", "reset", "seed")
    ]
    return any(node in calls_on(tree, line) for node in asks) or any(_method(node) == "reset" for node in asks)


def _method(node: ast.AST) -> str:
    """The method of an environment that is called; '' where it is none."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return ""
    owner = node.func.value
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return node.func.attr if _ENVIRONMENT.fullmatch(name.lower()) else ""


def _changed(text: str) -> str:
    tree = parse(text)
    if tree is None or not _is_old(tree):
        return text
    place = Text(text)
    return edited(text, [edit for node in ast.walk(tree) for edit in _edits(node, place, tree)])


def _is_old(tree: ast.Module) -> bool:
    """No step of the file is taken apart in five, and no reset in two."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            count = {"step": 5, "reset": 2}.get(_method(node.value))
            if count == len(node.targets[0].elts):
                return False
    return True


def _edits(node: ast.AST, place: Text, tree: ast.Module) -> Iterator[Edit]:
    if isinstance(node, ast.Expr) and _method(node.value) == "seed" and isinstance(node.value, ast.Call):
        func = place.span(node.value.func)[1]
        yield Edit(func - len("seed"), func, "reset")
        for argument in node.value.args[:1]:
            yield Edit(place.span(argument)[0], place.span(argument)[0], "seed=")
    elif isinstance(node, ast.Assign) and _method(node.value) == "step":
        yield from _taken_apart(node, place, tree)
    elif isinstance(node, ast.Call) and _method(node) == "reset" and not _is_alone(node, tree):
        yield Edit(place.span(node)[1], place.span(node)[1], "[0]")


def _is_alone(call: ast.Call, tree: ast.Module) -> bool:
    """The result is not used, or only its first value."""
    return any(isinstance(node, ast.Expr | ast.Subscript) and node.value is call for node in ast.walk(tree))


def _taken_apart(node: ast.Assign, place: Text, tree: ast.Module) -> Iterator[Edit]:
    """`s, r, done, _ = env.step(a)` -> `s, r, done, truncated, _ = ...`, and `done` is either of the two."""
    target = node.targets[0]
    if len(node.targets) != 1 or not isinstance(target, ast.Tuple) or len(target.elts) != 4:
        return
    names = {part.id for part in ast.walk(tree) if isinstance(part, ast.Name)}
    cut = "truncated" if "truncated" not in names else "was_truncated"
    done, last = target.elts[2], place.span(target.elts[3])[0]
    source, end = place.source(done), place.span(node)[1]
    indent = place.text[place.line_start(node.lineno) : place.span(node)[0]]
    rest = place.text[end:].split("\n", 1)[0]
    if indent.strip() or (rest.strip() and not rest.strip().startswith("#")):
        return
    if source == "_":
        yield Edit(last, last, "_, ")
        return
    yield Edit(last, last, f"{cut}, ")
    behind = end + len(rest.rstrip("\r"))
    yield Edit(behind, behind, f"{place.newline}{indent}{source} = {source} or {cut}")
