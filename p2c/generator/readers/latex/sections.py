"""The sections of a LaTeX body, numbered as LaTeX would."""

from __future__ import annotations

import re

from p2c.generator.paper import Section
from p2c.generator.readers.latex.counters import LEVELS, SETTING, Counters
from p2c.generator.readers.latex.front_matter import plain_text
from p2c.generator.readers.latex.scanner import read_group, read_option, skip_blank

HEADING = (
    r"(?:\\(?P<level>chapter|section|subsection|subsubsection)(?P<star>\*?)(?![A-Za-z@])"
    r"|\\(?P<appendix>appendix)(?![A-Za-z@]))"
)
_MARK = re.compile(rf"{HEADING}|{SETTING}")
_SET = re.compile(SETTING)
_LAYOUT = re.compile(
    r"\\(?:maketitle|newpage|clearpage|cleardoublepage|FloatBarrier|noindent|centering|bigskip|medskip|smallskip|xspace"
    r"|tableofcontents|pagebreak|printAffiliationsAndNotice\{[^{}]*\}|iclrfinalcopy|twocolumn|onecolumn|balance)(?![A-Za-z])"
    r"|\\(?:vspace|hspace|vskip|pagestyle|thispagestyle|hypersetup|graphicspath)\*?\s*\{[^{}]*\}"
)


class Counter:
    """The numbers of headings, in the order in which they come."""

    def __init__(self, counters: Counters) -> None:
        """Count with the counters of a document."""
        self.counters = counters
        self.appendix = False

    def take(self, heading: re.Match[str]) -> str:
        """The number of one heading; empty where it has none, and for the mark of the appendix."""
        if heading["appendix"]:
            self.appendix = True
            self.counters.start_appendix()
            return ""
        if heading["star"] or LEVELS[heading["level"]] > self.counters.deepest:
            return ""
        return self.counters.step(heading["level"])


def split_sections(body: str, preamble: str = "") -> tuple[str, tuple[Section, ...]]:
    """What stands before the first heading, and the sections."""
    sections: list[tuple[str, int, str]] = []
    front, start, counter = "", 0, Counter(Counters(body, preamble))
    for heading in _MARK.finditer(body):
        if heading.start() < start:
            continue
        if not heading["level"]:
            if heading["appendix"]:
                counter.take(heading)
            else:
                counter.counters.take(heading)
            continue
        title, end = heading_title(body, heading.end())
        if title is None:
            continue
        number, level = counter.take(heading), LEVELS[heading["level"]]
        text = body[start : heading.start()]
        front, sections = (text, sections) if not sections else (front, [*sections[:-1], (*sections[-1][:2], text)])
        sections.append((f"{number} {plain_text(title)}".strip(), level - counter.counters.lowest + 1, ""))
        start = end
    if not sections:
        return "", (Section("Text", tidy(body)),)
    sections[-1] = (*sections[-1][:2], body[start:])
    return front, tuple(Section(title, tidy(text), level) for title, level, text in sections)


def heading_title(body: str, at: int) -> tuple[str | None, int]:
    """The title of the heading whose command ends at `at`, and where it ends; None where it has none."""
    _, at = read_option(body, at)
    group = read_group(body, skip_blank(body, at))
    return group or (None, at)


def tidy(text: str) -> str:
    """Without commands that lay out or set counters, and without runs of empty lines."""
    text = re.sub(r"\\appendix(?![A-Za-z])", "", _LAYOUT.sub("", _SET.sub("", text)))
    text = "\n".join(line.rstrip() for line in text.splitlines())
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    return text if re.search(r"\w", text) else ""
