"""References in the words that a reader of the page sees: `Section 4.2`, `(3)`, `Theorem 1`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from p2c.generator.readers.latex.comments import VERBATIM
from p2c.generator.readers.latex.front_matter import plain_text
from p2c.generator.readers.latex.labels import Target

_REFERENCE = re.compile(
    rf"(?P<literal>\\begin\{{(?P<verbatim>{VERBATIM})\}}.*?\\end\{{(?P=verbatim)\}}|\\verb\*?([^A-Za-z\s*])[^\n]*?\3)"
    r"|\\(?P<range>[cC]refrange)\*?\s*\{(?P<from>[^{}]*)\}\s*\{(?P<to>[^{}]*)\}"
    r"|\\hyperref\s*\[(?P<linked>[^\]]*)\]\s*\{(?P<shown>(?:[^{}]|\{[^{}]*\})*)\}"
    r"|\\(?P<name>ref|eqref|[cC]ref|labelcref|autoref|Autoref|nameref|[vV]ref|fullref|subref|thref|zcref|namecref)\*?"
    r"\s*(?:\[[^\]]*\])?\s*\{(?P<labels>[^{}]*)\}",
    re.DOTALL,
)
_NAMES = {
    "chapter": "chapter", "section": "section", "subsection": "section", "subsubsection": "section",
    "appendix": "appendix",
    "equation": "equation", "figure": "figure", "table": "table", "algorithm": "algorithm", "item": "item",
    "listing": "listing",
}  # fmt: skip
_PLURALS = {"appendix": "appendices", "corollary": "corollaries"}
_FREE = re.compile(r"^(?:sub)*section$|^chapter$|^appendix$")


def resolve_references(text: str, targets: Mapping[str, Target]) -> str:
    """The text with each reference whose label is known in words; others stay as they are."""

    def shown(match: re.Match[str]) -> str:
        if match["literal"]:
            return match.group(0)
        if match["linked"] is not None:
            return _REFERENCE.sub(shown, match["shown"])
        if match["range"]:
            return _range(match, targets)
        labels = [label.strip() for label in match["labels"].split(",") if label.strip()]
        cited = [targets[label] for label in labels if label in targets]
        if not cited or len(cited) < len(labels) or not all(target.number for target in cited):
            return match.group(0)
        return _said(match["name"], cited)

    return _REFERENCE.sub(shown, text)


def _range(match: re.Match[str], targets: Mapping[str, Target]) -> str:
    ends = [targets.get(match[end].strip()) for end in ("from", "to")]
    if ends[0] is None or ends[1] is None:
        return match.group(0)
    name = _name(ends[0], match["range"][0] == "C", plural=True)
    return f"{name} {_number(ends[0])} to {_number(ends[1])}"


def _said(command: str, targets: list[Target]) -> str:
    first = targets[0]
    if command in ("ref", "subref", "labelcref"):
        return ", ".join(_number(target) if command == "labelcref" else target.number for target in targets)
    if command == "eqref":
        return ", ".join(f"({target.number})" for target in targets)
    if command == "nameref":
        return plain_text(first.title) or f"{_name(first, True)} {_number(first)}"
    if command == "autoref":  # hyperref names sections in small letters, all else in capitals
        return f"{_name(first, not _FREE.match(first.kind) or first.kind == 'appendix')} {first.number}"
    capital = command[0].isupper()
    if command == "namecref":
        return _name(first, capital)
    return _listed(targets, capital)


def _listed(targets: list[Target], capital: bool) -> str:
    """`sections 1, 2 and 4 and figure 3`, as cleveref puts them."""
    groups: dict[str, list[Target]] = {}
    for target in targets:
        groups.setdefault(_name(target, False), []).append(target)
    phrases = [
        f"{_name(group[0], capital, plural=len(group) > 1)}~{_together([_number(target) for target in group])}"
        for group in groups.values()
    ]
    return _together(phrases)


def _together(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _number(target: Target) -> str:
    return f"({target.number})" if target.kind == "equation" else target.number


def _name(target: Target, capital: bool, plural: bool = False) -> str:
    name = _NAMES.get(target.kind, target.kind.lower())
    name = _PLURALS.get(name, f"{name}s") if plural else name
    return name[:1].upper() + name[1:] if capital else name
