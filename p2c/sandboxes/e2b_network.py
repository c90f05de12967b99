"""How far the network of a machine at E2B reaches, by E2B's own firewall: anywhere, to the package indexes, or nowhere.

The firewall admits hosts by name. It also admits the name servers that it is given, through which anything can be
told to anybody: where commands can have a hosts file of their own, names are looked up here for it, and none is given.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Literal

from p2c.errors import SandboxError
from p2c.sandboxes.e2b import Machine
from p2c.sandboxes.egress import Egress
from p2c.sandboxes.in_sandbox._p2c_http import is_address

Reach = Literal["open", "index", "none"]


class MachineNetwork:
    """Switches the firewall of one machine, and only where that changes something."""

    def __init__(self, machine: Machine, egress: Egress, has_mounts: bool) -> None:
        self._machine = machine
        self._egress = egress
        self._reach: Reach = "open"
        self._before: Reach = "open"
        self._users = 0
        self._lock = threading.Lock()
        self.hosts_file = self._look_up() if has_mounts else ""
        """The text of the hosts file; empty where there is none, and name servers are admitted."""

    def can(self, reach: Reach) -> bool:
        """Switch, and tell whether E2B does so."""
        with contextlib.suppress(SandboxError):
            self.set(reach)
            return True
        return False

    def set(self, reach: Reach) -> None:
        """Switch; raises SandboxError where E2B refuses."""
        if reach == self._reach:
            return
        if reach == "index":
            names = sorted({host for host, _ in self._egress.hosts})
            self._machine.limit_internet(names, name_servers=not self.hosts_file)
        else:
            self._machine.set_internet(reach == "open")
        self._reach = reach

    @contextlib.contextmanager
    def opened(self, wanted: bool) -> Iterator[None]:
        """Let everything out meanwhile, if that is wanted; several may want it at a time."""
        if not wanted:
            yield
            return
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._before = self._reach
                self.set("open")
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self.set(self._before)

    def _look_up(self) -> str:
        lines = ["127.0.0.1 localhost"]
        for name in sorted({host for host, _ in self._egress.hosts if not is_address(host) and host != "localhost"}):
            try:
                found = socket.getaddrinfo(name, 443, socket.AF_INET, socket.SOCK_STREAM)
            except OSError:
                return ""  # E2B may know it all the same
            lines += [f"{address} {name}" for address in dict.fromkeys(str(one[4][0]) for one in found)]
        return "\n".join([*lines, ""])
