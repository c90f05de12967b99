"""Cures requirements that can't be resolved together: pins are relaxed, within their major version where that does."""

from __future__ import annotations

import re
from collections.abc import Callable

from p2c.executor.report import Finding
from p2c.executor.requirements.declared import RequirementLine, read_requirements
from p2c.repair.case import Case
from p2c.repair.fixers.requirements.declared import install_troubles, is_at, replaced
from p2c.repair.fixers.text_edits import finding_text, offer
from p2c.repair.patch import Patch
from p2c.untrusted_text import MAX_LINE

_PIN = re.compile(r"^([\w.-]+(?:\[[^\]]*\])?)\s*\(?([^;()@]*)\)?\s*(;.*)?$")
_CLAUSE = re.compile(r"\s*(===?|~=|!=|<=|>=|<|>)\s*v?([\w.*+!-]+)\s*")
Relax = Callable[[list[tuple[str, str]]], str]
"""(operator, version) clauses -> what is left of them."""
_RULES = frozenset({"NoMatchingVersion", "NoMatchingPython", "NoWheel", "Conflict", "BuildFailed"})


def fix(case: Case) -> Patch | None:
    """Relax the pins that the resolver names; each rung is offered once: local version, major version, none."""
    troubles = [trouble for trouble in install_troubles(case.report) if _is_about_versions(trouble)]
    declared = read_requirements(case.repo).lines if troubles else ()
    lines = [line for line in declared if any(_is_named(line, trouble) for trouble in troubles)]
    for relax, how in RUNGS:
        changes = {line: new for line in lines if (new := relaxed(line.text, relax)) != line.text}
        names = ", ".join(line.name for line in changes)
        reason = f"Leave pins that can't be had {how}: {names}"
        patch = offer(case, "pins", reason, replaced(case.repo, changes)) if changes else None
        if patch is not None:
            return patch
    return None


def _is_about_versions(trouble: Finding) -> bool:
    return trouble.rule in _RULES or "there is no version of" in finding_text(trouble)


def _is_named(line: RequirementLine, trouble: Finding) -> bool:
    """The finding is at this line, or the resolver speaks of it with a version or as what is required."""
    if is_at(trouble, line):
        return True
    if not line.name or trouble.rule == "BuildFailed":
        return False
    name = re.escape(line.name)
    pattern = rf"(?<![\w.-]){name}(?:\[[\w,-]*\])?[=<>!~]|(?:require|of|only) {name}(?![\w-])"
    return bool(re.search(pattern, finding_text(trouble)))


def relaxed(text: str, relax: Relax) -> str:
    """Return a requirement with its version clauses put through a rung; what is no plain pin stays."""
    match = _PIN.match(text) if len(text) <= MAX_LINE else None
    if not match or not match[2].strip():
        return text
    clauses = [_CLAUSE.fullmatch(part) for part in match[2].split(",")]
    if not all(clauses):
        return text
    marker = f" {match[3]}" if match[3] else ""
    return match[1] + relax([(clause[1], clause[2]) for clause in clauses if clause]) + marker


def _without_local(clauses: list[tuple[str, str]]) -> str:
    return ",".join(f"{operator}{version.partition('+')[0]}" for operator, version in clauses)


def _major(clauses: list[tuple[str, str]]) -> str:
    """Keep the major version: `==1.29.7` becomes `>=1,<2`, `<1.22` becomes `<2`, `>=2.3` becomes `>=2`."""
    bounds: list[str] = []
    for operator, version in clauses:
        number = re.match(r"\d+", version)
        if not number or operator == "!=":
            continue
        major = int(number[0])
        if operator in {"==", "===", "~=", ">=", ">"}:
            bounds.append(f">={major}")
        if operator in {"==", "===", "~=", "<="} or (operator == "<" and not re.fullmatch(r"\d+(\.0)*", version)):
            bounds.append(f"<{major + 1}")
        elif operator == "<":
            bounds.append(f"<{major}")
    return ",".join(dict.fromkeys(bounds))


def _bare(clauses: list[tuple[str, str]]) -> str:
    return ""


RUNGS: tuple[tuple[Relax, str], ...] = (
    (_without_local, "without their local part"),
    (_major, "by major version"),
    (_bare, "free"),
)
"""How far pins are relaxed, and the words for it; the first that resolves is enough."""
