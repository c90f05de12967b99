"""Diffs applied exactly as meant, or refused whole with a reason."""

# The diffs are easier to read on one line.
# ruff: noqa: E501

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2c.errors import PatchError
from p2c.repair.patch import apply_patch, diff_repos, replace_file
from p2c.repo import Repo
from tests.diffs.changes import make_change
from tests.diffs.damage import KINDS
from tests.diffs.measure import outcome

CODE = """import numpy as np


def mean(values):
    total = 0
    for value in values:
        total += value
    return total / len(value)


def spread(values):
    middle = mean(values)
    total = 0
    for value in values:
        total += (value - middle) ** 2
    return total / len(values)


class Box:
    def __init__(self, size):
        self.size = size

    def area(self):
        return self.size ** 2


class Cube:
    def __init__(self, size):
        self.size = size

    def area(self):
        return self.size ** 2
"""
REPO = Repo(
    {"stats.py": CODE, "pkg/a.py": "x = 1\n", "pkg/b.py": "y = 1\n", "empty.py": "", "notes.md": "# T\n\ntext\n"}
)

text = st.text(st.sampled_from("ab \t\n\r\x0c\x0b\x85\u2028é\udc80\ufeff+-@\\#`<>"), max_size=40)
lines = st.lists(
    st.sampled_from(["a", "b", " a", "", "+x", "-y", "--- a/f", "+++ b/f", "@@ -1 +1 @@", "\\ No", "```", "..."])
)
contents = st.one_of(text, lines.map("\n".join), lines.map(lambda rows: "".join(f"{row}\n" for row in rows)))
paths = st.sampled_from(
    ["a.txt", "b/c.txt", "with space.txt", 'quo"te', "t\tab", "é/ü.md", "a/b.txt", "-x", "trail ", "n\nl"]
)
repos = st.dictionaries(paths, contents, max_size=4).map(Repo)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(before=repos, after=repos)
def test_what_diff_repos_writes_is_applied_byte_for_byte(before: Repo, after: Repo) -> None:
    diff = diff_repos(before, after)
    if before == after:
        assert diff == ""
    else:
        assert apply_patch(diff, before) == after


@settings(max_examples=600, deadline=None, derandomize=True)
@given(kind=st.sampled_from(sorted(KINDS)), seed=st.integers(0, 10**9))
def test_a_damaged_change_comes_out_right_or_refused(kind: str, seed: int) -> None:
    rng = random.Random(seed)
    case = KINDS[kind](rng, make_change(rng))
    assert outcome(case) != "wrong"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_of_damage_comes_out_as_it_should(kind: str) -> None:
    outcomes = []
    for seed in range(12):
        rng = random.Random(f"{kind} {seed}")
        case = KINDS[kind](rng, make_change(rng))
        outcomes.append(outcome(case))
    assert "wrong" not in outcomes
    if case.want == "right":
        assert outcomes.count("right") >= 10
    if case.want == "refuse":
        assert set(outcomes) == {"refused"}


def hunk(body: str, head: str = "@@ -1 +1 @@", path: str = "stats.py") -> str:
    return f"--- a/{path}\n+++ b/{path}\n{head}\n{body}"


def refusal(diff: str, repo: Repo = REPO) -> PatchError:
    with pytest.raises(PatchError) as caught:
        apply_patch(diff, repo)
    assert caught.value.message.startswith("Nothing was changed.")
    return caught.value


def test_a_twin_needs_a_line_a_name_or_more_context() -> None:
    body = "     def area(self):\n-        return self.size ** 2\n+        return self.size ** 3\n"
    error = refusal(hunk(body, "@@ ... @@"))
    assert error.code == "ambiguous"
    assert "   23 |     def area(self):" in error.message and "   31 |     def area(self):" in error.message
    cubed = CODE[::-1].replace("2 ** ezis.fles", "3 ** ezis.fles", 1)[::-1]
    for head in (
        "@@ -31,2 +31,2 @@",
        "@@ class Cube @@",
        "@@ -900,2 +900,2 @@ class Cube:",
        "@@ Cube",
    ):
        assert apply_patch(hunk(body, head), REPO).files["stats.py"] == cubed, head


def test_line_numbers_that_are_wrong_once_are_not_believed_again() -> None:
    first = "@@ -90,2 +90,2 @@\n def mean(values):\n-    total = 0\n+    total = 0.0\n"
    body = "     def area(self):\n-        return self.size ** 2\n+        return self.size ** 3\n"
    assert refusal(hunk(first + "@@ -31,2 +31,2 @@\n" + body, "")).code == "ambiguous"


