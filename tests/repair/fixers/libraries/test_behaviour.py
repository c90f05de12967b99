"""Behaviour that libraries removed: what stood there is written as it is done now, or left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from p2c.repair.case import Strategy
from p2c.repair.fixers.libraries import fixers as tables
from p2c.repair.fixers.libraries import gym_steps, numpy_load, single_numbers, star_names
from p2c.repo import Repo
from tests.repair.fixers.making import case, cured, error


def fixed(fix: Strategy, text: str, message: str, line: int, others: Mapping[str, str] | None = None) -> str:
    """Return main.py after the fix; '' where it was silent."""
    made = case({"main.py": text, **(others or {})}, error("Error", message, line=line))
    return cured(fix, made).get("main.py", "")


REFUSED = "Object arrays cannot be loaded when allow_pickle=False"


@pytest.mark.parametrize(
    ("saved", "loaded"),
    [
        ('np.save("rows.npy", rows)', 'np.load("rows.npy")'),
        ('np.save("out/rows", rows)', 'np.load("out/rows.npy")'),
        ("np.savez(path, rows=rows)", "np.load(path)"),
        ("np.save(file=self.path, arr=rows)", "np.load(self.path, mmap_mode=None)"),
    ],
)
def test_object_arrays_that_the_program_saves_are_loaded(saved: str, loaded: str) -> None:
    text = f"import numpy as np\n{saved}\nd = {loaded}\n"
    after = fixed(numpy_load.fix, text, REFUSED, 3)
    assert after == text.replace(f"d = {loaded}", f"d = {loaded[:-1]}, allow_pickle=True)")


def test_arrays_from_elsewhere_stay_refused() -> None:
    text = 'import numpy as np\nnp.save("a.npy", a)\nb = np.load("downloaded.npy")\n'
    assert not fixed(numpy_load.fix, text, REFUSED, 3)
    assert not fixed(numpy_load.fix, text.replace("downloaded", "a"), "No such file: a.npy", 3)
    said = text.replace('"downloaded.npy"', '"a.npy", allow_pickle=False')
    assert not fixed(numpy_load.fix, said, REFUSED, 3)


def test_an_array_that_lies_in_the_repository_is_its_own(tmp_path: Path) -> None:
    made = case({"main.py": 'import numpy as np\nd = np.load("data/set.npy")\n'}, error("ValueError", REFUSED, line=2))
    assert numpy_load.fix(made) is None
    (tmp_path / "set.npy").write_bytes(b"NUMPY")
    held = Repo(made.repo.files, {"data/set.npy": tmp_path / "set.npy"})
    assert cured(numpy_load.fix, replace(made, repo=held))["main.py"].endswith('"data/set.npy", allow_pickle=True)\n')


def test_names_that_a_star_brought_are_imported() -> None:
    text = "from numpy import *\nx = mat([[1]])\ny = float(Inf)\n"
    assert fixed(star_names.fix, text, "name 'mat' is not defined", 2) == (
        text.replace("*\n", "*\nfrom numpy import asmatrix as mat\nfrom numpy import inf as Inf\n")
    )
    assert fixed(star_names.fix, "from pylab import *\nx = product(y)\n", "name 'product' is not defined", 2) == (
        "from pylab import *\nfrom numpy import prod as product\nx = product(y)\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as np\nx = mat([[1]])\n",
        "from mine import *\nx = mat([[1]])\n",
        "from numpy import *\nx = matt([[1]])\n",
    ],
)
def test_names_that_no_star_brought_are_not(text: str) -> None:
    name = "matt" if "matt" in text else "mat"
    assert not fixed(star_names.fix, text, f"name '{name}' is not defined", 2)


NO_INDEX = "invalid index of a 0-dim tensor. Use `tensor.item()` in Python"
NO_MINUS = "Subtraction, the `-` operator, with a bool tensor is not supported."


def test_single_numbers_are_asked_with_item() -> None:
    text = "print(t, loss.data[0])\ntotal += loss.data[0]\nrow = x.data[0]\n"
    after = text.replace("loss.data[0]", "loss.item()")
    assert fixed(single_numbers.fix, text, NO_INDEX, 1) == after
    assert fixed(single_numbers.fix, "e = err[0]\n", NO_INDEX, 1) == "e = err.item()\n"
    assert not fixed(single_numbers.fix, "e = a[0] + b[0]\n", NO_INDEX, 1)
    assert not fixed(single_numbers.fix, text, "index 0 is out of bounds", 1)


def test_masks_are_turned_around() -> None:
    assert fixed(single_numbers.fix, "y = x * (1 - mask).sum()\n", NO_MINUS, 1) == "y = x * ((~mask)).sum()\n"
    assert fixed(single_numbers.fix, "y = 1 - (a > b)\n", NO_MINUS, 1) == "y = (~(a > b))\n"
    assert not fixed(single_numbers.fix, "y = a - b\n", NO_MINUS, 1)


OLD = """import gym
env = gym.make("CartPole-v1")
env.seed(3)
s = env.reset()
for _ in range(9):
    s, r, done, _ = env.step(env.action_space.sample())
    if done:
        env.reset()
