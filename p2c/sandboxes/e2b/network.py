"""How far the network of a machine at E2B reaches, by E2B's own firewall: anywhere, to the package indexes, or nowhere.

The firewall admits hosts by name. It also admits the name servers that it is given, through which anything can be
told to anybody: where the hosts of the indexes can be looked up here, the machine's hosts file has them, and no name
server is admitted. The firewall is the machine's: commands that reach differently far do not run at the same time.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Literal

from p2c.errors import SandboxError
from p2c.sandboxes.e2b.client import RemoteMachine
from p2c.sandboxes.environments.index_proxy import IndexProxy
from p2c.sandboxes.in_sandbox._p2c_http import is_address

Reach = Literal["open", "index", "none"]
HOSTS = "/etc/hosts"


class MachineNetwork:
    """Switches the firewall of one machine, and only where that changes something.

    `can` is what E2B does there; `has_names`: without name servers, the indexes are found.
    """

    def __init__(self, machine: RemoteMachine, egress: IndexProxy, hosts: str) -> None:
        self._machine = machine
        self._egress = egress
        self._reach: Reach = "open"
        self._users = 0
        self._turn = threading.Condition()
        self.has_names = self._write_names(hosts)
        self.can: frozenset[Reach] = frozenset({"open", *(reach for reach in REACHES if self._does(reach))})

    @contextlib.contextmanager
    def reaching(self, wanted: Reach) -> Iterator[None]:
        """Let out so far meanwhile, or all where E2B does not limit it; waits for commands that reach differently."""
        reach = wanted if wanted in self.can else "open"
        with self._turn:
            self._turn.wait_for(lambda: not self._users or self._reach == reach)
            self._switch(reach)
            self._users += 1
        try:
            yield
        finally:
            with self._turn:
                self._users -= 1
                self._turn.notify_all()

    def _does(self, reach: Reach) -> bool:
        with contextlib.suppress(SandboxError):
            self._switch(reach)
            return True
        return False

    def _switch(self, reach: Reach) -> None:
        if reach == self._reach:
            return
        if reach == "index":
            names = sorted({host for host, _ in self._egress.hosts})
            self._machine.limit_internet(names, name_servers=not self.has_names)
        else:
            self._machine.set_internet(reach == "open")
        self._reach = reach

    def _write_names(self, hosts: str) -> bool:
        """Write where the indexes are below what the machine's hosts file has; tell whether that can be done."""
        lines = [hosts.rstrip("\n")]
        for name in sorted({host for host, _ in self._egress.hosts if not is_address(host) and host != "localhost"}):
            try:
                addresses = socket.getaddrinfo(name, 443, socket.AF_INET, socket.SOCK_STREAM)
            except OSError:
                return False  # E2B may know it all the same
            lines += [f"{address} {name}" for address in dict.fromkeys(str(entry[4][0]) for entry in addresses)]
        with contextlib.suppress(SandboxError):
            self._machine.write({HOSTS: "\n".join([*lines, ""]).encode()})
            return True
        return False


REACHES: tuple[Reach, ...] = ("index", "none")
"""What is tried at first; the last of them stays."""
