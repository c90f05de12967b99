"""Which of the items that were written down from a paper's pages stand in a text that a reader gave.

A sentence is found where its letters stand in order with nothing foreign between: three digits are allowed, and
fourteen characters around mathematics (written in braces). An equation is found where its symbols stand in order;
`[a b]` may stand in either order, `a//b` is one of the two. A cell is found where the heads come before the row with
its values, a step of an algorithm where a line ends behind it, headings where they are lines, in order.
"""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Item = Mapping[str, Any]
Tokens = list[Any]

_COMMANDS = dict(
    pair.split("=", 1)
    for pair in (
        "lambda=λ theta=θ phi=φ varphi=φ alpha=α beta=β gamma=γ delta=δ epsilon=ε varepsilon=ε mu=μ sigma=σ "
        "Sigma=Σ tau=τ psi=ψ Phi=Φ Psi=Ψ nabla=∇ partial=∂ sum=∑ odot=⊙ oplus=⊕ leq=≤ le=≤ geq=≥ ge=≥ in=∈ infty=∞ "
        "cdot=· times=× top=⊤ intercal=⊤ sim=~ leftarrow=← gets=← Leftrightarrow=⇔ iff=⇔ sqrt=√ prime=' lVert=‖ "
        "rVert=‖ Vert=‖ |=‖ parallel=‖ xi=ξ eta=η Delta=Δ chi=χ ell=ℓ ldots=... dots=... cdots=... pi=π int=∫ "
        "bullet=• rho=ρ nu=ν omega=ω Lambda=Λ Theta=Θ pm=± mid=| neq=≠ min=min max=max log=log exp=exp cos=cos "
        "sin=sin argmin=argmin argmax=argmax "
    ).split()
)
_ALIKE = str.maketrans(
    {
        **dict.fromkeys("−–—‐‑", "-"), **dict.fromkeys("′’", "'"), **dict.fromkeys("∼˜", "~"),
        "ϕ": "φ", "ϵ": "ε", "ϑ": "θ", "⋅": "·", "∥": "‖", "Σ": "∑", "µ": "μ", "⟵": "←", "➢": ">", "∗": "*", "∣": "|",
        "ς": "σ", "∆": "Δ", "Ω": "Ω",
    }
)  # fmt: skip
_ODD = re.compile("[\ufffe\u00ad\ufffd\u200b\u0300-\u036f\u02c6\u00af\u02dc\u02c9]")
_SHAPE = re.compile(
    r"\\(?:math|text|bold|bar|hat|tilde|left|right|big|Big|operatorname|frac|quad|underset|limits|displaystyle|"
    r"scriptstyle|vec|overline|mathcal)[a-zA-Z]*\*?"
)


def _plain(text: str) -> str:
    """The text with commands and kin of characters as one character each."""
    text = re.sub(r"\\([a-zA-Z]+|\|)", lambda match: _COMMANDS.get(match.group(1), ""), _SHAPE.sub("", text))
    text = re.sub(r"</?(?:sup|sub|b|i|em|strong)>", "", text)
    text = unicodedata.normalize("NFKC", text).translate(_ALIKE)
    return _ODD.sub("", unicodedata.normalize("NFD", text)).translate(_ALIKE)


def _symbols(text: str) -> str:
    return re.sub(r"[\s{}$^_\\*#`]|\bif\b", "", _plain(text))


def _letters(text: str) -> str:
    return "".join(char for char in _plain(text).lower() if char.isalnum())


def _cells(text: str) -> str:
    return re.sub(r"[\s|]+", " ", re.sub(r"[*`$\\{}_<>^]|&nbsp;|<br>", " ", _plain(text))).strip()


# Sentences


def _sentence_parts(text: str) -> list[tuple[bool, str]]:
    """The words of a sentence, and whether each is mathematics."""
    parts = []
    for index, segment in enumerate(re.split(r"\{([^}]*)\}", text)):
        words = segment.split() if index % 2 else re.split(r"[\s/]+", segment)
        parts += [(index % 2 == 1, _letters(word)) for word in words if _letters(word)]
    return parts


def _sentence(item: Item, text: str) -> bool:
    pattern, before = "", None
    for formula, word in _sentence_parts(item["text"]):
        if before is not None:
            pattern += r".{0,14}?" if formula or before else r"[0-9]{0,3}"
        pattern += re.escape(word)
        before = formula
    return re.search(pattern, _letters(text)) is not None


# Equations and algorithms


def _tokens(written: str) -> Tokens:
    """The symbols of an equation; a list within is a group whose order is free."""
    stack: list[Tokens] = [[]]
    for word in written.replace(r"\[", "\x01").replace(r"\]", "\x02").split():
        opened = len(word) - len(word.lstrip("[")) if len(word) > 1 else 0
        inner = word[opened:]
        closed = len(inner) - len(inner.rstrip("]")) if len(inner) > 1 else 0
        inner = inner[: len(inner) - closed]
        for sign in ["["] * opened + [inner] + ["]"] * closed:
            if sign == "[":
                stack.append([])
            elif sign == "]":
                group = stack.pop()
                stack[-1].append(group)
            elif sign:
                stack[-1].append(sign.replace("\x01", "[").replace("\x02", "]"))
    return stack[0]


