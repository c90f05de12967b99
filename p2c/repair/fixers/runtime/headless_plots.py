"""Cures drawing on a machine without a screen: an interactive matplotlib back end becomes Agg."""

from __future__ import annotations

import ast
import re

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import dotted_name, imported_names
from p2c.repair.fixers.text_edits import Edit, Text, edited, finding_text, offer
from p2c.repair.patch import Patch

_NO_SCREEN = re.compile(
    r"Cannot load backend|no display name and no \$DISPLAY|couldn't connect to display|could not connect to display|"
    r"requires the '\w+' interactive framework|Failed to import .*_?tkagg|No module named '_?tkinter'|"
    r"No module named 'PyQt\d'|No module named 'gi'",
    re.IGNORECASE,
)
_INTERACTIVE = frozenset(
    "gtk3agg gtk3cairo gtk4agg gtk4cairo macosx nbagg ipympl qtagg qtcairo qt5agg qt5cairo qt4agg tkagg tkcairo "
    "webagg wx wxagg wxcairo inline".split()
)
_CHOOSERS = frozenset({"matplotlib.use", "matplotlib.pyplot.switch_backend"})


def fix(case: Case) -> Patch | None:
    """Choose Agg wherever the code chooses a back end that needs a screen."""
    if not any(_NO_SCREEN.search(finding_text(finding)) for finding in case.report.findings):
        return None
    changes = {path: _without_screen(case.repo.files[path]) for path in case.repo.python_files()}
    return offer(case, "display", "Draw with matplotlib's Agg back end, which needs no screen", changes)


def _without_screen(text: str) -> str:
    tree = parse(text)
    if tree is None:
        return text
    place, bound = Text(text), imported_names(tree)
    edits = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and dotted_name(node.func, bound) in _CHOOSERS:
            chosen = node.args[0]
            if isinstance(chosen, ast.Constant) and str(chosen.value).lower() in _INTERACTIVE:
                edits.append(Edit(*place.span(chosen), '"Agg"'))
    return edited(text, edits)
