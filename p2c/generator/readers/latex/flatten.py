"""LaTeX sources into one text: comments dropped, inputs followed, conditionals decided."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from p2c.errors import InputError
from p2c.generator.readers.latex.comments import VERBATIM, strip_comments
from p2c.generator.readers.latex.conditionals import say_flag, take_conditional
from p2c.generator.readers.latex.external_files import COMMANDS, include_external
from p2c.generator.readers.latex.missing_parts import is_of_tex, refuse_torso
from p2c.generator.readers.latex.packages import chosen_options, package_files
from p2c.generator.readers.latex.plain_definitions import plain_definitions
from p2c.generator.readers.latex.state import State, is_inside
from p2c.generator.readers.text_decoding import declared_encoding, decode_file, read_bytes

_TOKEN = re.compile(
    rf"(?P<literal>\\begin\{{(?P<verbatim>{VERBATIM})\}}.*?\\end\{{(?P=verbatim)\}}|\\verb\*?([^A-Za-z\s*])[^\n]*?\3|\\\\)"
    r"|\\let\s*\\if(?P<let>[A-Za-z]+)\s*=?\s*\\if(?P<value>true|false)(?![A-Za-z@])"
    r"|\\newif\s*\\if(?P<new>[A-Za-z@]+)"
    r"|\\(?:sub)?(?:import|inputfrom|includefrom)\*?\s*\{(?P<folder>[^{}]*)\}\s*\{(?P<file>[^{}]*)\}"
    r"|\\(?P<input>@?@?input|include|subfile|subfileinclude|includestandalone|markdownInput)\s*(?:\[[^\]]*\])?\s*"
    r"\{(?P<braced>[^{}]*)\}"
    r"|\\(?P<plain_input>@?@?input|include)\s+(?P<bare>[^\s{}\\]+)"
    r"|\\(?P<exists>IfFileExists|InputIfFileExists)\s*\{(?P<guarded>[^{}]*)\}"
    r"|\\(?P<load>usepackage|documentclass|RequirePackage(?:WithOptions)?|LoadClass(?:WithOptions)?)\s*"
    r"(?:\[(?P<options>[^\]]*)\])?\s*\{(?P<names>[^{}]*)\}"
    rf"|\\(?P<external>{COMMANDS})(?![A-Za-z@])\*?"
    r"|\\(?P<hide>excludecomment|excludeversion|includecomment|includeversion)\s*\{(?P<comment>[^{}]*)\}"
    r"|\\(?:re)?newenvironment\s*\{(?P<silent>[^{}]*)\}\s*(?:\[[^\]]*\]\s*)*\{\s*\\(?:comment|begin\{comment\})\s*\}\s*"
    r"\{[^{}]*(?:\{[^{}]*\})?[^{}]*\}"
    r"|\\(?:Re)?[Nn]ewEnviron\s*\{(?P<empty>[^{}]*)\}\s*(?:\[[^\]]*\]\s*)*\{\s*\}"
    r"|\\(?P<boolean>(?:new|provide|set)bool(?:ean)?|bool(?=true|false))(?P<now>true|false)?\s*\{(?P<flag>[^{}]*)\}"
    r"(?:\s*\{\s*(?P<set>true|false)\s*\})?"
    r"|\\def\s*\\input@path\s*\{(?P<path>(?:\s*\{[^{}]*\})+)\s*\}"
    r"|\\(?:newcommand|renewcommand|providecommand|def|gdef)\*?\s*\{?\s*\\(?P<macro>[A-Za-z@]+)\s*\}?\s*"
    r"\{(?P<plain>[^{}#]*)\}"
    r"|\\begin\s*\{(?P<env>[^{}\n]*)\}"
    r"|\\(?P<word>if[A-Za-z@]*|else|fi|[A-Za-z@]+?(?:true|false)|endinput|end\s*\{document\})(?![A-Za-z@])",
    re.DOTALL,
)
# A part that is also a document by itself (subfiles, standalone): only its body belongs to the paper.
_INSIDE = re.compile(r"\\begin\s*\{document\}(.*?)(?:\\end\s*\{document\}|\Z)", re.DOTALL)
_SHOWN_ELSEWHERE = re.compile(
    r"\\(?:(?:if|not)(?:thenelse|toggle|bool(?:expr)?|def|undef|str\w+|blank|num\w+)|If[A-Z]\w*)\b", re.IGNORECASE
)
MAX_DEPTH = 40


@dataclass(frozen=True)
class Source:
    """A whole source as one text; the files that it was read from."""

    text: str
    notes: tuple[str, ...]
    files: frozenset[Path]
    hidden: frozenset[str] = frozenset()


def flatten(main: Path, root: Path) -> Source:
    """Join a source into one text, with notes; raises InputError for a missing, circular or outside input."""
    state = State(root.resolve(), main.resolve())
    text = _join(main.resolve(), (), state)
    refuse_torso(text, state)
    return Source(text, tuple(dict.fromkeys(state.notes)), frozenset(state.read_files), frozenset(state.hidden))


def _join(path: Path, parents: tuple[Path, ...], state: State) -> str:
    if path in parents or len(parents) > MAX_DEPTH:
        raise InputError(f"{path.name} includes itself, through {' → '.join(p.name for p in parents)}")
    text = _read(path, state)
    if parents and (inside := _INSIDE.search(text)):
        text = inside.group(1)
    depth = len(state.stack)
    joined = _walk(text, (*parents, path), state)
    del state.stack[depth:]
    return joined


def _read(path: Path, state: State) -> str:
    data = read_bytes(path) if path.stat().st_size else b" "
    if not data.strip():
        return ""
    state.encoding = declared_encoding(data) or state.encoding
    raw, note = decode_file(path, state.encoding)
    state.take(raw)
    state.read_files.add(path)
    state.notes += [note] if note else []
    return strip_comments(raw)


def _walk(text: str, parents: tuple[Path, ...], state: State) -> str:
    parts: list[str] = []
    at = 0
    while token := _TOKEN.search(text, at):
        if state.active:
            parts.append(text[at : token.start()])
        at = token.end()
        if token["word"] == "endinput" and state.active:
            at = len(text)
            break
        piece, at = _replace(token, text, parents, state)
        parts.append(piece)
    if state.active:
        parts.append(text[at:])
    return "".join(parts)


def _replace(token: re.Match[str], text: str, parents: tuple[Path, ...], state: State) -> tuple[str, int]:
    """What stands for one token, after it has taken effect, and where reading goes on."""
    if name := token["word"]:
        return take_conditional(name, token.group(0), state), token.end()
    if not state.active:
        return "", token.end()
    for group, handle in _HANDLERS:
        if token[group] is not None:
            return handle(token, text, parents, state)
    return token.group(0), token.end()


def _flag(token: re.Match[str], _text: str, _parents: tuple[Path, ...], state: State) -> tuple[str, int]:
    name = token["new"] or token["let"]
    state.flags[name] = token["value"] == "true"
    return say_flag(name, state.flags[name]), token.end()


def _boolean(token: re.Match[str], _text: str, _parents: tuple[Path, ...], state: State) -> tuple[str, int]:
    """The booleans of ifthen and etoolbox are the conditionals of TeX."""
    if not token["boolean"].startswith("provide") or token["flag"] not in state.flags:
        state.flags[token["flag"]] = "true" in (token["now"], token["set"])
    return token.group(0), token.end()


def _word(token: re.Match[str], _text: str, _parents: tuple[Path, ...], state: State) -> tuple[str, int]:
    if not re.search(r"\\(?!jobname|[A-Za-z@]+)", token["plain"]):
        state.words[token["macro"]] = state.spelled(token["plain"].strip())
    start = token.start("plain") - token.start()  # what the body includes is followed where it stands
    return token.group(0)[:start], token.start("plain")


def _input_path(token: re.Match[str], _text: str, _parents: tuple[Path, ...], state: State) -> tuple[str, int]:
    state.folders += [name for name in re.findall(r"\{([^{}]*)\}", token["path"]) if name not in state.folders][:20]
    return "", token.end()


def _comment(token: re.Match[str], _text: str, _parents: tuple[Path, ...], state: State) -> tuple[str, int]:
    if (token["hide"] or "").startswith("include"):
        state.hidden.discard(token["comment"])
    else:
        state.hidden.add(token["comment"] or token["silent"] or token["empty"])
    return "", token.end()


def _environment(token: re.Match[str], text: str, parents: tuple[Path, ...], state: State) -> tuple[str, int]:
    if token["env"] == "document":
        state.body = True
    if token["env"] not in state.hidden:
        return token.group(0), token.end()
    end = re.compile(rf"\\end\s*\{{{re.escape(token['env'])}\}}").search(text, token.end())
    return "", end.end() if end else len(text)


def _exists(token: re.Match[str], text: str, parents: tuple[Path, ...], state: State) -> tuple[str, int]:
    """The branch of a guarded input that TeX would take, walked in its turn."""
    name, at = state.spelled(token["guarded"]), token.end()
    file = state.find(name, parents)
    branches = []
    for _ in range(2):
        group = state.group(text, at)
        branches.append(group[0] if group else "")
        at = group[1] if group else at
    shown = branches[0 if file else 1]
    given = _join(file, parents, state) if file and token["exists"] == "InputIfFileExists" else ""
    if len(parents) > MAX_DEPTH:
        return given + shown, at
    return given + _walk(shown, (*parents, parents[-1]), state), at


def _load(token: re.Match[str], _text: str, parents: tuple[Path, ...], state: State) -> tuple[str, int]:
    """A package or a class that lies in the paper's folder: what it defines in plain words."""
    given = (token["options"] or "").split(",")
    definitions = []
    for path in package_files(token["load"], token["names"], parents, state):
        try:
            depth, flags, notes = len(state.stack), (state.ended, state.body, state.package), len(state.notes)
            state.package = True
            definitions.append(
                plain_definitions(_walk(chosen_options(_read(path, state), given, state), (*parents, path), state))
            )
            del state.stack[depth:]
            state.ended, state.body, state.package = flags
            del state.notes[notes if not state.package else len(state.notes) :]
        except InputError as error:
            state.notes.append(f"What {path.name} defines was not read: {error.message}.")
    return token.group(0) + "".join(definitions), token.end()


