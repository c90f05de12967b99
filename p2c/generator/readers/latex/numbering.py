"""What the labels of a LaTeX body stand for: the kind of thing, its number and its name, as LaTeX would count."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from p2c.generator.readers.latex.comments import VERBATIM
from p2c.generator.readers.latex.numbered_environments import FLOATS, ONE, PARTS, ROWS, roman
from p2c.generator.readers.latex.scanner import read_group, read_option, skip_blank
from p2c.generator.readers.latex.sections import HEADING, Counter, heading_title
from p2c.generator.readers.latex.theorems import theorem_within, theorems

_TOKEN = re.compile(
    rf"(?P<literal>\\begin\{{(?P<verbatim>{VERBATIM})\}}.*?\\end\{{(?P=verbatim)\}}|\\verb\*?([^A-Za-z\s*])[^\n]*?\3)"
    rf"|{HEADING}"
    r"|\\begin\s*\{(?P<begin>[^{}]*)\}(?P<option>\s*\[[^\]\n]*\])?|\\end\s*\{(?P<end>[^{}]*)\}"
    r"|\\label\s*(?:\[[^\]]*\])?\s*\{(?P<label>[^{}]*)\}|\\tag\*?\s*\{(?P<tag>[^{}]*)\}"
    r"|\\(?P<part>subfigure|subfloat|subtable)(?![A-Za-z@])|\\(?P<captioned>captionof)\s*\{(?P<of>[^{}]*)\}"
    r"|\\(?P<word>caption|item|nonumber|notag)(?![A-Za-z@])\*?(?P<item>\s*\[[^\]]*\])?|(?P<row>\\\\)",
    re.DOTALL,
)
_WITHIN = re.compile(r"\\(?:numberwithin|counterwithin)\*?\s*\{(\w+)\}\s*\{(chapter|section|subsection)\}")
MOST_LABELS = 20_000
MOST_WASTED = 20_000_000
"""Characters that are read for the ends of parts of figures."""


@dataclass(frozen=True)
class Target:
    """What a label stands for: `section`, `equation`, `figure`, `table`, `algorithm`, `item`, or a theorem's "
    "own name."""

    kind: str
    number: str
    title: str = ""


@dataclass
class Numbered:
    """The targets by label, and the body with the numbers said at their places."""

    targets: dict[str, Target]
    body: str


@dataclass
class _Frame:
    """An environment that is open: its kind, the number that a label in it takes, and labels that wait for one."""

    name: str
    kind: str = ""
    number: str = ""
    waiting: list[tuple[str, int]] = field(default_factory=list)
    caption: int = -1
    silent: bool = False
    starred: bool = False
    last: str = ""
    tagged: bool = False
    labelled: bool = False
    parts: int = 0
    items: int = 0


def number_labels(body: str, preamble: str, prefix: str = "") -> Numbered:
    """Count through a body whose macros are in place."""
    walk = _Walk(body, preamble, prefix)
    for token in _TOKEN.finditer(body):
        walk.take(token)
        if len(walk.targets) > MOST_LABELS:
            break
    parts, at = [], 0
    for place, label_text in sorted(walk.said):
        parts += [body[at:place], label_text]
        at = place
    return Numbered(walk.targets, "".join([*parts, body[at:]]))


