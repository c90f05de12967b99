"""Whether a paper really says what is quoted from it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from p2c.generator.paper import Paper

LEAST = 5
"""Characters that a quote must have once blanks and marks are gone: a lone number proves nothing."""

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-") | dict.fromkeys("“”„«»", '"') | dict.fromkeys("‘’‚", "'"))
_LATEX = re.compile(r"\\(?:[,;:!>]|q?quad\b|left\b|right\b|text(?:bf|it|rm|tt|sc)?\b|emph\b|math(?:rm|bf|it)\b)")
"""Commands that change how something looks, not what it says."""
_CONTROL = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\f": "\\f"}


class QuoteIndex:
    """A paper's text, ready to be searched for quotes."""

    def __init__(self, text: str) -> None:
        self._plain = plain(text)

    def has(self, quote: str) -> bool:
        """Whether the quote occurs, modulo blanks, line breaks, case, LaTeX braces, dollars and backslashes."""
        return any(len(form) >= LEAST and form in self._plain for form in (plain(quote), plain(_unescaped(quote))))


class PaperQuotes(QuoteIndex):
    """A paper, ready to be searched for quotes as a whole and section by section."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(paper.text)
        parts = [("Abstract", paper.abstract), *((section.title, section.text) for section in paper.sections)]
        self._sections = [(title, QuoteIndex(text)) for title, text in parts if text.strip()]

    def section_of(self, quote: str, named: str) -> str:
        """Return the named section if the quote stands there, or where none has it; else the first that has it.

        A place that names a table, a figure or a footnote is kept: where those stand in a text says nothing.
        """
        holding = [title for title, index in self._sections if index.has(quote)]
        if not holding or _FLOAT.search(named) or any(_same_section(named, title) for title in holding):
            return named
        return holding[0]


_FLOAT = re.compile(r"\b(?:tab(?:le)?|fig(?:ure)?|alg(?:orithm)?|footnote|caption|listing)s?\b", re.IGNORECASE)
_HEADING = re.compile(r"\s*(?P<number>(?:[A-Z]|\d+)(?:\.\d+)*)?(?:[.:)]|\b)?\s*(?P<title>.*)", re.DOTALL)


def _same_section(named: str, title: str) -> bool:
    """Whether a place such as `Section 4.1` or `Appendix B, Training` means this heading or one above it."""
    match = _HEADING.match(title)
    number, words = (match["number"] or "", plain(match["title"])) if match else ("", plain(title))
    if len(words) > 3 and words in plain(named):
        return True
    numbers = re.findall(r"(?<![\w.])(?:[A-Z]|\d+)(?:\.\d+)*(?![\w])", named)
    return any(number == named_number or number.startswith(named_number + ".") for named_number in numbers) or plain(
        named
    ) == plain(title)


def not_in_paper(quotes: Iterable[str], paper: QuoteIndex) -> list[str]:
    """Return what to tell the author of each quote that the paper does not have."""
    return [
        f"{quote!r} does not occur in the paper: quote it word for word" for quote in quotes if not paper.has(quote)
    ]


def plain(text: str) -> str:
    """Return text without blanks and LaTeX or Markdown marks, in one case and one kind of dash and quote."""
    folded = unicodedata.normalize("NFKC", text).translate(_DASHES).casefold()
    folded = _LATEX.sub("", folded).replace("×", "times")
    return re.sub(r"[\s{}$\\~*_`|^]+", "", folded)


def _unescaped(quote: str) -> str:
    r"""Undo what JSON makes of an unescaped LaTeX command: `\times` is read as a tab and `imes`."""
    return re.sub(r"[\t\n\r\b\f](?=[a-zA-Z])", lambda match: _CONTROL[match[0]], quote)
