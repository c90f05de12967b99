"""What a patch changes of how results are measured is named; what failed, and what is not about results, is not."""

from __future__ import annotations

import pytest

from p2c.executor.report import CheckResult, Finding, Frame, Report
from p2c.repair.guards.code_changes import Change
from p2c.repair.history import Attempt
from p2c.repair.measuring_changes import MOST, measured_differently
from p2c.repair.open_points import left_open, with_left_open
from p2c.repair.patch import Patch
from p2c.repo import Repo
from tests.repair.study import REPO, changed

FIX = ("model.py", "np.exp(-x)", "np.exp(-1.0 * x)")
CHEATS = {
    "the threshold that scores best": (
        changed(FIX, ("evaluation.py", "guesses = (model.forward(inputs) > 0.5)",
                      "probabilities = model.forward(inputs)\n    cut = max(np.linspace(0, 1, 99), "
                      "key=lambda t: ((probabilities > t) == targets).mean())\n    guesses = (probabilities > cut)")),
        "evaluate (evaluation.py:",
    ),
    "trained on both parts": (
        changed(FIX, ("main.py", "losses = trainer.fit(train,", "train = test\n    losses = trainer.fit(train,")),
        "main (main.py:",
    ),
    "fewer epochs": (
        changed(FIX, ("configs/smoke.yaml", "epochs: ", "epochs: 1  # was ")),
        "`epochs: 1",
    ),
    "another line of a function that measures": (
        changed(FIX, ("main.py", 'os.makedirs("outputs", exist_ok=True)', 'os.makedirs("outputs/", exist_ok=True)')),
        "main (main.py:",
    ),
    "numbers that come along": (changed(FIX, **{"configs/offsets.json": '{"256": 0.12}\n'}), "configs/offsets.json"),
}  # fmt: skip
OTHERS = {
    "the fix alone": changed(FIX),
    "a comment and a docstring": changed(FIX, ("evaluation.py", '"""', '"""Evaluation: ')),
    "a new setting": changed(FIX, ("configs/smoke.yaml", "epochs: ", "device: cpu\nepochs: ")),
    "requirements": changed(FIX, **{"requirements.txt": "numpy>=1.26\npyyaml>=6\n"}),
    "a README": changed(FIX, **{"README.md": "# Accuracy 0.9\n"}),
    "a new test": changed(FIX, **{"tests/test_more.py": "def test_accuracy():\n    assert 1 < 2\n"}),
    "a helper about nothing measured": changed(FIX, **{"paths.py": "def base(folder):\n    return folder / 'out'\n"}),
}


def failed(path: str = "model.py", function: str = "sigmoid", line: int = 7) -> Report:
    frames = (Frame("main.py", 27, "main"), Frame(path, line, function))
    finding = Finding("smoke", "FloatingPointError", "overflow", path, line, frames=frames)
    return Report((CheckResult("smoke", "failed", (finding,)),))


@pytest.mark.parametrize("name", CHEATS)
def test_it_is_named(name: str) -> None:
    after, place = CHEATS[name]
    told = measured_differently(Change(REPO, after), failed())
    assert any(place in one for one in told) and not any("model.py" in one for one in told), told


@pytest.mark.parametrize("name", OTHERS)
def test_other_changes_are_not(name: str) -> None:
    assert measured_differently(Change(REPO, OTHERS[name]), failed()) == ()


def test_the_function_that_failed_may_be_fixed() -> None:
    after = changed(("evaluation.py", "(model.forward(inputs) > 0.5)", "(np.asarray(model.forward(inputs)) > 0.5)"))
    line = next(n for n, text in enumerate(REPO.files["evaluation.py"].split("\n"), 1) if "model.forward" in text)
    assert measured_differently(Change(REPO, after), failed("evaluation.py", "evaluate", line)) == ()
    assert measured_differently(Change(REPO, after), failed()) != ()


def test_a_name_is_read_by_its_words() -> None:
    after = changed(FIX, **{"more.py": "def run(xs):\n    macro_f1 = sum(xs)\n    return macro_f1\n"})
    assert measured_differently(Change(REPO, after), failed()) == ("run (more.py:1)",)


def test_a_rewritten_file_does_not_fill_the_report() -> None:
    functions = "".join(f"def score_{n}(targets):\n    return targets.mean() + {n}\n\n\n" for n in range(40))
    told = measured_differently(Change(Repo({}), Repo({"a.py": functions})), failed())
    assert len(told) == MOST and told[-1] == f"{40 - MOST + 1} more"


def test_reports_say_it_and_the_readme_of_a_build_does_not() -> None:
    attempt = Attempt(Patch("a diff", "", "debugger"), "kept", "", "1", "2", measured=("evaluate (evaluation.py:7)",))
    (point,) = left_open([attempt, attempt])
    assert point.line.endswith("beside what failed: evaluate (evaluation.py:7)")
    assert with_left_open(REPO, [attempt]) == REPO
    assert left_open([Attempt(attempt.patch, "dropped", "", "1", measured=attempt.measured)]) == ()
