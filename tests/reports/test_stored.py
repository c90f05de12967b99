from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2c.errors import InputError
from p2c.reports.formats.markdown import render_markdown
from p2c.reports.html import render_html
from p2c.reports.json_shape import DOCUMENT, require
from p2c.reports.outcome import document, to_json
from p2c.reports.stored import read_stored
from tests.reports.samples import outcome
from tests.state import adopt

GOOD = json.loads(to_json(document(outcome())))


def folder(tmp_path, report=None, journal="", plan=None):
    state = tmp_path / "out" / ".p2c"
    state.mkdir(parents=True)
    (state / "report.json").write_text(json.dumps(GOOD if report is None else report))
    (state / "journal.jsonl").write_text(journal)
    if plan is not None:
        (state / "plan.json").write_text(plan)
    adopt(tmp_path / "out")
    return tmp_path / "out"


def test_a_folder_gives_its_report_journal_and_imports(tmp_path):
    root = folder(tmp_path, journal='{"event": "run.started", "time": "t", "command": "repair"}\n')
    (root / "a.py").write_text("import b\n")
    (root / "b.py").write_text("")
    told = read_stored(root)

    assert (told.name, told.document["verdict"]) == ("out", "stagnated")
    assert told.events[0].data == {"command": "repair"}
    assert told.beside.uses == {"a.py": ("b.py",), "b.py": ()}
    assert told.beside.plan is None


def test_a_file_that_json_wrote_is_a_report_too(tmp_path):
    (tmp_path / "before.json").write_text(to_json(document(outcome())))

    assert read_stored(tmp_path / "before.json").document["why"] == outcome().why


def test_states_are_known_by_the_report_s_fingerprint(tmp_path):
    root = folder(tmp_path)
    (root / ".p2c" / "reports").mkdir()
    (root / ".p2c" / "reports" / "one.json").write_text(json.dumps({"checks": GOOD["checks"], "lock": ""}))
    (root / ".p2c" / "reports" / "bad.json").write_text("{")
    adopt(root)

    assert list(read_stored(root).beside.states) == [outcome().report.fingerprint]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"verdict": None}, "verdict is null"),
        ({"checks": "none"}, "checks is 'none', not a list"),
        ({"checks": [{"name": "lint"}]}, "checks[0].status is missing"),
        ({"seconds": "long"}, "seconds is 'long', not a finite number"),
        ({"usage": {"calls": 1}}, "usage.prompt_tokens is missing"),
        ({"attempts": [{"author": 3}]}, "attempts[0].author is 3, not text"),
    ],
)
def test_a_foreign_report_says_where_it_is_foreign(tmp_path, change, said):
    with pytest.raises(InputError, match="is not a p2c report") as told:
        read_stored(folder(tmp_path, {**GOOD, **change}))

    assert said in str(told.value)
    assert told.value.exit_code == 2


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "NaN", "[" * 100_000, '{"verdict": "runs"}', "\x00\xff"])
@pytest.mark.parametrize("ours", [True, False])
def test_a_damaged_report_is_an_input_that_cannot_be_read(tmp_path, text, ours):
    root = folder(tmp_path)
    (root / ".p2c" / "report.json").write_bytes(text.encode("latin-1"))
    if ours:
        adopt(root)

    with pytest.raises(InputError):
        read_stored(root)


def test_a_line_that_a_kill_cut_is_passed_over(tmp_path):
    rows = (
        '{"event": "a", "time": "t"}\n{"event": "b", "ti{"event": "c", "time": "t"}\n{"event": "d", "time": "t"}\n{"ev'
    )

    assert [event.name for event in read_stored(folder(tmp_path, journal=rows)).events] == ["a", "d"]


def test_of_a_journal_only_lines_that_p2c_wrote_are_told(tmp_path):
    root = folder(tmp_path, journal='{"event": "a", "time": "t"}\n')
    with (root / ".p2c" / "journal.jsonl").open("a") as stream:
        stream.write('{"event": "run.ended", "time": "t", "verdict": "runs"}\n[1]\nhello\n')

    assert [event.name for event in read_stored(root).events] == ["a"]


def test_a_report_that_came_with_the_folder_is_no_verdict(tmp_path):
    root = folder(tmp_path, {**GOOD, "verdict": "runs", "why": "all well"}, '{"event": "a", "time": "t"}\n', plan="{}")
    data = (root / ".p2c" / "report.json").read_bytes()
    assert read_stored(root).document["verdict"] == "runs"

    (root / ".p2c" / "report.json").write_bytes(data.replace(b"all well", b"all very well"))
    told = read_stored(root)
    assert (told.ours, told.document["verdict"], told.events, told.beside.plan) == (False, "unverified", (), None)
    assert "runs: all very well" in told.document["why"] and "not written by your p2c" in told.document["why"]
    assert read_stored(root / ".p2c" / "report.json").document["verdict"] == "unverified"
    for text in (render_html(told.document, told.events, told.beside), render_markdown(told.document)):
        assert "unverified" in text.lower() and "not written by your p2c" in text


@pytest.mark.parametrize("plan", ["{", "[]", '{"files": [{"path": []}]}', '{"files": {}}'])
def test_a_damaged_plan_is_left_out_and_said_to_be(tmp_path, plan):
    told = read_stored(folder(tmp_path, plan=plan))

    assert told.beside.plan is None
    assert "The plan is not shown" in render_html(told.document, told.events, told.beside)


def test_a_folder_without_a_report_and_a_place_that_is_not_there_are_refused(tmp_path):
    for place in (tmp_path, tmp_path / "gone"):
        with pytest.raises(InputError):
            read_stored(place)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def _paths(value, before=()):
    yield before
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(inner, (*before, key))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_stands_in_a_report_it_is_refused_or_drawn(data):
    spoilt = json.loads(json.dumps(GOOD))
    way = data.draw(st.sampled_from([path for path in _paths(GOOD) if path]))
    inner = spoilt
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = data.draw(JSON)
    try:
        require(spoilt, DOCUMENT, "the document")
    except InputError:
        return
    assert "<!DOCTYPE html>" in render_html(spoilt)
    assert render_markdown(spoilt)
