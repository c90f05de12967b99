from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from p2c.cli import cli
from p2c.errors import UsageError
from p2c.reports.outcome import document, to_json
from p2c.reports.render import form_of, place_of
from tests.reports.samples import outcome, plan, report
from tests.state import adopt


@pytest.fixture
def root(tmp_path):
    state = tmp_path / "out" / ".p2c"
    (state / "reports").mkdir(parents=True)
    (state / "report.json").write_text(to_json(document(outcome())))
    (state / "plan.json").write_text(json.dumps(plan()))
    adopt(tmp_path / "out")
    return tmp_path / "out"


def p2c(*arguments):
    return CliRunner().invoke(cli, ["report", *map(str, arguments)])


def test_one_report_becomes_a_page_beside_it(root):
    done = p2c(root)

    page = (root / ".p2c" / "report.html").read_text()
    assert (done.exit_code, done.stdout) == (0, "")
    assert "Sources of the configuration" in page


@pytest.mark.parametrize(("name", "begins"), [("r.html", "<!DOCTYPE"), ("r.md", "## ❌ p2c"), ("r.json", "{")])
def test_the_suffix_says_which_form(root, tmp_path, name, begins):
    assert p2c(root, "-o", tmp_path / "deep" / name).exit_code == 0
    assert (tmp_path / "deep" / name).read_text().startswith(begins)


def test_a_form_that_is_named_wins_and_without_a_file_goes_to_stdout(root, tmp_path):
    assert p2c(root, "--format", "markdown").stdout.startswith("## ❌ p2c")
    assert json.loads(p2c(root, "--format", "json").stdout)["verdict"] == "stagnated"
    p2c(root, "--format", "json", "-o", tmp_path / "x.md")
    assert (tmp_path / "x.md").read_text().startswith("{")


def test_two_reports_are_compared(root, tmp_path):
    after = document(outcome(verdict="runs", why="every check passed"))
    (tmp_path / "after.json").write_text(to_json(after))

    told = p2c(root, tmp_path / "after.json")
    assert (told.exit_code, told.stdout.splitlines()[0]) == (0, "## ✅ p2c: Nothing got worse")
    assert p2c(root, tmp_path / "after.json", "--format", "html").stdout.startswith("<!DOCTYPE")
    assert json.loads(p2c(root, tmp_path / "after.json", "--json").stdout)["after"]["verdict"] == "runs"


def test_what_is_no_report_is_wrong_use(root, tmp_path):
    (tmp_path / "bad.json").write_text('{"verdict": "runs"}')
    for arguments in ([tmp_path / "bad.json"], [root, root, root], [tmp_path], [tmp_path / "gone"],
                      [root, "-o", tmp_path / "x.pdf"]):  # fmt: skip
        done = p2c(*arguments)
        assert done.exit_code == 2, done.output
        assert "Traceback" not in done.output


def test_an_attempt_says_which_finding_it_cured(root):
    before, after = report(), json.loads(to_json(document(outcome())))["checks"]
    doc = json.loads(to_json(document(outcome())))
    doc["attempts"][0]["before"] = before.fingerprint
    for check in after:
        if check["name"] == "smoke":
            check.update(status="passed", findings=[])
    from p2c.executor.report import from_data

    doc["attempts"][0]["after"] = from_data(after).fingerprint
    (root / ".p2c" / "report.json").write_text(json.dumps(doc))
    for name, checks in (("a", doc["checks"]), ("b", after)):
        (root / ".p2c" / "reports" / f"{name}.json").write_text(json.dumps({"checks": checks}))
    adopt(root)
    p2c(root)
    page = (root / ".p2c" / "report.html").read_text()

    assert "<b>Fixed: </b><ul><li><code><bdi>train.py:2:5</bdi></code> <bdi>AttributeError: module" in page
    assert "<td>✗ failed, 1 finding</td><td>✓ passed</td>" in page
    assert "5 checks with the same result as before." in page


def test_forms_and_places():
    assert form_of(None, None, "html") == "html"
    assert form_of("json", Path("x.pdf"), "html") == "json"
    assert place_of((Path("a"), Path("b")), "html") is None
    assert place_of((Path("x.json"),), "html") == Path("x.html")
    with pytest.raises(UsageError):
        form_of(None, Path("x.pdf"), "html")
