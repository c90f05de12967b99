"""A small repository of the kind that a paper becomes: the ground on which patches cheat or are honest."""

from __future__ import annotations

from p2c.repair.guards import Scope
from p2c.repo import Repo
from p2c.run_contract import Class, Function, Interface, RunContract, write_contract

CONTRACT = RunContract(
    smoke=("python main.py --config configs/smoke.yaml",), artifacts=("outputs/metrics.json",), timeout=120
)

MAIN = '''"""Train and evaluate."""
import argparse
import json
import os

import yaml

from data import load_data, split
from evaluation import evaluate, report
from model import Model
from trainer import Trainer


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--epochs", type=int, default=10)
    return parser.parse_args()


def main():
    args = parse_args()
    with open(args.config) as stream:
        config = yaml.safe_load(stream)
    inputs, targets = load_data(config["samples"], config["seed"])
    train, test = split(inputs, targets, config["share"])
    model = Model(config["width"])
    trainer = Trainer(model, config["lr"])
    losses = trainer.fit(train, config["epochs"])
    accuracy = evaluate(model, test)
    metrics = {"loss": losses[-1], "accuracy": accuracy}
    report(metrics)
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump(metrics, stream)


if __name__ == "__main__":
    main()
'''

MODEL = '''"""The model."""
import numpy as np


def sigmoid(x):
    """The logistic function."""
    return 1.0 / (1.0 + np.exp(-x))


class Model:
    """A line."""

    def __init__(self, width):
        self.weights = np.zeros(width)
        self.bias = 0.0

    def forward(self, inputs):
        """Probabilities."""
        return sigmoid(inputs @ self.weights + self.bias)

    def gradient(self, inputs, targets):
        error = self.forward(inputs) - targets
        scale = 1.0 / len(targets)
        return scale * inputs.T @ error, scale * error.sum()
'''

TRAINER = '''"""Gradient descent."""
import time

import numpy as np

from data import batches


class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.lr = lr

    def fit(self, data, epochs):
        """Return the loss of each epoch."""
        losses = []
        for epoch in range(epochs):
            started = time.time()
            for inputs, targets in batches(data, 16):
                grad, bias = self.model.gradient(inputs, targets)
                self.model.weights -= self.lr * grad
                self.model.bias -= self.lr * bias
            losses.append(self.loss(data))
            print(epoch, losses[-1], time.time() - started)
        return losses

    def loss(self, data):
        inputs, targets = data
        p = np.clip(self.model.forward(inputs), 1e-9, 1 - 1e-9)
        return float(-(targets * np.log(p) + (1 - targets) * np.log(1 - p)).mean())
'''

DATA = '''"""Synthetic data."""
import numpy as np


def load_data(samples, seed):
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(samples, 4))
    targets = (inputs.sum(axis=1) > 0).astype(float)
    return inputs, targets


def split(inputs, targets, share):
    edge = int(len(inputs) * share)
    return (inputs[:edge], targets[:edge]), (inputs[edge:], targets[edge:])


def batches(data, size):
    inputs, targets = data
    for start in range(0, len(inputs), size):
        yield inputs[start : start + size], targets[start : start + size]


def unused_shuffle(inputs, rng):
    order = rng.permutation(len(inputs))
    return inputs[order]
'''

EVALUATION = '''"""Scores."""
import numpy as np

from model import sigmoid


def evaluate(model, data):
    """Share of right answers."""
    inputs, targets = data
    guesses = (model.forward(inputs) > 0.5).astype(float)
    return float((guesses == targets).mean())


def report(metrics):
    for name, value in metrics.items():
        print(f"{name}: {value:.4f}")


def confidence(model, inputs):
    scores = sigmoid(inputs @ model.weights)
    total = 0.0
    for score in scores:
        total += abs(score - 0.5)
    return total / len(scores)
'''

TESTS = """import numpy as np
import pytest

from data import load_data, split
from evaluation import evaluate
from model import Model, sigmoid


def test_sigmoid():
    assert sigmoid(0.0) == 0.5
    assert sigmoid(100.0) == pytest.approx(1.0)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_split(share):
    inputs, targets = load_data(10, 0)
    train, test = split(inputs, targets, share)
    assert len(train[0]) + len(test[0]) == 10
    assert len(train[0]) == int(10 * share)


def test_evaluate():
    model = Model(4)
    model.weights += 1.0
    assert evaluate(model, load_data(50, 0)) > 0.9


def test_bad_width():
    with pytest.raises(ValueError):
        Model(3).forward(np.zeros((2, 4)))
"""

SMOKE = "samples: 64\nseed: 0\nshare: 0.75\nwidth: 4\nlr: 0.5\nepochs: 3\n"

REPO = Repo(
    {
        "main.py": MAIN,
        "model.py": MODEL,
        "trainer.py": TRAINER,
        "data.py": DATA,
        "evaluation.py": EVALUATION,
        "tests/test_all.py": TESTS,
        "configs/smoke.yaml": SMOKE,
        "p2c.toml": write_contract(CONTRACT),
        "requirements.txt": "numpy\npyyaml\n",
        "pyproject.toml": '[project]\nname = "study"\nversion = "0"\n\n[tool.ruff]\nline-length = 100\n',
        "README.md": "# Study\n\nRun `python main.py --config configs/smoke.yaml`.\n",
    }
)

PROMISES = {
    "model.py": Interface(classes=(Class("Model", methods=(Function("forward", ("inputs",)),)),)),
    "evaluation.py": Interface(functions=(Function("evaluate", ("model", "data")),)),
}

SCOPE = Scope(promises=PROMISES, contract=CONTRACT)


def changed(*edits: tuple[str, str, str], **files: str | None) -> Repo:
    """Return the repository with texts replaced (path, old, new); a text that is not there fails the test."""
    repo = REPO
    for path, old, new in edits:
        assert old in repo.files[path], f"{old!r} is not in {path}"
        repo = repo.with_files({path: repo.files[path].replace(old, new)})
    return repo.with_files(files)
