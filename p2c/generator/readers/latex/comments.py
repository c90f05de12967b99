"""Comments of LaTeX, dropped as TeX would; what is verbatim stays."""

from __future__ import annotations

import re

VERBATIM = r"verbatim\*?|lstlisting|minted|Verbatim|BVerbatim|alltt"
# Verbatim text keeps its percent signs; `\verb` may use any delimiter; a URL may hold a bare percent sign.
_LITERAL = re.compile(
    rf"\\begin\{{({VERBATIM})\}}.*?\\end\{{\1\}}"
    r"|\\verb\*?([^A-Za-z\s*])[^\n]*?\2"
    r"|\\(?:url|href|path)\s*\{[^{}\n]*\}"
    r"|\\begin\{comment\}.*?\\end\{comment\}"
    r"|\\begin\{filecontents\*?\}.*?\\end\{filecontents\*?\}"
    r"|\\.|%[^\n]*(?:\n[ \t]*+(?!\n))?",
    re.DOTALL,
)
_BEGUN = re.compile(rf"\\begin\{{({VERBATIM}|comment|filecontents\*?)\}}")
_PROSE = re.compile(r"%,? [a-z]+(?: [\w-]+,?){3}")
_STEP = re.compile(r"[ \t]*\\(?:State|STATE|item|For|FOR|If|IF|While|WHILE|End|END|Else|ELSE|Require|Ensure|Return)")


def strip_comments(text: str) -> str:
    """Drop comments, `comment` environments and embedded files, as TeX would; `\\%` and verbatim text stay.

    Prose behind a number's bare percent sign ("by 12.8% on average") stays too: TeX loses it, its author meant it.
    A step of an algorithm behind a comment keeps its line.
    """

    def keep(match: re.Match[str]) -> str:
        comment = match.group(0)
        if comment.startswith("%") and text[match.start() - 1 : match.start()].isdigit() and _PROSE.match(comment):
            return "\\%" + strip_comments(comment[1:])
        if comment.startswith("%"):
            return "\n" if "\n" in comment and _STEP.match(text, match.end()) else ""
        return "" if comment.startswith(("\\begin{comment}", "\\begin{filecontents")) else comment

    return _LITERAL.sub(keep, _without_open_ends(text))


def _without_open_ends(text: str) -> str:
    """Without verbatim environments that never end, for whose end every search would go through the whole text."""
    for name in {match.group(1) for match in _BEGUN.finditer(text)}:
        last = text.rfind(f"\\end{{{name}}}") + 1
        text = text[:last] + text[last:].replace(f"\\begin{{{name}}}", f"\\begin {{{name}}}")
    return text
