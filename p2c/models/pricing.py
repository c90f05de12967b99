"""What tokens cost, offline; what is not known is None, never 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from p2c.budget import Usage

PriceOf = Callable[[Usage], float | None]
"""US dollars of a usage by its tokens, or None where the price is not known."""

OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens; cached prompt tokens cost as much as others where nothing else is said."""

    prompt: float
    completion: float
    cached: float | None = None

    def cost(self, usage: Usage) -> float:
        """US dollars of these tokens."""
        cached = self.prompt if self.cached is None else self.cached
        fresh = usage.prompt_tokens - usage.cached_tokens
        return (fresh * self.prompt + usage.cached_tokens * cached + usage.completion_tokens * self.completion) / 1e6


def price_of(model: str, base_url: str = "", own: Mapping[str, Price] | None = None) -> PriceOf:
    """Return what prices this model's tokens: the person's `own` table first, then that of genai-prices.

    The server's address counts: a model of the same name elsewhere has another price or none. A server that the
    table does not know (a gateway, a proxy) is taken to charge what OpenAI does for OpenAI's names: a cap in money
    must not end where a company puts its own address in front.
    """
    if own and model in own:
        return own[model].cost
    return partial(_listed, model, base_url or OPENAI_URL)


def _listed(model: str, base_url: str, usage: Usage) -> float | None:
    import genai_prices

    tokens = genai_prices.Usage(
        input_tokens=usage.prompt_tokens,
        cache_read_tokens=min(usage.cached_tokens, usage.prompt_tokens),
        output_tokens=usage.completion_tokens,
    )
    try:
        if _lists(base_url):
            return float(genai_prices.calc_price(tokens, model, provider_api_url=base_url).total_price)
        return float(genai_prices.calc_price(tokens, model, provider_id="openai").total_price)
    except (LookupError, ValueError):
        return None


def _lists(base_url: str) -> bool:
    """The table knows who serves at this address."""
    from genai_prices.data_snapshot import get_snapshot

    try:
        get_snapshot().find_provider("", None, base_url)
    except LookupError:
        return False
    return True
