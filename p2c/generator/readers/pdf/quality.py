"""Is what was extracted the text of a paper? An unread paper must never become an invented method."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from p2c.errors import InputError

OCR_HINT = "Run a text recognition over it (such as `ocrmypdf --force-ocr IN OUT`), or give its LaTeX or an arXiv id."
FEWEST_LETTERS = 120
"""Letters a page, on average, below which a PDF counts as pictures."""
MOST_CHARACTERS = 14_000
"""Characters a page, on average, that no page of a paper shows."""
_JUDGED_WORDS = 60
"""Words from which the share of frequent ones says something; in English every tenth word is 'the' or 'of'."""
_CID = re.compile(r"\(cid:\d+\)|/[gG]\d{1,4}\b")
# The commonest words of the languages that papers in the Latin script are written in.
_COMMON = frozenset(
    "the of and to in is for we that are with on as by this be an from it or at which can our not "
    "der die das und ist mit von wir ein eine den für auf le la les des et est une dans que pour nous sur "
    "el los las una del con para por se il di che un non della gli o os da em uma não do "
    "de en het een van dat".split()
)


def gibberish(text: str) -> str:
    """Why a text can't be read, in words, or the empty string; short texts pass, since nothing can be told of them."""
    shown = [char for char in text if not char.isspace()]
    if not shown:
        return ""
    odd = sum(unicodedata.category(char) in ("Co", "Cc", "Cn") or char == "\ufffd" for char in shown)
    if odd > 0.05 * len(shown):
        return f"{100 * odd // len(shown)} % of its characters stand for no letter"
    if 8 * len(_CID.findall(text)) > 0.2 * len(shown):
        return "its letters are glyph numbers"
    letters = [char for char in shown if char.isalpha()]
    latin = [char for char in letters if char < "ɐ"]
    if len(letters) > 200 and len(latin) < 0.5 * len(letters):
        return "" if _one_script(letters) else "its letters are mixed from scripts that no language mixes"
    return _judge_words(re.findall(r"[a-zà-ɏ]+", text.lower()), len(letters), len(shown))


def _judge_words(words: list[str], letters: int, shown: int) -> str:
    if shown > 600 and letters < 0.3 * shown:
        return f"only {100 * letters // shown} % of its characters are letters"
    if len(words) < _JUDGED_WORDS:
        long = [word for word in words if len(word) > 40]
        return "its words run together" if sum(map(len, long)) > 400 else ""
    if sum(len(word) for word in words if len(word) > 25) > 0.3 * sum(map(len, words)):
        return "its words run together"
    share = sum(word in _COMMON for word in words) / len(words)
    return "" if share >= 0.07 else f"only {100 * share:.0f} % of its words are words such as 'the' and 'of'"


def _one_script(letters: list[str]) -> bool:
    """True for Chinese, Japanese, Cyrillic, Greek and the like; a wrong map scatters over many scripts."""
    names = Counter(unicodedata.name(char, "NONE").split()[0] for char in letters)
    asian = sum(names[name] for name in ("CJK", "HIRAGANA", "KATAKANA", "HANGUL"))
    return max([asian, *names.values()]) > 0.75 * len(letters)


def too_long(pages: Sequence[str]) -> bool:
    """True where there is more text than the pages can show: an extractor's fault, or hidden layers."""
    return sum(len(re.sub(r"\s+", " ", page)) for page in pages) > MOST_CHARACTERS * len(pages)


def check_pages(name: str, pages: Sequence[str], judged: Sequence[str] = ()) -> tuple[str, ...]:
    """Notes on single pages; raises InputError where the pages as a whole hold no readable text.

    `judged` are the pages without their formulas, of which nothing can be told.
    """
    letters = [sum(char.isalpha() for char in page) for page in pages]
    if not pages or sum(letters) < FEWEST_LETTERS * len(pages):
        per_page = sum(letters) // max(len(pages), 1)
        what = f"{len(pages)} page(s) with {per_page} letters each on average"
        raise InputError(f"{name} has no text layer: it is a scan or pictures ({what})", OCR_HINT)
    reasons = [gibberish(page) for page in judged or pages]
    whole = gibberish("\n".join(judged).strip() or "\n".join(pages))
    bad = [number for number, reason in enumerate(reasons, 1) if reason]
    if whole or 2 * len(bad) > len(pages):
        why = whole or next(reason for reason in reasons if reason)
        raise InputError(f"{name}'s text layer is unreadable: {why} (its fonts have no right character map)", OCR_HINT)
    if too_long(pages):
        raise InputError(f"{name} holds more text than its {len(pages)} page(s) can show", OCR_HINT)
    empty = [number for number, count in enumerate(letters, 1) if count < 30]
    notes = [f"Page(s) {_list(empty)} hold no text, only pictures."] if empty else []
    return (*notes, *([f"The text of page(s) {_list(bad)} may be unreadable."] if bad else []))


def _list(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def lost_lines(text: str, lines: Sequence[str]) -> list[str]:
    """Lines of running words that an extractor dropped: hardly any three words in a row of theirs are in its text."""
    have = set(_triples(text))
    lost = []
    for line in lines:
        for part in re.split(r"[a-z]*\ufffe[a-z]*", line):
            triples = _triples(part, margin=1)
            if len(triples) >= 4 and sum(triple in have for triple in triples) < 0.3 * len(triples):
                lost.append(part)
    return lost


def _triples(text: str, margin: int = 0) -> list[tuple[str, str, str]]:
    """Three words in a row each; a line's first and last words may be halves and are left out by `margin`."""
    plain = re.sub(r"\$[^$\n]*\$|[-\ufffe]", "", unicodedata.normalize("NFKC", text).lower())
    words = re.findall(r"[a-z]{3,}", plain)
    words = words[margin : len(words) - margin]
    return list(zip(words, words[1:], words[2:], strict=False))
