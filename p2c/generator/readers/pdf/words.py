"""Lines joined to paragraphs: words broken at hyphens made whole, letters that the file lost put back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from p2c.generator.readers.pdf.glyphs import BROKEN

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st", "\u200b": None}
)

_LONGEST = 80
"""Letters of a broken word that are looked at."""
LOST = "\ufffd"
"""A glyph that the file gives no meaning."""
_JOINED = ("ffi", "ffl", "ff", "fi", "fl", "ft", "tt", "ti", "tf")
"""Letters that fonts draw as one glyph."""
_STEMS = (
    "action affect affin affor after aircraft amplif artifici ation attach attent attribut baffl benefi "
    "beneficial better bottom buffer certif classif cliff coeffici committ confi conflict defin deflect "
    "differ difficul diffus diversif draft drift effect effici effort estimat fiber fidel field fifth "
    "figur file fill film filter final financ find finds fine finger finish finite fire firm first fish "
    "fit five fix flag flat flaw flex flight flip float floating floor flow fluct fluid fluor getting "
    "identif infini inflat influen justif left letter lift little magnif matter modif multi notif off "
    "offer offic often optim pattern platform prefix profil quantif rectif reflect satisf scientific "
    "setting shift shuffl signific simplif soft software specific stratif stuff suffer suffici suffix "
    "superfici tial tion tive traffic transmitt unif verif written "
).split()
"""Stems of common words with such letters."""


def count_words(lines: Iterable[str]) -> Counter[str]:
    """The words of whole lines, each with how often it is written; those that a line breaks are left out."""
    words: Counter[str] = Counter()
    for line in lines:
        low = line.lower()
        end = re.sub(rf"[^\W\d_-]*{BROKEN}$", "", low[-_LONGEST:])
        words.update(_WORD.findall(low[:-_LONGEST] + end))
    return words


def join_lines(lines: Sequence[str], words: Counter[str], prose: bool = True) -> str:
    """Lines as one text; a hyphen at a line's end stays where the paper writes that word with one more often."""
    text = ""
    for line in (" ".join(line.split()) for line in lines):
        if not text:
            text = line
        elif text.endswith((BROKEN, "-")) and re.match(r"[^\W\d_]", line) and re.search(r"[^\W_][-\u00ad]$", text):
            text = text[:-1] + ("-" if _keeps_hyphen(text, line, words) else "") + line
        elif text.endswith(BROKEN):
            text = text[:-1] + "-" + line
        else:
            text += (" " if prose else "\n") + line
    return restore_ligatures(text.replace(BROKEN, "-").translate(_LIGATURES), words)


def restore_ligatures(text: str, words: Counter[str]) -> str:
    """Put letters where a glyph has no meaning, if they make a word of the paper or one with a common stem."""
    if LOST not in text:
        return text

    def restored(match: re.Match[str]) -> str:
        before, after = match.groups()
        tries = [(before + letters + after, len(before), len(letters)) for letters in _JOINED]
        known = max(tries, key=lambda candidate: words[candidate[0].lower()])
        if words[known[0].lower()]:
            return known[0]
        stem, word = max((_stem_at(candidate.lower(), at, size), candidate) for candidate, at, size in tries)
        return word if stem else match.group(0)

    return re.sub(rf"([^\W\d_]*){LOST}([^\W\d_]*)", restored, text)


def _stem_at(word: str, at: int, size: int) -> int:
    """The length of the longest common stem that covers the letters from `at` on; 0 where none does."""
    longest = 0
    for stem in _STEMS:
        start = word.find(stem)
        while start >= 0:
            if start <= at and at + size <= start + len(stem):
                longest = max(longest, len(stem))
            start = word.find(stem, start + 1)
    return longest


def _keeps_hyphen(text: str, line: str, words: Counter[str]) -> bool:
    before = re.search(r"((?:[^\W\d_]+-)*[^\W\d_]+)[-\u00ad]$", text[-_LONGEST:])
    after = re.match(r"[^\W\d_]+(?:-[^\W\d_]+)*", line)
    if not before or not after:
        return True
    first, second = before[1].lower(), after[0].lower()
    whole, parted = words[first + second], words[f"{first}-{second}"]
    if whole or parted:
        return parted > whole
    if line[:1].isupper() and not (before[1].isupper() and after[0].isupper()):
        return True
    last = first.rsplit("-", 1)[-1]
    return "-" in first or bool(
        not after[0].isupper() and len(last) > 3 and len(second) > 3 and words[last] and words[second]
    )
