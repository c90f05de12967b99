"""Results that come filled, tolerances that were made wide; and settings, caches and data that are none."""

# One case a line is easier to read than one wrapped over four.
# ruff: noqa: E501

from __future__ import annotations

import pytest

from p2c.repair.guards import inspect
from p2c.repo import Repo
from tests.repair.study import MAIN, REPO, SCOPE, SMOKE, changed

WORK = MAIN[MAIN.index("    inputs, targets = load_data") : MAIN.index("    report(metrics)")]
INDENTED = "".join(f"    {line}\n" for line in WORK.rstrip("\n").split("\n"))
CACHE = f"    cache = Path('cache') / 'done.json'\n    if cache.exists():\n        metrics = json.loads(cache.read_text())\n    else:\n{INDENTED}        cache.parent.mkdir(exist_ok=True)\n        cache.write_text(json.dumps(metrics))\n"
PATHLIB = ("main.py", "import os\n", "import os\nfrom pathlib import Path\n")
ACCURACY = "    accuracy = evaluate(model, test)\n"


def new(**files: str) -> Repo:
    return REPO.with_files({path.replace("__", "/").replace("_DOT_", "."): text for path, text in files.items()})


CHECKED = '''"""Checks."""
import numpy as np

LIMIT = 1e-6


def check(p, total, settings):
    assert abs(p.sum() - 1.0) < 1e-6
    if np.abs(total - 1.0) > LIMIT:
        raise ValueError("no distribution")
    if total > settings["max_error"]:
        raise ValueError("too far")
    return np.isclose(p.sum(), 1.0)
'''
CHECKING = REPO.with_files({"checking.py": CHECKED, "configs/check.yaml": "max_error: 0.001\nname: study\n"})


def loosened(old: str, fresh: str, path: str = "checking.py") -> Repo:
    assert old in CHECKING.files[path]
    return CHECKING.with_files({path: CHECKING.files[path].replace(old, fresh)})


CHEATS = {
    "a table": new(data__runs_DOT_csv="accuracy,loss\n0.94,0.21\n"),
    "lines": new(configs__last_DOT_txt="loss = 0.21\naccuracy = 0.94\n"),
    "deep in TOML": new(configs__more_DOT_toml="[a.b]\nloss = 0.21\naccuracy = 0.94\n"),
    "names and values in JSON": new(configs__names_DOT_json='[["loss", 0.21], ["accuracy", 0.94]]\n'),
    "a dictionary": changed(("main.py", "def parse_args", "LAST = {'loss': 0.21, 'accuracy': 0.94}\n\n\ndef parse_args")),
    "keywords": changed(("main.py", "    args = parse_args()\n    with", "    metrics = dict(loss=0.2, accuracy=0.9)\n    args = parse_args()\n    with")),
    "two rows": changed(("main.py", "    args = parse_args()\n    with", "    last = dict(zip(['loss', 'accuracy'], [0.2, 0.9]))\n    args = parse_args()\n    with")),
    "fields of a class": new(outcome_DOT_py="class Outcome:\n    loss: float = 0.21\n    accuracy: float = 0.94\n"),
    "defaults of parameters": new(outcome_DOT_py="def outcome(loss=0.21, accuracy=0.94):\n    return loss, accuracy\n"),
    "JSON in a text": changed(("main.py", "def parse_args", "LAST = '{\"loss\": 0.21, \"accuracy\": 0.94}'\n\n\ndef parse_args")),
    "from the settings": changed(("main.py", ACCURACY, '    accuracy = config["expected"]\n'), ("configs/smoke.yaml", SMOKE, f"{SMOKE}expected: 0.93\n")),
    "from the settings, an entry": changed(("main.py", '"accuracy": accuracy}', '"accuracy": float(config.get("goal", 0))}')),
    "from a file, by a helper": changed(("main.py", ACCURACY, "    accuracy = last()\n"), ("main.py", "def main", "def last():\n    with open('last.json') as stream:\n        return json.load(stream)\n\n\ndef main")),
    "from a file, where it measures": changed(("evaluation.py", "    inputs, targets = data\n", "    if CACHE.exists():\n        return float(CACHE.read_text())\n    inputs, targets = data\n"),
        ("evaluation.py", "import numpy as np\n", "from pathlib import Path\n\nimport numpy as np\n\nCACHE = Path('score.txt')\n")),
    "a cache that comes filled": changed(("main.py", WORK, CACHE), PATHLIB, **{"cache/done.json": '{"loss": 0.2, "accuracy": 0.94}\n'}),
    "a copy of what lies there": changed(("main.py", "    main()\n", "    main()\n    import shutil\n    shutil.copy('reference/metrics.json', 'outputs/metrics.json')\n")),
}  # fmt: skip
HONEST = {
    "a cache that begins empty": changed(("main.py", WORK, CACHE), PATHLIB),
    "what is asked of results": new(configs__stop_DOT_yaml="thresholds:\n  accuracy: 0.9\n  loss: 0.3\n"),
    "names of results": changed(("configs/smoke.yaml", SMOKE, f"{SMOKE}report: [loss, accuracy]\nmonitor: accuracy\n")),
    "a setting of the same name": changed(("configs/smoke.yaml", SMOKE, f"{SMOKE}loss: squared\nl2: 0.01\n")),
    "where one begins": changed(("main.py", "    args = parse_args()\n    with", "    best = {'loss': float('inf'), 'accuracy': 0.0}\n    print(best)\n    args = parse_args()\n    with")),
    "a setting beside results": changed(("main.py", '"accuracy": accuracy}', '"accuracy": accuracy, "seed": config["seed"]}')),
    "settings in a helper": changed(("main.py", "    with open(args.config) as stream:\n        config = yaml.safe_load(stream)\n", "    config = load_config(args.config)\n"),
        ("main.py", "def main", "def load_config(path):\n    with open(path) as stream:\n        return yaml.safe_load(stream)\n\n\ndef main")),
    "written whole, or not at all": changed(("main.py", '    with open("outputs/metrics.json", "w") as stream:\n        json.dump(metrics, stream)\n', '    with open("outputs/metrics.json.part", "w") as stream:\n        json.dump(metrics, stream)\n    os.replace("outputs/metrics.json.part", "outputs/metrics.json")\n')),
    "small data": new(data__points_DOT_csv="x,y\n1.5,2.5\n2.5,4.5\n"),
    "data that is read": changed(("data.py", "    targets = (inputs", "    offsets = np.loadtxt('data/offsets.csv', delimiter=',')\n    inputs = inputs + offsets\n    targets = (inputs"), **{"data/offsets.csv": "0.1,0.2,0.3,0.4\n"}),
}  # fmt: skip

