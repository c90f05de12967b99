"""A small paper and the conversation in which a model turns it into a repository: written by hand, really runnable."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, cast

from p2c.budget import Budget
from p2c.generator.paper import Paper, Section
from p2c.journal import Event, Journal
from p2c.models.base import Model, Prompt
from p2c.models.scripted import Reply, ScriptedModel
from p2c.sandboxes.base import Sandbox
from p2c.session import Session

PAPER = Paper(
    id="heavy-ball",
    title="Heavy Balls Roll Faster",
    abstract="We study momentum on quadratics.",
    sections=(
        Section("Method", r"The iterate is $x_{t+1} = x_t - \eta \nabla f(x_t) + \beta (x_t - x_{t-1})$ (Eq. 1)."),
        Section(
            "Experiments",
            "On the Valley data set we run 10,000 steps with step size $\\eta = 3 \\times\n10^{-4}$ and momentum 0.9.",
        ),
    ),
    source="markdown",
)

OVERVIEW = "## Method\n\n" + "The heavy-ball step of Eq. 1 is iterated on a quadratic f(x) = 0.5 x'Ax. " * 8

DESIGN: dict[str, Any] = {
    "summary": "Momentum makes gradient descent on ill-conditioned quadratics faster. This repository runs it.",
    "approach": "main.py reads YAML, valley.py makes the quadratic, descent.py iterates Eq. 1.",
    "entry": "main.py",
    "files": [
        {
            "path": "main.py",
            "purpose": "Runs the experiment.",
            "functions": [{"signature": "main(arguments: list[str] | None = None) -> None", "summary": "Run it."}],
        },
        {
            "path": "valley.py",
            "purpose": "The quadratic.",
            "classes": [
                {
                    "name": "Valley",
                    "summary": "f(x) = 0.5 sum a_i x_i^2",
                    "methods": [
                        {"signature": "__init__(self, curvatures: list[float]) -> None"},
                        {"signature": "loss(self, x: list[float]) -> float", "summary": "The value f(x)."},
                        {"signature": "gradient(self, x: list[float]) -> list[float]", "summary": "a_i x_i"},
                    ],
                }
            ],
        },
        {
            "path": "descent.py",
            "purpose": "Eq. 1.",
            "functions": [
                {
                    "signature": "descend(valley: Valley, start: list[float], rate: float, momentum: float, steps: int)"
                    " -> list[float]",
                    "summary": "The losses, one a step.",
                }
            ],
        },
        {"path": "tests/test_descent.py", "purpose": "The first step is gradient descent."},
    ],
    "calls": [
        {"caller": "main.py", "callee": "Valley", "what": "makes the quadratic"},
        {"caller": "main.main", "callee": "descend", "what": 'runs {momentum}; then "writes" <metrics>'},
        {"caller": "descend", "callee": "Valley.gradient", "what": "asks for the gradient"},
    ],
    "data_sets": [{"name": "Valley", "used_for": "the only experiment"}],
}

LOGIC: dict[str, Any] = {
    "conventions": "Vectors are lists of floats.",
    "files": [
        {
            "path": "main.py",
            "logic": "read, run, write",
            "uses": ["valley.py", "descent.py"],
            "imports": ["yaml", "json", "argparse"],
        },
        {"path": "valley.py", "logic": "sums", "uses": [], "imports": []},
        {"path": "descent.py", "logic": "Eq. 1", "uses": ["valley.py"], "imports": []},
        {
            "path": "tests/test_descent.py",
            "logic": "one step by hand",
            "uses": ["descent.py", "valley.py"],
            "imports": ["pytest"],
        },
    ],
    "requirements": [{"requirement": "pyyaml==6.0", "imports": ["yaml"], "why": "reads the configuration"}],
}

CONFIG: dict[str, Any] = {
    "values": [
        {"key": "train.rate", "value": 3e-4, "place": "Section 2", "quote": r"step size $\eta = 3 \times 10^{-4}$"},
        {"key": "train.momentum", "value": 0.9, "place": "Section 2", "quote": "momentum 0.9"},
        {"key": "train.steps", "value": 10000, "place": "Section 2", "quote": "10,000 steps"},
        {"key": "data.curvatures", "value": [1.0, 1e-5], "assumed": "the paper gives no spectrum"},
        {"key": "output", "value": "outputs", "assumed": "a folder has to be chosen"},
    ],
    "smoke": [{"key": "train.steps", "value": 50, "why": "seconds"}],
    "data_sets": [{"name": "Valley", "full": "made by valley.py", "stand_in": "the same, it is synthetic"}],
    "smoke_commands": ["python main.py --config configs/smoke.yaml"],
    "full_commands": ["python main.py --config configs/paper.yaml"],
    "artifacts": ["outputs/metrics.json"],
    "timeout": 120,
}

CODE = {
    "valley.py": '''"""The quadratic."""


class Valley:
    """f(x) = 0.5 sum a_i x_i^2."""

    def __init__(self, curvatures: list[float]) -> None:
        self.curvatures = curvatures

    def loss(self, x: list[float]) -> float:
        return 0.5 * sum(a * v * v for a, v in zip(self.curvatures, x))

    def gradient(self, x: list[float]) -> list[float]:
        return [a * v for a, v in zip(self.curvatures, x)]
''',
    "descent.py": '''"""Eq. 1."""

from valley import Valley


def descend(valley: Valley, start: list[float], rate: float, momentum: float, steps: int) -> list[float]:
    before, now, losses = start, start, []
    for _ in range(steps):
        slope = valley.gradient(now)
        after = [x - rate * g + momentum * (x - b) for x, g, b in zip(now, slope, before)]
        before, now = now, after
        losses.append(valley.loss(now))
    return losses
''',
    "main.py": '''"""Runs the experiment."""

import argparse
import json
from pathlib import Path

import yaml

from descent import descend
from valley import Valley


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default="configs/paper.yaml")
    config = yaml.safe_load(Path(parser.parse_args(arguments).config).read_text(encoding="utf-8"))
    train = config["train"]
    valley = Valley(config["data"]["curvatures"])
    start = [1.0] * len(valley.curvatures)
    losses = descend(valley, start, train["rate"], train["momentum"], train["steps"])
    output = Path(config["output"])
    output.mkdir(parents=True, exist_ok=True)
    (output / "metrics.json").write_text(json.dumps({"first": losses[0], "last": losses[-1]}), encoding="utf-8")


if __name__ == "__main__":
    main()
''',
    "tests/test_descent.py": """import pytest

