"""What is going on, while it goes on: a live display on a terminal, plain lines elsewhere, all of it on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from p2c.budget import SpendingLimits
from p2c.formatting import duration
from p2c.journal import Event, Listener
from p2c.reports.terminal.progress_state import ProgressState, coming_line, line_of, money_line
from p2c.safe_text import one_line

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

Clock = Callable[[], float]


@contextmanager
def show_progress(
    stream: TextIO,
    limits: SpendingLimits | None = None,
    quiet: bool = False,
    clock: Clock = time.monotonic,
    listed_again: bool = False,
) -> Iterator[Listener]:
    """Give a journal listener that shows progress on `stream` while the block runs.

    `listed_again`: the checks are listed on the same terminal afterwards, so no line of theirs stays above the display.

    Quiet: nothing at all. A terminal: a live display, and a line for each thing worth keeping above it. Elsewhere
    (a pipe, CI): only those lines. A stream that was closed by its reader ends the showing, not the work.
    """
    state = ProgressState(limits or SpendingLimits(), clock)
    if quiet:
        yield state.hear
    elif stream.isatty():
        with _live(state, stream, listed_again) as lines:
            yield lines.hear
            lines.let_go()
    else:
        lines = _ProgressLines(state, lambda line, event: _write(stream, line))
        yield lines.hear
        lines.let_go()


class _ProgressLines:
    """Tells the line of each event. That a model gave no answer is held back until the run goes on with another stage,
    or ends well: as a rule it ends the run, and is then told as its error."""

    def __init__(self, state: ProgressState, tell: Callable[[str, Event], None]) -> None:
        self._state = state
        self._tell = tell
        self._held: dict[str, tuple[str, Event]] = {}

    def hear(self, event: Event) -> None:
        """Take one event."""
        self._state.hear(event)
        line = line_of(event, self._state)
        if event.name == "model.failed":
            self._held.setdefault(str(event.data.get("error")), (line, event))
            return
        if event.name in ("stage.started", "stage.ended", "run.ended"):
            self.let_go(str(event.data.get("why") or ""))
        if line:
            self._tell(line, event)

    def let_go(self, why: str = "") -> None:
        """Tell what was held back, but for what `why` says too."""
        for error, (line, event) in self._held.items():
            if " ".join(error.split()) not in why:
                self._tell(line, event)
        self._held.clear()


def _write(stream: TextIO, line: str) -> None:
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()
    except (OSError, ValueError):
        return


@contextmanager
def _live(state: ProgressState, stream: TextIO, listed_again: bool = False) -> Iterator[_ProgressLines]:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(file=stream, highlight=False)
    live = Live(
        console=console,
        get_renderable=lambda: display(state),
        refresh_per_second=4,
        transient=True,
        redirect_stdout=False,  # stdout belongs to the document
    )

    def tell(line: str, event: Event) -> None:
        if not (listed_again and event.name == "check.ended"):
            live.console.print(Text(line, style=_colour(event)), soft_wrap=True)

    with live:
        yield _ProgressLines(state, tell)


def display(state: ProgressState) -> Group:
    """Return what the live display shows now: stage and time, files, checks, the current finding, attempt, money."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.spinner import Spinner
    from rich.table import Table
    from rich.text import Text

    head = Table.grid(padding=(0, 1))
    words = f"{one_line(state.doing, 60)}  {duration(state.seconds)}"
    head.add_row(Spinner("dots"), Text(words, style="bold"))
    parts: list[RenderableType] = [head]
    if state.files_planned and state.checks_ended == 0:
        row = Table.grid(padding=(0, 1))
        bar = ProgressBar(total=state.files_planned, completed=state.files_done, width=24)
        row.add_row(Text("  files"), bar, Text(f"{state.files_done}/{state.files_planned}"))
        parts.append(row)
    if state.checks:
        parts.append(_checks(state))
    finding = state.finding or state.kept_finding
    if finding:
        parts.append(Text(f"  {finding}", style="red", no_wrap=True, overflow="ellipsis"))
    if coming := coming_line(state):
        parts.append(Text(f"  {coming}", style="dim", no_wrap=True, overflow="ellipsis"))
    if money := money_line(state):
        parts.append(Text(f"  {money}", style="dim"))
    return Group(*parts)


def _checks(state: ProgressState) -> RenderableType:
    from rich.columns import Columns
    from rich.padding import Padding
    from rich.text import Text

    marks = {"passed": ("✓", "green"), "failed": ("✗", "red"), "skipped": ("–", "dim"), "": ("…", "yellow")}
    shown = []
    for name, (status, seconds) in tuple(state.checks.items()):
        mark, style = marks.get(status, ("?", ""))
        took = f" {duration(seconds)}" if seconds else ""
        shown.append(Text(f"{mark} {one_line(name, 20)}{took}", style=style, no_wrap=True))
    return Padding(Columns(shown, padding=(0, 2)), (0, 0, 0, 2))


def _colour(event: Event) -> str:
    state = event.data.get("status") or event.data.get("verdict")
    return {"passed": "green", "kept": "green", "failed": "red", "rejected": "red", "dropped": "yellow"}.get(
        str(state), ""
    )
