"""What counts, or takes a number, in a LaTeX body."""

from __future__ import annotations

import re

from p2c.generator.readers.latex.comments import VERBATIM
from p2c.generator.readers.latex.counters import SETTING
from p2c.generator.readers.latex.sections import HEADING

TOKEN = re.compile(
    rf"(?P<literal>\\begin\{{(?P<verbatim>{VERBATIM})\}}.*?\\end\{{(?P=verbatim)\}}|\\verb\*?([^A-Za-z\s*])[^\n]*?\3)"
    rf"|{HEADING}"
    r"|\\begin\s*\{(?P<begin>[^{}]*)\}(?P<option>\s*\[[^\]\n]*\])?|\\end\s*\{(?P<end>[^{}]*)\}"
    rf"|{SETTING}|\\the(?P<said>chapter|section|subsection|equation|figure|table)(?![A-Za-z@])"
    r"|\\label\s*(?:\[[^\]]*\])?\s*\{(?P<label>[^{}]*)\}|\\tag\*?\s*\{(?P<tag>(?:[^{}]|\{[^{}]*\})*)\}"
    r"|\\(?P<part>subfigure|subfloat|subtable)(?![A-Za-z@])|\\(?P<captioned>captionof)\s*\{(?P<of>[^{}]*)\}"
    r"|\\(?P<word>caption|item|nonumber|notag|ContinuedFloat|addConstraint)(?![A-Za-z@])\*?(?P<item>\s*\[[^\]]*\])?|(?P<row>\\\\)",
    re.DOTALL,
)