class _Walk:
    """The counters of LaTeX while a body is gone through."""

    def __init__(self, body: str, preamble: str, prefix: str) -> None:
        self.body, self.prefix = body, prefix
        self.sections = Counter(body, prefix)
        self.counters: dict[str, int] = {}
        self.targets: dict[str, Target] = {}
        self.said: list[tuple[int, str]] = []
        self.frames = [_Frame("document")]
        self.theorems = theorems(preamble + body)
        self.within = {**theorem_within(preamble + body), **dict(_WITHIN.findall(preamble + body))}
        self.seen: dict[str, str] = {}
        self.part = (0, Target("", ""))
        self.wasted = 0
        self.roman = "{IEEEtran}" in preamble

    def take(self, token: re.Match[str]) -> None:
        """Count one token."""
        if token["literal"]:
            self._listing(token["literal"])
            return
        if token["level"] or token["appendix"]:
            self._heading(token)
        elif token["begin"] is not None:
            self._begin(token["begin"], token)
        elif token["end"] is not None:
            self._end(token["end"], token.start())
        elif token["label"] is not None:
            self._label(token["label"].strip(), token.end())
        else:
            self._mark(token)

    def _listing(self, text: str) -> None:
        """A listing whose options give it a caption, and a label."""
        options = re.match(r"\\begin\{(?:lstlisting|minted)\}\s*\[((?:[^\[\]]|\[[^\]]*\])*)\]", text)
        if options and re.search(r"\bcaption\s*=", options.group(1)):
            number = self._step("lstlisting")
            if label := re.search(r"\blabel\s*=\s*\{?([^,{}\]]+)", options.group(1)):
                self.targets.setdefault(label.group(1).strip(), Target("listing", number))

    def _mark(self, token: re.Match[str]) -> None:
        frame = self.frames[-1]
        if token["tag"] is not None:
            frame.number, frame.silent, frame.tagged = token["tag"].strip("()$ "), False, True
            frame.kind = frame.kind or "equation"
        elif token["row"] and frame.name in ROWS:
            self._row(frame)
        elif token["word"] in ("nonumber", "notag"):
            frame.silent = True
        elif token["word"] == "item" and frame.name.startswith("enumerate"):
            given = (token["item"] or "").strip("[] ")
            frame.items += 0 if given else 1
            frame.kind, frame.number = "item", given or str(frame.items)
        elif token["word"] == "caption" or token["captioned"]:
            self._caption(token)
        elif token["part"]:
            self._part_command(token)

    def _heading(self, token: re.Match[str]) -> None:
        number = self.sections.take(token)
        if token["appendix"]:
            return
        title, _ = heading_title(self.body, token.end())
        kind = "appendix" if self.sections.appendix else token["level"]
        if number:
            base = self.frames[0]
            base.kind, base.number = kind, number
            self.seen[number] = " ".join((title or "").split())

    def _step(self, counter: str) -> str:
        within = self.within.get(counter, "")
        level = {"chapter": 0, "section": 1, "subsection": 2}.get(within)
        if within and level is None:  # within another theorem
            head = f"{self.prefix}{self.counters.get(within, 0)}."
            key = f"{counter} {head}"
        else:
            head = f"{self.sections.number(level)}." if level is not None else self.prefix
            key = f"{counter} {head}"
        self.counters[key] = self.counters.get(key, 0) + 1
        number = roman(self.counters[key]) if self.roman and counter == "table" else str(self.counters[key])
        return f"{head}{number}"

    def _begin(self, name: str, token: re.Match[str]) -> None:
        plain = name.removesuffix("*")
        starred = name.endswith("*")
        frame = _Frame(plain)
        if plain in ONE and not starred and plain not in ("math", "displaymath"):
            frame.kind = "equation"
        elif plain in ROWS:
            frame.kind, frame.silent, frame.starred = "equation", starred, starred
        elif plain in FLOATS:
            frame.kind = FLOATS[plain]
        elif plain in PARTS:
            self._part(frame)
        elif name in self.theorems:
            shown, counter = self.theorems[name]
            frame.kind = shown
            frame.number = self._step(counter) if counter else ""
            frame.caption = token.end()
        elif plain == "subequations":
            frame.kind, frame.number = "equation", self._step("equation")
        self.frames.append(frame)
        if len(self.frames) > 500:
            del self.frames[1]

    def _part(self, frame: _Frame) -> None:
        outer = next((env for env in reversed(self.frames) if env.name in FLOATS), None)
        if outer is None:
            return
        outer.parts += 1
        number = outer.number or self._ahead(outer.kind)
        frame.kind, frame.number = outer.kind, f"{number}{chr(ord('a') + (outer.parts - 1) % 26)}"

    def _part_command(self, token: re.Match[str]) -> None:
        """A part of a figure as a command: labels in its caption and its content are the part's."""
        frame = _Frame("")
        self._part(frame)
        _, at = read_option(self.body, read_option(self.body, token.end())[1])
        group = read_group(self.body, skip_blank(self.body, at)) if self.wasted < MOST_WASTED else None
        self.wasted += len(self.body) - at if group is None else group[1] - at
        if group and frame.number:
            number = f"{frame.number[:-1]}({frame.number[-1]})" if token["part"] == "subfigure" else frame.number
            self.part = (group[1], Target(frame.kind, number))

    def _ahead(self, counter: str) -> str:
        """The number that the next float will have."""
        counters = dict(self.counters)
        number = self._step(counter)
        self.counters = counters
        return number

    def _row(self, frame: _Frame) -> None:
        """The end of a row of an aligned display: its number, where it has one."""
        if not frame.silent and not frame.number:
            frame.number = self._equation()
        if frame.number:  # a label in a row without a number is the next row's
            self._settle(frame)
        frame.last = frame.number or frame.last
        frame.number, frame.silent, frame.tagged = "", frame.starred, False

    def _equation(self) -> str:
        outer = next((env for env in reversed(self.frames) if env.name == "subequations"), None)
        if outer is None:
            return self._step("equation")
        outer.parts += 1
        return f"{outer.number}{chr(ord('a') + (outer.parts - 1) % 26)}"

    def _end(self, name: str, at: int) -> None:
        plain = name.removesuffix("*")
        while len(self.frames) > 1:
            frame = self.frames.pop()
            self._close(frame)
            if frame.name == plain:
                break

    def _close(self, frame: _Frame) -> None:
        if frame.kind == "equation" and frame.name in (*ONE, *ROWS) and not frame.number and not frame.silent:
            self.frames.append(frame)
            frame.number = self._equation()
            self.frames.pop()
        elif frame.name in ROWS and not frame.number:
            frame.number, frame.tagged = frame.last, True  # a label in a last row without a number
        elif frame.name in FLOATS and not frame.number and frame.waiting:
            frame.number = self._step(frame.kind)
        self._settle(frame)

    def _settle(self, frame: _Frame) -> None:
        """Give the labels that waited their number, and say it where the thing is read."""
        for label, place in frame.waiting:
            if frame.number:
                self._target(label, frame)
                if frame.kind == "equation" and frame.name != "subequations" and not frame.tagged:
                    self.said.append((place, f"\\tag{{{frame.number}}}"))
        frame.waiting = []
        if frame.labelled and frame.caption >= 0 and frame.number and frame.name not in (*ONE, *ROWS):
            named = frame.name in FLOATS
            label_text = (
                f"{frame.kind.capitalize()} {frame.number}: "
                if named
                else f" \\textbf{{{frame.kind} {frame.number}.}} "
            )
            self.said.append((frame.caption, label_text))
            frame.caption = -1

    def _target(self, label: str, frame: _Frame) -> None:
        title = self.seen.get(frame.number, "") if frame is self.frames[0] else ""
        self.targets.setdefault(label, Target(frame.kind, frame.number, title))

    def _label(self, label: str, at: int) -> None:
        if at <= self.part[0]:
            self.targets.setdefault(label, self.part[1])
            return
        frame = next((env for env in reversed(self.frames) if env.kind), self.frames[0])
        frame.labelled = True
        in_display = frame.kind == "equation" and (frame.name in ONE or frame.name in ROWS)
        if in_display or (frame.name in FLOATS and not frame.number):
            frame.waiting.append((label, at))
        elif frame.number:
            self._target(label, frame)

    def _caption(self, token: re.Match[str]) -> None:
        frame = next((env for env in reversed(self.frames) if env.name in FLOATS or env.name in PARTS), None)
        if token["of"] and (frame is None or frame.kind != token["of"]):
            base = self.frames[-1]
            base.kind, base.number = token["of"], self._step(token["of"])
            return
        if frame is None or frame.name in PARTS or token.end() <= self.part[0]:
            return
        if frame.number:  # a second caption in one float
            self._settle(frame)
        frame.number = self._step(frame.kind)
        at = skip_blank(self.body, token.end())
        group = read_group(self.body, at)
        frame.caption = at + 1 if group else -1
        frame.labelled = frame.labelled or bool(frame.waiting)
        self._settle_labels(frame)

    def _settle_labels(self, frame: _Frame) -> None:
        for label, _ in frame.waiting:
            self._target(label, frame)
        frame.waiting = []
