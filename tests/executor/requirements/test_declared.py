from __future__ import annotations

import pytest

from p2c.executor.requirements.declared import read_requirements
from p2c.repo import Repo


def texts(files: dict[str, str]) -> list[tuple[str, str, int]]:
    return [(line.text, line.path, line.line) for line in read_requirements(Repo(files)).lines]


def test_requirements_txt_with_all_that_stands_in_one() -> None:
    files = {
        "requirements.txt": "# needed\nnumpy>=1.2  # arrays\n\n-r more/extra.txt\n-e .\n.[dev]\n"
        "torch==2.1 \\\n    ; python_version < '3.12'\n--extra-index-url https://host/x\n-c pins.txt\n",
        "more/extra.txt": "scipy\n-r ../requirements.txt\n",
        "pyproject.toml": '[project]\ndependencies = ["pandas"]\n',
    }
    assert texts(files) == [
        ("numpy>=1.2", "requirements.txt", 2),
        ("scipy", "more/extra.txt", 1),
        ("torch==2.1      ; python_version < '3.12'", "requirements.txt", 7),
        ("--extra-index-url https://host/x", "requirements.txt", 9),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Scikit_Learn>=1", "scikit-learn"),
        ("torch", "torch"),
        ("a[extra]==1", "a"),
        ("x @ git+https://host/x", "x"),
        ("--index-url https://host", ""),
        ("git+https://host/x", ""),
        ("./local.whl", ""),
        ("numpy (>=1.2)", "numpy"),
    ],
)
def test_names(text: str, name: str) -> None:
    (line,) = read_requirements(Repo({"requirements.txt": text})).lines
    assert line.name == name


def test_pyproject_of_both_kinds() -> None:
    pep = '[project]\nname = "x"\nrequires-python = ">=3.9"\ndependencies = [\n  "numpy>=1",\n  "PyYAML",\n]\n'
    assert texts({"pyproject.toml": pep}) == [("numpy>=1", "pyproject.toml", 5), ("PyYAML", "pyproject.toml", 6)]
    assert read_requirements(Repo({"pyproject.toml": pep})).python == ">=3.9"
    poetry = (
        '[tool.poetry.dependencies]\npython = "^3.10"\nnumpy = "^1.24.1"\ntqdm = "*"\nscipy = "~1.9"\n'
        'torch = {version = "2.1.0", extras = ["opt"]}\nshap = {version = "*", optional = true}\nzero = "^0.3.1"\n'
    )
    assert [text for text, _, _ in texts({"pyproject.toml": poetry})] == [
        "numpy>=1.24.1,<2",
        "tqdm",
        "scipy>=1.9,<1.10",
        "torch[opt]==2.1.0",
        "zero>=0.3.1,<0.4",
    ]
    assert read_requirements(Repo({"pyproject.toml": poetry})).python == ">=3.10,<4"


def test_setup_files() -> None:
    setup = (
        'from setuptools import setup\nsetup(name="x", python_requires=">=3.8", install_requires=["numpy", "six"])\n'
    )
    assert texts({"setup.py": setup}) == [("numpy", "setup.py", 2), ("six", "setup.py", 2)]
    config = "[options]\ninstall_requires =\n    numpy\n    scipy>=1\npython_requires = >=3.8\n"
    assert texts({"setup.cfg": config}) == [("numpy", "setup.cfg", 3), ("scipy>=1", "setup.cfg", 4)]


def test_conda_environment() -> None:
    text = (
        "name: x\ndependencies:\n  - python=3.10\n  - pytorch=2.1\n  - conda-forge::numpy=1.24.3=py310h1\n"
        "  - cudatoolkit=11.3\n  - scipy>=1.9\n  - pip\n  - pip:\n      - einops==0.6\n"
    )
    requirements = read_requirements(Repo({"environment.yml": text}))
    assert [line.text for line in requirements.lines] == [
        "torch==2.1.*",
        "numpy==1.24.3.*",
        "scipy>=1.9",
        "einops==0.6",
    ]
    assert requirements.python == "==3.10.*"
    assert requirements.lines[3].line == 10


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"pyproject.toml": "[broken"},
        {"environment.yml": "a: [b"},
        {"environment.yml": "- a\n"},
        {"setup.cfg": "no section"},
        {"setup.py": "def ("},
    ],
)
def test_nothing_to_read(files: dict[str, str]) -> None:
    requirements = read_requirements(Repo(files))
    assert (requirements.path, requirements.lines) == ("", ())
