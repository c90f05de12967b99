"""The proxy of the install phase: who is admitted, and what a client could try to be admitted as somebody else."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2c.sandboxes.in_sandbox import _p2c_http, _p2c_proxy, _p2c_upstream
from p2c.sandboxes.in_sandbox._p2c_http import RequestDenied
from p2c.sandboxes.in_sandbox._p2c_proxy import Proxy
from p2c.sandboxes.in_sandbox._p2c_tls import ClientHelloFilter

FOLDER = Path(_p2c_proxy.__file__).parent


class Listener:
    """A service on loopback that notes what it hears, and answers each connection with a function of it."""

    def __init__(self, answer: Callable[[socket.socket, bytes], None], family: int = socket.AF_INET) -> None:
        self._socket = socket.create_server(("127.0.0.1" if family == socket.AF_INET else "::1", 0), family=family)
        self.port: int = self._socket.getsockname()[1]
        self.heard: list[bytes] = []
        self._answer = answer
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client = self._socket.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._one, args=(client,), daemon=True).start()

    def _one(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            client.settimeout(10)
            data = client.recv(65536)
            if data:
                self.heard.append(data)
                self._answer(client, data)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def say_hello(client: socket.socket, data: bytes) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")


Start = Callable[..., int]


class Bench:
    """Proxies and services of one test; `refused` is what the proxies have told."""

    def __init__(self) -> None:
        self.refused: list[tuple[str, int]] = []
        self._left: list[Proxy | Listener] = []

    def service(self, answer: Callable[[socket.socket, bytes], None] = say_hello) -> Listener:
        self._left.append(Listener(answer))
        return self._left[-1]  # type: ignore[return-value]

    def proxy(self, *allowed: tuple[str, int], dial: _p2c_proxy.Dial | None = None) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        note = lambda host, port: self.refused.append((host, port))  # noqa: E731
        self._left.append(Proxy(listener, allowed, dial, note).start())
        return port

    def close(self) -> None:
        for one in self._left:
            one.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    one = Bench()
    yield one
    one.close()


def ask(port: int, *parts: bytes) -> bytes:
    """Send a request in parts, and return all that comes back."""
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        answer = b""
        with contextlib.suppress(ConnectionError):
            for part in parts:
                client.sendall(part)
            while more := client.recv(65536):
                answer += more
        return answer


def get(url: str, host: str = "", *headers: str) -> bytes:
    host = host or url.split("/")[2]
    return "\r\n".join([f"GET {url} HTTP/1.1", f"Host: {host}", *headers, "", ""]).encode()


def connect(target: str, *headers: str) -> bytes:
    return "\r\n".join([f"CONNECT {target} HTTP/1.1", *headers, "", ""]).encode()


def client_hello(name: str | None) -> bytes:
    """Return what OpenSSL sends first."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


def test_a_host_on_the_list_is_reached_by_plain_requests_and_by_tunnels(bench: Bench) -> None:
    service = bench.service()
    port = bench.proxy(("127.0.0.1", service.port))
    answer = ask(
        port, get(f"http://127.0.0.1:{service.port}/simple/a%20b/?x=1", "", "X-One: 1", "Connection: X-Two", "X-Two: 2")
    )
    assert answer.endswith(b"hello")
    assert service.heard[0] == (
        b"GET /simple/a%%20b/?x=1 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\nx-one: 1\r\n\r\n"
        % service.port
    )
    hello = client_hello(None)
    assert ask(port, connect(f"127.0.0.1:{service.port}"), hello).endswith(b"hello")
    assert service.heard[1] == hello and bench.refused == []


@pytest.mark.parametrize(
    "target",
    [
        "127.0.0.1:{other}",
        "localhost:{port}",
        "127.1:{port}",
        "2130706433:{port}",
        "0x7f.1:{port}",
        "[::1]:{port}",
        "[::ffff:127.0.0.1]:{port}",
        "0.0.0.0:{port}",
        "metadata.internal:80",
        "10.0.0.1:443",
        "127.0.0.1.nip.example:{port}",
    ],
)
def test_what_is_not_on_the_list_is_refused_without_a_look_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    service, other = bench.service(), bench.service()
    port = bench.proxy(("127.0.0.1", service.port))
    target = target.format(port=service.port, other=other.port)
    asked: list[object] = []
    with monkeypatch.context() as patch:
        patch.setattr(_p2c_proxy, "connect_directly", lambda *given: asked.append(given))
        patch.setattr(socket, "getaddrinfo", lambda *given, **more: asked.append(given))
        by_address = "127.0.0.1"  # the client's own connection needs no look-up of a name
        with socket.socket() as client:
            client.connect((by_address, port))
            client.sendall(connect(target))
            first = client.recv(65536)
        with socket.socket() as client:
            client.connect((by_address, port))
            client.sendall(get(f"http://{target}/"))
            second = client.recv(65536)
    for answer in (first, second):
        assert answer.startswith(b"HTTP/1.1 403 ") and b"is not a host that an install may reach" in answer
    assert asked == [] and service.heard == [] and other.heard == [] and len(bench.refused) == 2


