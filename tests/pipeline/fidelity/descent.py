"""A small paper, a repository with three departures from it, and models that judge and mend it by a script.

What is checked is run for real, in processes of this interpreter: the program, its tests, and single tests again.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import p2c.executor.in_sandbox as in_sandbox
from p2c.budget import Budget, SpendingLimits
from p2c.executor.executed_lines import ExecutedLines, read_lines
from p2c.executor.report import CheckResult, Finding, Report
from p2c.generator.criteria import Criterion, CriterionKind
from p2c.generator.paper import Paper, Section
from p2c.journal import Event, Journal
from p2c.models.base import Prompt
from p2c.models.scripted import ScriptedModel
from p2c.pipeline.fidelity.loop import FidelityWork, LoopProgress
from p2c.pipeline.fidelity.trial import FidelityState, KeepRule
from p2c.pipeline.fidelity.verdicts import CriteriaJudge
from p2c.repair.guards import Scope
from p2c.repair.history import History
from p2c.repo import Repo
from p2c.run_contract import RunContract
from p2c.sandboxes.scripted import ScriptedSandbox
from p2c.session import Session

PAPER = Paper(
    id="heavy",
    title="Heavy Balls",
    abstract="We study momentum.",
    sections=(
        Section("Method", r"The iterate is $x_{t+1} = x_t - \eta f'(x_t) + \beta (x_t - x_{t-1})$ (Eq. 1)."),
        Section("Loss", r"The loss is $f(x) = x^2 / 2 + \lambda |x|$ with $\lambda$ fixed (Eq. 2)."),
        Section(
            "Experiments", "We run with momentum 0.9 for three seeds. Gradients are clipped. The final loss is told."
        ),
    ),
)
CONTRACT = RunContract(smoke=("python main.py",), full=("python main.py --full",), artifacts=("metrics.json",))
FILES = {
    "main.py": '''"""Run the descent."""

import json
from pathlib import Path

from descent import descend, loss

CONFIG = json.loads(Path("config.json").read_text())


def main():
    """Write the final loss of each seed."""
    ends = [descend(1.0 + seed, CONFIG["rate"], CONFIG["momentum"], CONFIG["steps"]) for seed in CONFIG["seeds"]]
    Path("metrics.json").write_text(json.dumps({"losses": [loss(x) for x in ends]}))


if __name__ == "__main__":
    main()
''',
    "descent.py": '''"""Eqs. 1 and 2."""


def loss(x):
    """Eq. 2."""
    return x * x / 2


def slope(x):
    """The derivative of the smooth part."""
    return x


def clip(g):
    """Clip a gradient."""
    return max(-1.0, min(1.0, g))


def step(x, old, rate, momentum):
    """Eq. 1."""
    return x - rate * slope(x) - momentum * (x - old)


def descend(x, rate, momentum, steps):
    """Iterate Eq. 1."""
    old = x
    for _ in range(steps):
        x, old = step(x, old, rate, momentum), x
    return x
''',
    "config.json": '{\n  "rate": 0.1,\n  "momentum": 0.5,\n  "steps": 20,\n  "seeds": [1, 2, 3]\n}\n',
    "tests/test_descent.py": '''"""Of the parts."""

from descent import slope


def test_slope():
    """Of a square."""
    assert slope(3.0) == 3.0
''',
    "conftest.py": "",
}
REPO = Repo(FILES)


def criterion(
    name: str, requirement: str, section: str, quote: str, kind: CriterionKind = "method", weight: float = 3.0
) -> Criterion:
    return Criterion(name, requirement, section, quote, weight, kind, sealed=name.startswith("s"))


SIGN = criterion("c1", "the momentum term is added (Eq. 1)", "Method", r"+ \beta (x_t - x_{t-1})$", weight=5.0)
TERM = criterion("c2", "the loss has the term lambda times |x| (Eq. 2)", "Loss", r"\lambda |x|$", weight=4.0)
VALUE = criterion("c3", "the momentum is 0.9", "Experiments", "with momentum 0.9", "setting")
SEEDS = criterion("c4", "there are three seeds", "Experiments", "for three seeds", "setting", 1.0)
CLIPPED = criterion("c5", "gradients are clipped", "Experiments", "Gradients are clipped")
SECRET = criterion(
    "s1", "the zebra loss of the final iterate is told", "Experiments", "The final loss is told", "result"
)
SECRET_TOO = criterion("s2", "the zebra descends from the seeds", "Experiments", "for three seeds", "experiment")
CRITERIA = (SIGN, TERM, VALUE, SEEDS, SECRET, SECRET_TOO)

SIGN_DIFF = '''The momentum was subtracted.
```diff
--- a/descent.py
+++ b/descent.py
@@ -20,3 +20,3 @@
 def step(x, old, rate, momentum):
     """Eq. 1."""
-    return x - rate * slope(x) - momentum * (x - old)
+    return x - rate * slope(x) + momentum * (x - old)
'''
SIGN_TEST = '''--- /dev/null
+++ b/tests/test_step.py
@@ -0,0 +1,8 @@
+"""Eq. 1 by hand."""
+
+from descent import step
+
+
+def test_momentum_goes_on():
+    """x=2, old=1: 2 - 0.1 * 2 + 0.5 * 1."""
+    assert abs(step(2.0, 1.0, 0.1, 0.5) - 2.3) < 1e-12
'''
END = "```\n"
SIGN_CURE = SIGN_DIFF + SIGN_TEST + END
TERM_CURE = '''The penalty was missing.
```diff
--- a/descent.py
+++ b/descent.py
@@ -4,3 +4,6 @@
+LAMBDA = 0.1
+
+
 def loss(x):
     """Eq. 2."""
-    return x * x / 2
+    return x * x / 2 + LAMBDA * abs(x)
--- /dev/null
+++ b/tests/test_loss.py
@@ -0,0 +1,8 @@
+"""Eq. 2 by hand."""
+
+from descent import loss
+
+
+def test_penalty():
+    """Of x=2: 2 + 0.1 * 2."""
+    assert abs(loss(2.0) - 2.2) < 1e-12
```
'''
VALUE_CURE = """The momentum of the paper is 0.9.
```diff
--- a/config.json
+++ b/config.json
@@ -2,4 +2,4 @@
   "rate": 0.1,
-  "momentum": 0.5,
+  "momentum": 0.9,
   "steps": 20,
   "seeds": [1, 2, 3]
```
"""
CURES: Mapping[str, str] = {"c1": SIGN_CURE, "c2": TERM_CURE, "c3": VALUE_CURE}


def line_of(repo: Repo, path: str, text: str) -> str:
    """Return `path:line` of the first line that holds a text."""
    rows = repo.files[path].split("\n")
    return f"{path}:{next(number for number, row in enumerate(rows, 1) if text in row)}"


def truth(files: Mapping[str, str], name: str) -> tuple[str, str]:
    """What an honest judge says of a criterion, and the text of the line that shows it."""
    code = files.get("descent.py", "")
    return {
        "c1": ("met" if "+ momentum" in code else "not", "rate * slope"),
        "c2": ("met" if "abs(x)" in code else "partly", "return x * x / 2"),
        "c3": ("met" if '"momentum": 0.9' in files.get("config.json", "") else "not", ""),
        "c4": ("met", ""),
        "c5": ("met", "max(-1.0"),
        "s1": ("met", "def loss"),
        "s2": ("met", "def descend"),
    }[name]


Verdicts = Callable[[str, Mapping[str, str]], tuple[str, list[str]]]
"""Says of a criterion, in the files that a prompt shows, the verdict and the evidence."""


def honest(name: str, files: Mapping[str, str]) -> tuple[str, list[str]]:
    verdict, text = truth(files, name)
    if not text:
        return verdict, ["config.json:3"] if name == "c3" else ["config.json:5"]
    rows = files["descent.py"].split("\n")
    line = next(number for number, row in enumerate(rows, 1) if text in row)
    last = line + 1 if text.startswith("def") else line
    return verdict, [f"descent.py:{line}-{last + (text.startswith('def'))}"]


def shown_files(text: str) -> dict[str, str]:
    """The files that a judge's prompt shows, without their line numbers."""
    blocks = re.findall(r'<file path="([^"]+)">\n(.*?)\n</file>', text, re.DOTALL)
    return {
        path: "\n".join(re.sub(r"^.{0,4}?\s*\d+ [|>] ?", "", row) for row in body.split("\n")) for path, body in blocks
    }


