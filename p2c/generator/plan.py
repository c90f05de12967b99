"""The plan of a repository: everything that is decided before code is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from p2c.generator.criteria import Coverage, Criterion, InventoryItem
from p2c.run_claims import Claim
from p2c.run_contract import Interface, RunContract


@dataclass(frozen=True)
class FileSpec:
    """One file to write: what it is for, what it promises, how it works, which files' code it needs (`uses`)
    and which packages it imports (top-level import names of third parties)."""

    path: str
    purpose: str
    interface: Interface = field(default_factory=Interface)
    logic: str = ""
    uses: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Call:
    """One step of the main run, for the sequence diagram: who calls what of whom."""

    caller: str
    callee: str
    what: str


@dataclass(frozen=True)
class Package:
    """A planned requirement, the import names that it provides, and what it is needed for."""

    requirement: str
    imports: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Value:
    """A configured value by its dotted key: either the paper's (`place` and verbatim `quote`) or `assumed`, and why."""

    key: str
    value: Any
    place: str = ""
    quote: str = ""
    assumed: str = ""


@dataclass(frozen=True)
class Override:
    """What the smoke run sets in place of the paper's value, and why."""

    key: str
    value: Any
    why: str


@dataclass(frozen=True)
class Plan:
    """`files` are in dependency order; `config` is path -> text; `values` says where each value comes from."""

    overview: str
    design: str
    files: tuple[FileSpec, ...]
    requirements: tuple[str, ...]
    config: Mapping[str, str]
    contract: RunContract
    calls: tuple[Call, ...] = ()
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    """Data set of the paper -> what stands in for it in the smoke run."""
    data_sources: Mapping[str, str] = field(default_factory=dict)
    """Data set of the paper -> what it is used for and, once configured, where the full run takes it from."""
    title: str = ""
    summary: str = ""
    """The method in a few sentences, for people."""
    entry: str = ""
    """The file that the main command runs."""
    conventions: str = ""
    """What all files agree on: shapes, dtypes, random numbers, how configuration is read."""
    packages: tuple[Package, ...] = ()
    values: tuple[Value, ...] = ()
    overrides: tuple[Override, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    inventory: tuple[InventoryItem, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    """One entry for each criterion that is not sealed and each item of the inventory."""
    claims: tuple[Claim, ...] = ()
    open_points: tuple[str, ...] = ()
    """What the paper leaves open and no setting holds, with the choice that was made; the README names each."""

    def spec(self, path: str) -> FileSpec | None:
        """The spec of one file, or None."""
        return next((spec for spec in self.files if spec.path == path), None)
