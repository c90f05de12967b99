"""The run itself: the contract's commands under the recorder, what they left, and the tests."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from p2c.errors import UnreadableTextError
from p2c.executor import commands, layout, parsers
from p2c.executor.checks import Outcome, Work
from p2c.executor.commands import Prepared
from p2c.executor.report import Finding
from p2c.executor.target import Recorded
from p2c.repo import Repo, safe_path
from p2c.untrusted_text import load_json

KEEP = ".p2c-keep"


def check_smoke(work: Work) -> Outcome:
    """Run each command from a clean copy, without network unless that is allowed; then look at the artifacts."""
    contract = work.request.contract
    lines = commands.prepared(contract, work.repo)
    if not lines:
        return Outcome(skipped=True, note=f"no command to run was found ({contract.origin})")
    work.target.sandbox.put(without_artifacts(work.whole, contract.artifacts))
    found: list[Finding] = []
    allowed = contract.network and work.request.allow_network
    running = replace(work, target=work.target.online()) if allowed else work
    for line in lines:
        found += _run(running, line)
    cut = contract.network and not allowed and "network" in work.target.sandbox.features
    if cut and any(finding.gates for finding in found):
        found.insert(0, _not_allowed(work))
    elif not any(finding.gates for finding in found):
        found += [one for path in contract.artifacts for one in artifact(work, path)]
    starts = all(line.only_starts for line in lines)
    if starts and not found:
        return Outcome(skipped=True, note=f"only the help was shown ({contract.origin}): that proves no run")
    return Outcome(tuple(found), note=contract.origin)


def without_artifacts(repo: Repo, artifacts: tuple[str, ...]) -> Repo:
    """Return the repository without old results, so that only a run can leave them; their folders stay."""
    stale = [path for path in artifacts if path in repo.files or path in repo.assets]
    folders = {path.rpartition("/")[0] for path in stale}
    kept: dict[str, str | None] = {f"{folder}/{KEEP}": "" for folder in folders if folder}
    return repo.with_files({**kept, **dict.fromkeys(stale)})


def run_line(work: Work, line: Prepared) -> Recorded:
    """Run one prepared command; what is not Python runs as it is."""
    target, timeout = work.target, work.request.contract.timeout
    roots = "" if line.mode == "script" and not _is_project(work.repo) else work.absolute(_packages(work.repo))
    env = dict(line.env)
    if line.mode == "plain":
        return Recorded(target.run(line.argv, timeout, env), {})
    if line.mode == "pytest":
        return test_run(work, line.arguments, timeout, env)
    return target.record((target.python, *line.flags), (roots, line.mode, line.target, *line.arguments), timeout, env)


def _run(work: Work, line: Prepared) -> Iterator[Finding]:
    run = run_line(work, line)
    places = work.target.places
    if run.result.ok:
        for data in run.data.get("threads") or []:
            yield replace(parsers.error("smoke", data, places), gates=False)
        yield from parsers.logged("smoke", line.line, run, places)
    elif line.mode == "pytest":
        yield from parsers.tests(run, places, "smoke")
    else:
        yield parsers.failure("smoke", line.line, run, places)


def _not_allowed(work: Work) -> Finding:
    """Say that a run that failed was promised the network, and how a person allows it."""
    origin = work.request.contract.origin
    place = origin.split()[0] if origin.split()[0] in work.repo.files else None
    what = "the run contract asks for the network (network = true), and the smoke run, which failed, had none"
    fix = (
        "let the smoke run do without: small synthetic data, nothing downloaded. Or, if you trust this code with "
        "your network, check, repair or build with --allow-network (allow_network = true in your own settings)"
    )
    return Finding("smoke", "NetworkNotAllowed", what, place, fix=fix)


def artifact(work: Work, path: str) -> Iterator[Finding]:
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


def _is_filled_folder(work: Work, path: str) -> bool:
    place = f"{work.target.places.repo}/{safe_path(path)}"
    code = "import os,sys; sys.exit(not any(f for _, _, f in os.walk(sys.argv[1])))"
    return work.target.run((work.target.tool("python"), "-I", "-c", code, place), 60.0).ok


def _is_project(repo: Repo) -> bool:
    return "setup.py" in repo.files or "[build-system]" in repo.files.get("pyproject.toml", "")


def _packages(repo: Repo) -> tuple[str, ...]:
    """Return where a project's own packages are: they count as installed, though nothing of it is built."""
    return layout.roots(repo) if _is_project(repo) else ()


def check_test(work: Work) -> Outcome:
    """Run pytest; no tests, or none that was not skipped, is no pass."""
    if not any(layout.is_test(path) and not path.endswith("conftest.py") for path in work.repo.python_files()):
        return Outcome(skipped=True, note="there are no tests")
    run = test_run(work, (), max(work.request.contract.timeout, 300.0), {})
    counts = run.data.get("counts") or {}
    if run.result.exit_code == 5:
        return Outcome(skipped=True, note="pytest collected no tests")
    if run.result.ok and not counts.get("passed"):
        return Outcome(skipped=True, note="every test was skipped")
    if run.result.ok:
        return Outcome(note=", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    return Outcome(tuple(parsers.tests(run, work.target.places, "test")))


def test_run(work: Work, arguments: tuple[str, ...], timeout: float, env: dict[str, str]) -> Recorded:
    """Run pytest under the environment's Python, with p2c's own pytest behind the environment's packages."""
    target = work.target
    paths = work.absolute(_packages(work.repo))
    return target.record_tests((paths, *arguments), timeout, env)
