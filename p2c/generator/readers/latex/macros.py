"""Expand a paper's own macros, so that what they hold (numbers above all) stands where it is used."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from p2c.generator.readers.latex.scanner import read_argument, read_group, read_option, skip_blank

# Structure that the reader itself needs to see, however the paper redefines it.
_KEPT = frozenset(
    "begin end part chapter section subsection subsubsection paragraph subparagraph appendix item caption label ref "
    "eqref cref Cref autoref cite citep citet includegraphics input include title author date maketitle abstract "
    "footnote thanks bibliography bibliographystyle printbibliography today and par".split()
)
_DEFINERS = {
    "newcommand": "latex", "renewcommand": "latex", "providecommand": "latex", "DeclareRobustCommand": "latex",
    "newrobustcmd": "latex", "renewrobustcmd": "latex", "newcommandx": "latex", "renewcommandx": "latex",
    "def": "tex", "gdef": "tex", "edef": "tex", "xdef": "tex",
    "DeclareMathOperator": "operator", "let": "let",
    "NewDocumentCommand": "document", "RenewDocumentCommand": "document", "ProvideDocumentCommand": "document",
    "pgfmathsetmacro": "math", "pgfmathtruncatemacro": "math",
}  # fmt: skip
_TOKEN = re.compile(
    r"\\begin\{(verbatim\*?|lstlisting|minted|Verbatim)\}.*?\\end\{\1\}|\\verb\*?([^A-Za-z\s*])[^\n]*?\2"
    r"|\\(?P<name>[A-Za-z@]+)|\\(?P<symbol>[^A-Za-z@])",
    re.DOTALL,
)
_MACHINERY = re.compile(r"\\(?:csname|expandafter|begingroup|futurelet|ifx|ifnum|@|[A-Za-z]*@)")
MAX_DEPTH = 60
MAX_STEPS = 300_000
"""Of expansion, for macros that call each other and stand for little."""
LEAST_ROOM = 2_000_000
ROOM = 20
"""Characters that macros may be expanded to, in all: so many times the text's length, and LEAST_ROOM at least."""


@dataclass(frozen=True)
class Macro:
    """A body with `#1` to `#9`; one default per argument, None where the argument is not optional."""

    body: str
    arguments: tuple[str | None, ...] = ()
    final: bool = False
    """The body is TeX's own command and is not looked at again."""
    opaque: bool = False
    """TeX machinery, or delimited arguments: left as it stands, and shown as a definition."""
    source: str = ""


@dataclass
class Expansion:
    """The text without definitions and with the macros in place; `left` are those in use that could not be expanded."""

    text: str = ""
    macros: dict[str, Macro] = field(default_factory=dict)
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
    if name in _DEFINERS and (end := _define(_DEFINERS[name], name, text, at, run)):
        return "", end
    macro = run.macros.get(name)
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
        run.spend(len(text) - end if never_closes else 0, name)
        return shown, at
    run.spend(_length(macro.body, values), name)
    return (shown, at) if run.notes else (_expand(_fill(macro.body, values), run, depth + 1), end)


def _arguments(macro: Macro, text: str, at: int) -> tuple[list[str] | None, int]:
    values = []
    for default in macro.arguments:
        if default is not None:
            option, at = read_option(text, at)
            values.append(default if option is None else option)
            continue
        argument = read_argument(text, at)
        if argument is None:
            return None, at
        values.append(argument[0])
        at = argument[1]
    if not macro.arguments and text.startswith("{}", at):
        at += 2
    return values, at


def _length(body: str, values: list[str]) -> int:
    """How many characters a body has with its arguments in place."""
    return len(body) + sum(len(value) * body.count(f"#{number}") for number, value in enumerate(values, 1))


def _fill(body: str, values: list[str]) -> str:
    def value(match: re.Match[str]) -> str:
        index = int(match.group(1)) - 1
        return values[index] if index < len(values) else ""

    return re.sub(r"#([1-9])", value, body).replace("##", "#")


def _define(form: str, definer: str, text: str, at: int, run: Expansion) -> int | None:
    """Take one definition into account; where it ends, or None where it is none that is understood."""
    if text.startswith("*", at):
        at += 1
    named = read_argument(text, at)
    if named is None or not (match := re.fullmatch(r"\s*\\([A-Za-z@]+)\s*", named[0])):
        return None
    name, at = match.group(1), named[1]
    if form == "let":
        return _alias(name, text, at, run)
    read = {"latex": _latex, "tex": _tex, "document": _document, "operator": _operator, "math": _tex}[form]
    found = read(text, at)
    if found is None:
        return None
    macro, end = found
    if definer.lower().startswith("provide") and name in run.macros:
        return end
    source = f"\\{definer} \\{name}{text[named[1] : end]}"
    opaque = macro.opaque or bool(_MACHINERY.search(macro.body))
    run.macros[name] = Macro(macro.body, macro.arguments, macro.final, opaque, source)
    return end


def _alias(name: str, text: str, at: int, run: Expansion) -> int | None:
    at = skip_blank(text, at)
    at = skip_blank(text, at + 1) if text.startswith("=", at) else at
    target = read_argument(text, at)
    if target is None:
        return None
    known = run.macros.get(target[0].lstrip("\\"))
    run.macros[name] = known or Macro(target[0], final=True)
    return target[1]


def _latex(text: str, at: int) -> tuple[Macro, int] | None:
    """`[count][default]{body}`, and the `[1=a, 2=b]` of xargs."""
    count, at = read_option(text, at)
    default, at = read_option(text, at)
    body = read_argument(text, at)
    if body is None or not (count or "0").strip().isdigit():
        return None
    arguments: list[str | None] = [None] * int((count or "0").strip())
    given = re.findall(r"(\d)\s*=\s*([^,]*)", default or "")
    if default is not None and arguments and not given:
        arguments[0] = default
    for number, value in given:
        if int(number) <= len(arguments):
            arguments[int(number) - 1] = value
    return Macro(body[0], tuple(arguments)), body[1]


def _tex(text: str, at: int) -> tuple[Macro, int] | None:
    """`\\def`'s parameter text; arguments that end at a mark of their own are not expanded."""
    brace = text.find("{", at)
    body = read_group(text, brace) if brace >= 0 else None
    if body is None:
        return None
    parameters = text[at:brace].strip()
    plain = re.fullmatch(r"(?:#\d\s*)*", parameters) is not None
    return Macro(body[0], (None,) * parameters.count("#"), opaque=not plain), body[1]


def _operator(text: str, at: int) -> tuple[Macro, int] | None:
    body = read_group(text, skip_blank(text, at))
    return (Macro(rf"\operatorname{{{body[0]}}}"), body[1]) if body else None


def _document(text: str, at: int) -> tuple[Macro, int] | None:
    """xparse: `m` and `O{default}`, `o`; anything else is left as it stands."""
    spec = read_group(text, skip_blank(text, at))
    body = read_group(text, skip_blank(text, spec[1])) if spec else None
    if spec is None or body is None:
        return None
    kinds = re.findall(r"m|o|O\s*\{[^{}]*\}|\S", spec[0])
    opaque = any(kind not in ("m", "o") and kind[0] != "O" for kind in kinds)
    arguments = tuple(None if kind == "m" else kind[1:].strip(" {}") for kind in kinds)
    return Macro(body[0], arguments, opaque=opaque), body[1]
