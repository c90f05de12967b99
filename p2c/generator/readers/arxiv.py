"""arXiv: the source of a paper where there is one, otherwise its PDF; kept on disk, fetched politely."""

from __future__ import annotations

import http.client
import os
import re
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree

from p2c.errors import InputError, UnavailableError
from p2c.files import write_bytes_whole
from p2c.generator.paper import Paper
from p2c.generator.readers.archives import unpack
from p2c.generator.readers.local_files import read_local
from p2c.generator.readers.metadata import iso_date
from p2c.locks import exclusive

if TYPE_CHECKING:
    from p2c.generator.readers import ReadOptions

MOST_BYTES = 100_000_000
_NEW = r"\d{4}\.\d{4,5}(?:v\d+)?"
_OLD = r"[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?"
_ID = re.compile(
    rf"(?:arxiv:\s*|(?:https?://)?(?:[\w.]+\.)?arxiv\.org/(?:abs|pdf|src|e-print|html|format)/)?"
    rf"(?P<id>{_NEW}|{_OLD})(?:\.pdf)?/?(?:[?#].*)?",
    re.IGNORECASE,
)
_ATOM = {"a": "http://www.w3.org/2005/Atom"}
Kind = Literal["source", "pdf"]


def parse_id(text: str) -> str:
    """The arXiv id in an id, `arXiv:` id or arXiv URL, with its version where it has one; empty for anything else."""
    match = _ID.fullmatch(text.strip())
    return match["id"] if match else ""


def read_arxiv(identifier: str, options: ReadOptions) -> Paper:
    """Fetch and read a paper by its id; raises InputError (not on arXiv, unreadable) or UnavailableError."""
    store = _Store(identifier, options)
    title, date, abstract = store.metadata()
    paper, note = store.read()
    notes = (*paper.notes, *([note] if note else []))
    return replace(
        paper,
        id=re.sub(r"\W+", "-", identifier),
        title=title or paper.title,
        abstract=paper.abstract or abstract,
        date=date or paper.date,
        notes=notes,
    )


class _Store:
    """One paper's place in the cache, and how it is filled."""

    def __init__(self, identifier: str, options: ReadOptions) -> None:
        self.identifier = identifier
        self.options = options
        self.folder = options.papers / re.sub(r"[^\w.-]+", "_", identifier)
        self.base = options.arxiv_url.rstrip("/")

    def metadata(self) -> tuple[str, str, str]:
        """Title, date and abstract from the Atom feed; raises InputError where arXiv has no such paper."""
        file = self.folder / "metadata.xml"
        if not file.is_file():
            data = self._get(f"{self.base}/api/query?id_list={self.identifier}&max_results=1")
            _entry(data, self.identifier)
            _write(file, data)
        entry = _entry(file.read_bytes(), self.identifier)
        words = {name: " ".join((entry.findtext(f"a:{name}", "", _ATOM)).split()) for name in ("title", "summary")}
        return words["title"], iso_date(entry.findtext("a:published", "", _ATOM)[:10]), words["summary"]

    def read(self) -> tuple[Paper, str]:
        """The paper, and a note where it is its PDF that was read."""
        try:
            kind, data = self._source()
        except InputError as error:
            return read_local(self._pdf()), f"arXiv has no source of it ({error.message}); its PDF was read."
        if kind == "pdf":
            return read_local(self._pdf(data)), "arXiv has no source of it; its PDF was read."
        folder = self.folder / "source"
        try:
            if not folder.is_dir():
                unpack(data, folder)
            return read_local(folder, main=self.options.main), ""
        except InputError as error:
            return read_local(self._pdf()), f"Its source can't be read ({error.message}); its PDF was read."

    def _source(self) -> tuple[Kind, bytes]:
        file = self.folder / "e-print"
        if not file.is_file():
            _write(file, self._get(f"{self.base}/e-print/{self.identifier}"))
        data = file.read_bytes()
        return ("pdf", data) if data.startswith(b"%PDF-") else ("source", data)

    def _pdf(self, data: bytes = b"") -> Path:
        file = self.folder / "paper.pdf"
        if not file.is_file():
            _write(file, data or self._get(f"{self.base}/pdf/{self.identifier}"))
        return file

    def _get(self, url: str) -> bytes:
        _take_turn(self.options)
        request = urllib.request.Request(url, headers={"User-Agent": "p2c (paper reader)"})
        try:
            with urllib.request.urlopen(request, timeout=self.options.timeout) as response:
                data: bytes = response.read(MOST_BYTES + 1)
        except urllib.error.HTTPError as error:
            if error.code in (400, 404, 410):
                raise InputError(f"arXiv has nothing at {url} (HTTP {error.code})", "Check the arXiv id.") from error
            raise UnavailableError(f"arXiv answered HTTP {error.code} to {url}", "Try again later.") from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            hint = "Check the network, or give the paper as a file."
            raise UnavailableError(f"arXiv can't be reached at {url}: {reason}", hint) from error
        if len(data) > MOST_BYTES:
            raise InputError(f"{url} is larger than {MOST_BYTES // 1_000_000} MB", "Give the paper as a file.")
        return data


def _take_turn(options: ReadOptions) -> None:
    """Wait until the interval since the last request is over: across threads and processes, by a file in the cache."""
    file = options.papers / "last-request"
    with exclusive(file) as turn:
        stamp = os.pread(turn, 100, 0).decode("ascii", "replace").strip()
        since = options.clock() - float(stamp) if re.fullmatch(r"\d+\.\d+", stamp) else options.interval
        if 0 <= since < options.interval:
            options.sleep(options.interval - since)
        os.ftruncate(turn, 0)
        os.pwrite(turn, f"{options.clock():.3f}".encode(), 0)


def _write(file: Path, data: bytes) -> None:
    """Whole or not at all, so that a broken download is never read."""
    write_bytes_whole(file, data)


def _entry(feed: bytes, identifier: str) -> ElementTree.Element:
    if b"<!ENTITY" in feed or b"<!DOCTYPE" in feed:
        raise UnavailableError("arXiv's answer is no Atom feed", "Is a login page between here and arXiv?")
    try:
        entry = ElementTree.fromstring(feed).find("a:entry", _ATOM)
    except ElementTree.ParseError as error:
        raise UnavailableError(f"arXiv's answer is no Atom feed ({error})", "Try again later.") from error
    if entry is None or "/api/errors" in entry.findtext("a:id", "", _ATOM):
        raise InputError(f"arXiv has no paper {identifier!r}", "Check the arXiv id.")
    return entry
