"""What a verdict is of stands in every format that has a place for it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from p2c import __version__
from p2c.reports.formats import FORMATS
from p2c.reports.formats.junit import render_junit
from p2c.reports.formats.markdown import render_markdown
from p2c.reports.formats.sarif import render_sarif
from p2c.reports.formats.text import render_text
from p2c.reports.html import render_html
from p2c.reports.json_shape import DRAFT, require
from p2c.reports.merge import merge
from p2c.reports.outcome import document, read_outcome, to_json
from p2c.reports.verdict_origin import VerdictOrigin, line_of, origin_of, state_of
from p2c.repository_files import read
from tests.reports.official import junit_faults, sarif_faults
from tests.reports.samples import outcome
from tests.reports.schemas import SARIF
from tests.reports.test_schemas import faults, xml_faults

COMMIT, TREE = "ab12" * 10, "cd34" * 16
ORIGIN = VerdictOrigin(
    COMMIT, TREE, True, "2026-03-04T05:06:07.089Z", "p2c check . --json", "git@host.example:lab/x.git"
)


def git(folder: Path, *words: str) -> str:
    named = ["-c", "user.name=a", "-c", "user.email=a@b"]
    done = subprocess.run(["git", *named, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def checkout(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.py").write_text("x = 1\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "one")
    return folder


def test_the_document_says_of_what_it_is():
    doc = document(outcome(origin=ORIGIN))

    assert {key: doc[key] for key in ("schema", "version", "commit", "tree", "clean", "date", "command")} == {
        "schema": 1, "version": __version__, "commit": COMMIT, "tree": TREE, "clean": True,
        "date": "2026-03-04T05:06:07.089Z", "command": "p2c check . --json",
    }  # fmt: skip
    assert document(outcome(origin=ORIGIN, extra={"commit": "forged", "tree": "f"}))["commit"] == COMMIT


def test_what_is_not_known_is_null():
    doc = document(outcome())

    assert (doc["commit"], doc["tree"], doc["clean"], doc["date"]) == (None, None, None, None)
    assert line_of(doc) == "" and "properties" not in json.loads(render_sarif(outcome().report))["runs"][0]


@pytest.mark.parametrize("name", ["json", "sarif", "junit", "markdown"])
def test_programs_get_whole_hashes_and_the_command(name):
    output = FORMATS[name](outcome(origin=ORIGIN))

    for part in (COMMIT, TREE, "p2c check . --json", "2026-03-04T05:06:07", __version__):
        assert part in output, name


def test_people_get_short_ones():
    output = FORMATS["text"](outcome(origin=ORIGIN)).splitlines()

    assert f"commit {COMMIT[:12]} (clean), tree {TREE[:12]}, 2026-03-04 05:06 UTC, p2c {__version__}" in output
    page = render_html(document(outcome(origin=ORIGIN)))
    assert f"commit {COMMIT[:12]} (clean)" in page and f"<bdi>{COMMIT}</bdi>" in page and f"<bdi>{TREE}</bdi>" in page


def test_sarif_and_junit_stay_what_their_readers_ask_for():
    sarif, junit = render_sarif(outcome().report, ORIGIN), render_junit(outcome().report, ORIGIN)
    (run,) = json.loads(sarif)["runs"]

    assert faults(SARIF, sarif) == [] and list(xml_faults(ET.fromstring(junit))) == []
    at = {"repositoryUri": "ssh://host.example/lab/x.git", "revisionId": COMMIT}
    assert run["versionControlProvenance"] == [at]
    assert run["properties"]["p2c/tree"] == TREE and run["properties"]["p2c/clean"] is True
    assert run["invocations"][0]["commandLine"] == "p2c check . --json"
    first = ET.fromstring(junit)[0]
    assert first.get("timestamp") == "2026-03-04T05:06:07"
    assert {each.get("name"): each.get("value") for each in first[0]}["p2c.commit"] == COMMIT


@pytest.mark.parametrize("render", [(render_sarif, sarif_faults), (render_junit, junit_faults)])
def test_and_what_their_makers_publish(render):
    make, find = render
    assert find(make(outcome().report, ORIGIN)) == []


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://me:secret1@host.example/a/b.git", "https://host.example/a/b.git"),
        ("ssh://git@host.example:22/a/b", "ssh://host.example:22/a/b"),
        ("/srv/git/b.git", ""),
        ("javascript:alert(1)", ""),
        ("https://host.example/a b", ""),
        ("", ""),
    ],
)
def test_an_address_is_told_without_a_login_or_not_at_all(remote, address):
    (run,) = json.loads(render_sarif(outcome().report, VerdictOrigin(COMMIT, TREE, True, "", "", remote)))["runs"]

    assert [each["repositoryUri"] for each in run.get("versionControlProvenance", [])] == ([address] if address else [])


def test_a_checkout_is_read_for_its_commit_and_whether_it_is_clean(tmp_path):
    root = checkout(tmp_path / "repo")
    origin = origin_of(root, read(root).digest)
    assert (origin.commit, origin.clean) == (git(root, "rev-parse", "HEAD"), True)

    (root / "b.txt").write_text("new\n")
    assert origin_of(root, read(root).digest).clean is False
    assert origin_of(root, "0" * 64, committed=True).clean is True, "what was checked out of the commit is the commit"
    (root / "b.txt").unlink()
    assert origin_of(root, "0" * 64).clean is False, "what was judged is not what is there"


def test_a_folder_is_of_no_commit_that_does_not_hold_it(tmp_path):
    root = checkout(tmp_path / "repo")
    (root / ".gitignore").write_text("out/\n")
    for name in ("out", "new"):
        (root / name).mkdir()
        (root / name / "c.py").write_text("y = 2\n")
        origin = origin_of(root / name, read(root / name).digest)
        assert (origin.commit, origin.clean) == ("", None), name
    assert origin_of(tmp_path, read(tmp_path).digest).commit == "", "without git there is none"


def test_a_state_in_words():
    assert state_of(ORIGIN) == f"commit {COMMIT[:12]}"
    assert state_of(VerdictOrigin(COMMIT, TREE, False)).endswith("with changes that are not committed")
    assert state_of(VerdictOrigin("", TREE)) == f"tree {TREE[:12]}"


def test_of_several_folders_only_what_they_share_is_told():
    other = VerdictOrigin(COMMIT, "ef56" * 16, False, "2026-03-05T00:00:00.000Z", "p2c check a b")
    merged = merge([("a", outcome(origin=ORIGIN)), ("b", outcome(origin=other))])

    assert (merged.origin.commit, merged.origin.tree, merged.origin.clean) == (COMMIT, "", False)
    assert [each["tree"] for each in document(merged)["repositories"]] == [TREE, "ef56" * 16]
    apart = merge([("a", outcome(origin=ORIGIN)), ("b", outcome())])
    assert apart.origin.commit == ""


def test_a_document_reads_back_as_its_outcome():
    doc = json.loads(to_json(document(outcome(origin=ORIGIN))))
    told = read_outcome(doc)

    assert (told.report, told.attempts, told.usage) == (outcome().report, outcome().attempts, outcome().usage)
    assert (told.origin.commit, told.origin.clean) == (COMMIT, True)


def test_what_no_call_costs_is_the_same_everywhere():
    free = outcome(usage=type(outcome().usage)())

    assert document(free)["usage"]["usd"] == 0
    assert "$0." in FORMATS["markdown"](free)
    unknown = outcome(usage=type(outcome().usage)(2, 10, 0, 5, None))
    assert document(unknown)["usage"]["usd"] is None and "unknown" in FORMATS["markdown"](unknown)


def test_what_others_wrote_of_an_origin_is_shown_and_not_obeyed():
    evil = "\x1b[2J<b>\u202e" + "x" * 5000
    keys = dict.fromkeys(("commit", "tree", "date", "version", "command"), evil)
    usage = {"calls": 0, "prompt_tokens": 0, "cached_tokens": 0, "completion_tokens": 0, "usd": 0}
    far = {"command": evil, "began": evil, "seconds": 1, "stage": evil, "planned": 2, "written": [evil], "attempts": 0,
           "checks": {evil: "failed"}, "usage": usage, "replayed": 0}  # fmt: skip
    doc = {**document(outcome(attempts=())), **keys, "state": "interrupted", "verdict": None, "unfinished": far,
           "last": {**keys, "verdict": evil, "why": evil}}  # fmt: skip
    doc = json.loads(json.dumps(doc))
    require(doc, DRAFT, "the document")
    for text in (render_text(read_outcome(doc)), render_html(doc), render_markdown(doc)):
        assert "\x1b" not in text and "\u202e" not in text and len(text) < 60_000
    assert "<b>x" not in render_html(doc).replace("\\u202e", "")
