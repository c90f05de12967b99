"""What a server tells of itself before it is asked anything that costs: its window, and how much it does at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

CONTEXT_KEYS = (
    "loaded_context_length",
    "max_model_len",
    "context_length",
    "context_window",
    "max_context_length",
    "max_input_tokens",
    "n_ctx",
)
"""As LM Studio, vLLM and SGLang, OpenRouter and Together, Groq, Mistral, LiteLLM and llama.cpp call it."""
INSIDE = ("meta", "top_provider", "model_info", "limits", "capabilities", "default_generation_settings")

Get = Callable[..., Any]
"""Returns the JSON at a path beside `/v1` (`/props`), with `body=` posted; None where there is none."""


@dataclass(frozen=True)
class ServerFacts:
    """Tokens that the model reads and writes together, and requests that are worked on at once; None: not told.

    `trained` is what the model itself reads, where the server may give it less and does not say how much.
    """

    context: int | None = None
    slots: int | None = None
    trained: int | None = None
    hint: str = ""
    """How this server is given a larger window."""


def read_facts(model: str, listed: list[dict[str, Any]], get: Get) -> ServerFacts:
    """Return what the list of models, llama.cpp's `/props`, LM Studio's and Ollama's own pages tell of a model."""
    entry = find_entry(model, listed) or {}
    listed_context = context_in(entry)
    props = get("/props")
    if isinstance(props, Mapping) and ("total_slots" in props or "default_generation_settings" in props):
        own = context_in(props)
        return ServerFacts(
            own or listed_context, _count(props.get("total_slots")), hint="Start llama-server with a larger -c."
        )
    if entry.get("max_model_len"):
        return ServerFacts(listed_context, hint="Start vLLM with a larger --max-model-len.")
    studio = get("/api/v0/models")
    if isinstance(studio, Mapping) and isinstance(studio.get("data"), list):
        studio_entry = find_entry(model, [item for item in studio["data"] if isinstance(item, dict)]) or {}
        loaded = _count(studio_entry.get("loaded_context_length"))
        hint = "Load the model in LM Studio with a larger context length."
        return ServerFacts(loaded or listed_context, trained=_count(studio_entry.get("max_context_length")), hint=hint)
    return _ollama(model, get) or ServerFacts(listed_context)


def find_entry(model: str, listed: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the entry of a model: by its name, or the only one of a server that serves nothing else."""
    names = (model, f"{model}:latest")
    match = next((entry for entry in listed if entry.get("id") in names), None)
    single = len(listed) == 1 and isinstance(listed[0].get("meta"), Mapping)
    return match or (listed[0] if single else None)


def context_in(entry: Mapping[str, Any]) -> int | None:
    """Return the window that an entry tells, at its top or one level below."""
    inner = [entry[name] for name in INSIDE if isinstance(entry.get(name), Mapping)]
    sizes = [_count(place.get(key)) for place in (entry, *inner) for key in CONTEXT_KEYS]
    return next((size for size in sizes if size), None)


def _ollama(model: str, get: Get) -> ServerFacts | None:
    """Ask Ollama: a model that is loaded has a window; one that is not may have one set, else a default not told."""
    version = get("/api/version")
    if not isinstance(version, Mapping) or "version" not in version:
        return None
    hint = "Start Ollama with a larger OLLAMA_CONTEXT_LENGTH."
    running = get("/api/ps")
    models = running.get("models") if isinstance(running, Mapping) else None
    for entry in models if isinstance(models, list) else ():
        named = isinstance(entry, Mapping) and model in (entry.get("name"), entry.get("model"))
        if named and (size := _count(entry.get("context_length"))):
            return ServerFacts(size, hint=hint)
    shown = get("/api/show", body={"model": model})
    shown = shown if isinstance(shown, Mapping) else {}
    match = re.search(r"^\s*num_ctx\s+(\d+)", str(shown.get("parameters", "")), re.MULTILINE)
    info = shown.get("model_info")
    info = info if isinstance(info, Mapping) else {}
    trained = next((_count(value) for key, value in info.items() if str(key).endswith(".context_length")), None)
    return ServerFacts(int(match[1]) if match else None, trained=trained, hint=hint)


def _count(value: Any) -> int | None:
    number = int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 10 else value
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else None
