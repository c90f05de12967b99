"""What the guards look at, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from p2c.run_contract import Interface, RunContract


@dataclass(frozen=True)
class Refusal:
    """A patch that a guard does not let through; `message` tells its author why, and what to do instead."""

    guard: str
    path: str
    message: str


@dataclass(frozen=True)
class Scope:
    """What is protected: promised interfaces by path, the run contract; and what is not.

    `allow` holds names of guards that a person switched off.
    """

    promises: Mapping[str, Interface] = field(default_factory=dict)
    contract: RunContract = field(default_factory=RunContract)
    allow: frozenset[str] = frozenset()
    extends: bool = False
    """The patch is to add what the paper has: it may add full commands."""
