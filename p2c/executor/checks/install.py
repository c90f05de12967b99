"""The requirements into an environment of their own: resolved to a lock, installed once for each lock."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import unquote

from p2c.errors import IndexUnavailableError
from p2c.executor.checks import unread
from p2c.executor.instrumented_sandbox import InstrumentedSandbox
from p2c.executor.report import Finding
from p2c.executor.requirements import uv_errors
from p2c.executor.requirements.declared import Requirements, read_requirements
from p2c.executor.requirements.distributions import canonical, distributions, is_known, third_party_imports
from p2c.executor.requirements.lock import LockResult, ResolutionTarget, resolve, words
from p2c.executor.requirements.test_dependencies import extras, with_test_needs
from p2c.executor.session_cache import SessionCache
from p2c.repo import Repo
from p2c.run_contract import RunContract
from p2c.sandboxes.base import ExecResult

INSTALL_SECONDS = 1800.0


@dataclass(frozen=True)
class InstallOutcome:
    """What came of it; `lock` is the text of what is installed, `python` the version, `ready`: it can be used."""

    findings: tuple[Finding, ...] = ()
    lock: str = ""
    python: str = ""
    ready: bool = False


def install(
    repo: Repo, target: InstrumentedSandbox, contract: RunContract, known: SessionCache, fresh: bool = False
) -> InstallOutcome:
    """Make the environment of the repository's requirements the sandbox's own.

    The contract says which Python, and the requirements of which day; `fresh` builds the environment anew even
    where one of the same lock is there. What is `known` of the Pythons here and of these very requirements is not
    asked again. Raises IndexUnavailableError, SandboxError.
    """
    wanted = with_test_needs(repo, read_requirements(repo))
    target.sandbox.set_network("install")
    try:
        python, about = known.once(("python", contract.python), lambda: _about(target, contract.python))
        path = "p2c.toml" if contract.python else wanted.path
        unfit = _unfit(about["version"], contract.python or wanted.python, path)
        setting = ResolutionTarget(python, contract.era)
        # A path's requirements may change with the repository.
        named = all(line.name and not line.is_local for line in wanted.lines)
        resolved = known.once((wanted, setting) if named else object(), lambda: resolve(wanted, target, setting))
        resolved = replace(resolved, lock=_headed(resolved, contract))
        missing = (*_unlisted(repo, wanted), *_undated(resolved, contract), *unread.requirement_files(repo, wanted))
        if resolved.findings or unfit:
            dated = (as_of(finding, contract, about["version"]) for finding in resolved.findings)
            return InstallOutcome((*unfit, *dated, *missing), python=about["version"])
        sources = _sources(resolved.lock, repo, target.places.repo)
        key = _key((resolved.lock, sources), about, fresh)
        failed = _build(key, resolved, wanted, target, python)
    finally:
        target.sandbox.set_network("none")
    findings = (*(as_of(finding, contract, about["version"]) for finding in failed), *missing)
    if any(finding.gates for finding in findings):
        return InstallOutcome(findings, resolved.lock, about["version"])
    lacking = _not_found(repo, wanted, target, known, resolved.lock)
    return InstallOutcome((*findings, *lacking), resolved.lock, about["version"], ready=True)


def _about(target: InstrumentedSandbox, spec: str) -> tuple[str, dict[str, str]]:
    """The path of the Python that the contract asks for ('' for the sandbox's own), and what it says of itself."""
    own = _last_line(target.run(target.find_python(), 60.0)) or target.tool("python")
    about = dict(target.ask(own, "about"))
    if not spec or not _unfit(about["version"], spec, ""):
        return "", about
    other = _last_line(target.run(target.find_python(spec), 60.0))
    return (other, dict(target.ask(other, "about"))) if other.startswith("/") else ("", about)


def _last_line(result: ExecResult) -> str:
    return result.stdout.strip().split("\n")[-1] if result.ok else ""


def _headed(resolved: LockResult, contract: RunContract) -> str:
    """The lock, with the day that it is of."""
    if not contract.era or not resolved.lock.strip():
        return resolved.lock
    return f"# as of {contract.era}: [run] era in {place_of(contract)}\n{resolved.lock}"


def place_of(contract: RunContract) -> str:
    """Return the file in which a contract's era stands."""
    return "pyproject.toml" if contract.origin.startswith("pyproject.toml") else "p2c.toml"


def _undated(resolved: LockResult, contract: RunContract) -> tuple[Finding, ...]:
    if not resolved.undated:
        return ()
    names = ", ".join(resolved.undated)
    message = f"the package index does not say when {names} came out: taken as of today, not as of {contract.era}"
    return (Finding("install", "Undated", message, place_of(contract), gates=False, fix=f"pin {names}"),)


def as_of(finding: Finding, contract: RunContract, version: str) -> Finding:
    """Say of what could not be had as a wheel that the day may be why: no wheels for this Python came out by then."""
    if not contract.era or finding.rule not in ("BuildFailed", "NoWheel", "NoMatchingPython"):
        return finding
    message = f"as of [run] era {contract.era}, with Python {version}: {finding.message}"
    fix = "choose a later era, by when there were wheels for this Python, or ask for an older Python with [run] python"
    return replace(finding, message=message, fix=fix)


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


def _build(
    key: str, resolved: LockResult, wanted: Requirements, target: InstrumentedSandbox, python: str
) -> tuple[Finding, ...]:
    if target.sandbox.choose_environment(key):
        return ()
    place = target.places.environment
    chosen = ("--python", python) if python else ()
    venv = target.run((target.uv, "venv", "--relocatable", "--allow-existing", "--quiet", *chosen, place), 120.0)
    if not venv.ok:
        return (uv_errors.finding(target.tidy(words(venv)), wanted),)
    if resolved.lock.strip():
        target.sandbox.add({"requirements.lock": resolved.lock.encode()})
        lock = f"{target.places.scratch}/requirements.lock"
        command = (target.uv, "pip", "install", "--no-deps", "--color", "never", *resolved.options)
        result = target.run((*command, "--python", target.python, "-r", lock), INSTALL_SECONDS, resolved.env)
        if result.timed_out:
            raise IndexUnavailableError(f"the requirements were not installed within {INSTALL_SECONDS:.0f} s")
        if not result.ok:
            uv_errors.raise_if_unreachable(words(result), wanted)
            return (uv_errors.finding(target.tidy(words(result)), wanted),)
    target.sandbox.seal_environment()
    return ()


def _key(lock: tuple[str, ...], about: Mapping[str, str], fresh: bool) -> str:
    parts = [*lock, about["version"], about["platform"], about["index"], uuid.uuid4().hex if fresh else ""]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _sources(lock: str, repo: Repo, root: str) -> str:
    """Return a digest of the repository's own folders and archives that the lock names: they may be repaired."""
    named = re.findall(rf"^[^#\n]*?(?:file://{re.escape(root)}/?|(?<![^\s])\./)([^\s;#\[]*)", lock, re.MULTILINE)
    folders = [unquote(url).strip("/") for url in named]

    def is_in(path: str) -> bool:
        return any(not folder or path == folder or path.startswith(f"{folder}/") for folder in folders)

    files = {path: text for path, text in repo.files.items() if is_in(path)}
    assets = {path: place for path, place in repo.assets.items() if is_in(path)}
    return Repo(files, assets).digest if folders else ""


def _not_found(
    repo: Repo, wanted: Requirements, target: InstrumentedSandbox, known: SessionCache, lock: str
) -> tuple[Finding, ...]:
    """Ask the environment itself which imports nothing provides, before anything of the repository runs."""
    uses = [use for use in third_party_imports(repo).values() if not use.optional and not use.test]
    names = sorted({use.name.partition(".")[0] for use in uses if is_known(use.name)})
    ask = partial(target.ask, target.python, "find", *names)
    importable = known.once(("found", lock, *names), ask) if names else {}
    lacking = [use for use in uses if importable.get(use.name.partition(".")[0]) is False]
    optional = extras(repo)
    return tuple(_missing(use.name, use.path, use.line, wanted, optional) for use in lacking)


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


def _missing(name: str, path: str, line: int, wanted: Requirements, optional: Mapping[str, str]) -> Finding:
    known = distributions(name)
    extra = next((optional[distribution] for distribution in (*known, canonical(name)) if distribution in optional), "")
    if extra:
        message = f"{name!r} is imported, and only the extra {extra!r} provides it"
        return Finding("install", "MissingRequirement", message, path, line, gates=False)
    fix = f"add {known[0]!r} to {wanted.path or 'requirements.txt'}" if known else ""
    message = f"{name!r} is imported, and no requirement provides it"
    return Finding("install", "MissingRequirement", message, path, line, fix=fix)
