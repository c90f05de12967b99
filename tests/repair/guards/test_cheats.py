"""Each way to cheat is refused by the guard that knows it, and by name can be allowed."""

# One case a line is easier to read than one wrapped over four.
# ruff: noqa: E501

from __future__ import annotations

from dataclasses import replace

import pytest

from p2c.repair.guards import NAMES, inspect
from p2c.repo import Repo
from tests.repair.study import CONTRACT, DATA, EVALUATION, MAIN, MODEL, REPO, SCOPE, TESTS, TRAINER, changed

FIT = TRAINER[TRAINER.index("        losses = []") : TRAINER.index("    def loss")]
EVALUATE = EVALUATION[EVALUATION.index("    inputs, targets = data") : EVALUATION.index("def report")]
WORK = MAIN[MAIN.index("    inputs, targets = load_data") : MAIN.index("    os.makedirs")]
BLOCK = "".join(f"    {line}\n" if line else "\n" for line in WORK.rstrip("\n").split("\n"))

CHEATS: list[tuple[str, str, Repo]] = [
    ("body is pass", "emptied", changed(("trainer.py", FIT, "        pass\n\n"))),
    ("body is dots", "emptied", changed(("trainer.py", FIT, "        ...\n\n"))),
    ("body returns None", "emptied", changed(("trainer.py", FIT, "        return None\n\n"))),
    ("body returns a constant", "emptied", changed(("evaluation.py", EVALUATE, "    return 0.97\n\n\n"))),
    ("body raises", "emptied", changed(("trainer.py", FIT, "        raise NotImplementedError\n\n"))),
    ("body only talks", "emptied", changed(("trainer.py", FIT, '        print("training skipped")\n        return [0.0]\n\n'))),
    ("input ignored", "emptied", changed(("evaluation.py", EVALUATE, "    result = 0.93\n    return result\n\n\n"))),
    ("defined again as a stub", "emptied", changed(**{"trainer.py": None}).with_files(
        {"trainer.py": TRAINER + "\n\nclass Trainer(Trainer):\n    def fit(self, data, epochs):\n        return [0.1]\n"})),
    ("function becomes a lambda", "emptied", REPO.with_files(
        {"evaluation.py": EVALUATION + "\n\nevaluate = lambda model, data: 0.9\n"})),
    ("method replaced on the class", "emptied", REPO.with_files(
        {"model.py": MODEL + "\n\nModel.forward = lambda self, inputs: None\n"})),
    ("moved away as a stub", "emptied", changed(
        ("evaluation.py", EVALUATION[EVALUATION.index("def confidence") :], ""),
    ).with_files({"extra.py": "def confidence(model, inputs):\n    return 0.5\n"})),
    ("early return", "unreachable", changed(
        ("trainer.py", "        losses = []\n", "        return [0.1]\n        losses = []\n"))),
    ("early exit of the loop", "unreachable", changed(
        ("trainer.py", "            started = time.time()\n", "            break\n            started = time.time()\n"))),
    ("branch switched off", "unreachable", changed(
        ("trainer.py", "            for inputs, targets in batches(data, 16):\n",
         "            while False:\n              for inputs, targets in batches(data, 16):\n"),
        ("trainer.py", "                grad, bias", "                  grad, bias"),
        ("trainer.py", "                self.model", "                  self.model"))),
    ("promised method gone", "removed", changed(
        ("model.py", MODEL[MODEL.index("    def forward") : MODEL.index("    def gradient")], ""))),
    ("promised file gone", "removed", changed(**{"evaluation.py": None})),
    ("failing function and its call gone", "removed", changed(
        ("evaluation.py", EVALUATION[EVALUATION.index("def report") : EVALUATION.index("def confidence")], ""),
        ("main.py", "    report(metrics)\n", ""), ("main.py", "evaluate, report", "evaluate"))),
    ("call left out", "removed", changed(("main.py", "    losses = trainer.fit(train, config[\"epochs\"])\n", "    losses = [0.1]\n"))),
    ("deleted but imported", "removed", changed(
        ("data.py", DATA[DATA.index("def split") : DATA.index("def batches")], ""))),
    ("main emptied", "removed", changed(("main.py", WORK, '    metrics = {"loss": 0.1, "accuracy": 0.9}\n'))),
    ("broad except passes", "swallowed", changed(
        ("main.py", WORK, f"    metrics = {{}}\n    try:\n{BLOCK}    except Exception:\n        pass\n"))),
    ("bare except passes", "swallowed", changed(
        ("main.py", WORK, f"    metrics = {{}}\n    try:\n{BLOCK}    except:\n        pass\n"))),
    ("except logs", "swallowed", changed(
        ("main.py", WORK, f"    metrics = {{}}\n    try:\n{BLOCK}    except Exception as e:\n        print('failed', e)\n"))),
    ("except sets a result", "swallowed", changed(
        ("main.py", WORK,
         f"    try:\n{BLOCK}    except Exception:\n        metrics = {{'loss': 0.0, 'accuracy': 0.0}}\n"))),
    ("except TypeError passes", "swallowed", changed(
        ("main.py", "    report(metrics)\n", "    try:\n        report(metrics)\n    except TypeError:\n        pass\n"))),
    ("suppress", "swallowed", changed(
        ("main.py", "    report(metrics)\n", "    with contextlib.suppress(Exception):\n        report(metrics)\n"),
        ("main.py", "import argparse\n", "import argparse\nimport contextlib\n"))),
    ("except in a test", "swallowed", changed(
        ("tests/test_all.py", "    assert sigmoid(0.0) == 0.5\n",
         "    try:\n        assert sigmoid(0.0) == 0.5\n    except AssertionError:\n        pass\n"))),
    ("sys.exit(0) on the way", "exits", changed(
        ("main.py", "    model = Model(config[\"width\"])\n", "    import sys\n    sys.exit(0)\n    model = Model(config[\"width\"])\n"))),
    ("os._exit on the way", "exits", changed(
        ("trainer.py", "        losses = []\n", "        import os\n        os._exit(0)\n        losses = []\n"))),
    ("quit at import", "exits", changed(("model.py", "import numpy as np\n", "import numpy as np\nquit()\n"))),
    ("SystemExit raised", "exits", changed(
        ("trainer.py", "        losses = []\n", "        if epochs:\n            raise SystemExit\n        losses = []\n"))),
    ("exit when it fails", "swallowed", changed(
        ("main.py", "    main()\n", "    try:\n        main()\n    except Exception:\n        raise SystemExit(0)\n"))),
    ("type: ignore", "silenced", changed(
        ("model.py", "        return sigmoid(", "        return sigmoid(  # type: ignore\n            "))),
    ("noqa", "silenced", changed(("model.py", "import numpy as np\n", "import numpy as np  # noqa: F401\n"))),
    ("test file deleted", "tests", changed(**{"tests/test_all.py": None})),
    ("test deleted", "tests", changed(
        ("tests/test_all.py", TESTS[TESTS.index("def test_evaluate") : TESTS.index("def test_bad")], ""))),
    ("test renamed away", "tests", changed(("tests/test_all.py", "def test_evaluate", "def check_evaluate"))),
    ("test skipped", "tests", changed(("tests/test_all.py", "def test_evaluate", "@pytest.mark.skip\ndef test_evaluate"))),
    ("test expected to fail", "tests", changed(
        ("tests/test_all.py", "def test_evaluate", '@pytest.mark.xfail(reason="x")\ndef test_evaluate'))),
    ("skip inside", "tests", changed(("tests/test_all.py", "    model = Model(4)\n", '    pytest.skip("slow")\n    model = Model(4)\n'))),
    ("assertion removed", "tests", changed(("tests/test_all.py", "    assert len(train[0]) == int(10 * share)\n", ""))),
    ("assertion emptied", "tests", changed(("tests/test_all.py", "assert sigmoid(0.0) == 0.5", "assert True"))),
    ("bound lowered", "tests", changed(("tests/test_all.py", "> 0.9", "> 0.1"))),
    ("expectation changed", "tests", changed(("tests/test_all.py", "sigmoid(0.0) == 0.5", "sigmoid(0.0) == 0.7"))),
    ("or True", "tests", changed(("tests/test_all.py", "sigmoid(0.0) == 0.5", "sigmoid(0.0) == 0.5 or True"))),
    ("raises gone", "tests", changed(
        ("tests/test_all.py", "    with pytest.raises(ValueError):\n        Model(3)", "    if True:\n        Model(3)"))),
    ("cases dropped", "tests", changed(("tests/test_all.py", "[0.2, 0.5, 0.8]", "[0.5]"))),
    ("test moved and skipped", "tests", changed(
        ("tests/test_all.py", TESTS[TESTS.index("def test_evaluate") : TESTS.index("def test_bad")], "")).with_files(
        {"tests/test_slow.py": "import pytest\n\npytestmark = pytest.mark.skip\n\n\n"
         + TESTS[TESTS.index("def test_evaluate") : TESTS.index("def test_bad")]})),
    ("conftest that skips", "tests", REPO.with_files(
        {"conftest.py": "def pytest_collection_modifyitems(items):\n    items.clear()\n"})),
    ("conftest that ignores", "tests", REPO.with_files({"tests/conftest.py": 'collect_ignore = ["test_all.py"]\n'})),
    ("smoke command replaced", "contract", changed(("p2c.toml", "python main.py --config", "python main.py --help --config"))),
    ("gate dropped", "contract", changed(("p2c.toml", ', "test"', ""))),
    ("artifact dropped", "contract", changed(("p2c.toml", '"outputs/metrics.json"', ""))),
    ("contract deleted", "contract", changed(**{"p2c.toml": None})),
    ("network opened", "contract", changed(("p2c.toml", "network = false", "network = true"))),
    ("ruff told to ignore", "configuration", changed(
        ("pyproject.toml", "line-length = 100\n", 'line-length = 100\nlint.ignore = ["F821"]\n'))),
    ("pytest told to deselect", "configuration", REPO.with_files(
        {"pytest.ini": "[pytest]\naddopts = --deselect tests/test_all.py\n"})),
    ("mypy told to ignore", "configuration", REPO.with_files({"mypy.ini": "[mypy]\nignore_errors = True\n"})),
    ("main guarded away", "entry", changed(('main.py', 'if __name__ == "__main__":\n    main()\n', ""))),
    ("main guard turned", "entry", changed(('main.py', '__name__ == "__main__"', '__name__ == "main"'))),
    ("main guard says hello", "entry", changed(('main.py', '    main()\n', '    print("done")\n'))),
    ("entry point deleted", "entry", changed(**{"main.py": None})),
    ("stub for numpy", "stand-in", REPO.with_files({"numpy.py": "def zeros(n):\n    return [0.0] * n\n"})),
    ("stub package for yaml", "stand-in", REPO.with_files({"yaml/__init__.py": "def safe_load(s):\n    return {}\n"})),
    ("stub for the stdlib", "stand-in", REPO.with_files({"argparse.py": "class ArgumentParser:\n    pass\n"})),
    ("hollow class for an import", "stand-in", changed(
        ("main.py", "import yaml\n", "\n\nclass yaml:\n    def safe_load(stream):\n        return None\n"))),
    ("module stuffed in", "faked", changed(
        ("main.py", "import yaml\n", "import sys\nsys.modules['torch'] = object()\nimport yaml\n"))),
    ("mock in the program", "faked", changed(
        ("main.py", "import yaml\n", "from unittest.mock import MagicMock\nyaml = MagicMock()\n"))),
    ("clock patched", "faked", changed(("trainer.py", "import time\n", "import time\ntime.sleep = lambda s: None\n"))),
    ("socket patched", "faked", changed(
        ("trainer.py", "import time\n", "import time\nimport socket\nsocket.socket = None\n"))),
    ("setattr on requests", "faked", changed(
        ("trainer.py", "import time\n", "import time\nimport requests\nsetattr(requests, 'get', lambda u: None)\n"))),
    ("metrics from literals", "constants", changed(
        ("main.py", "        json.dump(metrics, stream)", '        json.dump({"loss": 0.1, "accuracy": 0.95}, stream)'))),
    ("metrics name holds literals", "constants", changed(
        ("main.py", '{"loss": losses[-1], "accuracy": accuracy}', '{"loss": 0.12, "accuracy": 0.95}'))),
    ("metrics as text", "constants", changed(
        ("main.py", "        json.dump(metrics, stream)", """        stream.write('{"loss": 0.1, "accuracy": 0.9}')"""))),
    ("metrics file committed", "constants", REPO.with_files({"outputs/metrics.json": '{"loss": 0.1}\n'})),
    ("accuracy hard-coded", "constants", changed(("main.py", "accuracy = evaluate(model, test)", "accuracy = 0.95"))),
    ("range(0)", "shrunk", changed(("trainer.py", "range(epochs)", "range(0)"))),
    ("epochs = 0", "shrunk", changed(("main.py", 'trainer.fit(train, config["epochs"])', "trainer.fit(train, epochs=0)"))),
    ("epochs: 0 in the configuration", "shrunk", changed(("configs/smoke.yaml", "epochs: 3", "epochs: 0"))),
    ("default of nought", "shrunk", changed(("main.py", "default=10", "default=0"))),
    ("loop over nothing", "shrunk", changed(("trainer.py", "in batches(data, 16)", "in []"))),
    ("another index", "requirements", REPO.with_files({"requirements.txt": "--index-url https://example.org/simple\nnumpy\npyyaml\n"})),
    ("set-up that runs code", "build", REPO.with_files({"setup.py": "import os\nfrom setuptools import setup\nos.system('true')\nsetup()\n"})),
    ("a workflow", "automation", REPO.with_files({".github/workflows/ci.yml": "on: push\n"})),
    ("run before any program", "start-up", REPO.with_files({"sitecustomize.py": "import os\nos.environ['OK'] = '1'\n"})),
    ("a shell script", "files", REPO.with_files({"run.sh": "exit 0\n"})),
    ("empty slice", "shrunk", changed(("main.py", "evaluate(model, test)", "evaluate(model, test[:0])"))),
]  # fmt: skip


