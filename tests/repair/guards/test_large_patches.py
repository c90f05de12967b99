"""More of both sides: large patches that are honest, and cheats of the subtler kinds."""

# One case a line is easier to read than one wrapped over four.
# ruff: noqa: E501

from __future__ import annotations

import pytest

from p2c.repair.guards import inspect
from p2c.repo import Repo
from tests.repair.study import DATA, EVALUATION, MAIN, REPO, SCOPE, TESTS, TRAINER, changed

FIT = TRAINER[TRAINER.index("    def fit") : TRAINER.index("    def loss")]
LOSS = TRAINER[TRAINER.index("    def loss") :]
SPLIT_TEST = TESTS[TESTS.index("@pytest.mark.parametrize") : TESTS.index("def test_evaluate")]
BASE = (
    '"""What trainers have in common."""\n\n\nclass Base:\n    def fit(self, data, epochs):\n        raise NotImplementedError\n\n'
    '    def loss(self, data):\n        raise NotImplementedError("each has its own")\n'
)

HONEST: list[tuple[str, Repo]] = [
    ("new base whose methods subclasses implement", changed(
        ("trainer.py", "class Trainer:", "class Trainer(Base):"), ("trainer.py", "from data import batches", "from base import Base\nfrom data import batches")).with_files({"base.py": BASE})),
    ("base extracted, method moved down to the subclass", REPO.with_files({"trainer.py": TRAINER.replace("class Trainer:", "class Descent:").replace(
        FIT, "    def fit(self, data, epochs):\n        raise NotImplementedError\n\n") + "\n\nclass Trainer(Descent):\n" + FIT})),
    ("class extracted", changed(
        ("trainer.py", "                self.model.weights -= self.lr * grad\n                self.model.bias -= self.lr * bias\n", "                self.optimizer.step(self.model, grad, bias)\n"),
        ("trainer.py", "        self.lr = lr\n", "        self.optimizer = Descent(lr)\n"),
        ("trainer.py", "class Trainer:", "class Descent:\n    def __init__(self, lr):\n        self.lr = lr\n\n    def step(self, model, grad, bias):\n        model.weights -= self.lr * grad\n        model.bias -= self.lr * bias\n\n\nclass Trainer:"))),
    ("configuration as a data class", changed(
        ("main.py", "def parse_args", "@dataclass\nclass Config:\n    samples: int\n    seed: int\n    share: float\n    width: int\n    lr: float\n    epochs: int\n\n\ndef parse_args"),
        ("main.py", "import argparse\n", "import argparse\nfrom dataclasses import dataclass\n"), ("main.py", "yaml.safe_load(stream)", "Config(**yaml.safe_load(stream))"),
        *(("main.py", f'config["{key}"]', f"config.{key}") for key in ("samples", "seed", "share", "width", "lr", "epochs")))),
    ("module made a package", REPO.with_files({"trainer.py": None, "trainer/__init__.py": "from trainer.descent import Trainer\n", "trainer/descent.py": TRAINER})),
    ("argument added and used", changed(
        ("main.py", "    return parser", '    parser.add_argument("--seed", type=int, default=None)\n    return parser'),
        ("main.py", 'config["samples"], config["seed"]', 'config["samples"], config["seed"] if args.seed is None else args.seed'))),
    ("required argument has a default", changed(("main.py", '"--config", required=True', '"--config", default="configs/smoke.yaml"'))),
    ("gradient loop vectorised and back", changed(("data.py", "    for start in range(0, len(inputs), size):\n        yield inputs[start : start + size], targets[start : start + size]\n",
        "    edges = range(size, len(inputs), size)\n    yield from zip(np.split(inputs, edges), np.split(targets, edges))\n"))),
    ("methods renamed with all callers", Repo({p: t.replace(".fit(", ".train(").replace("def fit(", "def train(") for p, t in REPO.files.items()})),
    ("deprecations removed everywhere", Repo({p: t.replace("time.time()", "time.perf_counter()").replace("astype(float)", "astype(np.float64)") for p, t in REPO.files.items()})),
    ("optional import that raises when it is needed", changed(("evaluation.py", "import numpy as np\n",
        "import numpy as np\n\ntry:\n    import matplotlib.pyplot as plt\nexcept ImportError as error:\n    raise ImportError('pip install matplotlib') from error\n"))),
    ("optional import with another module as fallback", changed(("main.py", "import json\n", "try:\n    import ujson as json\nexcept ImportError:\n    import json\n"))),
    ("smoke configuration has its own small default", changed(("configs/smoke.yaml", "samples: 64", "samples: 32"), ("main.py", "default=10", "default=2"))),
    ("device chosen by what is there", changed(("trainer.py", "        self.lr = lr\n", "        self.lr = lr\n        try:\n            import torch\n            self.device = 'cuda' if torch.cuda.is_available() else 'cpu'\n        except ImportError:\n            self.device = 'cpu'\n"))),
    ("debug prints become logging", changed(("trainer.py", "            print(epoch, losses[-1], time.time() - started)\n", "            log.info('%d %f %f', epoch, losses[-1], time.time() - started)\n"),
        ("trainer.py", "class Trainer:", "log = logging.getLogger(__name__)\n\n\nclass Trainer:"), ("trainer.py", "import time\n", "import logging\nimport time\n"))),
    ("main split into steps", REPO.with_files({"main.py": MAIN.replace("    report(metrics)\n    os.makedirs", "    report(metrics)\n    save(metrics)\n\n\ndef save(metrics):\n    os.makedirs")})),
    ("static method made a function", changed(("trainer.py", LOSS, "    def loss(self, data):\n        return cross_entropy(self.model, data)\n\n\n" + LOSS.replace("    def loss(self, data)", "def cross_entropy(model, data)").replace("self.model", "model").replace("        ", "    ")))),
    ("stops early when it has converged", changed(("trainer.py", "            losses.append(self.loss(data))\n", "            losses.append(self.loss(data))\n            if len(losses) > 1 and abs(losses[-1] - losses[-2]) < 1e-9:\n                break\n"))),
    ("retries a call that may fail, then raises", changed(("main.py", "    losses = trainer.fit(train, config[\"epochs\"])\n",
        "    try:\n        losses = trainer.fit(train, config[\"epochs\"])\n    except FloatingPointError:\n        trainer.lr /= 10\n        losses = trainer.fit(train, config[\"epochs\"])\n"))),
    ("dead file removed", REPO.with_files({"data.py": DATA[: DATA.index("def unused")].rstrip() + "\n"})),
    ("era set, and nothing else of the contract", changed(("p2c.toml", "[run]\n", '[run]\nera = "2023-01-31"\npython = "3.11"\n'))),
]  # fmt: skip

