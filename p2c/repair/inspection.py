"""What a debugger may look at before it answers: plain-text requests that any model can write."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from p2c.executor import normalization
from p2c.prompts import data
from p2c.repair.context import clipped
from p2c.repair.excerpts import numbered
from p2c.repo import Repo
from p2c.sandboxes.base import Command, ExecResult, Sandbox

REQUESTS = 6
"""Requests that are answered in one turn."""
ANSWER = 4_000
"""Characters of one answer."""
HITS = 40
"""Lines of a search: about what one answer holds."""
LINES = 240
"""Lines of a file at a time; an answer is cut at its characters besides."""
RUN_SECONDS = 60.0
"""For a few lines of Python that look at something: imports of large libraries take most of it."""

_BLOCK = re.compile(r"^[ \t]*`{3,}\s*look[^\n]*\n(.*?)(?:^[ \t]*`{3,}|\Z)", re.DOTALL | re.MULTILINE)
_REQUEST = re.compile(
    r"^[ \t]*(?:[-*][ \t]+|\d+[.)][ \t]+)?`?(READ|SEARCH|LIST|SHOW|RUN)\b:?[ \t]*(.*?)`?[ \t\r]*$", re.MULTILINE
)
_SHOW = """
import importlib, inspect, re, sys
name = sys.argv[1]
parts, found, version = name.split("."), None, ""
for size in range(len(parts), 0, -1):
    try:
        found = importlib.import_module(".".join(parts[:size]))
    except ImportError:
        continue
    for part in parts[size:]:
        found = getattr(found, part)
    break
else:
    sys.exit(f"{name}: no such module is installed")
try:
    from importlib.metadata import packages_distributions, version as version_of
    version = version_of(packages_distributions()[parts[0]][0])
except Exception:
    pass
print(name, f"(of {parts[0]} {version})" if version else "")
try:
    print(f"{parts[-1]}{inspect.signature(found)}")
except (TypeError, ValueError):
    pass
print(inspect.getdoc(found) or "(no docstring)")
if inspect.ismodule(found) or inspect.isclass(found):
    print("names:", ", ".join(item for item in dir(found) if not item.startswith("_")))
"""


@dataclass(frozen=True)
class InspectionRequest:
    """One thing to look at."""

    verb: str
    what: str


@dataclass(frozen=True)
class InspectionView:
    """What can be looked at: the repository as it is, and the sandbox that has its environment."""

    repo: Repo
    sandbox: Sandbox
    may_run: bool = False


def read_requests(reply: str) -> tuple[InspectionRequest, ...]:
    """Return the requests of a reply: of its `look` block, or of its lines where there is none."""
    block = _BLOCK.search(reply)
    requests = _REQUEST.findall(block[1] if block else reply)
    return tuple(
        dict.fromkeys(
            InspectionRequest(verb, what.strip()) for verb, what in requests if what.strip() or verb == "LIST"
        )
    )


def look(requests: tuple[InspectionRequest, ...], view: InspectionView) -> str:
    """Return the answers as marked data; what is over the bound is said, not done."""
    shown = [data("answers", _answer(each, view), request=f"{each.verb} {each.what}") for each in requests[:REQUESTS]]
    if len(requests) > REQUESTS:
        shown.append(f"{len(requests) - REQUESTS} more requests were not answered: {REQUESTS} are, in one turn.\n")
    return "\n".join(shown)


def _answer(request: InspectionRequest, view: InspectionView) -> str:
    return clipped(_VERBS[request.verb](request.what, view) or "(nothing)", ANSWER)


def _read(what: str, view: InspectionView) -> str:
    match = re.fullmatch(r"(\S+?)(?:[\s:]+(?:lines?\s+)?(\d{1,9})(?:\s*[-–,]\s*(\d{1,9}))?)?", what[:500])
    path = match[1].removeprefix("./") if match else what
    if not match or path not in view.repo.files:
        return f"there is no text file {path!r}; LIST shows what there is"
    text = view.repo.files[path]
    start = max(1, int(match[2] or 1))
    end = int(match[3]) if match[3] else start + LINES - 1
    return numbered(text, [(start, min(end, start + LINES - 1))])


def _search(what: str, view: InspectionView) -> str:
    what = what.strip("\"'`")
    hits = [
        f"{path}:{number}: {line.strip()[:200]}"
        for path, text in view.repo.files.items()
        for number, line in enumerate(text.split("\n"), 1)
        if what and what in line
    ]
    more = [f"and {len(hits) - HITS} more"] if len(hits) > HITS else []
    return "\n".join(hits[:HITS] + more) or f"{what!r} occurs nowhere"


def _list(what: str, view: InspectionView) -> str:
    folder = what.strip("\"'`").removeprefix("./").strip("/")
    folder = "" if folder == "." else folder
    paths = sorted([*view.repo.files, *view.repo.assets])
    inside = [path for path in paths if not folder or path == folder or path.startswith(f"{folder}/")]
    return "\n".join(inside) or f"there is no folder {folder!r}"


def _show(what: str, view: InspectionView) -> str:
    name = what.strip("\"'`").removesuffix("()")
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", name):
        return f"{name!r} is no dotted name"
    return _executed((f"{view.sandbox.places.environment}/bin/python", "-I", "-c", _SHOW, name), view)


def _run(what: str, view: InspectionView) -> str:
    if not view.may_run:
        return "RUN is not offered in this turn"
    return _executed(("/bin/sh", "-c", what), view)


def _executed(argv: tuple[str, ...], view: InspectionView) -> str:
    """Run in the sandbox over exactly this repository, without network; SandboxError is not the model's business."""
    sandbox = view.sandbox
    sandbox.put(view.repo)
    sandbox.set_network("none")
    path = f"{sandbox.places.environment}/bin:/usr/local/bin:/usr/bin:/bin"
    result = sandbox.exec(Command(argv, RUN_SECONDS, {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}))
    output = "\n".join(text for text in (result.stdout.rstrip(), result.stderr.rstrip()) if text)
    return "\n".join(part for part in (normalization.text(output, sandbox.places), _ending(result)) if part)


def _ending(result: ExecResult) -> str:
    if result.timed_out:
        return f"(stopped after {RUN_SECONDS:g} seconds)"
    if result.oom_killed:
        return "(stopped: out of memory)"
    return "" if result.ok else f"(exit code {result.exit_code})"


_VERBS: Mapping[str, Callable[[str, InspectionView], str]] = MappingProxyType(
    {"READ": _read, "SEARCH": _search, "LIST": _list, "SHOW": _show, "RUN": _run}
)
