"""Judging one application: right, refused or wrong."""

from __future__ import annotations

from typing import Literal

from p2c.errors import PatchError
from p2c.repair.patch import apply_patch
from tests.diffs.damage import Damaged

Outcome = Literal["right", "refused", "wrong"]


def outcome(case: Damaged) -> Outcome:
    try:
        result = apply_patch(case.reply, case.repo)
    except PatchError as error:
        assert error.message.startswith("Nothing was changed.")
        return "refused"
    return "right" if result == case.right and case.want != "refuse" else "wrong"
