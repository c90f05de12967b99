"""Lets `np.load` read the object arrays that the repository itself wrote or holds (refused since numpy 1.16.3)."""

from __future__ import annotations

import ast

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import dotted_name, imported_names
from p2c.repair.fixers.own_files import marks, saved
from p2c.repair.fixers.text_edits import Edit, Text, edited, finding_text, offer, own_frames
from p2c.repair.patch import Patch

_REFUSED = "Object arrays cannot be loaded when allow_pickle=False"
_SAVERS = {f"numpy.{name}": (0, "file") for name in ("save", "savez", "savez_compressed")}


def fix(case: Case) -> Patch | None:
    """Allow it in the calls of the file that failed, where the path is one that the repository writes or has."""
    for finding in case.report.gating:
        for frame in own_frames(finding) if _REFUSED in finding_text(finding) else ():
            changed = _allowed(case, frame.path, " ".join(frame.locals.values()))
            if changed is not None:
                return offer(case, "allow-pickle", f"Unpickle the repository's own arrays in {frame.path}", changed)
    return None


def _allowed(case: Case, path: str, values: str) -> dict[str, str | None] | None:
    text = case.repo.files.get(path, "")
    tree = parse(text)
    if tree is None:
        return None
    bound, place, edits = imported_names(tree), Text(text), list[Edit]()
    own = _stems(saved(case, _SAVERS))
    held = {name.rpartition("/")[2] for name in case.repo.assets if name.endswith((".npy", ".npz"))}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or dotted_name(node.func, bound) != "numpy.load" or not node.args:
            continue
        given = {word.arg for word in node.keywords}
        named = marks(node.args[0])
        known = _stems(named) & own or named & held or any(f"{name}'" in values for name in held)
        if known and len(node.args) < 3 and not given & {"allow_pickle", None}:
            end = place.span(node)[1] - 1
            comma = "" if place.text[:end].rstrip().endswith(",") else ", "
            edits.append(Edit(end, end, f"{comma}allow_pickle=True"))
    return {path: edited(text, edits)} if edits else None


def _stems(names: set[str]) -> set[str]:
    """`np.save` adds the ending that `np.load` has to be given."""
    return {name.removesuffix(".npy").removesuffix(".npz") for name in names}
