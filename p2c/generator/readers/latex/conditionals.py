"""Conditionals of TeX: decided where the source sets their flag, left to the reader where TeX would have to."""

from __future__ import annotations

from p2c.generator.readers.latex.state import State

_PRIMITIVES = frozenset(
    "if ifcat ifx ifcase ifnum ifodd ifhmode ifvmode ifmmode ifinner ifdim ifvoid ifhbox ifvbox ifeof ifdefined "
    "ifcsname iffontchar ifpdf ifxetex ifluatex ifPDFTeX ifXeTeX ifLuaTeX ifpdftex".split()
)


def take_conditional(name: str, text: str, state: State) -> str:
    """What stands for a control word that opens, turns or closes a conditional, or sets a flag."""
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


def _switch(name: str, text: str, state: State) -> str:
    """`\\drafttrue` and `\\draftfalse`; the end of the document; anything else is text."""
    for word in ("true", "false"):
        flag = name.removesuffix(word)
        if name.endswith(word) and flag in state.flags:
            state.flags[flag] = word == "true"
            return say_flag(flag, state.flags[flag])
    if name.startswith("end") and name.endswith("}"):
        state.ended = True
    return text


def say_flag(name: str, value: bool) -> str:
    """A conditional's state for the commands of packages, which are decided when macros are expanded."""
    return "" if "@" in name else f"\\setboolean{{{name}}}{{{str(value).lower()}}}"
