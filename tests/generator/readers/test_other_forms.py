from __future__ import annotations

import json
from pathlib import Path

import pytest

from p2c.errors import InputError
from p2c.generator.paper import Paper
from p2c.generator.readers.local_files import _read
from tests.generator.readers.sources import read

TEXT = (
    "Climbing Hills\nA. Nobody\nAbstract\nWe climb hills.\n1 Method\nThe step is 0.35 and it is halved after "
    "each of the rounds "
    "of the search.\ny = Ax (1)\nIt ends after 40 rounds.\n2 Results\nThe top is reached in all runs of each "
    "experiment.\n"
)


def span(words: str, **attributes: str) -> dict[str, object]:
    start = TEXT.index(words)
    return {"start": str(start), "end": str(start + len(words)), **({"attributes": attributes} if attributes else {})}


ANNOTATIONS = {
    "title": [span("Climbing Hills")],
    "abstract": [span("We climb hills.")],
    "sectionheader": [span("Method", n="1"), span("Results", n="2")],
    "paragraph": [
        span("The step is 0.35 and it is halved after each of the rounds of the search."),
        span("It ends after 40 rounds."),
        span("The top is reached in all runs of each experiment."),
    ],
    "formula": [span("y = Ax (1)")],
}
PARAGRAPHS = [
    {
        "text": "The step is 0.35 and it is halved after each of the rounds of the search.",
        "section": "Method",
        "sec_num": "1",
    },
    {"text": "The top is reached in all runs of each experiment.", "section": "Results", "sec_num": "2"},
]


def as_json(tmp_path: Path, data: object) -> Paper:
    (tmp_path / "paper.json").write_text(json.dumps(data))
    return _read(tmp_path / "paper.json", "")


@pytest.mark.parametrize("place", ["content", "body"])
@pytest.mark.parametrize("packed", [True, False])
def test_s2orc_with_annotations(tmp_path: Path, place: str, packed: bool) -> None:
    annotations = {kind: json.dumps(spans) if packed else spans for kind, spans in ANNOTATIONS.items()} | {
        "figure": None
    }
    paper = as_json(tmp_path, {"corpusid": 5, place: {"text": TEXT, "annotations": annotations}})
    assert (paper.title, paper.abstract) == ("Climbing Hills", "We climb hills.")
    assert [section.title for section in paper.sections] == ["1 Method", "2 Results"]
    assert paper.sections[0].text.endswith("search.\n\ny = Ax (1)\n\nIt ends after 40 rounds.")


def test_s2orc_without_annotated_paragraphs_has_its_text(tmp_path: Path) -> None:
    annotations = {kind: ANNOTATIONS[kind] for kind in ("title", "sectionheader")}
    paper = as_json(tmp_path, {"content": {"text": TEXT, "annotations": annotations}})
    assert "0.35" in paper.text and "The top is reached" in paper.sections[-1].text


@pytest.mark.parametrize(
    "data",
    [
        {
            "paper_id": "1",
            "_pdf_hash": "x",
            "abstract": [{"text": "We climb hills.", "section": "Abstract"}],
            "body_text": PARAGRAPHS,
        },
        {
            "paper_id": "1",
            "metadata": {"title": "Climbing Hills"},
            "abstract": [{"text": "We climb hills."}],
            "body_text": PARAGRAPHS,
            "ref_entries": {
                "T1": {"type": "table", "text": "TABREF0: Sizes", "html": "<table><tr><td>a</td></tr></table>"}
            },
        },
        {"title": "Climbing Hills", "abstract": "We climb hills.", "pdf_parse": {"body_text": PARAGRAPHS}},
        {"title": "Climbing Hills", "abstract": "We climb hills.", "grobid_parse": {"body_text": PARAGRAPHS}},
    ],
)
def test_s2orc_as_paragraphs(tmp_path: Path, data: dict[str, object]) -> None:
    paper = as_json(tmp_path, data)
    assert paper.abstract == "We climb hills." and paper.sections[0].title == "1 Method" and "0.35" in paper.text
    if "metadata" in data:
        assert paper.title == "Climbing Hills" and "| a |" in paper.text


def test_json_lines_of_many_papers_are_refused_and_of_one_are_read(tmp_path: Path) -> None:
    line = json.dumps({"title": "Climbing Hills", "body_text": PARAGRAPHS})
    (tmp_path / "many.jsonl").write_text(f"{line}\n{line}\n")
    with pytest.raises(InputError, match="2 papers, one a line"):
        _read(tmp_path / "many.jsonl", "")
    (tmp_path / "one.jsonl").write_text(line + "\n")
    assert _read(tmp_path / "one.jsonl", "").title == "Climbing Hills"


