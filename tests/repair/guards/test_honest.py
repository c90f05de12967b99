"""Large changes that are honest pass every guard."""

# One case a line is easier to read than one wrapped over four.
# ruff: noqa: E501

from __future__ import annotations

from dataclasses import replace

import pytest

from p2c.repair.guards import inspect
from p2c.repo import Repo
from p2c.run_contract import write_contract
from tests.repair.study import CONTRACT, DATA, EVALUATION, MAIN, MODEL, REPO, SCOPE, TRAINER, changed

REWRITTEN = '''"""The model, written anew."""
from __future__ import annotations

import numpy as np


def sigmoid(values: np.ndarray) -> np.ndarray:
    """Stable logistic function."""
    positive = np.exp(-np.logaddexp(0.0, -values))
    return positive


class Model:
    """Logistic regression with an optional penalty."""

    def __init__(self, width: int, penalty: float = 0.0) -> None:
        if width <= 0:
            raise ValueError(f"width is {width}")
        self.weights = np.zeros(width)
        self.bias = 0.0
        self.penalty = penalty

    def forward(self, inputs: np.ndarray) -> np.ndarray:
        logits = inputs @ self.weights + self.bias
        return sigmoid(logits)

    def gradient(self, inputs, targets):
        residual = self.forward(inputs) - targets
        return inputs.T @ residual / len(targets) + self.penalty * self.weights, residual.mean()
'''

SPLIT = DATA[DATA.index("def split") : DATA.index("def batches")]
BATCHES = DATA[DATA.index("def batches") : DATA.index("def unused")]
DEAD = DATA[DATA.index("def unused") :]
CONFIDENCE = EVALUATION[EVALUATION.index("def confidence") :]
LOSS = TRAINER[TRAINER.index("    def loss") :]
INNER = TRAINER[TRAINER.index("                grad, bias") : TRAINER.index("            losses.append")]


def everywhere(old: str, new: str) -> Repo:
    """Rename in code and tests alike."""
    return Repo({path: text.replace(old, new) if path.endswith(".py") else text for path, text in REPO.files.items()})


