"""The beginning of TLS as a client sends it: which host it names.

Standard library only, Python 3.8 syntax; lies beside `_p2c_proxy.py`.
"""

from __future__ import annotations

import os
import struct
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING or __package__:
    from p2c.sandboxes.in_sandbox._p2c_http import RequestDenied, canonical_host, is_address
else:  # in a container
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from _p2c_http import RequestDenied, canonical_host, is_address

HELLO_LIMIT = 65536
HANDSHAKE, CLIENT_HELLO, SERVER_NAME, ENCRYPTED_HELLO = 22, 1, 0, 0xFE0D


class ClientHelloFilter:
    """Passes a client's side of TLS on as long as each ClientHello names the host that the tunnel leads to.

    Bytes are held back until they belong to a whole message; a second hello can follow a server's retry request.
    """

    def __init__(self, host: str) -> None:
        self.named = ""
        self.is_over = self.is_complete = False
        self._host = host
        self._held = self._message = b""
        self._at = 0

    def feed(self, data: bytes) -> bytes:
        """Return what may pass now; raises Denied for what is not TLS, or names another host."""
        self._held += data
        while not self.is_over and len(self._held) - self._at >= 5:
            kind, size = self._held[self._at], int.from_bytes(self._held[self._at + 3 : self._at + 5], "big")
            if kind != HANDSHAKE and not self.is_complete:
                raise RequestDenied("400 Bad Request", "this is not TLS")
            if len(self._held) - self._at < 5 + size:
                break
            if kind == HANDSHAKE:
                self._message += self._held[self._at + 5 : self._at + 5 + size]
                self._take_messages()
            self._at += 5 + size
        if len(self._held) > 8 * HELLO_LIMIT:
            raise RequestDenied("400 Bad Request", "this greeting has no end")
        passing = len(self._held) if self.is_over else self._at if self.is_complete and not self._message else 0
        data, self._held, self._at = self._held[:passing], self._held[passing:], self._at - min(self._at, passing)
        return data

    def _take_messages(self) -> None:
        while len(self._message) >= 4 and not self.is_over:
            size = int.from_bytes(self._message[1:4], "big")
            if self._message[0] != CLIENT_HELLO:
                if not self.is_complete:
                    raise RequestDenied("400 Bad Request", "this does not begin with a ClientHello")
                self.is_over = True  # keys are agreed on: a hello can come no more
            elif len(self._message) < 4 + size <= HELLO_LIMIT:
                return
            else:
                self._check(self._message[4 : 4 + size])
                self._message = self._message[4 + size :]

    def _check(self, hello: bytes) -> None:
        try:
            self.named = canonical_host(server_name(hello))
        except (IndexError, ValueError, struct.error):
            raise RequestDenied("400 Bad Request", "this ClientHello cannot be read") from None
        if self.named != self._host and (self.named or not is_address(self._host)):
            raise RequestDenied("403 Forbidden", "this ClientHello names another host")
        self.is_complete = True


def server_name(hello: bytes) -> str:
    """Return the host that a ClientHello names, "" if none; ValueError where it hides it or is malformed."""
    at = 34 + 1 + hello[34]
    at += 2 + struct.unpack_from(">H", hello, at)[0]
    at += 1 + hello[at]
    if at == len(hello):
        return ""
    if at + 2 + struct.unpack_from(">H", hello, at)[0] != len(hello):
        raise ValueError("extensions")
    at, names = at + 2, []
    while at < len(hello):
        kind, size = struct.unpack_from(">HH", hello, at)
        body, at = hello[at + 4 : at + 4 + size], at + 4 + size
        if kind == ENCRYPTED_HELLO:
            raise ValueError("the host is encrypted")
        if kind == SERVER_NAME:
            if struct.unpack_from(">HBH", body) != (size - 2, 0, size - 5):
                raise ValueError("names")
            names.append(body[5:].decode("ascii"))
    if len(names) > 1:
        raise ValueError("names")
    return "".join(names)
