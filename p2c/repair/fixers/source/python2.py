"""Cures Python 2 where it can't be parsed, or where its modules, names and lists are gone."""

from __future__ import annotations

import re

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.source.python2_names import DOTTED, ITERTOOLS, METHODS, MODULES, NAMES, is_three, modernised
from p2c.repair.fixers.source.python2_statements import with_statements
from p2c.repair.fixers.text_edits import finding_text, offer
from p2c.repair.patch import Patch

_NO_NAME = re.compile(r"[Nn]ame [`'\"](\w+)[`'\"] is not defined|[Uu]ndefined name `(\w+)`")
_NO_MODULE = re.compile(r"No module named '(\w+)'|module named \"(\w+)\"")
_NO_MEMBER = re.compile(r"cannot import name '(\w+)' from '(\w+)'|module '(\w+)' has no attribute '(\w+)'")
_NO_METHOD = re.compile(r"'dict' object has no attribute '(\w+)'")
_NO_LIST = re.compile(
    r"unsupported operand type\(s\) for %: 'NoneType' and|"
    r"'(?:zip|map|filter|dict_keys|dict_values|dict_items)' object is not subscriptable"
    r"|object of type '(?:zip|map|filter)' has no len\(\)"
    r"|'range' object (?:doesn't support item|does not support item)"
    r"|'(?:zip|map|filter|range|dict_keys|dict_values|dict_items)' object has no attribute '(?:sort|append|remove|pop)'"
)


def fix(case: Case) -> Patch | None:
    """Rewrite the files that findings show to be Python 2, all of what is known at once."""
    changes: dict[str, str | None] = {}
    named = {finding.path for finding in case.report.findings if finding.path}
    for path in case.repo.python_files():
        text = case.repo.files[path]
        if parse(text) is None:
            changed = with_statements(text) if path in named else None
            if changed is not None:
                changes[path] = modernised(changed, whole=True)
    old = bool(changes)
    remnants, listless = _remnants(case), _listless(case)
    for path in case.repo.python_files() if old or remnants or listless else ():
        text = case.repo.files[path]
        if path in changes or parse(text) is None:
            continue
        if path in listless or remnants & set(re.findall(r"\w+", text)) or (old and not is_three(text)):
            whole = old and not is_three(text)
            changes[path] = modernised((with_statements(text) if whole or path in listless else "") or text, whole)
    return offer(case, "python2", "Write Python 3 where the code was Python 2", changes)


def _remnants(case: Case) -> set[str]:
    """Return the names that only Python 2 has and that findings miss."""
    remnants: set[str] = set()
    for finding in case.report.findings:
        text = finding_text(finding)
        remnants |= {name for match in _NO_NAME.findall(text) for name in match} & set(NAMES)
        remnants |= {name for match in _NO_MODULE.findall(text) for name in match} & set(MODULES)
        remnants |= set(_NO_METHOD.findall(text)) & set(METHODS)
        for name, module, other, member in _NO_MEMBER.findall(text):
            dotted = f"{module or other}.{name or member}"
            if dotted in DOTTED or dotted.removeprefix("itertools.") in ITERTOOLS:
                remnants.add(name or member)
    return remnants


def _listless(case: Case) -> set[str]:
    """Return the files on the way to where a list that is none any more was used as one, or what print() gives."""
    return {
        frame.path
        for finding in case.report.findings
        if _NO_LIST.search(finding_text(finding))
        for frame in finding.frames
        if frame.inside
    }
