"""Cures numbers that YAML reads as text: `1e-4` becomes `1.0e-4`, as YAML 1.1 wants a dot and a signed exponent."""

from __future__ import annotations

import re

from p2c.errors import UnreadableTextError
from p2c.executor.report import Report
from p2c.repair.case import Case
from p2c.repair.fixers.text_edits import Edit, edited, finding_text, offer
from p2c.repair.patch import Patch

_NUMBER = re.compile(r"([-+]?)(\d+)?(?:\.(\d*))?[eE]([-+]?)(\d+)")
_TEXT_FOR_NUMBER = re.compile(
    r"non-int of type|'str' (?:and|object)|and 'str'|must be real number, not str|"
    r"not supported between instances of .*'str'|did not contain a loop with signature|could not convert string|"
    r"[Gg]ot '[-+]?[\d.]+[eE][-+]?\d+'"
)
_ADVICE = "P2C001"
"""The lint check's own rule for such numbers; it does not gate, for not every program minds."""
_FAILED = frozenset({"import", "smoke", "test"})


def fix(case: Case) -> Patch | None:
    """Respell the numbers of every YAML file, where a run met text in the place of a number."""
    if not _is_about_it(case.report):
        return None
    paths = [path for path in case.repo.files if path.endswith((".yaml", ".yml")) and not path.startswith(".")]
    changes = {path: _respelled(case.repo.files[path]) for path in paths}
    return offer(case, "yaml-numbers", "Write numbers with exponents the way that YAML reads as numbers", changes)


def _is_about_it(report: Report) -> bool:
    failed = [finding for finding in report.gating if finding.check in _FAILED]
    if any(_TEXT_FOR_NUMBER.search(finding_text(finding)) for finding in failed):
        return True
    advised = any(finding.rule == _ADVICE for finding in report.findings)
    return advised and any(finding.rule in {"TypeError", "ValueError"} for finding in failed)


def _respelled(text: str) -> str:
    import yaml

    from p2c.untrusted_yaml import scan

    edits: list[Edit] = []
    is_key = False
    try:
        for token in scan(text):
            if isinstance(token, yaml.ScalarToken):
                new = _respell(token.value) if token.plain and not is_key else ""
                if new and text[token.start_mark.index : token.end_mark.index] == token.value:
                    edits.append(Edit(token.start_mark.index, token.end_mark.index, new))
            if not isinstance(token, yaml.AnchorToken | yaml.TagToken):
                is_key = isinstance(token, yaml.KeyToken)
    except UnreadableTextError:
        return text
    return edited(text, edits)


def _respell(value: str) -> str:
    """Return the spelling that YAML 1.1 reads as the number, or the empty string where nothing is to be done."""
    match = _NUMBER.fullmatch(value)
    if not match or (match[2] is None and not match[3]):
        return ""
    sign, whole, fraction, exponent_sign, exponent = match.groups()
    if fraction is not None and exponent_sign and whole is not None:
        return ""
    return f"{sign}{whole or '0'}.{fraction or '0'}e{exponent_sign or '+'}{exponent}"
