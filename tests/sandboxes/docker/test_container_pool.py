"""Containers that are lent: given back, replaced, and none left or made when the sandbox has closed."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from p2c.errors import SandboxError
from p2c.sandboxes.docker.container_pool import ContainerPool
from p2c.sandboxes.docker.pooled_container import PooledContainer


class Container:
    """Only remembers that it was removed."""

    def __init__(self) -> None:
        self.removed = 0

    def remove(self) -> None:
        self.removed += 1


class Maker:
    """Makes cells; `made` are their containers. Where `gate` is given, each waits for it."""

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.made: list[Container] = []
        self.begun = threading.Event()
        self._gate = gate

    def __call__(self, life: float) -> PooledContainer:
        self.begun.set()
        if self._gate is not None:
            assert self._gate.wait(60)
        container: Any = Container()
        self.made.append(container)
        return PooledContainer(container, 1 << 30, life)


def test_what_is_given_back_is_lent_again_and_what_is_broken_is_replaced() -> None:
    make = Maker()
    cells = ContainerPool(make, 2)
    for _ in range(2):
        with cells.acquire(1):
            pass
    assert len(make.made) == 1 and not make.made[0].removed
    with pytest.raises(SandboxError, match="it broke"), cells.acquire(1):
        raise SandboxError("it broke")
    assert make.made[0].removed and cells.was_used
    with cells.acquire(1):
        pass
    assert len(make.made) == 2
    cells.close()


@pytest.mark.parametrize("broken", [False, True])
def test_one_that_is_given_back_after_closing_is_removed(broken: bool) -> None:
    make = Maker()
    cells = ContainerPool(make, 2)
    with cells.acquire(1) as cell:
        cells.close()
        cell.broken = broken
    assert make.made[0].removed


def test_closing_hides_no_error_of_who_had_one() -> None:
    cells = ContainerPool(Maker(), 1)
    with pytest.raises(SandboxError, match="the real reason"), cells.acquire(1):
        cells.close()
        raise SandboxError("the real reason")


def test_none_is_made_after_closing() -> None:
    make = Maker()
    cells = ContainerPool(make, 1)
    cells.close()
    with pytest.raises(SandboxError, match="closed"), cells.acquire(1):
        pass
    assert make.made == []


def test_one_that_was_being_made_while_it_closed_is_removed() -> None:
    gate = threading.Event()
    make = Maker(gate)
    cells = ContainerPool(make, 1)
    said: list[str] = []

    def use() -> None:
        try:
            with cells.acquire(1):
                said.append("lent")
        except SandboxError as error:
            said.append(error.message)

    user = threading.Thread(target=use)
    user.start()
    assert make.begun.wait(60)
    cells.close()
    gate.set()
    user.join(60)
    assert said == ["the sandbox is closed"] and [one.removed for one in make.made] == [1]
