"""The gate on broken repositories: broken it is, with the fault named; cured it runs; every format is valid.

The cases of tests/repos, and those in the folder that P2C_CASES names. A few run by default, all with P2C_ALL_CASES=1.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from p2c.executor.report import from_data
from p2c.reports.formats import FORMATS
from p2c.reports.json_shape import DOCUMENT, require
from tests.end_to_end.test_commands import _why_not
from tests.end_to_end.toy import p2c
from tests.repair.cases import REPOS, RepoCase, read_cases
from tests.reports.official import junit_faults, sarif_faults
from tests.reports.schemas import GITLAB, SARIF
from tests.reports.test_schemas import faults, xml_faults

SHARED = Path(os.environ.get("P2C_CASES", Path(__file__).parents[3] / "shared" / "cases"))
TRIED = ("01", "09", "10", "13", "22", "38")

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.index,
    pytest.mark.slow,
    pytest.mark.skipif(bool(_why_not()), reason=_why_not()),
]


def of(folder: Path) -> tuple[RepoCase, ...]:
    """The cases of a folder that are tried. Types and tests of their own say nothing of a case."""
    if not folder.is_dir():
        pytest.skip(f"there are no cases in {folder}; P2C_CASES names a folder that has some")
    every = [case for case in read_cases(folder) if not case.expect_before.startswith("test_")]
    return tuple(case for case in every if os.environ.get("P2C_ALL_CASES") or case.name[:2] in TRIED)


@pytest.fixture(scope="module", params=[REPOS, SHARED], ids=["own", "shared"])
def cases(request: pytest.FixtureRequest) -> tuple[RepoCase, ...]:
    return of(request.param)


def gate(root: Path, cases: Sequence[RepoCase]) -> tuple[int, dict[str, str]]:
    """One call over all folders of these cases; the exit code, and what each format says."""
    words = [word for name in FORMATS for word in ("--format", name, "-o", f"out/{name}")]
    names = [case.name for case in cases]
    seconds = str(max(case.timeout for case in cases))
    done = p2c("check", *names, *words, "--skip", "types", "--timeout", seconds, cwd=root)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, {name: (root / "out" / name).read_text(encoding="utf-8") for name in FORMATS}


def hold(told: dict[str, str]) -> None:
    """Hold each format against what its readers ask for."""
    require(json.loads(told["json"]), DOCUMENT, "the document")
    assert faults(SARIF, told["sarif"]) == []
    assert faults(GITLAB, told["gitlab"]) == []
    assert list(xml_faults(ET.fromstring(told["junit"]))) == []
    assert all(line.startswith(("::error ", "::warning ")) for line in told["github"].splitlines())
    assert sarif_faults(told["sarif"]) == []
    assert junit_faults(told["junit"]) == []


def test_what_is_broken_is_told_as_it_is(tmp_path: Path, cases: tuple[RepoCase, ...]) -> None:
    for case in cases:
        case.broken.write(tmp_path / case.name)
    code, told = gate(tmp_path, cases)
    assert code == 1
    for case, data in zip(cases, json.loads(told["json"])["repositories"], strict=True):
        assert (data["path"], data["verdict"]) == (case.name, "broken")
        assert case.meets(from_data(data["checks"])), (case.name, data["why"])
    hold(told)


def test_what_is_cured_runs(tmp_path: Path, cases: tuple[RepoCase, ...]) -> None:
    for case in cases:
        case.fixed.write(tmp_path / case.name)
    code, told = gate(tmp_path, cases)
    verdicts = {data["path"]: (data["verdict"], data["why"]) for data in json.loads(told["json"])["repositories"]}
    assert {path: told for path, told in verdicts.items() if told[0] != "runs"} == {}
    assert code == 0
    hold(told)
