"""`refine` where it is meant to run: a git checkout, a sandbox, replies kept in the folder."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from p2c import state_folder
from p2c.budget import Budget
from p2c.errors import SandboxError
from p2c.journal import Journal
from p2c.models import equip_model
from p2c.models.scripted import ScriptedModel
from p2c.pipeline.fidelity.criteria_source import CRITERIA as KEPT
from p2c.pipeline.refine import RefineRequest, refine
from p2c.pipeline.repair_folder import FolderRequest
from p2c.pipeline.verify import RepairResult
from p2c.run_contract import write_contract
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import Sandbox
from p2c.session import Session
from p2c.state_folder import StateFolder, StateSubfolder
from tests.pipeline.fidelity.descent import CLIPPED, CONTRACT, CRITERIA, FILES, PAPER, Script

pytestmark = [pytest.mark.sandbox, pytest.mark.index]

CLIP = """The gradient is clipped now.
```diff
--- a/descent.py
+++ b/descent.py
@@ -28,4 +28,4 @@
     old = x
     for _ in range(steps):
-        x, old = step(x, old, rate, momentum), x
+        x, old = x + clip(step(x, old, rate, momentum) - x), x
     return x
```
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    try:
        opened = open_sandbox("local")
    except SandboxError as error:
        pytest.skip(str(error))
    yield opened
    opened.close()


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout


def checkout(folder: Path, files: dict[str, str]) -> Path:
    root = folder / "code"
    for path, text in {"p2c.toml": write_contract(CONTRACT), **files}.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    git(folder, "init", "-q", str(root))
    git(root, "add", "-A")
    git(root, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first")
    return root


def refined(root: Path, sandbox: Sandbox, script: Script) -> tuple[RepairResult, ScriptedModel]:
    model, budget, journal = ScriptedModel(script), Budget(), Journal()
    equipped = equip_model(model, StateSubfolder(StateFolder(root), "replies"), budget, journal)
    session = Session(equipped, sandbox, journal, budget)
    with state_folder.alone(root):
        state_folder.write_state(root, KEPT, [asdict(criterion) for criterion in (*CRITERIA, CLIPPED)])
        result, _ = refine(RefineRequest(FolderRequest(root), PAPER), session)
    return result, model


def test_code_off_the_path_is_put_in_use_and_formulas_are_cured(tmp_path: Path, sandbox: Sandbox) -> None:
    root = checkout(tmp_path, FILES)
    result, _ = refined(root, sandbox, Script(cures={**Script().cures, "c5": CLIP}))
    told = result.fidelity
    assert told is not None and result.stop.word == "runs" and result.case.report.ok
    results = {one.criterion.id: one for one in told.criteria}
    assert results["c5"].before == "partly", "clip was never called: dead evidence"
    assert {name for name, one in results.items() if one.status == "met"} == set(results), told
    assert results["c1"].test == "tests/test_step.py::test_momentum_goes_on" and results["c1"].executed is True
    subjects = git(root, "log", "--reverse", "--format=%s").splitlines()
    assert len(subjects) == 5 and {title[:7] for title in subjects[1:]} == {"Meet c1", "Meet c2", "Meet c3", "Meet c5"}
    assert results["c1"].commit in git(root, "log", "--format=%H") and git(root, "status", "--porcelain") == ""
    assert "+ momentum" in (root / "descent.py").read_text()


def test_code_that_does_not_run_is_left_as_it_is(tmp_path: Path, sandbox: Sandbox) -> None:
    root = checkout(tmp_path, {**FILES, "main.py": "raise SystemExit(3)\n"})
    result, model = refined(root, sandbox, Script())
    assert result.stop.word == "broken" and result.fidelity is not None and result.fidelity.stop == "not-running"
    assert not model.prompts and len(git(root, "log", "--format=%s").splitlines()) == 1