from descent import descend
from valley import Valley


def test_the_first_step_is_gradient_descent() -> None:
    valley = Valley([2.0])
    assert descend(valley, [1.0], 0.1, 0.9, 1) == pytest.approx([valley.loss([0.8])])
""",
}


def fenced(data: Any) -> str:
    """A JSON reply as models write it, with prose around."""
    return f"Here is the answer.\n\n```json\n{json.dumps(data, indent=1)}\n```\n"


def file_reply(path: str, text: str | None = None) -> str:
    """A coding reply."""
    return f"```python {path}\n{CODE[path] if text is None else text}```\n"


def good_replies() -> dict[str, list[Reply]]:
    """What a model answers that makes no mistake, by stage."""
    replies: dict[str, list[Reply]] = {
        "plan.overview": [OVERVIEW],
        "plan.design": [fenced(DESIGN)],
        "plan.logic": [fenced(LOGIC)],
        "plan.config": [fenced(CONFIG)],
    }
    for path in CODE:
        replies[f"analysis:{path}"] = [f"Analysis of {path}. " * 20]
        replies[f"code:{path}"] = [file_reply(path)]
    return replies


def model(replies: Mapping[str, Sequence[Reply]]) -> ScriptedModel:
    """A model that answers each stage with its replies in order."""
    asked: dict[str, int] = defaultdict(int)

    def answer(prompt: Prompt) -> Reply:
        asked[prompt.stage] += 1
        return replies[prompt.stage][asked[prompt.stage] - 1]

    return ScriptedModel(answer)


def session(scripted: Model | None, events: list[Event] | None = None) -> Session:
    """A session for writing only: nothing may be run in it."""
    sandbox = cast(Sandbox, object())
    listeners = (events.append,) if events is not None else ()
    return Session(scripted, sandbox, Journal(listeners=listeners), Budget())


QUOTED = (
    ("the step is Eq. 1", "Method", r"x_{t+1} = x_t - \eta \nabla f(x_t)", "method", 5),
    ("momentum is added to the step", "Method", r"+ \beta (x_t - x_{t-1})", "method", 4),
    ("the iterate is what is followed", "Method", "The iterate is", "method", 2),
    ("10,000 steps are made", "Experiments", "we run 10,000 steps", "setting", 3),
    ("the step size is 3e-4", "Experiments", r"with step size $\eta = 3 \times", "setting", 3),
    ("momentum is 0.9", "Experiments", "momentum 0.9", "setting", 3),
    ("the Valley data set is used", "Experiments", "On the Valley data set", "experiment", 4),
    ("steps are counted on Valley", "Experiments", "Valley data set we run", "experiment", 2),
    ("quadratics are studied", "Abstract", "momentum on quadratics", "experiment", 1),
    ("losses are reported", "Experiments", "data set we run 10,000", "result", 2),
    ("the last loss is reported", "Abstract", "We study momentum", "result", 2),
    ("it is faster", "Abstract", "study momentum on", "result", 1),
)
"""Requirement, section, quotation, kind and weight of the small paper's criteria."""

CRITERIA: dict[str, Any] = {
    "criteria": [
        {"requirement": what, "section": section, "quote": quote, "kind": kind, "weight": weight}
        for what, section, quote, kind, weight in QUOTED
    ],
    "questions": [
        {"question": "Which spectrum has the quadratic?", "choice": "two values", "options": ["a hundred values"]},
        {"question": "Where does the iterate start?", "choice": "at all ones", "options": ["at random"]},
    ],
}
COVERAGE: list[dict[str, Any]] = [
    {"ids": ["c1-c3"], "files": ["descent.py"]},
    {"ids": ["c4", "c5", "c6"], "files": ["configs/paper.yaml"]},
    {"ids": ["c7, c8, c9", "c10-12"], "files": ["main.py", "valley.py"]},
]
CLAIMS: dict[str, Any] = {
    "claims": [
        {"experiment": "Valley", "metric": "last", "better": "lower", "trivial": "first", "predictor": "no step",
         "shows": ["last < first"], "why": "We study momentum on quadratics"}
    ],
    "claim": [],
    "claim_commands": [],
}  # fmt: skip
CRITERIA_CONFIG: dict[str, Any] = {
    **CONFIG,
    **CLAIMS,
    "open_points": [{"id": "q1", "key": "data.curvatures"}, {"id": "q2"}],
}


def good_replies_with_criteria() -> dict[str, list[Reply]]:
    """What a model answers that makes no mistake where criteria are drawn."""
    return good_replies() | {
        "plan.criteria": [fenced(CRITERIA)],
        "plan.design": [fenced({**DESIGN, "coverage": COVERAGE})],
        "plan.config": [fenced(CRITERIA_CONFIG)],
    }
