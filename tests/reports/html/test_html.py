from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

from p2c.executor.report import CheckResult, Report
from p2c.reports.html import render_html
from p2c.reports.html.charts import MOST_BARS, bar, columns
from p2c.reports.html.diff import MOST_LINES, changed, render_diff
from p2c.reports.html.elements import el
from p2c.reports.outcome import document
from tests.reports.samples import DIFF, HOSTILE, attempts, events, finding, hostile_events, hostile_outcome, outcome


class Page(HTMLParser):
    """The elements and the text of a page; complains about an element that is not closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "hr", "input", "wbr"):
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open and self._open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}


def page(doc=None, happened=None) -> str:
    return render_html(doc or document(outcome()), events() if happened is None else happened)


def test_verdict_and_why_are_the_first_words_after_the_title():
    text = Page(page()).text

    start = text.index("When Should Momentum Start Again?", 40)
    assert text[start:].startswith(
        "When Should Momentum Start Again?It does not run: the repair stopped making progress"
        "the last of 3 attempts made no progress"
    )


def test_attempts_say_what_was_meant_and_found_and_why_they_were_kept_or_not():
    text = Page(page()).text

    assert "Purpose: numpy has no float any more" in text
    assert "Why kept: 1 gating finding gone, 0 new" in text
    assert text.count("Hunks not applied as written: ") == 1 and "as written: shift (1)" in text
    assert "Findings: 5 (lint 4, smoke 1) before, 3 (lint 2, smoke 1) after" in text
    assert "Why rejected: there is no hunk in this diff" in text
    assert "Findings: 3 (lint 2, smoke 1) before, not checked" in text
    assert "-x = np.float(3)" in text


def test_checks_stages_costs_and_files_are_there():
    text = Page(page()).text

    assert "train.py:2:5 AttributeError blocking" in text
    assert "with y: ndarray (3, 4) float64" in text
    assert "skipped smoke failed" in text
    assert "coding2 files written30 s2$0.0125" in text
    assert "code1+110,00040%1,000$0.0125" in text
    assert "this run452,00060%6,400$0.0312" in text
    assert "2 files" in text


def test_it_is_one_pure_function_of_a_document_that_was_on_disk():
    doc = json.loads(json.dumps(document(outcome())))

    assert render_html(doc, events()) == page()


def test_the_sandbox_and_what_it_enforced_are_named():
    doc = document(outcome(extra={"sandbox": "local", "features": ["memory", "network"]}))

    assert "Sandbox: local; enforced: memory, network." in Page(page(doc)).text


def test_a_document_without_events_attempts_or_checks_is_a_page_too():
    doc = document(outcome(report=Report(), attempts=(), verdict="unavailable", why="no bubblewrap"))
    text = Page(page(doc, [])).text

    assert "Not judged: a sandbox, model or package index was not available" in text
    assert "no bubblewrap" in text
    assert "Attempts" not in text


def test_the_policy_allows_its_own_style_and_nothing_else():
    markup = page()
    style = re.search("<style>(.*)</style>", markup, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = [a["content"] for tag, a in Page(markup).elements if a.get("http-equiv") == "Content-Security-Policy"]

    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert markup.index("Content-Security-Policy") < markup.index("<title>")


def test_nothing_in_it_runs_or_loads():
    for markup in (page(), page(document(hostile_outcome()), hostile_events())):
        parsed = Page(markup)
        assert not parsed.tags & {
            "script",
            "img",
            "iframe",
            "link",
            "object",
            "embed",
            "form",
            "base",
            "image",
            "use",
        }
        assert all(not name.startswith("on") and name not in ("src", "style")
                   for _, attributes in parsed.elements for name in attributes)  # fmt: skip
        ids = {attributes["id"] for _, attributes in parsed.elements if "id" in attributes}
        links = [attributes["href"] for _, attributes in parsed.elements if "href" in attributes]
        assert len(links) > 2
        assert all(link.startswith("#") and link[1:] in ids for link in links)
        assert "url(" not in markup
        assert "@import" not in markup


def test_hostile_text_changes_nothing_but_the_words():
    friendly = hostile_outcome()
    markup = page(document(friendly), hostile_events())

    assert [tag for tag, _ in Page(markup).elements].count("meta") == 4
    assert "&lt;script&gt;fetch(" in markup
    assert "\\x1b]0;owned\\x07" in markup
    assert "\\u202egnp.exe" in markup
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", markup)
    assert len(markup) < 100_000
    markup.encode("utf-8")


def test_a_million_character_lines_are_cut_and_said_to_be():
    markup = page(document(hostile_outcome()), [])

    assert "yyyy… (1,000,000 characters)" in markup
    assert "zzzz… (1,000,001 characters)" in markup


def test_many_long_diffs_share_the_room():
    (one, *_) = attempts()
    many = tuple(replace(one, patch=replace(one.patch, diff=DIFF + "+x\n" * 5000 + f"+{n}\n")) for n in range(200))
    markup = page(document(outcome(attempts=many)), [])

    assert markup.count('class="add"') > 200 * 100
    assert markup.count("lines left out") == 200
    assert len(markup) < 2_000_000


def test_a_hundred_attempts_with_huge_diffs_and_findings_stay_below_some_megabytes():
    long = DIFF + "".join(f"+{'<&>' * 200}{n}\n" for n in range(1000))
    (one, *_) = attempts()
    words = ('"' * 400 + "\n") * 50
    tried = replace(one, patch=replace(one.patch, diff=long, reason=words), note=words)
    loud = tuple(finding(message=f"{n} " + "&\n" * 500, detail=words, fix=words) for n in range(210))
    checks = Report(tuple(CheckResult(name, "failed", loud, 1.0) for name in ("lint", "types", "smoke", "test")))

    markup = page(document(outcome(attempts=(tried,) * 100, report=checks)), [])

    assert 1_000_000 < len(markup) < 6_000_000
    assert "lines left out" in markup
    assert "… 10 more in the JSON document" in markup


def test_attributes_and_children_are_escaped_by_construction():
    markup = el("p", '<b>"&', el("b", "bold"), title='"><script>', hidden=False, open=True).markup

    assert markup == '<p title="&quot;&gt;&lt;script&gt;" open>&lt;b&gt;&quot;&amp;<b>bold</b></p>'


class TestDiff:
    def test_every_line_says_what_it_is(self):
        markup = render_diff(DIFF).markup
        kinds = re.findall('<span class="(\\w+)">(?=(.))', markup)

        assert kinds == [("head", "d"), ("head", "-"), ("head", "+"), ("hunk", "@"), ("same", " "), ("change", "<"),
                         ("del", "-"), ("del", "-"), ("add", "+"), ("same", " ")]  # fmt: skip

    def test_what_was_removed_and_added_at_one_place_stands_in_one_element(self):
        markup = render_diff("@@\n a\n-b\n+c\n+d\n e\n+f\n").markup
        changes = re.findall('<span class="change">(.*?)</span></span>', markup, re.DOTALL)

        assert [re.findall('class="(\\w+)"', change) for change in changes] == [["del", "add", "add"], ["add"]]

    def test_a_second_file_has_its_own_header(self):
        two = DIFF + DIFF.replace("train", "model")

        assert render_diff(two).markup.count('class="head"') == 6
        assert changed(two) == (2, 4)

    def test_a_long_diff_is_cut(self):
        markup = render_diff("@@\n" + "+x\n" * (MOST_LINES + 9)).markup

        assert markup.count('class="add"') == MOST_LINES - 1
        assert "(10 lines left out)" in markup

    def test_a_diff_is_cut_where_its_room_ends(self):
        markup = render_diff("@@\n" + "+<&>\n" * 1000, 5_000).markup

        assert 3_000 < len(markup) < 6_000
        assert "lines left out)" in markup

    def test_markup_in_a_diff_is_text(self):
        assert "<script" not in render_diff(f"@@\n+{HOSTILE}").markup


class TestCharts:
    def test_a_column_for_each_value_as_high_as_its_share(self):
        made = columns([4, 2, 0], "findings 4, 2, 0").markup
        heights = [float(height) for height in re.findall('height="([\\d.]+)" rx', made)]

        assert heights[0] == 2 * heights[1] > 0
        assert heights[2] == 0
        assert "<title>findings 4, 2, 0</title>" in made
        assert 'role="img"' in made

    def test_of_many_rounds_the_last_are_drawn(self):
        assert columns(range(500), "many").markup.count("<rect") == MOST_BARS
        assert columns([], "none").markup.count("<rect") == 0

    def test_a_bar_stands_where_its_stage_was(self):
        assert 'x="25" y="1" width="50"' in bar(1.0, 2.0, 4.0).markup
        assert 'width="0.6"' in bar(0.0, 0.0, 0.0).markup
