"""A result is taken again only when it is the same question, young, and whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from p2c import recall
from tests.reports.samples import report


def test_what_was_kept_comes_back_whole(tmp_path: Path) -> None:
    name = recall.key("digest", "asked")
    assert recall.recall(tmp_path / "gate", name) is None
    recall.remember(tmp_path / "gate", name, report())
    assert recall.recall(tmp_path / "gate", name) == report()
    assert [place.name for place in (tmp_path / "gate").iterdir()] == [f"{name}.json"]


def test_another_question_has_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {recall.key("a", "b"), recall.key("ab", ""), recall.key("a", "c")}
    monkeypatch.setenv("PIP_INDEX_URL", "https://elsewhere.example/simple")
    assert len(names | {recall.key("a", "b")}) == 4


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"at": 0, "checks": []}', '{"at": 1e12, "checks": []}', '{"at": ""}']
)
def test_what_is_old_or_damaged_is_not_taken(tmp_path: Path, text: str) -> None:
    (tmp_path / "n.json").write_text(text)
    assert recall.recall(tmp_path, "n") is None


def test_sweeping_removes_what_is_old(tmp_path: Path) -> None:
    for name in ("old", "young"):
        recall.remember(tmp_path, name, report())
    os.utime(tmp_path / "old.json", (0, 0))
    recall.sweep(tmp_path)
    assert [place.stem for place in tmp_path.iterdir()] == ["young"]
