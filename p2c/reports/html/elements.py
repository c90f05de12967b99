"""HTML that is escaped by construction: text is made harmless wherever it enters an element."""

from __future__ import annotations

import html
from dataclasses import dataclass

from p2c.safe_text import visible

_EMPTY = frozenset({"meta", "rect", "line", "circle", "path", "br", "hr", "input", "wbr"})


@dataclass(frozen=True)
class Html:
    """Markup that is safe to put into a page as it is."""

    markup: str


Child = Html | str | int | None


def el(tag: str, *children: Child, **attributes: str | int | float | bool | None) -> Html:
    """Return an element. Strings are escaped and their control and bidirectional characters spelled out; an
    attribute that is None or False is left out, one that is True has no value, `class_` is written `class` and
    underscores become hyphens."""
    given = ((key, value) for key, value in attributes.items() if value is not None and value is not False)
    named = "".join(_attribute(key, value) for key, value in given)
    if tag in _EMPTY and not children:
        return Html(f"<{tag}{named}>" if tag in ("meta", "br", "hr", "input", "wbr") else f"<{tag}{named}/>")
    return Html(f"<{tag}{named}>{join(*children).markup}</{tag}>")


def join(*children: Child) -> Html:
    """Return children one after the other, strings escaped."""
    return Html("".join(_escaped(child) for child in children))


def room(text: str) -> int:
    """Return the bytes that a line of text takes in a page, about."""
    return len(html.escape(text)) + 1


def untrusted(text: str) -> Html:
    """Return text that others wrote, isolated so that its direction can't spread to what stands around it."""
    return el("bdi", text)


def _escaped(child: Child) -> str:
    if child is None:
        return ""
    return child.markup if isinstance(child, Html) else html.escape(visible(str(child)))


def _attribute(key: str, value: str | int | float | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(visible(str(value)))}"'
