"""Definitions of macros, in the forms that LaTeX, TeX, xparse and mathtools give them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from p2c.generator.readers.latex.scanner import read_argument, read_group, read_option, skip_blank

MISSING = "-NoValue-"
"""What xparse hands on for an optional argument that was not given."""
TRUE, FALSE = r"\BooleanTrue", r"\BooleanFalse"
DEFINERS = {
    "newcommand": "latex", "renewcommand": "latex", "providecommand": "latex", "DeclareRobustCommand": "latex",
    "newrobustcmd": "latex", "renewrobustcmd": "latex", "providerobustcmd": "latex", "newcommandx": "xargs",
    "renewcommandx": "xargs", "providecommandx": "xargs", "def": "tex", "gdef": "tex", "edef": "tex", "xdef": "tex",
    "DeclareMathOperator": "operator", "let": "let", "NewCommandCopy": "let", "RenewCommandCopy": "let",
    "DeclareCommandCopy": "let",
    "NewDocumentCommand": "document", "RenewDocumentCommand": "document", "ProvideDocumentCommand": "document",
    "DeclareDocumentCommand": "document", "NewExpandableDocumentCommand": "document",
    "RenewExpandableDocumentCommand": "document", "ProvideExpandableDocumentCommand": "document",
    "DeclareExpandableDocumentCommand": "document",
    "DeclarePairedDelimiter": "pair", "DeclarePairedDelimiterX": "pairx", "DeclarePairedDelimiterXPP": "pairxpp",
    "pgfmathsetmacro": "math", "pgfmathtruncatemacro": "math",
}  # fmt: skip
_MACHINERY = re.compile(r"\\(?:csname|expandafter|begingroup|futurelet|ifx|ifnum|@|[A-Za-z]*@)")
_SPEC = re.compile(
    r"(?:[+!]|>\s*\{[^{}]*\}|\s)*(?:(?P<plain>[mosvbg])|O\s*\{(?P<default>(?:[^{}]|\{[^{}]*\})*)\}"
    r"|t(?P<token>\\?[^\s{}])"
    r"|d(?P<pair>[^\s{}]{2})|D(?P<dpair>[^\s{}]{2})\s*\{(?P<ddefault>[^{}]*)\}|r(?P<rpair>[^\s{}]{2})"
    r"|R(?P<rrpair>[^\s{}]{2})\s*\{[^{}]*\}|G\s*\{(?P<gdefault>[^{}]*)\}|(?P<unknown>\S))"
)


@dataclass(frozen=True)
class Argument:
    """How one argument is given.

    `m` in a group, `o` in `marks` and optional, `s` as the token `marks` or not at all, `d` up to `marks`, and `t` is
    no argument but `marks` that must stand there.
    """

    kind: str = "m"
    default: str = MISSING
    marks: str = "[]"


@dataclass(frozen=True)
class Macro:
    """A body with `#1` to `#9`, and its arguments."""

    body: str
    arguments: tuple[Argument, ...] = ()
    final: bool = False
    """The body is TeX's own command and is not looked at again."""
    opaque: bool = False
    """TeX machinery: left as it stands, and shown as a definition."""
    source: str = ""


def read_definition(definer: str, text: str, at: int) -> tuple[str, Macro, int] | None:
    """A definition's name, its macro, and where it ends; the body of a `let` is what it names.

    None where it is no definition that is understood.
    """
    form = DEFINERS[definer]
    if text.startswith("*", at):
        at += 1
    named = read_argument(text, at)
    if named is None or not (match := re.fullmatch(r"\s*\\([A-Za-z@]+)\s*", named[0])):
        return None
    name, at = match.group(1), named[1]
    definition = _READERS[form](text, at)
    if definition is None:
        return None
    macro, end = definition
    opaque = macro.opaque or bool(_MACHINERY.search(macro.body))
    return name, replace(macro, opaque=opaque, source=f"\\{definer} \\{name}{text[named[1] : end]}"), end


def _alias(text: str, at: int) -> tuple[Macro, int] | None:
    at = skip_blank(text, at)
    at = skip_blank(text, at + 1) if text.startswith("=", at) else at
    target = read_argument(text, at)
    return (Macro(target[0], final=True), target[1]) if target else None


def _xargs(text: str, at: int) -> tuple[Macro, int] | None:
    """`[count][1=a, 2=b]{body}`."""
    return _latex(text, at, keyed=True)


def _latex(text: str, at: int, keyed: bool = False) -> tuple[Macro, int] | None:
    """`[count][default]{body}`; the defaults of xargs say whose they are."""
    count, at = read_option(text, at)
    default, at = read_option(text, at)
    body = read_argument(text, at)
    number = (count or "0").strip()
    if body is None or not re.fullmatch(r"\d", number):
        return None
    arguments = [Argument()] * int(number)
    given = re.findall(r"(\d)\s*=\s*([^,]*)", default or "") if keyed else []
    if default is not None and arguments and not given:
        arguments[0] = Argument("o", default)
    for place, value in given:
        if 0 < int(place) <= len(arguments):
            arguments[int(place) - 1] = Argument("o", value)
    return Macro(body[0], tuple(arguments)), body[1]


