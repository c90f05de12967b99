from __future__ import annotations

import pytest

from p2c.executor.report import Finding
from p2c.repair.fixers.requirements import python_version, relax_old_pins
from p2c.repair.history import Attempt
from tests.repair.fixers.making import case, cured

OLD = "# of 2019\nnumpy==1.19.5\nscipy[x]==1.5.4  # solver\npyyaml\ntorch>=1.4\nmine @ git+https://x.org/y\n"


def trouble(rule: str = "BuildFailed", path: str = "requirements.txt") -> Finding:
    return Finding("install", rule, "Failed to build `numpy==1.17.3`", path, 2)


def test_old_pins_are_relaxed_together_by_major_version_and_then_for_good() -> None:
    broken = case({"requirements.txt": OLD}, trouble())
    after = cured(relax_old_pins.fix, broken)["requirements.txt"]
    assert after == OLD.replace("numpy==1.19.5", "numpy>=1,<2").replace("scipy[x]==1.5.4", "scipy[x]>=1,<2")
    patch = relax_old_pins.fix(broken)
    assert patch is not None
    broken.history.add(Attempt(patch, "dropped", "", broken.report.fingerprint), progressed=False)
    after = cured(relax_old_pins.fix, broken)["requirements.txt"]
    assert after == OLD.replace("numpy==1.19.5", "numpy").replace("scipy[x]==1.5.4", "scipy[x]")


def test_one_pin_no_pins_or_another_trouble_is_no_era() -> None:
    assert relax_old_pins.fix(case({"requirements.txt": "numpy==1.19.5\nscipy\n"}, trouble())) is None
    assert relax_old_pins.fix(case({"requirements.txt": "numpy>=1.19\nscipy\n"}, trouble())) is None
    assert relax_old_pins.fix(case({"requirements.txt": OLD}, trouble("UnknownPackage"))) is None


def unfit(asked: str, path: str, runs: str = "3.11.2") -> Finding:
    message = f"Python {asked!r} is asked for, and Python {runs} runs here"
    return Finding("install", "PythonUnavailable", message, path)


@pytest.mark.parametrize(
    ("path", "text", "asked", "expected"),
    [
        ("pyproject.toml", '[project]\nrequires-python = ">=3.7,<3.10"\n', ">=3.7,<3.10", ">=3.7,<3.10|>=3.7"),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = '~3.8'\n", ">=3.8,<3.9", "~3.8|>=3.8"),
        ("setup.py", 'setup(\n    python_requires="==3.6.*",\n)\n', "==3.6.*", "==3.6.*|>=3.6"),
        ("setup.cfg", "[options]\npython_requires = >=3.6, <3.9\n", ">=3.6, <3.9", ">=3.6, <3.9|>=3.6"),
        ("environment.yml", "dependencies:\n  - python=3.7\n  - pip\n", "==3.7.*", "=3.7|>=3.7"),
    ],
)
def test_the_upper_bound_goes_wherever_it_stands(path: str, text: str, asked: str, expected: str) -> None:
    old, new = expected.split("|")
    assert cured(python_version.fix, case({path: text}, unfit(asked, path)))[path] == text.replace(old, new)


@pytest.mark.parametrize("asked", [">=3.12", "==3.13.*", "==2.7.*", "nonsense"])
def test_a_newer_python_or_python_2_is_not_argued_with(asked: str) -> None:
    text = f'[project]\nrequires-python = "{asked}"\n'
    assert python_version.fix(case({"pyproject.toml": text}, unfit(asked, "pyproject.toml"))) is None


def test_the_run_contract_is_a_persons_word() -> None:
    broken = case({"p2c.toml": '[run]\npython = "<3.10"\n'}, unfit("<3.10", "p2c.toml"))
    assert python_version.fix(broken) is None
