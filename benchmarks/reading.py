"""How much of what stands on the pages of papers is in the text that a model is given, beside other readers.

python -m benchmarks.reading [TRUTH] [PAPERS]

TRUTH is a folder of items written down from pictures of the pages, `NAME.json`; without it those of P2C_READING and
`benchmarks/reading_truth` are measured. PAPERS (or P2C_PAPERS, folders as in PATH) holds NAME/paper.pdf, and NAME/latex
where the source is there; a PDF that is not there is fetched from the truth's `pdf`, once, and is the one that was
read if it has its `sha256`. Papers and readers that are not there are named below the table; the readers are p2c,
pypdf, pdfium (pypdfium2), docling-parse and kreuzberg.
A plain sentence is one of 8 to 28 words of the authors' LaTeX without a formula or a citation; those that no reader
finds are left out, since PDF and source differ there. Seconds are of the processor, a paper.
"""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import json
import os
import re
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.reading_score import score
from p2c.errors import InputError
from p2c.generator.readers.local_files import paper_data
from p2c.generator.serialization import paper_from_data

SHARED = Path(__file__).resolve().parents[2] / "shared"
OWN = Path(__file__).resolve().parent / "reading_truth"
FETCHED = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "p2c" / "reading"
MARKED = ("p2c", "kreuzberg")
"""Readers that mark headings."""
KINDS = ("sentence", "equation", "cell", "algorithm", "hyper", "headings")
Reader = Callable[[Path], str]


def by_p2c(path: Path) -> str:
    """Read as `p2c build` does."""
    return paper_from_data(paper_data(str(path), "")).text


def by_pypdf(path: Path) -> str:
    """Read by pypdf's plain extraction."""
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def by_pdfium(path: Path) -> str:
    """Read by pdfium in the order of the file."""
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    return "\n".join(page.get_textpage().get_text_range() for page in document).replace("\r\n", "\n")


def by_docling(path: Path) -> str:
    """Read by docling-parse, line by line."""
    from docling_core.types.doc.page import TextCellUnit
    from docling_parse.pdf_parser import DoclingPdfParser

    document = DoclingPdfParser(loglevel="fatal").load(str(path))
    return "\n".join(
        cell.text for _, page in document.iterate_pages() for cell in page.iterate_cells(unit_type=TextCellUnit.LINE)
    )


def by_kreuzberg(path: Path) -> str:
    """Read by kreuzberg as Markdown."""
    from kreuzberg import ExtractionConfig, extract_file_sync

    return str(extract_file_sync(str(path), config=ExtractionConfig(output_format="markdown")).content)


READERS: Mapping[str, tuple[str, Reader]] = {
    "p2c": ("p2c", by_p2c),
    "pypdf": ("pypdf", by_pypdf),
    "pdfium": ("pypdfium2", by_pdfium),
    "docling-parse": ("docling_parse", by_docling),
    "kreuzberg": ("kreuzberg", by_kreuzberg),
}


def letters(text: str) -> str:
    """Return a text's letters and digits, for comparing words whatever stands between."""
    return "".join(char for char in text.lower() if char.isalnum())


def plain_sentences(source: Path) -> list[str]:
    """Return the sentences of a LaTeX source without formulas and citations; none where there is no source."""
    if not source.is_dir():
        return []
    try:
        paper = paper_from_data(paper_data(str(source), ""))
    except InputError:
        return []
    text = "\n\n".join(section.text for section in paper.sections)
    found = []
    for paragraph in re.split(r"\n\s*\n", text):
        for sentence in re.split(r"(?<=[.?!])\s+(?=[A-Z])", " ".join(paragraph.split())):
            words = sentence.split()
            if 8 <= len(words) <= 28 and re.fullmatch(r"[A-Z][\w ,;:'’()\-./%]*[.?!]", sentence):
                found.append(sentence)
    return list(dict.fromkeys(found))


