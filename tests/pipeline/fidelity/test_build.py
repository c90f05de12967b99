"""A paper is built until it is faithful: it runs first, then a sign is put right, and the rest is as ever."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2c import state_folder
from p2c.budget import Budget
from p2c.errors import SandboxError
from p2c.journal import Journal
from p2c.models import equip_model
from p2c.models.base import Prompt
from p2c.models.scripted import ScriptedModel
from p2c.pipeline.build import BuildRequest, build
from p2c.pipeline.verify import Checker, RepairResult
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import Sandbox
from p2c.session import Session
from p2c.state_folder import StateFolder, StateSubfolder
from tests.generator import conversation

pytestmark = [pytest.mark.sandbox, pytest.mark.index]

QUOTES = (r"+ \beta (x_t - x_{t-1})$", "On the Valley data set", "10,000 steps", "step size", "momentum 0.9")
RUBRIC = [
    {"requirement": f"requirement {n}", "section": "Method", "quote": quote, "weight": 6 - n, "kind": "code"}
    for n, quote in enumerate(QUOTES, 1)
]
RIGHT, WRONG = "rate * g + momentum", "rate * g - momentum"
CURE = """The momentum was subtracted.
```diff
--- a/descent.py
+++ b/descent.py
@@ -9,3 +9,3 @@
         slope = valley.gradient(now)
-        after = [x - rate * g - momentum * (x - b) for x, g, b in zip(now, slope, before)]
+        after = [x - rate * g + momentum * (x - b) for x, g, b in zip(now, slope, before)]
         before, now = now, after
--- /dev/null
+++ b/tests/test_momentum.py
@@ -0,0 +1,10 @@
+import pytest
+
+from descent import descend
+from valley import Valley
+
+
+def test_the_second_step_goes_on() -> None:
+    # 1 -> 0.8 -> 0.8 - 0.16 + 0.9 * (0.8 - 1) = 0.46
+    valley = Valley([2.0])
+    assert descend(valley, [1.0], 0.1, 0.9, 2)[1] == pytest.approx(valley.loss([0.46]))
```
"""


def answer(prompt: Prompt) -> str:
    text = prompt.messages[-1].content
    if prompt.stage == "score.rubric":
        return json.dumps({"items": RUBRIC})
    if prompt.stage.startswith(("fidelity.judge", "fidelity.sealed", "fidelity.again")):
        names = re.findall(r"(?m)^(r\d) \(", text[text.rindex("<items>") :])
        right = {"id": "", "verdict": "met", "why": "so it is", "evidence": ["descent.py:10"]}
        wrong = {**right, "verdict": "not"}
        return json.dumps({"items": [{**(wrong if n == "r1" and WRONG in text else right), "id": n} for n in names]})
    if prompt.stage == "fidelity.compare":
        first = text[text.index('name="A"') : text.index('name="B"')]
        return json.dumps({"items": [{"id": "r1", "better": "A" if RIGHT in first else "B", "why": "the sign"}]})
    if prompt.stage.startswith("fidelity:"):
        return CURE
    if prompt.stage == "code:descent.py":
        return conversation.file_reply("descent.py", conversation.CODE["descent.py"].replace(RIGHT, WRONG))
    return str(conversation.good_replies()[prompt.stage][0])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    try:
        opened = open_sandbox("local")
    except SandboxError as error:
        pytest.skip(str(error))
    yield opened
    opened.close()


def built(out: Path, sandbox: Sandbox) -> tuple[RepairResult, ScriptedModel]:
    out.mkdir(exist_ok=True)
    model, budget, journal = ScriptedModel(answer), Budget(), Journal()
    with state_folder.alone(out):
        equipped = equip_model(model, StateSubfolder(StateFolder(out), "replies"), budget, journal)
        session = Session(equipped, sandbox, journal, budget)
        return build(conversation.PAPER, BuildRequest(out, until_faithful=True, criteria=False), (), session), model


def subjects(out: Path) -> list[str]:
    done = subprocess.run(
        ["git", "log", "--reverse", "--format=%s"], cwd=out, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_it_runs_and_then_does_what_the_paper_says(tmp_path: Path, sandbox: Sandbox) -> None:
    result, model = built(tmp_path / "out", sandbox)
    told = result.fidelity
    assert result.stop.word == "runs" and told is not None and told.stop == "complete", told
    assert {one.criterion.id: one.status for one in told.criteria}["r1"] == "met" and told.kept == 1
    assert told.criteria[0].test == "tests/test_momentum.py::test_the_second_step_goes_on"
    assert told.sealed_share == 1.0 and sum(one.criterion.sealed for one in told.criteria) == 2
    assert RIGHT in (tmp_path / "out" / "descent.py").read_text()
    said = subjects(tmp_path / "out")
    assert len(said) == 3 and said[1].startswith("Meet r1: ") and "delivered" in said[2]
    assert (tmp_path / "out" / "requirements.lock").is_file()
    secret = [one.criterion.requirement for one in told.criteria if one.criterion.sealed]
    for prompt in model.prompts:
        if not prompt.stage.startswith(("fidelity.sealed", "score.rubric")):
            assert not any(text in message.content for message in prompt.messages for text in secret), prompt.stage
    again, asked = built(tmp_path / "out", sandbox)
    assert not asked.prompts and again.fidelity == told and subjects(tmp_path / "out") == said


def test_a_proof_that_fails_leaves_what_was_proved(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    prove = Checker.prove

    def failing(checker: Checker, repo: object) -> object:
        proof = prove(checker, repo)  # type: ignore[arg-type]
        broken = RIGHT in repo.files["descent.py"]  # type: ignore[attr-defined]
        return type(proof)(type(proof.report)(())) if broken else proof

    monkeypatch.setattr(Checker, "prove", failing)
    result, _ = built(tmp_path / "out", sandbox)
    told = result.fidelity
    assert result.stop.word == "runs" and told is not None and told.kept == 0 and "clean clone" in told.notes[0]
    assert WRONG in (tmp_path / "out" / "descent.py").read_text() and len(subjects(tmp_path / "out")) == 2
    assert {one.criterion.id: one.status for one in told.criteria}["r1"] == "not"
