"""The sections of a LaTeX body, numbered as LaTeX would."""

from __future__ import annotations

import re

from p2c.generator.paper import Section
from p2c.generator.readers.latex.front_matter import plain_text
from p2c.generator.readers.latex.scanner import read_group, read_option, skip_blank

HEADING = (
    r"(?:\\(?P<level>chapter|section|subsection|subsubsection)(?P<star>\*?)(?![A-Za-z@])"
    r"|\\(?P<appendix>appendix)(?![A-Za-z@]))"
)
_HEADING = re.compile(HEADING)
_LEVELS = {"chapter": 0, "section": 1, "subsection": 2, "subsubsection": 3}
_LAYOUT = re.compile(
    r"\\(?:maketitle|newpage|clearpage|cleardoublepage|FloatBarrier|noindent|centering|bigskip|medskip|smallskip|xspace"
    r"|tableofcontents|pagebreak|printAffiliationsAndNotice\{[^{}]*\}|iclrfinalcopy|twocolumn|onecolumn|balance)(?![A-Za-z])"
    r"|\\(?:vspace|hspace|vskip|pagestyle|thispagestyle|hypersetup|graphicspath)\*?\s*\{[^{}]*\}"
)


class Counter:
    """The numbers of headings, in the order in which they come."""

    def __init__(self, body: str, prefix: str = "") -> None:
        """Count in a body, whose lowest heading is a chapter or a section; `prefix` stands before each number."""
        self.lowest = 0 if re.search(r"\\chapter(?![A-Za-z@])", body) else 1
        self.prefix = prefix
        self.counters = [0, 0, 0, 0]
        self.appendix = False

    def take(self, heading: re.Match[str]) -> str:
        """The number of one heading; empty where it has none, and for the mark of the appendix."""
        if heading["appendix"]:
            self.appendix, self.counters = True, [0, 0, 0, 0]
            return ""
        if heading["star"]:
            return ""
        level = _LEVELS[heading["level"]]
        self.counters[level] += 1
        self.counters[level + 1 :] = [0] * (3 - level)
        return self.number(level)

    def number(self, level: int) -> str:
        """The number at a level as it stands, such as `4.2`."""
        count = self.counters[self.lowest]
        first = chr(ord("A") + (count - 1) % 26) if self.appendix and count else str(count)
        return self.prefix + ".".join([first, *map(str, self.counters[self.lowest + 1 : level + 1])])


def split_sections(body: str, prefix: str = "") -> tuple[str, tuple[Section, ...]]:
    """What stands before the first heading, and the sections."""
    sections: list[tuple[str, int, str]] = []
    front, start, counter = "", 0, Counter(body, prefix)
    for heading in _HEADING.finditer(body):
        if heading.start() < start:
            continue
        title, end = (None, 0) if heading["appendix"] else heading_title(body, heading.end())
        if title is None:
            if heading["appendix"]:
                counter.take(heading)
            continue
        number, level = counter.take(heading), _LEVELS[heading["level"]]
        text = body[start : heading.start()]
        front, sections = (text, sections) if not sections else (front, [*sections[:-1], (*sections[-1][:2], text)])
        sections.append((f"{number} {plain_text(title)}".strip(), level - counter.lowest + 1, ""))
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
    """Without commands that only lay out, and without runs of empty lines; a `\\appendix` is said by numbering."""
    text = re.sub(r"\\appendix(?![A-Za-z])", "", _LAYOUT.sub("", text))
    text = "\n".join(line.rstrip() for line in text.splitlines())
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    return text if re.search(r"\w", text) else ""
