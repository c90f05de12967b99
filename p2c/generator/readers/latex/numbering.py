"""What the labels of a LaTeX body stand for: the kind of thing, its number and its name, as LaTeX would count."""

from __future__ import annotations

import re

from p2c.generator.readers.latex import labels
from p2c.generator.readers.latex.counters import Counters
from p2c.generator.readers.latex.labels import Numbered, OpenEnvironment, Target
from p2c.generator.readers.latex.lists import count_item, start_list
from p2c.generator.readers.latex.numbered_environments import FLOATS, ONE, PARTS, PROBLEMS, ROWS
from p2c.generator.readers.latex.numbered_tokens import TOKEN
from p2c.generator.readers.latex.scanner import read_group, read_option, skip_blank
from p2c.generator.readers.latex.sections import Counter, heading_title
from p2c.generator.readers.latex.theorems import theorem_within, theorems

MOST_LABELS = 20_000
MOST_WASTED = 20_000_000
"""Characters that are read for the ends of parts of figures."""


def number_labels(body: str, preamble: str) -> Numbered:
    """Count through a body whose macros are in place."""
    walk = _Walk(body, preamble)
    for token in TOKEN.finditer(body):
        walk.take(token)
        if len(walk.targets) > MOST_LABELS:
            break
    return Numbered(labels.without_references(walk.targets), labels.replace_spans(body, walk.said))


