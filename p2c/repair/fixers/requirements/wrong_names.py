"""Cures requirements that are no distribution: names of imports, of the standard library, of conda packages."""

from __future__ import annotations

import re

from p2c.executor.report import Finding
from p2c.executor.requirements.declared import RequirementLine, read_requirements
from p2c.executor.requirements.distributions import STDLIB, canonical, is_known, right_name, third_party_imports
from p2c.repair.case import Case
from p2c.repair.fixers.imports.module_index import missing_modules
from p2c.repair.fixers.requirements.declared import install_troubles, is_at, replaced
from p2c.repair.fixers.text_edits import finding_text, offer
from p2c.repair.patch import Patch

_NEVER_MEANT = frozenset("sklearn skimage cv2 pil yaml dateutil dotenv pytorch opencv tensorflow-gpu faiss".split())
"""Names that no usable distribution has: they are replaced whenever the install fails, whichever it failed at."""
_OTHER = {
    "pytorch": "torch",
    "opencv": "opencv-python-headless",
    "tensorflow-gpu": "tensorflow",
    "faiss": "faiss-cpu",
    "torch-vision": "torchvision",
}
_NO_DISTRIBUTION = frozenset("python python3 cudatoolkit cudnn pytorch-cuda cpuonly cuda".split())
_WRONG_NAME = frozenset({"WrongDistribution", "StdlibRequirement", "UnknownPackage", "NoWheel", "BuildFailed"})
_NOT_FOUND = re.compile(r"was not found in the|were not found in the|there are no versions of")
_NO_SCREEN = re.compile(r"libGL\.so|libgthread|libGLU\.so|libEGL\.so")


def fix(case: Case) -> Patch | None:
    """Replace such names by what is meant, and take out what needs no install or is nowhere to be had or used."""
    declared = read_requirements(case.repo)
    present = {line.name for line in declared.lines}
    changes: dict[RequirementLine, str | None] = {}
    for line in declared.lines:
        new = _respelled(line, case)
        if new is not None:
            is_double = canonical(new) in present or not new
            changes[line] = None if is_double else line.text.replace(_own_name(line), new, 1)
            present.add(canonical(new))
    if not changes:
        return None
    names = ", ".join(sorted(line.name for line in changes))
    reason = f"Ask for distributions by their names: {names}"
    return offer(case, "requirement-names", reason, replaced(case.repo, changes))


def _respelled(line: RequirementLine, case: Case) -> str | None:
    """Return the name that is meant, the empty string where nothing has to be installed, or None to leave it."""
    if not line.name:
        return None
    if line.name == "opencv-python" and any(
        _NO_SCREEN.search(finding_text(finding)) for finding in case.report.findings
    ):
        return "opencv-python-headless"
    troubles = install_troubles(case.report)
    if troubles and (line.name.replace("-", "_") in STDLIB or line.name in _NO_DISTRIBUTION):
        return ""
    blamed = any(is_at(trouble, line) and trouble.rule in _WRONG_NAME for trouble in troubles)
    if blamed or (troubles and line.name in _NEVER_MEANT) or _own_name(line) in missing_modules(case.report):
        meant = _OTHER.get(line.name) or right_name(line.name)
        return meant or ("" if blamed and _is_nowhere(line, troubles) and _all_known(case) else None)
    return None


def _is_nowhere(line: RequirementLine, troubles: tuple[Finding, ...]) -> bool:
    return any(is_at(trouble, line) and _NOT_FOUND.search(finding_text(trouble)) for trouble in troubles)


def _all_known(case: Case) -> bool:
    """Every import has its distribution in the table, so that a requirement nobody has can be none of them."""
    return all(is_known(name) for name in third_party_imports(case.repo))


def _own_name(line: RequirementLine) -> str:
    match = re.match(r"[\w.-]+", line.text)
    return match[0].rstrip(".-") if match else ""
