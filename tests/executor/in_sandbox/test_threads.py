"""Numerical libraries are told how many processors the sandbox has."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from p2c.executor.in_sandbox import _p2c_processes


@pytest.mark.parametrize(
    ("quota", "count"), [("50000 100000", 1), ("100000 100000", 1), ("150000 100000", 2), ("max 100000", 7), (None, 7)]
)
def test_a_quota_is_less_than_the_machine(
    quota: str | None, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "cpu.max"
    if quota is not None:
        place.write_text(f"{quota}\n")
    monkeypatch.setattr(_p2c_processes, "QUOTA", str(place))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(7)))
    assert _p2c_processes.threads() == dict.fromkeys(_p2c_processes.THREADS, str(count))
