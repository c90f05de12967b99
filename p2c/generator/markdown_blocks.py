"""Fenced blocks of Markdown, as models really write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*?)[ \t]*$")


@dataclass(frozen=True)
class FencedBlock:
    """A fenced block: its info string, its text (ends with a line end), and whether its fence was closed."""

    info: str
    text: str
    closed: bool

    @property
    def language(self) -> str:
        """The first word of the info string, in lower case."""
        return (self.info.split() or [""])[0].lower()


def blocks(reply: str) -> tuple[FencedBlock, ...]:
    """Return the outermost fenced blocks in order.

    A fence with an info string inside a block opens an inner block (a README with a shell block in it);
    where that reading leaves a block open, it is read again as one that forgot to close the block before.
    """
    lines = [line.rstrip("\r") for line in reply.split("\n")]
    fenced = _scan(lines, nested=True)
    return fenced if all(block.closed for block in fenced) else _scan(lines, nested=False)


def inside_fence(reply: str) -> bool:
    """Whether the text ends inside a block that is still open."""
    fenced = blocks(reply)
    return bool(fenced) and not fenced[-1].closed


def _scan(lines: list[str], nested: bool) -> tuple[FencedBlock, ...]:
    fenced: list[FencedBlock] = []
    opened: list[re.Match[str]] = []
    body: list[str] = []
    for line in lines:
        fence = _FENCE.match(line)
        if not opened:
            if fence:
                opened, body = [fence], []
        elif fence is None or not _same_kind(fence, opened[-1]):
            body.append(line)
        elif not fence["info"]:
            if len(opened) > 1:
                body.append(line)
            else:
                fenced.append(_block(opened[0], body, closed=True))
            opened.pop()
        elif nested:
            opened.append(fence)
            body.append(line)
        else:
            fenced.append(_block(opened[0], body, closed=False))
            opened, body = [fence], []
    return (*fenced, _block(opened[0], body, closed=False)) if opened else tuple(fenced)


def _same_kind(fence: re.Match[str], outer: re.Match[str]) -> bool:
    """A shorter fence, or one of the other character, is the block's own text."""
    return fence["mark"][0] == outer["mark"][0] and len(fence["mark"]) >= len(outer["mark"])


def _block(fence: re.Match[str], body: list[str], closed: bool) -> FencedBlock:
    indent = fence["indent"]
    text = "\n".join(line.removeprefix(indent) for line in body)
    return FencedBlock(fence["info"], text.rstrip("\n") + "\n", closed)
