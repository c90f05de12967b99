"""E2B through its SDK: one machine of theirs, kept alive while it is used, and commands run in it by their shell."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Literal

from e2b import (
    AuthenticationException,
    CommandExitException,
    NotEnoughSpaceException,
    RateLimitException,
    SandboxException,
    SandboxNotFoundException,
    SandboxNotRunningException,
    SandboxQuery,
    SandboxState,
)
from e2b.exceptions import ServiceBusyException
from e2b_code_interpreter import Sandbox as Remote

from p2c.errors import SandboxError
from p2c.sandboxes.disk_space import telling
from p2c.sandboxes.session_locks import is_orphan

KEY = "E2B_API_KEY"
KEYS = "https://e2b.dev/dashboard?tab=keys"
TEMPLATE = "base"
"""Not the SDK's own: in that one, an interpreter runs code for whoever asks for it on the machine's loopback."""
OnText = Callable[[Literal["stdout", "stderr"], str], None]


@dataclass(frozen=True)
class MachineSpec:
    """What a machine is made of; `life` is the seconds it lives on after p2c was last heard of."""

    template: str = ""
    life: int = 600
    labels: Mapping[str, str] = field(default_factory=dict)


def service_errors(what: str) -> contextlib.AbstractContextManager[None]:
    """Turn what the SDK raises into a SandboxError with what to do."""
    return telling(what, (Exception,), _hint)


def _hint(error: Exception) -> str:
    text, status = str(error).lower(), getattr(error, "status_code", None)
    if isinstance(error, AuthenticationException) or status in (401, 403):
        return f"E2B rejected the key: check {KEY}, and your keys at {KEYS}."
    if isinstance(error, RateLimitException) or status == 429:
        return "E2B's limit on requests or concurrent sandboxes is reached: wait, or run fewer at once."
    if isinstance(error, SandboxNotRunningException | SandboxNotFoundException):
        return "The sandbox expired or was killed; run the same command again to start another."
    if isinstance(error, NotEnoughSpaceException) or "no space left" in text:
        return "The sandbox's disk is full: use a template with a larger disk (--template)."
    if isinstance(error, ServiceBusyException):
        return "E2B has no capacity for a sandbox now; try again later."
    if "template" in text:
        return "Choose an existing template with --template (`e2b template list` shows yours)."
    if isinstance(error, SandboxException) and status is not None:
        return "This is E2B's own error; https://status.e2b.dev shows the service status."
    return "E2B cannot be reached: check the connection, and E2B_DOMAIN and E2B_API_URL if they are set."


def connection(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return how E2B is reached, in the SDK's words; raises SandboxError where there is no key."""
    if not environ.get(KEY):
        raise SandboxError(f"there is no key for E2B: {KEY} is not set", f"Get one at {KEYS}.")
    names = {"api_key": KEY, "domain": "E2B_DOMAIN", "api_url": "E2B_API_URL", "sandbox_url": "E2B_SANDBOX_URL"}
    return {word: environ[name] for word, name in names.items() if environ.get(name)}


class RemoteMachine:
    """One machine at E2B. A thread prolongs its life as long as p2c lives; after that, it ends by itself."""

    def __init__(self, shape: MachineSpec, reached: Mapping[str, Any]) -> None:
        self._life = shape.life
        self._over = threading.Event()
        with service_errors("E2B gave no sandbox"):
            self._remote = Remote.create(
                template=shape.template or TEMPLATE,
                timeout=shape.life,
                metadata=dict(shape.labels),
                allow_internet_access=True,
                **reached,
            )
        threading.Thread(target=self._keep, name="p2c-e2b", daemon=True).start()

    @property
    def id(self) -> str:
        """E2B's name of it."""
        return str(self._remote.sandbox_id)

    def _keep(self) -> None:
        while not self._over.wait(self._life / 3):
            try:
                self._remote.set_timeout(self._life)
            except SandboxNotFoundException:
                return  # who uses it next is told
            except Exception:  # the network may come back before the life is over
                continue

    def run(self, line: str, user: str | None, timeout: float, order: str = "") -> RemoteCommand:
        """Start a line of shell as a user (None: the template's own); `order` becomes P2C_ORDER."""
        with service_errors("a command could not be started at E2B"):
            handle = self._remote.commands.run(
                line,
                background=True,
                user=user,
                envs={"P2C_ORDER": order} if order else {},
                timeout=timeout,
                retain_output=False,
            )
        return RemoteCommand(handle)

    def write(self, files: Mapping[str, bytes | IO[bytes]]) -> None:
        """Write files as root, all in one request."""
        with service_errors("files could not be sent to E2B"):
            entries = [{"path": path, "data": data} for path, data in files.items()]
            self._remote.files.write_files(entries, user="root")

    def set_internet(self, allowed: bool) -> None:
        """Ask E2B itself to let traffic out, or none."""
        with service_errors("E2B did not switch the sandbox's network"):
            self._remote.update_network({"allow_internet_access": allowed})

    def limit_internet(self, hosts: list[str], name_servers: bool) -> None:
        """Ask E2B to let traffic out to these hosts alone, and to its name servers or none."""
        rules: dict[str, list[str]] = {"allow_out": hosts, "deny_out": ["0.0.0.0/0"]}
        with service_errors("E2B did not limit the sandbox's network"):
            self._remote.update_network(rules if name_servers else {**rules, "dns_servers": []})

    def kill(self) -> None:
        """End it; never raises: what cannot be ended ends by itself."""
        self._over.set()
        for pause in (0.2, 1.0, 0.0):
            try:
                self._remote.kill()
                return
            except Exception:
                time.sleep(pause)


class RemoteCommand:
    """A command that runs at E2B."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self.process = int(self._handle.pid)

    def follow(self, on_text: OnText) -> int:
        """Hand on what it prints until it has ended; return its exit code. Errors of `on_text` pass through."""
        events = iter(self._handle)
        while True:
            with service_errors("the connection to the command at E2B broke"):
                event = next(events, None)
            if event is None:
                break
            if event[0]:
                on_text("stdout", event[0])
            if event[1]:
                on_text("stderr", event[1])
        with service_errors("E2B does not say how the command ended"):
            try:
                return int(self._handle.wait().exit_code)
            except CommandExitException as error:
                return int(error.exit_code)

    def leave(self) -> None:
        """Listen no longer; the command goes on."""
        with contextlib.suppress(Exception):
            self._handle.disconnect()


def sweep(machine: Mapping[str, str], reached: Mapping[str, Any]) -> int:
    """Kill the sandboxes of a killed p2c of this machine (`machine`: the labels that name it); return how many."""
    killed = 0
    with service_errors("E2B's sandboxes cannot be listed"):
        query = SandboxQuery(metadata=dict(machine), state=[SandboxState.RUNNING, SandboxState.PAUSED])
        pages = Remote.list(query=query, **reached)
        while pages.has_next:
            for sandbox in pages.next_items():
                if is_orphan(sandbox.metadata or {}):
                    killed += bool(Remote.kill(sandbox.sandbox_id, **reached))
    return killed