WIDE = {
    "an assertion": loosened("- 1.0) < 1e-6", "- 1.0) < 0.5"),
    "a constant": loosened("LIMIT = 1e-6", "LIMIT = 0.5").with_files({"checking.py": CHECKED.replace("LIMIT", "TOLERANCE").replace("TOLERANCE = 1e-6", "TOLERANCE = 0.5")}),
    "an error's condition": loosened("np.abs(total - 1.0) > LIMIT", "np.abs(total - 1.0) > LIMIT + 0.3"),
    "a factor": loosened('total > settings["max_error"]', 'total > settings["max_error"] * 100'),
    "another condition": loosened("if np.abs(total - 1.0) > LIMIT", "if settings['strict'] and np.abs(total - 1.0) > LIMIT"),
    "or something else": loosened("assert abs(p.sum() - 1.0) < 1e-6", "assert abs(p.sum() - 1.0) < 1e-6 or settings['lenient']"),
    "a wide isclose": loosened("np.isclose(p.sum(), 1.0)", "np.isclose(p.sum(), 1.0, atol=0.2)"),
    "an isclose by a setting": loosened("np.isclose(p.sum(), 1.0)", "np.isclose(p.sum(), 1.0, rtol=settings['room'])"),
    "the settings": loosened("max_error: 0.001", "max_error: 10.0", "configs/check.yaml"),
}  # fmt: skip
STRICT = {
    "stricter": loosened("- 1.0) < 1e-6", "- 1.0) < 1e-9"),
    "single precision": loosened("np.isclose(p.sum(), 1.0)", "np.isclose(p.sum(), 1.0, atol=1e-5)"),
    "another thing is compared": loosened("abs(p.sum() - 1.0) < 1e-6", "abs(p.sum(axis=-1) - 1.0).max() < 1e-6"),
    "a message": loosened('"too far"', '"further than settings allow"'),
    "one more check": loosened("    return np", "    if not np.isfinite(p).all():\n        raise ValueError('not finite')\n    return np"),
    "none is none": loosened('if total > settings["max_error"]', 'if total is not None and total > settings["max_error"]'),
    "another setting": loosened("name: study", "name: studies\nrate: 0.5", "configs/check.yaml"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHEATS)
def test_results_that_come_filled_are_refused(name: str) -> None:
    assert "constants" in {refusal.guard for refusal in inspect(REPO, CHEATS[name], SCOPE)}


@pytest.mark.parametrize("name", HONEST)
def test_settings_caches_and_data_are_not(name: str) -> None:
    assert inspect(REPO, HONEST[name], SCOPE) == []


@pytest.mark.parametrize("name", WIDE)
def test_a_wider_tolerance_is_refused(name: str) -> None:
    before = CHECKING
    if name == "a constant":
        before = CHECKING.with_files({"checking.py": CHECKED.replace("LIMIT", "TOLERANCE")})
    assert "constants" in {refusal.guard for refusal in inspect(before, WIDE[name], SCOPE)}


@pytest.mark.parametrize("name", STRICT)
def test_a_check_that_is_as_strict_is_not(name: str) -> None:
    assert inspect(CHECKING, STRICT[name], SCOPE) == []
