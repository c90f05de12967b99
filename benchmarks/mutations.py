"""Random damage to what p2c reads of strangers: no crash, no hang, and an exit code that is no fault of the runner's.

python -m benchmarks.mutations [--examples 10000] [--real 40] [--kind NAME]... [--seed 0]

Real texts are damaged by hypothesis at the level of bytes, of tokens and of structure. Each example is a folder that
`p2c check` is called on in this process, the whole command with all its formats, but for programs: a sandbox that runs
none answers for ruff. A paper is read as the reader's own process reads it. `--real` are checked by a p2c of their own
with the real sandbox, install and smoke run included. An example that takes longer than SECONDS counts as a hang.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from benchmarks.damage import damaged
from benchmarks.damaged_state import damage_and_go_on
from benchmarks.originals import ORIGINALS, PAPERS, REPOSITORY
from p2c.repo import Repo
from p2c.sandboxes.base import Command, ExecResult, Feature, Network, OnOutput, Places

SECONDS = 60.0
ALLOWED = frozenset({0, 1, 2, 5})
STATE = "state"
"""The kind of example in which p2c's own files are damaged."""
KINDS = (*ORIGINALS, STATE)
FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab", "markdown")


class NoPrograms:
    """A sandbox in form that runs nothing: the compiler answers from this process, ruff finds nothing."""

    backend = "none"
    features: frozenset[Feature] = frozenset()
    places = Places("/repo", "/environment", "/tools", "/scratch")

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, bytes] = {}

    def put(self, repo: Repo) -> None:
        """Add what the folder does not have: the scripts of notebooks."""
        for path, text in repo.files.items():
            if not (self.root / path).exists():
                (self.root / path).write_bytes(text.encode("utf-8", "surrogateescape"))

    def add(self, files: Mapping[str, bytes]) -> None:
        """Keep nothing of it."""

    def exec(self, command: Command, on_output: OnOutput | None = None) -> ExecResult:
        """Answer for ruff; anything else fails."""
        words = list(command.argv)
        if "--output-file" in words:
            self.files[words[words.index("--output-file") + 1]] = b"[]"
            return ExecResult(command, 0)
        return ExecResult(command, 1)

    def get(self, path: str) -> bytes | None:
        """Return an answer."""
        return self.files.get(path)

    def set_network(self, mode: Network) -> None:
        """There is none."""

    def choose_environment(self, key: str) -> bool:
        """There is none."""
        return False

    def seal_environment(self) -> None:
        """There is none."""

    def close(self) -> None:
        """Nothing is left behind."""


def write_repository(root: Path, path: str, text: str) -> None:
    """Write the small repository, with one of its files as this text."""
    for name, told in {**REPOSITORY, path: text}.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(told.encode("utf-8", "surrogateescape"))
    if path != "requirements.txt" and path in ("pyproject.toml", "environment.yml", "setup.cfg"):
        (root / "requirements.txt").unlink()


def checked(root: Path, inside: bool) -> int:
    """Check a folder from within or from beside it, in all formats, and read what else is read on this side."""
    words = ["check", "." if inside else root.name, "--only", "compile", "--only", "lint", "--notebooks"]
    for form in FORMATS:
        words += ["--format", form, "-o", str(root.parent / f"out.{form}")]
    code = called(root, words, root if inside else root.parent)
    with contextlib.chdir(root):
        _read_more()
    return code


def called(root: Path, words: Sequence[str], folder: Path | None = None) -> int:
    """Carry a p2c command about a folder out in this process, from another one (that beside it); return its exit code.

    Raises AssertionError where that is none that a repository may lead to, and what is no error of p2c's.
    """
    from click.testing import CliRunner

    from p2c.cli import cli
    from p2c.executor.checks.install import InstallOutcome

    with contextlib.ExitStack() as held:
        held.enter_context(patch("p2c.sandboxes.open_sandbox", lambda name, options=None: NoPrograms(root)))
        held.enter_context(patch("p2c.executor.instrumented_sandbox.InstrumentedSandbox.compile", _compiled))
        held.enter_context(patch("p2c.executor.checks.install.install", lambda *asked: InstallOutcome()))
        held.enter_context(contextlib.chdir(folder or root.parent))
        done = CliRunner().invoke(cli, list(words), catch_exceptions=False)
    if done.exit_code not in ALLOWED:
        raise AssertionError(f"{words[0]}: exit {done.exit_code}: {done.output[-300:]}")
    return done.exit_code


def _compiled(target: Any, python: str, paths: Sequence[str]) -> dict[str, Any]:
    """Compile here, as the probe does it inside."""
    from p2c.executor.in_sandbox._p2c_probe import compile_all

    with contextlib.chdir(target.sandbox.root):
        return compile_all(list(paths))


def _read_more() -> None:
    """What the checks that run programs read on this side: requirements, imports, modules, advice."""
    from p2c.errors import InputError
    from p2c.executor import module_layout
    from p2c.executor.report import Finding
    from p2c.executor.requirements import declared, distributions, test_dependencies
    from p2c.repair import next_steps
    from p2c.repair.fixers.configuration import text_edits, yaml_numbers
    from p2c.repair.fixers.source import escaped_lines
    from p2c.repo import read

    try:
        repo = read(Path())
    except InputError:
        return
    test_dependencies.with_test_needs(repo, declared.read_requirements(repo))
    test_dependencies.extras(repo)
    distributions.third_party_imports(repo)
    module_layout.modules(repo)
    next_steps.advice(Finding("smoke", "Timeout", "it was not done"), repo)
    for path in text_edits.config_files(repo):
        list(text_edits.tables(repo.files[path]))
        escaped_lines._is_better(path, repo.files[path], repo.files[path])
        yaml_numbers._respelled(repo.files[path])