def test_the_answer_shows_the_first_line_that_differs() -> None:
    error = refusal(hunk(" def mean(values):\n-    total = 1\n+    total = 0.0\n"))
    assert error.code == "mismatch"
    assert "The diff expects:     total = 1" in error.message
    assert "The file has at line 5:     total = 0" in error.message
    assert "    4 | def mean(values):" in error.message


def test_added_lines_without_any_context_have_no_place() -> None:
    assert refusal(hunk("+import sys\n", "@@ -1,0 +2 @@")).code == "mismatch"


def test_one_wrong_hunk_leaves_every_file_alone() -> None:
    good = hunk("-x = 1\n+x = 2\n", path="pkg/a.py")
    bad = hunk("-z = 1\n+z = 2\n", path="pkg/b.py")
    assert refusal(good + bad).code == "mismatch"
    assert apply_patch(good + hunk("-y = 1\n+y = 2\n", path="pkg/b.py"), REPO).files["pkg/b.py"] == "y = 2\n"


def test_files_come_go_and_are_renamed() -> None:
    made = apply_patch("--- /dev/null\n+++ b/new/c.py\n@@ -0,0 +1,2 @@\n+a = 1\n+b = 2\n", REPO)
    assert made.files["new/c.py"] == "a = 1\nb = 2\n"
    gone = apply_patch("--- a/pkg/a.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x = 1\n", REPO)
    assert "pkg/a.py" not in gone.files
    head = "diff --git a/pkg/a.py b/pkg/z.py\nsimilarity index 80%\nrename from pkg/a.py\nrename to pkg/z.py\n"
    assert apply_patch(head, REPO).files["pkg/z.py"] == "x = 1\n"
    moved = apply_patch(f"{head}--- a/pkg/a.py\n+++ b/pkg/z.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n", REPO)
    assert moved.files["pkg/z.py"] == "x = 2\n" and "pkg/a.py" not in moved.files
    empty = apply_patch(
        "diff --git a/p/__init__.py b/p/__init__.py\nnew file mode 100644\nindex 0000000..e69de29\n", REPO
    )
    assert empty.files["p/__init__.py"] == ""


