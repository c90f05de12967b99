"""How many tokens a text is, without a tokenizer."""

from __future__ import annotations

import json
import re

from p2c.models.base import Prompt

IMAGE_TOKENS = 1_200
"""What one image is reckoned at: about a page image at high detail."""
MESSAGE_TOKENS = 4
"""The marks around each message."""

# One token: a CJK sign, a word (long ones count by 20 characters), a run of one punctuation mark (rules in tables).
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w{1,20}|([^\w\s])\1{0,7}")


def count_tokens(text: str) -> int:
    """Estimate the tokens of a text: words and punctuation marks times 1.05.

    Measured against o200k_base on papers, LaTeX, Python, YAML and JSON: about -11 % to +15 %.
    """
    return round(sum(1 for _ in _TOKEN.finditer(text)) * 1.05)


def text_tokens(prompt: Prompt) -> int:
    """Estimate the tokens of a prompt's messages, without images and schema."""
    return sum(count_tokens(message.content) + MESSAGE_TOKENS for message in prompt.messages)


def prompt_tokens(prompt: Prompt) -> int:
    """Estimate the tokens of all that a prompt sends."""
    images = sum(len(message.images) for message in prompt.messages)
    schema = count_tokens(json.dumps(prompt.schema)) if prompt.schema else 0
    return text_tokens(prompt) + images * IMAGE_TOKENS + schema


def room_for_reply(prompt: Prompt, context: int) -> int:
    """Estimate the tokens that a window has left for the reply, on the safe side; below 0 where there is none."""
    return context - round(prompt_tokens(prompt) * 1.15) - 64
