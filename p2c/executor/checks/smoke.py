"""The run itself: the contract's commands under the recorder, what they left, and the tests."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator
from dataclasses import replace

from p2c.errors import UnreadableTextError
from p2c.executor import command_lines, module_layout, parsers
from p2c.executor.checks import endings, reported_tests, untried
from p2c.executor.checks.base import CheckContext, CheckOutcome
from p2c.executor.command_lines import PreparedCommand
from p2c.executor.instrumented_sandbox import Program
from p2c.executor.report import Finding
from p2c.executor.run_records import RunRecord
from p2c.repo import Repo, safe_path
from p2c.untrusted_text import load_json

KEEP = ".p2c-keep"


def check_smoke(work: CheckContext) -> CheckOutcome:
    """Run each command from a clean copy, without network unless that is allowed; then look at the artifacts."""
    contract = work.request.contract
    lines = command_lines.prepared(contract, work.repo)
    if not lines:
        return CheckOutcome(skipped=True, note=f"no command to run was found ({contract.origin})")
    work.target.sandbox.put(without_artifacts(work.whole, contract.artifacts))
    findings: list[Finding] = []
    allowed = contract.network and work.request.allow_network
    running = replace(work, target=work.target.online()) if allowed else work
    for line in lines:
        findings += _run(running, line)
    cut = contract.network and not allowed and "network" in work.target.sandbox.features
    if cut and any(finding.gates for finding in findings):
        findings = [_not_allowed(work), *(replace(finding, gates=False) for finding in findings)]
    step = untried.step(findings)
    if step and not any(finding.gates for finding in findings):
        return CheckOutcome(tuple(findings), skipped=True, note=f"{contract.origin}: {step}")
    if not any(finding.gates for finding in findings):
        findings += [finding for path in contract.artifacts for finding in artifact(work, path)]
    starts = all(line.only_starts for line in lines)
    if starts and not findings:
        return CheckOutcome(skipped=True, note=f"only the help was shown ({contract.origin}): that proves no run")
    return CheckOutcome(tuple(findings), note=contract.origin)


def without_artifacts(repo: Repo, artifacts: tuple[str, ...]) -> Repo:
    """Return the repository without old results, so that only a run can leave them; their folders stay."""
    stale = [path for path in artifacts if path in repo.files or path in repo.assets]
    folders = {path.rpartition("/")[0] for path in stale}
    kept: dict[str, str | None] = {f"{folder}/{KEEP}": "" for folder in folders if folder}
    return repo.with_files({**kept, **dict.fromkeys(stale)})


def run_line(work: CheckContext, line: PreparedCommand) -> RunRecord:
    """Run one prepared command; what is not Python runs as it is."""
    target, timeout = work.target, work.request.contract.timeout
    roots = "" if line.mode == "script" and not _is_project(work.repo) else work.absolute(_packages(work.repo))
    job = Program((), timeout, env=line.env, folder=line.folder)
    if line.mode == "plain":
        return target.record(replace(job, argv=line.argv, entry=()))
    if line.mode == "pytest":
        return test_run(work, replace(job, words=line.arguments))
    words = (roots, line.mode, line.target, *line.arguments)
    return target.record(replace(job, argv=(target.python, *line.flags), words=words))


def _run(work: CheckContext, line: PreparedCommand) -> Iterator[Finding]:
    run = run_line(work, line)
    yield from untried.judge(_findings(work, line, run), run, work.request.contract)


def _findings(work: CheckContext, line: PreparedCommand, run: RunRecord) -> Iterator[Finding]:
    places = work.target.places
    if run.result.ok:
        yield from endings.unfinished("smoke", line.line, run, places)
        yield from endings.at_work("smoke", line.line, run, places, work.repo)
        for data in run.data.get("threads") or []:
            yield replace(parsers.error("smoke", data, places), gates=False)
        yield from parsers.logged("smoke", line.line, run, places)
    elif line.mode == "pytest":
        yield from parsers.tests(run, places, "smoke")
    else:
        yield parsers.failure("smoke", line.line, run, places)


def _not_allowed(work: CheckContext) -> Finding:
    """Say that a run that failed was promised the network, and how a person allows it."""
    origin = work.request.contract.origin
    place = origin.split()[0] if origin.split()[0] in work.repo.files else None
    what = "the run contract asks for the network (network = true), and the smoke run, which failed, had none"
    fix = (
        "let the smoke run do without: small synthetic data, nothing downloaded. Or, if you trust this code with "
        "your network, check, repair or build with --allow-network (allow_network = true in your own settings)"
    )
    return Finding("smoke", "NetworkNotAllowed", what, place, gates=False, fix=fix)


def artifact(work: CheckContext, path: str) -> Iterator[Finding]:
    """Yield what is wrong with a promised result: missing, empty, unreadable, numbers that are not finite."""
    data = work.target.sandbox.get(f"{work.target.places.repo}/{safe_path(path)}")
    if data is None:
        if not _is_filled_folder(work, path):
            what = f"the run left no {path}, which the run contract promises"
            yield Finding("smoke", "ArtifactMissing", what, path, fix="write it at the end of the run")
    elif not data.strip():
        yield Finding("smoke", "ArtifactEmpty", f"the run left {path} empty", path)
    elif path.endswith(".json"):
        try:
            tree = load_json(data)
        except UnreadableTextError as error:
            yield Finding("smoke", "ArtifactUnreadable", f"{path} is no JSON: {error}", path)
            return
        for key in list(not_finite(tree))[:5]:
            yield Finding("smoke", "NotFinite", f"{path}: {key or 'the value'} is not a finite number", path)


def not_finite(tree: object) -> Iterator[str]:
    """Yield the place of each NaN or infinity in JSON data, each list once."""
    stack: list[tuple[str, object]] = [("", tree)]
    while stack:
        key, value = stack.pop()
        if isinstance(value, float) and not math.isfinite(value):
            yield key
        elif isinstance(value, dict):
            stack += [(f"{key}.{name}".lstrip("."), item) for name, item in reversed(value.items())]
        elif isinstance(value, list):
            bad = next((i for i, item in enumerate(value) if isinstance(item, float) and not math.isfinite(item)), None)
            stack += [(f"{key}[{i}]", item) for i, item in enumerate(value) if i == bad or not isinstance(item, float)]


def _is_filled_folder(work: CheckContext, path: str) -> bool:
    place = f"{work.target.places.repo}/{safe_path(path)}"
    code = "import os,sys; sys.exit(not any(f for _, _, f in os.walk(sys.argv[1])))"
    return work.target.run((work.target.tool("python"), "-I", "-c", code, place), 60.0).ok


def _is_project(repo: Repo) -> bool:
    return "setup.py" in repo.files or "[build-system]" in repo.files.get("pyproject.toml", "")


def _packages(repo: Repo) -> tuple[str, ...]:
    """Return where a project's own packages are: they count as installed, though nothing of it is built."""
    return module_layout.roots(repo) if _is_project(repo) else ()


