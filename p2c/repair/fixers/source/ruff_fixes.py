"""Ruff's own safe fixes, for the gating findings that it made."""

from __future__ import annotations

import re

from p2c import host_processes
from p2c.repair.case import Case
from p2c.repair.fixers.text_edits import offer
from p2c.repair.patch import Patch

_RULE = re.compile(r"(?:E9|F|PLE|NPY)\d+")
_TIMEOUT = 60.0
"""Seconds; ruff takes some hundredths."""


def fix(case: Case) -> Patch | None:
    """Apply the safe fixes of the rules that gate, file by file."""
    rules: dict[str, set[str]] = {}
    for finding in case.report.gating:
        if finding.check == "lint" and finding.path in case.repo.files and _RULE.fullmatch(finding.rule):
            rules.setdefault(str(finding.path), set()).add(finding.rule)
    changes = {path: _fixed(case.repo.files[path], sorted(codes)) for path, codes in sorted(rules.items())}
    all_codes = ", ".join(sorted(set().union(*rules.values()))) if rules else ""
    return offer(case, "lint-fixes", f"Apply ruff's safe fixes for {all_codes}", changes)


def _fixed(text: str, rules: list[str]) -> str:
    """Return the text after ruff's fixes; ruff reads it from stdin and runs nothing of it."""
    ruff = str(host_processes.installed_tool("ruff"))
    argv = [ruff, "check", "--isolated", "--no-cache", "--select", ",".join(rules), "--fix-only", "-"]
    data = text.encode("utf-8", "surrogateescape")
    result = host_processes.run(argv, input=data, capture_output=True, timeout=_TIMEOUT)
    if result.returncode != 0 or not result.stdout.strip():
        return text
    return str(result.stdout.decode("utf-8", "surrogateescape"))
