"""A PDF's pages as text: liteparse's Markdown, pypdf where that fails, and an error where neither can read it."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from p2c.errors import InputError
from p2c.generator.readers.pdf.headings import find_candidates
from p2c.generator.readers.pdf.quality import gibberish, too_long

_LIGATURES = {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\u00ad": ""}
_BROKEN = re.compile(r"((?:[^\W_]+ )?)\b([A-Za-z][a-z]+)\ufffe([a-z]{2,}(?:-[a-z]+)*)(?=((?: [a-z]+)?))")
"""A word broken at a hyphen, with the words around it."""
_FETCH = "Fetch the file again, or give the paper's LaTeX or arXiv id."


@dataclass(frozen=True)
class Page:
    """A page: Markdown in reading order, its lines as they stand, and its text as laid out (one-column pages only)."""

    number: int
    markdown: str
    lines: tuple[str, ...] = ()
    layout: str = ""


@dataclass(frozen=True)
class Extract:
    """The pages, the title (empty where none stands out), and notes."""

    pages: tuple[Page, ...]
    title: str = ""
    notes: tuple[str, ...] = ()


def extract(path: Path, password: str = "") -> Extract:
    """Read a PDF's text; raises InputError for what is no PDF, is damaged, or needs a password."""
    check_bytes(path)
    try:
        text = _by_liteparse(path, password)
    except _Unreadable:
        return by_pypdf(path, password)
    texts = [page.markdown for page in text.pages]
    if too_long(texts) or gibberish("\n".join(texts)):
        try:
            return by_pypdf(path, password)
        except InputError:
            return text
    return text


class _Unreadable(Exception):
    """liteparse can't read this file; pypdf may."""


def check_bytes(path: Path) -> None:
    """Raise InputError for what is no whole PDF."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from error
    if not data.strip():
        raise InputError(f"{path} is empty (0 bytes of content)", _FETCH)
    if b"%PDF-" not in data[:1024]:
        head = data[:512].lstrip().lower()
        kind = "a web page saved as .pdf" if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")) else "no PDF"
        raise InputError(f"{path} is {kind}: it does not begin as a PDF does", _FETCH)
    if b"%%EOF" not in data[-4096:] and not data.rstrip(b"\0").rstrip().endswith(b"%%EOF"):
        raise InputError(f"{path} is cut off: the end of the PDF is missing after {len(data):,} bytes", _FETCH)


def _by_liteparse(path: Path, password: str) -> Extract:
    from liteparse import LiteParse, ParseError

    parser = LiteParse(
        ocr_enabled=False, output_format="markdown", quiet=True, image_mode="off", extract_links=False,
        include_complexity=True, skip_diagonal_text=True, password=password or None,
    )  # fmt: skip
    try:
        result = parser.parse(str(path))
    except ParseError as error:
        if "password" in str(error).lower():
            raise _locked(path, password) from error
        raise _Unreadable(str(error)) from error
    except (RuntimeError, ValueError, OSError) as error:
        raise _Unreadable(str(error)) from error
    lines, meta_title = _pdfium_text(path, password)
    whole = restore_hyphens(
        [page.markdown for page in result.pages], [line for some in lines.values() for line in some]
    )
    pages = tuple(
        Page(page.page_num, text, lines.get(page.page_num, ()), page.text if _columns(page) == 1 else "")
        for page, text in zip(result.pages, whole, strict=True)
    )
    if not pages:
        raise _Unreadable("no pages")
    notes = tuple(f"Page {error.page_num} could not be read: {error.message}" for error in result.page_errors)
    return Extract(pages, meta_title or _largest_line(result.pages[0]), notes)


def _locked(path: Path, password: str) -> InputError:
    if password:
        return InputError(f"{path} is encrypted and the password given does not open it", "Check --password.")
    return InputError(f"{path} is encrypted and needs a password", "Give it with --password.")


def _columns(page: Any) -> int:
    layout = page.complexity.layout if page.complexity else None
    return layout.column_count if layout else 1


def _pdfium_text(path: Path, password: str) -> tuple[dict[int, tuple[str, ...]], str]:
    """Each page's lines as pdfium breaks them, and the title in the metadata where page 1 shows it."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path, password=password or None)
    except pypdfium2.PdfiumError:
        return {}, ""
    try:
        texts = [page.get_textpage().get_text_range() for page in document]
        title = " ".join(document.get_metadata_value("Title").split())
    finally:
        document.close()
    lines = {number: tuple(text.split("\r\n")) for number, text in enumerate(texts, 1)}
    shown = " ".join(texts[0].replace("\ufffe", "").split()).lower() if texts else ""
    return lines, title if " " in title and title.lower() in shown else ""


