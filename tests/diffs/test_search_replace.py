"""SEARCH/REPLACE blocks are applied where their lines stand once, and refused with a reason elsewhere."""

from __future__ import annotations

import pytest

from p2c.errors import PatchError
from p2c.repair.patch import apply_with_rungs
from p2c.repo import Repo

REPO = Repo({
    "train.py": (
        "import math\n\n\ndef step(x):\n    y = x + 1\n    return y\n\n\n"
        "def stop(x):\n    y = x - 1\n    return y\n"
    ),
    "win.py": "a = 1\r\nb = 2\r\n",
    "conf/run.yaml": "lr: 0.1\n",
})  # fmt: skip


def block(search: str, replace: str, name: str = "train.py\n") -> str:
    return f"{name}<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"


@pytest.mark.parametrize(
    "name",
    ["train.py\n", "```python\ntrain.py\n", "**train.py**\n", "`train.py`:\n\n```python\n", "```train.py\n",
     "### train.py\n", "File: train.py\n```\n"],
)  # fmt: skip
def test_a_block_is_applied_below_any_form_of_its_name(name: str) -> None:
    after, rungs = apply_with_rungs("The sum is off.\n\n" + block("    y = x + 1\n", "    y = x + 2\n", name), REPO)
    assert "y = x + 2" in after.files["train.py"] and rungs == ("search",)


def test_several_blocks_of_one_file_and_of_others() -> None:
    reply = block("    y = x + 1\n", "    y = x + 2\n") + block("    y = x - 1\n", "    y = x - 2\n", "")
    reply += block("lr: 0.1\n", "lr: 0.2\n", "conf/run.yaml\n") + block("", "Z = 1\n", "fresh.py\n")
    after, _ = apply_with_rungs(reply, REPO)
    assert "x + 2" in after.files["train.py"] and "x - 2" in after.files["train.py"]
    assert after.files["conf/run.yaml"] == "lr: 0.2\n" and after.files["fresh.py"] == "Z = 1\n"


def test_line_endings_of_the_file_are_kept() -> None:
    assert apply_with_rungs(block("b = 2\n", "b = 3\n", "win.py\n"), REPO)[0].files["win.py"] == "a = 1\r\nb = 3\r\n"


def test_the_form_of_other_tools() -> None:
    reply = "train.py\n------- SEARCH\n    y = x + 1\n=======\n    y = x + 3\n+++++++ REPLACE\n"
    assert "x + 3" in apply_with_rungs(reply, REPO)[0].files["train.py"]


DIFF = "--- a/train.py\n+++ b/train.py\n@@ -1,1 +1,1 @@\n-import math\n+import cmath\n"


@pytest.mark.parametrize(
    ("code", "reply"),
    [
        ("ambiguous", block("    return y\n", "    return 2 * y\n")),
        ("mismatch", block("    y = x+1\n", "    y = x + 2\n")),
        ("missing", block("x = 1\n", "x = 2\n", "nowhere.py\n")),
        ("path", block("x = 1\n", "x = 2\n", "../train.py\n")),
        ("path", block("x = 1\n", "x = 2\n", "")),
        ("path", block("", "x = 2\n", ".git/hooks/a.py\n")),
        ("exists", block("", "x = 2\n")),
        ("syntax", block("    y = x + 1\n", "    y = (x + 1\n")),
        ("syntax", block("lr: 0.1\n", "lr: [0.1\n", "conf/run.yaml\n")),
        ("placeholder", block("    y = x + 1\n", "    # ... existing code ...\n")),
        ("no-change", block("    y = x + 1\n", "    y = x + 1\n")),
        ("no-diff", "train.py\n<<<<<<< SEARCH\n    y = x + 1\n=======\n    y = x + 2\n"),
        ("format", block("    y = x + 1\n", "    y = x + 2\n") + "```diff\n" + DIFF + "```\n"),
    ],
)  # fmt: skip
def test_what_is_refused(code: str, reply: str) -> None:
    with pytest.raises(PatchError) as caught:
        apply_with_rungs(reply, REPO)
    assert caught.value.code == code
