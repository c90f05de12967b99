"""What decides how a repository is run and checked is not for a patch to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from p2c.errors import InputError, UnreadableTextError
from p2c.repair.guards.code_changes import Change
from p2c.repair.guards.model import Refusal
from p2c.run_contract import RunContract, read_contract, write_contract
from p2c.untrusted_text import load_ini, load_toml

_FILES = {
    "pytest.ini": "pytest", ".pytest.ini": "pytest", "tox.ini": "pytest", "mypy.ini": "mypy", ".mypy.ini": "mypy",
    "ruff.toml": "ruff", ".ruff.toml": "ruff", ".flake8": "flake8", ".coveragerc": "coverage", "setup.cfg": "setup",
    "pyrightconfig.json": "pyright",
}  # fmt: skip
_SECTIONS = ("pytest", "tool:pytest", "mypy", "flake8", "coverage", "ruff", "pyright", "pylint", "p2c")
_HARMLESS = {"pythonpath", "asyncio_mode", "asyncio_default_fixture_loop_scope", "minversion", "markers"}
_INSTEAD = "Change the code until the checks pass as they are."
_FREE = "Of it a patch may set run.era, the day whose releases are installed, and run.python."


def contract(change: Change) -> Iterator[Refusal]:
    """The run contract asks for less, or for something else, than it did."""
    if "p2c.toml" not in change.paths:
        return
    text = change.after.files.get("p2c.toml")
    if text is None:
        yield Refusal("contract", "p2c.toml", f"it says how the repository is run; keep it. {_INSTEAD}")
        return
    try:
        after = read_contract(text)
    except InputError as error:
        yield Refusal("contract", "p2c.toml", f"it cannot be read any more: {error.message}. {_INSTEAD}")
        return
    if not set(after.include) <= set(_included(change)):
        yield Refusal("contract", "p2c.toml", f"run.include is a person's word alone. {_FREE} {_INSTEAD}")
        return
    before = _contract(change)
    if before is not None and not _dates(change) and (what := _less(before, after)):
        yield Refusal("contract", "p2c.toml", f"{what} may not be changed by a patch. {_FREE} {_INSTEAD}")


def configuration(change: Change) -> Iterator[Refusal]:
    """The settings of pytest, mypy, ruff and their like were changed."""
    for path in change.paths:
        name = path.rpartition("/")[2]
        if name not in _FILES and name != "pyproject.toml":
            continue
        before = _settings(name, change.before.files.get(path, ""))
        after = _settings(name, change.after.files.get(path, ""))
        if before is None or after is None:
            continue
        different = sorted(key for key in {*before, *after} - _free(after) if before.get(key) != after.get(key))
        if different:
            message = f"{', '.join(different[:3])}: the checks' own settings may not be changed. {_INSTEAD}"
            yield Refusal("configuration", path, message)


def _dates(change: Change) -> bool:
    """Nothing but the era and the Python differ; a first p2c.toml may not hide what pyproject.toml says."""
    had, has = (_but_free(repo.files.get("p2c.toml", "")) for repo in (change.before, change.after))
    hides = "p2c.toml" not in change.before.files and "p2c.run.smoke" in (
        _settings("pyproject.toml", change.before.files.get("pyproject.toml", "")) or {}
    )
    return had is not None and had == has and not hides


def _included(change: Change) -> tuple[str, ...]:
    """What p2c.toml named before of the files that git ignores: they may hold what is nobody's business."""
    try:
        return read_contract(change.before.files.get("p2c.toml", "")).include
    except InputError:
        return ()


def _but_free(text: str) -> dict[str, Any] | None:
    try:
        values = _flat(load_toml(text), "")
    except UnreadableTextError:
        return None
    return {key: value for key, value in values.items() if key not in ("run.era", "run.python")}


def _free(settings: Mapping[str, Any]) -> set[str]:
    """The keys of a contract in pyproject.toml that a patch may set, where they can be read."""
    era = settings.get("p2c.run.era", "")
    try:
        read_contract(write_contract(RunContract(era=era.isoformat() if isinstance(era, date) else era)))
    except (InputError, AttributeError, TypeError):
        return {"p2c.run.python"}
    return {"p2c.run.era", "p2c.run.python"}


def _contract(change: Change) -> RunContract | None:
    text = change.before.files.get("p2c.toml")
    if text is None:
        run_contract = change.scope.contract
        return run_contract if run_contract.smoke else None
    try:
        return read_contract(text)
    except InputError:
        return change.scope.contract


def _less(before: RunContract, after: RunContract) -> str:
    """Which promise shrank; more artifacts, more gates and other Python versions are fine."""
    if before.smoke != after.smoke:
        return "run.smoke"
    if before.full != after.full:
        return "run.full"
    if not set(before.artifacts) <= set(after.artifacts):
        return "run.artifacts"
    if not set(before.gate) <= set(after.gate):
        return "check.gate"
    if not set(after.exclude) <= set(before.exclude):
        return "check.exclude"
    if after.network and not before.network:
        return "run.network"
    return "run.timeout" if after.timeout > before.timeout else ""


def _settings(name: str, text: str) -> Mapping[str, Any] | None:
    """Return section.key -> value of what steers the checks, or None where it cannot be read."""
    if name.endswith(".json"):
        return {"settings": text} if text else {}
    if name.endswith(".toml"):
        try:
            data = load_toml(text)
        except UnreadableTextError:
            return None
        tools = {"ruff": data} if "ruff" in name else data.get("tool", {})
        if not isinstance(tools, dict):
            return None
        return _flat({tool: tools[tool] for tool in _SECTIONS if tool in tools}, "")
    return _ini(text)


def _ini(text: str) -> Mapping[str, Any] | None:
    try:
        parser = load_ini(text, strict=False)
    except UnreadableTextError:
        return None
    return {
        f"{section}.{key}": value
        for section in parser.sections()
        if section.split("-")[0].split(".")[0] in _SECTIONS
        for key, value in parser.items(section)
        if key not in _HARMLESS
    }


def _flat(data: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        elif key not in _HARMLESS:
            flat[f"{prefix}{key}"] = value
    return flat