SMUGGLED = (
    get("http://{good}/", "{bad}"),
    get("http://{good}/", "{good}", "Host: {bad}"),
    get("http://{good}/", "{good}", "Transfer-Encoding: chunked"),
    get("http://{good}/", "{good}", "Content-Length: 40"),
    get("http://{good}/", "{good}", "Transfer-Encoding : chunked"),
    get("http://{good}/", "{good}", " folded: line"),
    get("http://{good}/", "{good}", "X: a\nHost: {bad}"),
    get("http://{good}/", "{good}", "X: a\rHost: {bad}"),
    get("http://{good}/", "{good}", "X: a\0b"),
    get("http://{good}/", "{good}") + get("http://{bad}/"),
    get("http://{good}@{bad}/", "{good}"),
    get("http://{bad}#@{good}/", "{good}"),
    get("http://{bad}\\@{good}/", "{good}"),
    get("http://{good}\t/", "{good}"),
    get("https://{good}/", "{good}"),
    get("ftp://{good}/", "{good}"),
    get("/", "{good}"),
    get("http://{good}/ x HTTP/1.1", "{good}"),
    get("http://{good}/", "{good}").replace(b"GET", b"POST"),
    get("http://{good}/", "{good}").replace(b"GET", b"get"),
    get("http://{good}/", "{good}").replace(b"HTTP/1.1", b"HTTP/2.0"),
    get("http://{good}/", "{good}").replace(b"\r\n", b"\n"),
    connect("{good}", "Host: {bad}"),
    connect("http://{good}/"),
    connect("{good}/"),
    connect("{bad}@{good}"),
    connect("127.0.0.1"),
    connect("127.0.0.1:0"),
    connect("127.0.0.1:99999"),
)


@pytest.mark.parametrize("request_", SMUGGLED, ids=range(len(SMUGGLED)))
def test_a_request_that_could_be_read_in_two_ways_reaches_nobody(bench: Bench, request_: bytes) -> None:
    good, bad = bench.service(), bench.service()
    port = bench.proxy(("127.0.0.1", good.port), ("127.0.0.1", 80))
    names = {b"{good}": b"127.0.0.1:%d" % good.port, b"{bad}": b"127.0.0.1:%d" % bad.port}
    answer = ask(port, re.sub(rb"\{good\}|\{bad\}", lambda found: names[found[0]], request_), b"\r\n\r\n")
    assert re.match(rb"HTTP/1.1 4\d\d ", answer), answer
    assert good.heard == bad.heard == []


def test_a_second_request_on_a_plain_connection_reaches_nobody(bench: Bench) -> None:
    bad, first = bench.service(), threading.Event()

    def answer_slowly(client: socket.socket, data: bytes) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        first.set()
        client.recv(1)  # until the proxy hangs up

    good = bench.service(answer_slowly)
    port = bench.proxy(("127.0.0.1", good.port))
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(get(f"http://127.0.0.1:{good.port}/"))
        assert first.wait(10) and client.recv(65536)
        client.sendall(get(f"http://127.0.0.1:{bad.port}/"))
        with contextlib.suppress(ConnectionError):
            assert client.recv(65536) in (b"", b"hello")
    assert len(good.heard) == 1 and bad.heard == []


def test_a_head_without_an_end_is_refused(bench: Bench) -> None:
    answer = ask(bench.proxy(), b"GET http://a/ HTTP/1.1\r\n", *[b"X: " + b"x" * 4000 + b"\r\n"] * 5)
    assert answer.startswith(b"HTTP/1.1 431 ") or answer == b""


@pytest.mark.parametrize("pieces", [1, 2, 50])
@pytest.mark.parametrize(
    ("name", "passes"), [("index.example", True), ("INDEX.example", True), ("evil.example", False), (None, False)]
)
def test_a_tunnel_leads_to_the_host_that_tls_names(name: str | None, passes: bool, pieces: int) -> None:
    hello = client_hello(name)
    greeting = ClientHelloFilter("index.example")
    size = len(hello) // pieces + 1
    parts = [hello[at : at + size] for at in range(0, len(hello), size)]
    if not passes:
        with pytest.raises(RequestDenied):
            [greeting.feed(part) for part in parts]
        assert greeting.named == (name or "")
        return
    given = [greeting.feed(part) for part in parts]
    assert given == [b""] * (len(parts) - 1) + [hello], "nothing passes before the whole hello is read"
    more = b"\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x05later"
    assert greeting.feed(more) == more


