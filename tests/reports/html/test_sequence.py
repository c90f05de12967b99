from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from p2c.reports.html.sequence import MOST_PARTIES, MOST_STEPS, render_sequence
from tests.reports.samples import HOSTILE

STEPS = [("main.py", "model.py", "Net.fit"), ("model.py", "model.py", "step"), ("model.py", "main.py", "report")]


def test_every_party_stands_once_and_every_step_is_an_arrow_in_order():
    svg = ET.fromstring(render_sequence(STEPS).markup).find("svg")
    texts = [text.text for text in svg.iter("text")]

    assert texts == ["main.py", "model.py", "Net.fit", "step", "report"]
    assert len(svg.findall("line")) == len(svg.findall("rect")) == 2
    edges = [path.get("d") for path in svg.findall("path") if path.get("class") == "edge"]
    heights = [float(re.match(r"M\S+ (\S+?)[Hh]", way)[1]) for way in edges]
    assert heights == sorted(heights)
    assert "h16v10h-12" in edges[1], "a call of one's own is a loop"
    ends = [float(re.search(r"H(\S+)$", way)[1]) for way in (edges[0], edges[2])]
    assert ends[0] > ends[1], "the last one leads back"


def test_it_is_told_in_words_and_stays_inside_its_frame():
    frame = ET.fromstring(render_sequence(STEPS).markup)
    svg = frame.find("svg")
    left, _, width, height = map(float, svg.get("viewBox").split())

    assert frame.get("tabindex") == "0" and frame.get("aria-label")
    assert svg.get("role") == "img"
    assert svg.find("desc").text == "3 steps between 2 files. The table below says the same."
    for text in svg.iter("text"):
        half = len(text.text) * 6.7 / (2 if text.get("text-anchor") == "middle" else 1)
        x = float(text.get("x"))
        assert left < x - (half if text.get("text-anchor") else 0) and x + half < left + width
        assert float(text.get("y")) < height


def test_what_nobody_could_follow_is_not_drawn():
    assert render_sequence([]) is None
    assert render_sequence([(f"{n}.py", "a.py", "f") for n in range(MOST_PARTIES)]) is None
    assert render_sequence([STEPS[0]] * (MOST_STEPS + 1)) is None


def test_hostile_names_are_text():
    markup = render_sequence([(HOSTILE, HOSTILE + "x", HOSTILE)]).markup

    assert "<script" not in markup and "<img" not in markup and "\x1b" not in markup
    ET.fromstring(markup)
