"""Papers for small windows: what code is written from stays, and what goes is said."""

from __future__ import annotations

import pytest

from p2c.errors import ContextError
from p2c.generator.paper import Paper, Section
from p2c.generator.paper_excerpt import fit_paper
from p2c.generator.prompt_prefix import opening
from p2c.models.token_estimate import count_tokens


def words(about: str, tokens: int) -> str:
    return "\n\n".join([f"{about} is told here in some words of text."] * (tokens // 10))


def paper(*sections: tuple[str, int, int]) -> Paper:
    made = tuple(Section(title, words(title, tokens), level) for title, tokens, level in sections)
    return Paper("p", "A Paper", "What it is about.", made)


USUAL = paper(
    ("Introduction", 1500, 1),
    ("Related Work", 1500, 1),
    ("Proposed Method", 300, 1),
    ("Sampling", 1500, 2),
    ("Experiments", 1200, 1),
    ("Conclusion", 800, 1),
)


@pytest.mark.parametrize("context", [None, 200_000, 32_768])
def test_a_paper_that_fits_is_shown_to_the_byte(context: int | None) -> None:
    fitted = fit_paper(USUAL, context)
    assert fitted.paper is USUAL
    assert not fitted.said
    assert USUAL.text.strip() in opening(fitted.paper)[1].content


@pytest.mark.parametrize("context", [10_000, 12_000, 8_192, 7_500])
def test_what_code_is_written_from_stays(context: int) -> None:
    fitted = fit_paper(USUAL, context)
    shown = opening(fitted.paper)[1].content
    assert count_tokens(shown) < context - 4_000
    assert "What it is about." in shown
    assert "## Proposed Method" in shown
    assert "## Related Work" not in shown
    assert "Related Work" in fitted.said
    assert "Related Work" in shown, "the model is told what it does not see"
    assert fitted.said in fitted.paper.notes
    assert fitted.paper.text == USUAL.text, "the checks have the whole paper"


def test_a_subsection_goes_with_its_section() -> None:
    shown = fit_paper(USUAL, 10_000).paper.excerpt
    assert "### Sampling" in shown
    assert shown.index("Proposed Method") < shown.index("Sampling")


def test_a_section_that_does_not_fit_is_cut_at_a_paragraph() -> None:
    fitted = fit_paper(paper(("Our Model", 30_000, 1)), 12_000)
    assert "only the beginning: Our Model" in fitted.said
    assert "[The rest of this section is left out.]" in fitted.paper.excerpt
    assert fitted.paper.excerpt.count("Our Model is told here") > 100


@pytest.mark.parametrize("context", [512, 2_048, 4_096])
def test_no_room_is_an_error_with_the_next_step(context: int) -> None:
    with pytest.raises(ContextError, match=f"reads {context:,} tokens; a build of this paper takes about") as caught:
        fit_paper(USUAL, context)
    assert "--context" in caught.value.hint
    assert "llama.cpp: -c" in caught.value.hint
