"""Citations as author and year, with the title of each work where it is cited first."""

from __future__ import annotations

import re
from collections.abc import Mapping

from p2c.generator.readers.latex.bibliography import Work
from p2c.generator.readers.latex.comments import VERBATIM

_CITE = re.compile(
    rf"(?P<literal>\\begin\{{(?P<verbatim>{VERBATIM})\}}.*?\\end\{{(?P=verbatim)\}}|\\verb\*?([^A-Za-z\s*])[^\n]*?\3)"
    r"|\\(?P<name>[cC]ite(?:p|t|alp|alt|author|year|yearpar|num|online|title|n|A|NP|shortnp)?|(?:foot|super|smart"
    r"|full|[pP]aren|[tT]ext|"
    r"auto|[aA]utop|[aA]utot)cite|shortcite|newcite|citeasnoun|footcitetext|onlinecite)(?P<star>\*?)(?![A-Za-z@])"
    r"\s*(?P<first>\[[^\]\[]*\])?\s*(?P<second>\[[^\]\[]*\])?\s*\{(?P<keys>[^{}]*)\}",
    re.DOTALL,
)
_TEXTUAL = frozenset("citet Citet textcite Textcite newcite citeasnoun citeauthor Citeauthor citealt Citealt".split())


def resolve_citations(text: str, works: Mapping[str, Work], seen: set[str]) -> str:
    """The text with each citation whose works are known as words; `seen` are the keys whose titles have been said."""

    def shown(match: re.Match[str]) -> str:
        if match["literal"]:
            return match.group(0)
        keys = [key.strip() for key in match["keys"].split(",") if key.strip()]
        if not keys or not any(key in works for key in keys):
            return match.group(0)
        return _said(match, keys, works, seen)

    return _CITE.sub(shown, text)


def _said(match: re.Match[str], keys: list[str], works: Mapping[str, Work], seen: set[str]) -> str:
    name = match["name"]
    if name in ("citeyear", "citeyearpar"):
        years = ", ".join(works[key].year if key in works else key for key in keys)
        return f"({years})" if name == "citeyearpar" else years
    before, after = (match["first"], match["second"]) if match["second"] else (None, match["first"])
    lead, tail = (option.strip("[] ") if option else "" for option in (before, after))
    if name in _TEXTUAL:
        cited = "; ".join(_in_text(key, works, seen, name.lower() == "citeauthor", tail) for key in keys)
        return f"{lead} {cited}".strip()
    cited = "; ".join(_in_brackets(key, works, seen) for key in keys)
    return f"({' '.join(part for part in (lead, cited) if part)}{f', {tail}' if tail else ''})"


def _title(key: str, work: Work, seen: set[str]) -> str:
    if key in seen or not work.title:
        return ""
    seen.add(key)
    return f"“{work.title}”"


def _in_text(key: str, works: Mapping[str, Work], seen: set[str], bare: bool, tail: str) -> str:
    work = works.get(key)
    if work is None:
        return key
    if bare:
        return work.authors or key
    inside = ", ".join(part for part in (work.year, _title(key, work, seen), tail) if part)
    return f"{work.authors or key} ({inside})" if inside else work.authors or key


def _in_brackets(key: str, works: Mapping[str, Work], seen: set[str]) -> str:
    work = works.get(key)
    if work is None:
        return key
    return ", ".join(part for part in (work.authors or key, work.year, _title(key, work, seen)) if part)
