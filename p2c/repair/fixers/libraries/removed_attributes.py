"""Cures methods and attributes that objects of a library no longer have, where what is written instead is the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from p2c.executor.report import Finding
from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import assigned_names, imported_names
from p2c.repair.fixers.libraries.dotted_names import spelled
from p2c.repair.fixers.libraries.removed_calls import arguments, atom, inside
from p2c.repair.fixers.text_edits import Edit, Text, edited, offer, own_frames, told, with_imports
from p2c.repair.patch import Patch

_GONE = re.compile(r"'([\w.]+)' object has no attribute '(\w+)'")


@dataclass(frozen=True)
class Member:
    """A member that is gone, and what is written for it.

    `owner` is a pattern for the class that a message names. `form` stands for the whole call (of the whole attribute
    where `called` is not): {of} is the object, {args} what is passed, {lib} the library's `function`. A name that
    is common elsewhere is changed only `here`, on the line that failed; others in every file that imports `library`.
    """

    library: str
    owner: str
    name: str
    form: str
    called: bool = True
    here: bool = False
    function: str = ""
    takes: str | None = None
    """Parameters that it may be called with; None for any."""


def _renamed(library: str, owner: str, pairs: str, called: bool = True, here: bool = False) -> list[Member]:
    rows = (pair.partition(":") for pair in pairs.split())
    return [Member(library, owner, old, f"{{of}}.{new}({{args}})" if called else f"{{of}}.{new}", called, here)
            for old, _, new in rows]  # fmt: skip


_GRAPH = r"(?:Multi)?(?:Di)?Graph"
_FRAME = r"DataFrame|Series"
_AXES = r"\w*Axes\w*"
_FUNCTIONS = "add_path add_cycle add_star selfloop_edges nodes_with_selfloops number_of_selfloops".split()
MEMBERS: tuple[Member, ...] = (
    *_renamed("numpy", "numpy.ndarray|ndarray", "tostring:tobytes"),
    Member("numpy", "numpy.ndarray|ndarray", "ptp", "{lib}({of}{, args})", function="numpy.ptp"),
    *_renamed("networkx", _GRAPH, "nodes_iter:nodes edges_iter:edges neighbors_iter:neighbors degree_iter:degree"),
    *_renamed("networkx", _GRAPH, "successors_iter:successors predecessors_iter:predecessors"),
    *_renamed("networkx", _GRAPH, "in_degree_iter:in_degree out_degree_iter:out_degree adjacency_iter:adjacency"),
    *(Member("networkx", _GRAPH, name, "{lib}({of}{, args})", function=f"networkx.{name}") for name in _FUNCTIONS),
    *_renamed("matplotlib", _AXES, "set_axis_bgcolor:set_facecolor get_axis_bgcolor:get_facecolor"),
    *_renamed("matplotlib", _AXES, "w_xaxis:xaxis w_yaxis:yaxis w_zaxis:zaxis", called=False),
    *_renamed("matplotlib", "Legend", "legendHandles:legend_handles", called=False),
    Member("matplotlib", "Legend", "draggable", "{of}.set_draggable(True)", takes=""),
    Member("matplotlib", r"FigureCanvas\w+", "tostring_rgb", "{lib}({of}.buffer_rgba())[..., :3].tobytes()",
           function="numpy.asarray", takes=""),
    *_renamed("pandas", _FRAME, "iteritems:items applymap:map as_matrix:to_numpy get_values:to_numpy"),
    *_renamed("pandas", _FRAME, "pad:ffill backfill:bfill", here=True),
    *_renamed("pandas", r"\w*(?:Index|Series)", "is_monotonic:is_monotonic_increasing", called=False),
    Member("pandas", "Series", "ravel", "{of}.to_numpy()", here=True, takes=""),
    Member("pandas", _FRAME, "get_value", "{of}.at[{args}]", takes="index col"),
    *_renamed("threading", r"\w*Thread", "isAlive:is_alive"),
    Member("scipy", r"\w+_(?:matrix|array)", "A", "{of}.toarray()", called=False, here=True),
    Member("scipy", r"\w+_(?:matrix|array)", "H", "{of}.conj().T", called=False, here=True),
)  # fmt: skip


def fix(case: Case) -> Patch | None:
    """Write for everything that findings miss, and what its library removed with it, what says the same today."""
    gone = [(found, match[1], match[2]) for found in case.report.gating for match in _GONE.finditer(told(found))]
    hit = [(found, one) for found, owner, name in gone for one in MEMBERS
           if one.name == name and re.fullmatch(one.owner, owner)]  # fmt: skip
    libraries = {one.library for _, one in hit}
    wide = [one for one in MEMBERS if one.library in libraries and not one.here and not _is_own(one.name, case)]
    changes: dict[str, str | None] = {}
    for path in case.repo.python_files():
        lines = [(one, _line(found, path)) for found, one in hit if _line(found, path)]
        changes[path] = _changed(case.repo.files[path], wide, lines)
    names = ", ".join(sorted({one.name for _, one in hit}))
    return offer(case, "removed-members", f"Say {names} with what the objects have today", changes) if hit else None


def _line(finding: Finding, path: str) -> int:
    frames = own_frames(finding)
    return frames[0].line if frames and frames[0].path == path else 0


def _is_own(name: str, case: Case) -> bool:
    """The repository defines something of that name itself."""
    pattern = re.compile(rf"\bdef {name}\b|\bself\.{name}\s*=[^=]")
    return any(pattern.search(case.repo.files[path]) for path in case.repo.python_files())


def _changed(text: str, wide: list[Member], lines: list[tuple[Member, int]]) -> str:
    tree = parse(text)
    if tree is None:
        return text
    bound, taken, imports = imported_names(tree), assigned_names(tree), list[str]()
    libraries = {dotted.partition(".")[0] for dotted in bound.values()}
    place, edits = Text(text), list[Edit]()
    for node, member in _places(tree, [one for one in wide if one.library in libraries], lines):
        lib = spelled(member.function, bound, taken, imports) if member.function else ""
        new = _written(node, member, lib, place) if lib or not member.function else None
        if new is not None:
            edits.append(Edit(*place.span(node), new))
    return with_imports(edited(text, edits), imports) if edits else text


def _places(tree: ast.Module, wide: list[Member], lines: list[tuple[Member, int]]) -> Iterator[tuple[ast.expr, Member]]:
    """Yield the calls and attributes that are written otherwise, none inside of another."""
    inside_of: set[int] = set()
    bound = imported_names(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call | ast.Attribute) or id(node) in inside_of:
            continue
        owner = node.func if isinstance(node, ast.Call) else node
        if not isinstance(owner, ast.Attribute) or _is_module(owner.value, bound):
            continue
        here = [one for one, line in lines if node.lineno <= line <= (node.end_lineno or line)]
        for member in (*wide, *here):
            if owner.attr == member.name and isinstance(node, ast.Call) == member.called:
                inside_of |= {id(part) for part in ast.walk(owner)}
                yield node, member
                break


def _is_module(node: ast.expr, bound: dict[str, str]) -> bool:
    return isinstance(node, ast.Name) and node.id in bound


def _written(node: ast.expr, member: Member, lib: str, place: Text) -> str | None:
    owner = node.func if isinstance(node, ast.Call) else node
    if not isinstance(owner, ast.Attribute):
        return None
    if isinstance(node, ast.Call) and member.takes is not None:
        given = arguments(node, place, member.takes)
        if given is None or len(given) != len(member.takes.split()):
            return None
    of = place.source(owner.value)
    args = inside(node, place) if isinstance(node, ast.Call) else ""
    form = member.form.replace("{, args}", f", {args}" if args.strip() else "")
    return form.replace("{lib}", lib).replace("{of}", of if "({of}" in form else atom(of)).replace("{args}", args)
