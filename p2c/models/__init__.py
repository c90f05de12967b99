"""Language models: one seam, and what can stand behind or around it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from p2c.errors import InputError, UsageError
from p2c.models.chat_request import ModelOptions
from p2c.models.pricing import OPENAI_URL

if TYPE_CHECKING:
    from p2c.budget import Budget
    from p2c.files import Store
    from p2c.journal import Journal
    from p2c.models.base import Model

__all__ = ["BY_HAND", "ModelOptions", "equip_model", "open_model"]

BY_HAND = 256
"""Prompts that are open at once where a person answers: all that can be asked, to be answered in any order."""
WAYS = """Options:
  OPENAI_API_KEY=... p2c ... --model NAME            OpenAI
  p2c ... --model NAME --base-url URL                vLLM, Ollama, llama.cpp, DeepSeek, OpenRouter, ...
                                                     (the server's key, if any, in OPENAI_API_KEY)
  p2c ... --model manual:DIR                         you answer: prompts and replies are files in DIR
  p2c ... --model replay:DIR                         recorded replies (DIR/.p2c/replies of a build)
  p2c repair DIR --no-model                          only the fixes that need no model"""


def open_model(
    spec: str,
    options: ModelOptions | None = None,
    journal: Journal | None = None,
    tell: Callable[[str], None] = lambda text: None,
    environ: Mapping[str, str] = os.environ,
) -> Model:
    """Return the bare model that `spec` names: `manual:DIR`, `replay:DIR`, or a name at an OpenAI-like server.

    What `options` leave open is taken from OPENAI_API_KEY and OPENAI_BASE_URL. `tell` is told what a person
    has to do for `manual:`. Raises UsageError (with the ways to get a model) or InputError; asks nobody.
    """
    kind, _, place = spec.partition(":")
    if kind == "manual":
        from p2c.models.manual import ManualModel

        return ManualModel(_folder(spec, place), tell)
    if kind == "replay":
        return _open_replay(_folder(spec, place), journal)
    if not spec.strip():
        raise UsageError("no model is named", WAYS)
    from p2c.models.openai import OpenAIModel

    return OpenAIModel(spec, _completed(spec, options or ModelOptions(), environ), journal)


def equip_model(
    model: Model, folder: Store | Path, budget: Budget, journal: Journal, options: ModelOptions | None = None
) -> Model:
    """Return the model as a build uses it: metered against the budget, its replies kept in `folder`.

    The order is secrets hidden, cache, meter, model: a reply from disk meets no budget and is never counted as paid.
    A replayed model only has the secrets hidden.
    """
    from p2c.models.cached import CachedModel, ReplayModel
    from p2c.models.manual import ManualModel
    from p2c.models.metered import REPLY_TOKENS, MeteredModel
    from p2c.models.pricing import price_of
    from p2c.models.redacted import RedactedModel

    if isinstance(model, ReplayModel):
        return RedactedModel(model)
    options = options or ModelOptions()
    own = {model.name: options.price} if options.price else {}
    by_hand = isinstance(model, ManualModel)
    price = None if by_hand else price_of(model.name, str(getattr(model, "base_url", options.base_url)), own)
    metered = MeteredModel(model, budget, journal, price, options.max_tokens or REPLY_TOKENS)
    return RedactedModel(CachedModel(folder, metered, journal, parallel=BY_HAND if by_hand else options.parallel))


def _completed(spec: str, options: ModelOptions, environ: Mapping[str, str]) -> ModelOptions:
    base_url = (options.base_url or environ.get("OPENAI_BASE_URL", "")).rstrip("/")
    api_key = options.api_key or environ.get("OPENAI_API_KEY", "")
    if base_url in ("", OPENAI_URL) and not api_key:
        raise UsageError(f"there is no OpenAI key for the model {spec!r}, and no --base-url of another server", WAYS)
    if base_url and not base_url.startswith(("http://", "https://")):
        raise UsageError(f"--base-url {base_url!r} does not begin with http:// or https://")
    return replace(options, base_url=base_url, api_key=api_key)


def _open_replay(folder: Path, journal: Journal | None) -> Model:
    from p2c.models.cached import ReplayModel

    if not folder.is_dir():
        raise InputError(f"{str(folder)!r} is not a folder of recorded replies")
    model = ReplayModel(folder, journal)
    if not model.recorded:
        raise InputError(f"{str(folder)!r} holds no recorded replies", "A build stores its replies in .p2c/replies.")
    return model


def _folder(spec: str, place: str) -> Path:
    if not place:
        raise UsageError(f"--model {spec!r} has no folder", "Write manual:DIR or replay:DIR.")
    return Path(place).expanduser()
