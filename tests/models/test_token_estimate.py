from __future__ import annotations

import pytest

from p2c.models.base import Message, Prompt
from p2c.models.token_estimate import IMAGE_TOKENS, count_tokens, prompt_tokens, text_tokens


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("alpha beta " * 50, 100),
        ("x = f(y), z\n" * 25, 200),
        (r"\frac{a}{b} + c_{t}" * 10, 130),
    ],
)
def test_words_and_marks_are_counted_with_five_percent_on_top(text, pieces):
    assert count_tokens(text) == round(pieces * 1.05)


def test_rules_in_tables_do_not_count_by_the_sign():
    assert count_tokens("-" * 800) <= 110


def test_text_without_spaces_counts_too():
    assert count_tokens("a" * 2_000) >= 100
    assert count_tokens("学习率" * 100) >= 300
    assert count_tokens("") == 0


def test_a_prompt_counts_its_images_and_its_schema():
    bare = Prompt((Message("user", "Look at it."),))
    seen = Prompt((Message("user", "Look at it.", ("data:,", "data:,")),))
    formed = Prompt(bare.messages, schema={"type": "object"})
    assert prompt_tokens(seen) == prompt_tokens(bare) + 2 * IMAGE_TOKENS
    assert text_tokens(seen) == text_tokens(bare) == prompt_tokens(bare)
    assert prompt_tokens(formed) > prompt_tokens(bare)
