from __future__ import annotations

import importlib.metadata
import sys

import pytest

from p2c.executor.requirements.distributions import (
    canonical,
    distributions,
    is_stdlib,
    right_name,
    table,
    third_party_imports,
)
from p2c.repo import Repo


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("cv2", "opencv-python-headless"),
        ("PIL", "pillow"),
        ("PIL.Image", "pillow"),
        ("yaml", "pyyaml"),
        ("sklearn.linear_model", "scikit-learn"),
        ("skimage", "scikit-image"),
        ("bs4", "beautifulsoup4"),
        ("dateutil", "python-dateutil"),
        ("faiss", "faiss-cpu"),
        ("google.protobuf.message", "protobuf"),
        ("umap", "umap-learn"),
        ("hydra", "hydra-core"),
        ("ot", "pot"),
        ("mpl_toolkits.mplot3d", "matplotlib"),
        ("torch.nn", "torch"),
        ("torch_geometric", "torch-geometric"),
        ("tensorboardX", "tensorboardx"),
        ("haiku", "dm-haiku"),
        ("dotenv", "python-dotenv"),
        ("Bio", "biopython"),
    ],
)
def test_usual_names(name: str, distribution: str) -> None:
    assert distributions(name)[0] == distribution


def test_the_table_is_large_and_in_normal_form() -> None:
    assert len(table()) > 1000
    for name, found in table().items():
        assert all(part.isidentifier() for part in name.split(".")), name
        assert not is_stdlib(name), name
        assert all(one == canonical(one) for one in found), name


def test_the_table_agrees_with_what_is_installed_here() -> None:
    """The metadata of an environment is the exact answer; the table must not say otherwise."""
    installed = {
        name: {canonical(one) for one in found} for name, found in importlib.metadata.packages_distributions().items()
    }
    known = {name: set(table()[name]) for name in installed if table().get(name)}
    assert len(known) > 10
    assert {name: found for name, found in known.items() if not found & installed[name]} == {}


@pytest.mark.parametrize("name", ["detectron2", "apex", "en_core_web_sm", "clip"])
def test_what_is_on_no_index_is_not_guessed(name: str) -> None:
    assert name in table()
    assert distributions(name) == ()


def test_an_unknown_name_is_not_guessed() -> None:
    assert distributions("my_private_helpers") == ()
    assert right_name("my-private-helpers") == ""


@pytest.mark.parametrize(
    ("requirement", "meant"),
    [
        ("sklearn", "scikit-learn"),
        ("PIL", "pillow"),
        ("yaml", "pyyaml"),
        ("opencv-python", ""),
        ("numpy", ""),
        ("bs4", "beautifulsoup4"),
    ],
)
def test_right_names(requirement: str, meant: str) -> None:
    assert right_name(requirement) == meant


FILES = {
    "main.py": (
        "import os, sys, json\nimport numpy as np\nfrom model import Net\nfrom src.trainer import T\n"
        "from google.protobuf import message\nimport helpers_of_mine\n"
        "try:\n    import wandb\nexcept ImportError:\n    wandb = None\n"
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas\n"
        "def late():\n    import scipy.stats\n"
    ),
    "model.py": "import torch\nfrom . import layers\nfrom utils import x\n",
    "lib/utils.py": "import pandas as pd\n",
    "tests/test_a.py": "import hypothesis\nimport numpy\n",
    "broken.py": "import (\n",
}


def test_what_is_imported_from_elsewhere() -> None:
    imports = third_party_imports(Repo(FILES))
    assert {name: (use.path, use.line, use.optional, use.test) for name, use in imports.items()} == {
        "google.protobuf": ("main.py", 5, False, False),
        "helpers_of_mine": ("main.py", 6, False, False),
        "hypothesis": ("tests/test_a.py", 1, False, True),
        "numpy": ("main.py", 2, False, False),
        "pandas": ("lib/utils.py", 1, False, False),
        "scipy": ("main.py", 15, False, False),
        "src": ("main.py", 4, False, False),
        "torch": ("model.py", 1, False, False),
        "wandb": ("main.py", 8, True, False),
    }


def test_a_local_file_is_no_package_unless_it_is_out_of_reach() -> None:
    assert third_party_imports(Repo({"main.py": "import datasets\n", "datasets.py": ""})) == {}
    inner = Repo({"main.py": "import transformers\n", "net/__init__.py": "", "net/transformers.py": ""})
    assert list(third_party_imports(inner)) == ["transformers"]
    beside = Repo({"scripts/train.py": "import loss\nif __name__ == '__main__':\n    pass\n", "scripts/loss.py": ""})
    assert third_party_imports(beside) == {}


def test_stdlib_names() -> None:
    assert is_stdlib("os.path")
    assert is_stdlib("distutils.util")
    assert not is_stdlib("numpy")
    assert all(is_stdlib(name) for name in sys.stdlib_module_names)
