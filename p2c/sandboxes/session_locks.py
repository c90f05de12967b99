"""A lock that p2c holds as long as it lives, so that others can tell what a killed one has left on an engine."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import uuid
from collections.abc import Mapping
from pathlib import Path

from p2c import locks

SESSION, MACHINE, LEASE = "p2c.session", "p2c.machine", "p2c.lease"


class SessionLease:
    """A locked file in `root`; `labels` goes on everything that belongs to the session. Raises LockError."""

    def __init__(self, root: Path) -> None:
        self.id = uuid.uuid4().hex[:16]
        # Absolute, because a p2c that was started in another folder has to find it.
        self._lock = locks.SessionLock(root.absolute() / f"{self.id}.lock")

    @property
    def labels(self) -> Mapping[str, str]:
        """Whose a container or volume is."""
        return {SESSION: self.id, MACHINE: _machine(), LEASE: str(self._lock.path)}

    def close(self) -> None:
        """Let go of it; never raises."""
        self._lock.close()


def is_orphan(labels: Mapping[str, str]) -> bool:
    """Tell whether the session of these labels was this machine's and is over; of other machines nothing is known."""
    if labels.get(MACHINE) != _machine() or not labels.get(LEASE):
        return False
    return locks.is_over(Path(labels[LEASE]))


def _machine() -> str:
    """Return what tells this machine from others with the same engine or account: host names are not enough."""
    numbers = b""
    with contextlib.suppress(OSError):
        numbers = Path("/etc/machine-id").read_bytes()
    return f"{socket.gethostname()}-{hashlib.sha256(numbers).hexdigest()[:12]}"


def sweep(root: Path) -> None:
    """Remove the lock files of sessions that are over."""
    locks.sweep(root)
