"""Two diffs of which only one is meant: the prose between them says `or`."""

from __future__ import annotations

import re

from p2c.diffs.extraction import is_diff

_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})")
_OFFERED = re.compile(
    r"(?:^|[.:;!]\s+)[\W_]*(?:"
    r"alternatively\b"
    r"|if you(?:'d| would)? (?:rather|prefer|like)\b"
    r"|or,? (?:alternatively|instead|else|simply|if you (?:prefer|like)|you (?:could|can|may))\b"
    r"|or:?[\W_]*$"
    r"|(?:option|alternative|variant|approach|solution|version)[\s#*_]+(?:[B-H]|[2-9]|two|three)\b"
    r"|(?:an|the)?\s*(?:other|another|second) (?:option|way|approach|possibility|alternative|solution)\b"
    r"|instead of (?:that|this|the)?\s*(?:above|first|previous|option|diff|patch|change)\b"
    r")",
    re.IGNORECASE | re.MULTILINE,
)
"""How a sentence begins that offers another change in place of the one above. Words inside of a sentence say nothing:
"use X instead of Y" stands above many a second diff that is meant as well."""


def are_offered(reply: str) -> bool:
    """Whether the prose between two fenced diffs offers the second in place of the first."""
    prose: list[str] = []
    body: list[str] | None = None
    diffs = 0
    for row in reply.split("\n"):
        if body is None and not _FENCE.match(row):
            prose.append(row)
        elif body is None:
            body = []
        elif not _FENCE.match(row):
            body.append(row)
        elif is_diff(body):
            if diffs and _OFFERED.search("\n".join(prose)):
                return True
            diffs, body, prose = diffs + 1, None, []
        else:
            body = None
    return False
