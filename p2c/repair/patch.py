"""Unified diffs that models write: applied exactly as meant, or refused with a reason they can use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Patch:
    """A unified diff (git style, a/ and b/ prefixes) with its reason and who wrote it."""

    diff: str
    reason: str
    author: str
