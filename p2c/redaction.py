"""Keys, passwords and tokens taken out of texts before they are shown, stored or sent.

There are two degrees. `redact` is for words: what programs print, findings, messages; there a value that was hidden
needlessly costs nothing. Source text has to stay as it is, because diffs are made from it: `RedactedSecrets` hides
only what is a secret by its own form, and can put it back into a reply.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from p2c import secret_patterns as forms
from p2c.secret_patterns import (
    has_digit_and_letter,
    is_key,
    is_random,
    is_sample,
    is_template,
    looks_random,
    looks_real,
)

MARK = "[redacted]"


def redact(text: str) -> str:
    """Return a program's or a message's words without anything that may be a secret."""
    return _replace(text, _in_plain(_wide, text), lambda _: MARK)


def redact_source(text: str) -> str:
    """Return source text, or a diff, without what is a secret by its own form."""
    return _replace(text, _in_plain(_narrow, text), lambda _: MARK)


def redact_data(data: Any, source: frozenset[str] = frozenset({"diff"})) -> Any:
    """Return JSON-able data with `redact` applied to each string in it; under the keys `source`, `redact_source`."""
    if isinstance(data, str):
        return redact(data)
    if isinstance(data, Mapping):
        return {
            key: redact_source(value) if key in source and isinstance(value, str) else redact_data(value, source)
            for key, value in data.items()
        }
    if isinstance(data, list | tuple):
        redacted = [redact_data(value, source) for value in data]
        return tuple(redacted) if isinstance(data, tuple) else redacted
    return data


def redact_logins(text: str, known: Iterable[str] = (), mark: str = "***") -> str:
    """Return the text without these secrets and without the logins in its addresses, user names included."""
    for secret in known:
        text = text.replace(secret, mark)
    return re.sub(r"(?<=://)[^/\s@'\"]+@", f"{mark}@", text)


_OPTION = (
    r"--?(?:[A-Za-z][\w-]*[_-])?"
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|credentials?|auth|api-?key|access-?key|key)"
)
_OPTION_ALONE = re.compile(rf"(?i){_OPTION}")
_OPTION_WITH_VALUE = re.compile(rf"(?is)({_OPTION}=).*")
_OPTION_GIVEN = re.compile(rf"(?i)(?<![\w-])({_OPTION}(?:=|\s+))(?:\"[^\"]*\"|'[^']*'|\S+)")


def redact_command(words: Iterable[str]) -> str:
    """Return a command line as a shell reads it, without logins and the values of options that are named as secrets."""
    shown_words, hidden = [], False
    for word in words:
        shown = _OPTION_WITH_VALUE.sub(rf"\1{MARK}", word) if _OPTION_WITH_VALUE.fullmatch(word) else word
        shown = _OPTION_GIVEN.sub(lambda match: match[1] + MARK, redact(redact_logins(shown)))
        shown_words.append(MARK if hidden else shown)
        hidden = _OPTION_ALONE.fullmatch(word) is not None
    return shlex.join(shown_words)


@dataclass
class RedactedSecrets:
    """Secrets that were hidden in source text; each has a word of its own, the same wherever it occurs."""

    words: dict[str, str] = field(default_factory=dict)
    """secret -> the word that stands for it."""

    def hide(self, text: str) -> str:
        """Return the text with each secret in it replaced by its word; without secrets it is the very same text."""
        return _replace(text, _in_plain(_narrow, text), self._word)

    def restore(self, text: str) -> str:
        """Return a text that speaks of the hidden one with the secrets back in their places."""
        for secret, word in self.words.items():
            text = text.replace(word, secret)
        return text

    def _word(self, secret: str) -> str:
        return self.words.setdefault(secret, f"P2C_HIDDEN_SECRET_{len(self.words) + 1}_")


Span = tuple[int, int]


def _in_plain(find: Callable[[str, Mapping[str, str]], Iterator[Span]], text: str) -> list[Span]:
    """Return the spans of what is found in a text without what colours it, which may stand within a token."""
    colours = [match.span() for match in forms.ESCAPES.finditer(text)]
    if not colours:
        return list(find(text, os.environ))
    kept: list[int] = []
    for start, end in zip(
        [0, *(end for _, end in colours)], [*(start for start, _ in colours), len(text)], strict=True
    ):
        kept += range(start, end)
    plain = "".join(text[place] for place in kept)
    return [(kept[start], kept[end - 1] + 1) for start, end in find(plain, os.environ) if end > start]


def _replace(text: str, spans: Iterable[Span], word: Callable[[str], str]) -> str:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    parts, at = [], 0
    for start, end in merged:
        parts += [text[at:start], word(text[start:end])]
        at = end
    return "".join([*parts, text[at:]]) if parts else text


def _narrow(text: str, environ: Mapping[str, str]) -> Iterator[Span]:
    """Yield the spans of what is a secret by its own form, or stands where only secrets do and looks like one."""
    yield from _spans(forms.FORMS, text)
    yield from (span for span in _spans(forms.BLOCK, text) if re.search(r"[A-Za-z0-9+/]{16}", text[slice(*span)]))
    for pattern, fits in _FITTING:
        yield from (span for span in _spans(pattern, text) if fits(text[slice(*span)]))
    yield from (match.span("password") for match in forms.LOGIN.finditer(text) if not is_sample(match["password"]))
    yield from (match.span("secret") for match in forms.OPTION.finditer(text) if _is_given(match))
    yield from (_value(match) for match in forms.ASSIGNED.finditer(text) if _is_secret(match))
    yield from _own(text, environ, has_digit_and_letter)


def _wide(text: str, environ: Mapping[str, str]) -> Iterator[Span]:
    """Yield the spans of what may be a secret."""
    yield from _own(text, environ, lambda value: True)
    for pattern in _ANYTHING:
        yield from _spans(pattern, text)
    yield from (span for span in _spans(forms.RANDOM, text) if looks_random(text[slice(*span)]))
    yield from (match.span("secret") for match in forms.OPTION.finditer(text) if not is_template(match["secret"]))
    yield from (_value(match) for match in forms.ASSIGNED.finditer(text) if _may_be_secret(match))


_FITTING: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (forms.HEADER, looks_real),
    (forms.PLACED, lambda value: not is_sample(value)),
    (forms.QUOTED_LOGIN, lambda value: not is_sample(value)),
    (forms.QUERY, is_random),
    (forms.LOOSE_LOGIN, is_random),
    (forms.LOOSE_HEADER, is_random),
    (forms.RANDOM, looks_random),
)
_ANYTHING = (
    forms.FORMS, forms.LOOSE_FORMS, forms.BLOCK, forms.HEADER, forms.LOOSE_HEADER, forms.LOGIN, forms.QUOTED_LOGIN,
    forms.LOOSE_LOGIN, forms.QUERY, forms.PLACED,
)  # fmt: skip


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        yield next((match.span(name) for name, group in match.groupdict().items() if group is not None), match.span())


def _value(match: re.Match[str]) -> Span:
    return match.span("quoted" if match["quoted"] is not None else "bare")


def _own(text: str, environ: Mapping[str, str], fits: Callable[[str], bool]) -> Iterator[Span]:
    """Yield where values of this process's own secrets stand."""
    for name, value in environ.items():
        if len(value) >= 8 and forms.ENVIRONMENT.search(name) and _is_value(value) and fits(value):
            at = text.find(value)
            while at >= 0:
                yield at, at + len(value)
                at = text.find(value, at + len(value))


