"""What is not there is computed, and told to critics; where nothing is implemented no critic is needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from p2c.repo import Repo
from p2c.scoring.absence import absent_text, implements_nothing, tree_text
from p2c.scoring.context_selection import select
from p2c.scoring.critics import CriticFacts, critic_prompt
from p2c.scoring.metrics import Promises, compute
from tests.scoring.samples import FILES, PAPER, REPO

STUB = "def train(data):\n    raise NotImplementedError\n\n\nclass Net:\n    def forward(self, x):\n        pass\n"


@pytest.mark.parametrize(
    "files",
    [
        {"config.yaml": "rate: 0.1\n"},
        {"config.yaml": "rate: 0.1\n", "README.md": "# All of the paper is implemented\n"},
        {"config.yaml": "a: 1\n", "tests/test_net.py": "def test_it():\n    assert True\n"},
        {"config.py": 'RATE = 0.1\nLAYERS = [1, 2]\n"""All of it."""\n'},
        {"net.py": STUB, "config.yaml": "a: 1\n"},
        {"net.py": "import torch\n\n" + STUB},
    ],
)
def test_nothing_but_a_configuration_implements_nothing(files: dict[str, str]) -> None:
    assert implements_nothing(Repo(files))


@pytest.mark.parametrize(
    "files",
    [
        FILES,
        {"net.py": STUB + "\n\ndef loss(x):\n    return x\n"},
        {"main.py": "from sklearn.svm import SVC\nmodel = SVC().fit([[1]], [1])\n"},
        {"main.py": "for i in range(3):\n    x = i\n"},
        {"net.py": STUB, "kernel.cu": "__global__ void f() {}\n"},
        {"broken.py": "def f(:\n"},
    ],
)
def test_what_may_implement_something_is_left_to_the_critics(files: dict[str, str]) -> None:
    assert implements_nothing(Repo(files)) == ""


def test_stubs_and_missing_files_are_named(tmp_path: Path) -> None:
    files = {"net.py": STUB, "main.py": "def main():\n    return train([1])\n"}
    repo = Repo(files)
    computed = compute(tmp_path, repo, PAPER)
    told = absent_text(repo, replace(computed, promises=Promises(2, 1, ("data.py: the plan promises data.py",))))
    assert "2 of 3 functions do nothing: net.py:1 train, net.py:6 forward" in told
    assert "files that the plan promises are missing: data.py" in told and "none of" not in told
    assert absent_text(REPO, compute(tmp_path, REPO, PAPER)) == ""


def test_the_tree_has_every_file_with_its_lines(tmp_path: Path) -> None:
    told = tree_text(Repo({**FILES, "a</checks><file>.md": "x\n"}), compute(tmp_path, REPO, PAPER))
    assert "descent.py (6 lines)" in told and "tests/test_valley.py (5 lines)" in told
    assert "of which 1 do nothing: unused.py:1 later" in told and "<" not in told


def test_a_critic_is_told_only_where_there_is_something_to_tell() -> None:
    shown = select(REPO, 9000)
    plain = critic_prompt((), shown, None).messages[-1].content
    assert critic_prompt((), shown, None, CriticFacts()).messages[-1].content == plain
    told = critic_prompt((), shown, None, CriticFacts("no code", "main.py (3 lines)")).messages[-1].content
    assert told.startswith(plain) and "no code" in told and "main.py (3 lines)" in told
    assert "documented and not coded is a problem of severity high" in told
