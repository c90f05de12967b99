"""An item as it is carried out: which command, in which folder, on what share of the money."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from p2c.batch.manifest import BatchItem
from p2c.batch.manifest_schema import ITEM
from p2c.repository_files import read
from p2c.state_folder import STATE

SCORED = ("reference", "rubric", "no_rubric", "samples")


@dataclass(frozen=True)
class BatchFolder:
    """Where a batch keeps what it does: one folder for each item, and its own state beside them."""

    root: Path

    @property
    def state(self) -> Path:
        """The batch's own folder."""
        return self.root / STATE

    @property
    def empty(self) -> Path:
        """The working directory of its processes."""
        return self.state / "empty"

    def result(self, name: str) -> Path:
        """The file that says how an item ended."""
        return self.state / "results" / f"{name}.json"

    def events(self, name: str) -> Path:
        """The events of all of an item's starts, JSON lines."""
        return self.state / "events" / f"{name}.jsonl"

    def log(self, name: str) -> Path:
        """What the item's commands said to people."""
        return self.state / "logs" / f"{name}.log"

    def mark(self, name: str) -> Path:
        """The file that says what an item's folder was made from."""
        return self.state / "marks" / f"{name}.json"


@dataclass(frozen=True)
class Allowance:
    """What one start of an item may spend; `None` is no limit."""

    usd: float | None = None
    tokens: int | None = None
    minutes: float | None = None


@dataclass(frozen=True)
class BatchJob:
    """An item with its digests, the folder of the batch, and what this start may spend; goes to other machines."""

    item: BatchItem
    root: str
    key: str
    content: str
    """Digest of the paper or folder."""
    grant: Allowance = Allowance()
    environ: Mapping[str, str] = field(default_factory=dict)
    """Settings for its commands, without secrets."""
    only_score: bool = False
    """The item has ended, its score has not."""

    @property
    def place(self) -> BatchFolder:
        """Where the batch keeps things."""
        return BatchFolder(Path(self.root))

    @property
    def folder(self) -> Path:
        """The folder that the item is worked on in: one of the batch, or its own where nothing is written."""
        kept = self.item.kind == "check" or self.item.options.get("in_place")
        return Path(self.item.source) if kept else self.place.root / self.item.name

    @property
    def number_options(self) -> dict[str, float]:
        """What it needs of a machine: `cpus` (default 1), `gpus`, `memory_gb` (default not said: 0)."""
        options = self.item.options
        return {
            "cpus": options.get("cpus", 1),
            "gpus": options.get("gpus", 0),
            "memory_gb": options.get("memory_gb", 0),
        }


def content_digest(item: BatchItem) -> str:
    """SHA-256 over what the item's input holds: a file, all text and assets of a folder, or the arXiv id itself."""
    place = Path(item.source)
    if place.is_dir():
        return read(place).digest
    if place.is_file():
        with place.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    return hashlib.sha256(item.source.encode()).hexdigest()


def item_key(item: BatchItem, content: str) -> str:
    """SHA-256 over the input and all options that decide how it comes out; limits, keys and machines do not."""
    counted = {key: value for key, value in item.options.items() if ITEM[key].counts}
    return _digest(item.kind, content, counted)


def score_key(item: BatchItem) -> str:
    """SHA-256 over what the score is asked with; '' where none is wanted."""
    if not item.options.get("score"):
        return ""
    return _digest({key: item.options.get(key) for key in SCORED})


def command(order: BatchJob) -> list[str]:
    """Return the words after `p2c` that carry the item out."""
    item, options = order.item, order.item.options
    words: list[str] = [item.kind, item.source if item.kind == "build" else str(order.folder)]
    words += ["-o", str(order.folder)] if item.kind == "build" else []
    limits = {"max_cost": order.grant.usd, "max_tokens": order.grant.tokens, "max_minutes": order.grant.minutes}
    settings = {**options, **{key: value for key, value in limits.items() if value is not None}}
    for key, value in settings.items():
        words += _option(ITEM[key].option, value) if item.kind in ITEM[key].kinds else []
    if options.get("sandbox") == "docker" and options.get("gpus"):
        words.append(f"--gpus={int(options['gpus'])}")
    return [*words, "--json", "--quiet", f"--events={order.place.events(item.name)}"]


def score_command(order: BatchJob, left: Allowance) -> list[str]:
    """Return the words after `p2c` that score what was built."""
    options = order.item.options
    words = ["score", str(order.folder), f"--paper={order.item.source}"]
    for key in (*SCORED, "model", "base_url"):
        words += _option(f"--{key.replace('_', '-')}", options.get(key, False))
    limits = {"--max-cost": left.usd, "--max-tokens": left.tokens}
    words += [f"{option}={value}" for option, value in limits.items() if value is not None]
    return [*words, "--json", "--quiet", f"--events={order.place.events(order.item.name)}"]


def _option(option: str, value: Any) -> list[str]:
    if not option or value is False:
        return []
    if value is True:
        return [option]
    return [f"{option}={item}" for item in (value if isinstance(value, list | tuple) else [value])]


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