def _is_value(value: str) -> bool:
    """A variable that is named like a secret may hold a path, a number or a switch."""
    return not value.startswith(("/", "~", "./")) and not re.fullmatch(r"[\d.,:]+|[a-z]{1,11}|\s*", value)


def _may_be_secret(match: re.Match[str]) -> bool:
    """Tell whether what a program shows as the value of such a name may be one."""
    value, bare = match["quoted"] or match["bare"], match["quoted"] is None
    if is_template(value) or value.startswith(("/", "~", "./", "\\")) or (match["comma"] and bare):
        return False
    if bare and re.search(r"\w\.[A-Za-z_]", value):
        return False  # an expression
    if match["name"] == "key":
        return not bare and is_key(value, match["is"] == "=")
    least = 6 if forms.PASSWORD.search(match["name"]) else 16 if bare else 12
    return len(value) >= least and (has_digit_and_letter(value) or _is_passphrase(match))


def _is_secret(match: re.Match[str]) -> bool:
    """Tell whether a literal in source text is one; tokens and keys are also what the data of models are made of."""
    value = match["quoted"] or match["bare"]
    if match["name"] == "key":
        return match["quoted"] is not None and is_key(value, match["is"] == "=")
    if match["comma"]:
        return match["quoted"] is not None and is_random(value)
    if forms.PASSWORD.search(match["name"]):
        return (looks_real(value) and not re.search(r"[./]", value)) or _is_passphrase(match)
    return is_random(value)


def _is_passphrase(match: re.Match[str]) -> bool:
    """A password of letters alone, quoted; twelve, because shorter ones are words of forms and labels."""
    value, name = match["quoted"] or "", match["name"].lower()
    return name.startswith(("pass", "pwd")) and bool(re.fullmatch(r"[A-Za-z]{12,60}", value)) and not is_sample(value)


def _is_given(match: re.Match[str]) -> bool:
    """Tell whether the value of an option in source text is a secret: commands in documentation have samples."""
    return looks_real(match["secret"]) if match["name"].lower().startswith("pass") else is_random(match["secret"])
