"""The guards' names: what a refusal can be called, and so what a person may allow."""

from __future__ import annotations

NAMES = (
    "emptied", "unreachable", "removed", "entry", "swallowed", "exits", "silenced", "tests", "contract",
    "configuration", "stand-in", "faked", "constants", "shrunk", "requirements", "build", "automation", "start-up",
    "files",
)  # fmt: skip
