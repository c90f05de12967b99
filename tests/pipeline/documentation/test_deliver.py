"""README, docs, lock and Dockerfile say what is there at the end of a build, and only that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2c.executor.report import CheckResult, Finding, Report
from p2c.generator.project_files import architecture, readme, surround
from p2c.pipeline.documentation import BuildFacts, delivered
from p2c.pipeline.documentation.code_index import index_code
from p2c.pipeline.documentation.fidelity_page import ItemRow, fidelity_rows
from p2c.pipeline.documentation.written_plan import as_written
from p2c.repair.open_points import OpenPoint
from p2c.repo import Repo
from p2c.run_contract import RunContract
from tests.pipeline.documentation.making import FILES, PLAN, build_facts, judged


def texts(of: BuildFacts) -> tuple[str, str, str]:
    files = delivered(of, PLAN).files
    return files["README.md"], files["docs/fidelity.md"], files["docs/architecture.md"]


def row(of: BuildFacts, what: str) -> ItemRow:
    return next(one for one in fidelity_rows(of, index_code(of.repo)) if what in (one.what, one.text))


def test_nothing_vouches_for_a_whole_method() -> None:
    for text in (readme(PLAN), *texts(build_facts()), *texts(build_facts(verdict="broken"))):
        assert "whole method" not in text


def test_the_readme_says_what_was_checked_and_what_was_not() -> None:
    text = texts(build_facts())[0]
    assert "from a clean clone: **runs**. smoke and test passed." in text and "- test: passed (1 passed)" in text
    assert "It did so when it was checked" in text
    assert "Whether the code is the paper's was not judged; the full run was not made." in text
    assert "(docs/fidelity.md)" in text


def test_one_that_does_not_run_says_so_and_gets_no_lock() -> None:
    report = Report((CheckResult("smoke", "failed"),))
    repo = delivered(build_facts(verdict="broken", why="KeyError", report=report, lock=None), PLAN)
    text = repo.files["README.md"]
    assert "**broken**. KeyError" in text and "**It did not when it was checked** (failed)" in text
    assert "requirements.lock" not in repo.files and "`requirements.lock`" not in text
    assert "clean clone" not in text


def test_metrics_claims_patches_and_open_points_are_told() -> None:
    left = (OpenPoint("holds by construction", "sort in predict", "Eq. 9"),)
    text, page, _ = texts(build_facts(left=left))
    for told in (text, page):
        assert "| `last` | 3 |" in told and "| `curve` | 4 … 3 (3 values) |" in told
        assert "name" not in told.partition("measured")[2].partition("##")[0]
        assert "- shown: Valley: last = 3, first = 4 (the start)" in told
        assert "- **not shown**: Valley: last &lt; 0.5 * first (last = 3, first = 4)" in told
        assert "- `0123456789` Fix smoke (KeyError): 'step' (debugger)" in told
        assert "The start point is not given; one is taken" in told
    assert "holds by construction: sort in predict" in page
    assert "value `data.curvatures` = `[1.0, 1e-05]`: the paper gives no spectrum" in page


def test_derived_values_are_not_counted_as_the_papers() -> None:
    derived = replace(PLAN.values[0], assumed="", derived="half of the quoted 10")
    text, page, _ = texts(build_facts(plan=replace(PLAN, values=(derived,))))
    assert "0 of 1 values are the paper's, 1 follow from what it says" in text and "half of the quoted 10" in text
    assert "follows: half of the quoted 10" in page


def test_doubts_about_provenance_are_told() -> None:
    found = tuple(Finding("provenance", "NotInPaper", f"rate {n} is not in it", gates=False) for n in range(20))
    text = texts(build_facts(report=Report((CheckResult("provenance", "passed", found),))))[0]
    assert "- rate 0 is not in it" in text and "- and 8 more" in text and "rate 19" not in text


def test_what_is_left_out_is_named() -> None:
    text, page, _ = texts(build_facts())
    assert "- figure 3 (Paths): no plots are made" in text
    assert "| figure 3 | Paths | - | - | left out: no plots are made |" in page


def test_each_thing_of_the_paper_has_its_place_test_and_status() -> None:
    built = build_facts(fidelity=judged())
    assert row(built, "c1") == ItemRow(
        "c1",
        "The step is Eq. 1",
        ("descent.py:Momentum.step",),
        ("tests/test_descent.py::test_step",),
        "met",
        "it does",
    )
    assert row(built, "c2").status == "not met"
    equation = row(built, "equation 1")
    assert equation.places == ("descent.py:Momentum.step", "descent.py") and equation.status == "not judged"
    assert equation.tests == ("tests/test_descent.py::test_step",)
    assert row(built, "Momentum").places == ("descent.py:Momentum", "descent.py:Momentum.step")
    assert row(built, "Adam").why == "no function or class is named so"


def test_evidence_that_no_run_executed_says_so() -> None:
    fidelity = judged()
    dead = replace(fidelity.criteria[0], executed=False)
    built = build_facts(fidelity=replace(fidelity, criteria=(dead, *fidelity.criteria[1:])))
    assert row(built, "c1").why == "it does; no run executed these lines"


def test_sealed_requirements_are_counted_and_never_named() -> None:
    for built in (build_facts(), build_facts(fidelity=judged())):
        for text in delivered(built, PLAN).files.values():
            assert "secret requirement" not in text and "kept to itself" not in text
    assert (
        "25 % of their weight is met; two samples of the judge differed by 10 %"
        in texts(build_facts(fidelity=judged()))[1]
    )


def test_words_of_a_model_make_no_mark_up() -> None:
    page = texts(build_facts(fidelity=judged()))[1]
    assert "a \\| pipe and &lt;b>mark-up" in page


def test_a_planned_file_that_is_not_there_is_told() -> None:
    plan = replace(PLAN, coverage=(replace(PLAN.coverage[0], files=("gone.py",)), *PLAN.coverage[1:]))
    built = build_facts(plan=plan)
    assert row(built, "equation 1").why == "planned in `gone.py`, which is not there"


def test_a_plan_without_requirements_says_so() -> None:
    plain = replace(PLAN, criteria=(), inventory=(), coverage=(), open_points=(), values=())
    text, page, _ = texts(build_facts(plan=plain, claims=(), metrics={}, commits=()))
    assert "| equation 1 | as the code names it | `descent.py:Momentum.step`" in page and "| algorithm 2 |" in page
    silent = replace(build_facts(plan=plain), repo=Repo({"main.py": "x = 1\n"}))
    assert "no list of the paper's requirements" in texts(silent)[1] and "No value and no choice is recorded" in page
    assert "Nothing: the code is as it was first written." in page and "no run left numbers" in page
    assert "## Not in this repository" not in text and "## What repair changed" not in text


def test_a_section_that_a_patch_changed_stays() -> None:
    first = readme(PLAN)
    install = first.replace("pip install -r requirements.txt", "pip install -r requirements.txt --upgrade")
    assert install != first
    text = texts(build_facts({"README.md": install}))[0]
    assert "--upgrade" in text and "## What was checked" in text
    assert text.index("## What was checked") < text.index("## Files")


def test_diagrams_are_drawn_from_the_code() -> None:
    page = texts(build_facts())[2]
    assert "+_clip(x)" in page, "a private function that no plan names"
    assert "+step(x, before)" in page and "+descend(valley, start, steps)" in page and "+flat(width)" in page
    sequence = page.partition("sequenceDiagram")[2].partition("```")[0]
    assert [line.partition(": ")[2] for line in sequence.splitlines() if "->>" in line] == [
        "Valley - in main",
        "descend - in main",
        "Valley.loss - in main",
    ]
    uses = as_written(PLAN, Repo(FILES))
    assert {spec.path: spec.uses for spec in uses.files}["main.py"] == ("descent.py", "valley.py")


def test_imports_that_a_patch_added_or_dropped_are_in_the_diagram() -> None:
    files = {"main.py": "from tools import run\n\nrun()\n", "tools.py": "def run():\n    pass\n"}
    written = as_written(PLAN, Repo({**FILES, **files}))
    assert {spec.path: spec.uses for spec in written.files}["main.py"] == ("tools.py",)
    assert [(call.caller, call.callee, call.what) for call in written.calls] == [
        ("main.py", "tools.py:run", "at import or start")
    ]
    assert next(spec for spec in written.files if spec.path == "tools.py").purpose == "Not planned; written later."


@pytest.mark.parametrize(
    "text", ["def broken(:\n", "", "\0", "x = " + "(" * 500, "import main\nfrom . import nothing\n"]
)
def test_code_that_cannot_be_read_stops_no_delivery(text: str) -> None:
    built = build_facts({"descent.py": text})
    assert "sequenceDiagram" in texts(built)[2] and row(built, "equation 1").status == "not judged"


def test_architecture_that_a_patch_wrote_stays() -> None:
    own = architecture(PLAN) + "\nMore.\n"
    assert texts(build_facts({"docs/architecture.md": own}))[2] == own


def test_writing_it_twice_changes_nothing() -> None:
    built = build_facts(fidelity=judged())
    once = delivered(built, PLAN)
    assert once.files["README.md"].count("## What was checked") == 1
    assert delivered(built, PLAN) == once
    assert surround(PLAN, once).files["README.md"] == once.files["README.md"]


def test_a_readme_for_torch_tells_how_to_get_either_build() -> None:
    plan = replace(PLAN, requirements=("torch>=2.2", "jax"))
    text = texts(build_facts(plan=plan))[0]
    assert "/whl/cpu`" in text and "/whl/cu126`" in text and "jax[cuda12]" in text
    assert "PyTorch" not in texts(build_facts())[0]


def test_the_smoke_run_that_was_not_made_is_not_said_to_have_ended() -> None:
    built = build_facts(report=Report((CheckResult("test", "passed"),)), contract=RunContract())
    assert "**It did not when it was checked** (it was not run)" in texts(built)[0]
