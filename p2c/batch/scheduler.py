"""The loop over a batch: start what there is money and room for, keep what comes back, until nothing is left."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from p2c.batch.budget import BatchBudget
from p2c.batch.engines import BatchEngine
from p2c.batch.jobs import BatchJob, score_key
from p2c.batch.results import ItemResult, not_done, read_result, write_result
from p2c.errors import BudgetExceededError
from p2c.journal import Journal


@dataclass(frozen=True)
class Schedule:
    """All orders of a batch, in order: `kept` ended before, `todo` are to be carried out."""

    kept: tuple[ItemResult, ...] = ()
    todo: tuple[BatchJob, ...] = ()


@dataclass
class BatchProgress:
    """How far a batch has come; `results` by item, what was kept from before among them."""

    results: dict[str, ItemResult] = field(default_factory=dict)
    under_way: dict[str, BatchJob] = field(default_factory=dict)


def plan(orders: Sequence[BatchJob], again: frozenset[str] = frozenset()) -> Schedule:
    """Set apart what has ended with the very same definition; endings in `again` are not kept (`all`: none is)."""
    kept, todo = [], []
    for order in orders:
        result = read_result(order.place.result(order.item.name))
        done = result is not None and result.key == order.key and result.final
        if result is None or not done or again & {result.verdict, "all"}:
            todo.append(order)
        elif score_key(order.item) != result.score_key and result.verdict != "input":
            todo.append(replace(order, only_score=True))
        else:
            kept.append(replace(result, used=type(result.used)()))
    return Schedule(tuple(kept), tuple(todo))


def drive(
    schedule: Schedule,
    engine: BatchEngine,
    budget: BatchBudget,
    journal: Journal,
    progress: BatchProgress | None = None,
) -> BatchProgress:
    """Carry the orders out. One that fails stops no other; one that there is no money for ends as `budget`.

    An interruption passes through; `standing` then says how far it came. Who opened the engine closes it.
    """
    progress = progress or BatchProgress()
    progress.results.update({result.name: result for result in schedule.kept})
    waiting = deque(schedule.todo)
    while waiting or progress.under_way:
        for order in _startable(waiting, engine, budget, progress, journal):
            journal.note("item.started", item=order.item.name, left=len(waiting))
            progress.under_way[order.item.name] = order
            engine.start(order)
        if progress.under_way:
            for result in engine.wait():
                _keep(result, progress)
                _end(result, budget, progress, journal)
    return progress


def _keep(result: ItemResult, progress: BatchProgress) -> None:
    """Keep what a worker came back with; what it kept itself is not believed where its key is not this machine's."""
    order = progress.under_way.get(result.name)
    if order is not None and read_result(order.place.result(result.name)) is None:
        write_result(order, result)


def _startable(
    waiting: deque[BatchJob], engine: BatchEngine, budget: BatchBudget, progress: BatchProgress, journal: Journal
) -> Iterator[BatchJob]:
    """Yield the orders that can start now, in their order: the next waits until its money is there."""
    while waiting and len(progress.under_way) < engine.workers:
        order = waiting[0]
        try:
            grant = budget.allot(order.item, len(waiting))
        except BudgetExceededError as error:
            waiting.popleft()
            why = " ".join(str(error).split())
            _end(not_done(order, "budget", why, 4), budget, progress, journal)
            continue
        if grant is None:
            return
        waiting.popleft()
        yield replace(order, grant=grant)


def _end(result: ItemResult, budget: BatchBudget, progress: BatchProgress, journal: Journal) -> None:
    budget.settle(result.name, result.used, result.verdict)
    progress.under_way.pop(result.name, None)
    progress.results[result.name] = result
    journal.note(
        "item.ended",
        item=result.name,
        verdict=result.verdict,
        why=result.why,
        exit=result.exit,
        starts=result.starts,
        seconds=result.seconds,
        tokens=result.used.tokens,
        usd=result.used.usd,
    )
