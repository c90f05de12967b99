"""Requirements resolved to a lock: with wheels where there are any, and to what a day had where one is named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from p2c.executor.instrumented_sandbox import InstrumentedSandbox
from p2c.executor.report import Finding
from p2c.executor.requirements import uv_errors
from p2c.executor.requirements.declared import Requirements
from p2c.sandboxes.base import ExecResult
from p2c.sandboxes.environments.refused_hosts import refused_hosts

WHEELS = ("--only-binary", ":all:")
FORM = ("--no-header", "--no-annotate", "--color", "never")
RESOLVE_SECONDS = 300.0
RUNGS: tuple[tuple[tuple[str, ...], Mapping[str, str]], ...] = (
    (WHEELS, {}),
    (WHEELS, {"UV_CONSTRAINT": ""}),
    ((), {"UV_CONSTRAINT": ""}),
)
"""Wheels, with the machine's own preferred ones or without them; then what has to be built."""
NO_BUILDS = re.compile(r"Building source distributions (?:for \S+ )?is disabled")
WORKSPACE = "file:///workspace/"
"""Where a repository lies in p2c's sandboxes: an address that names it is one of the repository's own."""
MAX_COMPLAINTS = 12
"""A resolver names one fault at a time; so many are collected by leaving out what it named."""


@dataclass(frozen=True)
class LockResult:
    """A lock with the options and variables to install it by; or the findings that say why there is none.

    `undated` are the distributions of whose files the index does not say when they were published.
    """

    lock: str = ""
    options: tuple[str, ...] = WHEELS
    env: Mapping[str, str] | None = None
    findings: tuple[Finding, ...] = ()
    undated: tuple[str, ...] = ()


@dataclass(frozen=True)
class ResolutionTarget:
    """What requirements are resolved for: a Python (its path, '' for the sandbox's own), and a day or ''."""

    python: str = ""
    era: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """What uv is told of it; the day ends everywhere at the same moment."""
        dated = ("--exclude-newer", f"{self.era}T23:59:59Z") if self.era else ()
        return (*dated, *(("--python", self.python) if self.python else ()))


def resolve(wanted: Requirements, target: InstrumentedSandbox, setting: ResolutionTarget) -> LockResult:
    """Resolve as a check does, with builds where wheels lack; raises IndexUnavailableError.

    Requirements that cannot be had at all are told as such; those that only lack on the day are one finding.
    """
    if not setting.era:
        return _today(wanted, target, setting)
    resolved, output = _dated(wanted, target, setting, builds=True)
    if resolved is not None:
        return resolved
    today = _today(wanted, target, replace(setting, era=""))
    return today if today.findings else LockResult(findings=(uv_errors.out_of_era(target.tidy(output), setting.era),))


def resolve_wheels(wanted: Requirements, target: InstrumentedSandbox, setting: ResolutionTarget) -> LockResult | None:
    """Resolve to wheels alone; None where that does not go. Raises IndexUnavailableError."""
    return _dated(wanted, target, setting, builds=False)[0]


def _today(wanted: Requirements, target: InstrumentedSandbox, setting: ResolutionTarget) -> LockResult:
    complaints: list[Finding] = []
    left = wanted
    for _ in range(MAX_COMPLAINTS):
        resolved, output = _compile(left, target, setting.options)
        if resolved is not None:
            return replace(resolved, findings=_in_order(complaints))
        uv_errors.raise_if_unreachable(output, left)
        complaint = uv_errors.finding(target.tidy(output), left)
        complaints.append(complaint)
        line = next(
            (
                candidate
                for candidate in left.lines
                if (candidate.path, candidate.line) == (complaint.path, complaint.line)
            ),
            None,
        )
        if line is None:
            break
        left = replace(left, lines=tuple(candidate for candidate in left.lines if candidate is not line))
    return LockResult(findings=_in_order(complaints))


def _dated(
    wanted: Requirements, target: InstrumentedSandbox, setting: ResolutionTarget, builds: bool
) -> tuple[LockResult | None, str]:
    """Resolve to what there was on the day; what the index has no dates of is taken as it is today."""
    undated: tuple[str, ...] = ()
    while True:
        exempt = tuple(part for name in undated for part in ("--exclude-newer-package", f"{name}=false"))
        resolved, output = _compile(wanted, target, (*setting.options, *exempt), builds)
        if resolved is not None:
            return replace(resolved, undated=undated), ""
        uv_errors.raise_if_unreachable(output, wanted)
        more = tuple(name for name in uv_errors.undated(output) if name not in undated)
        if not more:
            return None, output
        undated = (*undated, *more)


def _in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: (finding.path or "", finding.line or 0)))


def _compile(
    wanted: Requirements, target: InstrumentedSandbox, more: tuple[str, ...], builds: bool = True
) -> tuple[LockResult | None, str]:
    """Go down the rungs, to builds only where wheels lack; what uv said where none goes."""
    text = wanted.text.replace(WORKSPACE, f"file://{target.places.repo}/")
    target.sandbox.add({"requirements.in": text.encode("utf-8", "surrogateescape")})
    output, mixed = "", None
    for options, env in RUNGS if builds else RUNGS[:2]:
        command = (target.uv, "pip", "compile", *FORM, *options, *more, f"{target.places.scratch}/requirements.in")
        result = target.run(command, RESOLVE_SECONDS, env)
        if result.ok:
            lock_result = LockResult(
                result.stdout, (*_but_addresses(options, result.stdout), *_without_python(more)), env
            )
            if env or not mixes_builds(result.stdout):
                return lock_result, ""
            mixed = lock_result
            continue
        uv_errors.raise_if_unreachable(words(result), wanted)
        # What the machine prefers is no fault of the repository: the complaint without it is the one to tell.
        own = bool(env and options)
        output = words(result) if not output or own or "Failed to build" in result.stderr else output
        if (
            "was not found in" in output
            or (env and "wheels" not in output and not NO_BUILDS.search(output))
            or refused_hosts(output)
        ):
            break
    return mixed, output


def _but_addresses(options: tuple[str, ...], lock: str) -> tuple[str, ...]:
    """Let a folder or an archive that the lock names by its address be built, and nothing that it names otherwise."""
    lines = [line for line in lock.split("\n") if line.strip() and line[0] not in "# "]
    named = [match[1] for line in lines if (match := re.match(r"([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==", line))]
    if options != WHEELS or len(named) == len(lines):
        return options
    return tuple(word for name in named for word in ("--only-binary", name))


def mixes_builds(lock: str) -> bool:
    """Tell whether a lock has torch as a build of this machine's own and torchvision as the index's, or the reverse.

    They share compiled code: `torch==2.13.0+cpu` beside the index's torchvision has no `torchvision::nms`.
    """
    pins = re.findall(r"^(torch|torchvision|torchaudio)==\S*?(\+\w[\w.]*)?\s*$", lock, re.MULTILINE)
    return len({local for _, local in pins}) > 1


def _without_python(options: tuple[str, ...]) -> tuple[str, ...]:
    """What installing is told as well; it names the environment's Python itself."""
    at = options.index("--python") if "--python" in options else len(options)
    return options[:at] + options[at + 2 :]


def words(result: ExecResult) -> str:
    """Return what uv said when it failed."""
    return result.stderr.strip() or result.stdout.strip() or f"uv ended with {result.exit_code}"