HTML = """<!DOCTYPE html><html><head><title>Climbing Hills</title><style>p{}</style></head><body><nav>Menu 99</nav>
<article class="ltx_document"><h1 class="ltx_title ltx_title_document">Climbing Hills</h1>
<div class="ltx_authors">A. Nobody</div>
<div class="ltx_abstract">
<h6 class="ltx_title ltx_title_abstract">Abstract</h6><p class="ltx_p">We climb hills.</p></div>
<section class="ltx_section"><h2 class="ltx_title"><span class="ltx_tag">1 </span>Method</h2>
<div class="ltx_para">
<p class="ltx_p">The step <math alttext="\\eta=0.35" display="inline"><mi>eta</mi></math> is kept.</p>
<table class="ltx_equation ltx_eqn_table"><tbody><tr class="ltx_eqn_row"><td class="ltx_eqn_cell">
<math class="ltx_Math" alttext="\\displaystyle y=\\sum_{i}x_{i}" display="block"><mi>y</mi></math></td>
<td><span class="ltx_tag ltx_tag_equation">(1)</span></td></tr></tbody></table></div>
<section><h3 class="ltx_title"><span>1.1 </span>Details</h3><p>Plain <em>words</em> &amp; more.</p>
<figure class="ltx_table"><figcaption class="ltx_caption">Table 1: Sizes</figcaption><table class="ltx_tabular">
<tr><th>name</th><th colspan="2">value</th></tr>
<tr><td>rate</td><td><math alttext="10^{-3}"></math></td><td>x</td></tr></table></figure>
<figure><img src="f1.png"><figcaption>Figure 1: A hill</figcaption></figure></section></section>
<section class="ltx_bibliography"><h2>References</h2><ul><li>Nobody (1999)</li></ul></section>
<section class="ltx_appendix"><h2>Appendix A Proofs</h2><p>It holds.</p></section></article>
<footer>Generated</footer></body></html>"""


def test_html_of_latexml(tmp_path: Path) -> None:
    paper = read(tmp_path, {"paper.html": HTML, "f1.png": b"\x89PNG"})
    assert (paper.title, paper.abstract, paper.source) == ("Climbing Hills", "We climb hills.", "html")
    assert [(s.level, s.title) for s in paper.sections] == [
        (1, "1 Method"),
        (2, "1.1 Details"),
        (1, "Appendix A Proofs"),
    ]
    method = paper.sections[0].text
    assert "The step $\\eta=0.35$ is kept." in method and "$$y=\\sum_{i}x_{i}$$ (1)" in method
    assert (
        "Plain words & more." in paper.text
        and "| name | value |  |\n|---|---|---|\n| rate | $10^{-3}$ | x |" in paper.text
    )
    assert paper.figures[0].caption == "Figure 1: A hill" and paper.figures[0].file == tmp_path / "f1.png"
    for gone in ("Nobody", "Menu", "Generated", "p{}", "eta</mi>"):
        assert gone not in paper.text


@pytest.mark.parametrize(
    "formula",
    [
        '<math><semantics><mi>a</mi><annotation encoding="application/x-tex">\\alpha_1</annotation></semantics></math>',
        '<script type="math/tex">\\alpha_1</script>',
        '<span class="katex"><span class="katex-mathml"><math><semantics><mi>a</mi>'
        '<annotation encoding="application/x-tex">'
        '\\alpha_1</annotation></semantics></math></span><span class="katex-html">a1</span></span>',
        '<img class="math" alt="\\alpha_1" src="x.png">',
    ],
)
def test_formulas_of_other_pages(tmp_path: Path, formula: str) -> None:
    page = f"<html><head><title>T</title></head><body><h1>T</h1><p>Unclosed<h2>One</h2><p>Here {formula} is.</body>"
    (tmp_path / "a.htm").write_text(page)
    assert "Here $\\alpha_1$ is." in _read(tmp_path / "a.htm", "").text


def test_a_page_without_a_paper_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<html><body><nav>Menu</nav><script>x()</script></body></html>")
    with pytest.raises(InputError, match="holds no text"):
        _read(tmp_path / "a.html", "")


def test_html_without_end_of_nesting(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>Words." + "<div><table><math>" * 20_000 + "</i>" * 20_000)
    assert "Words." in _read(tmp_path / "a.html", "").text


MINERU = "# Climbing Hills\n\nA. Nobody\n\n# Abstract\n\nWe climb.\n\n# 1 Method\n\nIt is so.\n\n# 1.1 Steps\n\n"
MINERU += "![](images/f.jpg)\nThe step is 0.35.\n\n# References\n\nNobody\n\n# A Proofs\n\nIt holds.\n"


def test_the_folder_that_mineru_leaves(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "hills/auto/hills.md": MINERU,
        "hills/auto/images/f.jpg": b"\xff\xd8\xff",
        "hills/auto/hills_content_list.json": "[]",
        "hills/auto/hills_middle.json": "{}",
        "hills/auto/hills_origin.pdf": b"%PDF-1.4",
        "README.md": "# How to run\n\nRun it.\n",
    }
    paper = read(tmp_path, files)
    assert (paper.title, paper.abstract) == ("Climbing Hills", "We climb.")
    named = [(s.level, s.title) for s in paper.sections if s.title != "Text"]
    assert named == [(1, "1 Method"), (2, "1.1 Steps"), (1, "A Proofs")]
    assert paper.figures[0].file and "Nobody\n" not in paper.sections[-1].text


def test_what_nougat_leaves(tmp_path: Path) -> None:
    text = "# Climbing Hills\n\nA. Nobody\n\n###### Abstract\n\nWe climb.\n\n"
    text += "## 1 Method\n\n\\[y=0.35\\]\n\n[MISSING_PAGE_FAIL:3]\n"
    paper = read(tmp_path, {"hills.mmd": text})
    assert (paper.title, paper.abstract) == ("Climbing Hills", "We climb.")
    assert "\\[y=0.35\\]" in paper.text and paper.notes[0].startswith("1 page(s) are missing")


def test_several_papers_in_a_folder_are_told_and_decided(tmp_path: Path) -> None:
    files = {"a.md": MINERU, "b.md": MINERU.replace("0.35", "0.45")}
    with pytest.raises(InputError, match=r"2 texts that may be the paper: a\.md, b\.md"):
        read(tmp_path, files)
    assert "0.45" in read(tmp_path, files, "b.md").text


def test_the_only_pdf_or_page_of_a_folder_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, {"page.html": HTML, "notes.txt": "x"}).title == "Climbing Hills"
