"""Fixes what `pip freeze` writes in a conda environment: paths of that machine, libraries that conda alone has."""

from __future__ import annotations

import re

from p2c.executor.requirements.conda import is_conda_only
from p2c.executor.requirements.declared import RequirementLine, read_requirements
from p2c.executor.requirements.distributions import third_party_imports
from p2c.repair.case import Case
from p2c.repair.fixers.requirements.declared import install_troubles, is_at, replaced
from p2c.repair.fixers.text_edits import offer
from p2c.repair.patch import Patch

_FOREIGN = re.compile(
    r"^([A-Za-z0-9][\w.-]*(?:\[[\w,\s-]+\])?)\s*@\s*file:/+(?:\w:/|[A-Za-z][\w.+-]*/)(?!\$)\S*(\s*;.*)?$"
)
"""`numpy @ file:///tmp/build/80754af9/numpy_1652801679809/work`, also with a drive or on another's home folder."""


def fix(case: Case) -> Patch | None:
    """Ask for the name alone, and take out conda's own libraries that nothing here imports."""
    troubles = install_troubles(case.report)
    if not troubles:
        return None
    lines = [line for line in read_requirements(case.repo).lines if line.path.endswith((".txt", ".in"))]
    foreign = {line: match for line in lines if (match := _FOREIGN.match(line.text)) and not line.is_local}
    imported = {name.lower() for name in third_party_imports(case.repo)}
    changes: dict[RequirementLine, str | None] = {}
    for line in lines:
        unused = line.name.replace("-", "_") not in imported
        if is_conda_only(line.name) and unused and (foreign or any(is_at(trouble, line) for trouble in troubles)):
            changes[line] = None
        elif line in foreign:
            changes[line] = f"{foreign[line][1]}{foreign[line][2] or ''}"
    if not changes:
        return None
    names = ", ".join(sorted(line.name for line in changes))
    reason = (
        f"Ask for distributions by name, not at a path of another machine, and for none that only conda has: {names}"
    )
    return offer(case, "conda-lines", reason, replaced(case.repo, changes))
