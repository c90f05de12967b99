from __future__ import annotations

from p2c.executor.report import Finding
from p2c.executor.requirements import uv_errors
from p2c.executor.requirements.declared import read_requirements
from p2c.repair.fixers.requirements import conda_lines
from p2c.repo import Repo
from tests.repair.fixers.making import case, cured

FROZEN = (
    "numpy @ file:///tmp/build/80754af9/numpy_1652801679809/work\n"
    "PyYAML @ file:///C:/ci/pyyaml_1611258248806/work\n"
    "uvicorn[standard] @ file:///home/someone/conda-bld/uvicorn_1/work ; python_version > '3'\n"
    "mkl-fft==1.3.1\nmkl-service @ file:///croot/mkl-service_1/work\nsix==1.16.0\n"
)
SAID = "error: Distribution not found at: file:///tmp/build/80754af9/numpy_1652801679809/work"


def trouble(requirements: str) -> Finding:
    return uv_errors.finding(SAID, read_requirements(Repo({"requirements.txt": requirements})))


def test_paths_of_another_machine_go_and_condas_own_libraries_with_them() -> None:
    finding = trouble(FROZEN)
    assert (finding.rule, finding.path, finding.line) == ("PathNotFound", "requirements.txt", 1)
    made = case({"requirements.txt": FROZEN, "main.py": "import numpy, yaml\n"}, finding)
    after = cured(conda_lines.fix, made)["requirements.txt"].split("\n")
    assert after[:2] == ["numpy", "PyYAML"] and after[2].startswith("uvicorn[standard] ;")
    assert after[3:] == ["six==1.16.0", ""]


def test_what_is_imported_and_what_lies_in_the_repository_stays() -> None:
    lines = "numpy @ file:///tmp/a/work\nmkl-service==2.4.0\nmine @ file:./vendor/mine\nother @ ./vendor/other\n"
    made = case({"requirements.txt": lines, "main.py": "import mkl_service\n"}, trouble(lines))
    assert cured(conda_lines.fix, made)["requirements.txt"] == lines.replace("numpy @ file:///tmp/a/work", "numpy")


def test_it_is_silent_without_trouble_and_without_such_lines() -> None:
    assert conda_lines.fix(case({"requirements.txt": FROZEN, "main.py": ""})) is None
    plain = "six==1.16.0\nnumpy @ https://example.org/numpy.whl\n"
    assert conda_lines.fix(case({"requirements.txt": plain, "main.py": ""}, trouble(plain))) is None
