"""Which hosts the user's package indexes need: their own, and those where they keep the files."""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import json
import re
import ssl
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from http.client import HTTPException, HTTPMessage
from importlib.resources import files
from typing import IO
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from p2c import host_processes
from p2c.errors import UsageError
from p2c.sandboxes.environments.index_settings import IndexSettings
from p2c.sandboxes.in_sandbox._p2c_http import RequestDenied, canonical_host, is_address, parse_authority
from p2c.sandboxes.in_sandbox._p2c_upstream import bypasses

Address = tuple[str, int]
_DEFAULT_INDEX = re.compile(r"default package index \(by default: <(https?://[^>\s]+)>")
"""Where uv's help names the index that it asks where none is configured."""
PYTORCH = "https://download.pytorch.org/whl"
"""Where uv looks for PyTorch when it is told which builds (UV_TORCH_BACKEND)."""
PORTS = {"http": 80, "https": 443}
SAMPLES = ("ruff", "pytest", "pip")
"""Packages that an index is likely to have: p2c's own tools."""
ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
SECONDS = 10.0
PAGE_LIMIT = 4 << 20
"""Time and bytes for one page of an index; only where its links lead is wanted of it, and the first ones tell that."""


def parse_hosts(words: Iterable[str]) -> frozenset[Address]:
    """Return what HOST or HOST:PORT means (without a port: those of http and https); raises UsageError."""
    addresses: set[Address] = set()
    for word in words:
        try:
            addresses.add(parse_authority(word, PORTS["https"]))
            if not re.search(r"(?<!:):\d+$|\]:\d+$", word):
                addresses.add(parse_authority(word, PORTS["http"]))
        except RequestDenied:
            raise UsageError(
                f"{word!r} is not a host", "Write HOST or HOST:PORT, without a scheme or a path."
            ) from None
    return frozenset(addresses)


@cache
def default_index() -> str:
    """Return the index that uv asks where none is configured, as uv says it; '' where it does not say."""
    help_text = host_processes.run(
        [host_processes.installed_tool("uv"), "pip", "install", "--help"], capture_output=True
    )
    match = _DEFAULT_INDEX.search(" ".join(help_text.stdout.decode("utf-8", "replace").split()))
    return match[1] if match else ""


def index_urls(environment: Mapping[str, str]) -> list[str]:
    """Return the addresses that uv is set up to ask, logins included."""
    if environment.get("UV_OFFLINE", "").lower() in {"1", "true", "yes", "on"}:
        return []
    words = environment.get("UV_FIND_LINKS", "").split(",")
    if not environment.get("UV_NO_INDEX"):
        words += [environment.get("UV_DEFAULT_INDEX") or default_index(), *environment.get("UV_INDEX", "").split()]
        words += [PYTORCH] if environment.get("UV_TORCH_BACKEND") else []
    bare = (re.sub(r"^[\w.-]+=", "", word.strip()) for word in words)
    return [url for url in bare if urlsplit(url).scheme in PORTS]


def address_of(url: str) -> Address | None:
    """Return host and port of an http or https address; None for any other."""
    try:
        parts = urlsplit(url)
        if parts.scheme in PORTS and parts.hostname:
            return canonical_host(parts.hostname), parts.port or PORTS[parts.scheme]
    except ValueError:
        pass
    return None


def find_hosts(index: IndexSettings) -> frozenset[Address]:
    """Return the hosts of all indexes; one that is not in the table is asked for a page, and never fails here."""
    known = _table()
    addresses: set[Address] = set()
    for url in index_urls(index.environment):
        address = address_of(url)
        if address is None:
            continue
        addresses.add(address)
        if address[0] in known:
            addresses |= {(host, PORTS["https"]) for host in known[address[0]]}
        else:
            addresses |= _Visit(index, url).hosts(is_page=url in index.environment.get("UV_FIND_LINKS", "").split(","))
    return frozenset(addresses)


def _table() -> Mapping[str, list[str]]:
    rows = tomllib.loads(files(__package__).joinpath("index_hosts.toml").read_text(encoding="utf-8"))["index"]
    return {row["host"]: row["files"] for row in rows}


