"""Sessions are told to be over when they are, and never while they live, whoever sweeps meanwhile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from p2c.errors import UnavailableError
from p2c.sandboxes import session_locks

SWEEPER = """
import sys
from pathlib import Path
from p2c.sandboxes import session_locks
print("on", flush=True)
while True:
    session_locks.sweep(Path(sys.argv[1]))
"""
HOLDER = """
import sys, time
from pathlib import Path
from p2c.sandboxes import session_locks
lease = session_locks.SessionLease(Path(sys.argv[1]))
print(lease.labels[session_locks.LEASE], flush=True)
time.sleep(600)
"""


def test_a_lease_is_over_when_its_holder_is(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    labels = {
        **session_locks.SessionLease(tmp_path / "other").labels,
        session_locks.LEASE: holder.stdout.readline().strip(),
    }
    session_locks.sweep(tmp_path)
    assert not session_locks.is_orphan(labels) and len(list(tmp_path.glob("*.lock"))) == 1
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert session_locks.is_orphan(labels)
    assert not session_locks.is_orphan({**labels, session_locks.MACHINE: "another"})
    session_locks.sweep(tmp_path)
    assert list(tmp_path.glob("*.lock")) == [] and session_locks.is_orphan(labels)


def test_no_sweep_takes_a_living_session_for_one_that_is_over(tmp_path: Path) -> None:
    """Two p2cs that start at once: each sweeps while the other makes its lease."""
    argv = [sys.executable, "-c", SWEEPER, str(tmp_path)]
    sweepers = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        for sweeper in sweepers:
            assert sweeper.stdout is not None and sweeper.stdout.readline() == "on\n"
        lost = 0
        for _ in range(1500):
            lease = session_locks.SessionLease(tmp_path)
            lost += session_locks.is_orphan(lease.labels)
            lease.close()
    finally:
        for sweeper in sweepers:
            sweeper.kill()
            sweeper.wait()
            assert sweeper.stdout is not None
            sweeper.stdout.close()
    assert lost == 0
    assert list(tmp_path.iterdir()) == []


def test_a_lease_is_found_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lease = session_locks.SessionLease(Path("cache"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert not session_locks.is_orphan(lease.labels)
    lease.close()
    assert not (tmp_path / "elsewhere/cache").exists() and session_locks.is_orphan(lease.labels)


def test_a_folder_that_cannot_hold_locks_is_no_bug(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnavailableError, match="cannot be locked"):
        session_locks.SessionLease(tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
