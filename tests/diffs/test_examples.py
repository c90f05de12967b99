"""The examples of docs/diffs.md: each is applied as the page says, on the rung that it stands under."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from p2c.diffs import hunk_variants, placement
from p2c.repair.patch import apply_with_rungs
from p2c.repo import Repo

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/diffs.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LATER = {"already", "elided", "groups", "left-out", "later-exact", "later-blanks"}
"""Rungs below those of `placement`, which have names in more than one module."""


class Example(NamedTuple):
    name: str
    before: str
    diff: str
    after: str


def examples(page: str) -> Iterator[Example]:
    for section in re.split(r"^### ", page, flags=re.MULTILINE)[1:]:
        section = re.split(r"^## ", section, flags=re.MULTILINE)[0]
        blocks = FENCE.findall(section.replace("·", " "))
        assert [kind for kind, _ in blocks] == ["python", "diff", "python"] * (len(blocks) // 3), section
        name = section.split("`")[1]
        for at in range(0, len(blocks), 3):
            yield Example(name, *(text for _, text in blocks[at : at + 3]))


def applied(example: Example) -> tuple[str, tuple[str, ...]]:
    reply = f"```diff\n--- a/f.py\n+++ b/f.py\n{example.diff}```\n"
    repo, rungs = apply_with_rungs(reply, Repo({"f.py": example.before}))
    return repo.files["f.py"], rungs


@pytest.mark.parametrize("example", list(examples(PAGE)), ids=lambda example: example.name)
def test_an_example_is_applied_as_the_page_says(example: Example) -> None:
    text, rungs = applied(example)
    assert text == example.after
    assert example.name in rungs and set(rungs) <= {example.name, "exact"}


def test_every_rung_and_reading_has_an_example() -> None:
    shown = {example.name for example in examples(PAGE)}
    rungs = {rung for rung, _, _ in placement._RUNGS} | LATER
    readings = {read.__name__.strip("_") for read in hunk_variants._READINGS}
    assert {name.split("+")[0] for name in shown} == rungs
    assert {name.split("+")[1] for name in shown if "+" in name} == readings


def test_every_refusal_is_explained() -> None:
    sources = [*(ROOT / "p2c/diffs").glob("*.py"), ROOT / "p2c/repair/patch.py"]
    raised = re.compile(r'\b(?:refused|_refuse|PatchError|Misplaced)\(\s*"([a-z-]+)"')
    codes = {code for path in sources for code in raised.findall(path.read_text(encoding="utf-8"))}
    table = PAGE.split("## What is refused")[1].split("\n## ")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert {code for row in rows for code in re.findall(r"`([a-z-]+)`", row)} == codes