"""
NEW = """import gym
env = gym.make("CartPole-v1")
env.reset(seed=3)
s = env.reset()[0]
for _ in range(9):
    s, r, done, truncated, _ = env.step(env.action_space.sample())
    done = done or truncated
    if done:
        env.reset()
"""
UNPACKED = "too many values to unpack (expected 4)"


def test_environments_return_five_values() -> None:
    assert fixed(gym_steps.fix, OLD, UNPACKED, 6) == NEW


@pytest.mark.parametrize(
    ("text", "others"),
    [
        (NEW, {}),
        (OLD.replace("gym.make", "mine.make"), {}),
        (OLD, {"envs.py": "class Env:\n    def step(self, a):\n        return 0, 0.0, True, {}\n"}),
        (OLD.replace("env.step", "robot.step").replace("env.reset", "robot.reset"), {}),
    ],
)
def test_environments_that_are_new_or_not_gyms_are_left(text: str, others: dict[str, str]) -> None:
    assert not fixed(gym_steps.fix, text, UNPACKED, 6, others)


SYMEIG = """This function was deprecated since version 1.9 and is now removed. The default behavior has changed from \
using the upper triangular portion of the matrix by default to using the lower triangular portion.

L, _ = torch.symeig(A, upper=upper) should be replaced with"""
SOLVE = "This function was deprecated since version 1.9 and is now removed. `torch.solve` is deprecated in favor of"


@pytest.mark.parametrize(
    ("fix", "message", "before", "after"),
    [
        (tables.removed_names, SYMEIG, "torch.symeig(A, eigenvectors=True)", 'torch.linalg.eigh(A, UPLO="U")'),
        (tables.removed_names, SYMEIG, "torch.symeig(A, upper=False)", 'torch.linalg.eigh(A, UPLO="L")'),
        (tables.removed_names, SOLVE, "torch.solve(b, A)", "(torch.linalg.solve(A, b), None)"),
        (
            tables.removed_names,
            "module 'torch.nn' has no attribute 'Conv2D'",
            "torch.nn.Conv2D(1, 8, 3), torch.nn.Dense(8, 2)",
            "torch.nn.Conv2d(1, 8, 3), torch.nn.Linear(8, 2)",
        ),
        (
            tables.renamed_parameters.fix,
            "Conv2d.__init__() got an unexpected keyword argument 'strides'",
            "torch.nn.Conv2d(1, 8, 3, strides=2)",
            "torch.nn.Conv2d(1, 8, 3, stride=2)",
        ),
        (
            tables.renamed_parameters.fix,
            "AdamW.__init__() got an unexpected keyword argument 'learning_rate'",
            "torch.optim.AdamW(ps, learning_rate=0.1)",
            "torch.optim.AdamW(ps, lr=0.1)",
        ),
        (
            tables.renamed_parameters.fix,
            "invalid mode: 'rU'",
            'torch.load(io.open("a", mode="rU")), open("b", "rbU")',
            'torch.load(io.open("a", mode="r")), open("b", "rb")',
        ),
    ],
)
def test_rows_of_torch_and_of_modes(fix: Strategy, message: str, before: str, after: str) -> None:
    head = "import io\nimport torch\nx = "
    assert fixed(fix, f"{head}{before}\n", message, 3) == f"{head}{after}\n"


@pytest.mark.parametrize("kept", ["torch.symeig(A, upper=upper)", "mine.symeig(A)", "f(torch.symeig)"])
def test_what_torch_would_compute_otherwise_is_left(kept: str) -> None:
    assert not fixed(tables.removed_names, f"import torch\nx = {kept}\n", SYMEIG, 2)


def test_arrays_of_one_number_become_a_python_number() -> None:
    message = "only 0-dimensional arrays can be converted to Python scalars"
    assert fixed(single_numbers.fix, "s = float(a.T * b)\n", message, 1) == "s = float((a.T * b).item())\n"
    assert fixed(single_numbers.fix, "i = int(k[0])\nj = int(k[1])\n", message, 1) == (
        "i = int(k[0].item())\nj = int(k[1])\n"
    )
    assert not fixed(single_numbers.fix, "s = float(a) + float(b)\n", message, 1)
    assert not fixed(single_numbers.fix, "s = math.sqrt(a)\n", message, 1)


def test_pythons_own_functions_are_back_where_a_star_hid_them() -> None:
    message = "'float' object cannot be interpreted as an integer"
    text = "from numpy import *\nx = max(e, 1e-16) + abs(e)\n"
    assert fixed(star_names.builtins_again, text, message, 2) == text.replace(
        "*\n", "*\nfrom builtins import abs, max\n"
    )
    assert not fixed(star_names.builtins_again, text.replace("numpy", "mine"), message, 2)
    assert not fixed(star_names.builtins_again, text, "bad operand type", 2)
    assert not fixed(star_names.builtins_again, "from numpy import *\nx = zeros(1.5)\n", message, 2)
    own = "from numpy import *\n\n\ndef max(a, b):\n    return a\n\n\nx = max(e, 1e-16)\n"
    assert not fixed(star_names.builtins_again, own, message, 8)
