"""Syntax that not every Python 3 can read, written as all of them can: `:=` that stands bare, `\\` in f-strings."""

from __future__ import annotations

import re

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.text_edits import offer
from p2c.repair.patch import Patch

_WALRUS = re.compile(r"(?P<indent>[ \t]*)(?P<name>[A-Za-z_][\w.]*)[ \t]*:=(?P<value>.*)", re.DOTALL)
_BACKSLASH = ("f-string expression part cannot include a backslash", "unexpected character after line continuation")


def fix(case: Case) -> Patch | None:
    """Make an assignment of a statement `name := value`, and names of what f-strings escape inside their braces."""
    changes: dict[str, str | None] = {}
    for finding in case.report.findings:
        path, line = finding.path or "", finding.line or 0
        text = changes.get(path) or case.repo.files.get(path, "")
        if finding.rule != "SyntaxError" or not path.endswith(".py"):
            continue
        escaped = any(words in finding.message for words in _BACKSLASH)
        changed = _unescaped(text, line) if escaped else _assigned(text)
        if changed is not None and parse(changed) is not None:
            changes[path] = changed
    return offer(case, "older-syntax", "Write what this Python cannot read as every Python 3 can", changes)


def _assigned(text: str) -> str | None:
    """A bare `:=` is no statement; alone on its line it can only be meant as `=`."""
    if parse(text) is not None:
        return None
    lines = text.split("\n")
    for number, line in enumerate(lines):
        match = _WALRUS.fullmatch(line)
        if match:
            lines[number] = f"{match['indent']}{match['name']} ={match['value']}"
    return "\n".join(lines)


_FIELD = re.compile(r"\{([^{}]*\\[^{}]*)\}")
_ESCAPED = re.compile(r"""(['"])\\([nt])\1""")
_NAMES = {"n": "newline", "t": "tab"}


def _unescaped(text: str, line: int) -> str | None:
    r"""Give `'\n'` and `'\t'` inside braces a name before the statement, escaped quotes the other kind."""
    lines = text.split("\n")
    if not 0 < line <= len(lines):
        return None
    row = _FIELD.sub(lambda field: _requoted(field[0]), lines[line - 1])
    fields = _FIELD.findall(row)
    used = {name for field in fields for _, name in _ESCAPED.findall(field)}
    names = {name: _NAMES[name] for name in used}
    left = any("\\" in _ESCAPED.sub("", field) for field in fields)
    if left or any(re.search(rf"\b{name}\b", text) for name in names.values()):
        return None
    changed = _FIELD.sub(lambda field: _ESCAPED.sub(lambda match: names[match[2]], field[0]), row)
    indent = re.match(r"[ \t]*", row)
    before = [f'{indent[0] if indent else ""}{name} = "\\{letter}"' for letter, name in sorted(names.items())]
    return "\n".join([*lines[: line - 1], *before, changed, *lines[line:]])


def _requoted(field: str) -> str:
    """Escaped quotes become the other ones, where these are not in use."""
    for quote, other in (('"', "'"), ("'", '"')):
        if f"\\{quote}" in field and other not in field:
            return field.replace(f"\\{quote}", other)
    return field
