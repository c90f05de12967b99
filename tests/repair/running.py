"""A check that really compiles and runs `main.py`, in this process: what loop tests judge by."""

from __future__ import annotations

import traceback

from p2c.budget import Budget, SpendingLimits
from p2c.executor.report import CheckResult, Finding, Frame, Report
from p2c.journal import Event, Journal
from p2c.models.base import Model
from p2c.repair.case import Case
from p2c.repo import Repo
from p2c.run_contract import RunContract
from p2c.sandboxes.scripted import ScriptedSandbox
from p2c.session import Session

CONTRACT = RunContract(smoke=("python main.py",))

BROKEN = {
    "main.py": (
        '"""Mean of a sample."""\n\n\n'
        'def mean(values):\n    """Return the mean."""\n    return sum(values) / len(value)\n\n\n'
        "def main():\n    assert mean([1.0, 3.0]) == 2.0\n\n\nmain()\n"
    ),
}
CURE = """The name is `values`.
```diff
--- a/main.py
+++ b/main.py
@@ -4,3 +4,3 @@
 def mean(values):
     \"\"\"Return the mean.\"\"\"
-    return sum(values) / len(value)
+    return sum(values) / len(values)
```
"""


def run_main(repo: Repo) -> Report:
    """Compile every Python file, then run main.py; an exception is a finding with its frames."""
    broken = []
    for path in repo.python_files():
        try:
            compile(repo.files[path], path, "exec")
        except SyntaxError as error:
            broken.append(Finding("compile", "SyntaxError", error.msg, path, error.lineno))
    if broken:
        return Report((CheckResult("compile", "failed", tuple(broken)), CheckResult("smoke", "skipped")))
    found = _run(repo)
    return Report(
        (
            CheckResult("compile", "passed"),
            CheckResult("install", "passed"),
            CheckResult("smoke", "failed" if found else "passed", found),
        )
    )


def _run(repo: Repo) -> tuple[Finding, ...]:
    lines = repo.files["main.py"].split("\n")
    try:
        exec(compile(repo.files["main.py"], "main.py", "exec"), {"__name__": "__main__"})
    except Exception as error:
        steps = [step for step in traceback.extract_tb(error.__traceback__) if step.filename == "main.py"]
        frames = tuple(Frame("main.py", s.lineno or 0, s.name, lines[(s.lineno or 1) - 1]) for s in steps)
        return (Finding("smoke", type(error).__name__, str(error), "main.py", frames[-1].line, frames=frames),)
    return ()


def broken_case(files: dict[str, str] | None = None) -> Case:
    """Return a case of a repository that does not run, checked."""
    repo = Repo(BROKEN if files is None else files)
    return Case(repo, run_main(repo), CONTRACT)


def session(model: Model | None = None, limits: SpendingLimits | None = None) -> tuple[Session, list[Event]]:
    """Return a session without a real sandbox, and the list that its events go to."""
    events: list[Event] = []
    return Session(model, ScriptedSandbox(), Journal(listeners=(events.append,)), Budget(limits)), events
