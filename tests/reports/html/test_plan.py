from __future__ import annotations

import json

from p2c.reports.file_dependencies import uses_of_plan
from p2c.reports.html.elements import join
from p2c.reports.html.plan import render_architecture, render_limits, render_open_questions, render_provenance
from p2c.reports.json_shape import DOCUMENT, PLAN, require
from p2c.reports.outcome import document, to_json
from tests.reports.html.test_html import Page
from tests.reports.samples import HOSTILE, hostile_outcome, outcome, plan


def text(made):
    return Page(join(made).markup).text


def test_the_sample_has_the_shape_of_a_plan():
    require(plan(), PLAN, "the plan")
    require(plan(HOSTILE), PLAN, "the plan")


def test_every_value_names_its_place_and_quote_or_says_why_it_was_assumed():
    markup = text(render_provenance(plan()))

    assert "1 of 2 values come from the paper, 1 are assumed." in markup
    assert "train.steps10000paper Section 2 10,000 steps" in markup
    assert "train.seednullassumed the paper names none" in markup


def test_where_the_smoke_run_differs_stands_beside_the_paper_s_value():
    markup = text(render_limits(plan()))

    assert "train.steps1000050seconds instead of hours" in markup
    assert "CIFARtorchvision32 random images" in markup
    assert "run: python main.py --smoke" in markup
    assert "full run, never run by p2c: python main.py" in markup


def test_the_main_run_names_the_file_of_each_name():
    markup = text(render_architecture(plan(), uses_of_plan(plan())))

    assert "1main.pyNet.fit model.pytrains" in markup
    assert "class Net(Base) the network" in markup
    assert "fit(self, x) -> float" in markup
    assert "build(kind) -> Net" in markup


def test_without_a_plan_there_is_only_the_drawing():
    assert render_limits(None) is None
    assert render_provenance(None) is None
    assert render_architecture(None, {}) is None
    assert "main.py" in render_architecture(None, {"main.py": ("a.py",), "a.py": ()}).markup


def contract(word=""):
    said = {"smoke": ["python main.py" + word], "full": [], "artifacts": ["out.json" + word], "origin": "--run" + word}
    return {**said, "network": False}


def test_without_a_plan_the_contract_says_what_is_not_proven():
    data = json.loads(to_json({**document(outcome()), "contract": contract()}))
    require(data, DOCUMENT, "the document")
    markup = text(render_open_questions(data))

    assert "run: python main.py" in markup
    assert "must exist afterwards: out.json" in markup
    assert "had no network" in markup
    assert "The tests give no evidence: smoke failed." in markup
    assert "Source of the commands: --run." in markup
    assert "without a paper" in markup


def test_a_contract_that_promises_nothing_says_so():
    poor = {**contract(), "artifacts": [], "network": True}
    checks = [{"name": "smoke", "status": "skipped", "note": "", "findings": []}]
    markup = text(render_open_questions({"contract": poor, "checks": checks}))

    assert "not run: python main.py" in markup
    assert "names no artifacts" in markup
    assert "network" not in markup
    assert render_open_questions({"checks": checks}) is None


def test_a_hostile_contract_is_text():
    markup = render_open_questions({**document(hostile_outcome()), "contract": contract(HOSTILE)})

    assert not Page(markup.markup).tags & {"script", "img", "style", "meta"}
    assert "\x1b" not in markup.markup


def test_a_hostile_plan_is_text():
    hostile = plan(HOSTILE)
    markup = join(
        render_limits(hostile), render_provenance(hostile), render_architecture(hostile, uses_of_plan(hostile))
    )

    assert not Page(markup.markup).tags & {"script", "img", "style", "meta"}
    assert "\x1b" not in markup.markup
