"""Keys, passwords and tokens taken out of texts before they are shown, stored or sent.

There are two degrees. `redact` is for words: what programs print, findings, messages; there a value that was hidden
needlessly costs nothing. Source text has to stay as it is, because diffs are made from it: `Hidden` hides only what
is a secret by its own form, and can put it back into a reply.
"""

from __future__ import annotations

import math
import os
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MARK = "[redacted]"
_TOKENS = (
    # The publishers' own forms, as GitHub's and GitLab's secret scanning list them.
    r"sk-(?:proj|ant|or|svcacct|admin|lf)-[\w-]{16,500}|[spr]k-[A-Za-z0-9]{20,500}|sk-(?=[\w-]{0,500}\d)[\w-]{24,500}"
    r"|gh[pousr]_[A-Za-z0-9]{20,300}|github_pat_\w{20,300}|gl(?:pat|ptt|dt|cbt|rt|ft|soat|agent|imt)-[\w.-]{16,300}"
    r"|hf_[A-Za-z0-9]{30,200}|api_org_[A-Za-z0-9]{30,200}|A(?:KIA|SIA)[0-9A-Z]{16}|AIza[\w-]{30,100}|ya29\.[\w-]{20,1000}"
    r"|xox[abeoprs]-[\w-]{10,300}|xapp-[\w-]{20,300}|pypi-[\w-]{30,1000}|npm_[A-Za-z0-9]{30,200}|e2b_\w{30,200}"
    r"|[sr]k_(?:live|test)_[A-Za-z0-9]{16,300}|dop_v1_[0-9a-f]{40,100}|r8_[A-Za-z0-9]{30,100}|gsk_[A-Za-z0-9]{30,200}"
    r"|SG\.[\w-]{16,100}\.[\w-]{16,100}|eyJ[\w-]{8,2000}\.[\w-]{8,8000}\.[\w-]{5,2000}"
)
_ALONE = r"(?:(?<![\w-])|(?<=\\[nrt]))"
"""Not within a word; in quoted text a line's end is `\\n`."""
_FORMS = re.compile(rf"{_ALONE}(?:{_TOKENS})(?![A-Za-z0-9])")
_LOOSE_FORMS = re.compile(
    rf"{_ALONE}(?:[spr]k-[A-Za-z0-9_-]{{16,500}}|hf_[A-Za-z0-9]{{20,200}}|(?:pypi|e2b|npm)[-_][\w-]{{30,1000}})"
    rf"|{_ALONE}(?i:bearer)\s{{1,4}}(?P<secret>[\w.~+/-]{{20,4000}}=*)"
)
_BLOCK = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?P<secret>[^-]{1,20000})-----END |(?P<cut>(?:(?:\\[nrt]|[\s\"',>|])*+[A-Za-z0-9+/=]{16,}+)+))"
)
"""A private key, whole or cut off before its end."""
_HEADER = re.compile(
    r"(?i)(?<![a-z])(?:proxy-)?authorization[\"']?\s{0,4}[:=,]\s{0,4}[\"']?"
    r"(?:basic|bearer|token|digest|negotiate|aws4-hmac-sha256|apikey)\s{1,4}(?P<secret>[\w.~+/:-]{6,8000}=*)"
)
_LOOSE_HEADER = re.compile(
    r"(?i)(?<![a-z])(?:(?:proxy-)?authorization|(?:set-)?cookie|private-token|job-token|deploy-token|x-api-key"
    r"|api-key|x-auth-token|x-goog-api-key|x-amz-security-token)[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?P<secret>[^\s\"',]{8,8000})"
)
_LOGIN = re.compile(r"(?<=://)(?P<secret>[^/\s:@'\"]{0,1000}:(?P<password>[^/\s'\"]{1,1000}))(?=@)")
_LOOSE_LOGIN = re.compile(r"(?<=://)(?P<secret>[^/\s:@'\"]{16,1000})(?=@)")
_QUERY = re.compile(
    r"(?i)(?<=[?&;])[\w.-]{0,40}(?:token|api_?key|key|secret|sig|signature|password|passwd|credential)="
    r"(?P<secret>[^&?\s\"'<>#\[\]]{8,4000})"
)
_SURE_NAMES = r"api[ _-]?key|apikey|secret|token|passw(?:or)?d|passphrase|access[_-]?key|private[_-]?key|auth[_-]?key"
_ASSIGNED = re.compile(
    rf"(?i)(?P<name>(?:{_SURE_NAMES})(?:[_-](?:key|id|value))?|(?-i:_KEY|_TOKEN|_PASS|_PWD|_AUTH|_CREDENTIALS?))"
    r"[\"']?\s{0,4}(?::=|=>|=(?!=)|:)\s{0,4}"
    r"(?:[rbuRBU]?(?P<quote>[\"'])(?P<quoted>[^\"'\s]{6,4000})(?P=quote)|(?P<bare>[^\s\"'`,;(){}\[\]<>$]{6,4000}))"
)
_SECRET_NAME = re.compile(
    r"(?i)(?:^|_)(?:token|secret|credentials?|apikey|key|pat|auth|passphrase)(?:_|$)|passw(?:or)?d|_pwd$|_pass$"
)
_PUT_IN = re.compile(r"[{}<>]|%[sd(]|\$[{(A-Za-z]|\*{3}|\.\.\.|(?i:^your|^x{3})")
"""Of values that a program puts in when it runs, or that stand in documentation for one."""
_SAMPLE = re.compile(
    r"(?i)^(?:my|some|example|sample|dummy|fake|test|placeholder|change|insert|replace|enter|todo|none|null|true|false"
    r"|redacted|secret|password|passwd|token|user|root|admin|guest|p2c_hidden)"
)
_PASSWORD = re.compile(r"(?i)passw|passphrase|_pass|_pwd|secret|api[ _-]?key")
_ORDINARY = frozenset(
    "pass password passwd pwd secret token user username root admin guest postgres mysql test".split()
)


def redact(text: str) -> str:
    """Return a program's or a message's words without anything that may be a secret."""
    return _replace(text, _wide(text, os.environ), lambda _: MARK)


def redact_source(text: str) -> str:
    """Return source text, or a diff, without what is a secret by its own form."""
    return _replace(text, _narrow(text, os.environ), lambda _: MARK)


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
        told = [redact_data(value, source) for value in data]
        return tuple(told) if isinstance(data, tuple) else told
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
    told, hidden = [], False
    for word in words:
        shown = _OPTION_WITH_VALUE.sub(rf"\1{MARK}", word) if _OPTION_WITH_VALUE.fullmatch(word) else word
        shown = _OPTION_GIVEN.sub(lambda found: found[1] + MARK, redact(redact_logins(shown)))
        told.append(MARK if hidden else shown)
        hidden = _OPTION_ALONE.fullmatch(word) is not None
    return shlex.join(told)


@dataclass
class Hidden:
    """Secrets that were hidden in source text; each has a word of its own, the same wherever it occurs."""

    words: dict[str, str] = field(default_factory=dict)
    """secret -> the word that stands for it."""

    def hide(self, text: str) -> str:
        """Return the text with each secret in it replaced by its word; without secrets it is the very same text."""
        return _replace(text, _narrow(text, os.environ), self._word)

    def restore(self, text: str) -> str:
        """Return a text that speaks of the hidden one with the secrets back in their places."""
        for secret, word in self.words.items():
            text = text.replace(word, secret)
        return text

    def _word(self, secret: str) -> str:
        return self.words.setdefault(secret, f"P2C_HIDDEN_SECRET_{len(self.words) + 1}_")


Span = tuple[int, int]


def _replace(text: str, spans: Iterable[Span], word: Callable[[str], str]) -> str:
    parts, at = [], 0
    for start, end in sorted(spans):
        if start >= at:
            parts += [text[at:start], word(text[start:end])]
        elif end > at:  # the rest of one that overlaps: what is hidden once stays hidden
            start = at
        at = max(at, end)
    return "".join([*parts, text[at:]]) if parts else text


def _narrow(text: str, environ: Mapping[str, str]) -> Iterator[Span]:
    """Yield the spans of what is a secret by its own form, or stands where only secrets do and looks like one."""
    yield from _spans(_FORMS, text)
    yield from (span for span in _spans(_BLOCK, text) if re.search(r"[A-Za-z0-9+/]{16}", text[slice(*span)]))
    yield from (match.span("secret") for match in _HEADER.finditer(text) if _looks_real(match["secret"]))
    yield from (match.span("password") for match in _LOGIN.finditer(text) if not _is_sample(match["password"]))
    yield from (match.span("secret") for match in _QUERY.finditer(text) if _is_random(match["secret"]))
    yield from (_value(match) for match in _ASSIGNED.finditer(text) if _is_secret(match))
    yield from _own(text, environ, _has_digit_and_letter)


def _wide(text: str, environ: Mapping[str, str]) -> Iterator[Span]:
    """Yield the spans of what may be a secret."""
    yield from _own(text, environ, lambda value: True)
    for pattern in (_FORMS, _LOOSE_FORMS, _BLOCK, _HEADER, _LOOSE_HEADER, _LOGIN, _LOOSE_LOGIN, _QUERY):
        yield from _spans(pattern, text)
    yield from (_value(match) for match in _ASSIGNED.finditer(text) if _may_be_secret(match))


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        yield next((match.span(name) for name, found in match.groupdict().items() if found is not None), match.span())


def _value(match: re.Match[str]) -> Span:
    return match.span("quoted" if match["quoted"] is not None else "bare")


def _own(text: str, environ: Mapping[str, str], fits: Callable[[str], bool]) -> Iterator[Span]:
    """Yield where values of this process's own secrets stand."""
    for name, value in environ.items():
        if len(value) >= 8 and _SECRET_NAME.search(name) and _is_value(value) and fits(value):
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
    if _PUT_IN.search(value) or value.lower() in _ORDINARY or value.startswith(("/", "~", "./", "\\")):
        return False
    if bare and re.search(r"\w\.[A-Za-z_]", value):
        return False  # an expression
    least = 6 if _PASSWORD.search(match["name"]) else 16 if bare else 12
    return len(value) >= least and _has_digit_and_letter(value)


def _is_secret(match: re.Match[str]) -> bool:
    """Tell whether a literal in source text is one; tokens and keys are also what the data of models are made of."""
    value = match["quoted"] or match["bare"]
    if _PASSWORD.search(match["name"]):
        return _looks_real(value) and not re.search(r"[./]", value)
    return _is_random(value)


def _looks_real(value: str) -> bool:
    return len(value) >= 8 and not _is_sample(value) and _has_digit_and_letter(value)


def _has_digit_and_letter(value: str) -> bool:
    return bool(re.search(r"\d", value) and re.search(r"[A-Za-z]", value))


def _is_sample(value: str) -> bool:
    """Tell whether it stands for a value, as in documentation, or is put in when the program runs."""
    return bool(value.lower() in _ORDINARY or _PUT_IN.search(value) or _SAMPLE.match(value))


def _is_random(value: str) -> bool:
    """Tell whether a value looks drawn, not written: long, digits among letters, many different characters."""
    if len(value) < 20 or _is_sample(value) or not re.fullmatch(r"[\w+/=.~:-]+", value):
        return False
    kinds = [bool(re.search(kind, value)) for kind in ("[0-9]", "[a-z]", "[A-Z]")]
    longest = max(map(len, re.split(r"[_./:-]", value)))
    return kinds[0] and (all(kinds) or longest >= 20) and _entropy(value) >= 3.3


def _entropy(value: str) -> float:
    """Bits a character: 3.3 has 16 random hex digits, English words have less than 3."""
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)
