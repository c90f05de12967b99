"""A machine's life is prolonged beside its use: whatever becomes of that request, commands go on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from e2b import SandboxNotFoundException

from p2c.sandboxes.e2b import client
from p2c.sandboxes.e2b.client import MachineSpec, RemoteMachine


class Remote:
    """A machine of the SDK's; `prolong` is what asking for a longer life does."""

    sandbox_id = "any"

    def __init__(self, prolong: Callable[[], None]) -> None:
        self.asked = threading.Semaphore(0)
        self.done: list[str] = []
        self._prolong = prolong

    def set_timeout(self, life: int) -> None:
        self.asked.release()
        self._prolong()

    def kill(self) -> None:
        self.done.append("killed")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Any:
    def make(prolong: Callable[[], None]) -> tuple[RemoteMachine, Remote]:
        remote = Remote(prolong)
        monkeypatch.setattr(client.Remote, "create", lambda **terms: remote)
        return RemoteMachine(MachineSpec(life=0.03), {}), remote  # type: ignore[arg-type]

    return make


def in_time(*steps: Callable[[], None]) -> bool:
    """Tell whether steps come to their end."""
    done = threading.Event()
    threading.Thread(target=lambda: ([step() for step in steps], done.set()), daemon=True).start()
    return done.wait(30)


def test_a_request_that_hangs_hinders_nothing(machine: Any) -> None:
    hangs = threading.Event()
    one, remote = machine(hangs.wait)
    assert remote.asked.acquire(timeout=30)
    try:
        assert in_time(one.kill)
        assert remote.done == ["killed"]
    finally:
        hangs.set()


def test_one_that_is_gone_is_not_asked_for_again(machine: Any) -> None:
    def prolong() -> None:
        raise SandboxNotFoundException("it is gone")

    before = set(threading.enumerate())
    one, remote = machine(prolong)
    assert remote.asked.acquire(timeout=30)
    for thread in set(threading.enumerate()) - before:
        thread.join(30)
        assert not thread.is_alive()
    one.kill()
