"""A result is taken again only when it is the same question, young and whole."""

from __future__ import annotations

import os
import time
from dataclasses import Field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from p2c.executor.report import CheckResult, Report
from p2c.pipeline import check_cache
from p2c.sandboxes.options import SandboxOptions
from tests.reports.samples import report

PASSED = Report((CheckResult("lint", "passed"), CheckResult("smoke", "passed", note="p2c.toml")))


def test_what_was_kept_comes_back_whole(tmp_path: Path) -> None:
    name = check_cache.key("asked", SandboxOptions(), {})
    assert check_cache.look_up(tmp_path / "gate", name) is None
    check_cache.remember(tmp_path / "gate", name, report())
    kept = check_cache.look_up(tmp_path / "gate", name)
    assert kept is not None
    assert kept.report == report()
    assert abs(kept.at - time.time()) < 60
    assert [place.name for place in (tmp_path / "gate").iterdir()] == [f"{name}.json"]


def differing(field: Field[Any]) -> Any:
    """Another value for a field of the sandbox's options, whatever its type."""
    value = getattr(SandboxOptions(), field.name)
    if is_dataclass(value):
        first = fields(value)[0]
        return replace(value, **{first.name: getattr(value, first.name) + 1})  # type: ignore[type-var]
    return Path(__file__) if value is None else value + 1 if isinstance(value, int | float) else f"{value}x"


@pytest.mark.parametrize("field", fields(SandboxOptions), ids=lambda field: field.name)
def test_every_option_of_the_sandbox_counts(field: Field[Any]) -> None:
    other = replace(SandboxOptions(), **{field.name: differing(field)})
    assert check_cache.key("asked", other, {}) != check_cache.key("asked", SandboxOptions(), {})
    assert check_cache.key("asked", replace(other), {}) == check_cache.key("asked", other, {})


INDEX = {
    ".config/pip/pip.conf": "[global]\nindex-url = https://one.example/simple\n",
    ".pip/pip.conf": "[global]\nextra-index-url = https://two.example/simple\n",
    ".config/uv/uv.toml": '[[index]]\nurl = "https://three.example/simple"\n',
    ".netrc": "machine index.example login me password sesame\n",
    "ca.pem": "a certificate",
    "constraints.txt": "numpy<2\n",
}


@pytest.mark.parametrize("name", sorted(INDEX))
def test_every_file_of_the_index_settings_counts(tmp_path: Path, name: str) -> None:
    environ = {"HOME": str(tmp_path), "UV_DEFAULT_INDEX": "https://index.example/simple"}
    if name == ".config/pip/pip.conf":
        environ.pop("UV_DEFAULT_INDEX")
    environ |= {"SSL_CERT_FILE": str(tmp_path / "ca.pem")} if name == "ca.pem" else {}
    options = SandboxOptions()
    if name == "constraints.txt":
        (tmp_path / name).write_text("")
        options = replace(options, constraints=tmp_path / name)
    before = check_cache.key("asked", options, environ)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(INDEX[name])
    assert check_cache.key("asked", options, environ) != before
    before = check_cache.key("asked", options, environ)
    (tmp_path / "notes.txt").write_text("nothing of the index")
    assert check_cache.key("asked", options, environ) == before


def test_what_is_asked_and_the_variables_of_the_index_count() -> None:
    names = {check_cache.key("a", SandboxOptions(), {}), check_cache.key("b", SandboxOptions(), {})}
    environ = {"PIP_INDEX_URL": "https://elsewhere.example/simple"}
    assert len(names | {check_cache.key("a", SandboxOptions(), environ)}) == 3
    assert check_cache.key("a", SandboxOptions(), {"EDITOR": "vi"}) in names


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"at": 0, "checks": []}', '{"at": 1e12, "checks": []}', '{"at": ""}']
)
def test_what_is_old_or_damaged_is_not_taken(tmp_path: Path, text: str) -> None:
    (tmp_path / "n.json").write_text(text)
    assert check_cache.look_up(tmp_path, "n") is None


def test_each_check_says_that_its_result_is_cached() -> None:
    kept = check_cache.CachedReport(
        Report((*PASSED.results, CheckResult("test", "skipped", note="there are no tests"))), 1e9
    )
    assert [result.note for result in kept.as_report().results] == [
        "cached result",
        "p2c.toml; cached result",
        "there are no tests",
    ]
    assert kept.time == "2001-09-09T01:46:40Z"


def test_sweeping_removes_what_is_old(tmp_path: Path) -> None:
    for name in ("old", "young"):
        check_cache.remember(tmp_path, name, report())
    os.utime(tmp_path / "old.json", (0, 0))
    check_cache.sweep(tmp_path)
    assert [place.stem for place in tmp_path.iterdir()] == ["young"]
