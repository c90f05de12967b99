"""Long files and long replies: the work grows with the length, told by counting calls, not by a clock."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from p2c.errors import PatchError
from p2c.repair.patch import apply_patch
from p2c.repo import Repo

Big = Callable[[int], tuple[str, str]]
HEAD = "--- a/long.txt\n+++ b/long.txt\n"


def whole_context_stale_beside_the_change(size: int) -> tuple[str, str]:
    lines = [f"value_{number}" for number in range(size)]
    rows = [" " + line for line in lines]
    rows[size // 2] = "-other\n+new"
    return HEAD + "@@ ... @@\n" + "\n".join(rows) + "\n", "\n".join(lines) + "\n"


def whole_context_stale_far_away(size: int) -> tuple[str, str]:
    reply, text = whole_context_stale_beside_the_change(size)
    return reply.replace("-other", f"-value_{size // 2}").replace(" value_3\n", " stale\n"), text


def one_line_again_and_again(size: int) -> tuple[str, str]:
    return HEAD + "@@ ... @@\n" + " x\n" * (size // 4) + "-x\n+y\n" + " x\n" * (size // 4), "x\n" * size


def pieces_that_stand_everywhere(size: int) -> tuple[str, str]:
    text = "".join(f"l{number}\nm\nx\n" for number in range(size // 3))
    return HEAD + "@@ ... @@\n" + " ...\n".join(["-m\n+n\n"] * (size // 4)), text


def repetition(size: int) -> tuple[str, str]:
    return HEAD + "@@ -1,2 +1,2 @@\n x\n" + "-the same\n+the same!\n" * size, "x\n" + "the same\n" * size


def prose_like_a_diff(size: int) -> tuple[str, str]:
    return "   --- no diff\n- item\n> --- a/x\n\n```python\nx\n```\n@@ hm\n" * size, "a\n"


@pytest.mark.parametrize(
    "make",
    [
        whole_context_stale_beside_the_change,
        whole_context_stale_far_away,
        one_line_again_and_again,
        pieces_that_stand_everywhere,
        repetition,
        prose_like_a_diff,
    ],
)
def test_the_work_grows_with_the_length_only(make: Big) -> None:
    assert calls(*make(1600)) < 2.7 * calls(*make(800))


def test_a_reply_of_very_many_files_is_refused() -> None:
    one = "--- /dev/null\n+++ b/file_{0}.txt\n@@ -0,0 +1 @@\n+x\n"
    with pytest.raises(PatchError) as caught:
        apply_patch("".join(one.format(number) for number in range(500)), Repo({"a.txt": "a\n"}))
    assert caught.value.code == "too-large"


def calls(reply: str, text: str) -> int:
    """How many functions are called and left while a reply is applied or refused."""
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        apply_patch(reply, Repo({"long.txt": text}))
    except PatchError:
        pass
    finally:
        sys.setprofile(before)
    return count
