"""Steps that make a check pass by construction are marked, asked about once, and told; nothing of them is refused."""

# One case a line is easier to read than one wrapped over four.
# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from p2c.errors import ModelError
from p2c.executor.report import CheckResult, Finding, Frame, Report
from p2c.models.base import Prompt
from p2c.models.cached import ReplayModel
from p2c.models.scripted import ScriptedModel
from p2c.repair.case import Case
from p2c.repair.derivation_question import make_question
from p2c.repair.guards import Scope
from p2c.repair.guards.code_changes import Change
from p2c.repair.holds_by_construction import steps
from p2c.repair.loop import AcceptancePolicy, PatchTrial, try_patch
from p2c.repair.patch import Patch, diff_repos
from p2c.repo import Repo
from p2c.run_contract import RunContract
from tests.repair.proving import Bench
from tests.repair.running import session

MODEL = '''"""Monotonic calibration."""
import numpy as np


def softmax(logits):
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


class Calibrator:
    def __init__(self, weights, bias):
        self.weights, self.bias = weights, bias

    def predict_proba(self, logits):
        """Probabilities, in the order of the logits."""
        order = self.rank(logits)
        transformed = self.weights * order + self.bias
        return softmax(transformed)

    def rank(self, logits):
        return logits

    def error(self, logits, targets):
        guesses = self.predict_proba(logits)
        return -np.log(guesses[targets]).mean()


def load(paths):
    return [path for path in paths]
'''
TEST = """from model import Calibrator


def test_monotonic():
    done = Calibrator(LINE, LINE).predict_proba(ROWS)
    assert (np.diff(done, axis=1) >= 0).all()


def test_error():
    assert Calibrator(LINE, LINE).error(ROWS, [0]) > 0
"""
FILES = {"model.py": MODEL, "tests/test_model.py": TEST, "main.py": "from model import load\n\nload([])\n"}
AT = Frame("tests/test_model.py", 6, "test_monotonic")


def failed(rule: str = "AssertionError", test: str = "test_monotonic", message: str = "assert False") -> Report:
    finding = Finding("test", rule, f"tests/test_model.py::{test}: {message}", "tests/test_model.py", 6, frames=(AT,))
    return Report((CheckResult("smoke", "passed"), CheckResult("test", "failed", (finding,))))


GREEN = Report((CheckResult("install", "passed"), CheckResult("smoke", "passed"), CheckResult("test", "passed")))
GIVES = "        return softmax(transformed)\n"


def patched(old: str, new: str) -> Repo:
    assert old in MODEL
    return Repo({**FILES, "model.py": MODEL.replace(old, new)})


def marks(after: Repo, before: Report | None = None) -> list[str]:
    return [step.what for step in steps(Change(Repo(FILES), after), before or failed(), GREEN)]


MARKED = {
    "sorted along the classes, as in the build of a real paper": (GIVES, f"        transformed = np.sort(transformed, axis=1)\n{GIVES}", "np.sort(transformed, axis=1)"),
    "sorted in the return": (GIVES, "        return softmax(np.sort(transformed))\n", "np.sort(transformed)"),
    "sorted in place": (GIVES, f"        transformed.sort(axis=1)\n{GIVES}", "transformed.sort(axis=1)"),
    "the built-in": (GIVES, "        return sorted(softmax(transformed))\n", "sorted(softmax(transformed))"),
    "a running maximum": (GIVES, "        return np.maximum.accumulate(softmax(transformed), axis=1)\n", "np.maximum.accumulate(softmax(transformed), axis=1)"),
    "torch's running maximum": (GIVES, "        return softmax(transformed).cummax(dim=1).values\n", "softmax(transformed).cummax(dim=1)"),
    "clipped into another name": (GIVES, "        kept = np.clip(softmax(transformed), 0.0, 1.0)\n        rows = kept\n        return rows\n", "np.clip(softmax(transformed), 0.0, 1.0)"),
    "clipped into itself": (GIVES, f"        np.clip(transformed, 0, 1, out=transformed)\n{GIVES}", "np.clip(transformed, 0, 1, out=transformed)"),
    "in a helper of its own": (GIVES, "        return ordered(softmax(transformed))\n\n\ndef ordered(rows):\n    return np.sort(rows)\n", "np.sort(rows)"),
    "in what it calls": ("        return logits\n", "        return np.abs(logits)\n", "np.abs(logits)"),
    "masked": (GIVES, f"        transformed[~np.isfinite(transformed)] = 0.0\n{GIVES}", "transformed[~np.isfinite(transformed)] = 0.0"),
    "a branch": (GIVES, f"        if np.isnan(transformed).any():\n            return 0.0\n{GIVES}", "if np.isnan(transformed).any()"),
    "another way round": (GIVES, "        return transformed if transformed.min() >= 0 else 1.0\n", "transformed if transformed.min() >= 0 else 1.0"),
    "a constant of the shape": (GIVES, "        return np.full(len(transformed), 0.5)\n", "np.full(len(transformed), 0.5)"),
    "by index": (GIVES, "        return transformed[np.argsort(transformed)]\n", "np.argsort(transformed)"),
    "a comprehension that filters": (GIVES, "        return [row for row in transformed if np.isfinite(row)]\n", "np.isfinite(row)"),
    "handed to what calls it": (GIVES, "        return list(map(sorted, transformed))\n", "map(sorted, transformed)"),
    "numbers alone": (GIVES, "        return [0.1, 0.2, 0.7]\n", "return [0.1, 0.2, 0.7]"),
    "numbers and a size": (GIVES, "        return [1 / len(logits)] * len(logits)\n", "return [1 / len(logits)] * len(logits)"),
    "what is stored for it": ("self.weights, self.bias = weights, bias", "self.weights, self.bias = np.abs(weights), bias", "np.abs(weights)"),
    "no number, so another one": (GIVES, "        done = softmax(transformed)\n        if np.isnan(done).any():\n            done = logits\n        return done\n", "if np.isnan(done).any()"),
    "rounded": (GIVES, "        return round(softmax(transformed), 3)\n", "round(softmax(transformed), 3)"),
}  # fmt: skip


