"""The counters of LaTeX: their values, what sets them back, and how they are shown, as a paper sets them by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from p2c.generator.readers.latex.numbered_environments import roman

_GROUP = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
SETTING = (
    r"(?:\\(?P<set>setcounter|addtocounter)\s*\{\s*(?P<counter>[A-Za-z@]+)\s*\}\s*"
    r"\{(?P<amount>(?:[^{}]|\{[^{}]*\})*)\}"
    r"|\\(?P<stepped>(?:ref)?stepcounter)\s*\{\s*(?P<which>[A-Za-z@]+)\s*\}"
    r"|\\(?P<relation>numberwithin|counterwithin|counterwithout|@addtoreset|newcounter)(?P<bare>\*?)\s*(?:\[[^\]]*\]\s*)?"
    r"\{\s*(?P<inner>[A-Za-z@]+)\s*\}\s*[\[{]\s*(?P<outer>[A-Za-z@]+)\s*[\]}]"
    rf"|\\(?:(?:re)?newcommand|providecommand|[gex]?def)\*?\s*\{{?\s*\\the(?P<format>[A-Za-z]+)\s*\}}?\s*(?P<shape>{_GROUP}))"
)
"""What a paper does to counters by hand; the groups tell which."""
_SETTING = re.compile(SETTING)
_SHOW = re.compile(r"\\(arabic|alph|Alph|roman|Roman|number|value)\s*\{\s*([A-Za-z@]+)\s*\}|\\the([A-Za-z]+)")
_VALUE = re.compile(r"\\(?:value|arabic|number)\s*\{\s*([A-Za-z@]+)\s*\}|\\the([A-Za-z]+)")
_SUM = re.compile(r"\s*([+-]?\s*\d{1,9}(?!\d))")
_FORM = re.compile(r"\\(?:arabic|alph|Alph|roman|Roman|fnsymbol|number|value|the[a-z]+)(?![A-Za-z])")
_DRESS = re.compile(r"\\(?:mbox|hbox|text[a-z]*|ensuremath|relax|bf|rm|it|bfseries|normalfont|[,;:!])(?![A-Za-z])\s*")
LEVELS = {"chapter": 0, "section": 1, "subsection": 2, "subsubsection": 3}
_KNOWN = frozenset((*LEVELS, *"part equation figure table algorithm theorem lemma".split()))
_SAME = {"algocf": "algorithm", "algorithmcf": "algorithm", "lstlisting": "lstlisting"}
_DEEPEST = 4
_MOST_NESTED = 5
_LONGEST_FORMAT, _LONGEST_NUMBER = 200, 60


def is_counter_format(name: str, body: str) -> bool:
    """True for the body of a `\\theequation` and its kin: it shows counters, or belongs to one that LaTeX has."""
    if not name.startswith("the") or "@" in body or "\\if" in body or "#" in body:
        return False
    return bool(_FORM.search(body)) or (name[3:] in _KNOWN and len(body) < 20)


def brace_depth(text: str) -> int:
    """How many groups a text opens and leaves open."""
    plain = re.sub(r"\\.", "", text, flags=re.DOTALL)
    return plain.count("{") - plain.count("}")


class Counters:
    """The counters while a document is gone through, from what its preamble sets.

    `within` are the counters that theorems are numbered in, by their own.
    """

    def __init__(self, body: str, preamble: str, within: Mapping[str, str] | None = None) -> None:
        self.values: dict[str, int] = {}
        self.formats: dict[str, str] = {}
        self.parents: dict[str, str] = {}
        self.deepest = max(LEVELS.values())
        self.lowest = 0 if re.search(r"\\chapter(?![A-Za-z@])", body) else 1
        names = list(LEVELS)[self.lowest :]
        for parent, name in pairwise(names):
            self.relate(name, parent)
        if self.lowest == 0:
            for name in ("equation", "figure", "table"):
                self.parents[name] = "chapter"
        if "{IEEEtran}" in preamble:
            shown = (r"\Roman{section}", r"\thesection-\Alph{subsection}", r"\thesubsection\arabic{subsubsection}")
            self.formats.update(zip(("section", "subsection", "subsubsection"), shown, strict=True))
            self.formats["table"] = r"\Roman{table}"
        for name, parent in (within or {}).items():
            self.relate(name, parent)
        depth = at = 0
        for match in _SETTING.finditer(preamble):
            depth += brace_depth(preamble[at : match.start()])
            at = match.start()
            if depth == 0:  # within a definition it holds where that is used
                self.take(match)

    def relate(self, name: str, parent: str) -> None:
        """Number a counter within another one."""
        self.parents[name] = parent
        self.formats[name] = rf"\the{parent}.\arabic{{{name}}}"

    def take(self, match: re.Match[str]) -> str:
        """Take one setting into account; the counter that was stepped, if any."""
        if match["set"]:
            self._set(match)
        elif match["stepped"]:
            self.step(_named(match["which"]))
            return _named(match["which"]) if match["stepped"] == "refstepcounter" else ""
        elif match["format"]:
            if is_counter_format(f"the{match['format']}", match["shape"][1:-1]):
                self.formats[_named(match["format"])] = match["shape"][1:-1][:_LONGEST_FORMAT]
        else:
            self._relation(match)
        return ""

    def _set(self, match: re.Match[str]) -> None:
        name, amount = _named(match["counter"]), self._amount(match["amount"])
        if amount is None:
            return
        if name == "secnumdepth":
            self.deepest = amount
        else:
            self.values[name] = amount + (self.values.get(name, 0) if match["set"] == "addtocounter" else 0)

    def _relation(self, match: re.Match[str]) -> None:
        inner, outer = _named(match["inner"]), _named(match["outer"])
        if match["relation"] == "counterwithout":
            self.parents.pop(inner, None)
            if not match["bare"]:
                self.formats[inner] = rf"\arabic{{{inner}}}"
        elif match["relation"] in ("newcounter", "@addtoreset") or match["bare"]:
            self.parents[inner] = outer
        elif outer not in LEVELS or LEVELS[outer] >= self.lowest:
            self.relate(inner, outer)

    def _amount(self, text: str) -> int | None:
        """A number, or a sum of numbers and of values of counters."""
        spelled = _VALUE.sub(lambda match: str(self.values.get(_named(match[1] or match[2]), 0)), text)
        spelled = re.sub(r"\\(?:numexpr|relax)(?![A-Za-z])", "", spelled)
        if not _SUM.match(spelled) or _SUM.sub("", spelled).strip():
            return None
        return sum(int(part.replace(" ", "")) for part in _SUM.findall(spelled))

    def step(self, name: str) -> str:
        """Count one on, and set back what is counted within; the number as it is shown."""
        self.values[name] = self.values.get(name, 0) + 1
        self._reset(name, 0)
        return self.shown(name)

    def _reset(self, name: str, depth: int) -> None:
        for child in [child for child, parent in self.parents.items() if parent == name]:
            self.values[child] = 0
            if depth < _DEEPEST:
                self._reset(child, depth + 1)

    def start_appendix(self) -> None:
        """Number the sections, or the chapters, with letters from here on."""
        first = list(LEVELS)[self.lowest]
        self.values[first] = 0
        self._reset(first, 0)
        self.formats[first] = rf"\Alph{{{first}}}"

    def shown(self, name: str, depth: int = 0) -> str:
        """A counter's number as the page shows it."""
        form = self.formats.get(name)
        if form is None:
            outer = self.parents.get(name, "")
            head = f"{self.shown('chapter', depth + 1)}." if outer == "chapter" and self.values.get("chapter") else ""
            return head + str(self.values.get(name, 0))
        return self.render(form, depth)

    def render(self, text: str, depth: int = 0) -> str:
        """A text with the counters that it shows in numbers, such as the body of `\\theequation`."""
        if depth > _DEEPEST or text.count("\\the") > _MOST_NESTED:
            return ""

        def number(match: re.Match[str]) -> str:
            style, name, the = match.groups()
            if style:
                return _styled(style, self.values.get(_named(name), 0))
            known = _named(the) in self.values or _named(the) in self.formats or the in _KNOWN
            return self.shown(_named(the), depth + 1) if known else match.group(0)

        shown = _DRESS.sub("", _SHOW.sub(number, text))
        shown = shown if re.search(r"[$^_\\]", shown) else shown.replace("{", "").replace("}", "")
        return shown.strip().rstrip(".")[:_LONGEST_NUMBER]


def _named(counter: str) -> str:
    return _SAME.get(counter, counter)


def _styled(style: str, value: int) -> str:
    if style in ("roman", "Roman") and 0 < value < 1_000:
        return roman(value) if style == "Roman" else roman(value).lower()
    if style in ("alph", "Alph") and value > 0:
        return chr(ord("a" if style == "alph" else "A") + (value - 1) % 26)
    return str(value)