def check_test(work: CheckContext) -> CheckOutcome:
    """Run pytest; no tests, or none that was not skipped, is no pass."""
    if not any(module_layout.is_test(path) and not path.endswith("conftest.py") for path in work.repo.python_files()):
        return CheckOutcome(skipped=True, note="there are no tests")
    work.target.sandbox.put(work.whole)
    run = test_run(work, Program((), max(work.request.contract.timeout, 300.0)))
    counts = run.data.get("counts") or {}
    if run.result.exit_code == 5:
        return CheckOutcome(tuple(reported_tests.check(work.repo, run)), skipped=True, note="pytest collected no tests")
    if not run.result.ok:
        return CheckOutcome(tuple(parsers.tests(run, work.target.places, "test")))
    findings = [*endings.unfinished("test", "pytest", run, work.target.places), *reported_tests.check(work.repo, run)]
    if not any(finding.gates for finding in findings):
        findings += _control(work)
    if not counts.get("passed") and not findings:
        return CheckOutcome(skipped=True, note="every test was skipped")
    return CheckOutcome(tuple(findings), note=", ".join(f"{count} {name}" for name, count in sorted(counts.items())))


def _control(work: CheckContext) -> list[Finding]:
    """Where files of the repository can change what pytest says, see that it says of a failing test that it fails."""
    explained = reported_tests.influences(work.repo)
    if not explained:
        return []
    folders = {path.rpartition("/")[0] for path in reported_tests.written(work.repo)}
    name = f"test_{uuid.uuid4().hex[:12]}.py"
    every = [f"{folder}/{name}".lstrip("/") for folder in sorted(folders)]
    controls = every[:CONTROLS]
    work.target.sandbox.put(work.whole.with_files(dict.fromkeys(controls, CONTROL)))
    run = test_run(
        work, Program((), max(work.request.contract.timeout, 300.0), words=tuple(f"./{p}" for p in controls))
    )
    work.target.sandbox.put(work.whole)
    if run.result.exit_code == 1 or not controls:
        return _uncontrolled(every[CONTROLS:])
    where = explained[0]
    what = (
        f"pytest does not say of a test that fails that it fails ({len(controls)} were added, and it ended with "
        f"{run.result.exit_code}); what can change tests here: {where.what}"
    )
    return [Finding("test", "ControlPassed", what, where.path, where.line)]


def _uncontrolled(left: list[str]) -> list[Finding]:
    """Say in which folders no control test was run."""
    if not left:
        return []
    what = f"{len(left)} of the folders with tests got no control test, for only {CONTROLS} do; first {left[0]}"
    return [Finding("test", "TestsLeftOut", what, left[0].rpartition("/")[0], gates=False)]


CONTROLS = 20
"""Folders with tests in which a test that has to fail is added: each costs pytest a collection."""
CONTROL = "def test_that_fails():\n    assert [1] == [2]\n"


def test_run(work: CheckContext, job: Program) -> RunRecord:
    """Run pytest under the environment's Python, with p2c's own pytest behind the environment's packages."""
    return work.target.record_tests(replace(job, words=(work.absolute(_packages(work.repo)), *job.words)))
