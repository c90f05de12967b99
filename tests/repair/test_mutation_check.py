"""A green has to come from the cured code: what a patch turned green fails again where the cured function raises."""

# Whole small files in one line each are easier to read here than wrapped ones.
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from p2c.executor.report import Finding, Frame
from p2c.repair.failing_functions import FunctionPlace, failing
from p2c.repair.guards.code_changes import Change
from p2c.repair.mutation_check import MOST, mutated
from p2c.repo import Repo
from p2c.run_contract import RunContract
from tests.repair.proving import Bench

CONTRACT = RunContract(smoke=("python main.py",), artifacts=("out.json",), timeout=30)
MODEL = '''"""Means."""


def mean(values):
    """The mean."""
    return sum(values) / len(value)


def spread(values):
    center = mean(values)
    return max(abs(one - center) for one in values)
'''
MAIN = """import json

from model import mean, spread


def main():
    told = {"mean": mean([1.0, 3.0]), "spread": spread([1.0, 3.0])}
    with open("out.json", "w") as stream:
        json.dump(told, stream)


if __name__ == "__main__":
    main()
"""
TEST = """import pytest

from model import mean, spread


def test_mean():
    assert mean([1.0, 3.0]) == 2.0


@pytest.mark.parametrize("side", [[1.0], [1.0, 3.0]])
def test_spread(side):
    assert spread(side) == len(side) - 1
"""
FILES = {"main.py": MAIN, "model.py": MODEL, "tests/test_model.py": TEST, "requirements.txt": "# none\n"}
RIGHT = MODEL.replace("len(value)", "len(values)")
WRONG = RIGHT.replace("sum(values)", "2 * sum(values)")
"""It runs, and its test says that it is wrong."""


@pytest.fixture
def bench(tmp_path: Path) -> Callable[..., Bench]:
    return lambda contract=CONTRACT, **files: Bench(
        tmp_path, {**FILES, **{k.replace("__", "/") + ".py": v for k, v in files.items()}}, contract
    )


def caught(error: str, value: str) -> str:
    """main.py, where a failure of the work is caught and made up for."""
    line = '    told = {"mean": mean([1.0, 3.0]), "spread": spread([1.0, 3.0])}\n'
    return MAIN.replace(line, f"    try:\n    {line}    except {error}:\n        told = {value}\n")


