"""A name that is bound again raises nowhere, so it advises; a test that another one hides is lost, so it gates."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.executor.plain_sandbox import PlainSandbox
from tests.executor.test_runner import check

HARMLESS = {
    "an import and a local": "import json as colors\n\n\ndef f():\n    colors = 1\n    return colors\n",
    "two imports": "import json\nimport json\n\nprint(json)\n",
    "a function twice": "def f():\n    return 1\n\n\ndef f():\n    return 2\n",
    "a class over an import": "from json import JSONDecoder\n\n\nclass JSONDecoder:\n    pass\n",
    "a method twice": "class A:\n    def f(self):\n        return 1\n\n    def f(self):\n        return 2\n",
}
LOST = {
    "a test": "def test_a():\n    assert 1\n\n\ndef test_a():\n    assert 2\n",
    "an async one": "async def test_a():\n    assert 1\n\n\ndef test_a():\n    assert 2\n",
    "a method": "class TestA:\n    def test_b(self):\n        assert 1\n\n    def test_b(self):\n        assert 2\n",
    "a class": "class TestA:\n    def test_b(self): ...\n\n\nclass TestA:\n    def test_c(self): ...\n",
}


def rebound(root: Path, files: dict[str, str]) -> list[bool]:
    report = check(PlainSandbox(root), files, only=frozenset({"lint"}), skip=frozenset()).report
    return [finding.gates for finding in report.findings if finding.rule == "F811"]


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_bound_again_advises(name: str, tmp_path: Path) -> None:
    assert rebound(tmp_path, {"more.py": HARMLESS[name]}) == [False]


@pytest.mark.parametrize("name", LOST)
def test_a_test_that_is_hidden_gates(name: str, tmp_path: Path) -> None:
    assert rebound(tmp_path, {"test_more.py": LOST[name]}) == [True]
    assert rebound(tmp_path / "x", {"more.py": LOST[name]}) == [False], "nobody collects it there"


def test_other_things_in_tests_advise(tmp_path: Path) -> None:
    text = "import json as test_it\n\n\ndef f(): ...\n\n\ndef f(): ...\n\n\ndef test_it(): ...\n"
    assert rebound(tmp_path, {"test_more.py": text}) == [False, False]
