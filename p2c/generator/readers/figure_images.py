"""A paper's figures as images for models that see: files as they are, PDF figures and pages drawn."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from pathlib import Path
from typing import Any

from p2c.generator.paper import Paper

MOST_BYTES = 4_000_000
"""An image larger than this is left out: endpoints refuse it, and it costs more than it tells."""
LONGEST_SIDE = 1400
_TYPES = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))


def draw_figures(paper: Paper, limit: int = 8, password: str = "") -> list[tuple[int, str]]:
    """Up to `limit` figures by their number in the paper, each with a data URL; what can't be drawn is left out."""
    images: list[tuple[int, str]] = []
    pages: set[int] = set()
    for number, figure in enumerate(paper.figures):
        if len(images) >= limit:
            break
        if figure.file is None and (figure.page is None or figure.page in pages or paper.file is None):
            continue
        pages |= {figure.page} if figure.page and not figure.file else set()
        source, page = (figure.file, 1) if figure.file else (paper.file, figure.page or 1)
        if source and (url := image_url(source, page, password)):
            images.append((number, url))
    return images


def image_url(path: Path, page: int = 1, password: str = "") -> str:
    """A file as a data URL, a PDF's page (1-based) drawn as PNG; empty where that can't be done."""
    try:
        data = path.read_bytes()
    except OSError:
        return ""
    kind = next((name for magic, name in _TYPES if data.startswith(magic)), "")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind = "image/webp"
    if b"%PDF-" in data[:1024]:
        kind, data = "image/png", draw_page(data, page, password)
    if not kind or not data or len(data) > MOST_BYTES:
        return ""
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def draw_page(pdf: bytes, page: int, password: str = "") -> bytes:
    """One page as PNG, its longer side at most LONGEST_SIDE pixels; empty where the PDF or the page isn't there."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(io.BytesIO(pdf), password=password or None)
    except pypdfium2.PdfiumError:
        return b""
    try:
        if not 1 <= page <= len(document):
            return b""
        shown = document[page - 1]
        bitmap = shown.render(scale=min(150 / 72, LONGEST_SIDE / max(*shown.get_size(), 1.0)), rev_byteorder=True)
        return _png(bitmap)
    finally:
        document.close()


def _png(bitmap: Any) -> bytes:
    """PNG of a pdfium bitmap, written here because an image library is no dependency for one function."""
    width, height, channels = bitmap.width, bitmap.height, bitmap.n_channels
    colour = {1: 0, 3: 2, 4: 6}[channels]
    raw = bytes(bitmap.buffer)
    rows = b"".join(b"\0" + raw[row * bitmap.stride : row * bitmap.stride + width * channels] for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
