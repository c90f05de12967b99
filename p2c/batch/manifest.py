"""A manifest becomes items: read strictly, every fault said with its file, item and key before anything starts."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from p2c.batch.manifest_schema import BATCH, ITEM, KINDS, TABLES, Kind, fault
from p2c.errors import InputError
from p2c.generator.readers.arxiv import parse_id

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
TAKEN = frozenset({"index.html", "summary.csv", "summary.json"})


@dataclass(frozen=True)
class BatchItem:
    """One thing to do: `source` is its paper or folder (absolute, or an arXiv id), `options` are of keys.ITEM."""

    name: str
    kind: Kind
    source: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """A whole batch: its items, what `[batch]` says, and the tables of the engines."""

    path: Path
    items: tuple[BatchItem, ...]
    batch: Mapping[str, Any] = field(default_factory=dict)
    engines: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def read_manifest(path: Path, given: Mapping[str, Any] | None = None) -> Manifest:
    """Read TOML, or JSONL by its suffix; raises InputError naming file, item and key.

    Of an item's options its own go first, then `given` (the command's flags), then `[defaults]`.
    """
    data = _load(path)
    foreign = sorted(set(data) - set(TABLES))
    if foreign:
        raise InputError(f"{path}: unknown table [{foreign[0]}]", f"Known tables: {', '.join(TABLES)}.")
    tables = {name: _table(path, name, data.get(name, {})) for name in ("batch", "defaults", "ray", "slurm")}
    _check_batch(path, tables["batch"])
    reader = _ItemReader(path, tables["defaults"], given or {})
    items = tuple(reader.items(data.get("item", [])))
    if not items:
        raise InputError(f"{path} has no items", "Write one [[item]] for each paper or repository.")
    batch = dict(tables["batch"])
    if "output" in batch:
        batch["output"] = str(path.parent / batch["output"])
    return Manifest(path, items, batch, {name: tables[name] for name in ("ray", "slurm")})


def _load(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the manifest {str(path)!r} cannot be read: {error}") from error
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        return {"item": list(_lines(path, text))}
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"{path} is not TOML: {error}", "A manifest in JSON lines needs the extension .jsonl."
        ) from error


def _lines(path: Path, text: str) -> Iterator[Any]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}, line {number} is not JSON: {error}") from error


def _table(path: Path, name: str, table: Any) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise InputError(f"{path}: {name!r} is not a table", f"Write [{name}].")
    return _dashes(table)


def _dashes(table: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).replace("-", "_"): value for key, value in table.items()}


def _check_batch(path: Path, table: Mapping[str, Any]) -> None:
    for key, value in table.items():
        if key not in BATCH:
            raise InputError(f"{path}, [batch]: unknown key {key!r}", f"Known keys: {', '.join(BATCH)}.")
        if wrong := fault(BATCH[key], value):
            raise InputError(f"{path}, [batch]: {key} = {value!r} {wrong}")


class _ItemReader:
    """Reads the items of one manifest; no two may have one name."""

    def __init__(self, path: Path, defaults: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        self.path = path
        self.names: dict[str, int] = {}
        self._check("[defaults]", defaults)
        self.base = {**self._placed(defaults, "[defaults]"), **given}

    def items(self, tables: Any) -> Iterator[BatchItem]:
        if not isinstance(tables, list):
            raise InputError(f"{self.path}: 'item' is not a list of tables", "Write [[item]], with double brackets.")
        for number, table in enumerate(tables, 1):
            if not isinstance(table, dict):
                raise InputError(f"{self.path}, item {number} is not a table")
            yield self._item(number, _dashes(table))

    def _item(self, number: int, table: dict[str, Any]) -> BatchItem:
        where = f"item {number}" + (f" ({table['name']!r})" if isinstance(table.get("name"), str) else "")
        named = [key for key in KINDS if key in table]
        if len(named) != 1:
            problem = f"has {' and '.join(map(repr, named))}" if named else "has no input"
            raise InputError(f"{self.path}, {where} {problem}", f"Set one of {', '.join(KINDS)}.")
        kind, source = KINDS[named[0]], self._source(where, named[0], table.pop(named[0]))
        self._check(where, table, kind)
        name = self._name(where, number, table.pop("name", None) or _stem(source))
        base = {key: value for key, value in self.base.items() if kind in ITEM[key].kinds}
        return BatchItem(name, kind, source, {**base, **self._placed(table, where)})

    def _check(self, where: str, table: Mapping[str, Any], kind: str = "") -> None:
        for key, value in table.items():
            known = ITEM.get(key)
            if known is None or (not kind and key == "name"):
                raise InputError(f"{self.path}, {where}: unknown key {key!r}", f"Known keys: {', '.join(ITEM)}.")
            if kind and kind not in known.kinds:
                goes = " or ".join(key for key, name in KINDS.items() if name in known.kinds)
                raise InputError(f"{self.path}, {where}: {key!r} is for {goes}, not for p2c {kind}")
            if wrong := fault(known.form, value):
                raise InputError(f"{self.path}, {where}: {key} = {value!r} {wrong}")

    def _placed(self, table: Mapping[str, Any], where: str) -> dict[str, Any]:
        """Return the options with paths made absolute and a single text made a list."""
        placed: dict[str, Any] = {}
        for key, value in table.items():
            form = ITEM[key].form
            if form == "path":
                value = str(self._there(where, key, value))
            placed[key] = [value] if form == "texts" and isinstance(value, str) else value
        return placed

    def _there(self, where: str, key: str, value: str) -> Path:
        place = (self.path.parent / Path(value).expanduser()).resolve()
        if not place.exists():
            raise InputError(f"{self.path}, {where}: {key} = {value!r} does not exist (looked for {str(place)!r})")
        return place

    def _source(self, where: str, key: str, value: Any) -> str:
        if wrong := fault("path", value):
            raise InputError(f"{self.path}, {where}: {key} = {value!r} {wrong}")
        place = self.path.parent / Path(value).expanduser()
        if key == "paper" and not place.exists() and parse_id(value):
            return str(value)
        source = self._there(where, key, value)
        if key != "paper" and not source.is_dir():
            raise InputError(f"{self.path}, {where}: {key} = {value!r} is not a folder")
        return str(source)

    def _name(self, where: str, number: int, name: str) -> str:
        if not NAME.fullmatch(name) or name in TAKEN:
            raise InputError(
                f"{self.path}, {where}: {name!r} is not a valid name",
                "Use at most 80 letters, digits, dots, dashes and underscores: the name becomes a folder.",
            )
        other = self.names.setdefault(name.casefold(), number)
        if other != number:
            raise InputError(
                f"{self.path}, {where}: item {other} also has the name {name!r}", "Give each item a unique name."
            )
        return name


def _stem(source: str) -> str:
    stem = Path(source).stem if Path(source).is_file() else source.rstrip("/").rsplit("/", 1)[-1]
    return re.sub(r"[^A-Za-z0-9._]+", "-", stem).strip("-._")[:80]