def _external(token: re.Match[str], text: str, parents: tuple[Path, ...], state: State) -> tuple[str, int]:
    return include_external(token["external"], text, token.end(), parents, state) or (token.group(0), token.end())


def _input(token: re.Match[str], text: str, parents: tuple[Path, ...], state: State) -> tuple[str, int]:
    target = token["braced"] or token["bare"] or f"{token['folder'] or ''}/{token['file'] or ''}".lstrip("/")
    target = state.spelled(target).strip()
    if state.package and ("#" in target or "\\" in target or not state.find(target, parents)):
        return "", token.end()
    if "#" in target or "\\" in target:
        state.notes.append(f"{token.group(0)} was not followed: its file name is computed.")
        return token.group(0), token.end()
    file = state.find(target, parents) or _absent(target, token, text, parents, state)
    return _join(file, parents, state) if file else "", token.end()


def _absent(target: str, token: re.Match[str], text: str, parents: tuple[Path, ...], state: State) -> Path | None:
    """A file that is not where TeX would look: found elsewhere, of no account, noted, or an InputError."""
    name = target.strip('"')
    outside = any(not is_inside(state.main.parent / (name + suffix), state.root) for suffix in ("", ".tex", ".ltx"))
    if is_of_tex(name):
        return None
    if not outside and (file := state.find_by_name(name)):
        state.notes.append(f"{parents[-1].name} includes {name!r}, which was read from {file.relative_to(state.root)}.")
        return file if file not in parents else None
    optional = token["input"] in ("include", "includestandalone", "@input") or token["plain_input"] == "include"
    if not outside and (optional or not state.body or None in state.stack or _guarded(text, token.start(), state)):
        state.notes.append(f"{parents[-1].name} includes {name!r}, which is not there; it was left out.")
        return None
    if not outside:
        state.missing.append((name, parents[-1].name))
        return None
    raise InputError(
        f"{parents[-1].name} includes {name!r}, which is outside the paper's folder {state.root}",
        "Give the folder that holds every file of the paper, or put the missing file there.",
    )


def _guarded(text: str, at: int, state: State) -> bool:
    """Tell whether a place is an argument of a conditional, which TeX may never come to."""
    for match in _SHOWN_ELSEWHERE.finditer(text, max(0, at - 5_000), at):
        end = match.end()
        for _ in range(4):
            group = state.group(text, end)
            if group is None:
                break
            end = group[1]
        if end > at:
            return True
    return False


_Handler = Callable[[re.Match[str], str, tuple[Path, ...], State], tuple[str, int]]
_HANDLERS: tuple[tuple[str, _Handler], ...] = (
    ("new", _flag),
    ("let", _flag),
    ("env", _environment),
    ("macro", _word),
    ("file", _input),
    ("braced", _input),
    ("bare", _input),
    ("load", _load),
    ("external", _external),
    ("exists", _exists),
    ("hide", _comment),
    ("silent", _comment),
    ("empty", _comment),
    ("boolean", _boolean),
    ("path", _input_path),
)
