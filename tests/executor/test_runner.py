"""Real small repositories through all checks, in real processes, with nothing from an index."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from p2c.errors import UsageError
from p2c.executor.report import Report
from p2c.executor.runner import CheckRequest, CheckRun, run_checks
from p2c.journal import Event, Journal
from p2c.repo import Repo
from p2c.run_contract import Class, Function, Interface, RunContract
from tests.executor.plain_sandbox import PlainSandbox

MAIN = """
import json, os
from model import mean

if __name__ == "__main__":
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"mean": mean([1.0, 2.0])}, stream)
"""
GOOD = {
    "main.py": MAIN,
    "model.py": "def mean(values):\n    return sum(values) / len(values)\n",
    "test_model.py": "from model import mean\n\n\ndef test_mean():\n    assert mean([1, 3]) == 2\n",
    "requirements.txt": "# nothing but Python\n",
}
CONTRACT = RunContract(smoke=("python main.py",), artifacts=("outputs/metrics.json",), timeout=30)
NO_TYPES = frozenset({"types"})


@pytest.fixture
def sandbox(tmp_path: Path) -> PlainSandbox:
    return PlainSandbox(tmp_path)


def check(sandbox: PlainSandbox, files: dict[str, str], contract: RunContract = CONTRACT, **more: object) -> CheckRun:
    settings: dict[str, object] = {"contract": contract, "skip": NO_TYPES, **more}
    return run_checks(Repo({**GOOD, **files}), CheckRequest(**settings), sandbox, Journal())  # type: ignore[arg-type]


def rules(report: Report, name: str) -> list[str]:
    return [finding.rule for finding in report.findings if finding.check == name]


def test_a_repository_that_runs(sandbox: PlainSandbox) -> None:
    events: list[Event] = []
    request = CheckRequest(CONTRACT)
    done = run_checks(Repo(GOOD), request, sandbox, Journal(listeners=(events.append,)))
    assert done.report.verdict == "runs"
    assert [(r.check, r.status) for r in done.report.results] == [
        (name, "passed") for name in ("compile", "lint", "install", "types", "import", "smoke", "test")
    ]
    assert done.python.startswith("3.")
    names = [event.name for event in events]
    assert names.count("check.started") == names.count("check.ended") == 7
    assert names[-1] == "repo.checked"
    assert events[1].data["name"] == "compile"
    assert events[-1].data["verdict"] == "runs"
    assert sandbox.network == "none"


def test_an_exception_has_span_frames_and_shapes_of_locals(sandbox: PlainSandbox) -> None:
    model = "def mean(values):\n    scale = {}\n    return scale['x'] * sum(values)\n"
    done = check(sandbox, {"model.py": model})
    (finding,) = [f for f in done.report.findings if f.check == "smoke"]
    assert (finding.rule, finding.message, finding.path, finding.line) == ("KeyError", "'x'", "model.py", 3)
    assert [(frame.path, frame.function) for frame in finding.frames] == [("main.py", "<module>"), ("model.py", "mean")]
    assert finding.frames[-1].locals == {"values": "list [1.0, 2.0]", "scale": "dict of 0: "}
    assert str(sandbox.root) not in json.dumps(finding.detail)
    assert done.report.verdict == "broken"
    assert rules(done.report, "test") == ["KeyError"]


def test_fingerprints_do_not_depend_on_the_place(tmp_path: Path) -> None:
    model = {"model.py": "def mean(values):\n    raise OSError(__file__, object())\n"}
    first, second = (check(PlainSandbox(tmp_path / name), model) for name in ("one", "another"))
    assert first.report.fingerprint == second.report.fingerprint
    assert [f.message for f in first.report.findings] == [f.message for f in second.report.findings]


def test_a_loop_is_found_by_its_line(sandbox: PlainSandbox) -> None:
    model = "def mean(values):\n    while True:\n        values = values[:]\n"
    contract = RunContract(smoke=("python main.py",), timeout=2)
    done = check(sandbox, {"model.py": model}, contract, only=frozenset({"smoke"}))
    (finding,) = done.report.findings
    assert finding.rule in ("Timeout", "UntriedBusy")  # what a loaded machine makes of it is no fault of the code's
    assert finding.path == "model.py"
    assert finding.line in (2, 3)
    assert finding.frames[-1].function == "mean"


@pytest.mark.parametrize(
    ("main", "rule"),
    [
        ("print('nothing is written')", "ArtifactMissing"),
        ("import os; os.makedirs('outputs'); open('outputs/metrics.json', 'w')", "ArtifactEmpty"),
        ("import os; os.makedirs('outputs'); open('outputs/metrics.json', 'w').write('{')", "ArtifactUnreadable"),
        ("import os; os.makedirs('outputs'); open('outputs/metrics.json', 'w').write('{\"a\": [NaN]}')", "NotFinite"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("import os; os._exit(4)", "ExitCode"),
        ("import ctypes; ctypes.string_at(0)", "Crash"),
    ],
)
def test_how_a_run_can_end_badly(sandbox: PlainSandbox, main: str, rule: str) -> None:
    files = {"main.py": f"if __name__ == '__main__':\n    {main}\n"}
    done = check(sandbox, files, only=frozenset({"smoke"}))
    assert rules(done.report, "smoke") == [rule]
    assert done.report.verdict == "broken"


def test_an_old_result_is_no_result(sandbox: PlainSandbox) -> None:
    files = {"main.py": "import os\nassert os.path.isdir('outputs')\n", "outputs/metrics.json": '{"mean": 1.5}'}
    done = check(sandbox, files, only=frozenset({"smoke"}))
    assert rules(done.report, "smoke") == ["ArtifactMissing"]


def test_each_module_is_imported_and_one_cause_is_told_once(sandbox: PlainSandbox) -> None:
    files = {
        "model.py": "import no_such_module_at_all\n\ndef mean(v):\n    return 0\n",
        "pkg/__init__.py": "",
        "pkg/inner.py": "from . import missing_sibling\n",
    }
    done = check(sandbox, files)
    found = [(f.rule, f.path) for f in done.report.findings if f.check == "import"]
    assert found == [("ModuleNotFoundError", "model.py"), ("ImportError", "pkg/inner.py")]
    assert [done.report.status(name) for name in ("smoke", "test")] == ["skipped", "skipped"]


def test_a_file_that_hides_the_standard_library_is_felt(sandbox: PlainSandbox) -> None:
    files = {"random.py": "def draw():\n    return 4\n", "main.py": "import tempfile\nimport random\nrandom.draw()\n"}
    done = check(sandbox, files)
    assert "P2C002" in rules(done.report, "lint")
    (finding,) = [f for f in done.report.gating if f.check == "smoke"]
    assert finding.rule in {"ImportError", "AttributeError"}
    assert (finding.path, finding.line) == ("main.py", 1)


def test_a_src_layout_is_imported_by_its_package_names(sandbox: PlainSandbox) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "x"\nversion = "1"\n[project.scripts]\nrunx = "deep.cli:main"\n'
        '[build-system]\nrequires = ["setuptools"]\n',
        "src/deep/__init__.py": "",
        "src/deep/cli.py": "from deep.core import answer\n\ndef main():\n    print(answer())\n",
        "src/deep/core.py": "def answer():\n    return 42\n",
        "test_deep.py": "from deep.core import answer\n\ndef test_answer():\n    assert answer() == 42\n",
    }
    done = check(sandbox, files, RunContract(smoke=("runx",), timeout=30))
    assert done.report.verdict == "runs"


@pytest.mark.parametrize(
    ("tests", "status", "note"),
    [
        ("", "skipped", "pytest collected no tests"),
        ("import pytest\n\n\n@pytest.mark.skip\ndef test_x():\n    pass\n", "skipped", "every test was skipped"),
        ("def test_x():\n    pass\n", "passed", "1 passed"),
        ("def test_x():\n    assert 1 == 2\n", "failed", ""),
        ("import nothing_like_it\n", "failed", ""),
    ],
)
def test_what_counts_as_tested(sandbox: PlainSandbox, tests: str, status: str, note: str) -> None:
    done = check(sandbox, {"test_model.py": tests}, only=frozenset({"test"}))
    result = next(r for r in done.report.results if r.check == "test")
    assert (result.status, result.note) == (status, note)
    assert all(f.path == "test_model.py" and f.line for f in result.findings)


def test_nothing_to_run_is_unverified(sandbox: PlainSandbox) -> None:
    files = {"test_model.py": "# none\n"}
    assert check(sandbox, files, RunContract(origin="nothing")).report.verdict == "unverified"
    helped = check(sandbox, files, RunContract(smoke=("python main.py --help",)))
    assert helped.report.status("smoke") == "skipped"
    assert helped.report.verdict == "unverified"


def test_only_brings_its_needs_and_skip_leaves_out(sandbox: PlainSandbox) -> None:
    done = check(sandbox, {}, only=frozenset({"smoke"}))
    assert [r.check for r in done.report.results] == ["compile", "install", "import", "smoke"]
    bare = check(sandbox, {}, skip=frozenset({"install", "types"}))
    assert bare.report.status("smoke") == "skipped"
    with pytest.raises(UsageError, match="smok: no such check"):
        check(sandbox, {}, only=frozenset({"smok"}))


def test_what_does_not_gate_by_contract_only_advises(sandbox: PlainSandbox) -> None:
    files = {"test_model.py": "def test_x():\n    assert 0\n"}
    contract = RunContract(smoke=CONTRACT.smoke, timeout=30, gate=("install", "smoke"))
    done = check(sandbox, files, contract)
    assert done.report.status("test") == "failed"
    assert done.report.verdict == "runs"


def test_promises_are_kept_or_found_missing(sandbox: PlainSandbox) -> None:
    promises = {
        "model.py": Interface((Class("Net", methods=(Function("fit"),)),), (Function("mean", ("values: list",)),)),
        "absent.py": Interface(),
    }
    done = check(sandbox, {}, promises=promises)
    assert sorted(rules(done.report, "design")) == ["MissingClass", "MissingFile"]
    assert done.report.verdict == "broken"


def test_types_gate_where_asked(sandbox: PlainSandbox) -> None:
    files = {"model.py": "def mean(values):\n    return sum(values) / len(values)\n\n\ndef use():\n    mean(1, 2)\n"}
    only = frozenset({"types"})
    gated = check(sandbox, files, only=only, skip=frozenset(), types_gate=True)
    advised = check(sandbox, files, only=only, skip=frozenset())
    assert [f.rule for f in gated.report.gating] == ["call-arg"]
    assert (advised.report.gating, rules(advised.report, "types")) == ((), ["call-arg"])


def test_a_sealed_environment_is_used_again_and_a_fresh_one_is_not(sandbox: PlainSandbox) -> None:
    for _ in range(2):
        check(sandbox, {}, only=frozenset({"install"}))
    check(sandbox, {}, only=frozenset({"install"}), fresh=True)
    first, second, third = sandbox.keys
    assert first == second != third
    assert len([c for c in sandbox.commands if "venv" in c.argv]) == 2


def test_requirements_nobody_wrote_down(sandbox: PlainSandbox) -> None:
    repo = Repo(
        {"main.py": "import numpy as np\nimport yaml\n\ntry:\n    import cv2\nexcept ImportError:\n    cv2 = None\n"}
    )
    done = run_checks(repo, CheckRequest(CONTRACT, skip=NO_TYPES), sandbox, Journal())
    (finding,) = done.report.gating
    assert (finding.rule, finding.path, finding.line) == ("MissingRequirements", "main.py", 1)
    assert finding.fix == "write requirements.txt with: numpy, pyyaml"
    assert done.report.status("smoke") == "skipped"


def test_an_import_that_no_requirement_provides_is_found_before_anything_runs(sandbox: PlainSandbox) -> None:
    done = check(sandbox, {"model.py": "import numpy\n\n\ndef mean(v):\n    return numpy.mean(v)\n"})
    (finding,) = done.report.gating
    assert (finding.check, finding.rule, finding.fix) == (
        "install",
        "MissingRequirement",
        "add 'numpy' to requirements.txt",
    )


def test_python_that_is_not_there(sandbox: PlainSandbox) -> None:
    done = check(sandbox, {}, RunContract(smoke=CONTRACT.smoke, python=">=3.99"))
    assert rules(done.report, "install") == ["PythonUnavailable"]


def test_hostile_files_do_not_stop_the_checks(sandbox: PlainSandbox) -> None:
    files = {
        "deep.py": "(" * 5000,
        "nul.py": "a = 1\0\n",
        "latin.py": "# caf\udce9\n",
        "old.py": "print 'hello'\n",
        "fence.py": "```python\nx = 1\n```\n",
        "cut.py": "def f(x):\n    return [x,\n",
        "big.yaml": "a: &a [1]\nb: *a\n```\n",
    }
    done = check(sandbox, files)
    found = {f.path: f.rule for f in done.report.findings if f.check == "compile"}
    assert found.pop("deep.py") in {"MemoryError", "SyntaxError", "RecursionError", "TruncatedFile"}
    assert found == {
        "nul.py": "NulBytes",
        "latin.py": "BadEncoding",
        "old.py": "Python2",
        "fence.py": "FenceInFile",
        "cut.py": "TruncatedFile",
        "big.yaml": "FenceInFile",
    }
    assert done.report.status("lint") is not None
    assert not [f for f in done.report.findings if f.check == "import"]


def test_shell_commands_and_their_tracebacks(sandbox: PlainSandbox) -> None:
    files = {"run.sh": "set -e\npython main.py\n", "model.py": "def mean(v):\n    return v.missing\n"}
    done = check(sandbox, files, RunContract(smoke=("bash run.sh",), timeout=30))
    (finding,) = [f for f in done.report.findings if f.check == "smoke"]
    assert (finding.rule, finding.path, finding.line) == ("AttributeError", "model.py", 2)


def test_a_secret_in_a_local_is_not_told(sandbox: PlainSandbox) -> None:
    model = "def mean(v):\n    api_key = 'abcdefgh12345678'\n    raise ValueError('sk-' + 'a' * 30)\n"
    done = check(sandbox, {"model.py": model}, only=frozenset({"smoke"}))
    out = io.StringIO()
    for finding in done.report.findings:
        out.write(repr(finding))
    assert "abcdefgh12345678" not in out.getvalue().replace("api_key = 'abcdefgh12345678'", "")
    assert "sk-aaaaaaa" not in out.getvalue()


def test_a_forged_record_is_not_believed_and_stops_nothing(sandbox: PlainSandbox) -> None:
    main = (
        "import os\n"
        'line = b\'{"error": {"type": 3, "frames": [7]}, "threads": 5}\\n[[[\\n\\xff\\n\'\n'
        "for fd in range(3, 64):\n    try:\n        os.write(fd, line)\n    except OSError:\n        pass\n"
        "raise SystemExit(9)\n"
    )
    done = check(sandbox, {"main.py": main}, only=frozenset({"smoke"}))
    assert rules(done.report, "smoke") == ["SystemExit"]


def test_more_findings_than_an_output_holds(sandbox: PlainSandbox) -> None:
    files = {"many.py": "".join(f"import os as o{n}\n" for n in range(4000))}
    done = check(sandbox, files, only=frozenset({"lint"}))
    assert len(done.report.findings) == 4000
