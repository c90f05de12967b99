"""Acronyms that a paper declares (glossaries, acro, acronym), in words: the long form with the short one at first."""

from __future__ import annotations

import re

from p2c.generator.readers.latex.comments import VERBATIM
from p2c.generator.readers.latex.scanner import read_group, read_option, skip_blank

_DECLARED = re.compile(
    r"\\(?:new(?:acronym|abbreviation)|(?P<acro>DeclareAcronym|newglossaryentry)|acrodef)(?![A-Za-z])"
)
_USED = re.compile(
    rf"(?P<literal>\\begin\{{(?P<verbatim>{VERBATIM})\}}.*?\\end\{{(?P=verbatim)\}}|\\verb\*?([^A-Za-z\s*])[^\n]*?\3)"
    r"|\\(?P<form>[gG]ls(?:pl|first)?|GLS|gls(?:xtr|entry)(?:short|long|full)|acr(?:short|long|full)|[aA]c(?:p|s|l|f)?)"
    r"(?![A-Za-z])\*?\s*(?:\[[^\]]*\]\s*)?\{(?P<key>[^{}]*)\}",
    re.DOTALL,
)
_ENTRY = re.compile(r"\b(short|long|name|description)\s*=\s*(\{(?:[^{}]|\{[^{}]*\})*\}|[^,{}]*)")
MOST = 2_000
"""Acronyms of a paper."""
MOST_WASTED = 1_000_000
"""Characters that are read for groups that never close."""


def say_acronyms(text: str) -> str:
    """The text with its declared acronyms in words; commands whose acronym is not declared stay as they are."""
    forms = _declared(text)
    if not forms:
        return text
    seen: set[str] = set()

    def said(match: re.Match[str]) -> str:
        key = (match["key"] or "").strip()
        if match["literal"] or key not in forms:
            return match.group(0)
        words = _words(match["form"].lower(), forms[key], key not in seen)
        seen.add(key)
        return words[:1].upper() + words[1:] if match["form"][0].isupper() else words

    begin = text.find("\\begin{document}")
    return text[: max(begin, 0)] + _USED.sub(said, text[max(begin, 0) :])


def _words(form: str, forms: tuple[str, str], first: bool) -> str:
    """What a command shows of an acronym, given as its short and its long form."""
    short, long = forms
    if form.endswith("short") or form == "acs":
        return short
    if form.endswith("long") or form == "acl":
        return long
    plural = "s" if form in ("glspl", "acp") else ""
    whole = long and (first or form.endswith(("full", "first")) or form == "acf")
    return f"{long}{plural} ({short}{plural})" if whole else f"{short}{plural}"


def _declared(text: str) -> dict[str, tuple[str, str]]:
    """The short and the long form of each acronym, by its key."""
    forms: dict[str, tuple[str, str]] = {}
    wasted = 0
    for match in _DECLARED.finditer(text):
        _, at = read_option(text, match.end())
        groups: list[str] = []
        for _ in range(3):
            option, at = read_option(text, at) if groups else (None, at)
            group = read_group(text, skip_blank(text, at))
            if group is None:
                wasted += len(text) - at
                break
            groups += [option] if option else []
            groups.append(group[0])
            at = group[1]
            if len(groups) >= (2 if match["acro"] else 3):
                break
        _declare(groups, bool(match["acro"]), forms)
        if len(forms) > MOST or wasted > MOST_WASTED:
            break
    return forms


def _declare(groups: list[str], keyed: bool, forms: dict[str, tuple[str, str]]) -> None:
    if keyed and len(groups) > 1:
        entry = {key: value.strip("{} ") for key, value in _ENTRY.findall(groups[1])}
        short = entry.get("short") or entry.get("name") or ""
        if short:
            forms[groups[0].strip()] = (short, entry.get("long", ""))
    elif len(groups) == 3 and len(groups[2]) < 300:
        forms[groups[0].strip()] = (groups[1], groups[2])
