from __future__ import annotations

import pytest

from p2c.budget import Usage
from p2c.models.pricing import Price, price_of

USED = Usage(1, 1_000_000, 500_000, 100_000)


def test_a_listed_model_is_priced_with_its_cached_share():
    cost = price_of("gpt-5")
    assert cost(USED) < cost(Usage(1, 1_000_000, 0, 100_000))
    assert cost(USED) > 0
    assert price_of("gpt-5", "https://api.openai.com/v1")(USED) == cost(USED)


@pytest.mark.parametrize(
    ("model", "url"),
    [
        ("a-model-nobody-knows", ""),
        ("gpt-5", "https://api.deepseek.com/v1"),
        ("llama-3.3-70b", "http://127.0.0.1:8000/v1"),
    ],
)
def test_what_is_not_known_is_none(model, url):
    assert price_of(model, url)(USED) is None


def test_other_providers_are_known_by_their_address():
    assert price_of("deepseek-chat", "https://api.deepseek.com/v1")(USED) > 0
    assert price_of("openai/gpt-5", "https://openrouter.ai/api/v1")(USED) > 0


def test_an_own_price_goes_first():
    own = {"gpt-5": Price(1.0, 10.0), "local": Price(2.0, 20.0, cached=0.5), "free": Price(0.0, 0.0)}
    assert price_of("gpt-5", own=own)(USED) == pytest.approx(2.0)
    assert price_of("local", "http://127.0.0.1/v1", own)(USED) == pytest.approx(1.0 + 0.25 + 2.0)
    assert price_of("free", own=own)(USED) == 0.0
    assert price_of("unlisted", own=own)(USED) is None


def test_more_cached_than_asked_is_no_error():
    assert price_of("gpt-5")(Usage(1, 10, 50, 5)) > 0


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/v1", "https://llm.example.org/v1"])
def test_an_address_nobody_lists_charges_what_openai_does_for_openais_names(url):
    assert price_of("gpt-5", url)(USED) == price_of("gpt-5")(USED)
