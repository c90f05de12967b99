"""The page in a real browser: nothing leaves it, nothing runs, and a phone shows all of it."""

from __future__ import annotations

import dataclasses
import html
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from p2c.reports.document import document
from p2c.reports.html import render_html
from tests.reports.samples import events, hostile_events, hostile_outcome, outcome

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --allow-file-access-from-files"
).split()
PROBE = """<!DOCTYPE html><title>before</title><iframe width="380" height="800" src="page.html"></iframe>
<pre id="told"></pre><script>
onload = () => {
  const page = document.querySelector("iframe").contentDocument;
  const root = page.documentElement;
  const wide = () => root.scrollWidth;
  const closed = wide();
  const diff = page.querySelector(".diff");
  const hidden = diff ? !diff.checkVisibility() : null;
  page.querySelectorAll("details").forEach(part => part.open = true);
  document.getElementById("told").textContent = JSON.stringify({
    closed, opened: wide(), view: root.clientWidth, title: page.title,
    verdict: page.querySelector(".verdict").getBoundingClientRect().bottom,
    hidden, shown: diff ? diff.checkVisibility() : null,
    ground: getComputedStyle(page.body).backgroundColor,
    scripts: page.scripts.length, images: page.images.length, location: page.location.pathname.split("/").pop(),
  });
};
</script>"""

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")]


@pytest.fixture
def evil() -> Iterator[tuple[str, list[str]]]:
    """A server that nobody should ask anything, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", asked
    server.shutdown()
    server.server_close()


def browse(folder: Path, page: str, *flags: str) -> dict[str, object]:
    (folder / "page.html").write_text(page, encoding="utf-8")
    (folder / "probe.html").write_text(PROBE, encoding="utf-8")
    command = [
        str(CHROMIUM),
        *FLAGS,
        *flags,
        f"--user-data-dir={folder}/profile",
        "--dump-dom",
        f"file://{folder}/probe.html",
    ]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    told = re.search('<pre id="told">(.*?)</pre>', shown, re.DOTALL)
    assert told, shown[:2000]
    return dict(json.loads(html.unescape(told.group(1))))


def test_a_phone_shows_the_verdict_at_once_and_never_scrolls_sideways(tmp_path):
    seen = browse(tmp_path, render_html(document(outcome()), events()))

    assert seen["closed"] == seen["opened"] == seen["view"] == 380
    assert seen["verdict"] < 400
    assert seen["hidden"] is True
    assert seen["shown"] is True
    assert seen["ground"] == "rgb(255, 255, 255)"


def test_dark_mode_is_dark(tmp_path):
    seen = browse(tmp_path, render_html(document(outcome()), events()), "--blink-settings=preferredColorScheme=0")

    assert seen["ground"] == "rgb(18, 22, 27)"


def test_hostile_text_neither_runs_nor_loads_nor_widens_the_page(tmp_path, evil):
    address, asked = evil
    page = render_html(document(hostile_outcome()), hostile_events()).replace("https://evil.example/", address)
    assert address in page

    seen = browse(tmp_path, page)

    assert asked == []
    assert (seen["scripts"], seen["images"], seen["location"]) == (0, 0, "page.html")
    assert seen["opened"] == seen["view"] == 380
    assert seen["verdict"] < 800


def test_even_markup_that_got_in_is_stopped_by_the_policy(tmp_path, evil):
    address, asked = evil
    injected = f"<script>fetch('{address}')</script><img src='{address}i'><style>body{{display:none}}</style></main>"
    page = render_html(document(dataclasses.replace(outcome(), attempts=())), events()).replace("</main>", injected)

    seen = browse(tmp_path, page)

    assert asked == []
    assert seen["verdict"] > 0


def test_the_probe_would_notice_a_page_that_calls_home(tmp_path, evil):
    address, asked = evil

    browse(tmp_path, f"<!DOCTYPE html><p class=verdict>x<img src='{address}i'>")

    assert asked == ["/i"]
