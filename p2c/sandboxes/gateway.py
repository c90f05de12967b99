"""Addresses of this machine's own services, as a container has to say them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from p2c.sandboxes.index import PROXIES, IndexSettings

HOST = "host.docker.internal"
LOOPBACK = re.compile(
    r"(?P<before>://(?:[^/\s@'\"]+@)?)(?:localhost|127(?:\.\d+){3}|\[::1\])(?=[:/\s,]|$)(?::(?P<port>\d+))?",
    re.IGNORECASE,
)
ADDRESSES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", *PROXIES, *map(str.lower, PROXIES))


def through_gateway(index: IndexSettings) -> tuple[IndexSettings, frozenset[int]]:
    """Return settings that name the engine's machine where they named the loopback, and the ports concerned."""
    ports: set[int] = set()

    def say(found: re.Match[str]) -> str:
        port = found["port"] or ("443" if found.string[: found.start()].endswith("https") else "80")
        ports.add(int(port))
        return f"{found['before']}{HOST}" + (f":{found['port']}" if found["port"] else "")

    def rewritten(environment: Mapping[str, str]) -> Mapping[str, str]:
        said = {name: LOOPBACK.sub(say, text) if name in ADDRESSES else text for name, text in environment.items()}
        hosts = said.get("UV_INSECURE_HOST", "")
        if ports and hosts:
            said["UV_INSECURE_HOST"] = re.sub(r"(?<!\S)(localhost|127(\.\d+){3})(?=[:\s]|$)", HOST, hosts)
        return said

    return replace(index, environment=rewritten(index.environment)), frozenset(ports)
