"""SIGTERM and Ctrl-C end p2c within seconds, whatever any of its threads is doing."""

from __future__ import annotations

import _thread
import os
import select
import signal
import sys
import time
from contextlib import suppress
from typing import Any, NoReturn

INTERRUPTED = 130
CLEANING = 5.0
"""Seconds that sandboxes and threads have to come to their end, once p2c was told to end or has done its work."""
LAST = 8.0
"""Seconds after which a p2c that was told to end is killed: no thread of it came to run any Python."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_is_ending = False


def obey_signals() -> None:
    """From here on the first signal raises KeyboardInterrupt in the main thread; a second Ctrl-C ends p2c at once.

    To be called by the main thread, before there are others: it makes a process that watches this one.
    """
    for number in _SIGNALS:
        signal.signal(number, _interrupt)
    _watch()


def end_within(seconds: float, code: int) -> None:
    """Let this process be over by then, whatever hinders it: an endless thread, a server that does not answer."""

    def end() -> None:
        time.sleep(seconds)
        os._exit(code)

    # Not by `threading`: a signal may come while the main thread holds a lock of its.
    with suppress(RuntimeError):
        _thread.start_new_thread(end, ())


def leave(code: int) -> NoReturn:
    """End this process with an exit code, without waiting for threads longer than it takes to clean up."""
    end_within(CLEANING, code)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    sys.exit(code)


def _interrupt(number: int, frame: Any) -> None:
    global _is_ending
    if not _is_ending:
        _is_ending = True
        end_within(CLEANING, INTERRUPTED)
        raise KeyboardInterrupt
    if number == signal.SIGINT:
        os._exit(INTERRUPTED)


def _watch() -> None:
    """Start the process that kills this one where no Python comes to run: one C function may keep all threads waiting.

    The signal's number reaches it through a pipe, which the C part of Python's handler writes to. It ends with us.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    watched = os.getpid()
    if os.fork():
        os.close(reader)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        return
    try:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        os.close(writer)
        os.dup2(reader, 0)
        os.closerange(1, 1024)
        _kill_after_signal(watched)
    finally:
        os._exit(0)


def _kill_after_signal(watched: int) -> None:
    while not set(data := os.read(0, 64)).intersection(_SIGNALS):
        if not data:
            return
    until = time.monotonic() + LAST
    while (left := until - time.monotonic()) > 0:
        if select.select([0], [], [], left)[0] and not os.read(0, 64):
            return
    if os.getppid() == watched:
        os.kill(watched, signal.SIGKILL)