@dataclass
class _Visit:
    """One index that is looked at: where its page leads, and where a file that it links to does."""

    index: IndexSettings
    url: str
    _seen: set[Address] = field(default_factory=set)

    def hosts(self, is_page: bool) -> set[Address]:
        links = []
        with contextlib.suppress(OSError, ValueError, HTTPException, RecursionError):
            pages = [self.url] if is_page else [f"{self.url.rstrip('/')}/{name}/" for name in SAMPLES]
            links = next(filter(None, map(self._links, pages)), [])
            if links:
                self._ask(links[0], "HEAD")
        self._seen |= {address for link in links if (address := address_of(link))}
        own = address_of(self.url)
        local = bool(own and _is_local(own[0]))
        return {address for address in self._seen if local or not _is_local(address[0])}

    def _links(self, page: str) -> list[str]:
        """Return what a page of an index links to; nothing for one that is not there."""
        try:
            url, data = self._ask(page, "GET")
        except urllib.error.HTTPError:
            return []
        text = data.decode("utf-8", "replace")
        if text.lstrip().startswith("{"):
            listed = json.loads(text).get("files")
            rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
            return [urljoin(url, str(row["url"])) for row in rows if "url" in row]
        reader = _Anchors()
        reader.feed(text)
        return [urljoin(urljoin(url, reader.base), link) for link in reader.links]

    def _ask(self, url: str, method: str) -> tuple[str, bytes]:
        bare, login = _without_login(urlsplit(url), self.index.environment)
        request = urllib.request.Request(bare, method=method, headers={"Accept": ACCEPT, "User-Agent": "p2c"})
        if login and address_of(url) == address_of(self.url):
            request.add_unredirected_header("Authorization", login)
        with self._opener().open(request, timeout=SECONDS) as answer:
            return answer.url, answer.read(PAGE_LIMIT)

    def _opener(self) -> urllib.request.OpenerDirector:
        environment = self.index.environment
        proxies = {
            name[:-6].lower(): environment[name] for name in ("HTTP_PROXY", "HTTPS_PROXY") if name in environment
        }
        for scheme in PORTS if environment.get("ALL_PROXY") else ():
            proxies.setdefault(scheme, environment["ALL_PROXY"])
        own = address_of(self.url)
        if own and bypasses(environment.get("NO_PROXY", ""), *own):
            proxies = {}
        context = ssl.create_default_context(cafile=self.index.certificate)
        if own and own[0] in re.split(r"[\s:]", environment.get("UV_INSECURE_HOST", "")):
            context = ssl._create_unverified_context()  # as the user has said for this host
        return urllib.request.build_opener(
            urllib.request.ProxyHandler(proxies), urllib.request.HTTPSHandler(context=context), _Redirects(self._seen)
        )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Notes where an answer leads."""

    def __init__(self, seen: set[Address]) -> None:
        self._seen = seen

    def redirect_request(  # noqa: PLR0913  (urllib's own)
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        address = address_of(newurl)
        if address:
            self._seen.add(address)
        redirected = super().redirect_request(req, fp, code, msg, headers, newurl)
        if redirected is not None:
            redirected.method = req.get_method()  # a HEAD that became a GET would fetch the file
        return redirected


class _Anchors(HTMLParser):
    """The links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href")
        if target and tag == "a":
            self.links.append(target)
        elif target and tag == "base":
            self.base = target


def _without_login(parts: SplitResult, environment: Mapping[str, str]) -> tuple[str, str]:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    for word in [environment.get("UV_DEFAULT_INDEX", ""), *environment.get("UV_INDEX", "").split()]:
        name, is_named, url = word.partition("=")
        if is_named and not user and bare.startswith(url) and re.fullmatch(r"[\w.-]+", name):
            key = "UV_INDEX_" + re.sub(r"[^A-Z0-9]", "_", name.upper())
            user, password = environment.get(f"{key}_USERNAME", ""), environment.get(f"{key}_PASSWORD", "")
    login = base64.b64encode(f"{user}:{password}".encode()).decode() if user or password else ""
    return bare, login and f"Basic {login}"


def _is_local(host: str) -> bool:
    if not is_address(host):
        return host == "localhost" or host.endswith(".localhost")
    address = ipaddress.ip_address(host)
    return address.is_loopback or address.is_link_local or address.is_unspecified