def versions(text: str) -> tuple[str, str]:
    """What a prompt that compares shows as A and as B."""
    found = dict(re.findall(r'<version name="([AB])">\n(.*?)</version>', text, re.DOTALL))
    return found["A"], found["B"]


@dataclass
class Script:
    """How a model answers: by who asks. `prefers` says A, B or same of (id, A, B); `cures` are replies by the ticket's
    ids, the last one again and again."""

    verdicts: Verdicts = honest
    prefers: Callable[[str, str, str], str] | None = None
    cures: Mapping[str, Sequence[str] | str] = field(default_factory=lambda: CURES)
    upholds: bool = True
    asked: dict[str, int] = field(default_factory=dict)

    def __call__(self, prompt: Prompt) -> str:
        text = prompt.messages[-1].content
        if prompt.stage.startswith(("fidelity.judge", "fidelity.sealed", "fidelity.again")):
            return self.judge(text)
        if prompt.stage == "fidelity.compare":
            return self.compare(text)
        if prompt.stage == "fidelity.dispute":
            return json.dumps({"upheld": self.upholds, "why": "as it says"})
        assert re.fullmatch(r"fidelity:\d+", prompt.stage), prompt.stage
        return self.cure(text)

    def judge(self, text: str) -> str:
        asked = text[text.rindex("<items>") :]
        items = []
        for name in re.findall(r"(?m)^([cs]\d) \(", asked):
            verdict, evidence = self.verdicts(name, shown_files(text))
            items.append({"id": name, "verdict": verdict, "why": "so it is", "evidence": evidence})
        return json.dumps({"items": items})

    def compare(self, text: str) -> str:
        a, b = versions(text)
        names = re.findall(r"(?m)^([cs]\d) \(", text[text.rindex("<criteria>") :])
        prefers = self.prefers or prefer_the_paper
        return json.dumps({"items": [{"id": name, "better": prefers(name, a, b), "why": "so it is"} for name in names]})

    def cure(self, text: str) -> str:
        name = re.findall(r"(?m)^(c\d) \(", text[text.rindex("<criteria>") :])[0]
        replies = self.cures.get(name, "I see nothing to change.")
        if isinstance(replies, str):
            return replies
        number = self.asked.get(name, 0)
        self.asked[name] = number + 1
        return replies[min(number, len(replies) - 1)]


