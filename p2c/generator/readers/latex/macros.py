"""Expand a paper's own macros, so that what they hold (numbers above all) stands where it is used."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from p2c.generator.readers.latex.choices import CHOICES, SETTERS, choose, set_flag
from p2c.generator.readers.latex.comments import VERBATIM
from p2c.generator.readers.latex.counters import is_counter_format
from p2c.generator.readers.latex.definitions import DEFINERS, FALSE, TRUE, Argument, Macro, read_definition
from p2c.generator.readers.latex.front_matter import NAMES as _FRONT_MATTER
from p2c.generator.readers.latex.scanner import MOST_DELIMITED, read_argument, read_group, read_until, skip_blank

# Structure that the reader itself needs to see, however the paper or a class beside it redefines it.
_KEPT = frozenset(
    "begin end part chapter section subsection subsubsection paragraph subparagraph appendix item caption label ref "
    "eqref cref Cref autoref cite citep citet includegraphics input include title author date maketitle abstract "
    "footnote thanks bibliography bibliographystyle printbibliography today and par nameref pageref hyperref citealp "
    "citealt citeauthor citeyear citeyearpar parencite textcite footcite autocite nocite tag nonumber notag url href "
    "textbf textit emph texttt textsc mathbf mathrm bibitem newblock captionof subfloat newtheorem declaretheorem "
    "numberwithin counterwithin thebibliography".split()
) | frozenset(_FRONT_MATTER)
_TOKEN = re.compile(
    rf"\\begin\{{({VERBATIM})\}}.*?\\end\{{\1\}}|\\verb\*?([^A-Za-z\s*])[^\n]*?\2"
    r"|\\(?P<name>[A-Za-z@]+)|\\(?P<symbol>[^A-Za-z@])",
    re.DOTALL,
)
MAX_DEPTH = 60
MAX_STEPS = 300_000
"""Of expansion, for macros that call each other and stand for little."""
LEAST_ROOM = 2_000_000
ROOM = 20
"""Characters that macros may be expanded to, in all: so many times the text's length, and LEAST_ROOM at least."""


@dataclass
class Expansion:
    """The text without definitions and with the macros in place; `left` are those in use that could not be expanded."""

    text: str = ""
    macros: dict[str, Macro] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    steps: int = 0
    room: int = LEAST_ROOM

    def spend(self, characters: int, name: str) -> None:
        """Note a step of expansion, at a macro, that took so many characters."""
        self.steps += 1
        self.room -= characters
        if self.steps > MAX_STEPS or self.room < 0:
            self.notes = (f"The paper's macros expand without end: from \\{name} on they were left as they stand.",)


def expand_macros(text: str) -> Expansion:
    """Expand in reading order, so that a redefinition holds from its place on.

    Where that comes to no end, or to more than a paper can hold, the rest stays as it stands, and a note says so.
    """
    run = Expansion(room=max(LEAST_ROOM, ROOM * len(text)))
    run.text = _expand(text, run, 0)
    return run


def _expand(text: str, run: Expansion, depth: int) -> str:
    parts: list[str] = []
    at = 0
    while token := _TOKEN.search(text, at):
        parts.append(text[at : token.start()])
        at = token.end()
        piece = token.group(0)
        if name := token["name"]:
            piece, at = _command(name, text, token, run, depth)
        parts.append(_apart(piece, text, at))
    parts.append(text[at:])
    return "".join(parts)


def _apart(piece: str, text: str, at: int) -> str:
    """Keep `\\alpha` and a letter behind the macro from becoming one word."""
    glued = at < len(text) and text[at].isalpha() and re.search(r"\\[A-Za-z@]+$", piece)
    return f"{piece} " if glued else piece


def _command(name: str, text: str, token: re.Match[str], run: Expansion, depth: int) -> tuple[str, int]:
    """What one control word becomes, and where reading goes on."""
    at, shown = token.end(), token.group(0)
    if name in DEFINERS and (defined := _define(name, text, at, run)):
        return defined
    macro = run.macros.get(name)
    if macro is None and not run.notes and (decided := _decide(name, text, at, run, depth)):
        return decided
    if macro is None or name in _KEPT or run.notes:
        return shown, at
    if macro.opaque or depth > MAX_DEPTH:
        run.left[name] = macro.source
        return shown, at
    values, end = _arguments(macro, text, at)
    if values is not None and macro.final:
        return macro.body, end
    if values is None:
        never_closes = text.startswith("{", skip_blank(text, end))
        sought = MOST_DELIMITED if any(argument.kind == "d" for argument in macro.arguments) else 0
        run.spend(len(text) - end if never_closes else sought, name)
        return shown, at
    run.spend(_length(macro.body, values), name)
    return (shown, at) if run.notes else (_expand(_fill(macro.body, values), run, depth + 1), end)


def _decide(name: str, text: str, at: int, run: Expansion, depth: int) -> tuple[str, int] | None:
    """A conditional of a package decided, or a flag of one set."""
    if name in SETTERS:
        end = set_flag(name, text, at, run.flags)
        return ("", end) if end else None
    if name not in CHOICES or depth > MAX_DEPTH:
        return None
    taken = choose(name, text, at, run.flags, run.macros)
    shown, end = taken or (None, len(text))
    run.spend(end - at, name)
    return None if shown is None or run.notes else (_expand(shown, run, depth + 1), end)


def _arguments(macro: Macro, text: str, at: int) -> tuple[list[str] | None, int]:
    values = []
    at = skip_blank(text, at) if macro.arguments and macro.arguments[0].kind == "d" else at
    for argument in macro.arguments:
        value = _argument(argument, text, at)
        if value is None:
            return None, at
        if argument.kind != "t":
            values.append(value[0])
        at = value[1]
    if not macro.arguments and text.startswith("{}", at):
        at += 2
    return values, at


def _argument(argument: Argument, text: str, at: int) -> tuple[str, int] | None:
    if argument.kind == "m":
        return read_argument(text, at)
    if argument.kind == "d":
        return read_until(text, at, argument.marks)
    start = skip_blank(text, at)
    if argument.kind == "t":
        marks = argument.marks.strip()
        return ("", start + len(marks)) if text.startswith(marks, start) else None
    if argument.kind == "s":
        given = text.startswith(argument.marks, start)
        return (TRUE, start + len(argument.marks)) if given else (FALSE, at)
    group = read_group(text, start, argument.marks)
    return group or (argument.default, at)


def _length(body: str, values: list[str]) -> int:
    """How many characters a body has with its arguments in place."""
    return len(body) + sum(len(value) * body.count(f"#{number}") for number, value in enumerate(values, 1))


def _fill(body: str, values: list[str]) -> str:
    def value(match: re.Match[str]) -> str:
        index = int(match.group(1)) - 1
        return values[index] if index < len(values) else ""

    return re.sub(r"#([1-9])", value, body).replace("##", "#")


def _define(definer: str, text: str, at: int, run: Expansion) -> tuple[str, int] | None:
    """Take one definition into account; what is left of it and where it ends, None where it is none.

    How a counter is shown is left to those who count.
    """
    read = read_definition(definer, text, at)
    if read is None:
        return None
    name, macro, end = read
    if is_counter_format(name, macro.body):
        return macro.source, end
    if definer.lower().startswith("provide") and name in run.macros:
        return "", end
    if DEFINERS[definer] == "let":
        macro = run.macros.get(macro.body.lstrip("\\")) or replace(macro, opaque=False, source="")
    run.macros[name] = macro
    return "", end
