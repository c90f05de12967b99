"""Whatever a thread is doing, a signal ends the process; each case is a program of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent, indent

import pytest

FOREVER = 60.0
"""Longer than anything here may take on a busy machine; what has not ended by then never ends."""

BUSY = {
    "a thread in an endless loop": """
        from concurrent.futures import ThreadPoolExecutor
        def loop():
            while True: pass
        pool = ThreadPoolExecutor(1)
        waited = pool.submit(loop)
        ready()
        waited.result()
    """,
    "a lock that is never released": """
        import threading
        lock = threading.Lock()
        lock.acquire()
        ready()
        lock.acquire()
    """,
    "a clean-up that never ends": """
        import time
        try:
            ready()
            time.sleep(1000)
        finally:
            while True:
                time.sleep(1000)
    """,
    "a clean-up that swallows what interrupts it": """
        import time
        ready()
        while True:
            try:
                time.sleep(1000)
            except BaseException:
                pass
    """,
    "a child that ignores signals": """
        import subprocess
        child = subprocess.Popen(["sh", "-c", "trap '' INT TERM; sleep 100"])
        ready()
        child.wait()
    """,
}
ONE_CALL = """
    import re, threading
    def match():
        ready()
        re.match("(a+)+$", "a" * 60 + "b")
    threading.Thread(target=match).start()
    while True: pass
"""
"""One C function holds the interpreter: no Python runs in any thread, so none of it can end the process."""


def started(body: str, tmp_path: Path) -> subprocess.Popen[bytes]:
    program = f"""
import sys
from p2c import interruption
def ready():
    open({str(tmp_path / "ready")!r}, "w").close()
def work():
    try:
{indent(dedent(body), " " * 8)}
    except KeyboardInterrupt:
        return interruption.INTERRUPTED
    return 0
interruption.obey_signals()
interruption.leave(work())
"""
    child = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
    until = time.monotonic() + FOREVER
    while not (tmp_path / "ready").exists():
        assert child.poll() is None and time.monotonic() < until
        time.sleep(0.02)
    return child


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("body", BUSY.values(), ids=BUSY)
def test_a_signal_ends_it(body: str, number: signal.Signals, tmp_path: Path) -> None:
    child = started(body, tmp_path)
    child.send_signal(number)
    assert child.wait(FOREVER) == 130


def test_one_that_cannot_run_any_python_is_killed(tmp_path: Path) -> None:
    child = started(ONE_CALL, tmp_path)
    child.send_signal(signal.SIGTERM)
    assert child.wait(FOREVER) in (-signal.SIGKILL, 130)  # the latter where it came before the call


def test_a_second_ctrl_c_does_not_wait_for_the_clean_up(tmp_path: Path) -> None:
    body = """
        import os, signal
        interruption.CLEANING = 1000.0
        try:
            ready()
            signal.pause()
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            while True:
                signal.pause()
    """
    child = started(body, tmp_path)
    child.send_signal(signal.SIGINT)
    assert child.wait(FOREVER) == 130


def test_a_thread_does_not_hold_the_end_up(tmp_path: Path) -> None:
    body = """
        import threading
        def loop():
            while True: pass
        threading.Thread(target=loop).start()
        ready()
        return 4
    """
    assert started(body, tmp_path).wait(FOREVER) == 4


def test_nothing_watches_a_process_that_is_gone(tmp_path: Path) -> None:
    child = started("ready()\nimport time; time.sleep(1000)", tmp_path)
    watchers = subprocess.run(
        ["pgrep", "-P", str(child.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(watchers) == 1
    child.kill()
    child.wait()
    until = time.monotonic() + FOREVER
    while Path(f"/proc/{watchers[0]}").exists() and "Z" not in _state(watchers[0]):
        assert time.monotonic() < until
        time.sleep(0.05)


def _state(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
