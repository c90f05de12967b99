"""What a command says: progress while it works, the outcome at its end, errors in one place."""

from __future__ import annotations

import errno
import json
import os
import shlex
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from p2c.budget import SpendingLimits
from p2c.errors import InputError, P2CError, UnavailableError
from p2c.interruption import INTERRUPTED
from p2c.journal import Event, Journal, Listener
from p2c.redaction import redact
from p2c.safe_text import visible
from p2c.state_folder import append_line, locate

if TYPE_CHECKING:
    from p2c.reports.outcome import Outcome

BUG = 70
SHORT = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""What this machine has no more of; that says nothing about what it was wanted for."""


@dataclass(frozen=True)
class Console:
    """How a person or a machine wants to be told."""

    as_json: bool = False
    quiet: bool = False
    events: Path | None = None

    @contextmanager
    def working(self, path: Path | None, limits: SpendingLimits | None = None) -> Iterator[Journal]:
        """Give a journal that also tells whoever looks on, while the block runs."""
        from p2c.reports.terminal.progress import show_progress

        writers = (event_writer(self.events),) if self.events is not None else ()
        listed_again = path is None and not self.as_json and sys.stdout.isatty()
        with show_progress(sys.stderr, limits, self.quiet, listed_again=listed_again) as listen:
            yield Journal(path, (*writers, listen))

    def say(self, text: str) -> None:
        """Tell people something, on stderr."""
        if not self.quiet:  # not by click.echo, which writes past a live display
            with suppress(OSError):  # nobody reads it: what is to be done is done all the same
                print(visible(redact(text)), file=sys.stderr)

    def give(self, outcome: Outcome) -> int:
        """Deliver an outcome, on stdout: one document with `--json`, otherwise text; return its exit code."""
        from p2c.reports.formats.text import print_text
        from p2c.reports.outcome import document, to_json

        if self.as_json:
            sys.stdout.write(to_json(document(outcome)))
        elif not self.quiet:
            print_text(outcome, sys.stdout)
        return outcome.exit_code

    def fail(self, error: BaseException) -> int:
        """Tell what went wrong and return the exit code."""
        from p2c.formatting import sentences
        from p2c.reports.outcome import to_json

        account = getattr(error, "account", {})
        error = host_error(error) or error
        if isinstance(error, P2CError):
            word, code, message = error.word, error.exit_code, str(error)
            why = sentences(error.message, error.hint)
        elif isinstance(error, KeyboardInterrupt | click.Abort):
            word, code = "interrupted", INTERRUPTED
            message = why = f"interrupted; {_how_to_resume()}"
        else:
            _complain("".join(traceback.format_exception(error)).rstrip("\n"))
            word, code, message = "bug", BUG, f"a bug in p2c: {type(error).__name__}: {error}"
            why = message
        message = redact(message)
        _complain(f"p2c: {message}")
        _tell_account(account)
        if self.as_json:
            verdict = word if word in ("unavailable", "budget") else None
            with suppress(OSError):
                document = _empty_document(verdict, redact(why)) | {"error": word, "exit": code}
                document |= {"usage": account["last_run"], "account": account} if account else {}
                click.echo(to_json(document), nl=False)
        return code


def _complain(text: str) -> None:
    with suppress(OSError):  # the exit code says it too
        click.echo(visible(redact(text)), err=True)


def _tell_account(account: Mapping[str, Any]) -> None:
    """Say what was paid: a run that was ended has no other summary."""
    from p2c.reports.account import words_of_account
    from p2c.reports.unfinished_run import words_of_usage

    if not account:
        return
    parts = [words_of_usage(account["last_run"]), words_of_account(account)]
    if account["paid"]["calls"] or account["from_disk"]:
        _complain("paid in this run: " + "; ".join(part for part in parts if part))


RESUMED = frozenset({"build", "repair", "refine", "demo", "score", "batch"})
"""The commands that go on where they were stopped; the others change nothing."""


def _how_to_resume() -> str:
    context = click.get_current_context(silent=True)
    if context is None or context.info_name not in RESUMED:
        return "nothing was changed"
    advice = "run the same command again to resume"
    words = sys.argv[1:]
    secret = any(word.startswith("--password") for word in words)
    return advice if secret else f"{advice}:\n  {visible(shlex.join(['p2c', *words]))}"


def host_error(error: BaseException) -> P2CError | None:
    """Return what a file that can't be read, made or written comes to, or a machine at its end; None for no OSError."""
    if isinstance(error, RuntimeError) and str(error).startswith("Symlink loop"):  # Path.resolve, before Python 3.13
        return InputError(f"{str(error).partition(' from ')[2].strip(chr(39))}: {os.strerror(errno.ELOOP)}")
    if not isinstance(error, OSError):
        return None
    files = " -> ".join(_shown(name) for name in (error.filename, error.filename2) if name is not None)
    why = error.strerror or str(error) or type(error).__name__
    if isinstance(error, ConnectionError | TimeoutError) or error.errno in SHORT:
        return UnavailableError(f"{files}: {why}" if files else why)
    if not files and error.errno == errno.ENOENT and _is_nowhere():
        return InputError("the current directory no longer exists", "Change to an existing folder and try again.")
    return InputError(f"{files}: {why}" if files else why)


def open_streams() -> None:
    """Open what p2c was started without (`>&-`), to nowhere: no file of its own is to get such a number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            mode = os.O_RDONLY if number == 0 else os.O_WRONLY
            stream = os.open(os.devnull, mode)
            os.dup2(stream, number)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8"))


def _shown(name: object) -> str:
    return os.fsdecode(name) if isinstance(name, bytes) else str(name)


def _is_nowhere() -> bool:
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def event_writer(path: Path) -> Listener:
    """Return a listener that appends each event to a file, one JSON line each."""
    if locate(path) is None:
        path.parent.mkdir(parents=True, exist_ok=True)

    def write(event: Event) -> None:
        if event.passing:
            return
        append_line(path, json.dumps({"event": event.name, "time": event.time, **event.data}, default=str))

    return write


def _empty_document(verdict: str | None, why: str) -> dict[str, Any]:
    from p2c.reports.verdict_origin import VerdictOrigin, command_line, now

    usage = {"calls": 0, "prompt_tokens": 0, "cached_tokens": 0, "completion_tokens": 0, "usd": 0.0}
    origin = VerdictOrigin(date=now(), command=command_line()).keys
    return origin | {"verdict": verdict, "why": why, "checks": [], "attempts": [], "usage": usage, "seconds": 0.0}
