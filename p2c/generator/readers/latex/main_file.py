"""Which file of a folder is the paper, which are its supplements: by the author's word, else by what each becomes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from p2c.errors import InputError
from p2c.generator.readers.latex.author_statements import Statements, read_statements
from p2c.generator.readers.latex.comments import strip_comments
from p2c.generator.readers.latex.document_kinds import PAPER, is_example_name, is_supplement, kind_of
from p2c.generator.readers.latex.flatten import Source, flatten
from p2c.generator.readers.latex.front_matter import read_title
from p2c.generator.readers.latex.state import is_inside
from p2c.generator.readers.text_decoding import decode_file

SUFFIXES = (".tex", ".ltx", ".latex")
_PART = re.compile(r"\\documentclass\s*(?:\[[^]]*\]\s*)?\{(?:standalone|subfiles)\}")
_LIKELY = ("main", "paper", "ms", "article", "manuscript", "root", "arxiv", "template")
_OLD = re.compile(
    r"(?:^|[_-])(?:old|backup|archive|archived|deprecated|previous|bak|copy|trash|unused|v\d+_old)(?:$|[_-])",
    re.IGNORECASE,
)
MOST_CANDIDATES = 40
MOST_FILES = 3_000


@dataclass(frozen=True)
class MainFile:
    """The file to start from, the documents that are its appendices, and what has to be said of the choice."""

    main: Path
    appendices: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Candidate:
    path: Path
    kind: int
    supplement: bool
    marks: int
    words: int
    source: Source | None


def find_main(folder: Path, wanted: str = "") -> MainFile:
    """The file to start from, and a note where there was a choice; raises InputError where there is none.

    `wanted` names it, as a path in the folder or anywhere.
    """
    tex_files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES][:MOST_FILES]
    tex_files = [path for path in tex_files if path.is_file() and path.stat().st_size]
    outside = [path.relative_to(folder).as_posix() for path in tex_files if not is_inside(path, folder)]
    notes = tuple(f"{name} is a link that leads out of the paper's folder, so it was not read." for name in outside)
    raw = {
        path: text
        for path in tex_files
        if is_inside(path, folder) and (text := _raw(path, not wanted and len(tex_files) == 1))
    }
    chosen = _wanted(folder, wanted, raw) if wanted else None
    statements = read_statements(folder, raw)
    texts = {
        path: strip_comments(text) for path, text in raw.items() if path not in statements.ignored or path == chosen
    }
    choice = _choose(folder, texts, statements, chosen, " ".join(notes))
    return MainFile(choice.main, choice.appendices, (*choice.notes, *notes))


def _raw(path: Path, only: bool) -> str:
    try:
        return decode_file(path)[0]
    except InputError:
        if only:
            raise
        return ""


def _wanted(folder: Path, wanted: str, raw: Mapping[Path, str]) -> Path:
    known = {path.resolve(): path for path in raw}
    for place in (folder / wanted, Path(wanted)):
        for path in (place, place.with_name(place.name + ".tex")):
            if path.resolve() in known:
                return known[path.resolve()]
    named = [path for path in raw if path.name == Path(wanted).name]
    if len(named) == 1:
        return named[0]
    names = ", ".join(path.relative_to(folder).as_posix() for path in list(raw)[:20])
    raise InputError(f"{folder} has no LaTeX file {wanted!r}", f"Name one of these with --main: {names}.")


def _choose(
    folder: Path, texts: Mapping[Path, str], statements: Statements, chosen: Path | None, outside: str
) -> MainFile:
    roots = _roots(texts)
    top = [path for path in statements.top if path in texts]
    if chosen is None and not roots and not top:
        return _only(folder, texts, outside)
    roots = sorted(roots, key=lambda path: len(path.relative_to(folder).parts))[:MOST_CANDIDATES]
    roots += [path for path in (*top, *([chosen] if chosen else [])) if path not in roots]
    if len(roots) == 1:
        return MainFile(roots[0])
    candidates = {path: _candidate(path, texts[path], folder) for path in roots}
    included = {
        file
        for candidate in candidates.values()
        if candidate.source
        for file in candidate.source.files - {candidate.path.resolve()}
    }
    best = chosen or _best(folder, candidates, statements, top, included)
    parts = candidates[best].source
    inside = parts.files if parts else frozenset()
    left = [candidate for path, candidate in candidates.items() if path != best and path.resolve() not in inside]
    left = [candidate for candidate in left if candidate.path in top or not _repeats(candidate, parts)]
    appendices = tuple(
        candidate.path
        for candidate in left
        if candidate.path in top or (candidate.supplement and _beside(candidate, best))
    )
    least = candidates[best].words / 10
    others = [
        candidate.path
        for candidate in left
        if candidate.path not in appendices and candidate.path.resolve() not in included
    ]
    others = [path for path in others if candidates[path].marks > 1 or candidates[path].words > least]
    decided = chosen is not None or bool(top)
    rivals = [path for path in others if candidates[path].kind >= candidates[best].kind]
    hint = "" if decided or not rivals else " Decide with --main FILE."
    return MainFile(best, appendices, _choice_notes(folder, best, appendices, [] if decided else others, hint))


def _repeats(candidate: _Candidate, best: Source | None) -> bool:
    """Whether most of a document stands in the paper too: a supplement that the paper includes, another cut of it."""
    if candidate.source is None or best is None:
        return False
    own, known = (
        set(re.split(r"\n\s*|\.\s+", source.text.partition("\\begin{document}")[2]))
        for source in (candidate.source, best)
    )
    sentences = {sentence for sentence in own if len(sentence) > 40}
    return bool(sentences) and candidate.supplement and len(sentences & known) > 0.6 * len(sentences)


def _beside(candidate: _Candidate, best: Path) -> bool:
    """A supplement is the paper's where it lies with it, or one folder away."""
    if any(_OLD.search(part) for part in (*candidate.path.parent.parts[-1:], candidate.path.stem.lower())):
        return False
    return (
        candidate.kind == PAPER
        and candidate.words > 0
        and (
            candidate.path.parent == best.parent
            or candidate.path.parent.parent == best.parent
            or candidate.path.parent.parent == best.parent.parent
        )
    )