def prefer_the_paper(name: str, a: str, b: str) -> str:
    """An honest comparison, by what the criterion is about."""
    mark = {"c1": "+ momentum", "c2": "abs(x)", "c3": '"momentum": 0.9', "c5": "clip(step"}.get(name, "no such text")
    return "same" if (mark in a) == (mark in b) else "A" if mark in a else "B"


def prefer_the_patch(name: str, a: str, b: str) -> str:
    """Always what is not the original, whatever it is."""
    return "B" if a.strip() in _original() or all(part in _original() for part in _bodies(a)) else "A"


def _original() -> str:
    return "\n".join(FILES.values())


def _bodies(version: str) -> list[str]:
    return [body for body in re.findall(r"<file [^>]*>\n(.*?)\n</file>", version, re.DOTALL)]


_DONE: dict[tuple[str, ...], Report] = {}
"""What was run before, by digest: tests that go through the same states need not run them again."""


def check(repo: Repo) -> Report:
    """Run main.py and the tests."""
    return _DONE.get((repo.digest,)) or _DONE.setdefault((repo.digest,), _check(repo))


def again(repo: Repo, tests: tuple[str, ...]) -> Report:
    """Run single tests, told of as the smoke check tells of pytest."""
    key = (repo.digest, *tests)
    return _DONE.get(key) or _DONE.setdefault(key, _again(repo, tests))