def read_here(paper: Path) -> int:
    """Read a paper as the reader's process does; 2 is an InputError."""
    from p2c.generator.readers.local_files import paper_data
    from p2c.limited_process import _called

    told = _called(paper_data, {"what": paper.name, "words": [str(paper), ""], "memory": 0})
    return 2 if "error" in told else 0


def example(kind: str, text: str, root: Path) -> int:
    """Carry one example out in an empty folder; return the exit code."""
    if kind in PAPERS:
        (root / kind).write_bytes(text.encode("utf-8", "surrogateescape"))
        (root / "more.tex").write_text("It is more of the same.")
        return read_here(root / kind)
    write_repository(root / "repo", *(("README.md", ORIGINALS["README.md"]) if kind == STATE else (kind, text)))
    if kind == STATE:
        return damage_and_go_on(root / "repo", int(text), called)
    return checked(root / "repo", inside=len(text) % 4 == 0)


@contextlib.contextmanager
def on_time(seconds: float = SECONDS) -> Iterator[None]:
    """Raise TimeoutError in the block where it takes longer."""

    def late(number: int, frame: Any) -> None:
        raise TimeoutError(f"not done after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def run_kind(kind: str, examples: int, start: int) -> dict[str, Any]:
    """Carry so many examples out; return exit codes with their counts, the longest time, and the failures."""
    codes: Counter[int] = Counter()
    failures: list[str] = []
    longest = 0.0

    @seed(start)
    @settings(
        max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    @given(st.integers(0, 10**9).map(str) if kind == STATE else damaged(ORIGINALS[kind], kind))
    def attempt(text: str) -> None:
        nonlocal longest
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="p2c-mutation-") as folder:
            try:
                with on_time():
                    code = example(kind, text, Path(folder))
                codes[code] += 1
                why = ""
            except Exception as error:  # every crash is told, and the next example comes
                why = f"{type(error).__name__}: {str(error)[:200]}"
        longest = max(longest, time.monotonic() - begun)
        if why:
            failures.append(f"{why}\n{text[:300]!r}")

    attempt()
    return {"kind": kind, "codes": dict(codes), "longest": round(longest, 2), "failures": failures}


def run_real(kind: str, text: str) -> int:
    """Check an example with a p2c of its own: the real sandbox, with install and smoke run."""
    with tempfile.TemporaryDirectory(prefix="p2c-mutation-") as folder:
        write_repository(Path(folder) / "repo", kind, text)
        argv = [sys.executable, "-P", "-m", "p2c", "check", str(Path(folder) / "repo"), "--quiet", "--timeout", "20"]
        return subprocess.run(argv, capture_output=True, timeout=20 * SECONDS, check=False).returncode


def real_examples(kinds: Sequence[str], count: int, start: int) -> Counter[int]:
    """Check some examples for real; returns exit codes with their counts."""
    texts: list[tuple[str, str]] = []
    chosen = [kind for kind in kinds if kind not in PAPERS and kind != STATE]

    @seed(start)
    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.sampled_from(chosen).flatmap(lambda kind: st.tuples(st.just(kind), damaged(ORIGINALS[kind], kind))))
    def note(made: tuple[str, str]) -> None:
        texts.append(made)

    note()
    return Counter(run_real(*made) for made in texts[:count])


def _told(result: Mapping[str, Any], examples: int, seconds: float) -> str:
    codes = ", ".join(f"{code}: {count}" for code, count in sorted(result["codes"].items()))
    failed = len(result["failures"])
    return f"| `{result['kind']}` | {examples} | {codes} | {failed} | {result['longest']} | {seconds:.0f} |"


def _in_a_process(kind: str, examples: int, start: int) -> dict[str, Any]:
    """Each kind in a process of its own, with limited memory."""
    argv = [sys.executable, "-P", "-m", "benchmarks.mutations", "--worker", kind, str(examples), str(start)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        return {"kind": kind, "codes": {}, "longest": 0, "failures": [f"the process ended with {done.returncode}"]}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--real", type=int, default=40)
    parser.add_argument("--kind", action="append", choices=KINDS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worker", nargs=3)
    return parser.parse_args(argv)


def main() -> None:
    """Print a table, and what failed."""
    told = _parse(sys.argv[1:])
    if told.worker:
        resource.setrlimit(resource.RLIMIT_AS, (6_000_000_000, 6_000_000_000))
        kind, examples, start = told.worker
        print(json.dumps(run_kind(kind, int(examples), int(start))))
        return
    kinds = told.kind or list(KINDS)
    each = -(-told.examples // len(kinds))
    print(
        "| what is damaged | examples | exit codes | failures | longest, s | all, s |\n|---|--:|---|--:|--:|--:|",
        flush=True,
    )
    failures: list[str] = []
    for kind in kinds:
        begun = time.monotonic()
        result = _in_a_process(kind, each, told.seed)
        failures += [f"{kind}: {one}" for one in result["failures"]]
        print(_told(result, each, time.monotonic() - begun), flush=True)
    if told.real:
        print(f"{told.real} for real: {dict(real_examples(kinds, told.real, told.seed))}")
    print("\n".join(failures[:20]))
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
