"""A small paper, a repository for it, and what a judge may answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from p2c.repo import Repo

PAPER = """# Heavy Balls Roll Faster

## Abstract

We study momentum on quadratics.

## Method

The iterate is $x_{t+1} = x_t - \\eta \\nabla f(x_t) + \\beta (x_t - x_{t-1})$ (Eq. 1).
The search starts from zero and stops after a fixed number of steps.

## Experiments

On the Valley data set we run 10,000 steps with step size $\\eta = 3 \\times 10^{-4}$ and momentum 0.9.
We report the final loss.
"""
FILES = {
    "main.py": "from descent import descend\nfrom valley import Valley\n\n\ndef main() -> None:\n"
    '    """Run."""\n    print(descend(Valley(), 0.9))\n\n\nif __name__ == "__main__":\n    main()\n',
    "descent.py": "def descend(valley, beta):\n    # the update of Eq. 1\n    x = old = 1.0\n    for _ in range(10):\n"
    "        x, old = x - 0.1 * valley.slope(x) + beta * (x - old), x\n    return x\n",
    "valley.py": 'class Valley:\n    """A quadratic."""\n\n    def slope(self, x):\n        return 2.0 * x\n',
    "unused.py": "def later():\n    raise NotImplementedError  # TODO\n",
    "configs/paper.yaml": "steps: 10000  # paper: Experiments\nmomentum: 0.9  # paper: Experiments\n"
    "rate: 0.5  # paper: Method\n",
    "tests/test_valley.py": "from valley import Valley\n\n\ndef test_slope():\n    assert Valley().slope(1.0) == 2.0\n",
    "README.md": "# Heavy balls\n",
}
REPO = Repo(FILES)


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write files below a folder."""
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return folder


def write_paper(folder: Path) -> Path:
    """Write the paper as Markdown."""
    place = folder / "heavy.md"
    place.write_text(PAPER, encoding="utf-8")
    return place


def critique(score: Any = 4, **problem: str) -> str:
    """A critic's reply with one component and at most one problem."""
    problems = [problem] if problem else []
    component = {"name": "momentum", "paper": "Eq. 1", "code": "descent.py:descend", "problems": problems}
    return json.dumps({"components": [component], "score": score})


QUOTES = (
    "The iterate is $x_{t+1} = x_t",
    "The search starts from zero",
    "stops after a fixed number of steps",
    "we run 10,000 steps with step size",
    "We report the final loss",
)


def rubric_reply(quotes: tuple[str, ...] = QUOTES) -> str:
    """A rubric with an item for each quotation, weighing 1, 2, 3, ..."""
    items = [
        {"requirement": f"item {n}", "section": "Method", "quote": quote, "weight": min(n, 5), "kind": "code"}
        for n, quote in enumerate(quotes, 1)
    ]
    return json.dumps({"items": items})


def verdicts(**said: tuple[str, list[str]]) -> str:
    """A judge's reply: id=(verdict, evidence)."""
    items = [{"id": name, "verdict": word, "why": "because", "evidence": lines} for name, (word, lines) in said.items()]
    return json.dumps({"items": items})
