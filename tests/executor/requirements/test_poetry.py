"""Poetry's constraints and uv's sources: read as what pip can be told, or said to be unread in the file's own words."""

from __future__ import annotations

import json
from itertools import product

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from p2c.executor import module_layout
from p2c.executor.checks.unread import unread
from p2c.executor.requirements.declared import RequirementLine, Requirements, read_requirements
from p2c.executor.requirements.distributions import third_party_imports
from p2c.executor.requirements.poetry import dependencies, python
from p2c.executor.requirements.uv_errors import finding
from p2c.repo import Repo


def read(constraint: object, name: str = "six") -> tuple[str, str]:
    (one,) = dependencies({"python": "^3.9", name: constraint})
    return one.text.removeprefix(name), one.unread


@pytest.mark.parametrize(
    ("constraint", "inside", "outside"),
    [
        ("^1.4 || ^2.0", "1.4 1.9 2.0 2.7", "1.3 3.0"),
        ("^1.4|^2", "1.4 2.7", "1.3 3.0"),
        ("^1.4 | ^3.0", "1.4 1.9 3.2", "1.3 2.0 2.9.1 4.0"),
        (">=1.10|<1.17", "1.0 1.12 2.0", ""),
        ("<1.5 || >=1.7", "1.4 1.7 2.0", "1.5 1.6.3"),
        ("<2 || >2", "1.9 2.1", "2.0"),
        ("1.2.* || 1.4.*", "1.2.9 1.4.0", "1.1 1.3.5 1.5"),
        ("~1.2 || ~1.5", "1.2.3 1.5.9", "1.3 1.4.9 1.6"),
        ("^2.0 || ^1.0", "1.0 2.5", "0.9 3.0"),
        (">=1.2 <2.0", "1.2 1.9", "2.0 1.1"),
        (">= 1.2, < 2.0, != 1.5", "1.4", "1.5 2.0"),
        ("^1 || *", "0.1 9", ""),
        ("=1.4", "1.4", "1.5"),
        ("<>1.4", "1.5", "1.4"),
        ("~1", "1.0 1.9", "2.0"),
        ("~=1.4", "1.4 1.9", "2.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("*", "0 7", ""),
        (3, "3", "4"),
        ({"version": "^1.4 || ^2.0", "extras": ["x"]}, "1.4 2.7", "3.0"),
    ],
)
def test_constraints_are_what_poetry_means(constraint: object, inside: str, outside: str) -> None:
    text, why = read(constraint)
    specifiers = SpecifierSet(text.removeprefix("[x]"))
    assert why == ""
    assert [v for v in inside.split() if v not in specifiers] == []
    assert [v for v in outside.split() if v in specifiers] == []


@pytest.mark.parametrize("constraint", ["latest", "^", "^a.b", "1.2 || soon", ">=1.2 and <2", "1.2 || 1.5", "~>1.2"])
def test_what_is_not_understood_is_said_and_is_never_red(constraint: str) -> None:
    text, why = read(constraint)
    Requirement(f"six{text}")
    assert why.startswith(f'six = "{constraint}": ')
    table = f"[tool.poetry.dependencies]\nsix = {json.dumps(constraint)}\n"
    assert [(path, line) for path, told, line in unread(Repo({"pyproject.toml": table})) if constraint in told] == [
        ("pyproject.toml", 2)
    ]


@pytest.mark.parametrize(
    ("constraint", "specifiers"),
    [("^3.9 || ^3.12", ">=3.9,<4"), (">=3.8,<3.11 || ^3.12", ">=3.8,<4,!=3.11.*"), ("whatever", ""), ("", "")],
)
def test_python_has_alternatives_too(constraint: str, specifiers: str) -> None:
    assert python(constraint) == specifiers
    assert read_requirements(
        Repo({"pyproject.toml": f'[tool.poetry.dependencies]\npython = "{constraint}"\n'})
    ).python == (specifiers)


def test_tables_are_read_with_all_that_they_say() -> None:
    found = dependencies(
        {
            "a": [{"version": "^1", "python": "<3.8"}, {"version": "^2", "python": ">=3.8 || 2.7.*"}],
            "b": {"git": "https://host/b.git", "tag": "v1", "subdirectory": "py"},
            "c": {"url": "https://host/c-1-py3-none-any.whl"},
            "d": {"version": "1.0", "platform": "darwin", "markers": "os_name == 'x' or os_name == 'y'"},
            "e": {"path": "../shared/e", "extras": ["f"]},
            "g": {"version": "1.0", "optional": True},
        }
    )
    texts = [one.text for one in found]
    for text in texts:
        Requirement(text.replace("../shared/e", "file:///shared/e"))
    assert texts[0] == 'a>=1,<2 ; python_full_version < "3.8"'
    assert texts[2:] == [
        "b @ git+https://host/b.git@v1#subdirectory=py",
        "c @ https://host/c-1-py3-none-any.whl",
        "d==1.0 ; sys_platform == \"darwin\" and (os_name == 'x' or os_name == 'y')",
        "e[f] @ ../shared/e",
    ]


def test_a_message_shows_what_stands_in_the_file() -> None:
    line = RequirementLine("six>=99.1,<100", "pyproject.toml", 3, 'six = "^99.1"')
    told = finding(
        "error: Couldn't parse requirement in `requirements.in` at position 0", Requirements("pyproject.toml", (line,))
    )
    assert told.message == "'six = \"^99.1\"' is not a requirement"
    (read_line,) = read_requirements(Repo({"pyproject.toml": '[tool.poetry.dependencies]\nsix = "^99.1"\n'})).lines
    assert read_line.own == 'six = "^99.1"'


POETRY = '[tool.poetry.dependencies]\nours = {path = "vendor/ours", develop = true}\n'
UV = '[project]\ndependencies = ["ours[x]>=1 ; os_name == \'posix\'", "six"]\n[tool.uv.sources]\nours = '
MEMBER = {"libs/ours/pyproject.toml": '[project]\nname = "Ours"\n'}


@pytest.mark.parametrize(
    ("files", "texts"),
    [
        ({"pyproject.toml": POETRY}, ["ours @ ./vendor/ours"]),
        ({"pyproject.toml": UV + '{path = "vendor/ours"}\n'}, ["ours[x] @ ./vendor/ours ; os_name == 'posix'", "six"]),
        (
            {"pyproject.toml": UV + '{git = "https://host/o", rev = "a1"}\n'},
            ["ours[x] @ git+https://host/o@a1 ; os_name == 'posix'", "six"],
        ),
        (
            {"pyproject.toml": UV + "{workspace = true}\n", **MEMBER},
            ["ours[x] @ ./libs/ours ; os_name == 'posix'", "six"],
        ),
        ({"pyproject.toml": UV + '{index = "mirror"}\n'}, ["ours[x]>=1 ; os_name == 'posix'", "six"]),
        ({"pyproject.toml": '[project]\ndependencies = ["ours @ {root:uri}/vendor/ours"]\n'}, ["ours @ ./vendor/ours"]),
        (
            {"pyproject.toml": '[project]\ndependencies = ["ours @ file:///${PROJECT_ROOT}/vendor/ours"]\n'},
            ["ours @ ./vendor/ours"],
        ),
        ({"requirements.txt": "ours @ file:vendor/ours\n"}, ["ours @ ./vendor/ours"]),
        ({"requirements.txt": "ours @ file:./vendor/ours\n"}, ["ours @ ./vendor/ours"]),
        ({"requirements.txt": "./vendor/ours\n-e ./vendor/two\n"}, ["./vendor/ours", "-e ./vendor/two"]),
        ({"requirements.txt": "ours @ file:///workspace/vendor/ours\n"}, ["ours @ file:///workspace/vendor/ours"]),
    ],
)
def test_a_vendored_package_is_the_repositorys_own(files: dict[str, str], texts: list[str]) -> None:
    lines = read_requirements(Repo(files)).lines
    assert [line.text for line in lines] == texts
    assert [line.is_local for line in lines] == ["vendor" in text or "libs" in text for text in texts]


BUILDS = {
    "setup.py": {"vendor/ours/setup.py": "import setuptools\n"},
    "a backend in the tree": {
        "vendor/ours/pyproject.toml": '[build-system]\nbuild-backend = "own"\nbackend-path = ["."]\n',
        "vendor/ours/own.py": "import setuptools\n",
    },
    "a folder of a backend": {
        "pyproject.toml": '[build-system]\nbuild-backend = "b"\nbackend-path = ["_build"]\n',
        "_build/b/core.py": "import setuptools\n",
    },
    "poetry's script": {
        "vendor/ours/pyproject.toml": '[tool.poetry.build]\nscript = "build.py"\n',
        "vendor/ours/build.py": "import setuptools\n",
    },
    "hatch's hook": {"hatch_build.py": "import hatchling\n", "vendor/a/hatch_build.py": "import setuptools\n"},
}


@pytest.mark.parametrize("name", BUILDS)
def test_what_a_build_back_end_runs_brings_its_own(name: str) -> None:
    repo = Repo({"main.py": "import six\n", **BUILDS[name]})
    assert set(third_party_imports(repo)) == {"six"}
    assert module_layout.build_files(repo) == {path for path in BUILDS[name] if path.endswith(".py")}
    elsewhere = Repo({"main.py": "import six\n", "tools/make.py": "import setuptools\n"})
    assert set(third_party_imports(elsewhere)) == {"six", "setuptools"}


@pytest.mark.parametrize(
    ("name", "kept"), [*product(["librosa", "libcst"], [True]), *product(["libgcc-ng", "libstdcxx-ng"], [False])]
)
def test_condas_libraries_are_told_from_distributions(name: str, kept: bool) -> None:
    repo = Repo({"environment.yml": f"dependencies:\n  - {name}=1.0\n"})
    assert [line.text for line in read_requirements(repo).lines] == ([f"{name}==1.0.*"] if kept else [])
