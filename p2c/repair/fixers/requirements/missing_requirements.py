"""Cures imports whose distribution nobody asks for: all that the repository imports and the table knows is added."""

from __future__ import annotations

import re
from collections.abc import Iterator

from p2c.executor.requirements.declared import read_requirements
from p2c.executor.requirements.distributions import canonical, distributions, third_party_imports
from p2c.repair.case import Case
from p2c.repair.fixers.imports.module_index import missing_modules
from p2c.repair.fixers.requirements.declared import added
from p2c.repair.fixers.text_edits import finding_text, offer
from p2c.repair.patch import Patch

_OPTIONAL = re.compile(r"Missing optional dependency '([\w.]+)'|`Import ([\w.]+)` failed")
_NOTHING = "MissingRequirements"
"""The install check's rule where nothing is declared and something is imported."""
_PINNED = {"pkg_resources": "setuptools<81", "distutils": "setuptools"}
"""What a module needs that is more than a distribution's name: setuptools 81 has no pkg_resources any more."""


def fix(case: Case) -> Patch | None:
    """Ask for what is imported and not declared, where a module was missed or nothing is declared at all."""
    declared = read_requirements(case.repo)
    missing = missing_modules(case.report) | _missing_extras(case) | _unprovided(case)
    if not any(_is_known(name) for name in missing) and not any(f.rule == _NOTHING for f in case.report.findings):
        return None
    uses = third_party_imports(case.repo).values()
    present = {line.name for line in declared.lines}
    named = [use.name for use in uses if not use.optional and canonical(use.name) not in {*present, "pytest"}]
    wanted = dict.fromkeys(_wanted([*named, *sorted(missing)], present))
    changes = added(case.repo, declared, wanted)
    return offer(case, "missing-requirements", f"Ask for what the code imports: {', '.join(wanted)}", changes)


def _unprovided(case: Case) -> set[str]:
    """Imports that the install check found nobody to provide."""
    messages = (f.message for f in case.report.findings if f.rule == "MissingRequirement")
    return {match[1] for message in messages if (match := re.match(r"'([\w.]+)' is imported", message))}


def _missing_extras(case: Case) -> set[str]:
    """Modules that a library wanted and the code never names."""
    matches = (match for finding in case.report.findings for match in _OPTIONAL.finditer(finding_text(finding)))
    return {next(group for group in match.groups() if group) for match in matches}


def _is_known(name: str) -> bool:
    return name.partition(".")[0] in _PINNED or bool(distributions(name))


def _wanted(names: list[str], present: set[str]) -> Iterator[str]:
    """Yield the requirement of each name that has one and is not declared yet, in the order given."""
    for name in names:
        pinned = _PINNED.get(name.partition(".")[0])
        if pinned:
            if canonical("setuptools") not in present:
                yield pinned
            continue
        providers = distributions(name)
        if providers and not present & {canonical(item) for item in providers}:
            yield providers[0]
