"""What a patch for fidelity may not do, and what it may: the cures of planted departures, and edits that are none."""

from __future__ import annotations

import pytest

from benchmarks.departures import CONTROL, PlantedChange, cases, changes, files_of
from p2c.repair.fidelity.dressed import dressed
from p2c.repair.fidelity.guarding import refusals
from p2c.repair.fidelity.narrowed import narrowed
from p2c.repair.guards import Scope
from p2c.repair.guards.code_changes import Change
from p2c.repo import Repo
from p2c.run_contract import read_contract

PLANTED = [change for case in cases() for change in changes(case) if change.kind != CONTROL]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_the_cure_of_a_departure_is_let_through(planted: PlantedChange) -> None:
    files = files_of(planted.case)
    scope = Scope(contract=read_contract(files["p2c.toml"]))
    assert not refusals(Repo(planted.planted(files)), Repo(files), scope, planted.quote)


CODE = {
    "main.py": "from net import build, SEEDS\n\nfor seed in SEEDS:\n    build(seed, layers=4)\n",
    "net.py": '"""A net."""\nimport numpy as np\n\nSEEDS = [1, 2, 3]\nDATA = ("mnist", "svhn")\n\n\n'
    "def build(seed, layers=8, scale=0.5):\n    # each layer\n    out = []\n    for layer in range(100):\n"
    "        out.append(np.sin(layer) * scale)\n    return out\n\n\ndef other(a, b):\n    return a - b\n",
    "configs/paper.yaml": "train:\n  epochs: 90\n  rate: 0.1\nseeds: [1, 2, 3]\nvariants:\n  - plain\n  - gated\n",
    "configs/smoke.yaml": "train:\n  epochs: 5\nseeds: [1, 2]\n",
    "p2c.toml": '[run]\nsmoke = ["python main.py --config configs/smoke.yaml"]\n'
    'full = ["python main.py --config configs/paper.yaml"]\n',
    "tests/test_net.py": "from net import other\n\n\ndef test_other():\n    assert other(3, 1) == 2\n",
}
SCOPE = Scope(contract=read_contract(CODE["p2c.toml"]))


def change(path: str, old: str, new: str) -> Change:
    assert CODE[path].count(old) >= 1
    return Change(Repo(CODE), Repo({**CODE, path: CODE[path].replace(old, new)}), SCOPE)


NARROWED = [
    ("configs/paper.yaml", "[1, 2, 3]", "[1]"),
    ("configs/paper.yaml", "epochs: 90", "epochs: 9"),
    ("configs/paper.yaml", "  epochs: 90\n", ""),
    ("configs/paper.yaml", "  - gated\n", ""),
    ("net.py", "[1, 2, 3]", "[1, 2]"),
    ("net.py", '("mnist", "svhn")', '("mnist", )'),
    ("net.py", "range(100)", "range(10)"),
    ("net.py", "layers=8", "layers=2"),
    ("main.py", "layers=4", "layers=1"),
]
WIDER = [
    ("configs/paper.yaml", "[1, 2, 3]", "[1, 2, 3, 4]"),
    ("configs/paper.yaml", "epochs: 90", "epochs: 200"),
    ("configs/paper.yaml", "rate: 0.1", "rate: 0.01"),
    ("configs/smoke.yaml", "epochs: 5", "epochs: 2"),
    ("net.py", "range(100)", "range(150)"),
    ("net.py", "scale=0.5", "scale=0.1"),
]


@pytest.mark.parametrize(("path", "old", "new"), NARROWED)
def test_the_full_experiment_does_not_shrink(path: str, old: str, new: str) -> None:
    assert [refusal.guard for refusal in narrowed(change(path, old, new), "")] == ["narrowed"]


@pytest.mark.parametrize(("path", "old", "new"), WIDER)
def test_it_may_grow_and_other_values_may_change(path: str, old: str, new: str) -> None:
    assert not list(narrowed(change(path, old, new), ""))