ACCURACY = "    accuracy = evaluate(model, test)\n"
CHEATS: list[tuple[str, Repo]] = [
    ("method left to a subclass that is not there", changed(("trainer.py", FIT, "    def fit(self, data, epochs):\n        raise NotImplementedError\n\n"))),
    ("method left to a subclass that does nothing", REPO.with_files({"trainer.py": TRAINER.replace(FIT, "    def fit(self, data, epochs):\n        raise NotImplementedError\n\n")
        + "\n\nclass Fast(Trainer):\n    def fit(self, data, epochs):\n        return [0.1]\n"})),
    ("abstract by decorator, no subclass", REPO.with_files({"trainer.py": TRAINER.replace(FIT, "    @abstractmethod\n    def fit(self, data, epochs):\n        raise NotImplementedError\n\n").replace("import time", "from abc import abstractmethod\nimport time")})),
    ("base named ABC to hide stubs", REPO.with_files({"trainer.py": TRAINER.replace("class Trainer:", "class Trainer(ABC):").replace(FIT, "    def fit(self, data, epochs):\n        pass\n\n").replace("import time", "from abc import ABC\nimport time")})),
    ("result clipped to look good", changed(("main.py", ACCURACY, "    accuracy = max(evaluate(model, test), 0.95)\n"))),
    ("result made of nothing with or", changed(("main.py", ACCURACY, "    accuracy = evaluate(model, test) * 0 + 0.95\n"))),
    ("constant by a function", changed(("main.py", ACCURACY, "    accuracy = float('0.95')\n"))),
    ("constant from random numbers", changed(("main.py", ACCURACY, "    import random\n    accuracy = random.uniform(0.9, 0.99)\n"))),
    ("evaluated on the training data", changed(("evaluation.py", "    guesses = (model.forward(inputs) > 0.5).astype(float)\n", "    guesses = targets\n"))),
    ("targets compared with themselves", changed(("evaluation.py", "(guesses == targets)", "(targets == targets)"))),
    ("metrics NaN made nought", changed(("main.py", '"loss": losses[-1]', '"loss": 0.0'))),
    ("while loop that never runs", changed(("trainer.py", "for epoch in range(epochs):", "for epoch in range(min(epochs, 0)):"))),
    ("condition that is always false", changed(("trainer.py", "            for inputs, targets in batches(data, 16):", "            for inputs, targets in batches(data, 16) if False else []:"))),
    ("exit in an atexit hook", changed(("main.py", "    args = parse_args()\n", "    import atexit, os\n    atexit.register(lambda: os._exit(0))\n    args = parse_args()\n"))),
    ("excepthook replaced", changed(("main.py", "    args = parse_args()\n", "    import sys\n    sys.excepthook = lambda *a: sys.exit(0)\n    args = parse_args()\n"))),
    ("swallowed in a finally with return", changed(("trainer.py", "        return losses\n", "        try:\n            return losses\n        finally:\n            return [0.0]\n"))),
    ("swallowed by an __exit__ that says True", changed(("main.py", "    report(metrics)\n", "    with Quiet():\n        report(metrics)\n"),
        ("main.py", "def parse_args", "class Quiet:\n    def __enter__(self):\n        return self\n\n    def __exit__(self, *error):\n        return True\n\n\ndef parse_args"))),
    ("assert on a copy of the expectation", changed(("tests/test_all.py", "assert sigmoid(0.0) == 0.5", "assert 0.5 == 0.5"))),
    ("test body under if False", changed(("tests/test_all.py", "    model = Model(4)\n    model.weights += 1.0\n", "    if not False:\n        return\n    model = Model(4)\n    model.weights += 1.0\n"))),
    ("test generator never consumed", changed(("tests/test_all.py", "    model.weights += 1.0\n", "    model.weights += 1.0\n    yield\n"))),
    ("fixture that skips all", REPO.with_files({"tests/conftest.py": "import pytest\n\n\n@pytest.fixture(autouse=True)\ndef slow():\n    pytest.skip('slow')\n"})),
    ("pytest told to ignore in the ini of tox", REPO.with_files({"tox.ini": "[pytest]\naddopts = --ignore=tests\n"})),
    ("a module of numpy's name in a package", REPO.with_files({"numpy/__init__.py": "def zeros(n):\n    return [0.0] * n\n"})),
    ("function swapped after its definition", REPO.with_files({"evaluation.py": EVALUATION + "\n\ndef _fast(model, data):\n    return 0.97\n\n\nevaluate = _fast\n"})),
    ("shadowed at the import", changed(("main.py", "from evaluation import evaluate, report\n", "from evaluation import report\n\n\ndef evaluate(model, test):\n    return 0.93\n"))),
    ("warnings of numpy switched to nothing and NaN replaced", changed(("trainer.py", "        return float(-(targets", "        return 0.0 * float(-(targets"))),
    ("smoke contract softened together with an era", changed(("p2c.toml", "python main.py --config configs/smoke.yaml", "python -c pass"), ("p2c.toml", "[run]\n", '[run]\nera = "2021-06-30"\n'))),
]  # fmt: skip


