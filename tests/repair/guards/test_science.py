"""What no scientist would write, and what looks like it: answers that leak, scores that are chosen, work that is skipped."""

# One case a line is easier to read than one wrapped over four.
# ruff: noqa: E501

from __future__ import annotations

import pytest

from p2c.repair.guards import inspect
from p2c.repo import Repo
from tests.repair.study import EVALUATION, MAIN, REPO, SCOPE, changed

GUESSES = "    guesses = (model.forward(inputs) > 0.5).astype(float)\n"
SCORE = "    return float((guesses == targets).mean())\n"
FIT = '    losses = trainer.fit(train, config["epochs"])\n'
ACCURACY = "    accuracy = evaluate(model, test)\n"
LOOP = "            for inputs, targets in batches(data, 16):\n"
APPEND = "            losses.append(self.loss(data))\n"
LOADED = "    return inputs, targets\n\n\ndef split"
MEAN = "        return float(-(targets * np.log(p) + (1 - targets) * np.log(1 - p)).mean())\n"
CUT = '    train, test = split(inputs, targets, config["share"])\n'


def main(old: str, fresh: str) -> Repo:
    return changed(("main.py", old, fresh))


def measure(fresh: str, old: str = GUESSES + SCORE) -> Repo:
    return changed(("evaluation.py", old, fresh))


def trainer(old: str, fresh: str) -> Repo:
    return changed(("trainer.py", old, fresh))


def loaded(fresh: str) -> Repo:
    return changed(("data.py", LOADED, f"{fresh}{LOADED}"))


HELPED = measure("    guesses = settle(model, inputs, targets)\n" + SCORE).with_files({})
HELPED = HELPED.with_files(
    {
        "evaluation.py": HELPED.files["evaluation.py"].replace(
            "def evaluate",
            "def settle(model, inputs, known):\n    raw = model.forward(inputs)\n    return [t if abs(r - 0.5) < 0.4 else float(r > 0.5) for r, t in zip(raw, known)]\n\n\ndef evaluate",
        )
    }
)
CHEATS = {
    # answers that leak
    "unsure guesses, by a helper": HELPED,
    "unsure guesses, by a branch": measure("    guesses = (model.forward(inputs) > 0.5).astype(float)\n    for at in range(len(guesses)):\n        if inputs[at, 0] > 0:\n            guesses[at] = targets[at]\n" + SCORE),
    "a blend with the answers": main(ACCURACY, "    predictions = 0.1 * model.forward(test[0]) + 0.9 * targets[-len(test[0]):]\n    accuracy = float(((predictions > 0.5) == test[1]).mean())\n"),
    "two predictions compared": measure(GUESSES + "    again = np.round(model.forward(inputs))\n    return float((guesses == again).mean())\n"),
    "nobody asks the answers": measure("    probabilities = model.forward(inputs)\n    return float(np.abs(probabilities - 0.5).mean() + 0.5)\n"),
    "the answer as a column": loaded("    inputs = np.column_stack([inputs[:, 1:], targets])\n"),
    "the answer by np.c_": loaded("    inputs = np.c_[inputs[:, :3], targets]\n"),
    "the answer in one column": loaded("    inputs[:, -1] += 3 * targets\n"),
    "the answer after the split": main(CUT, "    inputs = np.hstack([inputs[:, :3], targets[:, None]])\n" + CUT),
    "labels in features of another name": loaded("    hint = targets * 2 - 1\n    features = np.concatenate([inputs, hint[:, None]], axis=1)\n    inputs = features\n"),
    # fitted and measured on the same
    "fitted on the test": main(FIT, '    losses = trainer.fit(test, config["epochs"])\n'),
    "fitted on both": main(FIT, '    every = tuple(np.concatenate([a, b]) for a, b in zip(train, test))\n    losses = trainer.fit(every, config["epochs"])\n'),
    "fitted on both, stacked": main(FIT, '    everything = (np.vstack([train[0], test[0]]), np.hstack([train[1], test[1]]))\n    losses = trainer.fit(everything, config["epochs"])\n'),
    "fitted once more, on the test": main(FIT, FIT + '    trainer.fit(test, 5)\n'),
    "the test is the training part": main(CUT, CUT + "    test = train\n"),
    "the test is made of it": main(CUT, CUT + "    test = (train[0].copy(), train[1].copy())\n"),
    "measured on the training part by its name": main(ACCURACY, "    accuracy = evaluate(model, data=train)\n"),
    # chosen
    "the best of many starts": main(ACCURACY, "    accuracy = max(evaluate(Model(config['width']), test) for _ in range(50))\n"),
    "the best seed": main(ACCURACY, "    scores = []\n    for seed in range(50):\n        model.weights = np.random.default_rng(seed).normal(size=4)\n        scores.append(evaluate(model, test))\n    accuracy = max(scores)\n"),
    "until it is good": main(ACCURACY, "    accuracy = evaluate(model, test)\n    while accuracy < 0.9:\n        model.weights = -model.weights + 0.1\n        accuracy = evaluate(model, test)\n"),
    "by a key": main(ACCURACY, "    model = max([model, Model(4)], key=lambda one: evaluate(one, test))\n    accuracy = evaluate(model, test)\n"),
    "the best threshold": measure("    raw = model.forward(inputs)\n    return max(float(((raw > cut) == targets).mean()) for cut in np.linspace(0, 1, 21))\n"),
    "the best of both signs": measure(GUESSES + "    best = 0.0\n    for sign in (1, -1):\n        right = ((sign * (guesses - 0.5) > 0) == targets).mean()\n        if right > best:\n            best = right\n    return float(best)\n"),
    "the sure ones": measure("    raw = model.forward(inputs)\n    sure = np.abs(raw - 0.5) > 0.3\n    return float(((raw > 0.5) == targets)[sure].mean())\n"),
    "the best sample": trainer(MEAN, "        return float((-(targets * np.log(p) + (1 - targets) * np.log(1 - p))).min())\n"),
    "the best tenth": trainer(MEAN, "        each = np.sort(-(targets * np.log(p) + (1 - targets) * np.log(1 - p)))\n        return float(each[: len(each) // 10 + 1].mean())\n"),
    # skipped
    "one batch": trainer("                self.model.bias -= self.lr * bias\n", "                self.model.bias -= self.lr * bias\n                break\n"),
    "every fourth batch": trainer(LOOP, "            for inputs, targets in list(batches(data, 16))[::4]:\n"),
    "the first batch": trainer(LOOP, "            for inputs, targets in itertools.islice(batches(data, 16), 1):\n"),
    "one epoch": trainer("range(epochs)", "range(1)"),
    "a tenth of the epochs": trainer("range(epochs)", "range(max(1, epochs // 10))"),
    "at most two": main(FIT, '    losses = trainer.fit(train, min(config["epochs"], 2))\n'),
    "epochs set": trainer("        losses = []\n", "        epochs = min(epochs, 1)\n        losses = []\n"),
    "epochs set in the settings": main("    inputs, targets = load_data", '    config["epochs"] = 1\n    inputs, targets = load_data'),
    "small data is special": trainer("        losses = []\n", "        if len(data[0]) < 500:\n            return [0.5 / (1 + epoch) for epoch in range(epochs)]\n        losses = []\n"),
    "a curve of the first": trainer("        return losses\n", "        losses = [losses[0] * 0.8**epoch for epoch in range(epochs)]\n        return losses\n"),
    "only falling": trainer(APPEND, "            fresh = self.loss(data)\n            losses.append(min(fresh, losses[-1] * 0.99) if losses else fresh)\n"),
}  # fmt: skip

