"""A small build as it stands at its end, with what is known of it; each part can be replaced."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from p2c.executor.report import CheckResult, Report
from p2c.generator.criteria import Coverage, Criterion, InventoryItem
from p2c.generator.plan import Plan
from p2c.generator.planning import make_plan
from p2c.generator.project_files import surround
from p2c.git_history import Commit
from p2c.pipeline.documentation import BuildFacts
from p2c.pipeline.documentation.portable_lock import portable
from p2c.repair.fidelity.outcome import CriterionResult, FidelityResult
from p2c.repo import Repo
from p2c.run_claims import Claim, compare
from tests.generator import conversation

DESCENT = '''"""The iteration of Eq. (1)."""
from valley import Valley


class Momentum:
    """Heavy ball, as Algorithm 2 has it."""

    def step(self, x, before):
        """x_{t+1} of Eq. (1)."""
        return 2 * x - before


def descend(valley: Valley, start, *, steps=10):
    ball = Momentum()
    for _ in range(steps):
        start = ball.step(start, start)
    return _clip(start)


def _clip(x):
    return x
'''
FILES = {
    "main.py": "import descent\nfrom valley import Valley\n\n\ndef main():\n    valley = Valley([1.0])\n"
    "    descent.descend(valley, 1.0)\n    return valley.loss(1.0)\n\n\nif __name__ == '__main__':\n    main()\n",
    "valley.py": "class Valley:\n    def __init__(self, curvatures):\n        self.a = curvatures\n\n"
    "    def loss(self, x):\n        return x\n\n    @staticmethod\n    def flat(width):\n        return width\n",
    "descent.py": DESCENT,
    "tests/test_descent.py": "from descent import Momentum\n\n\ndef test_step():\n"
    "    assert Momentum().step(1, 1) == 1\n",
}
PLAN: Plan = replace(
    make_plan(conversation.PAPER, conversation.session(conversation.model(conversation.good_replies()))),
    criteria=(
        Criterion("c1", "The step is Eq. 1", "Method", "q", 5, "method"),
        Criterion("c2", "Ten thousand steps", "Experiments", "q", 3, "setting"),
        Criterion("c3", "The secret requirement", "Experiments", "q", 3, "setting", sealed=True),
    ),
    inventory=(
        InventoryItem("equation 1", "equation", "x_{t+1} = ..."),
        InventoryItem("table 2", "table", "Losses", rows=("Momentum", "Adam")),
        InventoryItem("figure 3", "figure", "Paths"),
    ),
    coverage=(Coverage("equation 1", ("descent.py",)), Coverage("figure 3", (), "no plots are made")),
    open_points=("The start point is not given; one is taken",),
)
CLAIM = Claim("Valley", "last", "lower", "first", "the start", ("last < 0.5 * first",))
RESULTS = (
    CheckResult("install", "passed"),
    CheckResult("smoke", "passed", note="p2c.toml"),
    CheckResult("test", "passed", note="1 passed"),
)
PATCH = Commit("0123456789abcdef", "t", "Fix smoke (KeyError): 'step'\n\nThe key is steps.\n\nPatch by debugger.")


def build_facts(files: dict[str, str] | None = None, **known: Any) -> BuildFacts:
    """Return what is known of a build that runs, with its first README and docs in the repository."""
    plan = known.pop("plan", PLAN)
    repo = surround(plan, Repo({**FILES, **(files or {})}))
    metrics = {"outputs/metrics.json": {"first": 4.0, "last": 3.0, "curve": [4, 3.5, 3], "name": "x", "ok": True}}
    settings: dict[str, Any] = {
        "contract": plan.contract,
        "report": Report(RESULTS),
        "verdict": "runs",
        "why": "smoke and test passed",
        "lock": portable("numpy==2.0.0\n"),
        "python": "3.12.1",
        "metrics": metrics,
        "claims": compare((CLAIM,), metrics),
        "commits": (PATCH,),
        **known,
    }
    return BuildFacts(plan, repo, **settings)


def judged() -> FidelityResult:
    """Return a loop's result: one criterion met, one not, one sealed."""
    c1, c2, c3 = PLAN.criteria
    return FidelityResult(
        (
            CriterionResult(c1, "met", "it does", ("descent.py:8-10",), True, "tests/test_descent.py::test_step"),
            CriterionResult(c2, "not", "a | pipe and <b>mark-up</b>", (), None),
            CriterionResult(c3, "not", "kept to itself", ("valley.py:1",), None),
        ),
        0.25,
        0.1,
        stop="rounds",
    )
