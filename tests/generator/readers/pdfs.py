"""A small PDF writer for the tests: text at places in Helvetica, one picture, and a wrong character map."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Line:
    """A line of text: its left edge and baseline in points from the lower left corner, its size, bold or not."""

    x: float
    y: float
    text: str
    size: float = 10
    bold: bool = False


Pages = Sequence[Sequence[Line]]

PROSE = (
    "The method that we describe in this section is simple and works well with a small model.",
    "We train it on the data of the task for as long as the loss is falling, and then we stop.",
    "It is known that the step size is the parameter that matters most in all of these runs.",
    "For each of the steps we draw a batch and take the gradient of the loss on that batch.",
)


def write_pdf(path: Path, pages: Pages, *, picture: bool = False, wrong_map: bool = False) -> Path:
    """Write pages of lines; `picture` puts a grey image on each, `wrong_map` makes letters extract as other ones."""
    objects: list[bytes] = [b"", b""]
    extra = b" /ToUnicode 5 0 R" if wrong_map else b""
    for name in (b"Helvetica", b"Helvetica-Bold"):
        objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /" + name + extra + b" >>")
    objects.append(_stream(_wrong_map()))
    objects.append(
        _stream(
            b"\x80" * 64,
            b"/Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceGray /BitsPerComponent 8",
        )
    )
    kids = []
    for lines in pages:
        content = b"".join(_show(line) for line in lines) + (b"q 500 0 0 700 50 50 cm /I Do Q\n" if picture else b"")
        objects.append(_stream(content))
        kids.append(len(objects) + 1)
        resources = b"<< /Font << /F 3 0 R /B 4 0 R >> /XObject << /I 6 0 R >> >>"
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R /Resources %s >>"
            % (len(objects), resources)
        )
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    path.write_bytes(_assemble(objects))
    return path


def encrypt_pdf(source: Path, target: Path, user: str, owner: str) -> Path:
    """A copy that needs a password: the user's to open it, the owner's to change it."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(source.read_bytes())))
    writer.encrypt(user, owner, algorithm="RC4-128")
    writer.write(target)
    return target


def _show(line: Line) -> bytes:
    text = line.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode("latin-1")
    return b"BT /%s %g Tf %g %g Td (%s) Tj ET\n" % (b"B" if line.bold else b"F", line.size, line.x, line.y, text)


def _stream(body: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(body), entries, body)


def _wrong_map() -> bytes:
    """A character map that tells each code as the one three further on, as a broken font subset does."""
    head = b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /W def /CMapType 2 def\n"
    space = b"1 begincodespacerange <00> <FF> endcodespacerange\n"
    return head + space + b"1 beginbfrange <21> <7B> <0024> endbfrange\nendcmap end end"


def _assemble(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def column(x: float, top: float, texts: Sequence[str], size: float = 10) -> list[Line]:
    """Lines of a column, from the top down; one that starts with `#` is a bold heading."""
    lines = []
    for text in texts:
        heading = text.startswith("#")
        top -= size * (2.2 if heading else 1.2)
        lines.append(Line(x, top, text.lstrip("# "), size + 2 if heading else size, heading))
        top -= size * 0.8 if heading else 0
    return lines