def _check(repo: Repo) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        repo.write(Path(folder))
        smoke = _python(folder, "main.py")
        found = () if smoke.returncode == 0 else (Finding("smoke", "Error", smoke.stderr[-300:], "main.py", 1),)
        left = not found and not (Path(folder) / "metrics.json").exists()
        found = (Finding("smoke", "ArtifactMissing", "the run left no metrics.json"),) if left else found
        tests = _failed(folder, ())
    failed = tuple(Finding("test", "AssertionError", message) for message in tests)
    return Report(
        (
            CheckResult("compile", "passed"),
            CheckResult("install", "passed"),
            CheckResult("smoke", "failed" if found else "passed", found),
            CheckResult("test", "failed" if failed else "passed", failed),
        )
    )


def _again(repo: Repo, tests: tuple[str, ...]) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        repo.write(Path(folder))
        failed = tuple(Finding("smoke", "AssertionError", message) for message in _failed(folder, tests))
    return Report((CheckResult("smoke", "failed" if failed else "passed", failed),))


def lines(repo: Repo) -> ExecutedLines:
    """Trace main.py and the tests with what is sent into a sandbox."""
    source = Path(in_sandbox.__file__).parent / "_p2c_lines.py"
    with tempfile.TemporaryDirectory() as folder:
        repo.write(Path(folder) / "repo")
        (Path(folder) / "site").mkdir()
        (Path(folder) / "site" / "sitecustomize.py").write_text(source.read_text())
        place = Path(folder) / "lines"
        root = str(Path(folder) / "repo")
        env = {"PYTHONPATH": str(Path(folder) / "site"), "P2C_LINES": str(place), "P2C_ROOT": root}
        _python(root, "main.py", env=env)
        _python(root, "-m", "pytest", "-q", env=env)
        return ExecutedLines(read_lines(place.read_bytes(), repo), (), True)


def _failed(folder: str, tests: Sequence[str]) -> list[str]:
    done = _python(folder, "-m", "pytest", "-q", "-rfE", "--no-header", *tests)
    rows = re.findall(r"(?m)^(?:FAILED|ERROR) (\S+)(?: - (.*))?$", done.stdout)
    detail = "ImportError" if "ImportError" in done.stdout else "assert"
    return [f"{name}: {why or detail}" for name, why in rows]


def _python(folder: str, *words: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV", "P2C"))}
    around = {**clean, "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **(env or {})}
    return subprocess.run([sys.executable, *words], cwd=folder, env=around, capture_output=True, text=True, check=False)


@dataclass
class Played:
    """A loop that was made ready, with what its model was asked and what was noted."""

    progress: LoopProgress
    task: FidelityWork
    session: Session
    model: ScriptedModel
    events: list[Event]


def played(
    script: Callable[[Prompt], str] | None = None,
    repo: Repo = REPO,
    criteria: tuple[Criterion, ...] = CRITERIA,
    limits: SpendingLimits | None = None,
    traced: Callable[[Repo], ExecutedLines] = lambda _: ExecutedLines(),
) -> Played:
    """Make a loop ready on a repository that runs."""
    model = ScriptedModel(script or Script())
    events: list[Event] = []
    session = Session(model, ScriptedSandbox(), Journal(listeners=(events.append,)), Budget(limits))
    judge = CriteriaJudge(model, PAPER, session.journal, traced)
    report = check(repo)
    assert report.ok, report.gating
    rule = KeepRule(check, again, lambda _: Scope(contract=CONTRACT), judge)
    task = FidelityWork(PAPER, None, lambda _: CONTRACT, criteria, rule)
    progress = LoopProgress(FidelityState(repo, report, {}), History())
    progress.history.begin(report.fingerprint)
    return Played(progress, task, session, model, events)