def _pattern(tokens: Tokens, gap: str) -> str:
    """The symbols in order, with a gap between them."""
    parts = []
    for token in tokens:
        if isinstance(token, list):
            inside = [part for part in (_pattern([one], gap) for one in token) if part]
            orders = [gap.join(order) for order in itertools.permutations(inside)]
            parts += [f"(?:{'|'.join(orders)})"] if inside else []
            continue
        choices = [_symbols(choice) for choice in (token.split("//") if "//" in token else [token])]
        spelled = [".{0,3}?".join(map(re.escape, choice)) for choice in choices if choice]
        parts += [f"(?:{'|'.join(spelled)})"] if spelled else []
    return gap.join(parts)


def _equation(item: Item, text: str) -> bool:
    pattern = re.compile(_pattern(_tokens(item["symbols"]), r".{0,8}?"))
    return any(len(match.group(0)) <= 200 for match in pattern.finditer(_symbols(text)))


def _algorithm(item: Item, text: str) -> bool:
    if not _equation(item, text):
        return False
    lines = re.sub(r"[ \t{}$^_\\*#`]", "", _plain(text).replace(r"\\", "\n"))
    step, following = (_pattern(_tokens(item[key]), r"[\s\S]{0,8}?") for key in ("symbols", "next"))
    for match in re.finditer(rf"(?:{step})([\s\S]{{0,60}}?)(?:{following})", lines):
        if len(match.group(0)) < 400:
            return "\n" in match.group(1) or "<br>" in match.group(1)
    return False


# Tables and headings


def _spaced(text: str) -> str:
    return " ?".join(re.escape(char) for char in _cells(text).replace(" ", ""))


def _cell(item: Item, text: str) -> bool:
    if item["sparse"]:
        return _sparse_in_table(item, text) or _sparse_as_laid_out(item, text)
    flat = _cells(text)
    heads = re.compile(r"[^a-z]{0,40}?".join(map(_spaced, item["heads"])), re.IGNORECASE)
    values = r"(?: ?[^0-9A-Za-z.]{0,6} )?".join(f"(?:(?<=[^0-9.])|^){_spaced(v)}(?![0-9])" for v in item["values"])
    row = rf"(?<![0-9A-Za-z]){_spaced(item['row'])}(?: [^0-9]{{0,25}}|(?: \[ ?\d+ ?\])? )?{values}"
    return any(heads.search(flat[max(0, match.start() - 2500) : match.start()]) for match in re.finditer(row, flat))


def _columns(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _sparse_in_table(item: Item, text: str) -> bool:
    """A value in a table with empty cells: below its head, in its row."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        column = next((i for i, cell in enumerate(_columns(line)) if _letters(cell) == _letters(item["heads"][0])), -1)
        if column < 0 or not line.lstrip().startswith("|"):
            continue
        for row in map(_columns, lines[number + 1 : number + 40]):
            named = any(_letters(cell) == _letters(item["row"]) for cell in row)
            if named and column < len(row) and _cells(row[column]) == item["value"]:
                return True
    return False


def _sparse_as_laid_out(item: Item, text: str) -> bool:
    """The same where the table is laid out with blanks: the value stands in the column of its head."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        for head in re.finditer(r"\S+", line):
            if _letters(head.group(0)) != _letters(item["heads"][0]):
                continue
            for row in lines[number + 1 : number + 40]:
                values = (
                    [m for m in re.finditer(r"\S+", row) if m.group(0) == item["value"]] if item["row"] in row else []
                )
                if any(m.start() <= head.end() + 3 and m.end() >= head.start() - 3 for m in values):
                    return True
    return False


def _headings(item: Item, text: str, marked: bool) -> bool:
    """The headings as lines of their own, in order; two lines make one where headings are not marked."""
    lines, at = text.splitlines(), 0
    for heading in map(_letters, item["heads"]):
        for number in range(at, len(lines)):
            more = "" if marked or number + 1 == len(lines) else lines[number + 1]
            if (not marked or re.match(r"\s*#", lines[number])) and heading in _heading_forms(lines[number], more):
                at = number + 1
                break
        else:
            return False
    return True


def _heading_forms(line: str, more: str) -> set[str]:
    unnumbered = re.sub(r"^[\s#*]*(?:[0-9A-Z]+(?:\.[0-9]+)*\.?)?[\s*]*(?=[A-Z])", "", line)
    bare = re.sub(r"^\W*[\d.]+", "", line)
    return {_letters(unnumbered), _letters(bare), _letters(bare + more)}


_FOUND: Mapping[str, Callable[[Item, str], bool]] = {
    "sentence": _sentence,
    "hyper": _sentence,
    "equation": _equation,
    "cell": _cell,
    "algorithm": _algorithm,
}


def score(truth: Path, text: str, marked: bool) -> dict[str, tuple[str, bool]]:
    """Each item of one paper's truth with its kind and whether the text has it.

    `marked` tells that the reader marks headings (`#`).
    """
    found = {}
    for item in json.loads(truth.read_text(encoding="utf-8"))["items"]:
        kind = item["kind"]
        if kind == "headings":
            found[item["id"]] = (kind, _headings(item, text, marked))
        elif kind in _FOUND:
            found[item["id"]] = (kind, _FOUND[kind](item, text))
    return found
