"""A lock that p2c holds as long as it lives, so that others can tell what a killed one has left on an engine."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import uuid
from collections.abc import Mapping
from pathlib import Path

SESSION, MACHINE, LEASE = "p2c.session", "p2c.machine", "p2c.lease"


class Lease:
    """A locked file in `root`; `labels` goes on everything that belongs to the session."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.id = uuid.uuid4().hex[:16]
        self._path = root / f"{self.id}.lock"
        self._lock = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    @property
    def labels(self) -> Mapping[str, str]:
        """Whose a container or volume is."""
        return {SESSION: self.id, MACHINE: socket.gethostname(), LEASE: str(self._path)}

    def close(self) -> None:
        """Let go of it; never raises."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = -1


def is_orphan(labels: Mapping[str, str]) -> bool:
    """Tell whether the session of these labels was this machine's and is over; of other machines nothing is known."""
    if labels.get(MACHINE) != socket.gethostname() or not labels.get(LEASE):
        return False
    path = Path(labels[LEASE])
    try:
        lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    except OSError:
        return False  # another user's
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True


def sweep(root: Path) -> None:
    """Remove the lock files of sessions that are over."""
    for file in root.glob("*.lock"):
        if is_orphan({MACHINE: socket.gethostname(), LEASE: str(file)}):
            file.unlink(missing_ok=True)
