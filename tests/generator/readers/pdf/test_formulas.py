from __future__ import annotations

import pytest

from p2c.generator.readers.pdf.fonts import font_named, unstyled
from p2c.generator.readers.pdf.formulas import formula, inline
from p2c.generator.readers.pdf.glyphs import Rule
from p2c.generator.readers.pdf.inline import text_of
from p2c.generator.readers.pdf.latex_output import is_sure
from p2c.generator.readers.pdf.lines import merge_runs
from tests.generator.readers.glyphs import BIG, ROMAN, SIGNS, TEXT, put, tall


@pytest.mark.parametrize(
    ("font", "code", "sign"),
    [
        ("ABCDEF+CMEX10", "X", "∑"),
        ("CMEX9", "Z", "∫"),
        ("CMSY10", "k", "‖"),
        ("CMSY8", "r", "∇"),
        ("LMMathSymbols10-Regular", "2", "∈"),
        ("CMMI7", "\x15", "λ"),
        ("MSBM10", "R", "R"),
        ("CMR10", "\x0c", "fi"),
        ("Times-Roman", "X", "X"),
        ("CMSY10", "·", "·"),
    ],
)
def test_codes_of_tex_fonts_are_what_they_stand_for(font: str, code: str, sign: str) -> None:
    assert font_named(font).decode(code) == sign


def test_a_fraction_is_built_by_its_rule() -> None:
    glyphs = [
        *put("y=", 100, 500),
        *put("a+b", 111, 507),
        *put("c", 116, 492),
    ]
    assert formula(glyphs, [Rule(111, 126, 502.5)]) == r"y=\frac{a+b}{c}"
    assert "frac" not in formula(glyphs, []), "it is the rule that makes it one"


def test_a_fraction_in_a_fraction() -> None:
    glyphs = [*put("p+r", 100, 512), *put("x", 105, 498), *put("q", 105, 487)]
    rules = [Rule(100, 115, 508), Rule(105, 110, 495.5)]
    assert formula(glyphs, rules) == r"\frac{p+r}{\frac{x}{q}}"


def test_limits_of_operators_and_words() -> None:
    glyphs = [
        *put("X", 100, 500, font=BIG),
        *put("k=1", 100.5, 487, 7),
        *put("K", 104, 512, 7),
        *put("x", 116, 500),
        *put("k", 121, 498.5, 7),
    ]
    assert formula(
        [g._replace(text=font_named(BIG).decode(g.text)) if g.font.extension else g for g in glyphs], []
    ) == ("∑_{k=1}^{K} x_{k}")
    glyphs = [*put("min", 100, 500, font=ROMAN), *put("w", 105.5, 493, 7), *put("f", 119, 500)]
    assert formula(glyphs, []) == r"\mathrm{min}_{w} f"


def test_limits_of_neighbouring_words_stay_apart() -> None:
    glyphs = [
        *put("E", 100, 500),
        *put("q", 100.7, 492, 7),
        *put("L", 113, 500),
        *put("v", 113.7, 492, 7),
    ]
    assert formula(glyphs, []).replace(" ", "") == "E_{q}L_{v}"


def test_scripts_are_nested() -> None:
    glyphs = [*put("G", 100, 500), *put("t", 105, 498.5, 7), *put("j", 108.6, 497.5, 5), *put("n", 105, 504, 7)]
    assert inline(glyphs, []) == "G_{t_{j}}^{n}"


def test_a_root_reaches_as_far_as_its_bar() -> None:
    glyphs = [tall("√", 100, 497, 509), *put("1−b", 106, 500), *put("x", 124, 500)]
    assert formula(glyphs, [Rule(106, 121.5, 509)]) == r"\sqrt{1−b} x"


def test_the_root_of_a_fraction() -> None:
    glyphs = [tall("√", 100, 486, 514), *put("a", 108, 506), *put("m", 108, 492), *put("z", 120, 500)]
    assert formula(glyphs, [Rule(106, 115, 514), Rule(107, 114, 502.5)]) == r"\sqrt{\frac{a}{m}} z"


def test_bars_and_hats_stay_at_their_letter() -> None:
    glyphs = [*put("a", 100, 500), *put("b", 110, 500), *put("^", 110.4, 500, font=ROMAN), *put("c", 120, 500)]
    glyphs[2] = glyphs[2]._replace(text="ˆ", y0=506, y1=508.5)
    assert formula(glyphs, [Rule(119.8, 125.2, 508)]).replace(" ", "") == r"a\hat{b}\bar{c}"