HONEST: list[tuple[str, Repo]] = [
    ("file written anew from its spec", REPO.with_files({"model.py": REWRITTEN})),
    ("dead code removed", changed(("data.py", DEAD, ""))),
    ("dead function nobody calls removed", changed(("evaluation.py", CONFIDENCE, ""), ("evaluation.py", "from model import sigmoid\n", ""))),
    ("function renamed with its callers", everywhere("load_data", "make_data")),
    ("class renamed with its callers", everywhere("Trainer", "Descent")),
    ("module renamed", Repo({("dataset.py" if p == "data.py" else p): t.replace("from data import", "from dataset import")
                             for p, t in REPO.files.items()})),
    ("functions moved to another file", changed(
        ("data.py", BATCHES, ""), ("trainer.py", "from data import batches", "from batching import batches"),
    ).with_files({"batching.py": '"""Batches."""\n\n\n' + BATCHES.rstrip() + "\n"})),
    ("promised function moved and imported back", changed(
        ("evaluation.py", EVALUATION[EVALUATION.index("def evaluate") : EVALUATION.index("def report")], ""),
        ("evaluation.py", "from model import sigmoid\n", "from model import sigmoid\nfrom scores import evaluate\n"),
    ).with_files({"scores.py": '"""Scores."""\n\n\n'
                  + EVALUATION[EVALUATION.index("def evaluate") : EVALUATION.index("def report")].rstrip() + "\n"})),
    ("file split in two", changed(("data.py", DEAD, "")).with_files({"shuffling.py": DEAD})),
    ("helper inlined", changed(
        ("evaluation.py", EVALUATION[EVALUATION.index("def report") : EVALUATION.index("def confidence")], ""),
        ("main.py", "    report(metrics)\n", '    for name, value in metrics.items():\n        print(f"{name}: {value:.4f}")\n'),
        ("main.py", "evaluate, report", "evaluate"))),
    ("own function replaced by a library's", changed(
        ("model.py", MODEL[MODEL.index("def sigmoid") : MODEL.index("class Model")], ""),
        ("model.py", "import numpy as np\n", "import numpy as np\nfrom scipy.special import expit as sigmoid\n"))),
    ("library call where own code was", changed(
        ("evaluation.py", "from model import sigmoid\n", "from scipy.special import expit\n"),
        ("evaluation.py", "sigmoid(inputs", "expit(inputs"))),
    ("loop vectorised", changed(
        ("evaluation.py", "    total = 0.0\n    for score in scores:\n        total += abs(score - 0.5)\n    return total / len(scores)\n",
         "    return float(np.abs(scores - 0.5).mean())\n"))),
    ("step extracted to a method", changed(
        ("trainer.py", INNER, "                self.step(inputs, targets)\n"),
        ("trainer.py", LOSS, LOSS + "\n    def step(self, inputs, targets):\n" + INNER.replace("                ", "        ")))),
    ("exception narrowed", changed(
        ("main.py", "    report(metrics)\n", "    try:\n        report(metrics)\n    except BrokenPipeError:\n        pass\n"))),
    ("exception raised again with more words", changed(
        ("main.py", "        config = yaml.safe_load(stream)\n",
         "        try:\n            config = yaml.safe_load(stream)\n        except Exception as error:\n"
         '            raise ValueError(f"{args.config} is not YAML") from error\n'))),
    ("optional dependency", changed(
        ("evaluation.py", "import numpy as np\n", "import numpy as np\n\ntry:\n    import matplotlib\nexcept ImportError:\n    matplotlib = None\n"))),
    ("falls back to computing", changed(
        ("data.py", "    rng = np.random.default_rng(seed)\n",
         "    try:\n        rng = np.random.default_rng(seed)\n    except AttributeError:\n        rng = np.random.RandomState(seed)\n"))),
    ("missing file made on the spot", changed(
        ("data.py", "def load_data(samples, seed):\n",
         "def cached(path):\n    try:\n        return np.load(path)\n    except FileNotFoundError:\n        return None\n\n\n"
         "def load_data(samples, seed):\n"))),
    ("exit code handed on", changed(("main.py", "    main()\n", "    sys.exit(main())\n"), ("main.py", "import os\n", "import os\nimport sys\n"))),
    ("exit with an error", changed(
        ("main.py", "    with open(args.config)", '    if not os.path.exists(args.config):\n        raise SystemExit("no configuration")\n    with open(args.config)'))),
    ("exit 0 at the very end", changed(("main.py", "    main()\n", "    main()\n    sys.exit(0)\n"), ("main.py", "import os\n", "import os\nimport sys\n"))),
    ("early return for a case", changed(
        ("evaluation.py", "    scores = sigmoid(", "    if len(inputs) == 0:\n        return 0.0\n    scores = sigmoid("))),
    ("guard clause that raises", changed(
        ("trainer.py", "        losses = []\n", '        if epochs < 1:\n            raise ValueError("no epochs")\n        losses = []\n'))),
    ("main guard added", changed(("main.py", 'if __name__ == "__main__":\n    main()\n', 'if "__main__" == __name__:\n    main()\n'))),
    ("main calls a new function", changed(
        ("main.py", 'if __name__ == "__main__":\n    main()\n', 'def run():\n    main()\n\n\nif __name__ == "__main__":\n    run()\n'))),
    ("counter starts at nought", changed(
        ("trainer.py", "        losses = []\n", "        losses = []\n        total_steps = 0\n"),
        ("trainer.py", "                self.model.bias", "                total_steps += 1\n                self.model.bias"))),
    ("workers set to nought", changed(("configs/smoke.yaml", "epochs: 3\n", "epochs: 3\nnum_workers: 0\nwarmup_steps: 0\n"))),
    ("smoke run made smaller", changed(("configs/smoke.yaml", "samples: 64", "samples: 16"), ("configs/smoke.yaml", "epochs: 3", "epochs: 1"))),
    ("numbers written so that YAML reads them", changed(("configs/smoke.yaml", "lr: 0.5", "lr: 5.0e-1"))),
    ("missing module written", changed(
        ("main.py", "from trainer import Trainer\n", "from trainer import Trainer\nfrom plotting import draw\n")).with_files(
        {"plotting.py": "import json\n\n\ndef draw(values, path):\n    with open(path, 'w') as stream:\n        json.dump(list(values), stream)\n"})),
    ("requirements and packages", REPO.with_files(
        {"requirements.txt": "numpy>=1.26\nPyYAML\nscipy\n", "tests/__init__.py": "", "src/__init__.py": ""})),
    ("removed API", everywhere("np.clip", "np.minimum")),
    ("keyword renamed", changed(("trainer.py", "def loss(self, data)", "def loss(self, batch)"), ("trainer.py", "inputs, targets = data\n        p", "inputs, targets = batch\n        p"))),
    ("types added everywhere", changed(
        ("data.py", "def load_data(samples, seed):", "def load_data(samples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:"),
        ("data.py", "def split(inputs, targets, share):", "def split(inputs: np.ndarray, targets: np.ndarray, share: float):"),
        ("trainer.py", "def fit(self, data, epochs):", "def fit(self, data, epochs: int) -> list[float]:"))),
    ("tests added", REPO.with_files({"tests/test_more.py": "from model import sigmoid\n\n\ndef test_half():\n    assert sigmoid(0) == 0.5\n"})),
    ("new tests that need what may be missing", REPO.with_files({"tests/test_gpu.py":
        "import pytest\n\ntorch = pytest.importorskip('torch')\n\n\n@pytest.mark.skipif(True, reason='no GPU')\n"
        "def test_on_gpu():\n    assert torch.ones(1).sum() == 1\n"})),
    ("new class with a method that does nothing", REPO.with_files({"callbacks.py":
        "class Quiet:\n    def report(self, value):\n        pass\n\n    def close(self):\n        return None\n"})),
    ("one more artifact", REPO.with_files({"p2c.toml": write_contract(replace(CONTRACT, artifacts=(*CONTRACT.artifacts, "outputs/log.txt")))})),
    ("seeded and deterministic", changed(("main.py", "    model = Model(", "    random.seed(0)\n    model = Model("), ("main.py", "import os\n", "import os\nimport random\n"))),
    ("path added to sys", changed(("main.py", "import os\n", "import os\nimport sys\n"), ("main.py", "import yaml\n", "import yaml\n\nsys.path.insert(0, os.path.dirname(__file__))\n"))),
    ("no screen", changed(("main.py", "import os\n", 'import os\n\nos.environ["MPLBACKEND"] = "Agg"\n'))),
    ("alias for a removed name", changed(("data.py", "import numpy as np\n", "import numpy as np\n\nnp.float = float\n"))),
    ("abstract base added", REPO.with_files({"base.py":
        "from abc import ABC, abstractmethod\n\n\nclass Base(ABC):\n    @abstractmethod\n    def forward(self, inputs):\n"
        "        raise NotImplementedError\n\n\nclass Loss(Base):\n    def forward(self, inputs):\n        return inputs.sum()\n"})),
    ("protocol added", REPO.with_files({"base.py":
        "from typing import Protocol\n\n\nclass Predictor(Protocol):\n    def forward(self, inputs): ...\n"})),
    ("default stands in the code", changed(("main.py", 'config["share"]', 'config.get("share", 0.75)'))),
    ("whole program in one class", REPO.with_files({"main.py": MAIN.replace("def main():\n    args = parse_args()", "def main(argv=None):\n    args = parse_args()")})),
]  # fmt: skip


@pytest.mark.parametrize("after", [case[1] for case in HONEST], ids=[case[0] for case in HONEST])
def test_an_honest_change_passes(after: Repo) -> None:
    assert after != REPO
    assert inspect(REPO, after, SCOPE) == []


def test_there_are_enough_of_them() -> None:
    assert len(HONEST) >= 30


def test_an_honest_change_passes_where_nothing_is_promised() -> None:
    free = replace(SCOPE, promises={})
    for name, after in HONEST:
        assert inspect(REPO, after, free) == [], name


def test_a_test_whose_expectation_is_wrong_needs_a_person() -> None:
    after = changed(("tests/test_all.py", "== int(10 * share)", "== round(10 * share)"))
    assert {refusal.guard for refusal in inspect(REPO, after, SCOPE)} == {"tests"}
    assert inspect(REPO, after, replace(SCOPE, allow=frozenset({"tests"}))) == []
