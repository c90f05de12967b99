"""Cures documented commands that a parser refuses: what it requires has a default in the code, or a dash is a dash."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from p2c.executor.module_layout import is_test
from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.configuration.code_defaults import Value, literal, plain_default
from p2c.repair.fixers.configuration.text_edits import config_files
from p2c.repair.fixers.text_edits import Edit, Text, edited, finding_text, offer
from p2c.repair.patch import Patch
from p2c.repo import Repo

_REQUIRED = re.compile(r"error: the following arguments are required: ([^\n]+)")
_UNKNOWN = re.compile(r"error: unrecognized arguments: ([^\n]+)")
_CONFIG = re.compile(r"(?:^|_)(?:config|cfg|conf|configuration)(?:_?(?:file|path|name))?$")
_HELP = re.compile(r"\(?\bdefault(?:s to)?[:=]?\s+['\"`]?([\w./+-]*\w)['\"`]?\)?\s*\.?$")


@dataclass(frozen=True)
class _Option:
    """A call of `add_argument`, in the file at `path`."""

    path: str
    call: ast.Call

    @property
    def spellings(self) -> tuple[str, ...]:
        """How a command can say it: `--config`, `-c`, or `config` where its place says it."""
        return tuple(str(arg.value) for arg in self.call.args if isinstance(arg, ast.Constant))

    def word(self, name: str) -> ast.keyword | None:
        """Return one of the call's keywords."""
        return next((word for word in self.call.keywords if word.arg == name), None)


def fix(case: Case) -> Patch | None:
    """Give the required arguments their defaults, if each has one; accept `-` for `_` in a name, and the reverse."""
    for finding in case.report.gating:
        text = finding_text(finding)
        required, unknown = _REQUIRED.search(text), _UNKNOWN.search(text)
        if finding.check not in ("smoke", "import") or not (required or unknown):
            continue
        options = list(_options(case.repo))
        edits = _with_defaults(case.repo, options, required[1]) if required else {}
        edits = edits or (_with_spellings(case.repo, options, unknown[1]) if unknown else {})
        changes = {path: edited(case.repo.files[path], file_edits) for path, file_edits in edits.items()}
        if changes:
            what = (required or unknown or [""])[0]
            return offer(case, "arguments", f"Make the documented command one that the parser takes ({what})", changes)
    return None


def _options(repo: Repo) -> Iterator[_Option]:
    for path in repo.python_files():
        tree = None if is_test(path) else parse(repo.files[path])
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
                yield _Option(path, node)


def _with_defaults(repo: Repo, options: list[_Option], listed: str) -> dict[str, list[Edit]]:
    """Return the edits, or none of them where one argument has no default that stands in the repository."""
    edits: dict[str, list[Edit]] = {}
    for name in re.split(r",\s*", listed.strip()):
        matching = [option for option in options if set(name.split("/")) & set(option.spellings)]
        edit = _optional(repo, matching[0]) if len(matching) == 1 else None
        if edit is None:
            return {}
        edits.setdefault(matching[0].path, []).append(edit)
    return edits


def _optional(repo: Repo, option: _Option) -> Edit | None:
    place = Text(repo.files[option.path])
    required = option.word("required")
    if required is None:
        return _positional(repo, option, place)
    start, end = place.span(required)
    if option.word("default"):
        return _without(place, start, end)
    value = _stated(repo, option)
    return None if value is None else Edit(start, end, f"default={_spelled(value)}")


def _positional(repo: Repo, option: _Option, place: Text) -> Edit | None:
    """An argument that its place tells: `nargs="?"` lets it be left out."""
    if option.spellings[0].startswith("-") or option.word("nargs") or option.word("action"):
        return None
    value = None if option.word("default") else _stated(repo, option)
    if value is None and not option.word("default"):
        return None
    end = place.span(option.call.args[-1])[1]
    default = "" if option.word("default") else f", default={_spelled(value)}"
    return Edit(end, end, f', nargs="?"{default}')


def _without(place: Text, start: int, end: int) -> Edit:
    after = re.match(r"\s*,[ \t]*", place.text[end:])
    return Edit(start, end + (after.end() if after else 0), "") if after else Edit(_comma_before(place, start), end, "")


def _comma_before(place: Text, start: int) -> int:
    head = place.text[:start].rstrip()
    return len(head) - 1 if head.endswith(",") else start


def _stated(repo: Repo, option: _Option) -> Value | None:
    """What the help says, what the code falls back to elsewhere, or the one configuration file that there is."""
    name = next((s for s in option.spellings if s.startswith("--")), option.spellings[0]).lstrip("-").replace("-", "_")
    kind, helped = option.word("type"), option.word("help")
    match = _HELP.search(str(literal(helped.value) or "")) if helped else None
    value = _typed(match[1], kind) if match else plain_default(repo, name)
    if value is None and _CONFIG.search(name):
        files = config_files(repo)
        value = files[0] if len(files) == 1 else None
    choices = option.word("choices")
    allowed = literal(choices.value) if choices else None
    return value if not isinstance(allowed, list) or value in allowed else None


def _typed(text: str, kind: ast.keyword | None) -> Value | None:
    """Read what a help text calls the default as the parser reads the argument."""
    name = getattr(kind.value, "id", "") if kind else "str"
    try:
        if name in ("int", "float"):
            return int(text) if name == "int" else float(text)
    except ValueError:
        return None
    return text if name == "str" else None


def _spelled(value: Value | None) -> str:
    if isinstance(value, str) and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return repr(value)


def _with_spellings(repo: Repo, options: list[_Option], listed: str) -> dict[str, list[Edit]]:
    """Let an option be written with the other of `-` and `_`; what is not an option's other spelling stays unknown."""
    edits: dict[str, list[Edit]] = {}
    for word in re.findall(r"(?:^|\s)(--[A-Za-z][\w-]*)", listed):
        matching = [o for o in options if any(s.startswith("--") and _plain(s) == _plain(word) for s in o.spellings)]
        if len(matching) != 1 or word in matching[0].spellings:
            return {}
        place = Text(repo.files[matching[0].path])
        longs = [a for a in matching[0].call.args if isinstance(a, ast.Constant) and str(a.value).startswith("--")]
        end = place.span(longs[-1])[1]
        edits.setdefault(matching[0].path, []).append(Edit(end, end, f', "{word}"'))
    return edits


def _plain(spelling: str) -> str:
    return spelling.lstrip("-").replace("-", "_")
