"""Connections through the user's own proxy, as HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say.

Standard library only, Python 3.8 syntax; lies beside `_p2c_proxy.py`. Proxies are HTTP ones, with or without TLS, and
SOCKS 5; there the proxy looks names up.
"""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import socket
import ssl
import struct
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

SECONDS = 15.0
ANSWER_LIMIT = 65536
PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


class Upstream:
    """Connects to (host, port), for a tunnel or for one plain request; a `dial` of `_p2c_proxy.Proxy`.

    `settings` has the addresses by scheme (http, https, all), `no` with what is reached without them, and `ca`, the
    file of certificates that vouch for a proxy with TLS.
    """

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings

    def __call__(self, host: str, port: int, tunnel: bool) -> tuple[socket.socket, str | None]:
        """Return the connection and, where a plain request has to name its host there, the login ("" for none)."""
        address = self._settings.get("https" if tunnel else "http") or self._settings.get("all")
        if not address or bypasses(self._settings.get("no", ""), host, port):
            return socket.create_connection((host, port), SECONDS), None
        parts = urlsplit(address if "://" in address else "http://" + address)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError(f"a proxy of the kind {parts.scheme!r} cannot be used")
        try:
            connection = socket.create_connection((parts.hostname, parts.port or PORTS[parts.scheme]), SECONDS)
        except OSError as error:
            raise OSError(f"the proxy {parts.hostname} cannot be reached: {error}") from error
        try:
            return self._through(connection, parts, (host, port), tunnel)
        except BaseException:
            connection.close()
            raise

    def _through(
        self, connection: socket.socket, parts: SplitResult, target: tuple[str, int], tunnel: bool
    ) -> tuple[socket.socket, str | None]:
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if parts.scheme.startswith("socks"):
            greet_socks(connection, target, user, password)
            return connection, None
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=self._settings.get("ca") or None)
            connection = context.wrap_socket(connection, server_hostname=parts.hostname)
        login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode() if user or password else ""
        if not tunnel:
            return connection, login
        ask_tunnel(connection, target, login)
        return connection, None


def bypasses(listed: str, host: str, port: int) -> bool:
    """Tell whether a host is reached without a proxy: it is this machine, or NO_PROXY lists it."""
    address = None
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return True  # to a proxy, the loopback is another machine
    for word in listed.replace(",", " ").lower().split():
        name, _, end = word.rpartition(":")
        if name and end.isdigit() and (name.endswith("]") or ":" not in name):
            if int(end) != port:
                continue
            word = name
        word = word.strip("[]").lstrip("*").lstrip(".").rstrip(".")
        if not word or host == word or host.endswith("." + word):
            return True
        with contextlib.suppress(ValueError):
            if address is not None and address in ipaddress.ip_network(word, strict=False):
                return True
    return False


def ask_tunnel(connection: socket.socket, target: tuple[str, int], login: str) -> None:
    """Have an HTTP proxy connect; raises OSError with what it answers instead."""
    shown = "[{}]:{}".format(*target) if ":" in target[0] else "{}:{}".format(*target)
    lines = [
        f"CONNECT {shown} HTTP/1.1",
        f"Host: {shown}",
        *([f"Proxy-Authorization: {login}"] if login else []),
        "",
        "",
    ]
    connection.sendall("\r\n".join(lines).encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        more = connection.recv(1)  # what follows is not ours
        answer += more
        if not more or len(answer) > ANSWER_LIMIT:
            raise OSError("the proxy does not answer in HTTP")
    status = answer.split(b"\r\n")[0].decode("latin-1").split(" ", 1)[-1]
    if not status.startswith("2"):
        raise OSError(f"the proxy answers {status!r}")


def greet_socks(connection: socket.socket, target: tuple[str, int], user: str, password: str) -> None:
    """Have a SOCKS 5 proxy (RFC 1928, 1929) connect; raises OSError where it does not."""
    connection.sendall(b"\x05\x01\x02" if user else b"\x05\x01\x00")
    if receive(connection, 2) != (b"\x05\x02" if user else b"\x05\x00"):
        raise OSError("the SOCKS proxy takes no such login")
    if user:
        name, word = user.encode()[:255], password.encode()[:255]
        connection.sendall(b"\x01" + bytes([len(name)]) + name + bytes([len(word)]) + word)
        if receive(connection, 2)[1:] != b"\x00":
            raise OSError("the SOCKS proxy refuses the login")
    host = target[0].encode("idna") if ":" not in target[0] else target[0].encode()
    kind = b"\x03" + bytes([len(host)]) + host
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(target[0])
        kind = (b"\x01" if address.version == 4 else b"\x04") + address.packed
    connection.sendall(b"\x05\x01\x00" + kind + struct.pack(">H", target[1]))
    answer = receive(connection, 4)
    if answer[1]:
        raise OSError(f"the SOCKS proxy could not connect ({answer[1]})")
    size = {1: 4, 4: 16}.get(answer[3]) or receive(connection, 1)[0]
    receive(connection, size + 2)


def receive(connection: socket.socket, size: int) -> bytes:
    """Return exactly so many bytes."""
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise OSError("the proxy has closed the connection")
        data += more
    return data