def _tex(text: str, at: int) -> tuple[Macro, int] | None:
    """`\\def`'s parameter text: an argument ends at the marks that stand behind it there, as in `(#1,#2)`."""
    brace = text.find("{", at)
    body = read_group(text, brace) if brace >= 0 else None
    if body is None:
        return None
    parameters = text[skip_blank(text, at) : brace]
    pieces = re.split(r"#(\d)", parameters)
    understood = "#" not in "".join(pieces[::2]) and pieces[1::2] == [str(n) for n in range(1, len(pieces) // 2 + 1)]
    arguments = [Argument("t", marks=pieces[0])] if pieces[0].strip() else []
    for marks in pieces[2::2]:
        arguments.append(Argument("d", marks=" " if marks.isspace() else marks.strip()) if marks else Argument())
    return Macro(body[0], tuple(arguments), opaque=not understood), body[1]


def _operator(text: str, at: int) -> tuple[Macro, int] | None:
    body = read_group(text, skip_blank(text, at))
    return (Macro(rf"\operatorname{{{body[0]}}}"), body[1]) if body else None


def _document(text: str, at: int) -> tuple[Macro, int] | None:
    """xparse; a specification that is not known leaves the macro as it stands."""
    spec = read_group(text, skip_blank(text, at))
    body = read_group(text, skip_blank(text, spec[1])) if spec else None
    if spec is None or body is None:
        return None
    arguments = [_specified(match) for match in _SPEC.finditer(spec[0].strip())]
    known = tuple(argument for argument in arguments if argument)
    return Macro(body[0], known, opaque=len(known) < len(arguments) or len(known) > 9), body[1]


def _specified(match: re.Match[str]) -> Argument | None:
    groups = {name: value for name, value in match.groupdict().items() if value is not None}
    simple = {
        "m": Argument(),
        "v": Argument(),
        "o": Argument("o"),
        "s": Argument("s", marks="*"),
        "g": Argument("o", marks="{}"),
    }
    if plain := groups.get("plain"):
        return simple.get(plain)
    if "unknown" in groups:
        return None
    if token := groups.get("token"):
        return Argument("s", marks=token)
    marks = groups.get("pair") or groups.get("dpair") or groups.get("rpair") or groups.get("rrpair") or "[]"
    if "gdefault" in groups:
        return Argument("o", groups["gdefault"], "{}")
    default = groups.get("default", groups.get("ddefault", MISSING))
    return Argument("o", default, marks)


def _pair(text: str, at: int) -> tuple[Macro, int] | None:
    """`\\DeclarePairedDelimiter{\\abs}{\\lvert}{\\rvert}`: `\\abs{x}`, `\\abs*{x}` and `\\abs[\\big]{x}`."""
    groups = _arguments(text, at, 2)
    return (_delimited(("", *groups[0], "", "#1"), 1), groups[1]) if groups else None


def _pairx(text: str, at: int) -> tuple[Macro, int] | None:
    count, at = read_option(text, at)
    groups = _arguments(text, at, 3)
    number = (count or "1").strip()
    if groups is None or number not in tuple("1234567"):
        return None
    left, right, body = groups[0]
    return _delimited(("", left, right, "", body), int(number)), groups[1]


def _pairxpp(text: str, at: int) -> tuple[Macro, int] | None:
    count, at = read_option(text, at)
    groups = _arguments(text, at, 5)
    number = (count or "1").strip()
    if groups is None or number not in tuple("1234567"):
        return None
    return _delimited(groups[0], int(number)), groups[1]


def _arguments(text: str, at: int, count: int) -> tuple[list[str], int] | None:
    values = []
    for _ in range(count):
        argument = read_argument(text, at)
        if argument is None:
            return None
        values.append(argument[0])
        at = argument[1]
    return values, at


def _delimited(parts: Sequence[str], count: int) -> Macro:
    """A paired delimiter as a command of xparse: star, size, and its own arguments, moved up by two.

    `parts` are what stands before it, its left and right signs, what stands behind it, and its inside.
    """
    before, left, right, after, body = parts
    before, body, after = (
        re.sub(r"#([1-7])", lambda match: f"#{int(match.group(1)) + 2}", part) for part in (before, body, after)
    )
    sized = body.replace("\\delimsize", "#2")
    shown = (
        rf"\IfBooleanTF{{#1}}{{\left{left} {body.replace(chr(92) + 'delimsize', chr(92) + 'middle')} \right{right}}}"
        rf"{{\IfNoValueTF{{#2}}{{{left} {body.replace(chr(92) + 'delimsize', '')} {right}}}"
        rf"{{#2l{left} {sized} #2r{right}}}}}"
    )
    arguments = (Argument("s", marks="*"), Argument("o"), *(Argument() for _ in range(count)))
    return Macro(before + shown + after, arguments)


_READERS = {
    "latex": _latex,
    "xargs": _xargs,
    "tex": _tex,
    "math": _tex,
    "document": _document,
    "operator": _operator,
    "let": _alias,
    "pair": _pair,
    "pairx": _pairx,
    "pairxpp": _pairxpp,
}