def find_pdf(truth: Path, folders: Sequence[Path]) -> Path | str:
    """Find the PDF of a paper's truth, or fetch it; else say why it is missing."""
    for folder in folders:
        if (place := folder / truth.stem / "paper.pdf").is_file():
            return place
    said = json.loads(truth.read_text(encoding="utf-8"))
    if "pdf" not in said:
        return "no paper.pdf in the folders of P2C_PAPERS"
    place = FETCHED / truth.stem / "paper.pdf"
    try:
        data = place.read_bytes() if place.is_file() else urllib.request.urlopen(said["pdf"], timeout=30).read()
    except OSError as error:
        return f"{said['pdf']} could not be fetched: {error}"
    if hashlib.sha256(data).hexdigest() != said["sha256"]:
        return f"{said['pdf']} is not the file that the truth was read from"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return place


def table_rows(name: str, pdfs: Mapping[Path, Path], readers: Mapping[str, Reader]) -> list[str]:
    """Return the rows of one folder of truth: each reader over its papers, given as truth and PDF."""
    texts: dict[str, dict[Path, str]] = {reader: {} for reader in readers}
    seconds: dict[str, list[float]] = {reader: [] for reader in readers}
    for (truth, pdf), (reader, read) in itertools.product(pdfs.items(), readers.items()):
        start = time.process_time()
        texts[reader][truth] = read(pdf)
        seconds[reader].append(time.process_time() - start)
    have = {reader: {truth: letters(text) for truth, text in read.items()} for reader, read in texts.items()}
    plain = [
        (truth, letters(sentence))
        for truth, pdf in pdfs.items()
        for sentence in plain_sentences(pdf.parent / "latex")
        if any(letters(sentence) in read[truth] for read in have.values())
    ]
    rows = []
    for reader, read in texts.items():
        verdicts = [v for truth, text in read.items() for v in score(truth, text, reader in MARKED).values()]
        total, found = Counter(kind for kind, _ in verdicts), Counter(kind for kind, ok in verdicts if ok)
        cells = [f"{found[kind]} of {total[kind]}" for kind in KINDS]
        cells.append(f"{found.total()} of {total.total()} ({100 * found.total() / max(1, total.total()):.0f} %)")
        known = sum(sentence in have[reader][truth] for truth, sentence in plain)
        cells.append(f"{known} of {len(plain)}" if plain else "")
        cells.append(f"{min(seconds[reader]):.1f} to {max(seconds[reader]):.1f}")
        rows.append(f"| {name} | {reader} | {' | '.join(cells)} |")
    return rows


def measure(truths: Sequence[Path], folders: Sequence[Path]) -> None:
    """Print the table, and below it what is missing."""
    readers = {name: read for name, (module, read) in READERS.items() if importlib.util.find_spec(module)}
    missing = [f"{name}: {READERS[name][0]} is not installed" for name in READERS if name not in readers]
    print(f"| papers | reader | {' | '.join(KINDS)} | all | plain sentences | seconds |")
    print("|---|---|" + "--:|" * (len(KINDS) + 3))
    for folder in truths:
        places = {truth: find_pdf(truth, folders) for truth in sorted(folder.glob("*.json"))}
        missing += [f"{truth.stem}: {why}" for truth, why in places.items() if isinstance(why, str)]
        missing += [] if places else [f"{folder} holds no truth"]
        pdfs = {truth: pdf for truth, pdf in places.items() if isinstance(pdf, Path)}
        if pdfs:
            print("\n".join(table_rows(f"{folder.name} ({len(pdfs)})", pdfs, readers)))
    print("".join(f"\nmissing: {line}" for line in missing))


def main() -> None:
    """Measure with the folders of the command line or the environment."""
    given = [Path(word) for word in sys.argv[1:]]
    named = [Path(name) for name in os.environ.get("P2C_READING", str(SHARED / "reading")).split(os.pathsep) if name]
    papers = [Path(name) for name in os.environ.get("P2C_PAPERS", str(SHARED / "papers")).split(os.pathsep) if name]
    measure(given[:1] or [*named, OWN], given[1:] or papers)


if __name__ == "__main__":
    main()