def test_an_amount_may_fall_to_what_the_paper_states() -> None:
    fewer = change("configs/paper.yaml", "epochs: 90", "epochs: 50")
    assert not list(narrowed(fewer, "We train for 50 epochs")) and list(narrowed(fewer, "We train for 60 epochs"))


DRESSED = [
    ("net.py", '"""A net."""', '"""A net, as Eq. 3 of the paper has it."""'),
    ("net.py", "    # each layer\n", "    # Eq. 3: each layer is scaled by the paper's constant\n"),
    ("net.py", "out", "activations"),
    ("net.py", "def other(a, b):\n    return a - b", "def other(left, right):\n    return left - right"),
    ("net.py", "out.append(np.sin(layer) * scale)", "out.append(\n            np.sin(layer) * scale\n        )"),
    ("configs/paper.yaml", "rate: 0.1", "rate: 0.1  # paper: Section 4"),
    ("tests/test_net.py", "== 2\n", "== 2\n\n\ndef test_more():\n    assert other(1, 1) == 0\n"),
]
NOT_DRESSED = [
    ("net.py", "return a - b", "return b - a"),
    ("net.py", "np.sin", "np.cos"),
    ("net.py", "* scale", "* seed"),
    ("net.py", "0.5", "0.25"),
    ("configs/paper.yaml", "rate: 0.1", "rate: 0.2"),
    ("main.py", "build(seed, layers=4)", "build(seed, scale=4)"),
]


@pytest.mark.parametrize(("path", "old", "new"), DRESSED)
def test_a_diff_that_only_dresses_up_does_not_count(path: str, old: str, new: str) -> None:
    assert [refusal.guard for refusal in dressed(change(path, old, new))] == ["dressed"]


@pytest.mark.parametrize(("path", "old", "new"), NOT_DRESSED)
def test_another_computation_counts(path: str, old: str, new: str) -> None:
    assert not list(dressed(change(path, old, new)))


def guards_of(path: str, old: str, new: str, **more: str) -> set[str]:
    after = {**CODE, path: CODE[path].replace(old, new), **more}
    return {refusal.guard for refusal in refusals(Repo(CODE), Repo(after), SCOPE, "")}


def test_full_commands_may_be_added_and_none_may_go() -> None:
    added = 'full = ["python main.py --config configs/paper.yaml", "python main.py --config configs/table2.yaml"]'
    table = {"configs/table2.yaml": "train:\n  epochs: 90\n"}
    old = 'full = ["python main.py --config configs/paper.yaml"]'
    assert not guards_of("p2c.toml", old, added, **table)
    assert "contract" in guards_of("p2c.toml", old, "full = []")
    assert "contract" in guards_of("p2c.toml", 'smoke = ["python main.py', 'smoke = ["python other.py')


def test_a_test_that_was_there_may_be_corrected_but_not_weakened() -> None:
    code = {"net.py": CODE["net.py"].replace("return a - b", "return b - a")}
    assert not guards_of("tests/test_net.py", "== 2", "== -2", **code)
    skipped = (
        "import pytest\nfrom net import other\n\n\n@pytest.mark.skip\ndef test_other():\n    assert other(3, 1) == 2\n"
    )
    assert "tests" in guards_of("tests/test_net.py", CODE["tests/test_net.py"], skipped, **code)
    assert "tests" in guards_of("tests/test_net.py", "    assert other(3, 1) == 2\n", "    other(3, 1)\n", **code)


def test_what_records_executed_lines_is_out_of_reach() -> None:
    line = "    import sys\n    sys.settrace(None)\n    return b - a"
    assert "traced" in guards_of("net.py", "    return a - b", line)
    name = '    import os\n    open(os.environ["P2C_LINES"], "a").write("net.py:12")\n    return b - a'
    assert "traced" in guards_of("net.py", "    return a - b", name)
