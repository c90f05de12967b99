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
    found = read_requirements(Repo({"environment.yml": text}))
    assert [line.text for line in found.lines] == ["torch==2.1.*", "numpy==1.24.3.*", "scipy>=1.9", "einops==0.6"]
    assert found.python == "==3.10.*"
    assert found.lines[3].line == 10


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
    found = read_requirements(Repo(files))
    assert (found.path, found.lines) == ("", ())


EXPORT = """name: x
dependencies:
  - _libgcc_mutex=0.1=main
  - blas=1.0=mkl
  - ca-certificates=2020.10.14=0
  - intel-openmp=2020.2=254
  - ld_impl_linux-64=2.33.1=h53a641e_7
  - libedit=3.1.20191231=h14c3975_1
  - lz4-c=1.9.2=heb0550a_3
  - mkl_fft=1.2.0=py38h23d657b_0
  - mkl-service=2.3.0=py38he904b0f_0
  - numpy-base=1.19.2=py38hfa32c7d_0
  - openssl=1.1.1h=h7b6447c_0
  - somelib=4.2=h7b6447c_0
  - tbb=2020.3=hfd86e86_0
  - xz=5.2.5=h7b6447c_0
  - matplotlib-base=3.3.2=py38h817c723_0
  - pytorch=1.7.1=py3.8_cuda11.0.221_cudnn8.0.5_0
  - ruamel_yaml=0.15.87=py38h7b6447c_1
  - tqdm=4.51.0=pyhd3eb1b0_0
  - typing_extensions=3.7.4.3=py_0
  - conda-forge::numpy=1.19.2=py38h54aff64_0
  - python=3.8.5=h7579374_1
"""


def test_an_export_of_conda_keeps_what_is_python() -> None:
    found = read_requirements(Repo({"environment.yml": EXPORT}))
    assert [line.name for line in found.lines] == [
        "matplotlib", "torch", "ruamel-yaml", "tqdm", "typing-extensions", "numpy",
    ]  # fmt: skip
    assert found.python == "==3.8.5.*"


@pytest.mark.parametrize(
    "name", ["graphviz", "librosa", "libcst", "pillow", "cython", "scikit-learn", "rpy2", "perlin"]
)
def test_distributions_are_not_taken_for_condas_libraries(name: str) -> None:
    assert [line.name for line in read_requirements(Repo({"environment.yml": f"dependencies:\n- {name}\n"})).lines] == [
        name
    ]
