"""Hosts that an install was refused, told at the end of what the command printed."""

from __future__ import annotations

import re
from collections.abc import Iterable

REFUSED = re.compile(r"^\[p2c: refused: (\S+):(\d+) is no host of the package index\]$", re.MULTILINE)


def noted(output: str, refused: Iterable[tuple[str, int]]) -> str:
    """Return what a command printed, with a line for each refused host; `refused_hosts` reads them."""
    lines = [f"[p2c: refused: {host}:{port} is no host of the package index]\n" for host, port in refused]
    return output + ("\n" if lines and output and not output.endswith("\n") else "") + "".join(lines)


def refused_hosts(output: str) -> tuple[str, ...]:
    """Return the refused hosts that `noted` told of, each once, with the ports that are not those of the web."""
    hosts = (f"{host}:{port}" if port not in ("80", "443") else host for host, port in REFUSED.findall(output))
    return tuple(dict.fromkeys(hosts))
