"""The table, the files and the exit code, from results as they may come."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from p2c.batch.html_summary import render_overview
from p2c.batch.results import ItemResult, spent_in, spent_since
from p2c.batch.summary import Summary, render_csv, render_table, row_of
from p2c.budget import Usage
from p2c.journal import read_events

EVIL = "=cmd()|'/bin'\x1b[31m<script>alert(1)</script>\u202e"


def result(name: str, verdict: str = "runs", exit_code: int = 0, **more: object) -> ItemResult:
    return ItemResult(name, "build", "k", verdict, "why", exit_code, **more)  # type: ignore[arg-type]


def summary(root: Path, *results: ItemResult, **more: object) -> Summary:
    return Summary(tuple(row_of(one, root) for one in results), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("codes", "worst"),
    [
        ((0, 0), 0),
        ((0, 5), 5),
        ((5, 1), 1),
        ((2, 0), 1),
        ((1, 3), 3),
        ((3, 4), 4),
        ((0, -9), 3),
        ((70, 4), 70),
        ((), 0),
    ],
)
def test_the_worst_exit_code_counts(tmp_path: Path, codes: tuple[int, ...], worst: int) -> None:
    rows = [result(str(at), exit_code=code) for at, code in enumerate(codes)]
    assert summary(tmp_path, *rows).exit_code == worst
    assert summary(tmp_path, *rows, interrupted=True).exit_code == 130


def test_sums_and_what_is_unknown(tmp_path: Path) -> None:
    told = summary(
        tmp_path,
        result("a", spent=Usage(2, 10, 0, 5, 0.5), seconds=90),
        result("b", "broken", 1, spent=Usage(1, 10, 0, 5, None), score={"mean": 3.5, "spread": 0.5}, score_key="s"),
        result("c", "budget", 4),
    )
    assert told.spent == Usage(3, 20, 0, 10, None)
    assert told.why == "3 items: 1 runs, 1 broken, 1 budget; the same command resumes 1"
    table = render_table(told).splitlines()
    assert table[1].split()[:6] == ["a", "runs", "–", "1", "min", "30"]
    assert "unknown" in table[2] and "3.50 ± 0.50" in table[2]
    assert told.data["items"][2]["usd"] == 0.0 and told.data["items"][1]["usd"] is None


def test_attempts_are_counted(tmp_path: Path) -> None:
    attempts = [{"verdict": "kept"}, {"verdict": "dropped"}, "damaged", {"verdict": "kept"}]
    row = row_of(result("a", document={"attempts": attempts}), tmp_path)
    assert (row.kept, row.attempts) == (2, 4)
    assert row_of(result("a", document={"attempts": None}), tmp_path).attempts == 0


def test_what_others_wrote_does_no_harm(tmp_path: Path) -> None:
    told = summary(tmp_path, ItemResult("a", "build", "k", "broken", EVIL, 1))
    page = render_overview(told, EVIL)
    assert "<script" not in page and "\x1b" not in page and "\u202e" not in page
    assert "default-src &#x27;none&#x27;" in page
    [cells] = list(csv.DictReader(io.StringIO(render_csv(told))))
    assert cells["why"].startswith("'=") and "\x1b" not in cells["why"]
    assert "\x1b" not in render_table(told)


def test_a_report_is_linked_only_from_within(tmp_path: Path) -> None:
    for place in ("out/a b/.p2c", "elsewhere/.p2c"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "report.html").write_text("")
    told = summary(
        tmp_path / "out",
        result("x", folder=str(tmp_path / "out" / "a b")),
        result("y", folder=str(tmp_path / "elsewhere")),
    )
    assert [row.report for row in told.rows] == ["a b/.p2c/report.html", ""]
    assert 'href="a%20b/.p2c/report.html"' in render_overview(told, "t")


def test_what_starts_spent_is_read_from_their_events(tmp_path: Path) -> None:
    events = tmp_path / "e.jsonl"
    first = (
        '{"event": "item.started", "time": "2026-01-01T00:00:00+00:00"}\n'
        '{"event": "model.called", "time": "2026-01-01T00:00:10+00:00", "calls": 1, "prompt_tokens": 7, "usd": 0.1}\n'
        '{"event": "model.called", "time": "2026-01-01T00:00:20+00:00", "cached": true, "prompt_tokens": 9, "usd": 0}\n'
        '{"event": "model.cal'
    )
    events.write_text(first + "\n")
    before = len(list(read_events(events)))
    with events.open("a") as stream:
        stream.write('{"event": "item.started", "time": "2026-01-01T05:00:00+00:00"}\n')
        stream.write('{"event": "model.called", "time": "2026-01-01T05:00:03+00:00", "calls": 1, "usd": 0.2}\n')
    spent = spent_in(events)
    assert (spent.starts, spent.seconds, spent.usage.calls) == (2, 23.0, 2)
    assert spent.usage.usd == pytest.approx(0.3)
    assert spent_since(events, before).usd == 0.2
    assert spent_in(tmp_path / "none").starts == 0
