"""Every form that a project comes in, where it is meant to be checked: under bubblewrap, with the index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2c.budget import Budget
from p2c.errors import SandboxError
from p2c.executor.report import Report
from p2c.journal import Journal
from p2c.pipeline.check_folder import GateRequest, check, read_candidate
from p2c.repo import Repo
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import Sandbox
from p2c.session import Session

pytestmark = [pytest.mark.sandbox, pytest.mark.index]

MAIN = 'import yaml\n\nif __name__ == "__main__":\n    assert yaml.safe_load("a: 1") == {"a": 1}\n'
NEED = "PyYAML>=6"
POETRY = '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\npython = ">=3.9"\nPyYAML = "^6.0"\n'
UV = f'[project]\nname = "x"\nversion = "1"\ndependencies = ["{NEED}"]\n[dependency-groups]\ndev = ["iniconfig"]\n'
BUILT = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
TEST = "import iniconfig\nimport main\n\ndef test_it():\n    assert iniconfig and main.yaml\n"

FORMS: dict[str, dict[str, str]] = {
    "requirements.txt": {"requirements.txt": f"{NEED}\n", "main.py": MAIN},
    "several files": {"requirements.txt": "-r base.txt\n", "base.txt": f"{NEED}\n", "main.py": MAIN},
    "a folder of files": {"requirements/prod.txt": f"{NEED}\n", "requirements/dev.txt": "black\n", "main.py": MAIN},
    "files of another name": {"requirements-cpu.txt": f"{NEED}\n", "requirements-gpu.txt": "cupy\n", "main.py": MAIN},
    "pep 621": {
        "pyproject.toml": f'[project]\nname = "x"\nversion = "1"\ndependencies = ["{NEED}"]\n',
        "main.py": MAIN,
    },
    "dynamic": {
        "pyproject.toml": '[project]\nname = "x"\ndynamic = ["dependencies"]\n'
        '[tool.setuptools.dynamic]\ndependencies = {file = ["needs.txt"]}\n',
        "needs.txt": f"{NEED}\n",
        "main.py": MAIN,
    },
    "poetry": {"pyproject.toml": POETRY, "main.py": MAIN},
    "uv with a group for tests": {"pyproject.toml": UV, "main.py": MAIN, "test_main.py": TEST},
    "setup.py": {
        "setup.py": f"from setuptools import setup\nN = ['{NEED}']\nsetup(install_requires=N)\n",
        "main.py": MAIN,
    },
    "setup.cfg": {"setup.cfg": f"[options]\ninstall_requires =\n    {NEED}\n", "main.py": MAIN},
    "environment.yml": {"environment.yml": "dependencies:\n  - python>=3.9\n  - pyyaml>=6\n", "main.py": MAIN},
    "a package": {
        "requirements.txt": NEED,
        "tool/__init__.py": "",
        "tool/core.py": "import yaml\n",
        "tool/__main__.py": "from tool.core import yaml\n\nyaml.safe_load('1')\n",
    },
    "src layout with a console script": {
        "pyproject.toml": f'{BUILT}[project]\nname = "tool"\nversion = "1"\ndependencies = ["{NEED}"]\n'
        '[project.scripts]\ntool = "tool.cli:main"\n',
        "src/tool/__init__.py": "",
        "src/tool/cli.py": "import yaml\n\n\ndef main():\n    yaml.safe_load('1')\n",
        "tests/test_cli.py": "from tool.cli import main\n\ndef test_main():\n    main()\n",
    },
    "namespace packages": {
        "requirements.txt": NEED,
        "lab/data/read.py": "import yaml\n\ndef read():\n    return yaml.safe_load('1')\n",
        "lab/fit/model.py": "from lab.data.read import read\n\ndef fit():\n    return read() + 1\n",
        "main.py": "from lab.fit.model import fit\n\nif __name__ == '__main__':\n    assert fit() == 2\n",
    },
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    try:
        opened = open_sandbox("local")
    except SandboxError as error:
        pytest.skip(str(error))
    yield opened
    opened.close()


def judge(files: dict[str, str], folder: Path, sandbox: Sandbox, notebooks: bool = False) -> Report:
    Repo(files).write(folder)
    asked = GateRequest(skip=frozenset({"types"}), timeout=60.0, notebooks=notebooks)
    return check(read_candidate(folder, asked), asked, Session(None, sandbox, Journal(), Budget()))


@pytest.mark.parametrize("form", FORMS)
def test_a_project_of_this_form_runs(form: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = judge(FORMS[form], tmp_path, sandbox)
    assert (report.verdict, report.gating) == ("runs", ())
    assert [report.status(name) for name in ("install", "import", "smoke")] == ["passed"] * 3


def test_without_its_requirement_the_same_project_does_not(tmp_path: Path, sandbox: Sandbox) -> None:
    report = judge({"requirements.txt": "", "main.py": MAIN}, tmp_path, sandbox)
    assert [finding.rule for finding in report.gating] == ["MissingRequirement"]


def test_what_only_an_extra_brings_is_advice_where_the_program_does_without(tmp_path: Path, sandbox: Sandbox) -> None:
    lazy = "def distribute():\n    import yaml\n    return yaml\n\nif __name__ == '__main__':\n    print('done')\n"
    project = '[project]\nname = "a"\nversion = "1"\ndependencies = []\n'
    project += '[project.optional-dependencies]\ncluster = ["PyYAML>=6"]\n'
    report = judge({"pyproject.toml": project, "main.py": lazy}, tmp_path, sandbox)
    (finding,) = [one for one in report.findings if one.rule == "MissingRequirement"]
    assert not finding.gates and "extra 'cluster'" in finding.message
    assert (report.verdict, report.gating) == ("runs", ())


def test_without_any_file_what_is_needed_is_inferred(tmp_path: Path, sandbox: Sandbox) -> None:
    (finding,) = judge({"main.py": MAIN}, tmp_path, sandbox).gating
    assert (finding.rule, finding.fix) == ("MissingRequirements", "write requirements.txt with: pyyaml")


def cells(*sources: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": source} for source in sources], "metadata": {}})


def test_notebooks_run_only_when_asked(tmp_path: Path, sandbox: Sandbox) -> None:
    good = {"requirements.txt": NEED, "nb/a.ipynb": cells("%pip list\nimport yaml", "yaml.safe_load(open('b.yml'))")}
    files = {**good, "nb/b.yml": "a: 1\n"}
    assert judge(files, tmp_path, sandbox).verdict == "unverified"
    assert judge(files, tmp_path, sandbox, notebooks=True).verdict == "runs"
    (tmp_path / "nb/b.yml").unlink()
    report = judge(good, tmp_path, sandbox, notebooks=True)
    (finding,) = report.gating
    assert (finding.rule, finding.path) == ("FileNotFoundError", "nb/a.ipynb")
    assert finding.message.startswith("cell 2, line 1: ")


def test_what_is_excluded_is_not_checked_and_still_there(tmp_path: Path, sandbox: Sandbox) -> None:
    files = {
        "requirements.txt": "",
        "old/gone.py": "def f():\n    return nowhere\n",
        "old/worse.py": "def (:\n",
        "main.py": "import pathlib\n\nif __name__ == '__main__':\n    assert pathlib.Path('old/gone.py').exists()\n",
    }
    broken = judge(files, tmp_path / "a", sandbox)
    assert {finding.path for finding in broken.gating} == {"old/gone.py", "old/worse.py"}
    report = judge({**files, "p2c.toml": '[check]\nexclude = ["old/"]\n'}, tmp_path / "b", sandbox)
    assert (report.verdict, report.findings) == ("runs", ())
    project = '[tool.p2c.check]\nexclude = ["old/*.py"]\n'
    assert judge({**files, "pyproject.toml": project}, tmp_path / "c", sandbox).verdict == "runs"


def test_no_key_reaches_a_finding(tmp_path: Path, sandbox: Sandbox) -> None:
    key = "sk-" + "a1b2c3d4" * 4
    text = f'KEY = "{key}"\nif __name__ == "__main__":\n    print(KEY)\n    raise ValueError("refused: " + KEY)\n'
    report = judge({"requirements.txt": "", "main.py": text, "bad.py": f'x = "{key}\n'}, tmp_path / "a", sandbox)
    assert {finding.rule for finding in report.gating} == {"TruncatedFile"}
    assert key not in repr(report)
    report = judge({"requirements.txt": "", "main.py": text}, tmp_path / "b", sandbox)
    assert {finding.rule for finding in report.gating} == {"ValueError"}
    assert "refused: [redacted]" in repr(report)
    assert key not in repr(report)


def test_fingerprints_stay_in_other_folders_and_under_other_lines(tmp_path: Path, sandbox: Sandbox) -> None:
    body = "import json\n\n\ndef f(x):\n    return {}['k'] + missing\n\n\nif __name__ == '__main__':\n    f(1)\n"
    first = judge({"requirements.txt": "", "main.py": body}, tmp_path / "one", sandbox)
    moved = "# a\n# b\n\n" + body.replace("\n\n\nif", "\n\n\ny = 3\n\nif")
    second = judge({"requirements.txt": "", "main.py": moved}, tmp_path / "two" / "deeper", sandbox)
    assert len(first.findings) >= 3
    assert [f.fingerprint for f in first.findings] == [f.fingerprint for f in second.findings]
    assert [f.line for f in first.findings] != [f.line for f in second.findings]
