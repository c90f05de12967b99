from __future__ import annotations

import pytest

from p2c.executor.report import Finding, Frame
from p2c.repair.fixers.imports import shadowing
from tests.repair.fixers.making import case, cured, error

OWN = "import numpy as np\n\n\ndef make_rng(seed):\n    return np.random.default_rng(seed)\n"
ADVICE = Finding("lint", "P2C002", "random.py hides the standard library's 'random'", "random.py", 1, gates=False)
FAILED = error("ImportError", "cannot import name 'Random' from partially initialized module 'random'")


def after(files: dict[str, str], smoke: str = "python main.py") -> dict[str, str]:
    return cured(shadowing.fix, case({"random.py": OWN, **files}, ADVICE, FAILED, smoke=smoke))


def test_the_file_is_renamed_and_each_import_takes_what_it_means() -> None:
    files = after(
        {
            "main.py": "from random import make_rng  # own\nimport model\n",
            "model.py": "import random\n\nx = random.Random(3)\n",
            "both.py": "from random import make_rng as rng, choice\n",
            "deep.py": "def f():\n    import random as r\n    return r.make_rng(0)\n",
            "mixed.py": "import os, random\n\nx = random.choice([1]), random.make_rng(1)\n",
            "numpy_user.py": "from numpy import random\n\nx = random.make_rng\n",
        }
    )
    assert "random.py" not in files and files["random_module.py"] == OWN
    assert files["main.py"] == "from random_module import make_rng  # own\nimport model\n"
    assert files["model.py"] == "import random\n\nx = random.Random(3)\n"
    assert files["both.py"] == "from random import choice\nfrom random_module import make_rng as rng\n"
    assert files["deep.py"] == "def f():\n    import random_module as r\n    return r.make_rng(0)\n"
    assert files["mixed.py"] == (
        "import os, random, random_module\n\nx = random.choice([1]), random_module.make_rng(1)\n"
    )
    assert files["numpy_user.py"] == "from numpy import random\n\nx = random.make_rng\n"


def test_other_spellings_of_the_same_file_follow() -> None:
    advice = Finding("lint", "P2C002", "", "src/random.py", 1, gates=False)
    files = {
        "src/random.py": OWN,
        "src/main.py": "from src.random import make_rng\nfrom .random import make_rng as b\nfrom . import random\n",
        "other.py": "from src import random as r\nimport src.random as q\n",
    }
    repaired = cured(shadowing.fix, case(files, advice, FAILED, smoke="python src/main.py"))
    assert repaired["src/main.py"] == (
        "from src.random_module import make_rng\nfrom .random_module import make_rng as b\n"
        "from . import random_module as random\n"
    )
    assert repaired["other.py"] == "from src import random_module as r\nimport src.random_module as q\n"
    assert repaired["src/random_module.py"] == OWN


def test_a_required_package_is_meant_by_what_the_file_does_not_define() -> None:
    own = "import yaml\n\n\ndef load_config(path):\n    return yaml.safe_load(open(path))\n"
    files = {
        "yaml.py": own,
        "main.py": "from yaml import load_config, safe_dump\n",
        "nodes.py": "import yaml.nodes\n\nx = yaml.nodes\n",
        "requirements.txt": "pyyaml\n",
    }
    advice = Finding("lint", "P2C003", "", "yaml.py", 1, gates=False)
    failed = error("AttributeError", "module 'yaml' has no attribute 'safe_load'")
    repaired = cured(shadowing.fix, case(files, advice, failed))
    assert repaired["main.py"] == "from yaml import safe_dump\nfrom yaml_module import load_config\n"
    assert repaired["yaml_module.py"] == own and repaired["nodes.py"] == files["nodes.py"]


def test_a_failure_that_comes_through_the_file_from_outside_counts() -> None:
    frames = (Frame("python/tempfile.py", 1, "<module>", inside=False), Frame("random.py", 1, "<module>"))
    failed = Finding("import", "ValueError", "no seed", "random.py", 1, frames=frames)
    broken = case({"random.py": OWN, "main.py": "import tempfile\n"}, ADVICE, failed)
    assert "random_module.py" in cured(shadowing.fix, broken)


@pytest.mark.parametrize(
    "files",
    [
        {"main.py": "from random import neither\n"},
        {"main.py": "from random import *\n"},
        {"main.py": "import random\n\nf(random)\n"},
        {"main.py": "import random\n\nrandom.make_rng = 3\n"},
        {"main.py": "import importlib\n\nx = importlib.import_module('random')\n"},
        {"main.py": "import random\nfrom numpy import random\n\nx = random.make_rng\n"},
        {"main.py": "def f(:\n    random\n"},
        {"main.py": "", "run.sh": "python random.py\n"},
        {"main.py": "from random import choice\n", "random.py": OWN + "\n\ndef choice(x):\n    return x[0]\n"},
    ],
)
def test_what_cannot_be_decided_is_left_alone(files: dict[str, str]) -> None:
    assert after(files) == {}


def test_a_file_that_is_started_or_harms_nobody_keeps_its_name() -> None:
    assert after({"main.py": ""}, smoke="python random.py") == {}
    other = error("KeyError", "'lr'")
    assert shadowing.fix(case({"random.py": OWN, "main.py": ""}, ADVICE, other)) is None
    assert shadowing.fix(case({"random.py": OWN, "main.py": ""}, FAILED)) is None


def test_a_name_that_is_taken_is_not_taken_again() -> None:
    found = after({"main.py": "from random import make_rng\n", "random_module.py": "X = 1\n"})
    assert found["random_local.py"] == OWN and found["random_module.py"] == "X = 1\n"
