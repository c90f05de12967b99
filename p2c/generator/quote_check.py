"""Whether a paper really says what is quoted from it."""

from __future__ import annotations

import re
import unicodedata

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


def plain(text: str) -> str:
    """Return text without blanks and LaTeX or Markdown marks, in one case and one kind of dash and quote."""
    folded = unicodedata.normalize("NFKC", text).translate(_DASHES).casefold()
    folded = _LATEX.sub("", folded).replace("×", "times")
    return re.sub(r"[\s{}$\\~*_`|^]+", "", folded)


def _unescaped(quote: str) -> str:
    r"""Undo what JSON makes of an unescaped LaTeX command: `\times` is read as a tab and `imes`."""
    return re.sub(r"[\t\n\r\b\f](?=[a-zA-Z])", lambda match: _CONTROL[match[0]], quote)
