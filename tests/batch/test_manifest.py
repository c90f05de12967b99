"""Manifests are read strictly: each fault is named with its file, item and key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from p2c.batch.jobs import Allowance, BatchJob, command, content_digest, item_key
from p2c.batch.manifest import read_manifest
from p2c.errors import InputError
from tests.batch.making import repository

GOOD = """
[batch]
output = "runs"
max-cost = 20
requests-per-minute = 60
[defaults]
max-attempts = 5
sandbox = "docker"
[[item]]
name = "attention"
paper = "p.md"
until-runs = true
max_cost = 1.5
score = true
reference = "repo"
gpus = 1
[[item]]
repair = "repo"
run = ["python main.py", "python eval.py"]
[[item]]
name = "seen"
check = "repo"
run = "python main.py"
only = ["lint"]
[[item]]
paper = "arXiv:1706.03762v5"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    repository(tmp_path / "repo")
    (tmp_path / "p.md").write_text("# A paper\n")
    return tmp_path


def write(folder: Path, text: str, name: str = "batch.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_what_is_said_where(folder: Path) -> None:
    told = read_manifest(write(folder, GOOD), {"model": "flag", "max_attempts": 7})
    assert [item.name for item in told.items] == ["attention", "repo", "seen", "arXiv-1706.03762v5"]
    build, repair, check, arxiv = told.items
    assert (build.kind, build.source) == ("build", str(folder / "p.md"))
    assert build.options["reference"] == str(folder / "repo")
    assert (build.options["max_attempts"], build.options["model"]) == (7, "flag"), "flags go before [defaults]"
    assert repair.options["run"] == ["python main.py", "python eval.py"]
    assert check.options["run"] == ["python main.py"]
    assert "model" not in check.options, "a check asks no model"
    assert arxiv.source == "arXiv:1706.03762v5"
    assert told.batch == {"output": str(folder / "runs"), "max_cost": 20, "requests_per_minute": 60}


def test_an_items_own_word_goes_first(folder: Path) -> None:
    text = '[defaults]\nmodel = "theirs"\n[[item]]\npaper = "p.md"\nmodel = "own"\n[[item]]\nname="b"\npaper = "p.md"\n'
    own, other = read_manifest(write(folder, text), {"model": "flag"}).items
    assert (own.options["model"], other.options["model"]) == ("own", "flag")


def test_json_lines(folder: Path) -> None:
    lines = [{"paper": "p.md", "until_runs": True}, {"check": "repo", "name": "c"}]
    path = write(folder, "\n\n".join(map(json.dumps, lines)) + "\n", "batch.jsonl")
    assert [(item.name, item.kind) for item in read_manifest(path).items] == [("p", "build"), ("c", "check")]
    with pytest.raises(InputError, match=r"batch\.jsonl, line 2 is not JSON"):
        read_manifest(write(folder, '{"check": "repo"}\n{"check"\n', "batch.jsonl"))


ITEM = '[[item]]\nname = "x"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[item]", "is not TOML"),
        ("", "has no items"),
        ("[bach]\n", "unknown table \\[bach\\]"),
        ("[batch]\nworker = 2\n", "\\[batch\\]: unknown key 'worker'"),
        ("[batch]\nworkers = 0\n", "workers = 0 is not an integer"),
        ("[defaults]\npaper = 'x'\n", "\\[defaults\\]: unknown key 'paper'"),
        ("[defaults]\nname = 'x'\n", "\\[defaults\\]: unknown key 'name'"),
        (ITEM, "item 1 \\('x'\\) has no input"),
        (ITEM + "paper = 'p.md'\ncheck = 'repo'\n", "item 1 \\('x'\\) has 'paper' and 'check'"),
        (ITEM + "paper = 'q.md'\n", "item 1 \\('x'\\): paper = 'q.md' does not exist"),
        (ITEM + "check = 'p.md'\n", "check = 'p.md' is not a folder"),
        (ITEM + "check = 'repo'\nuntil_run = true\n", "item 1 \\('x'\\): unknown key 'until_run'"),
        (ITEM + "check = 'repo'\nmodel = 'm'\n", "'model' is for paper or repair, not for p2c check"),
        (ITEM + "paper = 'p.md'\nmax_cost = 'lots'\n", "max_cost = 'lots' is not a number"),
        (ITEM + "paper = 'p.md'\nmax_cost = -1\n", "max_cost = -1 is not a number"),
        (ITEM + "paper = 'p.md'\nuntil_runs = 1\n", "until_runs = 1 is neither true nor false"),
        (ITEM + "paper = 'p.md'\nreference = 'gone'\n", "reference = 'gone' does not exist"),
        (ITEM + "check = 'repo'\nrun = [1]\n", "run = \\[1\\] is neither"),
        (ITEM + "check = 'repo'\n" + ITEM.replace("x", "X") + "check = 'repo'\n", "item 1 also has the name 'X'"),
        ("[[item]]\nname = '../x'\ncheck = 'repo'\n", "'../x' is not a valid name"),
        ("[[item]]\nname = 'index.html'\ncheck = 'repo'\n", "'index.html' is not a valid name"),
        ("item = 3\n", "not a list of tables"),
    ],
)
def test_a_fault_is_named(folder: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_manifest(write(folder, text))
    assert "batch.toml" in str(caught.value)


def order(folder: Path, text: str, **how: object) -> BatchJob:
    item = read_manifest(write(folder, text)).items[0]
    content = content_digest(item)
    return BatchJob(item, str(folder / "out"), item_key(item, content), content, **how)  # type: ignore[arg-type]


def test_the_command_of_an_item(folder: Path) -> None:
    words = command(order(folder, GOOD, grant=Allowance(usd=0.5, tokens=900)))
    assert words[:4] == ["build", str(folder / "p.md"), "-o", str(folder / "out" / "attention")]
    assert {"--until-runs", "--max-cost=0.5", "--max-tokens=900", "--max-attempts=5", "--gpus=1", "--json"} <= set(
        words
    )
    text = "[[item]]\ncheck = 'repo'\nrun = ['a b', '-c']\n"
    words = command(order(folder, text, grant=Allowance(tokens=900)))
    assert words[:2] == ["check", str(folder / "repo")]
    assert {"--run=a b", "--run=-c"} <= set(words)
    assert not [word for word in words if word.startswith("--max")], "a check knows no limit of tokens"


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ("max_cost = 9", True),
        ("cpus = 3", True),
        ("score = true", True),
        ("model = 'other'", False),
        ("until_runs = true", False),
    ],
)
def test_what_makes_another_item_of_it(folder: Path, change: str, same: bool) -> None:
    base = "[[item]]\npaper = 'p.md'\n"
    assert (order(folder, base).key == order(folder, base + change).key) is same


def test_another_text_makes_another_item_of_it(folder: Path) -> None:
    before = order(folder, "[[item]]\npaper = 'p.md'\n").key, order(folder, "[[item]]\ncheck = 'repo'\n").key
    (folder / "p.md").write_text("# Another\n")
    (folder / "repo" / "main.py").write_text("x = 1\n")
    after = order(folder, "[[item]]\npaper = 'p.md'\n").key, order(folder, "[[item]]\ncheck = 'repo'\n").key
    assert before[0] != after[0] and before[1] != after[1]