def test_a_second_hello_that_names_another_host_does_not_pass() -> None:
    hello, other = client_hello("index.example"), client_hello("evil.example")
    early = b"\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x05early"  # sent before the server's retry request is there
    greeting = ClientHelloFilter("index.example")
    assert greeting.feed(hello + early) == hello + early
    assert ClientHelloFilter("index.example").feed(hello + hello) == hello + hello
    with pytest.raises(RequestDenied):
        greeting.feed(other)
    assert greeting.named == "evil.example"


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: index.example\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",
        b"\x16\x03\x01\x00\x08\x01\x00\x00\x04abcd",
        b"\x17\x03\x03\x00\x05hello",
        client_hello("index.example").replace(b"\x00\x00\x12\x00\x10\x00\x00\x0d", b"\x00\x00\x12\x00\x10\x01\x00\x0d"),
        b"\x16\x03\x01\x00\x00" * 200_000,
    ],
)  # fmt: skip
def test_what_is_no_tls_does_not_pass_a_tunnel(data: bytes) -> None:
    with pytest.raises(RequestDenied):
        ClientHelloFilter("index.example").feed(data)


def test_a_hello_that_hides_its_host_does_not_pass() -> None:
    hello = bytearray(client_hello("index.example"))
    extra = b"\xfe\x0d\x00\x01x"
    for place, width in ((3, 2), (6, 3)):
        size = int.from_bytes(hello[place : place + width], "big") + len(extra)
        hello[place : place + width] = size.to_bytes(width, "big")
    at = 9 + 34 + 1 + hello[9 + 34]
    at += 2 + int.from_bytes(hello[at : at + 2], "big")
    at += 1 + hello[at]
    hello[at : at + 2] = (int.from_bytes(hello[at : at + 2], "big") + len(extra)).to_bytes(2, "big")
    with pytest.raises(RequestDenied):
        ClientHelloFilter("index.example").feed(bytes(hello) + extra)


HELLOS = [client_hello(name) for name in ("index.example", "evil.example", None)]
PIECES = st.lists(
    st.one_of(
        st.sampled_from(HELLOS),
        st.binary(max_size=40),
        st.sampled_from([b"\x16\x03\x01\x00\x02\x01\x00", b"\x14\x03\x03\x00\x01\x01", b"\x17\x03\x03\x00\x01x"]),
    ),
    max_size=6,
)


@given(PIECES, st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=4), st.integers(1, 400))
@settings(deadline=None, max_examples=300)
def test_whatever_is_sent_a_hello_of_the_host_comes_first(
    pieces: list[bytes], changes: list[tuple[int, int]], size: int
) -> None:
    data = bytearray(b"".join(pieces))
    for at, byte in changes:
        if at < len(data):
            data[at] = byte
    greeting, passed = ClientHelloFilter("index.example"), b""
    with contextlib.suppress(RequestDenied):
        for at in range(0, len(data), size):
            passed += greeting.feed(bytes(data[at : at + size]))
    assert not passed or (passed[0] == 22 and b"index.example" in passed[:700].lower())


@given(st.one_of(st.binary(max_size=300), st.text(max_size=80).map(lambda text: get(text, "h").replace(b"\n\n", b""))))
@settings(deadline=None, max_examples=300)
def test_whatever_is_asked_is_denied_in_words(head: bytes) -> None:
    with contextlib.suppress(RequestDenied):
        _, target, headers = _p2c_http.parse_head(head)
        _p2c_http.check_host(headers, _p2c_http.parse_authority(target, 80), 80)


def test_a_tunnel_in_which_another_host_is_named_ends_and_is_told(bench: Bench) -> None:
    service = bench.service()
    port = bench.proxy(("localhost", service.port))
    assert ask(port, connect(f"localhost:{service.port}"), client_hello("localhost")).endswith(b"hello")
    answer = ask(port, connect(f"localhost:{service.port}"), client_hello("fronted.example"))
    assert answer == b"HTTP/1.1 200 Connection established\r\n\r\n"
    assert bench.refused == [("fronted.example", service.port)] and len(service.heard) == 1


