from __future__ import annotations

from pathlib import Path

import pytest

from p2c.errors import InputError
from tests.generator.readers.sources import document, read


@pytest.mark.parametrize(
    ("preamble", "encoding", "words"),
    [
        (r"\usepackage[cp1251]{inputenc}", "cp1251", "Обучение сетей"),
        (r"\usepackage[koi8-r]{inputenc}", "koi8-r", "Обучение сетей"),
        (r"\usepackage[latin2]{inputenc}", "iso8859-2", "Sieć źródłowa"),
        (r"\usepackage[applemac]{inputenc}", "mac-roman", "Größe und Maß"),
        (r"\usepackage[latin9]{inputenc}", "iso8859-15", "cœur à 5 €"),
        (r"\usepackage{CJK}\begin{CJK}{GBK}{song}\end{CJK}", "gbk", "神经网络"),
        (r"\usepackage{CJK}\begin{CJK*}{Bg5}{ming}\end{CJK*}", "big5", "神經網路"),
        ("\n% !TEX encoding = EUC-JP\n", "euc-jp", "学習する機械"),
        ("\n% !TeX encoding = ISO-8859-1\n", "latin-1", "naïve Schätzung"),
        (r"\inputencoding{cp1250}", "cp1250", "Sieć źródłowa"),
    ],
)
def test_a_declared_encoding_holds_for_the_parts_too(tmp_path: Path, preamble: str, encoding: str, words: str) -> None:
    main = document(rf"\section{{One}}{words}.\input{{part}}", preamble)
    paper = read(tmp_path, {"main.tex": main.encode(encoding), "part.tex": f"Again {words}.".encode(encoding)})
    assert f"{words}.Again {words}." in paper.text
    assert all("as it declares" in note for note in paper.notes)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_wide_encodings(tmp_path: Path, encoding: str) -> None:
    mark = "" if encoding in ("utf-16", "utf-32", "utf-8-sig") else "\ufeff"
    text = mark + document(r"\section{One}The size, Größe, is 7.")
    assert "The size, Größe, is 7." in read(tmp_path, {"main.tex": text.encode(encoding)}).text


@pytest.mark.parametrize("place", ["% a comment: BYTE\n", "In the text: BYTE."])
def test_a_stray_byte_costs_one_character(tmp_path: Path, place: str) -> None:
    text = document(rf"\section{{Schätzung}}Erdős and “quotes”, α ≤ 3. {place} größer.", r"\usepackage[utf8]{inputenc}")
    paper = read(tmp_path, {"main.tex": text.encode().replace(b"BYTE", b"caf\xe9")})
    for words in ("Schätzung", "Erdős and “quotes”, α ≤ 3.", "größer."):
        assert words in paper.text
    assert paper.notes[0].startswith("1 byte(s) of main.tex")


def test_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no text file"):
        read(tmp_path, {"main.tex": b"\\documentclass{article}\0\1\2\0\xff\xfe"}, "")
