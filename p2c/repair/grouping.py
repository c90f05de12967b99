"""The findings of a round, grouped by their root cause."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from p2c.executor.report import Finding, Frame, normalise

_NO_NAME = re.compile(r"(?:Undefined name|[Nn]ame) [`'\"](\w+)[`'\"](?: is not defined)?$|name '(\w+)' is not defined")
_NO_MODULE = re.compile(r"No module named '([^'.]+)")

_UNDEFINED = frozenset({"F821", "NameError", "name-defined"})
_UNREADABLE = frozenset({"SyntaxError", "IndentationError", "TabError", "invalid-syntax"})


@dataclass(frozen=True)
class FindingGroup:
    """Findings that one cause explains: the same innermost own frame, the same missing module or name."""

    findings: tuple[Finding, ...]

    @property
    def lead(self) -> Finding:
        """The finding that says most: the first with frames, unless a file can't be parsed: then the check's own."""
        telling = (finding for finding in self.findings if finding.frames and not is_unreadable(finding))
        return next(telling, self.findings[0])

    @property
    def places(self) -> tuple[str, ...]:
        """Where its findings are, each once, as `path:line`."""
        locations = (f"{f.path}:{f.line}" if f.line else f.path for f in self.findings if f.path)
        return tuple(dict.fromkeys(locations))

    @property
    def checks(self) -> tuple[str, ...]:
        """The checks that found it, each once."""
        return tuple(dict.fromkeys(finding.check for finding in self.findings))


def group(findings: Iterable[Finding]) -> tuple[FindingGroup, ...]:
    """Group findings by root cause, in the order in which each cause was met first."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_cause(finding), []).append(finding)
    return tuple(FindingGroup(tuple(members)) for members in groups.values())


def own_frames(finding: Finding) -> tuple[Frame, ...]:
    """Return the frames inside the repository, outermost first."""
    return tuple(frame for frame in finding.frames if frame.inside)


def is_unreadable(finding: Finding) -> bool:
    """It is about a file that Python cannot parse: who imports that, and what is called there, does not matter."""
    return finding.check == "compile" or finding.rule in _UNREADABLE


def _cause(finding: Finding) -> tuple[str, ...]:
    if is_unreadable(finding) and finding.path:
        return "unreadable", finding.path, str(finding.line or "")
    missing = _NO_MODULE.search(finding.message)
    if missing:
        return "module", missing[1]
    undefined = _NO_NAME.search(finding.message) if finding.rule in _UNDEFINED else None
    if undefined:
        return "name", undefined[1] or undefined[2]
    frames = own_frames(finding)
    if frames:
        inner = frames[-1]
        return "frame", inner.path, inner.function, inner.code.strip(), finding.rule
    if finding.check in {"lint", "types"}:
        return finding.rule, normalise(finding.message)
    return finding.check, finding.rule, finding.path or "", normalise(finding.message)
