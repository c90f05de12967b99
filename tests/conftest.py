"""Tests know their own state by a key of their own."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile

import pytest
from hypothesis import HealthCheck, settings

# How long a machine takes that also has other work says nothing about the code.
settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")
_PLACE = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Give this process, and the p2cs that it starts, a state folder of the user's that nobody else has.

    Signals mean what they mean to a program that was started in the foreground: who runs tests behind `nohup` or `&`
    hands on ignored ones to all that they start.
    """
    for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.stash[_PLACE] = os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="p2c-state-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove it."""
    shutil.rmtree(config.stash[_PLACE], ignore_errors=True)
