"""Requests to a proxy, read to the letter of HTTP/1: what two readers could understand differently is refused.

Standard library only, Python 3.8 syntax; lies beside `_p2c_proxy.py`.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Address = tuple[str, int]
    Headers = list[tuple[str, bytes]]

HEAD_LIMIT = 16384
HEAD_SECONDS = 15.0
AUTHORITY = re.compile(r"(?:([A-Za-z0-9._-]{1,253})|\[([0-9A-Fa-f:.]{2,45})\])(?::(\d{1,5}))?")
HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
HOP_BY_HOP = frozenset(
    "connection proxy-connection proxy-authorization keep-alive te trailer transfer-encoding upgrade expect host "
    "content-length".split()
)


class RequestDenied(Exception):
    """What the client gets instead: a status line, and one sentence."""

    def __init__(self, status: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def canonical_host(text: str) -> str:
    """Return the one spelling of a host: lower case, no brackets, no dot at the end, addresses at their shortest."""
    text = text.strip("[]").lower()
    text = text[:-1] if text.endswith(".") else text
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(text))
    return text


def is_address(host: str) -> bool:
    """Tell an IP address from a name."""
    with contextlib.suppress(ValueError):
        return bool(ipaddress.ip_address(host))
    return False


def parse_authority(text: str, default: int) -> Address:
    """Return what `host`, `host:port` or `[address]:port` means; without a default (0), it has to name a port."""
    match = AUTHORITY.fullmatch(text)
    port = int(match[3] or default) if match else 0
    if match is None or not 0 < port < 65536:
        raise RequestDenied("400 Bad Request", "this is not a host and a port")
    return canonical_host(match[1] or match[2]), port


def read_head(client: socket.socket) -> tuple[bytes, bytes]:
    """Return a request up to its empty line, and what came with it after that."""
    data, deadline = b"", time.monotonic() + HEAD_SECONDS
    while b"\r\n\r\n" not in data:
        if len(data) > HEAD_LIMIT:
            raise RequestDenied("431 Request Header Fields Too Large", "this request's head is too long")
        more = client.recv(4096) if time.monotonic() < deadline else b""
        if not more:
            raise OSError("the request was not completed")
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def parse_head(head: bytes) -> tuple[str, str, Headers]:
    """Return method, target and headers (names in lower case) of what is HTTP/1 to the letter."""
    first, *lines = head.split(b"\r\n")
    start = re.fullmatch(rb"([A-Z]{1,16}) ([\x21-\x7e]+) HTTP/1\.[01]", first)
    matches = [HEADER.fullmatch(line) for line in lines]
    if start is None or None in matches:
        raise RequestDenied("400 Bad Request", "this is not an HTTP/1 request")
    headers = [(match[1].decode().lower(), match[2].strip()) for match in matches if match]
    return start[1].decode(), start[2].decode(), headers


def check_host(headers: Headers, address: Address, default: int) -> None:
    """Raise Denied where the Host header and the target are not the same host."""
    hosts = [value.decode("latin-1") for name, value in headers if name == "host"]
    if len(hosts) > 1 or any(parse_authority(host, default) != address for host in hosts):
        raise RequestDenied("400 Bad Request", "the Host header and the request's target differ")


def is_bodiless(headers: Headers) -> bool:
    """Tell whether nothing follows the head."""
    return all(name != "transfer-encoding" and (name != "content-length" or value == b"0") for name, value in headers)


def request(first: str, host: str, headers: Headers, login: str | None) -> bytes:
    """Return the head of a request with the headers that are meant for the server."""
    named = b",".join(value for name, value in headers if name == "connection").decode("latin-1").lower()
    dropped = HOP_BY_HOP.union(word.strip() for word in named.split(","))
    lines = [first.encode() + b" HTTP/1.1", b"Host: " + host.encode(), b"Connection: close"]
    lines += [name.encode() + b": " + value for name, value in headers if name not in dropped]
    if login:
        lines.append(b"Proxy-Authorization: " + login.encode())
    return b"\r\n".join([*lines, b"", b""])


def refusal(denied: RequestDenied) -> bytes:
    """Return the answer to a request that is refused."""
    body = ("p2c: " + str(denied) + "\n").encode()
    head = "HTTP/1.1 {}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n"
    return head.format(denied.status, len(body)).encode() + body
