"""Cures a library that fails inside of itself: pinned older than this Python, or newer numpy than it can work with."""

from __future__ import annotations

import re

from p2c.executor.report import Finding
from p2c.executor.requirements.declared import RequirementLine, Requirements, read_requirements
from p2c.executor.requirements.distributions import distributions, is_stdlib
from p2c.repair.case import Case
from p2c.repair.fixers.requirements.conflicting_pins import RUNGS, relaxed
from p2c.repair.fixers.requirements.declared import added, replaced
from p2c.repair.fixers.text_edits import finding_text, offer
from p2c.repair.patch import Patch

_SITE = re.compile(r"(?:^|/)site-packages/(\w+)")
_LACKS = re.compile(
    r"cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)'|"
    r"module '(?P<owner>[\w.]+)' has no attribute '(?P<attribute>\w+)'|No module named '(?P<gone>[\w.]+)'"
)
_NUMPY_NAME = re.compile(r"module 'numpy' has no attribute '(\w+)'|`np\.(\w+)` was removed")
_NUMPY_BUILD = re.compile(r"compiled using NumPy 1\.x cannot be run|numpy\.dtype size changed|_ARRAY_API not found")
_SINCE_1_24 = frozenset({"bool", "int", "float", "object", "complex", "str", "long", "unicode", "typeDict"})
_UPPER = re.compile(r"==|~=|<")
_BARE = RUNGS[-1][0]


def fix(case: Case) -> Patch | None:
    """Free the pin of a library that needs an older Python, or keep numpy as old as the library needs it."""
    declared = read_requirements(case.repo)
    for finding in case.report.gating:
        library = _library(finding)
        if finding.check == "install" or not library:
            continue
        lines = [line for name in distributions(library) if (line := declared.find(name)) and _UPPER.search(line.text)]
        numpy = _numpy_bound(finding)
        if lines and (numpy or _lacks_python(finding)):
            reason = f"Let {lines[0].name} be newer: {lines[0].text} does not work with what is here"
            return offer(case, "old-libraries", reason, replaced(case.repo, {lines[0]: relaxed(lines[0].text, _BARE)}))
        if numpy:
            reason = f"Keep numpy {numpy}: {library} does not work with a newer one"
            return offer(case, "old-libraries", reason, _bounded(case, declared, numpy))
    return None


def _library(finding: Finding) -> str:
    """The installed package in whose code it failed, numpy's own aside; '' where that was the repository's."""
    for frame in reversed(finding.frames):
        match = _SITE.search(frame.path)
        if frame.inside:
            return ""
        if match and match[1] != "numpy":
            return match[1]
    return ""


def _lacks_python(finding: Finding) -> bool:
    """The library missed something of the standard library."""
    match = _LACKS.search(finding.message)
    missed = next((match[name] for name in ("module", "owner", "gone") if match[name]), "") if match else ""
    return bool(missed) and is_stdlib(missed)


def _numpy_bound(finding: Finding) -> str:
    name = _NUMPY_NAME.search(finding.message)
    if name:
        return "<1.24" if (name[1] or name[2]) in _SINCE_1_24 else "<2"
    return "<2" if _NUMPY_BUILD.search(finding_text(finding)) else ""


def _bounded(case: Case, declared: Requirements, bound: str) -> dict[str, str | None]:
    line: RequirementLine | None = declared.find("numpy")
    if line is None:
        return added(case.repo, declared, [f"numpy{bound}"])
    if _UPPER.search(line.text) or ";" in line.text or "@" in line.text:
        return {}
    text = line.text.rstrip()
    return replaced(case.repo, {line: f"{text},{bound}" if ">" in text else f"{text}{bound}"})
