"""What a package or class beside a paper defines in plain words: its numbers, names and notation, no machinery."""

from __future__ import annotations

import re

from p2c.generator.readers.latex.counters import brace_depth, is_counter_format
from p2c.generator.readers.latex.definitions import DEFINERS, read_definition

_NEXT = re.compile(
    rf"\\(?:(?P<name>{'|'.join(sorted(DEFINERS, key=len, reverse=True))})(?![A-Za-z@])"
    r"|(?P<declared>newtheorem\*?\s*\{[^{}]*\}\s*(?:\[[^\]]*\]\s*)?\{[^{}]*\}(?:\s*\[[^\]]*\])?"
    r"|declaretheorem\s*(?:\[[^\]]*\]\s*)?\{[^{}]*\}|(?:numberwithin|counterwithin)\*?\s*\{[^{}]*\}\s*\{[^{}]*\}"
    r"|(?:set|new|provide)bool(?:ean)?\s*\{\w+\}(?:\s*\{\w+\})?|bool(?:true|false)\s*\{\w+\}"
    r"|(?:new|provide)toggle\s*\{\w+\}|toggle(?:true|false)\s*\{\w+\}|settoggle\s*\{\w+\}\s*\{\w+\}"
    r"|addbibresource\s*(?:\[[^\]]*\]\s*)?\{[^{}]*\}|graphicspath\s*\{(?:\s*\{[^{}]*\})+\s*\}))"
)
# What sets a page, or what TeX does while it sets it: nothing that a reader of the text would miss.
_SETTING = re.compile(
    r"@|\\(?:csname|expandafter|relax|global|begingroup|endgroup|bgroup|egroup|hbox|vbox|vskip|hskip|kern|hss|vfill|"
    r"hfill|par|setlength|addtolength|setcounter|vspace|hspace|parindent|let|def|gdef|edef|newcommand|renewcommand|"
    r"futurelet|if[a-z]*|fi|else|fontsize|selectfont|penalty|raise|lower|rule|unskip|noindent|begin|end|leavevmode|"
    r"hrule|vrule|box|baselineskip|section|chapter|markboth|pagestyle|thispagestyle)(?![A-Za-z])"
)
MOST_BODY = 3_000


def plain_definitions(text: str) -> str:
    """The definitions of a package's text that mean something to a reader, one a line, in their order."""
    definitions: list[str] = []
    at = depth = counted = 0
    while match := _NEXT.search(text, at):
        at = match.end()
        if match["declared"]:
            definitions.append(match.group(0))
            continue
        read = read_definition(match["name"], text, at)
        if read is None:
            continue
        name, macro, at = read
        depth += brace_depth(text[counted : match.start()])
        counted = match.start()
        if depth and is_counter_format(name, macro.body):
            continue  # it holds where the command around it is used
        shown = not _SETTING.search(macro.body) and "@" not in name and len(macro.body) < MOST_BODY
        if shown and not macro.opaque and not (macro.final and DEFINERS[match["name"]] == "let"):
            definitions.append(macro.source)
    return "".join(f"\n{line}" for line in definitions)
