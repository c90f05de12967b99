"""LaTeX, a file or a folder, into a paper: the lossless form of equations and tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from p2c.errors import InputError
from p2c.generator.paper import Paper, Section
from p2c.generator.readers.latex.figures import latex_figures
from p2c.generator.readers.latex.flatten import flatten, is_inside, strip_comments
from p2c.generator.readers.latex.macros import Expansion, expand_macros
from p2c.generator.readers.latex.scanner import drop_commands, find_commands, read_group, read_option, skip_blank
from p2c.generator.readers.metadata import iso_date, paper_id
from p2c.generator.readers.text_decoding import decode_file

_HEADING = re.compile(r"\\(chapter|section|subsection|subsubsection)(\*?)(?![A-Za-z@])|\\appendix(?![A-Za-z@])")
_LEVELS = {"chapter": 0, "section": 1, "subsection": 2, "subsubsection": 3}
_LAYOUT = re.compile(
    r"\\(?:maketitle|newpage|clearpage|cleardoublepage|FloatBarrier|noindent|centering|bigskip|medskip|smallskip|xspace"
    r"|tableofcontents|pagebreak|printAffiliationsAndNotice\{[^{}]*\}|iclrfinalcopy|twocolumn|onecolumn|balance)(?![A-Za-z])"
    r"|\\(?:vspace|hspace|vskip|pagestyle|thispagestyle|hypersetup|graphicspath)\*?\s*\{[^{}]*\}"
)
_REFERENCES = re.compile(
    r"\\begin\{thebibliography\}.*?(?:\\end\{thebibliography\}|\Z)"
    r"|\\(?:no)?bibliography(?:style)?\s*\{[^{}]*\}|\\printbibliography(?:\s*\[[^\]]*\])?|\\addbibresource\s*\{[^{}]*\}",
    re.DOTALL,
)
_PART = re.compile(r"\\documentclass\s*(?:\[[^]]*\]\s*)?\{(?:standalone|subfiles)\}")
_LIKELY = ("main", "paper", "ms", "article", "manuscript", "root", "arxiv", "template")


def read_latex(path: Path) -> Paper:
    """Read a main file, or find it in a folder; raises InputError for what is missing or no paper."""
    main, notes = (path, ()) if path.is_file() else find_main(path)
    root = path if path.is_dir() else path.parent
    source, more = flatten(main, root)
    expansion = expand_macros(source)
    preamble, body = _halves(expansion.text)
    title = _title(expansion.text) or main.stem
    abstract, body = _abstract(body)
    front, sections = _sections(_REFERENCES.sub("", body))
    lead = _tidy(_drop_front_matter(front))
    sections = (*((Section("Front matter", lead),) if lead else ()), *sections, *_definitions(expansion))
    if not any(section.text for section in sections) and not abstract:
        raise InputError(f"{main} holds no text of a paper", "Give the file that \\begin{document} stands in.")
    dates = find_commands(expansion.text, "date")
    date = iso_date(dates[0][0]) if dates else ""
    figures = latex_figures(body, preamble, main.parent, root)
    return Paper(
        paper_id(path, title), title, abstract, sections, figures, "latex", date, (*notes, *more, *expansion.notes)
    )


def find_main(folder: Path) -> tuple[Path, tuple[str, ...]]:
    """The file to start from, and a note where there was a choice; raises InputError where there is none."""
    found = [path for path in sorted(folder.rglob("*.tex")) if path.is_file() and path.stat().st_size]
    outside = [path.relative_to(folder).as_posix() for path in found if not is_inside(path, folder)]
    notes = tuple(f"{name} is a link that leads out of the paper's folder, so it was not read." for name in outside)
    texts = {path: strip_comments(decode_file(path)[0]) for path in found if is_inside(path, folder)}
    main, note = _choose_main(folder, texts, " ".join(notes))
    return main, (*note, *notes)


def _choose_main(folder: Path, texts: Mapping[Path, str], outside: str) -> tuple[Path, tuple[str, ...]]:
    begun = [path for path, text in texts.items() if "\\begin{document}" in text and not _PART.search(text)]
    roots = begun or [path for path, text in texts.items() if re.search(r"\\document(?:class|style)\b", text)]
    if not roots and len(texts) == 1:
        return next(iter(texts)), ("No \\documentclass was found; the only .tex file was read.",)
    if not roots:
        what = f"none of its {len(texts)} .tex files has a \\documentclass" if texts else "it holds no .tex file"
        what = f"{what}. {outside}".rstrip(" .") if outside else what
        raise InputError(f"{folder} has no main LaTeX file: {what}", "Give the paper's main .tex file itself.")
    if len(roots) == 1:
        return roots[0], ()
    best = max(roots, key=lambda path: _likeness(path, texts[path], folder))
    others = ", ".join(path.relative_to(folder).as_posix() for path in roots if path != best)
    return best, (f"{best.relative_to(folder).as_posix()} was read as the main file; also possible: {others}.",)


def _likeness(path: Path, text: str, folder: Path) -> tuple[int, int, int, int]:
    """How much a file looks like the paper: parts that a paper has, its name, how near the top, its length."""
    marks = (r"\begin{document}", r"\begin{abstract}", r"\title", r"\section", r"\bibliography")
    name = path.stem.lower()
    return (
        sum(mark in text for mark in marks),
        len(_LIKELY) - _LIKELY.index(name) if name in _LIKELY else 0,
        -len(path.relative_to(folder).parts),
        len(text),
    )


def _halves(text: str) -> tuple[str, str]:
    """Preamble and body; without a `\\begin{document}` all of it is body."""
    begin = re.search(r"\\begin\s*\{document\}", text)
    preamble, body = (text[: begin.start()], text[begin.end() :]) if begin else ("", text)
    return preamble, re.split(r"\\end\s*\{document\}", body)[0]


def _title(text: str) -> str:
    for name in ("icmltitle", "title", "Title"):
        for argument, _, _ in find_commands(text, name):
            if plain := plain_text(argument):
                return plain
    return ""


def plain_text(latex: str) -> str:
    """A title in plain words: no footnotes, labels or line breaks; accents and simple mathematics as characters."""
    for name in ("thanks", "footnote", "label", "vspace", "hspace"):
        latex = drop_commands(latex, name)
    latex = re.sub(r"\\texorpdfstring\s*\{", r"\\firstoftwo{", latex)
    for _, start, end in reversed(find_commands(latex, "firstoftwo")):
        plain = read_group(latex, skip_blank(latex, end))
        latex = latex[:start] + (plain[0] if plain else "") + latex[plain[1] if plain else end :]
    latex = re.sub(r"\\\\(?:\[[^\]]*\])?|~|\\(?:newline|linebreak|xspace)\b", " ", latex)
    if re.search(r"[\\${}]", latex):
        from pylatexenc.latex2text import LatexNodes2Text

        try:
            latex = str(LatexNodes2Text(math_mode="text").latex_to_text(latex, tolerant_parsing=True))
        except RecursionError:  # of a title that is nested too deeply the bare words
            latex = re.sub(r"[\\${}]+", " ", latex)
    return " ".join(latex.split())


def _abstract(body: str) -> tuple[str, str]:
    """The abstract, and the body without it."""
    if match := re.search(r"\\begin\{abstract\}(.*?)\\end\{abstract\}", body, re.DOTALL):
        return _tidy(match.group(1)), body[: match.start()] + body[match.end() :]
    for argument, start, end in find_commands(body, "abstract"):
        return _tidy(argument), body[:start] + body[end:]
    return "", body


def _sections(body: str) -> tuple[str, tuple[Section, ...]]:
    """What stands before the first heading, and the sections, numbered as LaTeX would."""
    found: list[tuple[str, int, str]] = []
    front, start, counters, appendix = "", 0, [0, 0, 0, 0], False
    lowest = 0 if "\\chapter" in body else 1
    for heading in _HEADING.finditer(body):
        if heading.start() < start:
            continue
        if heading.group(0) == "\\appendix":
            appendix, counters = True, [0, 0, 0, 0]
            continue
        title, end = _heading_title(body, heading.end())
        if title is None:
            continue
        level = _LEVELS[heading.group(1)]
        number = "" if heading.group(2) else _count(counters, level, lowest, appendix)
        text = body[start : heading.start()]
        front, found = (text, found) if not found else (front, [*found[:-1], (*found[-1][:2], text)])
        found.append((f"{number} {plain_text(title)}".strip(), level - lowest + 1, ""))
        start = end
    if not found:
        return "", (Section("Text", _tidy(body)),)
    found[-1] = (*found[-1][:2], body[start:])
    return front, tuple(Section(title, _tidy(text), level) for title, level, text in found)


def _heading_title(body: str, at: int) -> tuple[str | None, int]:
    _, at = read_option(body, at)
    group = read_group(body, skip_blank(body, at))
    return group or (None, at)


def _count(counters: list[int], level: int, lowest: int, appendix: bool) -> str:
    counters[level] += 1
    counters[level + 1 :] = [0] * (3 - level)
    first = chr(ord("A") + (counters[lowest] - 1) % 26) if appendix and counters[lowest] else str(counters[lowest])
    return ".".join([first, *map(str, counters[lowest + 1 : level + 1])])


def _drop_front_matter(text: str) -> str:
    """Without title, authors and addresses, which say nothing of the method."""
    names = (
        "title author date thanks icmltitle icmlauthor icmlaffiliation icmlcorrespondingauthor icmlkeywords keywords"
    )
    for name in [*names.split(), "affiliation", "address", "email", "icmltitlerunning", "institute", "titlerunning"]:
        for _, start, end in reversed(find_commands(text, name)):
            while group := read_group(text, skip_blank(text, end)):
                end = group[1]
            text = text[:start] + text[end:]
    text = re.sub(r"\\begin\{icmlauthorlist\}.*?\\end\{icmlauthorlist\}", "", text, flags=re.DOTALL)
    return re.sub(r"^\s*[\[\]]\s*|\\(?:twocolumn|and)\b", "", text, flags=re.MULTILINE)


def _tidy(text: str) -> str:
    """Without commands that only lay out, and without runs of empty lines; a `\\appendix` is said by numbering."""
    text = re.sub(r"\\appendix(?![A-Za-z])", "", _LAYOUT.sub("", text))
    text = "\n".join(line.rstrip() for line in text.splitlines())
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    return text if re.search(r"\w", text) else ""


def _definitions(expansion: Expansion) -> tuple[Section, ...]:
    """Macros that are used and could not be expanded, where they hold a number: it must stay visible."""
    left = [source for source in expansion.left.values() if re.search(r"(?<![#\w])\d", source)]
    return (Section("Macro definitions", "\n".join(left)),) if left else ()
