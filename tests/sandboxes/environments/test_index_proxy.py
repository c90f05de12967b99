"""The way out of an install: which hosts the index settings mean, and what the local sandbox makes of it."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from p2c.errors import SandboxError, UsageError
from p2c.sandboxes.base import Command
from p2c.sandboxes.environments import index_hosts
from p2c.sandboxes.environments.index_proxy import (
    IndexProxy,
    check_made,
    described,
    proxy_environment,
    upstream_settings,
)
from p2c.sandboxes.environments.index_settings import IndexSettings, read_index
from p2c.sandboxes.environments.refused_hosts import noted, refused_hosts
from p2c.sandboxes.local.sandbox import LocalSandbox
from p2c.sandboxes.options import SandboxOptions
from tests.sandboxes.conftest import Open
from tests.sandboxes.environments.test_environments import write_wheel
from tests.sandboxes.escaping import begin, install, uv

Reply = tuple[int, dict[str, str], bytes]


class Index:
    """An HTTP server on loopback that answers from a table of paths; `asked` are (method, path, login)."""

    def __init__(self, pages: dict[str, Reply]) -> None:
        self.asked: list[tuple[str, str, str]] = []
        owner = self

        class Pages(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                login = self.headers.get("Authorization") or self.headers.get("Proxy-Authorization") or ""
                owner.asked.append((self.command, self.path, login))
                status, headers, body = pages.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET

            def log_message(self, *given: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[[dict[str, Reply]], Index]]:
    left: list[Index] = []

    def one(pages: dict[str, Reply]) -> Index:
        left.append(Index(pages))
        return left[-1]

    yield one
    for index in left:
        index.close()


def hosts(**environ: str) -> set[tuple[str, int]]:
    return set(index_hosts.find_hosts(IndexSettings(environ)))


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"UV_OFFLINE": "1"}, set()),
        ({"UV_NO_INDEX": "1"}, set()),
        ({"UV_DEFAULT_INDEX": "file:///srv/simple"}, set()),
        ({"UV_NO_INDEX": "1", "UV_FIND_LINKS": "/srv/wheels"}, set()),
        (
            {"UV_DEFAULT_INDEX": "file:///srv/simple", "UV_TORCH_BACKEND": "cpu"},
            {"download.pytorch.org", "download-r2.pytorch.org", "pypi.nvidia.com"},
        ),
        (
            {"UV_DEFAULT_INDEX": "file:///srv/simple", "UV_INDEX": "gpu=https://pypi.nvidia.com file:///srv/more"},
            {"pypi.nvidia.com"},
        ),
    ],
)
def test_hosts_of_known_indexes_are_known_without_asking(
    environ: dict[str, str], expected: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_hosts.urllib.request, "build_opener", lambda *given: pytest.fail("somebody was asked"))
    assert hosts(**environ) == {(host, 443) for host in expected}


def test_where_no_index_is_configured_it_is_the_one_that_uv_names(
    serve: Callable[[dict[str, Reply]], Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert index_hosts.default_index().startswith("https://")
    assert index_hosts.index_urls({}) == [index_hosts.default_index()]
    index = serve({"/simple/ruff/": (200, {}, HTML)})
    monkeypatch.setattr(index_hosts, "default_index", lambda: f"{index.url}/simple")
    assert ("cdn.example", 443) in hosts()


HTML = b'<html><base href="https://cdn.example/x/"><a href="a.whl">a</a><a href="https://cdn2.example:8443/b.whl">b</a>'


@pytest.mark.parametrize("form", ["html", "json"])
def test_an_unknown_index_is_looked_at(serve: Callable[[dict[str, Reply]], Index], form: str) -> None:
    data = {"files": [{"url": "https://cdn.example/x/a.whl"}, {"url": "https://cdn2.example:8443/b.whl"}, {"no": 1}]}
    page = HTML if form == "html" else json.dumps(data).encode()
    index = serve({"/simple/pytest/": (200, {}, page)})
    own = ("127.0.0.1", index.port)
    assert hosts(UV_DEFAULT_INDEX=f"{index.url}/simple") == {own, ("cdn.example", 443), ("cdn2.example", 8443)}
    assert [path for _, path, _ in index.asked] == ["/simple/ruff/", "/simple/pytest/"]


def test_redirects_of_pages_and_files_are_followed_without_the_login(
    serve: Callable[[dict[str, Reply]], Index],
) -> None:
    store = serve({"/a.whl": (200, {}, b"x" * 1000)})
    files = serve({"/files/a.whl": (307, {"Location": f"{store.url}/a.whl"}, b"")})
    pages = serve({"/ruff/": (200, {}, f'<a href="{files.url}/files/a.whl">a</a>'.encode())})
    index = serve({"/simple/ruff/": (302, {"Location": f"{pages.url}/ruff/"}, b"")})
    url = index.url.replace("http://", "http://me:pass%20word@")
    found = hosts(UV_DEFAULT_INDEX=f"{url}/simple/")
    assert found == {("127.0.0.1", file.port) for file in (index, pages, files, store)}
    login = "Basic " + base64.b64encode(b"me:pass word").decode()
    assert index.asked == [("GET", "/simple/ruff/", login)]
    assert pages.asked == [("GET", "/ruff/", "")] and store.asked == [("HEAD", "/a.whl", "")]


def test_the_login_of_a_named_index(serve: Callable[[dict[str, Reply]], Index]) -> None:
    index = serve({})
    names = {"UV_INDEX_OUR_OWN_USERNAME": "me", "UV_INDEX_OUR_OWN_PASSWORD": "word"}
    hosts(UV_DEFAULT_INDEX="file:///x", UV_INDEX=f"our-own={index.url}/simple", **names)
    assert {login for _, _, login in index.asked} == {"Basic " + base64.b64encode(b"me:word").decode()}


def test_a_page_of_links_is_looked_at_itself(serve: Callable[[dict[str, Reply]], Index]) -> None:
    index = serve({"/whl/stable.html": (200, {}, HTML)})
    found = hosts(UV_NO_INDEX="1", UV_FIND_LINKS=f"/srv/wheels,{index.url}/whl/stable.html")
    assert found == {("127.0.0.1", index.port), ("cdn.example", 443), ("cdn2.example", 8443)}


def test_a_page_elsewhere_cannot_open_the_loopback(
    serve: Callable[[dict[str, Reply]], Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = ["127.0.0.1:22", "localhost:6379", "a.localhost", "[::1]", "169.254.169.254", "0.0.0.0:80", "cdn.example"]
    links = "".join(f'<a href="http://{url}/x">x</a>' for url in urls)
    proxy = serve({"http://index.example/simple/ruff/": (200, {}, links.encode())})
    environ = {"UV_DEFAULT_INDEX": "http://index.example/simple", "HTTP_PROXY": proxy.url}
    assert hosts(**environ) == {("index.example", 80), ("cdn.example", 80)}


@pytest.mark.parametrize(
    "page", [b"{", b"[]", b"{}", b'{"files": 3}', b"\xff\xfe", b"<a href='http://[::'>", b"[" * 9999]
)
def test_a_page_that_makes_no_sense_leaves_the_index_itself(
    serve: Callable[[dict[str, Reply]], Index], page: bytes
) -> None:
    index = serve({f"/simple/{name}/": (200, {}, page) for name in index_hosts.SAMPLES})
    assert hosts(UV_DEFAULT_INDEX=f"{index.url}/simple") == {("127.0.0.1", index.port)}


def test_an_index_that_does_not_answer_is_asked_once(serve: Callable[[dict[str, Reply]], Index]) -> None:
    index = serve({})
    index.close()
    assert hosts(UV_DEFAULT_INDEX=f"{index.url}/simple") == {("127.0.0.1", index.port)}


def test_an_unknown_index_is_asked_through_the_users_proxy(serve: Callable[[dict[str, Reply]], Index]) -> None:
    proxy = serve({"http://index.example/simple/ruff/": (200, {}, HTML)})
    environ = {"UV_DEFAULT_INDEX": "http://index.example/simple", "HTTP_PROXY": proxy.url}
    assert hosts(**environ) == {("index.example", 80), ("cdn.example", 443), ("cdn2.example", 8443)}


def test_hosts_are_found_once_a_session(serve: Callable[[dict[str, Reply]], Index]) -> None:
    index = serve({"/simple/ruff/": (200, {}, HTML)})
    egress = IndexProxy(IndexSettings({"UV_DEFAULT_INDEX": f"{index.url}/simple"}), ("github.com", "[fd00::1]:8080"))
    assert index.asked == [], "not before they are needed"
    found = egress.hosts
    asked = len(index.asked)
    assert egress.hosts == found and len(index.asked) == asked > 0
    assert {("github.com", 443), ("github.com", 80), ("fd00::1", 8080), ("cdn.example", 443)} < found
    assert described(egress) == f"127.0.0.1:{index.port}, cdn.example, cdn2.example:8443, fd00::1:8080, github.com"


@pytest.mark.parametrize(
    "word",
    ["https://github.com", "github.com/x", "*.example", "a b", "", "host:0", "host:99999", "me@host", "fd00::1"],
)
def test_what_is_no_host_is_a_usage_error(word: str) -> None:
    with pytest.raises(UsageError, match="is not a host"):
        index_hosts.parse_hosts([word])


def test_the_users_proxies_stay_outside() -> None:
    environ = {
        "HTTPS_PROXY": "http://me:word@proxy.example:8080",
        "no_proxy": ".inside.example",
        "HOME": "/nonexistent",
    }
    index = read_index(environ, system=Path("/nonexistent"))
    assert upstream_settings(index) == {"https": environ["HTTPS_PROXY"], "no": ".inside.example"}
    seen = proxy_environment()
    assert seen["https_proxy"] == seen["ALL_PROXY"] == "http://127.0.0.1:3128" and seen["NO_PROXY"] == ""
    assert {name.upper() for name in index.environment if name.lower().endswith("_proxy")} <= set(seen)


def test_refusals_are_read_from_what_a_command_printed() -> None:
    said = noted("error: no", {("github.com", 443): None, ("::1", 8080): None, ("github.com", 80): None})
    assert said.startswith("error: no\n[p2c: refused: github.com:443 ") and refused_hosts(said) == (
        "github.com",
        "::1:8080",
    )
    assert noted("as it was", {}) == "as it was" and refused_hosts("refused: github.com:443") == ()


def test_a_command_that_never_got_its_way_out_is_a_failing_sandbox(tmp_path: Path) -> None:
    with IndexProxy(IndexSettings({"UV_OFFLINE": "1"})).open("/usr/bin/python3") as link:
        time.sleep(0)
    with pytest.raises(SandboxError, match="could not be opened in the sandbox: no python"):
        check_made(link, "no python")


@pytest.mark.sandbox
def test_the_users_proxy_is_chained_and_its_login_stays_outside(
    opened: Open, cache: Path, serve: Callable[[dict[str, Reply]], Index], tmp_path: Path
) -> None:
    opened().close()
    write_wheel(tmp_path, "demo", "2.0")
    [wheel] = tmp_path.iterdir()
    page = f'<a href="http://files.example/{wheel.name}">{wheel.name}</a>'.encode()
    pages = {f"http://files.example/{wheel.name}": (200, {}, wheel.read_bytes())}
    for name in ("demo", "ruff"):
        pages[f"http://index.example/simple/{name}/"] = (200, {"Content-Type": "text/html"}, page)
    proxy = serve(pages)
    address = proxy.url.replace("http://", "http://me:word-4711@")
    environ = {"HOME": "/nonexistent", "UV_DEFAULT_INDEX": "http://index.example/simple", "http_proxy": address}
    sandbox = begin(LocalSandbox(SandboxOptions(cache=cache), environ))
    try:
        done = install(sandbox, "demo")
        assert done.ok, done.stderr
        shown = sandbox.exec(Command(("env",), 10)).stdout
    finally:
        sandbox.close()
    assert "word-4711" not in shown and "HTTP_PROXY=http://127.0.0.1:3128" in shown
    login = "Basic " + base64.b64encode(b"me:word-4711").decode()
    assert ("GET", "http://index.example/simple/demo/", login) in proxy.asked
    assert ("GET", f"http://files.example/{wheel.name}", login) in proxy.asked


@pytest.mark.sandbox
@pytest.mark.parametrize("allow", [(), ("127.0.0.1:{port}",)])
def test_a_host_that_the_user_names_is_reached(
    opened: Open, cache: Path, serve: Callable[[dict[str, Reply]], Index], tmp_path: Path, allow: tuple[str, ...]
) -> None:
    opened().close()
    write_wheel(tmp_path, "demo", "2.0")
    [wheel] = tmp_path.iterdir()
    other = serve({f"/{wheel.name}": (200, {}, wheel.read_bytes())})
    named = tuple(word.format(port=other.port) for word in allow)
    environ = {"HOME": "/nonexistent", "UV_DEFAULT_INDEX": "file:///nonexistent"}
    sandbox = begin(LocalSandbox(SandboxOptions(cache=cache, allow_hosts=named), environ))
    try:
        done = install(sandbox, f"demo @ {other.url}/{wheel.name}")
    finally:
        sandbox.close()
    assert done.ok is bool(allow), done.stderr
    assert refused_hosts(done.stderr) == (() if allow else (f"127.0.0.1:{other.port}",))
    assert bool(other.asked) is bool(allow)


@pytest.mark.sandbox
def test_a_command_that_installs_ends_as_any_other(opened: Open) -> None:
    before = set(threading.enumerate())  # other tests of this process share sandboxes, which have threads of their own
    sandbox = opened()
    status = Command(("grep", "-E", "^Sig(Ign|Blk)|^Cap|^NoNew|^Seccomp|^Uid", "/proc/self/status"), 30)
    as_ever = sandbox.exec(status).stdout
    sandbox.set_network("install")

    def ended(*words: str, timeout: float = 30) -> tuple[int | None, str, str]:
        done = sandbox.exec(Command(words, timeout))
        return done.exit_code, done.stdout, done.stderr

    assert ended("sh", "-c", "echo out; echo err >&2; exit 3") == (3, "out\n", "err\n")
    assert ended("sh", "-c", "kill -9 $$")[0] == 137 and ended("sh", "-c", "kill -15 $$")[0] == 143
    assert ended("nothing-of-this-name") == (127, "", "nothing-of-this-name: No such file or directory\n")
    assert ended("/etc")[0] == 126
    assert ended("sh", "-c", "yes | head -1; trap")[:2] == (0, "y\n"), "signals are as a shell expects them"
    assert "SigIgn" in as_ever and sandbox.exec(status).stdout == as_ever
    assert ended("ls", "/proc/self/fd")[1].split() == ["0", "1", "2", "3"]
    late = sandbox.exec(Command(("sh", "-c", "echo begun; sleep 60"), 1.5))
    assert late.timed_out and late.exit_code is None and late.stdout == "begun\n"
    for one in set(threading.enumerate()) - before:
        one.join(30)
        assert not one.is_alive(), one.name


@pytest.mark.sandbox
def test_installs_side_by_side_have_each_a_way_out(
    opened: Open, cache: Path, serve: Callable[[dict[str, Reply]], Index]
) -> None:
    opened().close()
    index = serve({"/simple/x": (200, {}, b"x")})
    sandbox = LocalSandbox(SandboxOptions(cache=cache), {"HOME": "/x", "UV_DEFAULT_INDEX": f"{index.url}/simple"})
    sandbox.set_network("install")
    program = "import os, urllib.request as r; print(r.urlopen(os.environ['UV_DEFAULT_INDEX'] + '/x').status)"
    said: list[str] = []
    work = lambda: said.append(sandbox.exec(Command(("python3", "-c", program), 60)).stdout)  # noqa: E731
    threads = [threading.Thread(target=work) for _ in range(4)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sandbox.close()
    assert said == ["200\n"] * 4


@pytest.mark.sandbox
@pytest.mark.index
def test_plain_pip_installs_from_the_index(opened: Open) -> None:
    sandbox = opened()
    sandbox.set_network("install")
    scratch = sandbox.places.scratch
    brought = uv(sandbox, "pip", "install", "--target", f"{scratch}/pip", "pip")
    assert brought.ok, brought.stderr
    words = ("-m", "pip", "install", "--no-deps", "--target", f"{scratch}/out", "six")
    done = sandbox.exec(Command(("python3", *words), 120, {"PYTHONPATH": f"{scratch}/pip"}))
    assert done.ok and sandbox.get(f"{scratch}/out/six.py"), done.stderr
