"""Every rule that p2c can report has words, and the page of the documentation has the same ones."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from p2c.commands.explain import ABOUT, page
from p2c.executor.checks import compile, lint
from p2c.executor.checks.explanations import explain, explanations, near
from p2c.executor.parsers import MYPY_GATES, RUFF_GATES
from p2c.executor.requirements import uv_errors

ROOT = Path(__file__).parents[3]


def written_rules() -> set[str]:
    """The rules that stand as words in the executor's own calls."""
    found: set[str] = set()
    for path in (ROOT / "p2c/executor").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            place = {"Finding": 1, "_finding": 0, "_advice": 0}.get(name)
            if place is not None and len(node.args) > place:
                word = node.args[place]
                found |= {word.value} if isinstance(word, ast.Constant) and isinstance(word.value, str) else set()
    return found


def test_every_rule_has_an_explanation() -> None:
    rules = written_rules()
    assert {"ArtifactMissing", "P2C001", "MissingFile", "Timeout", "NotInPaper", "MissingRequirements"} <= rules
    rules |= set(compile._FIXES) | set(uv_errors._FIXES) | {rule for rule, _ in uv_errors._PLAN} | MYPY_GATES
    rules |= {"WrongDistribution", "StdlibRequirement", "SystemExit"}
    assert sorted(rule for rule in rules if not explain(rule)) == []


def test_every_code_that_ruff_is_asked_for_has_an_explanation() -> None:
    argv = [str(Path(sys.executable).with_name("ruff")), "rule", "--all", "--output-format", "json"]
    listed = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
    asked = re.compile("^(?:" + "|".join(rf"{one}\d+$|{one}$" for one in lint.SELECT.split(",")) + ")")
    codes = [rule["code"] for rule in listed if asked.match(rule["code"] or "") and rule["code"] != "E999"]
    assert len(codes) > 60
    wrong = [
        code
        for code in codes
        if not (explanation := explain(code)) or explanation[0].gates != bool(RUFF_GATES.match(code))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("asked", "rule", "gates"),
    [
        ("f821", "F821", True),
        ("lint/F401", "F", False),
        ("PLE1205", "PLE", True),
        ("types/attr-defined", "attr-defined", True),
        ("types/arg-type", "mypy", False),
        ("smoke/ModuleNotFoundError", "ModuleNotFoundError", True),
        ("LinAlgError", "Exception", True),
        ("P2C001", "P2C001", False),
        ("NotInPaper", "NotInPaper", False),
    ],
)
def test_a_rule_is_found_however_it_is_asked_for(asked: str, rule: str, gates: bool) -> None:
    (told,) = explain(asked)
    assert (told.rule, told.gates) == (rule, gates)


def test_an_unknown_rule_has_neighbours() -> None:
    assert explain("ModuleNotFound") == ()
    assert "ModuleNotFoundError" in near("ModuleNotFound")
    assert "P2C001" in near("P2C01")
    assert near("qqqqqq") == []


def test_the_page_is_in_step() -> None:
    assert {explanation.check for explanation in explanations()} == set(ABOUT)
    text = (ROOT / "docs/checks.md").read_text(encoding="utf-8")
    assert page() in text, "write it again: python -m p2c.commands.explain docs/checks.md"
