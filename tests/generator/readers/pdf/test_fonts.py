"""What codes of fonts stand for."""

import pytest

from p2c.generator.readers.pdf.fonts import font_named


@pytest.mark.parametrize(
    ("name", "code", "meant"),
    [
        ("ABCDEF+CMMI10", "]", "♯"),
        ("LMMathItalic7-Regular", "[", "♭"),
        ("CMEX10", "\uf8f1", "⎧"),
        ("TeX_CM_Maths_Extension", "\uf8f6", "⎞"),
        ("Symbol", "\uf8ee", "⎡"),
        ("CMR10", "]", "]"),
        ("Times-Roman", "[", "["),
    ],
)
def test_codes_of_mathematical_fonts_are_signs(name: str, code: str, meant: str) -> None:
    assert font_named(name).decode(code) == meant