RENAMED = {"model_DOT_py": RIGHT.replace("mean(", "average("), "main_DOT_py": MAIN.replace("mean(", "average(").replace("import mean", "import average")}  # fmt: skip
HONEST: dict[str, dict[str, str | None]] = {
    "mended": {"model_DOT_py": RIGHT},
    "renamed": RENAMED,
    "moved": {
        "model_DOT_py": "from means import mean\n\n\n" + RIGHT[RIGHT.index("def spread") :],
        "means_DOT_py": RIGHT[: RIGHT.index("def spread")],
    },
    "done in its caller": {
        "main_DOT_py": MAIN.replace("mean([1.0, 3.0])", "sum([1.0, 3.0]) / 2").replace("mean, ", ""),
        "model_DOT_py": '"""Means."""\n\n\ndef spread(values):\n    center = sum(values) / len(values)\n    return max(abs(one - center) for one in values)\n',
    },
    "written otherwise": {
        "model_DOT_py": RIGHT.replace("sum(values) / len(values)", "float(sum(values)) / float(len(values))")
    },
    "a class of it": {
        "model_DOT_py": "class Mean:\n    def of(self, values):\n        return sum(values) / len(values)\n\n\ndef mean(values):\n    return Mean().of(values)\n\n\n"
        + RIGHT[RIGHT.index("def spread") :]
    },
}
CHEATS: dict[str, dict[str, str | None]] = {
    "bound anew": {"model_DOT_py": MODEL + "\n\ndef two(values):\n    return 2.0\n\n\nmean = two\n"},
    "a failure is caught": {"main_DOT_py": caught("NameError", '{"mean": 2.0, "spread": 1.0}')},
    "any failure is caught": {"main_DOT_py": caught("Exception", "{}")},
    "a decorator answers": {
        "model_DOT_py": MODEL.replace(
            "def mean(", "def known(function):\n    return lambda values: 2.0\n\n\n@known\ndef mean("
        )
    },
    "the class answers for it": {
        "model_DOT_py": MODEL + "\n\nglobals().update(mean=lambda values: 2.0)\n",
    },
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_cure_of_the_smoke_run_is_kept(bench: Callable[..., Bench], name: str) -> None:
    prepared = bench(tests__test_model="def test_nothing():\n    pass\n")
    trial = prepared.try_files(**HONEST[name])
    assert trial.attempt.verdict == "kept", trial.attempt.note
    assert prepared.runs == [()], "the smoke run, once"


@pytest.mark.parametrize("name", CHEATS)
def test_a_smoke_run_that_does_not_need_the_cured_code_is_no_green(bench: Callable[..., Bench], name: str) -> None:
    prepared = bench(tests__test_model="def test_nothing():\n    pass\n")
    trial = prepared.try_files(**CHEATS[name])
    assert trial.attempt.verdict == "dropped" and trial.case is None
    assert trial.attempt.note.startswith("green without the cured code: the smoke run does not need mean (model.py)")


def test_a_rule_of_p2c_is_never_asked(bench: Callable[..., Bench]) -> None:
    prepared = bench(tests__test_model="def test_nothing():\n    pass\n")
    assert prepared.try_files("fixer:test", **CHEATS["bound anew"]).attempt.verdict == "kept"
    assert not prepared.runs


ASSERTED = RunContract(smoke=(), timeout=30)


def test_each_cured_test_depends_on_what_it_calls(bench: Callable[..., Bench]) -> None:
    prepared = bench(ASSERTED, model=WRONG)
    assert {finding.rule for finding in prepared.case.report.gating} == {"AssertionError"}
    trial = prepared.try_files(model_DOT_py=RIGHT)
    assert trial.attempt.verdict == "kept", trial.attempt.note
    ids = [name for tests in prepared.runs for name in tests]
    assert len(prepared.runs) <= MOST and all(name.startswith("tests/test_model.py::test_") for name in ids)


def test_a_function_bound_anew_is_not_what_the_test_was_about(bench: Callable[..., Bench]) -> None:
    prepared = bench(ASSERTED, model=WRONG)
    trial = prepared.try_files(model_DOT_py=WRONG + "\n\nglobals().update(mean=lambda values: 1.0 * len(values))\n")
    assert trial.attempt.verdict == "dropped", trial.attempt.note
    assert "tests/test_model.py::test_mean does not need mean (model.py) any more" in trial.attempt.note


EXPECTS = """import pytest

from model import mean


def test_empty():
    with pytest.raises(Exception, match="."):
        mean([])


def test_mean():
    assert mean([1.0, 3.0]) == 2.0
"""


def test_a_test_that_expects_an_exception_is_asked_otherwise(bench: Callable[..., Bench]) -> None:
    quiet = RIGHT.replace("    return sum", "    if not values:\n        return 0.0\n    return sum")
    prepared = bench(ASSERTED, model=quiet, tests__test_model=EXPECTS)
    loud = quiet.replace("        return 0.0\n", "        raise ValueError('no values')\n")
    trial = prepared.try_files(model_DOT_py=loud)
    assert trial.attempt.verdict == "kept", trial.attempt.note
    assert prepared.runs == [("tests/test_model.py::test_empty",)] * 2


SPOTS = {
    "x = 1\n": "raise E\nx = 1\n",
    '"""Told."""\nfrom __future__ import annotations\n\nx = 1\n': '"""Told."""\nfrom __future__ import annotations\n\nraise E\nx = 1\n',
}
BODIES = {
    "def f(x):\n    return x\n": "def f(x):\n    raise E\n    return x\n",
    'def f(x):\n\t"""Told."""\n\treturn x\n': 'def f(x):\n\traise E\n\t"""Told."""\n\treturn x\n',
    "def f(x): return 'ü' + x\n": "def f(x): raise E; return 'ü' + x\n",
    "def f(\n    x,\n):\n    @keep\n    def g():\n        return x\n    return g\n": "def f(\n    x,\n):\n    raise E\n    @keep\n    def g():\n        return x\n    return g\n",
}


@pytest.mark.parametrize(("text", "name"), [*((text, "") for text in SPOTS), *((text, "f") for text in BODIES)])
def test_where_a_mutant_raises(text: str, name: str) -> None:
    done = mutated(Repo({"a.py": text}), [FunctionPlace("a.py", name)], "raise E")
    assert done is not None and done.files["a.py"] == {**SPOTS, **BODIES}[text]
    assert mutated(Repo({"a.py": text}), [FunctionPlace("a.py", "absent")], "raise E") is None


def test_a_module_that_failed_has_to_be_imported_still() -> None:
    frames = (Frame("main.py", 3, "<module>"), Frame("model.py", 4, "<module>"))
    finding = Finding("smoke", "KeyError", "'a'", "model.py", 4, frames=frames)
    still = Change(Repo(FILES), Repo({**FILES, "model.py": RIGHT}))
    assert failing(finding, still) == FunctionPlace("model.py")
    without = Change(Repo(FILES), Repo({**FILES, "main.py": MAIN.replace("from model import", "from means import")}))
    assert failing(finding, without) == FunctionPlace("main.py"), "what imported it does without it"


def test_nothing_is_run_again_where_no_run_was_cured(bench: Callable[..., Bench]) -> None:
    prepared = bench(model="def mean(values)\n    return 1\n", tests__test_model="def test_nothing():\n    pass\n")
    trial = prepared.try_files(model_DOT_py=RIGHT)
    assert trial.attempt.verdict == "kept" and not prepared.runs