REFUSED = [
    ("exists", "--- /dev/null\n+++ b/stats.py\n@@ -0,0 +1 @@\n+x = 1\n"),
    ("exists", "--- /dev/null\n+++ b/stats.py/x.py\n@@ -0,0 +1 @@\n+x = 1\n"),
    ("exists", "--- /dev/null\n+++ b/pkg\n@@ -0,0 +1 @@\n+x = 1\n"),
    ("exists", "diff --git a/pkg/a.py b/pkg/b.py\nrename from pkg/a.py\nrename to pkg/b.py\n--- a/pkg/a.py\n+++ b/pkg/b.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n"),
    ("deletion", "--- a/pkg/a.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x = 2\n"),
    ("deletion", "--- a/stats.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-import numpy as np\n"),
    ("deletion", "diff --git a/stats.py b/stats.py\ndeleted file mode 100644\n"),
    ("deletion", "*** Begin Patch\n*** Delete File: stats.py\n*** End Patch\n"),
    ("missing", hunk("-x = 1\n+x = 2\n", path="nowhere.py")),
    ("path", "--- a/pkg/a.py\n+++ b/pkg/b.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n"),
    ("path", "--- /dev/null\n+++ b/../out.py\n@@ -0,0 +1 @@\n+x = 1\n"),
    ("path", "--- /dev/null\n+++ /etc/cron.d/x\n@@ -0,0 +1 @@\n+x = 1\n"),
    ("path", "--- /dev/null\n+++ b//etc/passwd\n@@ -0,0 +1 @@\n+x = 1\n"),
    ("path", "--- /dev/null\n+++ b/sub/.git/hooks/pre-commit\n@@ -0,0 +1 @@\n+x\n"),
    ("path", "--- /dev/null\n+++ b/.GIT/config\n@@ -0,0 +1 @@\n+x\n"),
    ("path", "--- /dev/null\n+++ b/.p2c/journal.jsonl\n@@ -0,0 +1 @@\n+x\n"),
    ("path", "--- /dev/null\n+++ b/~/x.py\n@@ -0,0 +1 @@\n+x\n".replace("b/~", "~")),
    ("path", '--- /dev/null\n+++ "b/x\\000.py"\n@@ -0,0 +1 @@\n+x\n'),
    ("path", "diff --git a/../x b/stats.py\n" + hunk("-import numpy as np\n+import numpy\n")),
    ("path", "diff --git a/x b/y.py\nrename from ../x\nrename to y.py\n"),
    ("path", "@@ -1 +1 @@\n-import numpy as np\n+import numpy\n"),
    ("mode", "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n"),
    ("mode", "diff --git a/stats.py b/stats.py\nold mode 100644\nnew mode 120000\n"),
    ("mode", "diff --git a/l b/l\nnew file mode 160000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+Subproject commit 1\n"),
    ("binary", "diff --git a/x.png b/x.png\nGIT binary patch\nliteral 5\nMcmZQ\n"),
    ("binary", "diff --git a/x.png b/x.png\nindex 1..2 100644\nBinary files a/x.png and b/x.png differ\n"),
    ("format", "diff --cc stats.py\n--- a/stats.py\n+++ b/stats.py\n@@@ -1 -1 +1 @@@\n++x\n"),
    ("format", hunk("<<<<<<< SEARCH\nimport numpy as np\n=======\nimport numpy\n>>>>>>> REPLACE\n")),
    ("mismatch", "stats.py\n<<<<<<< SEARCH\nimport numpy as nq\n=======\nimport numpy\n>>>>>>> REPLACE\n"),
    ("no-diff", "stats.py\n<<<<<<< SEARCH\nimport numpy as np\n=======\nimport numpy\n"),
    ("no-diff", "3c3\n< x\n> y\n"),
    ("empty", "--- a/stats.py\n+++ b/stats.py\n"),
    ("empty", "diff --git a/stats.py b/stats.py\nold mode 100644\nnew mode 100755\n"),
    ("no-change", hunk(" import numpy as np\n")),
    ("no-change", hunk("-import numpy as np\n+import numpy as np\n")),
    ("conflict", hunk("-import numpy as np\n+import numpy\n@@ -1 +1 @@\n-import numpy as np\n+import scipy\n")),
    ("conflict", hunk("@@ -1 +1 @@\n import numpy as np\n+a = 1\n@@ -1 +1 @@\n import numpy as np\n+b = 1\n", "")),
    ("placeholder", hunk(" def mean(values):\n-    total = 0\n+    # ... existing code ...\n")),
    ("placeholder", hunk(" def mean(values):\n-    total = 0\n+    # rest of the function remains unchanged\n")),
    ("placeholder", hunk(" def mean(values):\n-    total = 0\n+    total = 0.0\n+    ...\n")),
    ("markers", hunk(" def mean(values):\n-    total = 0\n+<<<<<<< HEAD\n+    total = 1\n")),
    ("syntax", hunk(" def mean(values):\n-    total = 0\n+    total = (0\n")),
    ("syntax", "--- /dev/null\n+++ b/new.py\n@@ -0,0 +1 @@\n+def f(:\n+    pass\n"),
    ("cut", "--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,9 @@\n+a = 1\n+b = 2\n"),
    ("cut", hunk("     total = 0\n     for value in values:\n-        total += value\n", "@@ -5,5 +5,5 @@")),
    ("cut", "```diff\n" + hunk(" def mean(values):\n-    total = 0\n+    total = 0.0\n", "@@")),
    ("format", "--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,3 @@\n+a = 1\nb = 2\n+c = 3\n"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "diff"), REFUSED)
def test_what_is_refused_says_why(code: str, diff: str) -> None:
    assert refusal(diff).code == code


def test_line_endings_and_the_last_newline_stay_as_they_are() -> None:
    repo = Repo({"w.txt": "one\r\ntwo\r\nthree\r\n", "m.txt": "one\r\ntwo\nthree", "bom.py": "\ufeffa = 1\nb = 2\n"})
    body = " one\n-two\n+2\n+2b\n three\n"
    assert apply_patch(hunk(body, path="w.txt"), repo).files["w.txt"] == "one\r\n2\r\n2b\r\nthree\r\n"
    assert apply_patch(hunk(body, path="m.txt"), repo).files["m.txt"] == "one\r\n2\n2b\nthree"
    assert apply_patch(hunk("-a = 1\n+a = 2\n b = 2\n", path="bom.py"), repo).files["bom.py"] == "\ufeffa = 2\nb = 2\n"
    longer = " two\n-three\n\\ No newline at end of file\n+3\n"
    assert apply_patch(hunk(longer, path="m.txt"), repo).files["m.txt"] == "one\r\ntwo\n3\n"


def test_a_hunk_may_be_written_against_what_another_leaves() -> None:
    first = " def mean(values):\n-    total = 0\n+    total = 0.0\n"
    second = "@@ -4 +4 @@\n def mean(values):\n     total = 0.0\n+    count = len(values)\n"
    after = apply_patch(hunk(first + second), REPO).files["stats.py"]
    assert "    total = 0.0\n    count = len(values)\n    for" in after


