"""The requirements into an environment of their own: resolved to a lock, installed once for each lock."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from p2c.errors import IndexUnavailableError
from p2c.executor import resolver
from p2c.executor.distributions import distributions, is_known, third_party_imports
from p2c.executor.groups import with_test_needs
from p2c.executor.report import Finding
from p2c.executor.requirements import Requirements, read_requirements
from p2c.executor.target import Target
from p2c.repo import Repo
from p2c.sandboxes.base import ExecResult

WHEELS = ("--only-binary", ":all:")
COMPILE = ("--no-header", "--no-annotate", "--color", "never")
RESOLVE_SECONDS = 300.0
INSTALL_SECONDS = 1800.0
MAX_COMPLAINTS = 12
"""A resolver names one fault at a time; so many are collected by leaving out what it named."""


@dataclass(frozen=True)
class Installed:
    """What came of it; `lock` is the text of what is installed, `python` the version, `ready`: it can be used."""

    findings: tuple[Finding, ...] = ()
    lock: str = ""
    python: str = ""
    ready: bool = False


@dataclass(frozen=True)
class _Resolved:
    lock: str = ""
    options: tuple[str, ...] = WHEELS
    env: Mapping[str, str] | None = None
    findings: tuple[Finding, ...] = ()


def install(repo: Repo, target: Target, fresh: bool = False, python: str = "") -> Installed:
    """Make the environment of the repository's requirements the sandbox's own.

    `python` is the contract's version specifier, `fresh` builds the environment anew even where one of the same
    lock is there. Raises IndexUnavailableError, SandboxError.
    """
    wanted = with_test_needs(repo, read_requirements(repo))
    target.sandbox.set_network("install")
    try:
        about = _about(target)
        unfit = _unfit(about["version"], python or wanted.python, "p2c.toml" if python else wanted.path)
        resolved = _resolve(wanted, target)
        missing = _unlisted(repo, wanted)
        if resolved.findings or unfit:
            return Installed((*unfit, *resolved.findings, *missing), python=about["version"])
        key = _key(resolved.lock, about, fresh)
        failed = _build(key, resolved, wanted, target)
    finally:
        target.sandbox.set_network("none")
    if failed or missing:
        return Installed((*failed, *missing), resolved.lock, about["version"])
    return Installed(_not_found(repo, wanted, target), resolved.lock, about["version"], ready=True)


def _about(target: Target) -> dict[str, str]:
    found = target.run((target.uv, "python", "find"), 60.0)
    python = found.stdout.strip().split("\n")[-1] if found.ok else target.tool("python")
    return dict(target.ask(python, "about"))


def _unfit(version: str, wanted: str, path: str) -> tuple[Finding, ...]:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        spec = SpecifierSet(wanted if not wanted[:1].isdigit() else f"=={wanted}.*")
    except InvalidSpecifier:
        spec = None
    if spec is not None and spec.contains(version):
        return ()
    what = f"Python {wanted!r} is asked for, and Python {version} runs here"
    return (Finding("install", "PythonUnavailable", what, path, fix="ask for a Python that is there"),)


def _resolve(wanted: Requirements, target: Target) -> _Resolved:
    found: list[Finding] = []
    left = wanted
    for _ in range(MAX_COMPLAINTS):
        resolved, said = _compile(left, target)
        if resolved is not None:
            return replace(resolved, findings=_in_order(found))
        resolver.raise_if_unreachable(said)
        complaint = resolver.finding(target.tidy(said), left)
        found.append(complaint)
        line = next((one for one in left.lines if (one.path, one.line) == (complaint.path, complaint.line)), None)
        if line is None:
            break
        left = replace(left, lines=tuple(one for one in left.lines if one is not line))
    return _Resolved(findings=_in_order(found))


def _in_order(found: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda one: (one.path or "", one.line or 0)))


def _compile(wanted: Requirements, target: Target) -> tuple[_Resolved | None, str]:
    """Resolve with wheels; then without the machine's own preferred ones; then, if wheels lack, with builds."""
    target.sandbox.add({"requirements.in": wanted.text.encode("utf-8", "surrogateescape")})
    said = ""
    for options, env in ((WHEELS, {}), (WHEELS, {"UV_CONSTRAINT": ""}), ((), {"UV_CONSTRAINT": ""})):
        command = (target.uv, "pip", "compile", *COMPILE, *options, f"{target.places.scratch}/requirements.in")
        result = target.run(command, RESOLVE_SECONDS, env)
        if result.ok:
            return _Resolved(result.stdout, options, env), ""
        resolver.raise_if_unreachable(_said(result))
        said = _said(result) if not said or "Failed to build" in result.stderr else said
        if "was not found in" in said or (env and "wheels" not in said):
            break
    return None, said