def test_much_passes_both_ways(bench: Bench) -> None:
    data = os.urandom(1 << 22)

    def send(client: socket.socket, _: bytes) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data) + data)

    service = bench.service(send)
    port = bench.proxy(("127.0.0.1", service.port))
    assert ask(port, get(f"http://127.0.0.1:{service.port}/")).endswith(data)


def test_an_address_of_ip_version_6(bench: Bench) -> None:
    try:
        service = Listener(say_hello, socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    port = bench.proxy(("0:0::1", service.port))
    assert ask(port, get(f"http://[::1]:{service.port}/x")).endswith(b"hello")
    assert ask(port, connect(f"[::1]:{service.port + 1}")).startswith(b"HTTP/1.1 403 ")
    service.close()


def test_a_host_that_does_not_answer_is_told(bench: Bench) -> None:
    service = bench.service()
    service.close()
    answer = ask(bench.proxy(("127.0.0.1", service.port)), connect(f"127.0.0.1:{service.port}"))
    assert answer.startswith(b"HTTP/1.1 502 ") and b"cannot be reached" in answer


def test_connections_are_bounded_and_waiting_ones_are_served_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_p2c_proxy, "CONNECTIONS", 2)
    service = bench.service()
    port = bench.proxy(("127.0.0.1", service.port))
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
    done = threading.Thread(target=lambda: ask(port, get(f"http://127.0.0.1:{service.port}/")))
    done.start()
    assert service.heard == []
    for one in idle:
        one.close()
    done.join(10)
    assert not done.is_alive() and len(service.heard) == 1


def test_close_ends_what_runs_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())  # other tests' sandboxes are open in this process
    waiting = Listener(lambda client, data: client.recv(1) and None)
    listener = socket.create_server(("127.0.0.1", 0))
    proxy = Proxy(listener, [("127.0.0.1", waiting.port)]).start()
    clients = [socket.create_connection(listener.getsockname()) for _ in range(3)]
    clients[0].sendall(get(f"http://127.0.0.1:{waiting.port}/"))
    clients[1].sendall(connect(f"127.0.0.1:{waiting.port}"))
    assert clients[1].recv(100).startswith(b"HTTP/1.1 200")
    proxy.close()
    assert all(client.recv(100) == b"" for client in clients)
    for client in clients:
        client.close()
    waiting.close()
    deadline = time.monotonic() + 10
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not set(threading.enumerate()) - before


