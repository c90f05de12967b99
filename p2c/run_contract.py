"""What a repository promises: how it is run (`p2c.toml`), and which interfaces its files have."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from p2c.errors import InputError, UnreadableTextError
from p2c.untrusted_text import load_toml, type_name

MOST_PATTERNS = 20_000
"""Characters of all patterns of `exclude`: each file's path is held against each of them."""
GATES = ("install", "compile", "lint", "import", "smoke", "test")


@dataclass(frozen=True)
class RunContract:
    """How a repository is run; `smoke` are the commands that show that it runs, `full` is never run here."""

    smoke: tuple[str, ...] = ()
    full: tuple[str, ...] = ()
    python: str = ""
    timeout: float = 300.0
    artifacts: tuple[str, ...] = ()
    network: bool = False
    gate: tuple[str, ...] = GATES
    exclude: tuple[str, ...] = ()
    """Files, folders or patterns (`old/*.py`) that the checks of the text leave out; what runs sees them."""
    era: str = ""
    """ISO date: the requirements are resolved to what had been published by the end of that day."""
    include: tuple[str, ...] = ()
    """Files, folders or patterns that git ignores and that a run needs all the same: `.env`, `data/*.csv`."""
    origin: str = "p2c.toml"
    """Where it comes from, in words for people: a file, `--run`, or what was discovered."""


@dataclass(frozen=True)
class Function:
    """A promised function or method: parameter names in order (without `self`), annotation of the result."""

    name: str
    parameters: tuple[str, ...] = ()
    returns: str = ""
    summary: str = ""
    signature: str = ""
    """As Python writes it, with annotations and defaults: `fit(self, x: np.ndarray, steps: int = 10) -> float`."""


@dataclass(frozen=True)
class Class:
    """A promised class with its promised methods."""

    name: str
    bases: tuple[str, ...] = ()
    methods: tuple[Function, ...] = ()
    summary: str = ""


@dataclass(frozen=True)
class Interface:
    """What one file promises to the others."""

    classes: tuple[Class, ...] = ()
    functions: tuple[Function, ...] = field(default=())


def read_contract(text: str, origin: str = "p2c.toml") -> RunContract:
    """Read a run contract; raise InputError naming the key that cannot be meant."""
    try:
        data = load_toml(text)
    except UnreadableTextError as error:
        raise InputError(f"{origin} is not TOML: {error.message}") from error
    if "tool" in data and "run" not in data:
        data = _table(_table(data, "tool", origin), "p2c", origin)
    run, check = _table(data, "run", origin), _table(data, "check", origin)
    contract = RunContract(
        smoke=_strings(run, "smoke", origin),
        full=_strings(run, "full", origin),
        python=_python(run, origin),
        timeout=_seconds(run, origin),
        artifacts=_strings(run, "artifacts", origin),
        network=_truth(run, "network", origin),
        gate=_strings(check, "gate", origin) if "gate" in check else GATES,
        exclude=_patterns(check, origin),
        era=_date(run, origin),
        include=_strings(run, "include", origin),
        origin=origin,
    )
    for line in (*contract.smoke, *contract.full):
        split(line, origin)
    return contract


def write_contract(contract: RunContract) -> str:
    """Return the TOML text that `read_contract` reads back."""
    quoted = {
        name: _list(getattr(contract, name)) for name in ("smoke", "full", "artifacts", "gate", "exclude", "include")
    }
    lines = [
        "[run]",
        f"smoke = {quoted['smoke']}",
        f"full = {quoted['full']}",
        *([f"python = {_quote(contract.python)}"] if contract.python else []),
        *([f"era = {_quote(contract.era)}"] if contract.era else []),
        f"timeout = {contract.timeout:g}",
        f"artifacts = {quoted['artifacts']}",
        f"network = {str(contract.network).lower()}",
        *([f"include = {quoted['include']}"] if contract.include else []),
        "",
        "[check]",
        f"gate = {quoted['gate']}",
        *([f"exclude = {quoted['exclude']}"] if contract.exclude else []),
        "",
    ]
    return "\n".join(lines)


def split(line: str, origin: str = "p2c.toml") -> tuple[str, ...]:
    """Split a command line into its arguments; raise InputError on unbalanced quotes or an empty one."""
    try:
        argv = tuple(shlex.split(line))
    except ValueError as error:
        raise InputError(f"{origin}: the command {line!r} cannot be split: {error}") from error
    if not argv:
        raise InputError(f"{origin}: an empty command")
    return argv


def _table(data: dict[str, Any], name: str, origin: str) -> dict[str, Any]:
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise InputError(f"{origin}: [{name}] is {type_name(table)}, not a table")
    return table


def _strings(table: dict[str, Any], key: str, origin: str) -> tuple[str, ...]:
    value = table.get(key, [])
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InputError(f"{origin}: {key} = {_shown(value)} is not a list of strings")
    return tuple(value)


def _patterns(check: dict[str, Any], origin: str) -> tuple[str, ...]:
    patterns = _strings(check, "exclude", origin)
    if sum(map(len, patterns)) > MOST_PATTERNS:
        raise InputError(
            f"{origin}: exclude has more than {MOST_PATTERNS:,} characters", "Name folders instead of files."
        )
    return patterns


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) < 200 else f"{text[:200]}..."


def _truth(table: dict[str, Any], key: str, origin: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise InputError(f"{origin}: {key} = {_shown(value)} is neither true nor false")
    return value


def _python(run: dict[str, Any], origin: str) -> str:
    """Return the version that is asked for; a bare `3.11` is TOML's number."""
    value = run.get("python", "")
    version = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    if version is not None and (not version or _is_version(version.strip())):
        if version and not _is_possible(version.strip()):
            raise InputError(f"{origin}: there is no Python {_shown(value)}", "Use a released version.")
        return version
    raise InputError(
        f"{origin}: python = {_shown(value)} is no Python version", 'Write, for example, python = ">=3.11".'
    )


def _is_possible(version: str) -> bool:
    """Tell whether there can be such a Python: 2.7, or 3 with a minor and a micro number of at most 40."""
    from packaging.specifiers import SpecifierSet

    wanted = SpecifierSet(
        f"=={version}.*"
        if re.fullmatch(r"\d+(\.\d+)?", version)
        else f"=={version}"
        if version[0].isdigit()
        else version
    )
    versions = ["2.7.18", *(f"3.{minor}.{micro}" for minor in range(41) for micro in range(41))]
    return next(wanted.filter(versions, prereleases=True), None) is not None


def _is_version(version: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return len(version) < 200 and SpecifierSet(f"=={version}" if re.match(r"\d", version) else version) is not None
    except InvalidSpecifier:
        return False


def _seconds(run: dict[str, Any], origin: str) -> float:
    value = run.get("timeout", 300)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
        raise InputError(f"{origin}: timeout = {_shown(value)} is not a number of seconds")
    return float(value)


def _date(run: dict[str, Any], origin: str) -> str:
    value = run.get("era", "")
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    try:
        if value == "" or (isinstance(value, str) and date.fromisoformat(value).isoformat() == value):
            return str(value)
    except ValueError:
        pass
    raise InputError(f"{origin}: era = {_shown(str(value))} is not a date", 'Write it as era = "2021-06-30".')


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    escaped = "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped)
    return f'"{escaped}"'


def _list(items: tuple[str, ...]) -> str:
    return "[" + ", ".join(_quote(item) for item in items) + "]"
