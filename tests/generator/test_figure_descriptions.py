from __future__ import annotations

from p2c.generator.figure_descriptions import TITLE, describe_figures
from p2c.models.scripted import ScriptedModel
from tests.generator.conversation import PAPER, session

FIGURES = (("The network", "data:image/png;base64,AAAA"), ("The losses", "data:image/png;base64,BBBB"))


def test_each_figure_is_described_once_and_becomes_text() -> None:
    scripted = ScriptedModel(
        [
            "Two layers of 64 units, then a softmax over ten.",
            "short",
            "A loss that falls from 2.3 to 0.1 in ten epochs.",
        ]
    )
    paper = describe_figures(PAPER, FIGURES, session(scripted))
    assert [prompt.messages[-1].images for prompt in scripted.prompts[:2]] == [(url,) for _, url in FIGURES]
    assert "<caption>\nThe network\n</caption>" in scripted.prompts[0].messages[1].content
    assert paper.sections[-1].title == TITLE
    assert "Two layers of 64 units" in paper.text and "short" not in paper.text.split(TITLE)[1]


def test_the_replies_come_in_the_figures_order() -> None:
    scripted = ScriptedModel(
        ["First described in enough words to be of use.", "x", "Second described in enough words to be of use."]
    )
    text = describe_figures(PAPER, FIGURES, session(scripted)).text
    assert text.index("First described") < text.index("Second described")
    assert scripted.prompts[2].stage == "figure:2"


def test_without_figures_nothing_is_asked() -> None:
    assert describe_figures(PAPER, (), session(None)) is PAPER
