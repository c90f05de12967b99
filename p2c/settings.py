"""What a run is asked to do: flags > `P2C_*` environment > user file > defaults; a project file only lowers limits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args, get_origin, get_type_hints

from p2c.budget import SpendingLimits
from p2c.errors import InputError, UnreadableTextError, UsageError
from p2c.untrusted_text import load_toml

PROJECT_KEYS = frozenset({"max_cost", "max_tokens", "max_minutes", "max_attempts", "figures", "parallel"})
"""What the folder's own `p2c.toml` or `[tool.p2c]` may lower. Never the model, the endpoint or the sandbox: that
folder may be generated code, and those three decide where a key goes and what code may do."""
PROJECT = "project file"
LARGEST_FILE = 1 << 20
"""Bytes of a file of settings; a larger one is none."""
ABOVE_NOTHING = frozenset(
    {
        "parallel",
        "lifespan",
        "reply_timeout",
        "context",
        "max_reply_tokens",
        "requests_per_minute",
        "tokens_per_minute",
        "disk_limit",
    }
)
"""Numbers that have to be more than 0; the others may be 0, and none may be less."""

BACKENDS: Mapping[str, str] = MappingProxyType(
    {"image": "docker", "gpus": "docker", "cpus": "docker", "template": "e2b", "lifespan": "e2b"}
)
"""Settings that one sandbox alone reads."""


@dataclass(frozen=True)
class Settings:
    """Every setting with its default; `None` is "not said"."""

    model: str | None = None
    escalate_model: str | None = None
    judge_model: str | None = None
    """Judges fidelity in place of the model; at the same endpoint."""
    refine_rounds: int = 3
    base_url: str | None = None
    sandbox: str = "local"
    image: str | None = None
    gpus: str | None = None
    cpus: float = 0.0
    template: str | None = None
    lifespan: int = 600
    allow_network: bool = False
    """Commands of a run contract that ask for the network (`network = true`) get it."""
    max_cost: float | None = None
    max_tokens: int | None = None
    max_minutes: float | None = None
    max_attempts: int | None = 30
    parallel: int = 8
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    pace: str | None = None
    """The file through which processes keep those two limits together; by default one for each endpoint."""
    patience: float = 5.0
    """Seconds to wait for another p2c that is at work in the same folder."""
    figures: bool = False
    criteria: bool = True
    """Requirements are drawn from the paper before the design, and everything after answers for them."""
    cache: str | None = None
    cache_limit: float = 20.0
    """GB on disk that the cache keeps; what was used least recently goes first."""
    cache_days: float = 30.0
    """Days after its last use that something stays in the cache."""
    disk_limit: float = 20.0
    """GB on disk that a sandbox's folders may hold; a larger repository is refused."""
    constraints: str | None = None
    torch_backend: str | None = None
    allow_hosts: tuple[str, ...] = ()
    """Hosts (HOST or HOST:PORT) that an install may reach besides the package indexes."""
    arxiv_url: str = "https://export.arxiv.org"
    arxiv_pause: float = 3.0
    reasoning_effort: str | None = None
    temperature: float | None = None
    reply_timeout: float = 600.0
    """Seconds of silence, before a reply begins and while it comes."""
    stream: bool = True
    max_reply_tokens: int | None = None
    context: int | None = None

    @property
    def limits(self) -> SpendingLimits:
        """The limits of one run. A price that is not known leaves only the token limit, so there is always one."""
        tokens = self.max_tokens if self.max_tokens is not None else DEFAULT_TOKENS
        return SpendingLimits(self.max_cost, tokens, self.max_minutes, self.max_attempts)


DEFAULT_TOKENS = 5_000_000
UNSAID: Mapping[str, Any] = MappingProxyType({"max_tokens": DEFAULT_TOKENS})
"""Limits that hold where nobody says one."""


@dataclass(frozen=True)
class SettingOrigin:
    """A setting's value and where it came from."""

    name: str
    value: Any
    origin: str


@dataclass(frozen=True)
class SettingsLayer:
    """What one source says; `place` is the file, for messages."""

    origin: str
    values: Mapping[str, Any]
    place: Path | None = None

    def get(self, name: str, hint: Any) -> SettingOrigin:
        """Return a setting that is in it; raise UsageError for a value that cannot be meant."""
        place = f"{self.origin} {self.place}" if self.place else self.origin
        return SettingOrigin(name, _convert(name, self.values[name], hint, place), self.origin)


def resolve(
    flags: Mapping[str, Any], environ: Mapping[str, str], folder: Path, user_file: Path | None = None
) -> tuple[Settings, list[SettingOrigin]]:
    """Merge all sources; raise UsageError naming the setting and the source that cannot be meant.

    What the folder's own file says only lowers what the user's file or the default comes to: it may be a stranger's.
    """
    sources = (
        SettingsLayer("flag", {key: value for key, value in flags.items() if value is not None}),
        SettingsLayer("environment", _from_environment(environ)),
        SettingsLayer("user file", _read_table(user_file) if user_file else {}, user_file),
        SettingsLayer("default", {field.name: field.default for field in fields(Settings)}),
    )
    for source in sources:
        _refuse_unknown(source)
    project, hints = _project(folder), get_type_hints(Settings)
    origins = [_origin(field.name, hints[field.name], sources, project) for field in fields(Settings)]
    settings = Settings(**{item.name: item.value for item in origins})
    _refuse_of_others(settings, origins)
    return settings, origins


