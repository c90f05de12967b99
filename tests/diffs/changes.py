"""Real changes to real code: a module of Python's own library, edited as a repair would edit it."""

from __future__ import annotations

import ast
import importlib.util
import random
import re
from dataclasses import dataclass
from pathlib import Path

from p2c.repair.patch import diff_repos
from p2c.repo import Repo

MODULES = ("bisect", "heapq", "textwrap", "shlex", "csv", "sched", "colorsys", "statistics", "queue", "graphlib")


@dataclass(frozen=True)
class Change:
    """A repository before and after, and the true diff between the two."""

    before: Repo
    after: Repo
    path: str

    @property
    def diff(self) -> str:
        return diff_repos(self.before, self.after)


def source(module: str) -> str:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


def make_change(rng: random.Random, edits: int | None = None) -> Change:
    """Return a change of one to three edits that leaves the module parseable."""
    text = source(rng.choice(MODULES))
    others = {"README.md": "# Notes\n\n- one\n- two\n", "conf/main.yaml": "lr: 0.1\nsteps: 10\n"}
    path = rng.choice(("model.py", "src/model.py", "pkg/deep/model.py"))
    lines = text.split("\n")
    for _ in range(edits or rng.choice((1, 1, 2, 3))):
        for _ in range(50):
            changed = _edit(rng, lines)
            if changed != lines and _parses(changed):
                lines = changed
                break
    after = "\n".join(lines)
    return Change(Repo({path: text, **others}), Repo({path: after, **others}), path)


def _edit(rng: random.Random, lines: list[str]) -> list[str]:
    """Rename a word in a line, insert statements, or delete a line."""
    at = rng.choice(_statements("\n".join(lines)))
    line = lines[at]
    front = line[: len(line) - len(line.lstrip())]
    kind = rng.randrange(4)
    if kind == 0:
        words = re.findall(r"\b[a-z_]{3,}\b", line)
        new = [re.sub(rf"\b{rng.choice(words)}\b", f"value_{rng.randrange(100)}", line, count=1)] if words else [line]
    elif kind == 1:
        new = [f"{front}checked_{rng.randrange(100)} = len('{rng.randrange(1000)}') < 3", line]
    elif kind == 2:
        name = f"part_{rng.randrange(100)}"
        new = [f"{front}if {name} is not None:", f"{front}    {name} = [x for x in ({name}, 2) if x > 1]", line]
    else:
        new = []
    return [*lines[:at], *new, *lines[at + 1 :]]


def _statements(text: str) -> list[int]:
    """Lines (0-based) on which a statement begins, docstrings not."""
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)]
    told = [node for node in nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    return sorted({node.lineno - 1 for node in nodes} - {node.lineno - 1 for node in told})


def _parses(lines: list[str]) -> bool:
    try:
        ast.parse("\n".join(lines))
    except SyntaxError:
        return False
    return True
