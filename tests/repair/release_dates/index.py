"""A package index of tiny wheels on loopback: JSON with upload times (PEP 700), or a page without any (PEP 503)."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Releases = Mapping[str, Mapping[str, tuple[str, str]]]
"""Name -> version -> (the module's text, the ISO date on which it came out, '' for none)."""


def wheel(name: str, version: str, text: str) -> bytes:
    """Return a wheel that holds one module of the distribution's name."""
    held = io.BytesIO()
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(f"{name}.py", text)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: own\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return held.getvalue()


@contextmanager
def serving(releases: Releases) -> Iterator[str]:
    """Serve these releases; yield the index's address."""
    files = {f"{name}-{version}-py3-none-any.whl": wheel(name, version, text)
             for name, versions in releases.items() for version, (text, _) in versions.items()}  # fmt: skip

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            last = self.path.strip("/").rpartition("/")[2]
            if last in files:
                self._answer("application/octet-stream", files[last])
            elif last in releases:
                self._answer("application/vnd.pypi.simple.v1+json", page(last, releases[last]))
            else:
                self.send_error(404)

        def _answer(self, kind: str, data: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(data)

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/simple"
    finally:
        server.shutdown()
        server.server_close()


def page(name: str, versions: Mapping[str, tuple[str, str]]) -> bytes:
    """Return a project's page."""
    rows = []
    for version, (_, day) in versions.items():
        file = f"{name}-{version}-py3-none-any.whl"
        rows.append({"filename": file, "url": f"/{file}", "hashes": {}, "size": 1})
        if day:
            rows[-1]["upload-time"] = f"{day}T00:00:00Z"
    found = {"meta": {"api-version": "1.1"}, "name": name, "versions": list(versions), "files": rows}
    return json.dumps(found).encode()
