"""The page in a real browser: nothing leaves it, nothing runs, and a phone shows all of it."""

from __future__ import annotations

import dataclasses
import html
import json
import re
import shutil
import subprocess
import threading
import unicodedata
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
from pypdf import PdfReader

from p2c.executor.report import CheckResult, Report, to_data
from p2c.reports.comparison import compare
from p2c.reports.file_dependencies import uses_of_plan
from p2c.reports.html import render_html
from p2c.reports.html.comparison import render_comparison
from p2c.reports.outcome import document
from p2c.reports.stored import RelatedFiles
from p2c.reports.verdict_origin import VerdictOrigin
from tests.reports.samples import HOSTILE, events, hostile_events, hostile_outcome, outcome, plan, report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --allow-file-access-from-files"
).split()
PROBE = Path(__file__).with_name("probe.html")
"""A page that frames the report and writes down what it sees of it."""

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


def browse(folder: Path, page: str, *flags: str, width: int = 380) -> dict[str, object]:
    (folder / "page.html").write_text(page, encoding="utf-8")
    (folder / "probe.html").write_text(PROBE.read_text(encoding="utf-8").replace("WIDTH", str(width)), encoding="utf-8")
    command = [
        str(CHROMIUM),
        *FLAGS,
        *flags,
        f"--user-data-dir={folder}/profile",
        "--enable-logging=stderr",
        "--dump-dom",
        f"file://{folder}/probe.html",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    shown = done.stdout
    match = re.search('<pre id="told">(.*?)</pre>', shown, re.DOTALL)
    assert match, shown[:2000]
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return {**json.loads(html.unescape(match.group(1))), "console": console}


def whole(word: str = "") -> str:
    """A page with every part: attempts whose states are known, a plan, a drawing."""
    before, after = report(), Report((CheckResult("smoke", "passed"),))
    states = {"a": to_data(before), "b": to_data(after)}
    uses = {**uses_of_plan(plan(word)), **{f"part_with_a_long_name_{n}.py": ("model.py" + word,) for n in range(9)}}
    beside = RelatedFiles(plan(word), uses, states)
    happened = hostile_events() if word else events()
    return render_html(document(hostile_outcome() if word else outcome()), happened, beside)


def test_a_phone_shows_the_verdict_at_once_and_never_scrolls_sideways(tmp_path):
    seen = browse(tmp_path, whole())

    assert seen["drawn"] == 11
    assert seen["closed"] == seen["opened"] == seen["view"] == 380
    assert seen["verdict"] < 400
    assert seen["hidden"] is True
    assert seen["shown"] is True
    assert seen["ground"] == "rgb(255, 255, 255)"


def test_dark_mode_is_dark(tmp_path):
    seen = browse(tmp_path, whole(), "--blink-settings=preferredColorScheme=0")

    assert seen["ground"] == "rgb(18, 22, 27)"
    assert seen["pale"] == []


def test_everybody_can_read_it(tmp_path):
    seen = browse(tmp_path, whole())

    assert seen["pale"] == []
    assert seen["lang"] == "en"
    assert seen["landmarks"] == [1, 1, 1, 1]
    assert seen["unnamed"] == 0
    levels = [int(heading[1]) for heading in seen["headings"].split()]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("flags", [(), ("--blink-settings=preferredColorScheme=0",)])
def test_what_a_verdict_is_of_can_be_read_and_fits_a_phone(tmp_path, flags):
    origin = VerdictOrigin("ab12" * 10, "cd34" * 16, True, "2026-03-04T05:06:07.089Z", "p2c build " + "x" * 300)
    doc = document(outcome(verdict="runs", origin=origin))
    stale = {**doc, "verdict": None, "state": "interrupted", "last": {**origin.keys, "verdict": "runs", "why": "x"}}

    for page in (render_html(doc, events()), render_html(stale, events())):
        seen = browse(tmp_path, page, *flags)
        assert seen["pale"] == seen["unseen"] == seen["console"] == []
        assert seen["opened"] == seen["view"] == 380


def test_the_keyboard_reaches_every_part_and_shows_where_it_is(tmp_path):
    seen = browse(tmp_path, whole())

    assert seen["stops"] > 10
    assert seen["unseen"] == []


def test_a_wide_screen_offers_removed_and_added_lines_side_by_side(tmp_path):
    wide, narrow = browse(tmp_path, whole(), width=1200), browse(tmp_path, whole())

    assert (wide["offered"], wide["unified"], wide["beside"]) == (True, False, True)
    assert (narrow["offered"], narrow["unified"], narrow["beside"]) == (False, False, False)


def test_a_comparison_fits_a_phone_too(tmp_path):
    comparison = compare(document(hostile_outcome()), document(outcome()), ("one", HOSTILE))
    seen = browse(tmp_path, render_comparison(comparison))

    assert seen["opened"] == seen["view"] == 380
    assert seen["pale"] == seen["unseen"] == seen["console"] == []


def test_on_paper_every_diff_is_there(tmp_path):
    (tmp_path / "page.html").write_text(whole(), encoding="utf-8")
    pdf = tmp_path / "page.pdf"
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={tmp_path}/profile", f"--print-to-pdf={pdf}"]
    subprocess.run([*command, f"file://{tmp_path}/page.html"], capture_output=True, timeout=120, check=True)
    told = "".join(page.extract_text() for page in PdfReader(pdf).pages)
    text = " ".join(unicodedata.normalize("NFKC", told).split())

    assert "-x = np.float(3)" in text
    assert "Sources of the configuration" in text
    assert "Page sections" not in text


def test_hostile_text_neither_runs_nor_loads_nor_widens_the_page(tmp_path, evil):
    address, asked = evil
    page = whole(HOSTILE).replace("https://evil.example/", address)
    assert address in page

    seen = browse(tmp_path, page)

    assert asked == []
    assert seen["console"] == []
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
    assert any("Content Security Policy" in line for line in seen["console"])


def test_the_probe_would_notice_a_page_that_calls_home(tmp_path, evil):
    address, asked = evil

    pale = "<p style='color:#aaa;background:#fff'>pale</p><style>a:focus{outline:none}</style><a href='#x'>there</a>"
    seen = browse(
        tmp_path, f"<!DOCTYPE html><p class=verdict>x<img src='{address}i'>{pale}<h3>x</h3><section></section>"
    )

    assert asked == ["/i"]
    assert [text for _, text in seen["pale"]] == ["pale"]
    assert len(seen["unseen"]) == seen["unnamed"] == 1