def _build(key: str, resolved: _Resolved, wanted: Requirements, target: Target) -> tuple[Finding, ...]:
    if target.sandbox.choose_environment(key):
        return ()
    place = target.places.environment
    made = target.run((target.uv, "venv", "--relocatable", "--allow-existing", "--quiet", place), 120.0)
    if not made.ok:
        return (resolver.finding(target.tidy(_said(made)), wanted),)
    if resolved.lock.strip():
        target.sandbox.add({"requirements.lock": resolved.lock.encode()})
        lock = f"{target.places.scratch}/requirements.lock"
        command = (target.uv, "pip", "install", "--no-deps", "--color", "never", *resolved.options)
        result = target.run((*command, "--python", target.python, "-r", lock), INSTALL_SECONDS, resolved.env)
        if result.timed_out:
            raise IndexUnavailableError(f"the requirements were not installed within {INSTALL_SECONDS:.0f} s")
        if not result.ok:
            resolver.raise_if_unreachable(_said(result))
            return (resolver.finding(target.tidy(_said(result)), wanted),)
    target.sandbox.seal_environment()
    return ()


def _key(lock: str, about: Mapping[str, str], fresh: bool) -> str:
    parts = [lock, about["version"], about["platform"], about["index"], uuid.uuid4().hex if fresh else ""]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _not_found(repo: Repo, wanted: Requirements, target: Target) -> tuple[Finding, ...]:
    """Ask the environment itself which imports nothing provides, before anything of the repository runs."""
    uses = [use for use in third_party_imports(repo).values() if not use.optional and not use.test]
    names = sorted({use.name.partition(".")[0] for use in uses if is_known(use.name)})
    found = target.ask(target.python, "find", *names) if names else {}
    lacking = [use for use in uses if found.get(use.name.partition(".")[0]) is False]
    return tuple(_missing(use.name, use.path, use.line, wanted) for use in lacking)


def _unlisted(repo: Repo, wanted: Requirements) -> tuple[Finding, ...]:
    """Tell which distributions the imports need where no file names any."""
    uses = [use for use in third_party_imports(repo).values() if not use.optional and not use.test]
    known = [use for use in uses if distributions(use.name)]
    if wanted.path or not known:
        return ()
    names = ", ".join(use.name for use in uses)
    needed = ", ".join(sorted({distributions(use.name)[0] for use in known}))
    message = f"no requirements file is there, and the code imports {names}: ModuleNotFoundError in a fresh environment"
    first = known[0]
    fix = f"write requirements.txt with: {needed}"
    return (Finding("install", "MissingRequirements", message, first.path, first.line, fix=fix),)


def _missing(name: str, path: str, line: int, wanted: Requirements) -> Finding:
    known = distributions(name)
    fix = f"add {known[0]!r} to {wanted.path or 'requirements.txt'}" if known else ""
    message = f"{name!r} is imported, and no requirement provides it"
    return Finding("install", "MissingRequirement", message, path, line, fix=fix)


def _said(result: ExecResult) -> str:
    return result.stderr.strip() or result.stdout.strip() or f"uv ended with {result.exit_code}"