def _refuse_of_others(settings: Settings, origins: Sequence[SettingOrigin]) -> None:
    """A flag says what is wanted of this run; what stands in a file or the environment may be meant for others."""
    for name, backend in BACKENDS.items():
        is_flag = any(item.name == name and item.origin == "flag" for item in origins)
        if is_flag and settings.sandbox != backend:
            option = f"--{name.replace('_', '-')}"
            message = f"{option} is for --sandbox {backend}, and the sandbox is {settings.sandbox!r}"
            raise UsageError(message, f"Add --sandbox {backend}, or remove {option}.")


def _refuse_unknown(source: SettingsLayer) -> None:
    known = {field.name for field in fields(Settings)}
    unknown = sorted(set(source.values) - known)
    if unknown:
        hint = f"Known: {', '.join(sorted(known))}."
        raise UsageError(f"unknown setting {unknown[0]!r} ({source.origin})", hint)


def _origin(name: str, hint: Any, sources: Sequence[SettingsLayer], project: SettingsLayer) -> SettingOrigin:
    """Return a setting as it was said of this run, else as the user's file has it, lowered by the folder's file."""
    chosen = next(source for source in sources if name in source.values).get(name, hint)
    if name not in project.values:
        return chosen
    lower = project.get(name, hint)
    said_of_this_run = chosen.origin in ("flag", "environment")
    limit = chosen.value if chosen.value is not None else UNSAID.get(name)
    return lower if not said_of_this_run and _is_lower(lower.value, limit) else chosen


def _is_lower(value: Any, than: Any) -> bool:
    """Tell whether a limit is lower than another one; `None` is no limit."""
    return value is not None and (than is None or value < than)


def user_file() -> Path:
    """Return where a person's own settings lie."""
    from platformdirs import user_config_path

    return user_config_path("p2c") / "p2c.toml"


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    known = {field.name for field in fields(Settings)}
    named = {key[4:].lower(): value for key, value in environ.items() if key.startswith("P2C_") and value}
    if environ.get("OPENAI_BASE_URL"):
        named.setdefault("base_url", environ["OPENAI_BASE_URL"])
    return {key: value for key, value in named.items() if key in known}


def _project(folder: Path) -> SettingsLayer:
    file, pyproject = folder / "p2c.toml", folder / "pyproject.toml"
    table: Any = {}
    if file.is_file():
        table = _read(file).get("settings")
    elif pyproject.is_file():
        file = pyproject
        table = _table(_table(_read(file).get("tool")).get("p2c")).get("settings")
    return SettingsLayer(PROJECT, {key: value for key, value in _dashes(table).items() if key in PROJECT_KEYS}, file)


def _read_table(path: Path) -> dict[str, Any]:
    return _dashes(_read(path)) if path.is_file() else {}


def _dashes(table: Any) -> dict[str, Any]:
    return {key.replace("-", "_"): value for key, value in _table(table).items()}


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise InputError(f"{path} is too large for a settings file")
        return load_toml(data.decode("utf-8"))
    except (UnreadableTextError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not TOML: {error}") from error


def _convert(name: str, value: Any, hint: Any, origin: str) -> Any:
    """Return a setting's value as its type; raise UsageError, saying where it stands, for one that cannot be meant."""
    if get_origin(hint) is tuple:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else tuple(map(str, value))
    kinds = get_args(hint) or (hint,)
    kind = next(k for k in kinds if k is not type(None))
    if value is None:
        return None
    shown = repr(value)[:80] if isinstance(value, str | int | float) else f"a {type(value).__name__}"
    try:
        number = _BY_KIND[kind](value)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UsageError(f"{name} = {shown} ({origin}) is not {_KINDS[kind]}") from error
    if kind in (int, float) and (number < 0 or (number == 0 and name in ABOVE_NOTHING)):
        least = "more than 0" if name in ABOVE_NOTHING else "0 or more"
        subject = f"--{name.replace('_', '-')}" if origin == "flag" else "It"
        raise UsageError(f"{name} = {shown} ({origin}) is out of range", f"{subject} must be {least}.")
    return number


def _truth(value: Any) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    return words[str(value).lower()]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError
    number = int(value)
    if abs(number) >= 1 << 63:
        raise OverflowError
    return number


def _number(value: Any) -> float:
    if isinstance(value, bool) or not math.isfinite(number := float(value)):
        raise ValueError
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str | int | float):
        raise TypeError
    return str(value)


_BY_KIND: Mapping[type, Callable[[Any], Any]] = MappingProxyType(
    {bool: _truth, int: _whole, float: _number, str: _text}
)
_KINDS: Mapping[type, str] = MappingProxyType(
    {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
)