class _Walk:
    """The counters of LaTeX while a body is gone through."""

    def __init__(self, body: str, preamble: str) -> None:
        self.body = body
        self.counters = Counters(body, preamble, theorem_within(preamble + body))
        self.sections = Counter(self.counters)
        self.targets: dict[str, Target] = {}
        self.said: list[tuple[int, int, str]] = []
        self.frames = [OpenEnvironment("document")]
        self.theorems = theorems(preamble + body)
        self.seen: dict[str, str] = {}
        self.part = (0, Target("", ""))
        self.wasted = 0
        self.enumitem = "enumitem" in preamble
        self.only = labels.referenced_labels(body) if re.search(r"showonlyrefs|\{autonum\}", preamble) else None

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
        elif token["said"]:
            self.said.append((*token.span(), self.counters.shown(token["said"])))
        elif token["set"] or token["stepped"] or token["relation"] or token["format"]:
            self._setting(token)
        else:
            self._mark(token)

    def _listing(self, text: str) -> None:
        label = labels.listing_label(text)
        number = "" if label is None else self.counters.step("lstlisting")
        if label:
            self.targets.setdefault(label, Target("listing", number))

    def _mark(self, token: re.Match[str]) -> None:
        frame = self.frames[-1]
        if token["tag"] is not None:
            self._tag(token, frame)
        elif token["row"] and frame.name in ROWS:
            self._row(frame)
        elif token["word"] == "item" and frame.name.startswith("enumerate"):
            lists = [env.option for env in self.frames if env.name.startswith("enumerate")]
            given = (token["item"] or "").strip("[] ")
            frame.kind, frame.number = "item", given or count_item(self.counters, lists, self.enumitem)
        elif token["word"] == "caption" or token["captioned"]:
            self._caption(token)
        elif token["part"]:
            self._part_command(token)
        else:
            self._word(token["word"] or "", frame)

    def _word(self, word: str, frame: OpenEnvironment) -> None:
        """A word that changes how what follows is counted."""
        if word == "ContinuedFloat":
            counted = next((env.kind for env in reversed(self.frames) if env.name in FLOATS), "figure")
            self.counters.values[counted] = self.counters.values.get(counted, 0) - 1
        elif word == "addConstraint":
            frame.parts = max(frame.parts, 1) + 1
        elif word in ("nonumber", "notag"):
            frame.silent = True

    def _tag(self, token: re.Match[str], frame: OpenEnvironment) -> None:
        """A number that the paper gives an equation itself; where it shows a counter, the number is said."""
        tag = self.counters.render(token["tag"]) if "\\the" in token["tag"] or "{" in token["tag"] else token["tag"]
        if "\\the" in token["tag"]:
            self.said.append((*token.span("tag"), tag))
        tag = tag.strip("() ")
        frame.number = tag.strip("$") if tag.count("$") == 2 and tag[0] == tag[-1] else tag
        frame.silent, frame.tagged = False, True
        frame.kind = frame.kind or "equation"

    def _setting(self, token: re.Match[str]) -> None:
        """A counter that the paper sets or steps by hand; one that is stepped for references is what a label takes."""
        name = token["counter"] or ""
        parts = next((env for env in reversed(self.frames) if env.name == "subequations"), None)
        values = self.counters.values
        whole = values.get("equation", 0)
        if name == "equation" and parts:
            values["equation"] = parts.parts
        stepped = self.counters.take(token)
        if name == "equation" and parts:
            parts.parts, values[name] = values[name], whole
        elif stepped:
            frame = self.frames[-1]
            known = {counter: shown for shown, counter in self.theorems.values() if counter}
            frame.kind, frame.number = known.get(stepped, stepped), self.counters.shown(stepped)

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

    def _begin(self, name: str, token: re.Match[str]) -> None:
        plain = name.removesuffix("*")
        frame = OpenEnvironment(plain, option=token["option"] or "")
        if plain in ONE or plain in ROWS:
            self._display(frame, name.endswith("*"))
        elif plain in FLOATS:
            frame.kind = FLOATS[plain]
        elif plain in PARTS:
            self._part(frame)
        elif plain.startswith("enumerate"):
            start_list(self.counters, sum(env.name.startswith("enumerate") for env in self.frames))
        elif name in self.theorems:
            shown, counter = self.theorems[name]
            frame.kind = shown
            frame.number = self.counters.step(counter) if counter else ""
            frame.caption = token.end()
        elif plain == "subequations" or plain in PROBLEMS:
            frame.kind, frame.number = "equation", self.counters.step("equation")
        self.frames.append(frame)
        if len(self.frames) > 500:
            del self.frames[1]

    def _display(self, frame: OpenEnvironment, starred: bool) -> None:
        if frame.name in ROWS:
            frame.kind, frame.silent, frame.starred = "equation", starred, starred
        elif not starred and frame.name not in ("math", "displaymath"):
            frame.kind = "equation"

    def _part(self, frame: OpenEnvironment) -> None:
        outer = next((env for env in reversed(self.frames) if env.name in FLOATS), None)
        if outer is None:
            return
        outer.parts += 1
        number = outer.number or self._ahead(outer.kind)
        frame.kind, frame.number = outer.kind, f"{number}{chr(ord('a') + (outer.parts - 1) % 26)}"

    def _part_command(self, token: re.Match[str]) -> None:
        """A part of a figure as a command: labels in its caption and its content are the part's."""
        frame = OpenEnvironment("")
        self._part(frame)
        _, at = read_option(self.body, read_option(self.body, token.end())[1])
        group = read_group(self.body, skip_blank(self.body, at)) if self.wasted < MOST_WASTED else None
        self.wasted += len(self.body) - at if group is None else group[1] - at
        if group and frame.number:
            number = f"{frame.number[:-1]}({frame.number[-1]})" if token["part"] == "subfigure" else frame.number
            self.part = (group[1], Target(frame.kind, number))

    def _ahead(self, counter: str) -> str:
        """The number that the next float will have."""
        values = dict(self.counters.values)
        number = self.counters.step(counter)
        self.counters.values = values
        return number

    def _row(self, frame: OpenEnvironment) -> None:
        """The end of a row of an aligned display: its number, where it has one."""
        if not frame.silent and not frame.number and self._is_shown(frame):
            frame.number = self._equation()
        if frame.number:  # a label in a row without a number is the next row's
            self._settle(frame)
        frame.last = frame.number or frame.last
        frame.number, frame.silent, frame.tagged = "", frame.starred, False

    def _is_shown(self, frame: OpenEnvironment) -> bool:
        """False for an equation that nothing refers to, where a paper numbers only the others."""
        return self.only is None or any(label in self.only for label, _ in frame.waiting)

    def _equation(self) -> str:
        outer = next((env for env in reversed(self.frames) if env.name == "subequations"), None)
        if outer is None:
            return self.counters.step("equation")
        outer.parts += 1
        return f"{outer.number}{chr(ord('a') + (outer.parts - 1) % 26)}"

    def _end(self, name: str, at: int) -> None:
        plain = name.removesuffix("*")
        while len(self.frames) > 1:
            frame = self.frames.pop()
            self._close(frame)
            if frame.name == plain:
                break

    def _close(self, frame: OpenEnvironment) -> None:
        unnumbered = frame.kind == "equation" and not frame.number and not frame.silent
        if unnumbered and frame.name in (*ONE, *ROWS) and self._is_shown(frame):
            self.frames.append(frame)
            frame.number = self._equation()
            self.frames.pop()
        elif frame.name in ROWS and not frame.number:
            frame.number, frame.tagged = frame.last, True  # a label in a last row without a number
        elif frame.name in FLOATS and not frame.number and frame.waiting:
            frame.number = self.counters.step(frame.kind)
        self._settle(frame)

    def _settle(self, frame: OpenEnvironment) -> None:
        """Give the labels that waited their number, and say it where the thing is read."""
        for label, place in frame.waiting:
            if frame.number:
                self._target(label, frame)
                if frame.kind == "equation" and frame.name != "subequations" and not frame.tagged:
                    self.said.append((place, place, f"\\tag{{{frame.number}}}"))
        frame.waiting = []
        if frame.labelled and frame.caption >= 0 and frame.number and frame.name not in (*ONE, *ROWS):
            named = frame.name in FLOATS
            label_text = (
                f"{frame.kind.capitalize()} {frame.number}: "
                if named
                else f" \\textbf{{{frame.kind} {frame.number}.}} "
            )
            self.said.append((frame.caption, frame.caption, label_text))
            frame.caption = -1

    def _target(self, label: str, frame: OpenEnvironment) -> None:
        title = self.seen.get(frame.number, "") if frame is self.frames[0] else ""
        self.targets.setdefault(label, Target(frame.kind, frame.number, title))

    def _label(self, label: str, at: int) -> None:
        if at <= self.part[0]:
            self.targets.setdefault(label, self.part[1])
            return
        frame = next((env for env in reversed(self.frames) if env.kind), self.frames[0])
        frame.labelled = True
        in_display = frame.kind == "equation" and (frame.name in ONE or frame.name in ROWS)
        if frame.name in PROBLEMS:
            self._problem(label, frame)
        elif in_display or (frame.name in FLOATS and not frame.number):
            frame.waiting.append((label, at))
        elif frame.number:
            self._target(label, frame)

    def _problem(self, label: str, frame: OpenEnvironment) -> None:
        """A label in a problem of optidef: that of all of it, of its objective, or of a constraint."""
        if frame.tagged:
            part = chr(ord("a") + (max(frame.parts, 1) - 1) % 26)
            self.targets.setdefault(label, Target(frame.kind, f"{frame.number}{part}"))
        else:
            self._target(label, frame)
        frame.tagged = True

    def _caption(self, token: re.Match[str]) -> None:
        frame = next((env for env in reversed(self.frames) if env.name in FLOATS or env.name in PARTS), None)
        if token["of"] and (frame is None or frame.kind != token["of"]):
            base = self.frames[-1]
            base.kind, base.number = token["of"], self.counters.step(token["of"])
            return
        if frame is None or frame.name in PARTS or token.end() <= self.part[0]:
            return
        if frame.number:  # a second caption in one float
            self._settle(frame)
        frame.number = self.counters.step(frame.kind)
        at = skip_blank(self.body, token.end())
        group = read_group(self.body, at)
        frame.caption = at + 1 if group else -1
        frame.labelled = frame.labelled or bool(frame.waiting)
        self._settle_labels(frame)

    def _settle_labels(self, frame: OpenEnvironment) -> None:
        for label, _ in frame.waiting:
            self._target(label, frame)
        frame.waiting = []
