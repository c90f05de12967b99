"""What torch and numpy did with single numbers and masks: `loss.data[0]`, `1 - mask`, `float(matrix)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.text_edits import Edit, Text, calls_on, edited, finding_text, offer, own_frames
from p2c.repair.patch import Patch

_NO_INDEX = "invalid index of a 0-dim tensor"
_NO_SCALAR = "only 0-dimensional arrays can be converted to Python scalars"
_NO_MINUS = "Subtraction, the `-` operator, with a bool tensor is not supported"


def fix(case: Case) -> Patch | None:
    """Ask a number with `item()`, wherever this one is asked; turn a mask around with `~`, on its line."""
    for finding in case.report.gating:
        frames, said = own_frames(finding), finding_text(finding)
        tree = parse(case.repo.files.get(frames[0].path, "")) if frames else None
        if tree is None:
            continue
        place, line = Text(case.repo.files[frames[0].path]), frames[0].line
        edits: list[Edit] = []
        if _NO_INDEX in said:
            edits = list(_numbers(tree, place, line))
        elif _NO_MINUS in said:
            edits = list(_masks(tree, place, line))
        elif _NO_SCALAR in said:
            edits = list(_converted(tree, place, line))
        if edits:
            reason = "Take single numbers and masks as arrays give them now"
            return offer(case, "single-numbers", reason, {frames[0].path: edited(place.text, edits)})
    return None


def _numbers(tree: ast.Module, place: Text, line: int) -> Iterator[Edit]:
    """`x.data[0]` and `x[0]` of the line, where it is the only one, and the same text elsewhere."""
    first = [node for node in ast.walk(tree) if isinstance(node, ast.Subscript) and _is_first(node)]
    here = {place.source(node) for node in first if node.lineno <= line <= (node.end_lineno or line)}
    data = {source for source in here if source.endswith(".data[0]")}
    meant = data or (here if len(here) == 1 else set())
    for node in first:
        owner = node.value
        if place.source(node) in meant:
            number = owner.value if isinstance(owner, ast.Attribute) and owner.attr == "data" else owner
            yield Edit(place.span(number)[1], place.span(node)[1], ".item()")


def _is_first(node: ast.Subscript) -> bool:
    is_zero = isinstance(node.slice, ast.Constant) and type(node.slice.value) is int and node.slice.value == 0
    return isinstance(node.ctx, ast.Load) and is_zero


def _masks(tree: ast.Module, place: Text, line: int) -> Iterator[Edit]:
    """`1 - mask` of the line."""
    subtractions = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and ast.unparse(node.left) == "1"
        if node.lineno <= line <= (node.end_lineno or line)
    ]
    if len(subtractions) == 1:
        mask = subtractions[0].right
        bare = isinstance(mask, ast.Name | ast.Attribute | ast.Call | ast.Subscript)
        source = place.source(mask)
        in_brackets = place.text[place.span(mask)[1] : place.span(subtractions[0])[1]].strip() == ")"
        start, end = place.span(subtractions[0])
        yield Edit(start, end, f"(~{source})" if bare and not in_brackets else f"(~({source}))")


def _converted(tree: ast.Module, place: Text, line: int) -> Iterator[Edit]:
    """`float(x)` of the line, where it is the only one: an array of one element; elsewhere `x` may be a number."""
    conversions = [node for node in calls_on(tree, line) if _converts(node)]
    for node in conversions:
        if len({place.source(call) for call in conversions}) == 1:
            start, end = place.span(node.args[0])
            bare = isinstance(node.args[0], ast.Name | ast.Attribute | ast.Call | ast.Subscript)
            if not bare:
                yield Edit(start, start, "(")
            yield Edit(end, end, ".item()" if bare else ").item()")


def _converts(call: ast.Call) -> bool:
    is_plain = isinstance(call.func, ast.Name) and call.func.id in ("float", "int", "complex")
    return is_plain and len(call.args) == 1 and not call.keywords and not isinstance(call.args[0], ast.Starred)
