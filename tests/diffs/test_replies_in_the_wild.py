"""Ways in which models write diffs, as met: each applied as meant, or refused instead of done half."""

from __future__ import annotations

import pytest

from p2c.errors import PatchError
from p2c.repair.patch import apply_patch
from p2c.repo import Repo

AREA = (
    "import os\n\n\ndef area(w, h):\n    size = w + h\n    print(size)\n    return size\n\n\n"
    "def main():\n    print(area(2, 3))\n"
)


def fenced(diff: str, path: str = "m.py") -> str:
    return f"```diff\n--- a/{path}\n+++ b/{path}\n{diff}```\n"


def text(reply: str, before: str, path: str = "m.py") -> str:
    return apply_patch(reply, Repo({path: before})).files[path]


def code(reply: str, before: str, path: str = "m.py") -> str:
    with pytest.raises(PatchError) as caught:
        apply_patch(reply, Repo({path: before}))
    return caught.value.code


HUNK = " \n \n def area(w, h):\n-    size = w + h\n+    size = w * h\n"


@pytest.mark.parametrize(
    "hunk",
    ["@@ -2,6 +2,6 @@\n" + HUNK + "     print(size)\n", "@@ -2,8 +2,8 @@\n" + HUNK,
     "@@ -2,10 +2,10 @@\n" + HUNK + " ...\n def main():\n"],
)  # fmt: skip
def test_a_closed_fence_is_believed_where_only_context_is_missing(hunk: str) -> None:
    assert text(fenced(hunk), AREA) == AREA.replace("w + h", "w * h")


def test_a_change_that_is_missing_as_well_is_a_cut_reply() -> None:
    assert code(fenced("@@ -2,8 +2,7 @@\n" + HUNK), AREA) == "cut"
    assert code("--- a/m.py\n+++ b/m.py\n@@ -2,6 +2,6 @@\n" + HUNK + "     print(size)", AREA) == "cut"


SPACED = "def f(w):\n    k = 1\n    s = w + 1\n\n    # doubled\n    t = 2 * s\n\n    # done\n    return t\n"


def test_blank_lines_and_comments_may_be_left_out_beside_a_change() -> None:
    hunk = "@@ ... @@\n     k = 1\n     s = w + 1\n-    t = 2 * s\n+    t = 3 * s\n     return t\n"
    assert text(fenced(hunk), SPACED) == SPACED.replace("2 * s", "3 * s")


@pytest.mark.parametrize(
    "before",
    [SPACED.replace("    # doubled\n", "    s = max(s, 0)\n"), SPACED + "\n\ndef g(s):\n    t = 2 * s\n",
     SPACED.replace("    # doubled\n", "    # doubled\n" * 5)],
    ids=["code between", "removed line twice", "too many"],
)  # fmt: skip
def test_other_lines_may_not(before: str) -> None:
    hunk = "@@ ... @@\n     k = 1\n     s = w + 1\n-    t = 2 * s\n+    t = 3 * s\n     return t\n"
    assert code(fenced(hunk), before) in ("mismatch", "ambiguous")


STEPS = "def fit(opt):\n    opt.lr = 1\n    opt.step()\n    opt.step()\n"


def test_one_more_of_the_same_line_is_added_where_the_counts_say_so_and_never_dropped() -> None:
    change = "@@ -1,2 +1,2 @@\n def fit(opt):\n-    opt.lr = 1\n+    opt.lr = 2\n"
    after = text(fenced(change + "@@ -4,1 +4,2 @@\n     opt.step()\n+    opt.step()\n"), STEPS)
    assert after == STEPS.replace("lr = 1", "lr = 2") + "    opt.step()\n"
    assert code(fenced(change + "@@ ... @@\n     opt.step()\n+    opt.step()\n"), STEPS) == "ambiguous"
    assert code(fenced("@@ -3,1 +3,2 @@\n     opt.step()\n+    opt.step()\n"), STEPS) == "no-change"


@pytest.mark.parametrize("offer", [
    "Alternatively:", "Or, if you prefer:", "Option B: keep the name", "**Option 2**", "### Alternative 2",
    "Or:", "Another option is this.", "Instead of the above, one could do this:", "If that is too slow. Alternatively,",
    "If you'd rather keep the old one, do this instead:",
])  # fmt: skip
def test_alternatives_are_not_both_applied(offer: str) -> None:
    first = fenced("@@ -1 +1 @@\n-a = 1\n+a = 2\n")
    second = fenced("@@ -3 +3 @@\n-c = 1\n+c = 2\n")
    assert code(f"{first}\n{offer}\n\n{second}", "a = 1\nb = 1\nc = 1\n") == "conflict"


@pytest.mark.parametrize("prose", [
    "And the second place:", "Here np.prod is used instead of np.product:", "The other file needs it too.",
    "This works for one or more inputs:", "Option parsing has to change as well.", "Then use the new name.",
])  # fmt: skip
def test_two_diffs_that_belong_together_are(prose: str) -> None:
    first = fenced("@@ -1 +1 @@\n-a = 1\n+a = 2\n")
    second = fenced("@@ -3 +3 @@\n-c = 1\n+c = 2\n")
    assert text(f"{first}\n{prose}\n\n{second}", "a = 1\nb = 1\nc = 1\n") == "a = 2\nb = 1\nc = 2\n"


def test_notebooks_and_yaml_stay_readable() -> None:
    notebook = '{\n "cells": [],\n "nbformat": 4\n}\n'
    hunk = '@@ -1,3 +1,3 @@\n {\n- "cells": [],\n+ "cells": []\n  "nbformat": 4\n'
    assert code(fenced(hunk, "n.ipynb"), notebook, "n.ipynb") == "syntax"
    assert code(fenced("@@ -1 +1 @@\n-b: 1\n+b: [1\n", "c.yaml"), "a: 1\nb: 1\n", "c.yaml") == "syntax"
    assert text(fenced("@@ -1 +1 @@\n-b: 1\n+b: !Ref x\n", "c.yml"), "b: 1\n", "c.yml") == "b: !Ref x\n"


@pytest.mark.parametrize(
    "index", ["index abcdefg..hijklmn 100644", "index XXXXXXX..YYYYYYY", "index ...", "index 0000000"]
)
def test_an_index_line_of_placeholders_is_passed_over(index: str) -> None:
    reply = f"```diff\ndiff --git a/m.py b/m.py\n{index}\n--- a/m.py\n+++ b/m.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n```\n"
    assert text(reply, "a = 1\n") == "a = 2\n"


def test_a_here_document_ends_where_the_patch_ends() -> None:
    patch = "*** Begin Patch\n*** Update File: m.py\n@@\n-a = 1\n+a = 2\n*** End Patch\n"
    for shell in ("apply_patch <<'EOF'\n{}EOF\n", "apply_patch << PATCH\n{}PATCH\n\necho done\n"):
        assert text("```bash\n" + shell.format(patch) + "```\n", "a = 1\n") == "a = 2\n"
