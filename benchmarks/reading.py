"""How much of what stands on the pages of papers is in the text that a model is given, beside other readers.

python -m benchmarks.reading [TRUTH] [PAPERS]

TRUTH (or P2C_READING) is a folder of items written down from pictures of the pages, `NAME.json`, with the `score.py`
that says which of them a text has; PAPERS (or P2C_PAPERS) holds NAME/paper.pdf, and NAME/latex where the source is
there. Other readers are measured where they are installed: pypdf, pdfium (pypdfium2), docling-parse, kreuzberg.
A plain sentence is one of 8 to 28 words of the authors' LaTeX without a formula or a citation; those that no reader
finds are left out, since PDF and source differ there. Seconds are of the processor, a paper.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

from p2c.errors import InputError
from p2c.generator.readers.local_files import paper_data
from p2c.generator.serialization import paper_from_data

SHARED = Path(__file__).resolve().parents[2] / "shared"
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


def scorer(truth: Path) -> ModuleType:
    """Load the scorer that belongs to the truth."""
    spec = importlib.util.spec_from_file_location("reading_score", truth / "score.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{truth} has no score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module)["TRUTH"] = str(truth)
    return module


def letters(text: str) -> str:
    """Return a text's letters and digits, for comparing words whatever stands between."""
    return "".join(char for char in text.lower() if char.isalnum())


def plain_sentences(folder: Path) -> list[str]:
    """Return the sentences of a LaTeX source without formulas and citations; none where there is no source."""
    if not (folder / "latex").is_dir():
        return []
    try:
        paper = paper_from_data(paper_data(str(folder / "latex"), ""))
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


def measure(truth: Path, papers: Path) -> None:
    """Print the table."""
    score = scorer(truth)
    names = [path.stem for path in sorted(truth.glob("*.json")) if (papers / path.stem / "paper.pdf").is_file()]
    readers = {name: read for name, (module, read) in READERS.items() if importlib.util.find_spec(module)}
    texts: dict[str, dict[str, str]] = {}
    seconds: dict[str, list[float]] = {}
    for reader, read in readers.items():
        for name in names:
            start = time.process_time()
            texts.setdefault(reader, {})[name] = read(papers / name / "paper.pdf")
            seconds.setdefault(reader, []).append(time.process_time() - start)
    plain = {name: plain_sentences(papers / name) for name in names}
    have = {reader: {name: letters(text) for name, text in read.items()} for reader, read in texts.items()}
    real = [
        (name, letters(one))
        for name in names
        for one in plain[name]
        if any(letters(one) in h[name] for h in have.values())
    ]
    print(f"| reader | {' | '.join(KINDS)} | all | plain sentences | seconds |")
    print("|---|" + "--:|" * (len(KINDS) + 3))
    for reader, read in texts.items():
        found, total = Counter[str](), Counter[str]()
        for name, text in read.items():
            for kind, verdict in score.score(name, text, reader in ("p2c", "kreuzberg")).values():
                total[kind] += 1
                found[kind] += verdict == "found"
        cells = [f"{found[kind]} of {total[kind]}" for kind in KINDS]
        share = 100 * found.total() / max(1, total.total())
        words = sum(sentence in have[reader][name] for name, sentence in real)
        times = f"{min(seconds[reader]):.1f} to {max(seconds[reader]):.1f}"
        print(f"| {reader} | {' | '.join(cells)} | {share:.0f} % | {words} of {len(real)} | {times} |")


def main() -> None:
    """Measure with the folders of the command line or the environment."""
    given = [Path(word) for word in sys.argv[1:]]
    truth = given[0] if given else Path(os.environ.get("P2C_READING", SHARED / "reading"))
    papers = given[1] if given[1:] else Path(os.environ.get("P2C_PAPERS", SHARED / "papers"))
    measure(truth, papers)


if __name__ == "__main__":
    main()
