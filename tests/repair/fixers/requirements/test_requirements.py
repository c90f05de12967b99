from __future__ import annotations

import pytest

from p2c.executor.report import Finding
from p2c.executor.requirements import uv_errors
from p2c.executor.requirements.declared import read_requirements
from p2c.repair.fixers.requirements import conflicting_pins, invalid_lines, missing_requirements, wrong_names
from p2c.repair.history import Attempt
from p2c.repo import Repo
from tests.repair.fixers.making import case, cured, error

MAIN = "import json\nimport numpy as np\nimport yaml\nfrom model import Net\n"


def said(requirements: str, output: str) -> Finding:
    """The finding that the install check makes of uv's words."""
    return uv_errors.finding(output, read_requirements(Repo({"requirements.txt": requirements})))


def unknown(name: str) -> str:
    return (
        f"error: No solution found when resolving dependencies\n  cause: Because {name} was not found in the package "
        f"registry and you require {name}, we can conclude that your requirements are unsatisfiable."
    )


def no_version(requirement: str) -> str:
    return (
        "error: No solution found when resolving dependencies\n  cause: Because there is no version of "
        f"{requirement} and you require {requirement}, we can conclude that your requirements are unsatisfiable."
    )


def test_requirements_are_inferred_from_imports_when_there_are_none() -> None:
    files = {"main.py": MAIN, "model.py": "import numpy\nclass Net: ...\n"}
    broken = case(files, Finding("install", "MissingRequirements", "there is no requirements file", "main.py", 2))
    assert cured(missing_requirements.fix, broken)["requirements.txt"] == "numpy\npyyaml\n"


def test_a_missing_requirement_is_added_beside_the_declared_ones() -> None:
    files = {"main.py": MAIN, "model.py": "class Net: ...\n", "requirements.txt": "numpy>=1.26"}
    broken = case(files, error("ModuleNotFoundError", "No module named 'yaml'"))
    assert cured(missing_requirements.fix, broken)["requirements.txt"] == "numpy>=1.26\npyyaml\n"


def test_a_missing_requirement_is_added_to_pyproject() -> None:
    project = '[project]\nname = "x"\nversion = "1"\ndependencies = [\n    "numpy>=1",\n]\n'
    broken = case(
        {"main.py": "import numpy\nimport scipy\n", "pyproject.toml": project},
        error("ModuleNotFoundError", "No module named 'scipy'"),
    )
    assert '    "numpy>=1", "scipy",\n' in cured(missing_requirements.fix, broken)["pyproject.toml"]


def test_a_name_in_no_table_is_never_installed_on_a_guess() -> None:
    broken = case(
        {"main.py": "import frobnicate_ml\n", "requirements.txt": "numpy\n"},
        error("ModuleNotFoundError", "No module named 'frobnicate_ml'"),
    )
    assert missing_requirements.fix(broken) is None


def test_optional_imports_are_no_requirements() -> None:
    code = "import numpy\ntry:\n    import wandb\nexcept ImportError:\n    wandb = None\n"
    broken = case({"main.py": code}, Finding("install", "MissingRequirements", "there is no requirements file"))
    assert cured(missing_requirements.fix, broken)["requirements.txt"] == "numpy\n"


def test_an_optional_dependency_that_a_library_wants_is_added() -> None:
    broken = case(
        {"main.py": "import pandas\n", "requirements.txt": "pandas\n"},
        error("ImportError", "Missing optional dependency 'openpyxl'.  Use pip or conda to install openpyxl."),
    )
    assert cured(missing_requirements.fix, broken)["requirements.txt"] == "pandas\nopenpyxl\n"


def test_without_a_finding_nothing_is_added() -> None:
    broken = case({"main.py": "import numpy\n"}, error("ValueError", "shapes do not match"))
    assert missing_requirements.fix(broken) is None


def test_wrong_names_are_replaced_all_at_once() -> None:
    text = "numpy\nyaml\nsklearn>=1.0  # models\nPIL\n"
    broken = case({"requirements.txt": text, "main.py": "import yaml\n"}, said(text, unknown("yaml")))
    assert cured(wrong_names.fix, broken)["requirements.txt"] == (
        "numpy\npyyaml\nscikit-learn>=1.0  # models\npillow\n"
    )