def test_it_runs_as_a_program_from_a_folder_of_its_own(bench: Bench, tmp_path: Path) -> None:
    for name in ("proxy", "http", "tls", "upstream"):
        shutil.copy(FOLDER / f"_p2c_{name}.py", tmp_path)
    service = bench.service()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    order = {"listen": ["127.0.0.1", port], "allowed": [["127.0.0.1", service.port]], "upstream": {"no": "x"}}
    program = subprocess.Popen(
        [sys.executable, "-I", "-S", str(tmp_path / "_p2c_proxy.py")],
        env={"P2C_PROXY": json.dumps(order)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(ConnectionRefusedError):
                assert ask(port, get(f"http://127.0.0.1:{service.port}/")).endswith(b"hello")
                break
            time.sleep(0.02)
        assert ask(port, connect("evil.example:443")).startswith(b"HTTP/1.1 403 ")
        assert program.stdout is not None
        assert json.loads(program.stdout.readline()) == {"refused": ["evil.example", 443]}
    finally:
        program.kill()
        program.communicate()


@pytest.mark.parametrize("name", ["proxy", "http", "tls", "upstream"])
def test_the_source_is_that_of_python_3_8(name: str) -> None:
    import ast

    ast.parse((FOLDER / f"_p2c_{name}.py").read_text(), feature_version=(3, 8))


# The user's own proxy.


def through(bench: Bench, **settings: str) -> _p2c_upstream.Upstream:
    return _p2c_upstream.Upstream(settings)


def upstream_http(status: bytes = b"200 OK") -> Callable[[socket.socket, bytes], None]:
    def answer(client: socket.socket, data: bytes) -> None:
        if not data.startswith(b"CONNECT"):
            return say_hello(client, data)
        client.sendall(b"HTTP/1.1 " + status + b"\r\n\r\n")
        if client.recv(65536):
            client.sendall(b"through")
        return None

    return answer


def test_the_users_own_proxy_is_asked_with_its_login(bench: Bench) -> None:
    upstream = bench.service(upstream_http())
    url = f"http://us%40er:pa%3Ass@127.0.0.1:{upstream.port}"
    port = bench.proxy(("index.example", 443), ("index.example", 80), dial=through(bench, http=url, https=url))
    assert ask(port, connect("index.example:443"), client_hello("index.example")).endswith(b"through")
    assert ask(port, get("http://index.example/simple/")).endswith(b"hello")
    login = b"Proxy-Authorization: Basic dXNAZXI6cGE6c3M=\r\n"
    assert upstream.heard == [
        b"CONNECT index.example:443 HTTP/1.1\r\nHost: index.example:443\r\n" + login + b"\r\n",
        b"GET http://index.example/simple/ HTTP/1.1\r\nHost: index.example\r\nConnection: close\r\n" + login + b"\r\n",
    ]


def test_a_login_of_the_client_never_reaches_the_users_proxy(bench: Bench) -> None:
    upstream = bench.service(upstream_http())
    port = bench.proxy(("index.example", 80), dial=through(bench, all=f"127.0.0.1:{upstream.port}"))
    ask(port, get("http://index.example/", "", "Proxy-Authorization: Basic mine"))
    assert b"Authorization" not in upstream.heard[0]


def test_what_the_users_proxy_refuses_is_told(bench: Bench) -> None:
    upstream = bench.service(upstream_http(b"407 Login wanted"))
    port = bench.proxy(("index.example", 443), dial=through(bench, https=f"http://127.0.0.1:{upstream.port}"))
    answer = ask(port, connect("index.example:443"))
    assert answer.startswith(b"HTTP/1.1 502 ") and b"the proxy answers '407 Login wanted'" in answer


def test_the_list_holds_before_the_users_proxy(bench: Bench) -> None:
    upstream = bench.service(upstream_http())
    port = bench.proxy(dial=through(bench, all=f"http://127.0.0.1:{upstream.port}"))
    assert ask(port, connect("index.example:443")).startswith(b"HTTP/1.1 403 ")
    assert upstream.heard == []


def test_this_machine_and_what_no_proxy_lists_are_reached_directly(bench: Bench) -> None:
    service, upstream = bench.service(), bench.service(upstream_http())
    port = bench.proxy(("127.0.0.1", service.port), dial=through(bench, all=f"http://127.0.0.1:{upstream.port}"))
    assert ask(port, get(f"http://127.0.0.1:{service.port}/")).endswith(b"hello")
    assert upstream.heard == [] and len(service.heard) == 1


@pytest.mark.parametrize(
    ("listed", "host", "port", "bypassed"),
    [
        ("", "index.example", 443, False),
        ("*", "index.example", 443, True),
        ("other.example, .example", "index.example", 443, True),
        ("example", "index.example", 443, True),
        ("dex.example", "index.example", 443, False),
        ("INDEX.example", "index.example", 443, True),
        ("*.example", "index.example", 443, True),
        ("index.example:8080", "index.example", 443, False),
        ("index.example:443", "index.example", 443, True),
        ("10.0.0.0/8", "10.2.3.4", 443, True),
        ("10.0.0.0/8", "11.2.3.4", 443, False),
        ("fd00::/8", "fd00::1", 443, True),
        ("[fd00::1]:443", "fd00::1", 443, True),
        ("", "localhost", 443, True),
        ("", "127.8.0.1", 443, True),
        ("", "::1", 443, True),
    ],
)
def test_no_proxy_is_read_as_clients_read_it(listed: str, host: str, port: int, bypassed: bool) -> None:
    assert _p2c_upstream.bypasses(listed, host, port) is bypassed


@pytest.mark.parametrize("login", ["", "user:word@"])
def test_a_socks_proxy(bench: Bench, login: str) -> None:
    said: list[bytes] = []

    def socks(client: socket.socket, data: bytes) -> None:
        said.append(data)
        client.sendall(b"\x05" + data[2:3])
        if login:
            said.append(client.recv(100))
            client.sendall(b"\x01\x00")
        said.append(client.recv(100))
        client.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50")
        say_hello(client, client.recv(65536))

    upstream = bench.service(socks)
    port = bench.proxy(("index.example", 80), dial=through(bench, all=f"socks5h://{login}127.0.0.1:{upstream.port}"))
    assert ask(port, get("http://index.example/")).endswith(b"hello")
    target = b"\x05\x01\x00\x03\x0dindex.example\x00\x50"
    assert said == ([b"\x05\x01\x02", b"\x01\x04user\x04word", target] if login else [b"\x05\x01\x00", target])


def test_a_kind_of_proxy_that_is_not_known_is_told(bench: Bench) -> None:
    port = bench.proxy(("index.example", 443), dial=through(bench, all="ftp://127.0.0.1:9"))
    assert b"a proxy of the kind 'ftp' cannot be used" in ask(port, connect("index.example:443"))
