"""Cures Python 2 where it can't be parsed, or where its modules, names and lists are gone."""

from __future__ import annotations

import re
from dataclasses import replace

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.source.python2_integers import doubtful
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
    r"|unsupported operand type\(s\) for [^:]+: (?:'(?:zip|map|filter|range)' and|'\w+' and '(?:zip|map|filter)')"
    r"|not supported between instances of (?:'(?:zip|map|filter)' and|'\w+' and '(?:zip|map|filter)')"
    r"|(?:float|int)\(\) argument must be a string.{0,50} not '(?:zip|map|filter)'"
    r"|'range' object (?:doesn't support item|does not support item)"
    r"|'(?:zip|map|filter|range|dict_keys|dict_values|dict_items)' object has no attribute '(?:sort|append|remove|pop)'"
)


_TWO = frozenset({"xrange", "raw_input", "unichr", "iteritems", "itervalues", "iterkeys", "has_key"})
"""What no program that ever ran under Python 3 calls."""


def fix(case: Case) -> Patch | None:
    """Rewrite the files that findings show to be Python 2, all of what is known at once."""
    changes: dict[str, str | None] = {}
    divided: set[str] = set()
    """Files that ran under Python 2 alone, where `/` rounded down."""
    named = {finding.path for finding in case.report.findings if finding.path}
    for path in case.repo.python_files():
        text = case.repo.files[path]
        if parse(text) is None:
            changed = with_statements(text) if path in named else None
            if changed is not None:
                changes[path] = modernised(changed, whole=True)
                divided.add(path)
    old = bool(changes)
    remnants, listless = _remnants(case), _listless(case)
    for path in case.repo.python_files() if old or remnants or listless else ():
        text = case.repo.files[path]
        if path in changes or parse(text) is None:
            continue
        only_two = bool(remnants & set(_TWO) & set(re.findall(r"\w+", text)))
        if path in listless or remnants & set(re.findall(r"\w+", text)) or (old and not is_three(text)):
            whole = (old or only_two) and not is_three(text)
            divided |= {path} if whole else set()
            changes[path] = modernised((with_statements(text) if whole or path in listless else "") or text, whole)
    patch = offer(case, "python2", "Write Python 3 where the code was Python 2", changes)
    doubts = [
        f"{path}:{line} `{source}`" for path in sorted(divided) for line, source in doubtful(changes.get(path) or "")
    ]
    return replace(patch, open_point="\n".join(["division: ", *doubts])) if patch and doubts else patch


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
