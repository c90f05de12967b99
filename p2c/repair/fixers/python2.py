"""Cures Python 2 where it can't be parsed or its names are gone: print, except, raise, xrange and their kind."""

from __future__ import annotations

import ast
import re
import tokenize
from io import StringIO

from p2c.executor.syntax import parse
from p2c.repair.case import Case
from p2c.repair.fixers.edits import Edit, Text, edited, offer, told
from p2c.repair.fixers.names import assigned_names, imported_names
from p2c.repair.patch import Patch

_PRINT = re.compile(r"^(?P<indent>.*?(?:^|[:;]))(?P<blank>\s*)print\b(?P<rest>.*)$")
_EXCEPT = re.compile(r"^(\s*except\s+)(\([^()]*\)|[\w.]+)\s*,\s*(\w+)\s*:")
_RAISE = re.compile(r"^(\s*raise\s+[\w.]+)\s*,\s*(.+?)\s*$")
_NAMES = {
    "xrange": "range",
    "raw_input": "input",
    "unicode": "str",
    "basestring": "str",
    "long": "int",
    "unichr": "chr",
}
_METHODS = {"iteritems": "items", "itervalues": "values", "iterkeys": "keys", "viewitems": "items"}


def fix(case: Case) -> Patch | None:
    """Rewrite the Python 2 files that findings name, all of what is known at once."""
    changes = {}
    for path in sorted({finding.path for finding in case.report.findings if finding.path}):
        text = case.repo.files.get(path)
        if text is not None and path.endswith(".py") and parse(text) is None:
            changes[path] = _statements(text)
    changes |= _renamed_names(case, changes)
    return offer(case, "python2", "Write Python 3 where the code was Python 2", changes)


def _statements(text: str) -> str:
    """Return the text as Python 3 can parse it, with its names renamed; unchanged where that fails."""
    lines = [_line(line) for line in text.split("\n")]
    changed = "\n".join(lines).replace("<>", "!=") if "<>" in text else "\n".join(lines)
    return _names(changed, set(_NAMES), set(_METHODS)) if parse(changed) is not None else text


def _line(line: str) -> str:
    end = "\r" if line.endswith("\r") else ""
    line = line.rstrip("\r")
    line = _EXCEPT.sub(r"\1\2 as \3:", line)
    line = _RAISE.sub(r"\1(\2)", line)
    match = _PRINT.match(line)
    if match and not match["indent"].lstrip().startswith("#"):
        line = match["indent"] + match["blank"] + _print(match["rest"]) or line
    return line + end


def _print(rest: str) -> str:
    """Return the call for what follows the word `print`, as it was where it is a call already."""
    code, comment = _split_comment(rest)
    code = code.strip()
    if parse(f"print{code}") is not None and code.startswith("("):
        return f"print{rest}"
    if not code:
        return f"print(){comment}"
    target = re.match(r">>\s*([\w.]+)\s*,?\s*(.*)", code)
    extra = ""
    if target:
        code, extra = target[2], f", file={target[1]}"
    if code.endswith(","):
        code, extra = code[:-1].rstrip(), extra + ', end=" "'
    call = f"print({code}{extra})" if code else f"print({extra.lstrip(', ')})"
    return call + comment if parse(call) is not None else f"print{rest}"


def _split_comment(rest: str) -> tuple[str, str]:
    """Split off a comment at the end of a line, with the blanks before it."""
    try:
        for token in tokenize.generate_tokens(StringIO(rest).readline):
            if token.type == tokenize.COMMENT:
                code = rest[: token.start[1]]
                return code.rstrip(), rest[len(code.rstrip()) :]
    except (tokenize.TokenError, IndentationError, SyntaxError):
        pass
    return rest, ""


def _renamed_names(case: Case, done: dict[str, str]) -> dict[str, str]:
    """Rename what findings say is not defined, or not a method of dict, in the files that they name."""
    changes: dict[str, str] = {}
    for finding in case.report.findings:
        text = told(finding)
        names = {name for name in _NAMES if re.search(rf"\b[Nn]ame [`'\"]{name}[`'\"] is not defined|`{name}`", text)}
        methods = {name for name in _METHODS if f"'dict' object has no attribute '{name}'" in text}
        paths = {str(finding.path), *(frame.path for frame in finding.frames if frame.inside)}
        for path in sorted(paths & set(case.repo.python_files())) if names or methods else ():
            current = changes.get(path) or done.get(path) or case.repo.files[path]
            changes[path] = _names(current, names, methods)
    return changes


def _names(text: str, names: set[str], methods: set[str]) -> str:
    tree = parse(text)
    if tree is None:
        return text
    place, edits = Text(text), list[Edit]()
    own = assigned_names(tree) | set(imported_names(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names - own:
            edits.append(Edit(*place.span(node), _NAMES[node.id]))
        elif isinstance(node, ast.Call) and not node.args and not node.keywords:
            method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if method in methods:
                end = place.span(node.func)[1]
                edits.append(Edit(end - len(method), end, _METHODS[method]))
    return edited(text, edits)