def test_cases_and_matrices() -> None:
    glyphs = [*put("f=", 100, 500), tall("{", 110, 488, 516), *put("1", 117, 507), *put("x>0", 140, 507)]
    glyphs += [*put("0", 117, 493), *put("x<0", 140, 493)]
    assert formula(glyphs, []).replace("= ", "=") == r"f=\begin{cases} 1 & x>0 \\ 0 & x<0 \end{cases}"
    glyphs = [
        tall("[", 100, 488, 516),
        *put("a", 108, 507),
        *put("b", 125, 507),
        *put("c", 108, 493),
        *put("d", 125, 493),
    ]
    assert formula([*glyphs, tall("]", 132, 488, 516)], []) == r"[\begin{matrix} a & b \\ c & d \end{matrix}]"


def test_styles_and_numbers_are_kept() -> None:
    glyphs = [*put("L", 100, 500, font=SIGNS), *put("(W)", 105, 500, font="CMBX10"), *put("(12)", 300, 500, font=ROMAN)]
    assert formula(glyphs, []) == r"\mathcal{L}(\mathbf{W}) \tag{12}"
    assert formula(put("R", 100, 500, font="MSBM10"), []) == r"\mathbb{R}"


def test_rows_of_a_formula_are_lines() -> None:
    glyphs = [*put("a=b", 100, 500), *put("c=d", 100, 480)]
    assert formula(glyphs, []) == "a=b\nc=d"


def test_formulas_in_a_line_of_text() -> None:
    runs = [
        [*put("We set", 72, 500, font=TEXT), *put(" x", 100, 500)],
        put("t", 108, 498.5, 7),
        [*put(" = 0", 111, 500, font=ROMAN), *put(" in all", 129, 500, font=TEXT)],
    ]
    (line,) = merge_runs(runs)
    assert text_of(line, [], font_named(TEXT).name) == "We set $x_{t} = 0$ in all"


def test_a_mark_of_a_footnote_is_no_formula() -> None:
    runs = [put("the layer", 72, 500, font=TEXT), put("3", 115.5, 503.6, 7, TEXT), put("of it", 122, 500, font=TEXT)]
    (line,) = merge_runs(runs)
    assert text_of(line, [], font_named(TEXT).name) == "the layer^{3} of it"


def test_a_formula_of_many_signs_is_bounded() -> None:
    glyphs = [glyph for row in range(20) for glyph in put("x+y" * 14, 100, 700 - 14 * row)]
    rules = [Rule(100, 100 + 5 * n, 700 - 3 * n) for n in range(150)]
    assert "x" in formula(glyphs, rules)


@pytest.mark.parametrize(
    ("letter", "plain", "style"),
    [("𝑥", "x", ""), ("𝐖", "W", "mathbf"), ("ℝ", "R", "mathbb"), ("𝓛", "L", "mathcal"), ("λ", "λ", ""), ("A", "A", "")],
)
def test_mathematical_letters_of_unicode_are_plain_ones_with_a_style(letter: str, plain: str, style: str) -> None:
    text, font = unstyled(letter, font_named("Libertinus Math"))
    assert (text, font.style) == (plain, style)


def test_a_line_ends_at_a_gap_as_wide_as_between_columns() -> None:
    run = [*put("one line", 72, 500, font=TEXT), *put("of two", 300, 500, font=TEXT)]
    assert [line.raw for line in merge_runs([run])] == ["one line", "of two"]


def test_a_line_of_few_words_that_is_stretched_stays_whole() -> None:
    run = [
        glyph
        for at, word in enumerate(("Risky", "pixels", "receive", "labels."))
        for glyph in put(word, 72 + 60 * at, 500, font=TEXT)
    ]
    assert len(merge_runs([run])) == 1


def test_scripts_beside_an_operator_are_no_limits() -> None:
    glyphs = [*put("X", 100, 500, font=BIG), *put("i,j", 112.5, 489, 7), *put("x", 126, 500)]
    glyphs[2] = glyphs[2]._replace(y1=491)
    glyphs[0] = glyphs[0]._replace(text="∑")
    assert formula(glyphs, []).replace(" ", "") == "∑_{i,j}x"


def test_a_word_over_a_relation_is_not_a_power() -> None:
    glyphs = [
        *put("f", 100, 500),
        *put("=", 112, 500, font=ROMAN),
        *put("def", 109.3, 509, 7, ROMAN),
        *put("g", 124, 500),
    ]
    assert formula(glyphs, []) == r"f \overset{\mathrm{def}}{=} g"


def test_where_a_formula_may_be_misread_both_readings_are_given() -> None:
    assert is_sure("x_{t} = y", put("xt = y", 100, 500))
    assert is_sure(r"\hat{x} = y", put("xˆ = y", 100, 500))
    assert not is_sure("x = y", put("xt = y", 100, 500))
    assert not is_sure("= _{t} y", put("=t y", 100, 500))
