"""The checks, each a function from the work at hand to an outcome; the order and the needs stand in `CHECKS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from p2c.executor import command_lines, module_layout, parsers
from p2c.executor.checks import compile, design, install, left_out, lint, provenance, rules
from p2c.executor.checks.install import InstallOutcome
from p2c.executor.instrumented_sandbox import InstrumentedSandbox, no_option
from p2c.executor.report import Finding
from p2c.executor.session_cache import SessionCache
from p2c.repo import Repo
from p2c.run_contract import Interface, RunContract

TOOL_SECONDS = 600.0


@dataclass(frozen=True)
class CheckRequest:
    """What to check. `promises` (path -> interface) are for `design`, `paper_text` for `provenance`: without
    them these are not done. `only` names checks to do (with what they need), `skip` those to leave out.

    `fresh` builds the environment anew even if one of the same lock is there. `allow_network` is a person's consent:
    a contract that asks for the network, which generated code may have written, has it only with that.
    """

    contract: RunContract = field(default_factory=RunContract)
    promises: Mapping[str, Interface] = field(default_factory=dict)
    only: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()
    types_gate: bool = False
    fresh: bool = False
    allow_network: bool = False
    paper_text: str = ""
    known: SessionCache = field(default_factory=SessionCache, compare=False)
    """What is not asked again, and is added to."""


@dataclass(frozen=True)
class CheckContext:
    """What a check works with: what is to be checked of the repository, and what earlier checks brought out."""

    repo: Repo
    request: CheckRequest
    target: InstrumentedSandbox
    whole: Repo
    """The repository as it lies in the sandbox, with what the contract excludes."""
    installed: InstallOutcome = field(default_factory=InstallOutcome)
    broken: frozenset[str] = frozenset()
    """Files that do not compile."""
    read_ahead: Callable[[], tuple[Finding, ...]] = tuple
    """What this check's `ahead` found; waits for it."""

    @property
    def scripts(self) -> tuple[str, ...]:
        """The files that the smoke commands start."""
        return command_lines.scripts(self.request.contract, self.repo)

    def absolute(self, folders: tuple[str, ...]) -> str:
        """Return folders of the repository as entries of sys.path, joined."""
        root = self.target.places.repo
        return ":".join(f"{root}/{folder}" if folder else root for folder in folders)


@dataclass(frozen=True)
class CheckOutcome:
    """What a check found; `skipped` says in `note` why nothing was really checked."""

    findings: tuple[Finding, ...] = ()
    skipped: bool = False
    note: str = ""
    installed: InstallOutcome | None = None


@dataclass(frozen=True)
class Check:
    """A check's name, what it does, and which checks have to have passed before.

    `ahead` is the part that needs nothing but the text: it is worked out beside the checks that come before.
    """

    name: str
    run: Callable[[CheckContext], CheckOutcome]
    needs: tuple[str, ...] = ()
    ahead: Callable[[CheckContext], tuple[Finding, ...]] | None = None


def check_compile(work: CheckContext) -> CheckOutcome:
    """Compile every file under the Python that is going to run it."""
    files = work.repo.python_files()
    errors: dict[str, dict[str, object]] = {}
    for portion in module_layout.portions(files):
        errors |= work.target.compile(compiler(work), portion)
    findings = (*compile.findings(errors, work.repo), *compile.damaged(work.repo), *left_out.uncompiled(work.repo))
    return CheckOutcome(findings) if files or findings else CheckOutcome(skipped=True, note="there is no Python file")


def compiler(work: CheckContext) -> str:
    """Return the interpreter that compiles: the one that the environment is going to be made of."""
    asked = work.request.contract.python
    return work.request.known.once(("compiler", asked), lambda: _compiler(work))


def _compiler(work: CheckContext) -> str:
    result = work.target.run(work.target.find_python(work.request.contract.python), 60.0)
    last = result.stdout.strip().split("\n")[-1]
    return last if result.ok and last.startswith("/") else work.target.tool("python")


def read_design(work: CheckContext) -> tuple[Finding, ...]:
    """Compare the files with what the plan promised."""
    return design.check(work.repo, work.request.promises)


def read_rules(work: CheckContext) -> tuple[Finding, ...]:
    """Hold the files against p2c's own rules."""
    return rules.check(work.repo)


def read_provenance(work: CheckContext) -> tuple[Finding, ...]:
    """Look up in the paper what the configuration claims to have from it."""
    return provenance.check(work.repo, work.request.paper_text)


def check_text(work: CheckContext) -> CheckOutcome:
    """Tell what reading the text alone has found."""
    return CheckOutcome(work.read_ahead())


def check_lint(work: CheckContext) -> CheckOutcome:
    """Run ruff without anybody's settings, and p2c's own rules."""
    findings = lint.lint(work.target, work.repo, work.broken) if work.repo.python_files() else ()
    everything = (
        *findings,
        *work.read_ahead(),
        *left_out.unread(work.whole),
        *left_out.unanalysed(work.repo, work.broken),
    )
    return CheckOutcome(tuple(sorted(everything, key=lambda f: (f.path or "", f.line or 0, f.rule))))


def check_install(work: CheckContext) -> CheckOutcome:
    """Install the requirements into the environment."""
    request = work.request
    outcome = install.install(work.repo, work.target, request.contract, request.known, request.fresh)
    return CheckOutcome(outcome.findings, installed=outcome)


def check_types(work: CheckContext) -> CheckOutcome:
    """Run mypy over everything but the tests, with the environment's packages."""
    files = [path for path in work.repo.python_files() if not module_layout.is_test(path) and path not in NOT_TYPED]
    if not files:
        besides = " besides tests and set-up files" if work.repo.python_files() else ""
        return CheckOutcome(skipped=True, note=f"there is no Python file{besides}")
    gates = work.request.types_gate or "types" in work.request.contract.gate
    if sum(map(len, files)) > MOST_TYPED:
        return _untyped(gates, f"there are more files than mypy can be given ({len(files):,})")
    target, roots = work.target, module_layout.roots(work.repo, (*work.scripts, *module_layout.starts(work.repo)))
    argv = (
        target.tool("mypy"),
        *("--output", "json", "--config-file=", "--check-untyped-defs", "--no-error-summary"),
        *("--explicit-package-bases", "--namespace-packages", "--ignore-missing-imports"),
        *("--python-executable", target.python, "--cache-dir", f"{target.places.scratch}/mypy"),
        *("--", *map(no_option, files)),
    )
    result = target.run(argv, TOOL_SECONDS, {"MYPYPATH": work.absolute(roots)})
    if result.timed_out or result.oom_killed:
        return _untyped(gates, "mypy did not end within its limits")
    findings = parsers.mypy(result.stdout, target.places)
    if result.exit_code not in (0, 1) and not findings:
        last = (target.tidy(result.stderr or result.stdout).strip().split("\n") or [""])[-1]
        return _untyped(gates, f"mypy could not read the repository: {last[:300]}")
    return CheckOutcome(tuple(replace(finding, gates=finding.gates and gates) for finding in findings))


def _untyped(gates: bool, why: str) -> CheckOutcome:
    """Where types gate, what mypy did not look at is no pass."""
    findings = (
        (Finding("types", "NotAnalysed", why, fix="take out of what is checked what mypy dies of"),) if gates else ()
    )
    return CheckOutcome(findings, skipped=not gates, note=why)


MOST_TYPED = 1_000_000
"""Characters of file names."""
NOT_TYPED = frozenset({"setup.py", "noxfile.py", "conftest.py"})
