"""The score in the report: shown where there is one, harmless whatever stands in it, left out where it is damaged."""

import json
from pathlib import Path
from typing import Any

import pytest

from p2c import state_folder
from p2c.reports.formats.score_markdown import score_markdown
from p2c.reports.html.score import headline, problems_of, render_score
from p2c.reports.render import draw
from p2c.reports.stored import read_stored

REPORT = {
    "verdict": "runs", "why": "every check passed", "attempts": [], "seconds": 1.5, "checks": [],
    "usage": {"calls": 0, "prompt_tokens": 0, "cached_tokens": 0, "completion_tokens": 0, "usd": None},
}  # fmt: skip
EVIL = '<script>alert("x")</script> | `code` @everyone \u202e\x1b[31m'


def problem(severity: str, where: str, what: str = "it") -> dict[str, str]:
    return {"severity": severity, "what": what, "where": where}


def sample(*problems: dict[str, str]) -> dict[str, Any]:
    return {"score": 4, "components": [{"name": "loss", "paper": "", "code": "loss.py:f", "problems": list(problems)}]}


def score(**more: Any) -> dict[str, Any]:
    """A score's document as `p2c score` writes it."""
    item = {
        "id": "r1", "requirement": "the loss", "kind": "code", "section": "2", "quote": "the loss is", "weight": 3.0,
        "share": 1.0, "verdict": "met", "credit": 1.0, "proven": True, "why": "it does", "evidence": ["loss.py:1-2"],
        "refused": [],
    }  # fmt: skip
    size = {"files": 1, "lines": 2, "test_lines": 0, "functions": 1, "stubs": [], "todos": [], "stub_share": 0.0}
    return {
        "verdict": "scored", "why": "2 of 2", "kind": "reference-free", "mean": 4.5, "spread": 0.7, "lowest": 4,
        "highest": 5, "asked": 2, "valid": 2, "unusable": 0, "samples": [sample()],
        "rubric": {"score": 1.0, "origin": "drawn", "judged": 1, "items": [item]},
        "computed": {"promises": None, "provenance": {"claimed": 2, "wrong": []}, "smoke": None, "size": size},
        "addressed": [], "notes": [], **more,
    }  # fmt: skip


def test_the_headline_has_the_numbers() -> None:
    told = headline(score(unusable=2))
    assert told == (
        "reference-free score 4.50 of 5, spread 0.70 (4 to 5), 2 of 2 samples (unusable replies: 2), "
        "rubric 1.00 of 1 (1 of 1 item judged)"
    )
    assert headline(score(mean=None, why="no reply was usable")) == "no score: no reply was usable"


def test_problems_of_one_place_are_one_row() -> None:
    samples = [
        sample(problem("low", "loss.py:f, line 3", "sign"), problem("medium", "data.py:12")),
        sample(problem("high", "loss.py:f() in the loop", "missing")),
        sample(problem("low", "loss.py:f; also g", "norm"), problem("high", "")),
    ]
    told = [(p.severity, p.place, p.what, p.samples) for p in problems_of(score(samples=samples))]
    assert told == [("high", "loss.py:f", "missing", 3), ("medium", "data.py", "it", 1)]


def test_the_report_has_a_section(tmp_path: Path) -> None:
    state_folder.write_state(tmp_path, "report.json", REPORT)
    assert "Faithfulness" not in draw((tmp_path,), "html")[0]
    state_folder.write_state(tmp_path, "score.json", score())
    page, _ = draw((tmp_path,), "html")
    assert "Faithfulness" in page and "score 4.50 of 5" in page and "loss.py:1-2" in page
    text, _ = draw((tmp_path,), "markdown")
    assert "### Faithfulness: reference-free score 4.50 of 5" in text and "`loss.py:1-2`" in text


@pytest.mark.parametrize("damage", [{"mean": "five"}, {"rubric": {"items": []}}, {"computed": {}}, {"samples": None}])
def test_a_damaged_score_is_left_out_and_noted(tmp_path: Path, damage: dict[str, Any]) -> None:
    state_folder.write_state(tmp_path, "report.json", REPORT)
    state_folder.write_state(tmp_path, "score.json", score(**damage))
    beside = read_stored(tmp_path).beside
    assert beside.score is None and "The score is not shown" in beside.notes[-1]
    assert "Faithfulness" not in draw((tmp_path,), "html")[0]


def evil() -> dict[str, Any]:
    data = json.loads(json.dumps(score(notes=[EVIL], samples=[sample(problem("high", EVIL, EVIL))])))
    data["addressed"] = [{"path": EVIL, "line": 3, "text": EVIL}]
    data["rubric"]["origin"] = EVIL
    data["rubric"]["items"][0] |= {key: EVIL for key in ("id", "requirement", "quote", "section", "why")}
    data["rubric"]["items"][0] |= {"evidence": [EVIL], "refused": [EVIL]}
    data["computed"]["size"]["stubs"] = [EVIL]
    return dict(data)


def test_what_models_and_repositories_say_stays_text() -> None:
    markup = render_score(evil())
    assert markup is not None
    assert "<script" not in markup.markup and "\u202e" not in markup.markup and "\x1b" not in markup.markup
    text = "\n\n".join(score_markdown(evil()))
    assert "\u202e" not in text and "\x1b" not in text
    rows = [row for row in text.splitlines() if row.startswith("|")]
    assert len(rows) == 3, "nothing that is said makes a row of the table"
    assert render_score(None) is None
