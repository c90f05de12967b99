"""The commands, each short; the one edge where exceptions become messages and exit codes."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    raise SystemExit(2)