@pytest.mark.parametrize(("guard", "after"), [case[1:] for case in CHEATS], ids=[case[0] for case in CHEATS])
def test_a_cheat_is_refused_with_its_reason(guard: str, after: Repo) -> None:
    refusals = inspect(REPO, after, SCOPE)
    assert guard in {refusal.guard for refusal in refusals}, refusals
    for refusal in refusals:
        assert refusal.guard in NAMES and len(refusal.message) > 40


@pytest.mark.parametrize(("guard", "after"), [case[1:] for case in CHEATS], ids=[case[0] for case in CHEATS])
def test_a_guard_can_be_allowed_by_name(guard: str, after: Repo) -> None:
    refusals = inspect(REPO, after, replace(SCOPE, allow=frozenset({guard})))
    assert guard not in {refusal.guard for refusal in refusals}


def test_every_guard_is_tried() -> None:
    assert {guard for _, guard, _ in CHEATS} == set(NAMES)


def test_a_contract_that_was_found_out_is_protected_too() -> None:
    before = REPO.with_files({"p2c.toml": None})
    after = before.with_files({"p2c.toml": '[run]\nsmoke = ["python -c pass"]\n'})
    assert [refusal.guard for refusal in inspect(before, after, SCOPE)] == ["contract"]
    assert CONTRACT.smoke[0] not in after.files["p2c.toml"]


def test_nothing_changed_is_nothing_to_refuse() -> None:
    assert inspect(REPO, REPO, SCOPE) == []