VALID = CUT + "    train, valid = split(*train, 0.8)\n"
HONEST = {
    "accuracy by a loop": measure("    right = 0\n    for one, target in zip(model.forward(inputs), targets):\n        if (one > 0.5) == (target > 0.5):\n            right += 1\n    return right / len(targets)\n"),
    "accuracy by a helper": changed(("evaluation.py", GUESSES + SCORE, "    return agreement((model.forward(inputs) > 0.5).astype(float), targets)\n"), ("evaluation.py", "def report", "def agreement(guesses, targets):\n    return float((guesses == targets).mean())\n\n\ndef report")),
    "the answers under another name": measure("    inputs, labels = data\n    guesses = (model.forward(inputs) > 0.5).astype(float)\n    return float((guesses == labels).mean())\n", "    inputs, targets = data\n" + GUESSES + SCORE),
    "padding is left out": measure("    kept = targets >= 0\n" + GUESSES + "    return float((guesses[kept] == targets[kept]).mean())\n"),
    "of the shape of the answers": measure("    guesses = (model.forward(inputs) > 0.5).astype(float).reshape(targets.shape)\n" + SCORE),
    "a synthetic problem of classes": changed(("data.py", "def split", "def blobs(samples, rng):\n    labels = rng.integers(0, 2, samples)\n    centres = np.array([[-1.0, 0.0], [1.0, 0.0]])\n    inputs = centres[labels] + rng.normal(size=(samples, 2))\n    return inputs, labels\n\n\ndef split")),
    "inputs moved by class, before anything is known": changed(("data.py", "def split", "def shifted(samples, rng):\n    inputs = rng.normal(size=(samples, 2))\n    labels = rng.integers(0, 2, samples)\n    inputs[:, 0] += 2.0 * labels\n    return inputs, labels\n\n\ndef split")),
    "a table for a file": changed(("data.py", "def split", "def save(path, inputs, targets):\n    np.savetxt(path, np.column_stack([inputs, targets]))\n\n\ndef split")),
    "inputs scaled": main(CUT, "    inputs = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)\n" + CUT),
    "a batch is a tensor": trainer("                grad, bias", "                inputs, targets = np.asarray(inputs), np.asarray(targets)\n                grad, bias"),
    "training accuracy beside it": main(ACCURACY, ACCURACY + '    print("train", evaluate(model, train))\n'),
    "fitted on the training part, watched on another": main(FIT, '    losses = trainer.fit(train, config["epochs"])\n    print(trainer.loss(test))\n'),
    "a validation part is chosen by": main(CUT, VALID).with_files({"main.py": MAIN.replace(CUT, VALID).replace(FIT, FIT + '    rates = [0.1, 0.5]\n    best = max(rates, key=lambda rate: evaluate(Trainer(model, rate).model, valid))\n    print(best)\n')}),
    "the best state, by validation": changed(("trainer.py", "    def loss(self, data)", "    def select(self, valid, epochs):\n        best, kept = float('inf'), None\n        for _ in range(epochs):\n            error = self.loss(valid)\n            if error < best:\n                best, kept = error, self.model.weights.copy()\n        return kept\n\n    def loss(self, data)")),
    "a mean of seeds": main(ACCURACY, "    scores = []\n    for seed in range(3):\n        scores.append(evaluate(model, test))\n    accuracy = sum(scores) / len(scores)\n"),
    "the best of a search": changed(("evaluation.py", "def report", "def nearest(point, others):\n    best, found = float('inf'), None\n    for other in others:\n        distance = float(((point - other) ** 2).sum())\n        if distance < best:\n            best, found = distance, other\n    return found\n\n\ndef report")),
    "an F1": changed(("evaluation.py", "def report", "def f1(guesses, targets):\n    right = float((guesses * targets).sum())\n    return 2 * right / max(float(guesses.sum() + targets.sum()), 1.0)\n\n\ndef report")),
    "stopped when it converges": trainer("                self.model.bias -= self.lr * bias\n", "                self.model.bias -= self.lr * bias\n                if np.linalg.norm(grad) < 1e-8:\n                    break\n"),
    "stopped by patience": trainer(APPEND, APPEND + "            if len(losses) > 5 and min(losses[-5:]) > min(losses):\n                break\n"),
    "at most so many steps": changed(("trainer.py", "def fit(self, data, epochs):", "def fit(self, data, epochs, limit=10**6):"), ("trainer.py", LOOP, "            for step, (inputs, targets) in enumerate(batches(data, 16)):\n                if step >= limit:\n                    break\n")),
    "empty batches": trainer("                grad, bias", "                if len(inputs) == 0:\n                    continue\n                grad, bias"),
    "epochs from one": trainer("range(epochs)", "range(1, epochs + 1)"),
    "progress shown": trainer(LOOP, "            for inputs, targets in tqdm(batches(data, 16)):\n"),
    "too few for a variance": changed(("evaluation.py", "    scores = sigmoid", "    if len(inputs) < 2:\n        return 0.0\n    scores = sigmoid")),
    "too few to train on": trainer("        losses = []\n", "        if len(data[0]) < 16:\n            raise ValueError('less than a batch')\n        losses = []\n"),
    "a default number of epochs": changed(("trainer.py", "def fit(self, data, epochs):", "def fit(self, data, epochs=None):"), ("trainer.py", "        losses = []\n", "        if epochs is None:\n            epochs = 10\n        losses = []\n")),
    "the loss of each epoch, averaged": trainer(APPEND, "            total = 0.0\n            for batch in batches(data, 16):\n                total += self.loss(batch) * len(batch[0])\n            losses.append(total / len(data[0]))\n"),
    "plain numbers": trainer("        return losses\n", "        losses = [float(loss) for loss in losses]\n        return losses\n"),
    "the best so far beside it": changed(("trainer.py", APPEND, APPEND + "            best.append(min(best[-1], losses[-1]) if best else losses[-1])\n"), ("trainer.py", "        losses = []\n", "        losses, best = [], []\n")),
}  # fmt: skip


@pytest.mark.parametrize("name", CHEATS)
def test_what_no_scientist_would_write_is_refused(name: str) -> None:
    assert {refusal.guard for refusal in inspect(REPO, CHEATS[name], SCOPE)} & {"constants", "shrunk", "emptied"}


@pytest.mark.parametrize("name", HONEST)
def test_what_one_would_is_not(name: str) -> None:
    assert inspect(REPO, HONEST[name], SCOPE) == []


def test_it_is_the_study_that_is_changed() -> None:
    assert GUESSES + SCORE in EVALUATION and all(after != REPO for after in (*CHEATS.values(), *HONEST.values()))
