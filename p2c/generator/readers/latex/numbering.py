"""What the labels of a LaTeX body stand for: the kind of thing, its number and its name, as LaTeX would count."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from p2c.generator.readers.latex.comments import VERBATIM
from p2c.generator.readers.latex.scanner import read_group, skip_blank
from p2c.generator.readers.latex.sections import HEADING, Counter, heading_title
from p2c.generator.readers.latex.theorems import theorem_within, theorems

_TOKEN = re.compile(
    rf"(?P<literal>\\begin\{{(?P<verbatim>{VERBATIM})\}}.*?\\end\{{(?P=verbatim)\}}|\\verb\*?([^A-Za-z\s*])[^\n]*?\3)"
    rf"|{HEADING}"
    r"|\\begin\s*\{(?P<begin>[^{}]*)\}(?P<option>\s*\[[^\]\n]*\])?|\\end\s*\{(?P<end>[^{}]*)\}"
    r"|\\label\s*(?:\[[^\]]*\])?\s*\{(?P<label>[^{}]*)\}|\\tag\*?\s*\{(?P<tag>[^{}]*)\}"
    r"|\\(?P<captioned>captionof)\s*\{(?P<of>[^{}]*)\}"
    r"|\\(?P<word>caption|item|nonumber|notag)(?![A-Za-z@])\*?(?P<item>\s*\[[^\]]*\])?|(?P<row>\\\\)",
    re.DOTALL,
)
_WITHIN = re.compile(r"\\(?:numberwithin|counterwithin)\*?\s*\{(\w+)\}\s*\{(chapter|section|subsection)\}")
_ONE = frozenset("equation multline math displaymath IEEEeqnarraybox dmath".split())
_ROWS = frozenset("align gather eqnarray alignat flalign IEEEeqnarray xalignat".split())
_FLOATS = {
    "figure": "figure", "wrapfigure": "figure", "SCfigure": "figure", "sidewaysfigure": "figure",
    "teaserfigure": "figure",
    "table": "table", "wraptable": "table", "sidewaystable": "table", "longtable": "table", "SCtable": "table",
    "algorithm": "algorithm", "algorithm2e": "algorithm", "listing": "listing", "procedure": "algorithm",
}  # fmt: skip
_PARTS = ("subfigure", "subtable", "subfloat")
MOST_LABELS = 20_000


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
    for place, said in sorted(walk.said):
        parts += [body[at:place], said]
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
        elif token["row"] and frame.name in _ROWS:
            self._row(frame)
        elif token["word"] in ("nonumber", "notag"):
            frame.silent = True
        elif token["word"] == "item" and frame.name.startswith("enumerate"):
            given = (token["item"] or "").strip("[] ")
            frame.items += 0 if given else 1
            frame.kind, frame.number = "item", given or str(frame.items)
        elif token["word"] == "caption" or token["captioned"]:
            self._caption(token)

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
        return f"{head}{self.counters[key]}"

    def _begin(self, name: str, token: re.Match[str]) -> None:
        plain = name.removesuffix("*")
        starred = name.endswith("*")
        frame = _Frame(plain)
        if plain in _ONE and not starred and plain not in ("math", "displaymath"):
            frame.kind = "equation"
        elif plain in _ROWS:
            frame.kind, frame.silent, frame.starred = "equation", starred, starred
        elif plain in _FLOATS:
            frame.kind = _FLOATS[plain]
        elif plain in _PARTS:
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
        outer = next((one for one in reversed(self.frames) if one.name in _FLOATS), None)
        if outer is None:
            return
        outer.parts += 1
        number = outer.number or self._ahead(outer.kind)
        frame.kind, frame.number = outer.kind, f"{number}{chr(ord('a') + (outer.parts - 1) % 26)}"

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
        frame.number, frame.silent, frame.tagged = "", frame.starred, False

    def _equation(self) -> str:
        outer = next((one for one in reversed(self.frames) if one.name == "subequations"), None)
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
        if frame.kind == "equation" and frame.name in (*_ONE, *_ROWS) and not frame.number and not frame.silent:
            self.frames.append(frame)
            frame.number = self._equation()
            self.frames.pop()
        elif frame.name in _FLOATS and not frame.number and frame.waiting:
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
        if frame.labelled and frame.caption >= 0 and frame.number and frame.name not in (*_ONE, *_ROWS):
            named = frame.name in _FLOATS
            said = (
                f"{frame.kind.capitalize()} {frame.number}: "
                if named
                else f" \\textbf{{{frame.kind} {frame.number}.}} "
            )
            self.said.append((frame.caption, said))
            frame.caption = -1

    def _target(self, label: str, frame: _Frame) -> None:
        title = self.seen.get(frame.number, "") if frame is self.frames[0] else ""
        self.targets.setdefault(label, Target(frame.kind, frame.number, title))

    def _label(self, label: str, at: int) -> None:
        frame = next((one for one in reversed(self.frames) if one.kind), self.frames[0])
        frame.labelled = True
        in_display = frame.kind == "equation" and (frame.name in _ONE or frame.name in _ROWS)
        if in_display or (frame.name in _FLOATS and not frame.number):
            frame.waiting.append((label, at))
        elif frame.number:
            self._target(label, frame)

    def _caption(self, token: re.Match[str]) -> None:
        frame = next((one for one in reversed(self.frames) if one.name in _FLOATS or one.name in _PARTS), None)
        if token["of"] and (frame is None or frame.kind != token["of"]):
            base = self.frames[-1]
            base.kind, base.number = token["of"], self._step(token["of"])
            return
        if frame is None or frame.name in _PARTS or frame.number:
            return
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