def _roots(texts: Mapping[Path, str]) -> list[Path]:
    begun = [
        path for path, text in texts.items() if re.search(r"\\begin\s*\{document\}", text) and not _PART.search(text)
    ]
    return begun or [
        path
        for path, text in texts.items()
        if re.search(r"\\document(?:class|style)\b", text) and not _PART.search(text)
    ]


def _only(folder: Path, texts: Mapping[Path, str], outside: str) -> MainFile:
    if len(texts) == 1:
        return MainFile(next(iter(texts)), (), ("No \\documentclass was found; the only .tex file was read.",))
    what = f"none of its {len(texts)} .tex files has a \\documentclass" if texts else "it holds no .tex file"
    what = f"{what}. {outside}".rstrip(" .") if outside else what
    raise InputError(
        f"{folder} has no main LaTeX file: {what}", "Give the paper's main .tex file itself, or name it with --main."
    )


def _candidate(path: Path, raw: str, folder: Path) -> _Candidate:
    try:
        source = flatten(path, folder)
    except InputError:
        source = None
    text = source.text if source else raw
    marks = (
        r"\\begin\{abstract\}|\\abstract\b",
        r"\\title|title\{",
        r"\\section|\\chapter",
        r"\\bibliography|\\printbib|\\bibitem",
    )
    words = len(re.findall(r"[^\W\d_]{3,}", text))
    title, name = read_title(text), path.stem.lower()
    supplement = is_supplement(name, title)
    return _Candidate(
        path, kind_of(path, text, title), supplement, sum(bool(re.search(mark, text)) for mark in marks), words, source
    )


def _best(
    folder: Path,
    candidates: Mapping[Path, _Candidate],
    statements: Statements,
    top: Sequence[Path],
    included: set[Path],
) -> Path:
    """The author's first top-level file that is no supplement; else the best by what it becomes."""
    stated = [path for path in top if not candidates[path].supplement] or list(top)
    if stated:
        return stated[0]
    most = max(
        (candidate.words for candidate in candidates.values() if candidate.kind == PAPER and not candidate.supplement),
        default=0,
    )

    def rank(path: Path) -> tuple[float, ...]:
        candidate, name = candidates[path], path.stem.lower()
        parts = path.relative_to(folder).parts
        return (
            path.resolve() not in included,
            candidate.kind,
            not candidate.supplement,
            not any(_OLD.search(part) for part in (*parts[:-1], name)),
            statements.voted(path),
            candidate.words >= 0.25 * most,
            candidate.source is not None,
            not is_example_name(name) or name in _LIKELY,
            candidate.marks,
            _likeness(name),
            -len(parts),
            candidate.words,
        )

    return max(candidates, key=rank)


def _likeness(name: str) -> float:
    """How much a file's name is that of a paper; of names that say a year or a version the last."""
    if name in _LIKELY:
        return 1.0 + len(_LIKELY) - _LIKELY.index(name)
    years = [int(year) for year in re.findall(r"(?:19|20)\d\d", name)]
    return 0.5 * bool(re.search(r"main|paper|manuscript|article", name)) + max(years, default=0) / 10_000


def _choice_notes(
    folder: Path, best: Path, appendices: Sequence[Path], others: Sequence[Path], hint: str
) -> tuple[str, ...]:
    shown = {path: path.relative_to(folder).as_posix() for path in (best, *appendices, *others)}
    notes = [f"{shown[path]} was read as an appendix of {shown[best]}." for path in appendices]
    if others:
        names = ", ".join(shown[path] for path in others[:20])
        notes.insert(0, f"{shown[best]} was read as the main file; also possible: {names}.{hint}")
    return tuple(notes)
