"""LaTeX sources into one text: comments dropped, inputs followed, conditionals decided."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from p2c.errors import InputError
from p2c.generator.readers.text_decoding import MAX_BYTES, decode_file
from p2c.repo import is_private

# Verbatim text keeps its percent signs; `\verb` may use any delimiter; a URL may hold a bare percent sign.
_LITERAL = re.compile(
    r"\\begin\{(verbatim\*?|lstlisting|minted|Verbatim)\}.*?\\end\{\1\}"
    r"|\\verb\*?([^A-Za-z\s*])[^\n]*?\2"
    r"|\\(?:url|href|path)\s*\{[^{}\n]*\}"
    r"|\\begin\{comment\}.*?\\end\{comment\}"
    r"|\\begin\{filecontents\*?\}.*?\\end\{filecontents\*?\}"
    r"|\\.|%[^\n]*(?:\n[ \t]*+(?!\n))?",
    re.DOTALL,
)
_PROSE = re.compile(r"%,? [a-z]+(?: [\w-]+,?){3}")
_TOKEN = re.compile(
    r"\\let\s*\\if(?P<let>[A-Za-z]+)\s*=?\s*\\if(?P<value>true|false)(?![A-Za-z@])"
    r"|\\newif\s*\\if(?P<new>[A-Za-z@]+)"
    r"|\\(?P<sub>sub)?import\*?\s*\{(?P<folder>[^{}]*)\}\s*\{(?P<file>[^{}]*)\}"
    r"|\\(?:input|include|subfile)\s*\{(?P<braced>[^{}]*)\}"
    r"|\\(?:input|include)\s+(?P<bare>[^\s{}\\]+)"
    r"|\\(?P<word>if[A-Za-z@]*|else|fi|[A-Za-z@]+?(?:true|false)|endinput|end\s*\{document\})(?![A-Za-z@])"
)
_PRIMITIVES = frozenset(
    "if ifcat ifx ifcase ifnum ifodd ifhmode ifvmode ifmmode ifinner ifdim ifvoid ifhbox ifvbox ifeof ifdefined "
    "ifcsname iffontchar ifpdf ifxetex ifluatex ifPDFTeX ifXeTeX ifLuaTeX ifpdftex".split()
)
# A part that is also a document by itself (subfiles, standalone): only its body belongs to the paper.
_INSIDE = re.compile(r"\\begin\s*\{document\}(.*?)(?:\\end\s*\{document\}|\Z)", re.DOTALL)
# Files that come with TeX itself and say nothing of the paper.
_OF_TEX = frozenset("epsf epsf.tex psfig psfig.sty glyphtounicode pdftexcmds amssym.def amssym.tex xy".split())
MAX_DEPTH = 40
MAX_FILES = 3_000


@dataclass
class _State:
    """What holds across files while they are joined."""

    root: Path
    flags: dict[str, bool] = field(default_factory=dict)
    stack: list[bool | None] = field(default_factory=list)
    """Open conditionals: True and False are decided, None is one that TeX would decide and whose parts both stay."""
    notes: list[str] = field(default_factory=list)
    files: int = 0
    read: int = 0
    ended: bool = False

    def take(self, text: str) -> None:
        """Note the text of one more file; raises InputError where all of them are more than a paper."""
        self.files += 1
        self.read += len(text)
        if self.files > MAX_FILES or self.read > MAX_BYTES:
            raise InputError(f"its files include each other more than {MAX_FILES:,} times, or to more than a paper")

    @property
    def active(self) -> bool:
        return not self.ended and False not in self.stack


def strip_comments(text: str) -> str:
    """Drop comments, `comment` environments and embedded files, as TeX would; `\\%` and verbatim text stay.

    Prose behind a number's bare percent sign ("by 12.8% on average") stays too: TeX loses it, its author meant it.
    """

    def keep(match: re.Match[str]) -> str:
        found = match.group(0)
        if found.startswith("%") and text[match.start() - 1 : match.start()].isdigit() and _PROSE.match(found):
            return "\\%" + strip_comments(found[1:])
        return "" if found.startswith(("%", "\\begin{comment}", "\\begin{filecontents")) else found

    return _LITERAL.sub(keep, text)


def flatten(main: Path, root: Path) -> tuple[str, tuple[str, ...]]:
    """The whole source as one text, with notes; raises InputError for a missing, circular or outside input."""
    state = _State(root.resolve())
    text = _join(main.resolve(), (), state)
    return text, tuple(dict.fromkeys(state.notes))


def _join(path: Path, parents: tuple[Path, ...], state: _State) -> str:
    if path in parents or len(parents) > MAX_DEPTH:
        raise InputError(f"{path.name} includes itself, through {' → '.join(p.name for p in parents)}")
    raw, note = decode_file(path)
    state.take(raw)
    if note:
        state.notes.append(note)
    text, depth = strip_comments(raw), len(state.stack)
    if parents and (inside := _INSIDE.search(text)):
        text = inside.group(1)
    parts: list[str] = []
    at = 0
    for token in _TOKEN.finditer(text):
        if state.active:
            parts.append(text[at : token.start()])
        at = token.end()
        if token["word"] == "endinput" and state.active:
            at = len(text)
            break
        parts.append(_replace(token, (*parents, path), state))
    if state.active:
        parts.append(text[at:])
    del state.stack[depth:]
    return "".join(parts)


def _replace(token: re.Match[str], parents: tuple[Path, ...], state: _State) -> str:
    """What stands for one token, after it has taken effect."""
    if name := token["word"]:
        return _conditional(name, token.group(0), state)
    if not state.active:
        return ""
    if token["new"] or token["let"]:
        state.flags[token["new"] or token["let"]] = token["value"] == "true"
        return ""
    target = token["braced"] or token["bare"] or f"{token['folder'] or ''}/{token['file'] or ''}".lstrip("/")
    if "#" in target or "\\" in target:
        state.notes.append(f"{token.group(0)} was not followed: its file name is computed.")
        return token.group(0)
    found = _find(target.strip(), parents, state.root)
    return _join(found, parents, state) if found else ""


def _conditional(name: str, text: str, state: _State) -> str:
    if name == "fi":
        opened = state.stack.pop() if state.stack else None
        return text if opened is None and state.active else ""
    if name == "else":
        if state.stack and state.stack[-1] is not None:
            state.stack[-1] = not state.stack[-1]
            return ""
        return text if state.active else ""
    flag = name[2:]
    if name.startswith("if") and (name in ("iftrue", "iffalse") or flag in state.flags):
        state.stack.append(state.flags.get(flag, name == "iftrue"))
        return ""
    if name in _PRIMITIVES:
        shown = state.active
        state.stack.append(None)
        return text if shown else ""
    if not state.active:
        return ""
    return _switch(name, text, state)


def _switch(name: str, text: str, state: _State) -> str:
    """`\\drafttrue` and `\\draftfalse`; the end of the document; anything else is text."""
    for word in ("true", "false"):
        if name.endswith(word) and name.removesuffix(word) in state.flags:
            state.flags[name.removesuffix(word)] = word == "true"
            return ""
    if name.startswith("end") and name.endswith("}"):
        state.ended = True
    return text


def is_inside(path: Path, root: Path) -> bool:
    """Tell whether a file of the paper's folder is one when all links are followed, and none of git's or p2c's own."""
    real, top = path.resolve(), root.resolve()
    return real.is_relative_to(top) and not any(map(is_private, real.relative_to(top).parts))


def _find(target: str, parents: tuple[Path, ...], root: Path) -> Path | None:
    """The file that an input names: beside the main file, or beside who includes it. None: not the paper's."""
    target = target.strip('"')
    folders = (parents[0].parent, parents[-1].parent, root)
    names = (target, f"{target}.tex", f"{target}.ltx")
    for folder in folders:
        for name in names:
            path = (folder / name).resolve()
            if is_inside(path, root) and path.is_file():
                return path
    if target in _OF_TEX or target.endswith((".bbl", ".pdf_tex", ".sty", ".pgf")):
        return None
    outside = any(not is_inside(folders[0] / name, root) for name in names)
    where = f"outside the paper's folder {root}" if outside else f"not in {root}"
    raise InputError(
        f"{parents[-1].name} includes {target!r}, which is {where}",
        "Give the folder that holds every file of the paper, or put the missing file there.",
    )
