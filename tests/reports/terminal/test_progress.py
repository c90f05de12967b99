from __future__ import annotations

import io

from rich.console import Console

from p2c.budget import SpendingLimits
from p2c.commands.console import Console as P2CConsole
from p2c.journal import Event, Journal
from p2c.reports.terminal.progress import display, show_progress
from p2c.reports.terminal.progress_state import ProgressState
from tests.reports.samples import call, events, hostile_events, journal


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Closed(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def told_by(stream: io.StringIO, happened: list[Event], **options) -> str:
    with show_progress(stream, clock=lambda: 0.0, **options) as listen:
        for event in happened:
            listen(event)
    return stream.getvalue()


def shown(state: ProgressState) -> str:
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    console.print(display(state))
    return console.file.getvalue()


def after(*happened: Event, limits: SpendingLimits | None = None) -> ProgressState:
    state = ProgressState(limits or SpendingLimits(), lambda: 0.0)
    for event in happened:
        state.hear(event)
    return state


def test_a_pipe_gets_one_plain_line_for_each_thing_worth_one():
    output = told_by(io.StringIO(), events()).splitlines()

    assert output[:4] == ["[0.0 s] planning", "  planned 2 files", "[0.0 s] coding", "  wrote train.py (1/2)"]
    assert "  lint: failed, 4 findings (0.5 s)" in output
    assert "  attempt 1 by fixer:numpy: kept, 1 gating finding gone, 0 new" in output
    assert output[-1].startswith("  repair stopped: stagnated, nothing helps (attempt 3, 4 model calls (1 from disk)")
    assert not any("\x1b" in line for line in output)


def test_quiet_is_silent_on_both():
    assert told_by(io.StringIO(), events(), quiet=True) == ""
    assert told_by(Terminal(), events(), quiet=True) == ""


def test_a_terminal_gets_the_display_and_it_is_gone_at_the_end(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    output = told_by(Terminal(), events())

    assert "attempt 3" in output
    assert "\x1b[2K" in output
    assert output.rstrip().endswith(("\x1b[?25h", "\x1b[2K"))


def test_a_reader_that_went_away_does_not_end_the_work():
    assert told_by(Closed(), events()) == ""


def test_the_display_counts_files_calls_and_money_against_the_limits():
    state = after(*events()[:8], limits=SpendingLimits(usd=2.0, tokens=100_000, attempts=5, minutes=30))
    output = shown(state)

    assert "coding" in output
    assert "1/2" in output
    assert "3 model calls (1 from disk)" in output
    assert "22,000 of 100,000 tokens" in output
    assert "cost $0.0250 of $2.00" in output
    assert "at most 30 min" in output


def test_one_unknown_price_makes_the_sum_unknown():
    state = after(*journal((0, "model.called", call("plan")), (1, "model.called", call("code:a", usd=None))))

    assert "cost unknown" in shown(state)


def test_the_display_shows_checks_and_what_is_to_be_cured_until_a_kept_patch_cures_it():
    first = {"path": "a.py", "rule": "NameError", "message": "name 'x' is not defined"}
    failed = journal(
        (0, "check.started", {"name": "compile"}),
        (1, "check.ended", {"name": "compile", "status": "passed", "seconds": 1.5, "findings": 0}),
        (1, "check.started", {"name": "smoke"}),
        (2, "check.ended", {"name": "smoke", "status": "failed", "seconds": 2.0, "findings": [first]}),
    )
    state = after(*failed)
    assert "✓ compile 1.5 s" in shown(state)
    assert "✗ smoke 2.0 s" in shown(state)
    assert "a.py NameError name 'x' is not defined" in shown(state)

    state.hear(failed[0])
    assert "… compile" in shown(state)
    assert "smoke" not in shown(state)
    assert "NameError" in shown(state), "it is what the patch that is checked now is to cure"
    state.hear(journal((4, "patch.tried", {"verdict": "kept"}))[0])
    assert "NameError" not in shown(state)
    assert "repairing" in shown(state)


def test_of_a_model_only_is_told_where_there_is_one():
    state = after(*journal((0, "check.started", {"name": "compile"})))
    assert "checking" in shown(state)
    assert "model" not in shown(state)
    state.hear(journal((1, "run.started", {"model": None}))[0])
    assert "model" not in shown(state)
    state.hear(journal((2, "run.started", {"model": "gpt"}))[0])
    assert "0 model calls" in shown(state)


def test_waiting_for_a_model_is_explained():
    output = told_by(
        io.StringIO(),
        journal(
            (0, "model.retried", {"stage": "plan", "why": "429 too many requests", "wait": 2.0}),
            (1, "reply.refused", {"stage": "code:a.py", "reason": "it is not JSON"}),
            (2, "model.failed", {"stage": "debug:1", "error": "connection refused", "tokens": 0, "usd": None}),
        ),
    ).splitlines()

    assert output == [
        "  plan: retrying the model call, 429 too many requests",
        "  code:a.py: retrying the model call, it is not JSON",
        "  debug:1: call failed, connection refused",
    ]


def test_files_are_counted_while_they_are_analysed_and_again_while_they_are_written():
    planned = journal((0, "plan.made", {"files": ["a.py", "b.py"]}), (1, "file.analysed", {"path": "a.py"}),
                      (1, "file.analysed", {"path": "b.py"}))  # fmt: skip
    state = after(*planned)
    assert "2/2" in shown(state)

    state.hear(journal((2, "file.written", {"path": "a.py"}))[0])
    assert "1/2" in shown(state)


def test_hostile_events_are_shown_and_not_obeyed(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    for stream in (io.StringIO(), Terminal()):
        output = told_by(stream, hostile_events())
        assert "\x1b]0;owned" not in output
        assert "\x1b[2J" not in output
        assert "\u202e" not in output
        assert "\\x1b]0;owned" in output


def test_it_listens_to_a_real_journal(tmp_path):
    stream = io.StringIO()
    with show_progress(stream) as listen:
        Journal(tmp_path / "journal.jsonl", (listen,)).note("file.written", path="a.py")

    assert stream.getvalue() == "  wrote a.py\n"


def test_the_finding_to_be_cured_stays_until_a_patch_is_kept():
    def checked(at, message):
        first = {"path": "a.py", "rule": "E", "message": message}
        ended = {"name": "smoke", "status": "failed" if message else "passed", "seconds": 1.0, "findings": 1}
        return [(at, "check.started", {"name": "smoke"}), (at, "check.ended", {**ended, "first": first})]

    def tried(at, verdict):
        return [(at, "patch.tried", {"author": "debugger", "verdict": verdict})]

    told = journal(*checked(0, "first"), *tried(1, "rejected"), *checked(2, "worse"), *tried(3, "dropped"),
                   *checked(4, "second"), *tried(5, "kept"), *checked(6, ""), *tried(7, "kept"))  # fmt: skip
    state, seen = after(), []
    for event in told:
        state.hear(event)
        seen.append(state.finding.removeprefix("a.py E "))

    assert seen == ["", "first", "first", "", "worse", "first", "", "second", "second", "", "", ""]


def test_a_check_is_never_broken_over_two_lines():
    names = "compile design lint install types import smoke test provenance".split()
    state = after(
        *journal(
            *((n, "check.ended", {"name": name, "status": "passed", "seconds": 1.25}) for n, name in enumerate(names))
        )
    )

    for name in names:
        assert f"✓ {name} 1.2 s" in shown(state)


def test_what_a_command_says_meanwhile_stands_above_the_display_whole(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with show_progress(terminal, clock=lambda: 0.0) as listen:
        listen(events()[0])
        told = len(terminal.getvalue())
        P2CConsole().say("Put each reply\x1b[2J there.")
        said = terminal.getvalue()[told:]

    assert said.index("\x1b[2K") < said.index("Put each reply\\x1b[2J there.\n")
