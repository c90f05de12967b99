"""What only the tests need comes from where projects keep it, and nothing else with it."""

from __future__ import annotations

import pytest

from p2c.executor.requirements.declared import read_requirements
from p2c.executor.requirements.test_dependencies import with_test_needs
from p2c.repo import Repo

TEST = {"tests/test_a.py": "import hypothesis\nimport yaml\n", "main.py": "import numpy\n"}
PEP = '[project]\ndependencies = ["numpy"]\n'


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": PEP + '[dependency-groups]\ndev = ["hypothesis>=6", "pandas", {include-group = "x"}]\n'},
        {"pyproject.toml": PEP + '[project.optional-dependencies]\ntest = ["hypothesis>=6", "black"]\n'},
        {"pyproject.toml": PEP + '[tool.uv]\ndev-dependencies = ["hypothesis>=6"]\n'},
        {"requirements.txt": "numpy\n", "requirements-dev.txt": "-r requirements.txt\nhypothesis>=6\nblack\n"},
        {"requirements.txt": "numpy\n", "requirements/test.txt": "hypothesis>=6\n"},
        {"requirements.txt": "numpy\n", "test-requirements.txt": "hypothesis>=6\n"},
    ],
)
def test_only_what_the_tests_import_is_taken(files: dict[str, str]) -> None:
    repo = Repo({**TEST, **files})
    lines = with_test_needs(repo, read_requirements(repo)).lines
    assert [line.text for line in lines] == ["numpy", "hypothesis>=6"]


def test_poetry_groups_and_plugins() -> None:
    text = (
        '[tool.poetry.dependencies]\npython = "^3.10"\nnumpy = "*"\n'
        '[tool.poetry.group.dev.dependencies]\nhypothesis = "^6.1"\npytest-mock = "*"\nmkdocs = "*"\n'
    )
    repo = Repo({**TEST, "pyproject.toml": text})
    lines = with_test_needs(repo, read_requirements(repo)).lines
    assert [line.text for line in lines] == ["numpy", "hypothesis>=6.1,<7", "pytest-mock"]


def test_what_the_program_imports_is_never_taken_from_a_group() -> None:
    files = {"main.py": "import pandas\n", "tests/test_a.py": "import pandas\n", "requirements-dev.txt": "pandas\n"}
    repo = Repo({**files, "requirements.txt": ""})
    assert with_test_needs(repo, read_requirements(repo)).lines == ()
