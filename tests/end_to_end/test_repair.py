"""`p2c repair` on code that p2c did not write."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.test_build import git, kill_at
from tests.end_to_end.test_commands import _why_not, document, repository
from tests.end_to_end.toy import p2c
from tests.servers.openai_server import OpenAIServer, say

pytestmark = [pytest.mark.sandbox, pytest.mark.index, pytest.mark.skipif(bool(_why_not()), reason=_why_not())]

MODEL = """from collections import Counter


def majority(labels: list[int]) -> int:
    return Counter(labels).most_common(1)[0]
"""
MAIN = """import json
from pathlib import Path

from model import majority

if __name__ == "__main__":
    Path("metrics.json").write_text(json.dumps({"majority": majority([1, 2, 2])}))
"""
CURE = """A pair was returned where the label alone is promised.

```diff
--- a/model.py
+++ b/model.py
@@ -4,2 +4,2 @@
 def majority(labels: list[int]) -> int:
-    return Counter(labels).most_common(1)[0]
+    return Counter(labels).most_common(1)[0][0]
```
"""
BROKEN = MAIN.replace("majority([1, 2, 2])", "majority([1, 2, 2])[0] / 0")
MEND = """```diff
--- a/main.py
+++ b/main.py
@@ -6,2 +6,2 @@
 if __name__ == "__main__":
-    Path("metrics.json").write_text(json.dumps({"majority": majority([1, 2, 2])[0] / 0}))
+    Path("metrics.json").write_text(json.dumps({"majority": majority([1, 2, 2])}))
```
"""


def two_faults(folder: Path) -> Path:
    return repository(folder, main__py=BROKEN, model__py=MODEL, requirements__txt="", README__md="# It\n")


def as_git(folder: Path) -> Path:
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "mine"],
    ):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def model(body: dict[str, object]) -> object:
    """Mends whichever fault the findings name."""
    return say(MEND if "ZeroDivisionError" in json.dumps(body).split("<findings>")[-1] else CURE, usage=None)


def words(folder: Path, server: OpenAIServer) -> list[str]:
    return ["repair", str(folder), "--model", "m", "--base-url", server.base_url, "--json"]


def test_it_runs_and_then_a_wrong_type_is_cured_too(tmp_path: Path) -> None:
    folder = two_faults(tmp_path)
    with OpenAIServer(model) as server:  # type: ignore[arg-type]
        done = p2c(*words(folder, server))
    assert (done.returncode, document(done)["verdict"]) == (0, "runs"), done.stderr
    assert "most_common(1)[0][0]" in (folder / "model.py").read_text()
    assert sorted(path.name for path in folder.iterdir()) == [
        ".p2c",
        "README.md",
        "main.py",
        "model.py",
        "requirements.txt",
    ]


def test_in_a_checkout_each_patch_is_a_commit(tmp_path: Path) -> None:
    folder = as_git(two_faults(tmp_path))
    with OpenAIServer(model) as server:  # type: ignore[arg-type]
        assert p2c(*words(folder, server)).returncode == 0
    assert len(git(folder, "log", "--format=%s").splitlines()) == 3
    assert git(folder, "status", "--porcelain") == ""


def test_uncommitted_work_is_not_touched(tmp_path: Path) -> None:
    folder = as_git(two_faults(tmp_path))
    (folder / "model.py").write_text(MODEL + "# mine\n")
    done = p2c("repair", str(folder), "--no-model")
    assert done.returncode == 2 and "model.py" in done.stderr
    assert (folder / "model.py").read_text() == MODEL + "# mine\n"


def test_a_diff_leaves_the_folder_alone_and_applies_with_git(tmp_path: Path) -> None:
    folder = as_git(two_faults(tmp_path))
    with OpenAIServer(model) as server:  # type: ignore[arg-type]
        done = p2c(*words(folder, server)[:-1], "--diff")
    assert done.returncode == 0, done.stderr
    assert (folder / "main.py").read_text() == BROKEN
    subprocess.run(["git", "apply", "-"], cwd=folder, input=done.stdout, text=True, check=True)
    assert (folder / "main.py").read_text() == MAIN


def test_a_log_from_elsewhere_is_evidence(tmp_path: Path) -> None:
    folder = two_faults(tmp_path / "repo")
    (tmp_path / "error.log").write_text("RuntimeError: seen on the cluster")
    with OpenAIServer(model) as server:  # type: ignore[arg-type]
        p2c(*words(folder, server), "--log", str(tmp_path / "error.log"))
        assert "seen on the cluster" in json.dumps(server.bodies[0])


@pytest.mark.parametrize("number", [1, 2])
def test_killed_after_a_patch_it_goes_on(tmp_path: Path, number: int) -> None:
    folder = as_git(two_faults(tmp_path / "repo"))
    note = "nothing gates any more"
    with OpenAIServer(model) as server:  # type: ignore[arg-type]
        fields = {"note": note} if number == 1 else {"stage": "proof"}
        event = "patch.tried" if number == 1 else "stage.started"
        kill_at(words(folder, server), tmp_path / "events.jsonl", event, fields)
        done = p2c(*words(folder, server))
        assert done.returncode == 0, done.stderr
        assert server.calls == 2, "one for each fault"
    assert "most_common(1)[0][0]" in (folder / "model.py").read_text()
    assert (folder / "main.py").read_text() == MAIN
    assert git(folder, "status", "--porcelain") == ""
    assert len(git(folder, "log", "--format=%s").splitlines()) == 3
