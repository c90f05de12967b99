"""Samples of critics: parsed, counted, asked again, and what they come to."""

import pytest

from p2c.generator.paper import Paper
from p2c.generator.structured_replies import InvalidReply
from p2c.journal import Journal
from p2c.models.base import Completion, Prompt
from p2c.scoring.context_selection import select
from p2c.scoring.critics import TRIES, critic_prompt, criticise, read_critique
from p2c.scoring.prompt_prefix import opening
from tests.scoring.samples import REPO, critique

PROMPT = critic_prompt(opening(Paper("p", "Title", "", ())), select(REPO, 5000), None)


class Replies:
    """A model that answers in the order asked."""

    name = "replies"

    def __init__(self, *replies: str | Completion) -> None:
        self.left = list(replies)
        self.asked: list[Prompt] = []

    def complete(self, prompt: Prompt) -> Completion:
        self.asked.append(prompt)
        reply = self.left.pop(0)
        return Completion(reply) if isinstance(reply, str) else reply

    def complete_all(self, prompts: list[Prompt]) -> list[Completion]:
        return [self.complete(prompt) for prompt in prompts]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("4 of 5", "no JSON object"),
        (critique(0), "score"),
        (critique(6), "score"),
        (critique(3.5), "score"),
        ('{"components": [], "score": 3}', "components"),
        ('{"score": 3}', "components"),
        (critique(3, severity="grave", what="it"), "severity"),
        (critique(3, severity="low", what=" "), "what"),
    ],
)
def test_what_is_no_critique_is_refused_with_its_reason(reply: str, reason: str) -> None:
    with pytest.raises(InvalidReply, match=reason):
        read_critique(reply)


def test_a_critique_is_read_leniently_where_nothing_is_lost() -> None:
    read = read_critique("Here:\n```json\n" + critique("4", severity="High", what="sign", where="a.py:f") + "\n```")
    assert read.score == 4 and read.components[0].problems[0].severity == "high"


def test_mean_spread_and_severities() -> None:
    model = Replies(critique(5), critique(3, severity="high", what="a"), critique(4, severity="low", what="b"))
    said = criticise(model, PROMPT, 3, Journal())
    assert (said.mean, said.spread, said.asked, said.unusable) == (4.0, 1.0, 3, 0)
    assert said.severities == {"high": 1, "medium": 0, "low": 1} and said.distinct == 3
    assert len({prompt.messages for prompt in model.asked}) == 1, "samples are one prompt, asked several times"


def test_one_sample_has_no_spread() -> None:
    said = criticise(Replies(critique(2)), PROMPT, 1, Journal())
    assert (said.mean, said.spread) == (2.0, None)


def test_a_sample_that_never_gets_usable_does_not_stop_the_others() -> None:
    refused = Completion("I would rather not", finish="refused")
    waves = [[critique(4), "nothing", refused, critique(9)], [critique(2), "still nothing", critique(3)], ["nothing"]]
    model = Replies(*(reply for wave in waves for reply in wave))
    # Wave 2 asks again for `nothing`, the refusal and the 9, in this order: the refusal's sample never gets usable.
    said = criticise(model, PROMPT, 4, Journal())
    assert TRIES == 3 and model.left == []
    assert sorted(reply.score for reply in said.valid) == [2, 3, 4]
    assert (said.asked, said.unusable) == (4, 5)
    assert len(said.reasons) == 1 and "no JSON object" in said.reasons[0]


def test_no_valid_reply_is_no_mean() -> None:
    said = criticise(Replies(*["no"] * 6), PROMPT, 2, Journal())
    assert (said.mean, said.spread, said.valid, said.unusable) == (None, None, (), 6)
    assert len(said.reasons) == 2 and "no JSON object" in said.reasons[0]


def test_a_reference_has_its_own_question() -> None:
    begin, shown = opening(Paper("p", "Title", "", ())), select(REPO, 5000)
    other = critic_prompt(begin, shown, select(REPO, 5000, "reference"))
    assert "<reference>" in other.messages[-1].content and "<reference>\n" not in PROMPT.messages[-1].content
    assert other.messages[-1].content.startswith(shown.text), "the repository stands first, for the prefix cache"
    assert "severity" in str(PROMPT.schema)
