"""What may stand in a manifest: each key with its kind of value, what it goes with, and how the command is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

Kind = Literal["build", "repair", "check"]
Form = Literal["text", "texts", "number", "count", "flag", "path"]

KINDS: Mapping[str, Kind] = MappingProxyType({"paper": "build", "repair": "repair", "check": "check"})
"""The key that names an item's input, and the command that it makes of the item."""


@dataclass(frozen=True)
class Key:
    """A key of an item: the form of its value, the kinds it goes with, its option of the command ('': none)."""

    form: Form
    kinds: frozenset[str]
    option: str = ""
    counts: bool = True
    """An item whose value changed is another one, and is run anew."""


EVERY = frozenset({"build", "repair", "check"})
MODEL = frozenset({"build", "repair"})
BUILD, REPAIR, CHECK = (frozenset({kind}) for kind in ("build", "repair", "check"))
FOLDERS = REPAIR | CHECK


def _limit(form: Form, kinds: frozenset[str], option: str = "") -> Key:
    return Key(form, kinds, option, counts=False)


ITEM: Mapping[str, Key] = MappingProxyType(
    {
        "name": Key("text", EVERY, counts=False),
        "model": Key("text", MODEL, "--model"),
        "escalate_model": Key("text", MODEL, "--escalate-model"),
        "base_url": Key("text", MODEL, "--base-url", counts=False),
        "max_cost": _limit("number", MODEL, "--max-cost"),
        "max_tokens": _limit("count", MODEL, "--max-tokens"),
        "max_minutes": _limit("number", EVERY, "--max-minutes"),
        "max_attempts": _limit("count", MODEL, "--max-attempts"),
        "sandbox": Key("text", EVERY, "--sandbox"),
        "image": Key("text", EVERY, "--image"),
        "template": Key("text", EVERY, "--template"),
        "lifespan": Key("count", EVERY, "--lifespan", counts=False),
        "allow_network": Key("flag", EVERY, "--allow-network"),
        "allow_host": Key("texts", EVERY, "--allow-host"),
        "constraints": Key("path", EVERY, "--constraints"),
        "torch_backend": Key("text", EVERY, "--torch-backend"),
        "until_runs": Key("flag", BUILD, "--until-runs"),
        "figures": Key("flag", BUILD, "--figures"),
        "password": Key("text", BUILD, "--password", counts=False),
        "main": Key("text", BUILD, "--main"),
        "allow": Key("texts", MODEL, "--allow"),
        "run": Key("texts", FOLDERS, "--run"),
        "timeout": Key("number", FOLDERS, "--timeout"),
        "log": Key("path", REPAIR, "--log"),
        "no_model": Key("flag", REPAIR, "--no-model"),
        "in_place": Key("flag", REPAIR),
        "only": Key("texts", CHECK, "--only"),
        "skip": Key("texts", CHECK, "--skip"),
        "notebooks": Key("flag", CHECK, "--notebooks"),
        "fail_on": Key("text", CHECK, "--fail-on"),
        "baseline": Key("path", CHECK, "--baseline"),
        "score": Key("flag", BUILD, counts=False),
        "reference": Key("path", BUILD, counts=False),
        "rubric": Key("path", BUILD, counts=False),
        "no_rubric": Key("flag", BUILD, counts=False),
        "samples": Key("count", BUILD, counts=False),
        "parallel": Key("count", MODEL, counts=False),
        "cpus": _limit("number", EVERY),
        "gpus": _limit("number", EVERY),
        "memory_gb": _limit("number", EVERY),
    }
)

BATCH: Mapping[str, Form] = MappingProxyType(
    {
        "output": "path",
        "workers": "count",
        "engine": "text",
        "max_cost": "number",
        "max_tokens": "count",
        "max_minutes": "number",
        "requests_per_minute": "number",
        "tokens_per_minute": "number",
    }
)
"""What `[batch]` may say of the whole; a flag of the command goes before it."""

TABLES = ("batch", "defaults", "item", "ray", "slurm")


def fault(form: Form, value: Any) -> str:
    """Return what is wrong with a value, '' if nothing is."""
    if form == "texts":
        good = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
        return "" if good or (isinstance(value, str) and value) else "is neither a string nor a list of strings"
    if form in ("text", "path"):
        return "" if isinstance(value, str) and value else "is not a string"
    if form == "flag":
        return "" if isinstance(value, bool) else "is neither true nor false"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if form == "count":
        return "" if number and isinstance(value, int) and value > 0 else "is not an integer above 0"
    return "" if number and 0 <= value < float("inf") else "is not a number of 0 or more"
