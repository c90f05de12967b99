"""Repositories whose files bear the names of p2c's own files and of the places in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import p2c.executor.in_sandbox
from p2c.errors import SandboxError
from p2c.executor import normalization
from p2c.executor.report import Report
from p2c.executor.runner import CheckRequest, run_checks
from p2c.journal import Journal
from p2c.repo import Repo
from p2c.run_contract import RunContract
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import Places, Sandbox
from p2c.sandboxes.options import SandboxOptions
from tests.sandboxes.conftest import skip_without_engine

OWN = [path.stem for path in Path(p2c.executor.in_sandbox.__file__).parent.glob("_p2c_*.py")]
OLD = ["witness", "recorder", "tester", "abreast", "probe"]
FOLDERS = ["workspace", "tools", "scratch", "environment", "environments", "store", "pycache", "own", "uv"]
CONTRACT = RunContract(smoke=("python main.py",), artifacts=("out/m.json",), timeout=60)
PLACES = Places("/workspace", "/environment", "/tools", "/scratch")


@pytest.fixture(scope="module", params=["local", "docker"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    try:
        image = skip_without_engine() if request.param == "docker" else ""
        opened = open_sandbox(request.param, SandboxOptions(image=image))
    except SandboxError as error:
        pytest.skip(str(error))
    yield opened
    opened.close()


def judged(sandbox: Sandbox, files: dict[str, str]) -> Report:
    skip = frozenset({"types", "lint"})
    return run_checks(
        Repo({"requirements.txt": "", **files}), CheckRequest(CONTRACT, skip=skip), sandbox, Journal()
    ).report


@pytest.mark.sandbox
def test_a_repository_may_use_every_name(sandbox: Sandbox) -> None:
    names = [*OWN, *OLD]
    files = {f"{name}.py": f"NAME = {name!r}\n" for name in names}
    files |= {f"pkg/{name}.py": f"NAME = {name!r}\n" for name in FOLDERS}
    files |= {f"{name}/__init__.py": f"NAME = {name!r}\n" for name in FOLDERS}
    uses = "".join(f"from {name} import NAME as {name}_\nassert {name}_ == {name!r}\n" for name in (*names, *FOLDERS))
    inner = "".join(f"from pkg.{name} import NAME as p_{name}\nassert p_{name} == {name!r}\n" for name in FOLDERS)
    end = "import os\nos.makedirs('out', exist_ok=True)\nopen('out/m.json', 'w').write('1')\n"
    test = f"{uses}{inner}\ndef test_names():\n    assert pkg.scratch.NAME == 'scratch'\n"
    files |= {
        "main.py": uses + inner + end,
        "tests/test_names.py": f"import pkg.scratch\n{test}",
        "pkg/__init__.py": "",
    }
    report = judged(sandbox, files)
    assert report.verdict == "runs", report.findings


@pytest.mark.sandbox
@pytest.mark.parametrize("name", [*OWN, *OLD])
def test_what_the_repository_does_not_have_is_not_there(sandbox: Sandbox, name: str) -> None:
    test = f"def test_it():\n    import importlib.util, sys\n    assert importlib.util.find_spec({name!r}) is None\n"
    report = judged(
        sandbox, {"main.py": f"import {name}\n", "tests/test_a.py": test + f"    assert {name!r} not in sys.modules\n"}
    )
    smoke = next(result for result in report.results if result.check == "smoke")
    assert [finding.rule for finding in smoke.findings] == ["ModuleNotFoundError"]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("pkg/environments.py", "pkg/environments.py"),
        ("in /environment/lib/python3.11/x.py", "in python/x.py"),
        ("in '/environment'", "in 'ENVIRONMENT'"),
        ("rl/environment_wrappers.py and /scratchpad/x", "rl/environment_wrappers.py and /scratchpad/x"),
        ("/workspace/environment/a.py", "environment/a.py"),
        ("my/workspace/x.py, /workspaces/y", "my/workspace/x.py, /workspaces/y"),
        ("cd /workspace: no", "cd .: no"),
        ("/tools/bin/uv and mytools/bin", "TOOLS/bin/uv and mytools/bin"),
    ],
)
def test_only_whole_paths_are_rewritten(raw: str, shown: str) -> None:
    assert normalization.text(raw, PLACES) == shown
