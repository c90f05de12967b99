"""ruff over a repository, whatever in it makes ruff itself die: then the files that do so are found and said."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from p2c.errors import SandboxError
from p2c.executor import module_layout, parsers
from p2c.executor.instrumented_sandbox import InstrumentedSandbox
from p2c.executor.report import Finding
from p2c.repo import Repo
from p2c.sandboxes.base import ExecResult

SELECT = "E9,F,PLE,NPY201,NPY003,B006,B023,E711,E722"
SECONDS = 600.0
_SUFFIXES = (".py", ".pyi", ".ipynb")
_STARTS = 60
"""How often ruff is started to find the files that it dies of: enough for three among ten thousand."""


@dataclass(frozen=True)
class _Linted:
    """What ruff said; None where it died, and `why`."""

    findings: tuple[Finding, ...] | None
    why: str = ""


def lint(target: InstrumentedSandbox, repo: Repo, broken: frozenset[str]) -> tuple[Finding, ...]:
    """Run ruff without anybody's settings; what it could not look at is a finding that gates.

    Files in `broken` do not compile, and nothing is said of them. Raises SandboxError where ruff does not run at all.
    """
    return tuple(_judged(finding, repo) for finding in _lint(target, repo, broken))


def _judged(finding: Finding, repo: Repo) -> Finding:
    """No line raises where a name is bound again (F811); only a test that another one of its name hides is lost."""
    if finding.rule != "F811" or not finding.gates:
        return finding
    bound = _BOUND.search(finding.message)
    rows = repo.files.get(finding.path or "", "").split("\n")
    first = rows[int(bound[2]) - 1] if bound and int(bound[2]) <= len(rows) else ""
    is_lost = bool(bound) and module_layout.is_test(finding.path or "") and _TEST.match(first) is not None
    return finding if is_lost else replace(finding, gates=False)


_BOUND = re.compile(r"of unused `(\w+)` from line (\d+)")
_TEST = re.compile(r"\s*(?:async\s+)?(?:def\s+test|class\s+Test)")


def _lint(target: InstrumentedSandbox, repo: Repo, broken: frozenset[str]) -> tuple[Finding, ...]:
    whole = _run(target, (".",), broken)
    if whole.findings is not None:
        return whole.findings
    if not target.run((target.tool("ruff"), "--version"), SECONDS).ok:
        raise SandboxError(f"ruff failed in the sandbox: {whole.why}")
    return _in_parts(target, [path for path in repo.files if path.endswith(_SUFFIXES)], broken)


def _in_parts(target: InstrumentedSandbox, paths: Sequence[str], broken: frozenset[str]) -> tuple[Finding, ...]:
    """Halve what ruff dies of until it is one file."""
    waiting = module_layout.portions(paths)
    findings: list[Finding] = []
    for _ in range(_STARTS):
        if not waiting:
            break
        part = waiting.pop()
        linted = _run(target, tuple(f"./{path}" for path in part), broken)
        if linted.findings is not None:
            findings += linted.findings
        elif len(part) == 1:
            findings.append(_unread(part[0], f"ruff could not read the file: {linted.why}"))
        else:
            waiting += [part[len(part) // 2 :], part[: len(part) // 2]]
    why = f"ruff did not get to the file: it died {_STARTS} times of others"
    return (*findings, *(_unread(path, why) for part in waiting for path in part))


def _run(target: InstrumentedSandbox, paths: tuple[str, ...], broken: frozenset[str]) -> _Linted:
    """It writes a file, because a long output would be cut in its middle."""
    out = f"{target.places.scratch}/{uuid.uuid4().hex}.json"  # a name that no program could have taken
    # What ruff leaves out by itself (build, dist, venv, site-packages, ...) may be a package of the repository's.
    every = ("--config", 'exclude=[".ipynb_checkpoints"]')
    options = ("--isolated", *every, "--no-cache", "--exit-zero", "--no-respect-gitignore", "--force-exclude")
    report = ("--select", SELECT, "--output-format", "json", "--output-file", out)
    result = target.run((target.tool("ruff"), "check", *options, *report, "--", *paths), SECONDS)
    data = target.sandbox.get(out) if result.ok else None
    if data is None:
        return _Linted(None, _why(result, target))
    return _Linted(parsers.ruff(data.decode("utf-8", "replace"), target.places, broken))


def _why(result: ExecResult, target: InstrumentedSandbox) -> str:
    if result.timed_out:
        return "it did not come to an end"
    if result.oom_killed:
        return "it took more memory than the sandbox gives"
    if "overflowed its stack" in result.stderr:
        return "it is nested too deeply"
    return target.tidy(result.stderr)[-500:].strip() or f"it ended with {result.exit_code}"


def _unread(path: str, what: str) -> Finding:
    return Finding("lint", "NotAnalysed", what, path, fix="nest it less deeply, or take it out of what is checked")