def _largest_line(page: Any) -> str:
    """The title: the upright words in the largest type of the upper page, and the lines like them that follow."""
    items = [item for item in page.text_items if item.rotation == 0 and item.y < 0.6 * page.height and item.font_size]
    items = [item for item in items if len(item.text.strip()) > 1]
    if not items:
        return ""
    largest = max(item.font_size for item in items)
    start = next(index for index, item in enumerate(items) if item.font_size == largest)
    words = items[start].text.strip()
    for before, item in zip(items[start:], items[start + 1 :], strict=False):
        if item.font_size < 0.75 * largest or item.y - before.y > 2.5 * largest:
            break
        words = _join(words, item.text.strip())
    return words if largest > 10.5 else ""


def _join(words: str, more: str) -> str:
    """Two lines as one; a word broken at a hyphen is made whole."""
    broken = (re.search(r"[A-Z]-$", words) and more[:1].isupper()) or (
        re.search(r"[a-z]-$", words) and more[:1].islower()
    )
    return words[:-1] + more if broken else f"{words} {more}"


def by_pypdf(path: Path, password: str = "") -> Extract:
    """The second extractor: plain text in the order of the file, its paragraphs and headings guessed from the lines."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError, WrongPasswordError

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    try:
        texts = [page.extract_text() for page in PdfReader(path, password=password or None).pages]
    except (FileNotDecryptedError, WrongPasswordError, DependencyError) as error:
        raise _locked(path, password) from error
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError) as error:
        raise InputError(f"{path} is damaged and can't be opened ({error})", _FETCH) from error
    if not texts:
        raise InputError(f"{path} is damaged: no page of it can be found", _FETCH)
    title = next((line.strip() for line in texts[0].splitlines() if " " in line.strip()), "")
    return Extract(
        tuple(
            Page(number, markdown, tuple(text.splitlines()))
            for number, (text, markdown) in enumerate(zip(texts, dehyphenate(texts), strict=True), 1)
        ),
        title,
        notes=("Read by the second extractor, since the first one failed: equations and tables are rough.",),
    )


def restore_hyphens(texts: Sequence[str], lines: Sequence[str]) -> list[str]:
    """Hyphens that joining lines lost ("lowdimensional"), where the paper writes that word with one more often.

    `lines` tell where a line was broken at a hyphen, by pdfium's mark U+FFFE; only there a hyphen comes back.
    """
    written = Counter(re.findall(r"[a-z]+(?:-[a-z]+)*", "\n".join(texts).lower()))
    places = [match for line in lines for match in _BROKEN.findall(line)]
    broken = Counter((first + second).lower() for _, first, second, _ in places)
    restored = list(texts)
    for before, first, second, after in dict.fromkeys(places):
        joined = (first + second).lower()
        if written[f"{first}-{second}".lower()] > written[joined] - broken[joined]:
            torn = re.compile(rf"\b({before}{first})({second}{after})\b", re.IGNORECASE)
            restored = [torn.sub(r"\1-\2", text) for text in restored]
    return restored


def dehyphenate(texts: Sequence[str]) -> list[str]:
    """Lines joined into paragraphs, and words broken at line ends made whole.

    A hyphen stays where the paper writes that word with one elsewhere ("low-dimensional").
    """
    plain = ["".join(_LIGATURES.get(char, char) for char in text) for text in texts]
    written = set(re.findall(r"[a-z]+-[a-z]+", " ".join(plain).lower()))

    def whole(match: re.Match[str]) -> str:
        first, second = match.groups()
        return f"{first}-{second}" if f"{first}-{second}".lower() in written else first + second

    return [_paragraphs(re.sub(r"([A-Za-z]+)-\n([a-z]+)", whole, text)) for text in plain]


def _paragraphs(text: str) -> str:
    """An empty line around what may be a heading, and after a short line that ends a sentence."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    usual = sorted(map(len, lines))[len(lines) * 3 // 4] if lines else 0
    headings = set(find_candidates(lines))
    parts: list[str] = []
    for line in lines:
        if re.fullmatch(r"abstract|references|acknowledge?ments?|appendix", line, re.IGNORECASE):
            parts.append(f"\n\n## {line}\n\n")
        elif line in headings:
            parts.append(f"\n\n{line}\n\n")
        else:
            ends = len(line) < 0.8 * usual and line.endswith((".", ":", "?"))
            parts.append(line + ("\n\n" if ends else "\n"))
    return re.sub(r"\n{3,}", "\n\n", "".join(parts)).strip()
