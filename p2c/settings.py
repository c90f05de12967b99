"""What a run is asked to do: flags > `P2C_*` environment > project file > user file > defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

from p2c.budget import Limits
from p2c.errors import InputError, UnreadableTextError, UsageError
from p2c.untrusted_text import load_toml

PROJECT_KEYS = frozenset({"max_cost", "max_tokens", "max_minutes", "max_attempts", "figures", "parallel"})
"""What the folder's own `p2c.toml` or `[tool.p2c]` may set. Never the model, the endpoint or the sandbox: that
folder may be generated code, and those three decide where a key goes and what code may do."""


@dataclass(frozen=True)
class Settings:
    """Every setting with its default; `None` is "not said"."""

    model: str | None = None
    escalate_model: str | None = None
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
    cache: str | None = None
    cache_limit: float = 20.0
    """GB on disk that the cache keeps; what was used least recently goes first."""
    cache_days: float = 30.0
    """Days after its last use that something stays in the cache."""
    constraints: str | None = None
    torch_backend: str | None = None
    arxiv_url: str = "https://export.arxiv.org"
    arxiv_pause: float = 3.0
    reasoning_effort: str | None = None
    temperature: float | None = None
    reply_timeout: float = 600.0
    context: int | None = None

    @property
    def limits(self) -> Limits:
        """The limits of one run. A price that is not known leaves only the token limit, so there is always one."""
        tokens = self.max_tokens if self.max_tokens is not None else DEFAULT_TOKENS
        return Limits(self.max_cost, tokens, self.max_minutes, self.max_attempts)


DEFAULT_TOKENS = 5_000_000


@dataclass(frozen=True)
class Origin:
    """A setting's value and where it came from."""

    name: str
    value: Any
    origin: str


def resolve(
    flags: Mapping[str, Any], environ: Mapping[str, str], folder: Path, user_file: Path | None = None
) -> tuple[Settings, list[Origin]]:
    """Merge all sources; raise UsageError naming the setting and the source that cannot be meant."""
    layers = [
        ("flag", {key: value for key, value in flags.items() if value is not None}),
        ("environment", _from_environment(environ)),
        ("project file", {k: v for k, v in _project_table(folder).items() if k in PROJECT_KEYS}),
        ("user file", _read_table(user_file) if user_file else {}),
    ]
    hints = get_type_hints(Settings)
    known = {field.name: field.default for field in fields(Settings)}
    for origin, layer in layers:
        unknown = sorted(set(layer) - set(known))
        if unknown and origin != "environment":
            raise UsageError(f"there is no setting {unknown[0]!r} ({origin})", f"Known: {', '.join(sorted(known))}.")
    origins = []
    for name, default in known.items():
        origin, value = next(((o, layer[name]) for o, layer in layers if name in layer), ("default", default))
        origins.append(Origin(name, _convert(name, value, hints[name], origin), origin))
    return Settings(**{item.name: item.value for item in origins}), origins


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


def _project_table(folder: Path) -> dict[str, Any]:
    project = folder / "p2c.toml"
    if project.is_file():
        return _dashes(_read(project).get("settings", {}))
    pyproject = folder / "pyproject.toml"
    if pyproject.is_file():
        return _dashes(_read(pyproject).get("tool", {}).get("p2c", {}).get("settings", {}))
    return {}


def _read_table(path: Path) -> dict[str, Any]:
    return _dashes(_read(path)) if path.is_file() else {}


def _dashes(table: Any) -> dict[str, Any]:
    return {key.replace("-", "_"): value for key, value in table.items()} if isinstance(table, dict) else {}


def _read(path: Path) -> dict[str, Any]:
    try:
        return load_toml(path.read_text(encoding="utf-8"))
    except (UnreadableTextError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not TOML: {error}") from error


def _convert(name: str, value: Any, hint: Any, origin: str) -> Any:
    kinds = get_args(hint) or (hint,)
    kind = next(k for k in kinds if k is not type(None))
    if value is None or (isinstance(value, kind) and not (kind is not bool and isinstance(value, bool))):
        return value
    try:
        if kind is bool:
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[str(value).lower()]
        return kind(value)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{name} = {value!r} ({origin}) is not a {kind.__name__}") from error
