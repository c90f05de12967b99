"""The plan of a repository: everything that is decided before code is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from p2c.contract import Interface, RunContract


@dataclass(frozen=True)
class FileSpec:
    """One file to write: what it is for, what it promises, how it works, and which files' code it needs."""

    path: str
    purpose: str
    interface: Interface = field(default_factory=Interface)
    logic: str = ""
    uses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Call:
    """One step of the main run, for the sequence diagram: who calls what of whom."""

    caller: str
    callee: str
    what: str


@dataclass(frozen=True)
class Plan:
    """`files` are in dependency order; `config` is path -> text; `sources` says where each value comes from."""

    overview: str
    design: str
    files: tuple[FileSpec, ...]
    requirements: tuple[str, ...]
    config: Mapping[str, str]
    contract: RunContract
    calls: tuple[Call, ...] = ()
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    """Data set of the paper -> what stands in for it in the smoke run."""

    def spec(self, path: str) -> FileSpec | None:
        """The spec of one file, or None."""
        return next((spec for spec in self.files if spec.path == path), None)
