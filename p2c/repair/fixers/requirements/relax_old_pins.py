"""Cures sets of old pins that no installer can have on the Python that runs here: all are relaxed together."""

from __future__ import annotations

import re

from p2c.executor.requirements.declared import RequirementLine, read_requirements
from p2c.repair.case import Case
from p2c.repair.fixers.requirements.conflicting_pins import RUNGS, relaxed
from p2c.repair.fixers.requirements.declared import install_troubles, replaced
from p2c.repair.fixers.text_edits import offer
from p2c.repair.patch import Patch

_TOO_OLD = frozenset({"BuildFailed", "NoWheel", "NoMatchingPython"})
_EXACT = re.compile(r"^[\w.\[\]-]+\s*(?:===?|~=|(?:>=?\s*[\d.]+\s*,\s*)?<=?)\s*\d")
_SET = 2
"""So many pins are a set of one time; a single one is relaxed for itself."""


def fix(case: Case) -> Patch | None:
    """Relax every pin of the file, a rung at a time; offered once those that the resolver named alone did not do."""
    if not any(trouble.rule in _TOO_OLD for trouble in install_troubles(case.report)):
        return None
    lines = [line for line in read_requirements(case.repo).lines if line.name and _EXACT.match(line.text)]
    if len(lines) < _SET:
        return None
    for relax, how in RUNGS:
        changes: dict[RequirementLine, str | None] = {
            line: new for line in lines if (new := relaxed(line.text, relax)) != line.text
        }
        reason = f"Leave the pins, which are older than any Python here, {how}: {', '.join(x.name for x in changes)}"
        patch = offer(case, "era", reason, replaced(case.repo, changes)) if changes else None
        if patch is not None:
            return patch
    return None
