"""Which rows a report's findings miss: the messages that say what a library no longer has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from p2c.executor.report import Finding
from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import dotted_name, imported_names
from p2c.repair.fixers.libraries.arguments import only_call
from p2c.repair.fixers.libraries.changes import LibraryChange, changes
from p2c.repair.fixers.text_edits import calls_on, finding_text, own_frames

_NO_NAME = (
    re.compile(r"[Mm]odule ['\"]?([\w.]+)['\"]? has no attribute ['\"]?(\w+)['\"]?"),
    re.compile(r"`?\b(np|nx|numpy)\.(\w+)`? (?:was|will be|is)\b"),
    re.compile(r"is now removed\..{0,60}?`(torch)\.(?:linalg\.)?(\w+)`", re.DOTALL),
)
_ALIAS = {"np": "numpy", "nx": "networkx"}
_OTHER_NAMES = (
    (re.compile(r"^tensorflow\._api\.v2\.(?:v2\.)?"), "tensorflow."),
    (re.compile(r"^keras\.(?:_tf_keras|api\._v2)\.keras\b"), "tensorflow.keras"),
    (re.compile(r"^keras\.api\b"), "keras"),
)
"""Names under which messages know modules -> those under which code does."""
_NO_CLASS_MEMBER = re.compile(r"type object '(?:[\w.]*\.)?(\w+)' has no attribute '(\w+)'")
_OLD_CALLS = {
    "load() missing 1 required positional argument: 'Loader'": "yaml.load",
    "load_all() missing 1 required positional argument: 'Loader'": "yaml.load_all",
    "Population must be a sequence": "random.sample",
}
"""What a message says -> the function whose call it is about."""
_NOT_IMPORTED = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")
_NO_MODULE = re.compile(r"No module named '([\w.]+)'")
_NO_MEMBER = re.compile(r"'([\w.]+)' object has no attribute '(\w+)'")
_NO_VECTORS = re.compile(r"The (\w+) attribute (?:was removed from KeyedVector|has been replaced by \w+ since Gensim)")
_NO_PARAMETER = re.compile(r"\b(\w+)(?:\.(?:__init__|__new__|set))?\(\) got an unexpected keyword argument '(\w+)'")
_NO_KEYWORD = re.compile(
    r"[Gg]ot an unexpected keyword argument [`'](\w+)[`']|keyword grid_(b) is not recognized"
    r"|\b(?:bar|barh|annotate)\(\) missing 1 required positional argument: '(x|y|text)'"
    r"|The keyword `(\w+)` is no longer supported|As of 3.10, the \*(loop)\* parameter was removed"
    r"|\b(Inclusive) has to be either|Unable to avoid (copy) while creating an array"
)
_PASSED_AS = {"x": "left", "y": "bottom", "text": "s", "Inclusive": "inclusive"}
"""The parameter that a message lacks -> the one under which it was passed."""
_NOT_RECOGNIZED = re.compile(r"Argument\(s\) not recognized: \{'(\w+)'")
_NO_VALUE = re.compile(r"The '(\w+)' parameter of (\w+) must be .* Got '([\w-]+)' instead", re.DOTALL)
_NO_STRING = re.compile(
    r"'([\w-]+)' (?:is not a valid package style|not found in the style library)"
    r"|invalid mode: '(\w+)'|Invalid frequency: (\w+)|Can't find model '(\w+)'\. It looks like you're trying to load"
)
"""Values that messages quote without the parameter."""
_ARITY = re.compile(
    r"\b(\w+(?:\.\w+)?)\(\) takes (?:from \d+ to )?\d+ positional arguments? but \d+"
    r" (?:positional arguments \(|were given)"
)
_TOO_MANY = re.compile(r"\btoo many positional arguments")
_CALL_LINES = 12
"""How many lines a call may span that failed on its first one."""


def missed_names(case: Case) -> set[str]:
    """Return the dotted names that findings say a library does not have."""
    gone: set[str] = set()
    for finding in case.report.findings:
        text = finding_text(finding)
        for pattern in _NO_NAME:
            gone |= {f"{_module(module)}.{name}" for module, name in pattern.findall(text)}
        ends = tuple(f".{owner}.{name}" for owner, name in _NO_CLASS_MEMBER.findall(text))
        gone |= {row.old for row in changes("name", "call") if ends and row.old.endswith(ends)}
        gone |= {name for words, name in _OLD_CALLS.items() if words in text}
        gone |= {f"{module}.{name}" for name, module in _NOT_IMPORTED.findall(text)}
        gone |= set(_NO_MODULE.findall(text))
    return gone


def _module(name: str) -> str:
    for pattern, known in _OTHER_NAMES:
        name = pattern.sub(known, name)
    return _ALIAS.get(name, name)


def is_missed(row: LibraryChange, gone: set[str]) -> bool:
    """Tell whether a row of kind name, module or call is about one of these names, or about what was in one."""
    if row.kind == "module":
        return any(name == row.old or name.startswith(f"{row.old}.") for name in gone)
    module = row.old.rpartition(".")[0]
    return row.old in gone or ("." in module and module in gone)


def missed_members(finding: Finding, _: Case) -> Iterator[LibraryChange]:
    """Yield the members that a finding says an object does not have."""
    text = finding_text(finding)
    for owner, name in [*_NO_MEMBER.findall(text), *(("KeyedVectors", name) for name in _NO_VECTORS.findall(text))]:
        for row in changes("method", "attribute"):
            if row.old == name and re.fullmatch(row.owner, owner):
                yield row


def missed_arguments(finding: Finding, _: Case) -> Iterator[LibraryChange]:
    """Yield the renamed parameters, and the values, that a finding says what it names does not take."""
    text = finding_text(finding)
    parameters, values = set(_NO_PARAMETER.findall(text)), set(_NO_VALUE.findall(text))
    strings = {value for groups in _NO_STRING.findall(text) for value in groups if value}
    if optimizer := _NOT_RECOGNIZED.search(text):
        parameters.add(("Optimizer", optimizer[1]))
    for row in changes("renamed-parameter"):
        if any(row.old == name and re.fullmatch(row.raised_by or row.call, what) for what, name in parameters):
            yield row
    for row in changes("value"):
        refused = any((row.parameter, row.old) == (name, value) and re.fullmatch(row.call, what)
                      for name, what, value in values)  # fmt: skip
        if refused or row.old in strings:
            yield row


def missed_parameters(finding: Finding, case: Case) -> Iterator[LibraryChange]:
    """Yield the removed parameters that a finding names and that are passed at its innermost own line."""
    names = {
        _PASSED_AS.get(name, name) for groups in _NO_KEYWORD.findall(finding_text(finding)) for name in groups if name
    }
    frames = own_frames(finding)
    lines = case.repo.files.get(frames[0].path, "").split("\n")[frames[0].line - 1 :][:_CALL_LINES] if frames else []
    for row in changes("removed-parameter") if names else ():
        if row.old in names and re.search(rf"\b{row.old}\s*=", "\n".join(lines)):
            yield row


def missed_places(finding: Finding, case: Case) -> Iterator[LibraryChange]:
    """Yield what is called at a finding's innermost own line with arguments that are taken by name only."""
    arity, frames = _ARITY.search(finding_text(finding)), own_frames(finding)
    tree = parse(case.repo.files.get(frames[0].path, "")) if frames else None
    if tree is None or not (arity or _TOO_MANY.search(finding_text(finding))):
        return
    bound, line = imported_names(tree), frames[0].line
    called = {dotted_name(call.func, bound) for call in calls_on(tree, line)}
    for row in changes("keyword-only"):
        is_method = arity is not None and row.old == arity[1] and bool(only_call(tree, line, row))
        if is_method or row.old in called:
            yield row
