"""What can be said of a model before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Literal

from p2c.errors import P2CError
from p2c.models import open_model
from p2c.models.chat_request import ModelOptions
from p2c.models.openai import OpenAIModel

State = Literal["ok", "warning", "failed"]

SHUTDOWNS: Mapping[str, str] = {
    "2026-10-23": "o1 o1-pro o3-mini o4-mini gpt-4 gpt-4-turbo gpt-4.1-nano gpt-3.5-turbo gpt-4o-2024-05-13",
    "2026-12-11": "gpt-5 gpt-5-mini gpt-5-nano o3",
    "2027-01-14": "gpt-4.1 gpt-4.1-mini gpt-4o gpt-4o-mini",
    "2027-04-01": "gpt-5.1 gpt-5.4-nano",
}
"""When OpenAI ends models, as announced by November 2026; dated names end with the undated one."""
ONE_MODEL = frozenset({"llamacpp"})
"""Who owns the models of servers that serve the one they were started with, whatever it is called."""
PAPER_TOKENS = 32_000
"""A context smaller than this is tight for a paper with code beside it."""


@dataclass(frozen=True)
class ProbeResult:
    """One thing found out: what about, how it stands, in words, and what to do where it isn't well."""

    name: str
    state: State
    text: str
    hint: str = ""
    lacks: bool = False
    """What was asked for is not there, as far as can be told without buying anything."""


def probe_model(spec: str, options: ModelOptions | None = None, today: date | None = None) -> list[ProbeResult]:
    """Find out whether the model can be used; lists the server's models and buys nothing. Never raises P2CError."""
    try:
        model = open_model(spec, options)
        if not isinstance(model, OpenAIModel):
            return [ProbeResult("model", "ok", f"{spec}: needs no server")]
        listed = model.list_models()
    except P2CError as error:
        return [ProbeResult("endpoint", "failed", error.message, error.hint)]
    facts = [ProbeResult("endpoint", "ok", f"{model.base_url} answers and lists {len(listed)} models")]
    listing = next((entry for entry in listed if entry.get("id") in (spec, f"{spec}:latest")), None)
    facts.append(_listing(spec, listing, listed))
    facts += _window(model)
    facts += _shutdown(spec, listing or {}, today or date.today())
    return facts


def shutdown_date(name: str) -> date | None:
    """Return the day on which OpenAI ends this model, where that is announced."""
    for day, names in SHUTDOWNS.items():
        for known in names.split():
            rest = name.removeprefix(known)
            if name.startswith(known) and (not rest or rest.startswith("-20")):
                return date.fromisoformat(day)
    return None


def _listing(spec: str, listing: Mapping[str, Any] | None, listed: list[dict[str, Any]]) -> ProbeResult:
    if listing:
        return ProbeResult("model", "ok", f"{spec!r} is listed")
    names = sorted(str(entry.get("id")) for entry in listed)
    hint = f"Listed models: {', '.join(names[:8])}" if names else ""
    return ProbeResult("model", "warning", f"{spec!r} is not listed", hint, lacks=not _takes_any(spec, listed))


def _takes_any(spec: str, listed: list[dict[str, Any]]) -> bool:
    """Whether a server may know a model that it does not list: it lists none or patterns, or takes every name."""
    names = [str(entry.get("id")) for entry in listed]
    single = any(entry.get("owned_by") in ONE_MODEL for entry in listed)
    variant = spec.partition(":")[0] in names  # OpenRouter's `NAME:free`
    return not names or single or variant or any("*" in name and fnmatchcase(spec, name) for name in names)


def _window(model: OpenAIModel) -> list[ProbeResult]:
    said = model.options.context
    server = model.find_facts()
    facts = [ProbeResult("parallel", "ok", f"the server works on {server.slots} at once")] if server.slots else []
    if model.context is None:
        if not server.trained:
            return facts
        text = f"the model reads up to {server.trained:,} tokens; how many the server lets it read is not told"
        return [*facts, ProbeResult("context", "warning", text, f"{server.hint} Name its size with --context.")]
    if said and server.context and said > server.context:
        text = f"--context says {said:,} tokens, the server has {server.context:,}"
        return [*facts, ProbeResult("context", "warning", text, server.hint)]
    text = f"reads {model.context:,} tokens" + (" (as --context says)" if said else "")
    if model.context >= PAPER_TOKENS:
        return [*facts, ProbeResult("context", "ok", text)]
    hint = f"A paper with its code takes up to {PAPER_TOKENS:,}; what does not fit is left out. {server.hint}".strip()
    return [*facts, ProbeResult("context", "warning", text, hint)]


def _shutdown(spec: str, listing: Mapping[str, Any], today: date) -> list[ProbeResult]:
    shutdown = listing.get("shutdown_date")
    try:
        day = date.fromisoformat(str(shutdown)[:10]) if shutdown else shutdown_date(spec)
    except ValueError:
        day = None
    if day is None:
        return []
    over = day <= today
    text = f"{spec!r} {'was shut down' if over else 'will be shut down'} on {day} (announced)"
    return [ProbeResult("shutdown", "failed" if over else "warning", text, "Choose a newer model.")]
