"""As much of a repository as fits a context: the telling files whole, the next as outlines, the rest by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from p2c.models.token_estimate import count_tokens
from p2c.prompts import data
from p2c.repair.excerpts import numbered
from p2c.repo import Repo
from p2c.scoring.file_outlines import outline
from p2c.scoring.file_ranking import ranked

MOST_NAMES = 200
OUTLINES = 3
"""At most one part in so many of the room is kept for outlines, where files do not fit."""
A_NAME = 10
"""Tokens that a file costs by its name and marks alone."""

_MARKS = re.compile(
    r"<(?=\s*(?:/\s*)?(?:paper|repository|reference|file|outline|other_files|items|checks)\b)", re.IGNORECASE
)


@dataclass(frozen=True)
class Selection:
    """`text` is what a model is shown, of about `tokens` tokens; `sources` are the texts that lines are cited from,
    by path, whether shown whole, outlined or only named."""

    kind: str
    text: str
    tokens: int
    whole: tuple[str, ...]
    outlined: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)


def select(repo: Repo, room: int, kind: str = "repository", sources: Mapping[str, str] | None = None) -> Selection:
    """Choose from a repository for `room` tokens; `kind` is the word of the marks around it, `sources` what `ranked`
    returned for it before."""
    sources = ranked(repo) if sources is None else sources
    unread = [path for path in (*repo.files, *repo.assets) if path not in sources]
    room -= count_tokens(_names(unread)) + A_NAME * len(sources)
    whole, left = _whole(sources, room)
    parts = [whole[path] for path in sources if path in whole]
    room -= sum(count_tokens(part) for part in parts)
    outlined = _outlined(sources, left, room)
    named = [path for path in left if path not in outlined]
    parts += [outlined[path] for path in outlined]
    others = sorted([*named, *unread])
    parts += [data("other_files", _names(others))] if others else []
    text = data(kind, "\n".join(parts))
    cited = {**{path: text for path, text in repo.files.items() if not path.endswith(".ipynb")}, **sources}
    return Selection(kind, text, count_tokens(text), tuple(whole), tuple(outlined), tuple(named), cited)


def _whole(sources: Mapping[str, str], room: int) -> tuple[dict[str, str], list[str]]:
    shown = {path: _file(path, text) for path, text in sources.items()}
    if sum(count_tokens(text) for text in shown.values()) > room:
        outlines = sum(count_tokens(outline(path, text)) for path, text in sources.items())
        room -= min(room // OUTLINES, outlines)
    whole: dict[str, str] = {}
    left: list[str] = []
    for path, text in shown.items():
        cost = count_tokens(text)
        if cost <= room:
            whole[path] = text
            room -= cost
        else:
            left.append(path)
    return whole, left


def _outlined(sources: Mapping[str, str], left: Iterable[str], room: int) -> dict[str, str]:
    shown: dict[str, str] = {}
    for path in left:
        text = data("outline", _inert(outline(path, sources[path])), path=path)
        cost = count_tokens(text)
        if cost <= room:
            shown[path] = text
            room -= cost
    return shown


def _file(path: str, text: str) -> str:
    return data("file", _inert(numbered(text, [(1, text.count("\n") + 1)])), path=path)


def _inert(text: str) -> str:
    """Return text in which none of the marks that a prompt is made of opens or closes."""
    return _MARKS.sub("&lt;", text)


def _names(paths: list[str]) -> str:
    more = [f"and {len(paths) - MOST_NAMES} more"] if len(paths) > MOST_NAMES else []
    return "\n".join([*paths[:MOST_NAMES], *more])
