"""Recorded tool outputs, and the places that they were recorded at."""

from __future__ import annotations

from pathlib import Path

from p2c.sandboxes.base import Places

OUTPUTS = Path(__file__).parent.parent / "outputs"
PLACES = Places("/workspace", "/environment", "/tools", "/scratch")


def output(tool: str, case: str, name: str) -> str:
    """Return one recorded file."""
    return (OUTPUTS / tool / case / name).read_text(encoding="utf-8")