def test_a_part_that_is_there_already_is_passed_over() -> None:
    repo = REPO.with_files({"stats.py": CODE.replace("len(value)", "len(values)", 1)})
    body = "         total += value\n-    return total / len(value)\n+    return total / len(values)\n \n \n def spread(values):\n"
    other = "@@ -1 +1,2 @@\n import numpy as np\n+import sys\n \n"
    assert apply_patch(hunk(body + other), repo).files["stats.py"].startswith("import numpy as np\nimport sys\n")
    assert refusal(hunk(body), repo).code == "no-change"


def test_an_insertion_is_not_made_twice() -> None:
    diff = hunk(" import numpy as np\n+import sys\n")
    once = apply_patch(diff, REPO)
    assert refusal(diff, once).code == "no-change"


def test_elided_lines_between_pieces() -> None:
    body = " def spread(values):\n ...\n     for value in values:\n-        total += (value - middle) ** 2\n+        total += abs(value - middle)\n"
    assert "abs(value - middle)" in apply_patch(hunk(body, "@@ ... @@"), REPO).files["stats.py"]


def test_the_stale_place_is_not_exchanged_for_a_twin() -> None:
    repo = REPO.with_files(
        {
            "stats.py": CODE.replace("class Box:", "class Box:\n    unit = 1", 1).replace(
                "** 2\n\n\nclass Cube", "** 4\n\n\nclass Cube"
            )
        }
    )
    body = " class Box:\n     def __init__(self, size):\n         self.size = size\n \n     def area(self):\n-        return self.size ** 2\n+        return self.size\n"
    assert refusal(hunk(body), repo).code in ("mismatch", "ambiguous")


def test_a_short_name_finds_the_only_file_that_ends_so() -> None:
    assert apply_patch(hunk("-x = 1\n+x = 2\n", path="a.py"), REPO).files["pkg/a.py"] == "x = 2\n"
    twice = REPO.with_files({"other/a.py": "x = 1\n"})
    assert refusal(hunk("-x = 1\n+x = 2\n", path="a.py"), twice).code == "path"


def test_a_fence_inside_a_file_does_not_end_the_diff() -> None:
    body = " # T\n \n-text\n+```sh\n+ls\n+```\n+more\n"
    reply = f"Here:\n```diff\n{hunk(body, '@@ -1,3 +1,6 @@', 'notes.md')}```\n"
    assert apply_patch(reply, REPO).files["notes.md"] == "# T\n\n```sh\nls\n```\nmore\n"


def test_huge_replies_end_soon() -> None:
    big = Repo({"big.txt": "same\n" * 60_000})
    started = time.monotonic()
    assert refusal(hunk(" same\n" * 3000 + "-other\n+new\n", path="big.txt"), big).code == "mismatch"
    assert refusal(hunk(" same\n" * 3000 + "+new\n" + " same\n" * 3000, "@@", "big.txt"), big).code == "ambiguous"
    assert refusal("x" * 9_000_000).code == "too-large"
    refusal(hunk("-x\n+y\n" * 20_000, path="big.txt"), big)
    assert time.monotonic() - started < 20


def test_a_file_given_whole_replaces_it() -> None:
    reply = "Here it is.\n```python\nx = 2\nz = 3\n```\nDone.\n"
    assert replace_file(reply, "pkg/a.py", REPO).files["pkg/a.py"] == "x = 2\nz = 3\n"
    assert replace_file(reply, "fresh.py", REPO).files["fresh.py"] == "x = 2\nz = 3\n"
    crlf = REPO.with_files({"pkg/a.py": "x = 1\r\n"})
    assert replace_file(reply, "pkg/a.py", crlf).files["pkg/a.py"] == "x = 2\r\nz = 3\r\n"


@pytest.mark.parametrize(
    ("code", "path", "reply"),
    [
        ("format", "pkg/a.py", "x = 2\n"),
        ("format", "pkg/a.py", "```\nx = 2\n```\n```\nx = 3\n```\n"),
        ("cut", "pkg/a.py", "```python\nx = 2\n"),
        ("no-change", "pkg/a.py", "```python\nx = 1\n```\n"),
        ("syntax", "pkg/a.py", "```python\nx = (\n```\n"),
        ("placeholder", "pkg/a.py", "```python\nx = 2\n# ... rest of the code unchanged\n```\n"),
        ("format", "pkg/a.py", "```diff\n--- a/pkg/a.py\n+++ b/pkg/a.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n```\n"),
        ("path", "../a.py", "```python\nx = 2\n```\n"),
    ],
)
def test_a_file_given_wrongly_is_refused(code: str, path: str, reply: str) -> None:
    with pytest.raises(PatchError) as caught:
        replace_file(reply, path, REPO)
    assert caught.value.code == code