def test_the_standard_library_is_taken_out_and_a_double_too() -> None:
    text = "numpy\njson\nos\npython>=3.8\nyaml\npyyaml\n"
    broken = case({"requirements.txt": text, "main.py": "import yaml\n"}, said(text, unknown("json")))
    assert cured(wrong_names.fix, broken)["requirements.txt"] == "numpy\npyyaml\n"


def test_a_name_that_no_index_has_goes_only_where_every_import_is_accounted_for() -> None:
    text = "numpy\nmagic-optimizer-zz\n"
    finding = said(text, unknown("magic-optimizer-zz"))
    accounted = case({"requirements.txt": text, "main.py": "import numpy\n"}, finding)
    assert cured(wrong_names.fix, accounted)["requirements.txt"] == "numpy\n"
    used = case({"requirements.txt": text, "main.py": "import numpy\nimport magic_optimizer\n"}, finding)
    assert wrong_names.fix(used) is None


def test_opencv_on_a_machine_without_a_screen() -> None:
    broken = case(
        {"requirements.txt": "opencv-python==4.9.0.80\n", "main.py": "import cv2\n"},
        error("ImportError", "libGL.so.1: cannot open shared object file: No such file or directory"),
    )
    assert cured(wrong_names.fix, broken)["requirements.txt"] == "opencv-python-headless==4.9.0.80\n"


@pytest.mark.parametrize(
    ("text", "blamed", "first", "second"),
    [
        ("numpy==1.29.7\nscipy>=1.11\n", "numpy==1.29.7", "numpy>=1,<2\nscipy>=1.11\n", "numpy\nscipy>=1.11\n"),
        ("torch==2.1.0+cu118\n", "torch==2.1.0+cu118", "torch==2.1.0\n", "torch>=2,<3\n"),
        (
            "numpy[x]==0.5 ; python_version > '3'\n",
            "numpy[x]==0.5",
            "numpy[x]>=0,<1 ; python_version > '3'\n",
            "numpy[x] ; python_version > '3'\n",
        ),
    ],
)
def test_a_pin_that_cannot_be_had_is_relaxed_rung_by_rung(text: str, blamed: str, first: str, second: str) -> None:
    broken = case({"requirements.txt": text}, said(text, no_version(blamed)))
    assert cured(conflicting_pins.fix, broken)["requirements.txt"] == first
    patch = conflicting_pins.fix(broken)
    assert patch is not None
    broken.history.add(Attempt(patch, "dropped", "no", broken.report.fingerprint, "x"), progressed=False)
    assert cured(conflicting_pins.fix, broken)["requirements.txt"] == second


def test_pins_that_conflict_are_relaxed_and_others_stay() -> None:
    text = "scipy==1.15.0\nnumpy<1.22\npandas==2.2.2\n"
    output = (
        "error: No solution found when resolving dependencies\n  cause: Because scipy==1.15.0 depends on "
        "numpy>=1.23.5,<2.5 and you require scipy==1.15.0, we can conclude that you require numpy>=1.23.5,<2.5.\n"
        "         And because you require numpy<1.22, we can conclude that your requirements are unsatisfiable."
    )
    broken = case({"requirements.txt": text}, said(text, output))
    assert cured(conflicting_pins.fix, broken)["requirements.txt"] == "scipy>=1,<2\nnumpy<2\npandas==2.2.2\n"


def test_pins_stay_when_nothing_is_wrong_with_them() -> None:
    broken = case({"requirements.txt": "numpy==1.26.4\n"}, error("AttributeError", "numpy==1.26.4 has no attribute"))
    assert conflicting_pins.fix(broken) is None


def test_lines_that_cannot_be_read() -> None:
    text = "```\n- numpy\npip install scipy pandas\npyyaml = 6.0\nThese are needed for plots:\nmatplotlib>=3\n```\n"
    output = (
        "error: Couldn't parse requirement in `requirements.in` at position 0\n  cause: Expected package name "
        "starting with an alphanumeric character, found ```"
    )
    broken = case({"requirements.txt": text}, said(text, output))
    assert cured(invalid_lines.fix, broken)["requirements.txt"] == (
        "numpy\nscipy\npandas\npyyaml==6.0\n# These are needed for plots:\nmatplotlib>=3\n"
    )
