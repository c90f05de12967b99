"""Conditionals that are commands with arguments: ifthen, etoolbox, xparse."""

from __future__ import annotations

import re
from collections.abc import Callable

from p2c.generator.readers.latex.definitions import FALSE, MISSING, TRUE, Macro
from p2c.generator.readers.latex.scanner import read_argument, read_group, skip_blank

# How many arguments a command tests, and which of the two branches behind them it has.
_XPARSE = {
    f"If{what}{branches}": (1, branches)
    for what in ("Boolean", "NoValue", "Value", "Blank")
    for branches in ("TF", "T", "F")
}
_OTHERS = {
    "ifthenelse": (1, "TF"), "iftoggle": (1, "TF"), "nottoggle": (1, "TF"), "ifbool": (1, "TF"), "notbool": (1, "TF"),
    "ifstrequal": (2, "TF"), "ifblank": (1, "TF"), "notblank": (1, "TF"), "ifdef": (1, "TF"), "ifundef": (1, "TF"),
    "ifdefempty": (1, "TF"), "ifdefvoid": (1, "TF"), "ifstrempty": (1, "TF"),
}  # fmt: skip
CHOICES = _XPARSE | _OTHERS
_SETTERS = re.compile(
    r"(?P<new>new|provide|set)?(?P<kind>bool|boolean|toggle)(?P<value>true|false)?",
)
SETTERS = frozenset(
    "newboolean provideboolean setboolean newbool providebool setbool booltrue boolfalse newtoggle providetoggle "
    "settoggle toggletrue togglefalse".split()
)
Value = Callable[[str], str]


def set_flag(name: str, text: str, at: int, flags: dict[str, bool]) -> int | None:
    """Carry out a command that sets a boolean or a toggle; where it ends, or None where it is not complete."""
    match = _SETTERS.fullmatch(name)
    flag = read_group(text, skip_blank(text, at))
    if match is None or flag is None:
        return None
    key, end, value = _key(match["kind"], flag[0]), flag[1], match["value"] or "false"
    if match["new"] == "set":
        given = read_group(text, skip_blank(text, end))
        if given is None:
            return None
        value, end = given[0].strip(), given[1]
    if match["new"] != "provide" or key not in flags:
        flags[key] = value == "true"
    return end


def _key(kind: str, name: str) -> str:
    return f"{'toggle' if kind == 'toggle' else 'bool'}:{name.strip()}"


def choose(
    name: str, text: str, at: int, flags: dict[str, bool], macros: dict[str, Macro]
) -> tuple[str | None, int] | None:
    """The branch that a conditional takes (None: not known), and where it ends; None if it is not whole."""
    tests, branches = CHOICES[name]
    groups = []
    for _ in range(tests + len(branches)):
        group = read_argument(text, at)
        if group is None:
            return None
        groups.append(group[0])
        at = group[1]
    truth = _truth(name, groups[:tests], flags, macros)
    if truth is None:
        return None, at
    by_branch = dict(zip(branches, groups[tests:], strict=True))
    return by_branch.get("T" if truth else "F", ""), at


def _truth(name: str, tested: list[str], flags: dict[str, bool], macros: dict[str, Macro]) -> bool | None:
    argument = tested[0].strip()
    if name.startswith("If"):
        return _xparse(name, argument)
    if name in ("iftoggle", "nottoggle", "ifbool", "notbool"):
        truth = flags.get(_key(name.removeprefix("if").removeprefix("not"), argument))
        return truth if truth is None or name.startswith("if") else not truth
    if name == "ifstrequal":
        return argument == tested[1].strip()
    if name in ("ifblank", "notblank", "ifstrempty"):
        return (not argument) != (name == "notblank")
    known = macros.get(argument.lstrip("\\"))
    if name in ("ifdef", "ifundef"):
        return (name == "ifdef") if known else None
    if name in ("ifdefempty", "ifdefvoid"):
        return not known.body.strip() if known else None
    return _ifthen(argument, flags, macros)


def _xparse(name: str, argument: str) -> bool | None:
    if name.startswith("IfBoolean"):
        return {TRUE: True, FALSE: False}.get(argument)
    if name.startswith("IfBlank"):
        return not argument
    return (argument == MISSING) == name.startswith("IfNoValue")


_ATOM = re.compile(
    r"\\boolean\s*\{(?P<flag>[^{}]*)\}|\\equal\s*\{(?P<one>[^{}]*)\}\s*\{(?P<other>[^{}]*)\}"
    r"|\\isundefined\s*\{?\s*\\(?P<undefined>[A-Za-z@]+)\s*\}?|\\isodd\s*\{?(?P<odd>\d+)\}?"
    r"|(?P<left>-?\d+|\\[A-Za-z]+)\s*(?P<sign>[<>=])\s*(?P<right>-?\d+|\\[A-Za-z]+)"
)
_WORDS = {r"\not": "!", r"\NOT": "!", r"\and": "&", r"\AND": "&", r"\or": "|", r"\OR": "|", r"\(": "(", r"\)": ")"}


def _ifthen(test: str, flags: dict[str, bool], macros: dict[str, Macro]) -> bool | None:
    """The value of a test of ifthen, read from left to right as it does; None where a part is not known."""
    valued = _ATOM.sub(lambda match: {True: "1", False: "0", None: "?"}[_atom(match, flags, macros)], test)
    signs = re.sub(r"\\(?:not|NOT|and|AND|or|OR|\(|\))(?![A-Za-z])", lambda match: _WORDS[match.group(0)], valued)
    signs = re.sub(r"\s", "", signs)
    if len(signs) > 200 or not re.fullmatch(r"[01!&|()]+", signs):
        return None
    return _value(signs)


def _atom(match: re.Match[str], flags: dict[str, bool], macros: dict[str, Macro]) -> bool | None:
    if match["flag"] is not None:
        return flags.get(_key("bool", match["flag"]))
    if match["one"] is not None:
        left, right = _plain(match["one"], macros), _plain(match["other"], macros)
        return None if "\\" in left + right else left == right
    if match["undefined"]:
        return False if match["undefined"] in macros else None
    if match["odd"]:
        return int(match["odd"][-1]) % 2 == 1
    return _compared(_plain(match["left"], macros), match["sign"], _plain(match["right"], macros))


def _plain(word: str, macros: dict[str, Macro]) -> str:
    """A word, or what a macro without arguments stands for."""
    for _ in range(5):
        known = macros.get(word.strip().lstrip("\\")) if word.strip().startswith("\\") else None
        word = known.body if known and not known.arguments else word
    return word.strip()


def _value(signs: str) -> bool | None:
    """The value of `!0&(1|0)`: brackets and negations first, then from left to right."""
    before = ""
    while signs != before:
        before = signs
        signs = re.sub(r"\(([01])\)", r"\1", signs)
        signs = re.sub(r"!([01])", lambda match: "10"[int(match.group(1))], signs)
        signs = re.sub(
            r"(?<![!&|01])([01])([&|])([01])",
            lambda match: str(int((min if match.group(2) == "&" else max)(match.group(1), match.group(3)))),
            signs,
        )
    return {"1": True, "0": False}.get(signs)


def _compared(left: str, sign: str, right: str) -> bool | None:
    if not (re.fullmatch(r"-?\d{1,9}", left) and re.fullmatch(r"-?\d{1,9}", right)):
        return None
    first, second = int(left), int(right)
    return {"<": first < second, ">": first > second, "=": first == second}[sign]