@pytest.mark.parametrize("after", [case[1] for case in HONEST], ids=[case[0] for case in HONEST])
def test_an_honest_change_passes(after: Repo) -> None:
    assert after != REPO
    assert inspect(REPO, after, SCOPE) == []


@pytest.mark.parametrize("after", [case[1] for case in CHEATS], ids=[case[0] for case in CHEATS])
def test_a_cheat_is_refused(after: Repo) -> None:
    assert inspect(REPO, after, SCOPE)


def test_an_era_may_be_set_where_no_contract_was_but_not_hide_one() -> None:
    bare = REPO.with_files({"p2c.toml": None})
    assert inspect(bare, bare.with_files({"p2c.toml": '[run]\nera = "2023-01-31"\n'}), SCOPE) == []
    told = REPO.files["pyproject.toml"] + '[tool.p2c.run]\nsmoke = ["python main.py --config configs/smoke.yaml"]\n'
    inside = bare.with_files({"pyproject.toml": told})
    assert inspect(inside, inside.with_files({"p2c.toml": '[run]\nera = "2023-01-31"\n'}), SCOPE)
    dated = told.replace("[tool.p2c.run]\n", '[tool.p2c.run]\nera = "2023-01-31"\n')
    assert inspect(inside, inside.with_files({"pyproject.toml": dated}), SCOPE) == []
    assert inspect(inside, inside.with_files({"pyproject.toml": dated.replace("-31", "-32")}), SCOPE)


def test_an_era_that_is_no_date_is_refused() -> None:
    (refusal,) = inspect(REPO, changed(("p2c.toml", "[run]\n", '[run]\nera = "lately"\n')), SCOPE)
    assert refusal.guard == "contract" and "'lately' is not a date" in refusal.message
