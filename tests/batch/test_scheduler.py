from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from p2c.batch.budget import BatchBudget
from p2c.batch.jobs import BatchJob
from p2c.batch.manifest import BatchItem
from p2c.batch.results import ItemResult, read_result, write_result
from p2c.batch.scheduler import Schedule, drive, plan
from p2c.budget import SpendingLimits
from p2c.journal import Journal
from p2c.state_folder import STATE


class Elsewhere:
    """An engine whose workers have another key than this machine."""

    workers = 1

    def __init__(self, patch: pytest.MonkeyPatch, home: Path) -> None:
        self.patch, self.home, self.done = patch, home, list[ItemResult]()

    def start(self, order: BatchJob) -> None:
        result = ItemResult(order.item.name, order.item.kind, order.key, "runs", "all well", 0)
        with self.patch.context() as there:
            there.setenv("XDG_STATE_HOME", str(self.home))
            write_result(order, result)
        self.done.append(result)

    def wait(self) -> Sequence[ItemResult]:
        done, self.done = self.done, []
        return done

    def close(self) -> None:
        """Nothing is open."""


def test_what_a_worker_with_another_key_comes_back_with_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = BatchJob(BatchItem("a", "check", "src", {}), str(tmp_path / "out"), "key", "content")
    (tmp_path / "out").mkdir()
    engine = Elsewhere(monkeypatch, tmp_path / "home")
    drive(Schedule(todo=(order,)), engine, BatchBudget(SpendingLimits(), 1), Journal())
    kept = read_result(order.place.result("a"))
    assert kept is not None and kept.verdict == "runs"
    assert plan([order]).todo == ()


def test_a_result_that_came_with_the_folder_is_done_again(tmp_path: Path) -> None:
    order = BatchJob(BatchItem("a", "check", "src", {}), str(tmp_path), "key", "content")
    write_result(order, ItemResult("a", "check", "key", "runs", "all well", 0))
    assert plan([order]).todo == ()
    place = tmp_path / STATE / "results" / "a.json"
    place.write_bytes(place.read_bytes().replace(b"all well", b"all very well"))
    assert plan([order]).todo == (order,)
