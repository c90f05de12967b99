from __future__ import annotations

import gzip
import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from p2c.errors import InputError, UnavailableError
from p2c.generator.readers import ReadOptions, read_paper
from p2c.generator.readers.arxiv import parse_id, unpack
from tests.generator.readers.pdf.test_pdf import two_pages
from tests.generator.readers.pdfs import write_pdf

MAIN = b"\\documentclass{article}\\begin{document}\\section{One}The rate is \\input{rate}.\\end{document}"
FEED = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/abs/x</id>
<published>2017-06-12T17:57:34Z</published><title>A Title
  from the Feed</title><summary> Its abstract. </summary></entry></feed>"""
NOT_FOUND = '<feed xmlns="http://www.w3.org/2005/Atom"></feed>'


@dataclass
class Arxiv:
    """A local arXiv: what it answers to each path, and what it was asked."""

    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""
    slept: list[float] = field(default_factory=list)
    now: float = 1000.0

    def options(self, cache: Path) -> ReadOptions:
        return ReadOptions(cache=cache, arxiv_url=self.url, timeout=5, sleep=self.sleep, clock=lambda: self.now)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    state = Arxiv()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            code, body = state.answers.get(self.path.partition("?")[0], (404, b""))
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    state.answers["/api/query"] = (200, FEED.encode())
    yield state
    server.shutdown()
    server.server_close()


def tar(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def pdf(folder: Path) -> bytes:
    return write_pdf(folder / "x.pdf", two_pages()).read_bytes()


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("1706.03762", "1706.03762"),
        ("1706.03762v2", "1706.03762v2"),
        ("arXiv:1706.03762", "1706.03762"),
        ("cs/0112017", "cs/0112017"),
        ("math.GT/0309136v1", "math.GT/0309136v1"),
        ("https://arxiv.org/abs/1706.03762v2", "1706.03762v2"),
        ("http://www.arxiv.org/pdf/1706.03762v2.pdf", "1706.03762v2"),
        ("https://arxiv.org/abs/cs/0112017", "cs/0112017"),
        ("arxiv.org/pdf/1706.03762?download=1", "1706.03762"),
        ("paper.pdf", ""),
        ("12.34", ""),
        ("https://example.org/abs/1706.03762", ""),
    ],
)
def test_ids(text: str, identifier: str) -> None:
    assert parse_id(text) == identifier


@pytest.mark.parametrize("mode", ["w:gz", "w"])
def test_source_is_preferred_and_the_feed_gives_title_and_date(arxiv: Arxiv, tmp_path: Path, mode: str) -> None:
    arxiv.answers["/e-print/1706.03762v2"] = (200, tar({"main.tex": MAIN, "rate.tex": b"0.003"}, mode))
    paper = read_paper("arXiv:1706.03762v2", arxiv.options(tmp_path))
    assert (paper.title, paper.date, paper.source) == ("A Title from the Feed", "2017-06-12", "latex")
    assert (paper.id, paper.abstract) == ("1706-03762v2", "Its abstract.")
    assert paper.sections[0].text == "The rate is 0.003."
    assert arxiv.asked[0].startswith("/api/query?id_list=1706.03762v2")


def test_a_single_gzipped_file_is_read(arxiv: Arxiv, tmp_path: Path) -> None:
    arxiv.answers["/e-print/cs/0112017"] = (200, gzip.compress(MAIN.replace(b"\\input{rate}", b"0.1")))
    assert "The rate is 0.1." in read_paper("cs/0112017", arxiv.options(tmp_path)).text


def test_a_pdf_instead_of_source_is_read_and_said(arxiv: Arxiv, tmp_path: Path) -> None:
    arxiv.answers["/e-print/1706.03762"] = (200, pdf(tmp_path))
    paper = read_paper("1706.03762", arxiv.options(tmp_path / "cache"))
    assert paper.source == "pdf" and "learning rate is 0.003" in paper.text
    assert any("its PDF was read" in note for note in paper.notes)


@pytest.mark.parametrize(
    "source", [b"\x1f\x8bbroken", b"<html>", tar({"readme.txt": b"no paper"}), tar({"main.tex": MAIN})]
)
def test_a_source_that_cannot_be_read_gives_way_to_the_pdf(arxiv: Arxiv, tmp_path: Path, source: bytes) -> None:
    arxiv.answers["/e-print/1706.03762"] = (200, source)
    arxiv.answers["/pdf/1706.03762"] = (200, pdf(tmp_path))
    paper = read_paper("1706.03762", arxiv.options(tmp_path / "cache"))
    assert paper.source == "pdf" and "Its source can't be read" in paper.notes[-1]


def test_nothing_is_fetched_twice(arxiv: Arxiv, tmp_path: Path) -> None:
    arxiv.answers["/e-print/1706.03762"] = (200, tar({"main.tex": MAIN, "rate.tex": b"1"}))
    first = read_paper("1706.03762", arxiv.options(tmp_path))
    asked = list(arxiv.asked)
    assert read_paper("https://arxiv.org/abs/1706.03762", arxiv.options(tmp_path)) == first
    assert arxiv.asked == asked and len(asked) == 2


def test_requests_are_three_seconds_apart(arxiv: Arxiv, tmp_path: Path) -> None:
    arxiv.answers["/e-print/1706.03762"] = (200, tar({"main.tex": MAIN, "rate.tex": b"1"}))
    read_paper("1706.03762", arxiv.options(tmp_path))
    assert arxiv.slept == [3.0], "the first needs no wait, the second waits its full turn"
    arxiv.now += 1
    arxiv.answers["/e-print/1706.03763"] = arxiv.answers["/e-print/1706.03762"]
    read_paper("1706.03763", arxiv.options(tmp_path))
    assert arxiv.slept == [3.0, 2.0, 3.0]


def test_a_paper_that_arxiv_does_not_have_is_an_input_error(arxiv: Arxiv, tmp_path: Path) -> None:
    arxiv.answers["/api/query"] = (200, NOT_FOUND.encode())
    with pytest.raises(InputError, match=r"arXiv has no paper '9999\.99999'"):
        read_paper("9999.99999", arxiv.options(tmp_path))
    arxiv.answers["/api/query"] = (200, FEED.encode())
    with pytest.raises(InputError, match="HTTP 404"):
        read_paper("9999.99999", arxiv.options(tmp_path))


@pytest.mark.parametrize("answer", [(503, b""), (429, b""), (200, b"<html>log in"), (200, b"<!DOCTYPE x><feed/>")])
def test_arxiv_in_trouble_is_the_runners_fault(arxiv: Arxiv, tmp_path: Path, answer: tuple[int, bytes]) -> None:
    arxiv.answers["/api/query"] = answer
    with pytest.raises(UnavailableError) as error:
        read_paper("1706.03762", arxiv.options(tmp_path))
    assert error.value.exit_code == 3
    assert not list(tmp_path.rglob("metadata.xml")), "a bad answer is not kept"


def test_no_network_is_the_runners_fault(tmp_path: Path) -> None:
    options = ReadOptions(cache=tmp_path, arxiv_url="http://127.0.0.1:9", timeout=2)
    with pytest.raises(UnavailableError, match="can't be reached"):
        read_paper("1706.03762", options)


def test_an_archive_cannot_write_outside_its_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lies outside of it"):
        unpack(tar({"../evil.tex": MAIN}), tmp_path / "deep" / "source")
    assert not list(tmp_path.rglob("evil.tex"))


def test_links_in_an_archive_are_left_out(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        link = tarfile.TarInfo("passwd.tex")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        info = tarfile.TarInfo("main.tex")
        info.size = len(MAIN)
        archive.addfile(info, io.BytesIO(MAIN))
    unpack(out.getvalue(), tmp_path / "source")
    assert [path.name for path in (tmp_path / "source").iterdir()] == ["main.tex"]