@pytest.mark.parametrize("name", MARKED)
def test_a_step_on_what_the_tested_function_gives_is_marked(name: str) -> None:
    old, new, step = MARKED[name]
    assert step in marks(patched(old, new))


NOT_MARKED = {
    "the constraint itself": ("self.weights * order + self.bias", "self.weights[::-1] * order + self.bias"),
    "a bound under a logarithm": ("np.log(guesses[targets])", "np.log(np.maximum(guesses[targets], 1e-12))"),
    "a denominator": ("shifted / shifted.sum(axis=1, keepdims=True)", "shifted / np.maximum(1e-12, shifted.sum(axis=1, keepdims=True))"),
    "what no test looks at": ("    return [path for path in paths]\n", "    return sorted(paths)\n"),
    "what is printed": (GIVES, f"        print(np.sort(transformed))\n{GIVES}"),
    "how often": (GIVES, f"        for _ in range(max(1, len(transformed))):\n            pass\n{GIVES}"),
    "an array that is filled": (GIVES, "        rows = np.zeros((len(logits), 3))\n        for at, row in enumerate(transformed):\n            rows[at] = softmax(row)\n        return rows\n"),
    "an error": (GIVES, f"        if (transformed < 0).any():\n            raise ValueError('negative')\n{GIVES}"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_MARKED)
def test_what_is_no_step_on_the_result_is_not_marked(name: str) -> None:
    old, new = NOT_MARKED[name]
    assert marks(patched(old, new)) == []


def test_only_claims_about_results_are_answered_so() -> None:
    old, new, _ = MARKED["sorted in the return"]
    assert marks(patched(old, new), failed("TypeError", message="unsupported operand")) == []
    assert marks(patched(old, new), failed("ValueError", message="array contains NaN"))
    assert marks(patched(old, new), failed(test="test_absent")), "a test that cannot be found: the whole file counts"


def test_a_step_that_stood_there_is_not_new() -> None:
    old, new, _ = MARKED["sorted in the return"]
    before = patched(old, new)
    moved = Repo({**before.files, "model.py": before.files["model.py"].replace("transformed", "mapped")})
    assert steps(Change(before, moved), failed(), GREEN) == ()


def test_a_number_that_is_not_finite_in_what_a_run_leaves() -> None:
    finding = Finding("smoke", "NotFinite", "outputs/metrics.json: loss is not a finite number", "outputs/metrics.json")
    before = Report((CheckResult("smoke", "failed", (finding,)),))
    main = "import json\n\nimport numpy as np\n\n\ndef main(loss):\n    json.dump({'loss': loss}, open('o', 'w'))\n"
    start, end = Repo({"main.py": main}), Repo({"main.py": main.replace("loss}", "np.nan_to_num(loss)}")})
    assert [step.what for step in steps(Change(start, end), before, GREEN)] == ["np.nan_to_num(loss)"]


CHOSEN = """        best, kept = 0.0, transformed
        for scale in SCALES:
            reached = self.score(softmax(transformed * scale), self.data)
            if reached > best:
                best, kept = reached, softmax(transformed * scale)
        return kept

    def score(self, rows, data):
        return (rows == data).mean()
"""
LOADS = "    return [path for path in paths]\n"
CHECKED = MODEL.replace(
    LOADS, f"    assert sorted(paths) == paths\n    if not paths:\n        raise ValueError('none')\n{LOADS}"
)


def test_what_is_chosen_by_a_score_that_may_be_the_tests_is_marked() -> None:
    (step,) = [mark for mark in marks(patched(GIVES, CHOSEN)) if mark.startswith("for ")]
    assert step.startswith("for scale in SCALES")
    kept = CHOSEN.replace("self.data", "self.valid")
    assert not [mark for mark in marks(patched(GIVES, kept)) if mark.startswith("for ")]


def test_a_check_of_the_programs_own_that_is_left_out_is_marked() -> None:
    before = Repo({**FILES, "model.py": CHECKED})
    without = Repo({**FILES, "model.py": CHECKED.replace("    assert sorted(paths) == paths\n", "")})
    assert [step.what for step in steps(Change(before, without), failed(), GREEN)] == [
        "no check: sorted(paths) == paths"
    ]
    finding = Finding("smoke", "ValueError", "none", "model.py", 31, frames=(Frame("model.py", 31, "load"),))
    red = Report((CheckResult("smoke", "failed", (finding,)),))
    silent = Repo({**FILES, "model.py": CHECKED.replace("    if not paths:\n        raise ValueError('none')\n", "")})
    assert [step.what for step in steps(Change(before, silent), red, GREEN)] == ["no check: not paths"]
    moved = Repo({**FILES, "model.py": CHECKED.replace("    assert sorted(paths) == paths\n", "    ordered(paths)\n")
                  + "\n\ndef ordered(paths):\n    assert sorted(paths) == paths\n"})  # fmt: skip
    assert steps(Change(before, moved), failed(), GREEN) == ()


def tried(asked: object, author: str = "debugger") -> PatchTrial:
    after = patched(*MARKED["sorted along the classes, as in the build of a real paper"][:2])
    case = Case(Repo(FILES), failed(), RunContract())
    judge = AcceptancePolicy(lambda _: GREEN, Scope(), asks=asked)  # type: ignore[arg-type]
    return try_patch(Patch(diff_repos(case.repo, after), "order", author), case, judge)


def test_the_debugger_is_asked_once_and_its_answer_is_kept() -> None:
    model = ScriptedModel(["Theorem 2,\nequation (5):  'w is decreasing'."])
    using, _ = session(model)
    attempt = tried(make_question(using)).attempt
    assert attempt.verdict == "kept" and attempt.answer == "Theorem 2, equation (5): 'w is decreasing'."
    assert attempt.constructed == ("`np.sort(transformed, axis=1)` in Calibrator.predict_proba (model.py:18)",)
    assert "Holds by construction" in attempt.note and attempt.note.endswith(attempt.answer)
    (prompt,) = model.prompts
    assert prompt.stage == "constructed:1" and "np.sort(transformed, axis=1)" in prompt.messages[-1].content


def test_without_an_answer_the_mark_stays(tmp_path: Path) -> None:
    def refuse(prompt: Prompt) -> Exception:
        return ModelError("not there")

    for model in (ReplayModel(tmp_path), ScriptedModel(refuse), None):
        attempt = tried(make_question(session(model)[0])).attempt
        assert attempt.verdict == "kept" and attempt.constructed and not attempt.answer
        assert attempt.note.endswith("not answered")
    assert tried(None).attempt.constructed


def test_a_rule_is_not_asked() -> None:
    assert tried(None, "fixer:test").attempt.constructed == ()


CALIBRATED = '''"""A calibration whose constraint has the wrong sign."""


def calibrate(values, weights):
    return [value * weight for value, weight in zip(values, weights)]
'''
RISES = """from calibration import calibrate


def test_monotonic():
    done = calibrate([0.1, 0.4, 0.9], [3.0, 1.0, 0.2])
    assert all(low <= high for low, high in zip(done, done[1:]))
"""


def test_in_real_processes_it_is_kept_and_marked(tmp_path: Path) -> None:
    files = {"calibration.py": CALIBRATED, "tests/test_calibration.py": RISES, "requirements.txt": "# none\n"}
    bench = Bench(tmp_path, files, RunContract(timeout=30), ScriptedModel(["none: it only hides the order."]))
    fixed = CALIBRATED.replace("return [", "return sorted([").replace("weights)]", "weights)])")
    trial = bench.try_files(calibration_DOT_py=fixed)
    assert trial.case is not None and trial.case.report.verdict == "runs", trial.attempt.note
    assert trial.attempt.answer == "none: it only hides the order."
    assert [step.partition("`")[2][:8] for step in trial.attempt.constructed] == ["sorted(["]
    assert bench.runs == [("tests/test_calibration.py::test_monotonic",)], "the green depends on it all the same"
