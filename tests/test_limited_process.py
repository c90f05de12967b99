"""A function of p2c's own in a process with limits: whatever becomes of it, there is a value or an InputError."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from p2c.errors import InputError
from p2c.generator.readers import local_files
from p2c.limited_process import Bounds, call_limited


def read(path: Path, bounds: Bounds | None = None) -> object:
    return call_limited(local_files.paper_data, str(path), str(path), "", bounds=bounds)


def test_a_value_comes_back_and_an_error_with_its_hint(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# T\n\nThe words of a paper.\n")
    data = read(tmp_path / "a.md")
    assert isinstance(data, dict) and data["title"] == "T"
    with pytest.raises(InputError, match="of no form") as told:
        read(tmp_path / "nothing.docx" if (tmp_path / "nothing.docx").write_text("x") else tmp_path)
    assert told.value.hint.startswith("Give a .pdf")


SPINNING = (
    r"\documentclass{article}\begin{document}" + r"\section{A} Words of $x_{i}$ and \emph{more} \ref{b}. " * 120_000
)
"""Nothing in it is wrong; there is a lot of it."""


def test_processor_time_is_limited(tmp_path: Path) -> None:
    (tmp_path / "a.tex").write_text(SPINNING)
    with pytest.raises(InputError, match="processor time"):
        read(tmp_path / "a.tex", Bounds(processor=2))


def test_so_is_the_time_on_the_clock(tmp_path: Path) -> None:
    (tmp_path / "a.tex").write_text(SPINNING)
    with pytest.raises(InputError, match="not finished after"):
        read(tmp_path / "a.tex", Bounds(seconds=1.5))


def test_memory_is_limited(tmp_path: Path) -> None:
    rows = [{"text": "word " * 20, "section": "S"} for _ in range(60_000)]
    (tmp_path / "a.json").write_text(json.dumps({"pdf_parse": {"body_text": rows}}))
    with pytest.raises(InputError, match="memory"):
        read(tmp_path / "a.json", Bounds(memory=60_000_000))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"pdf_parse": {"body_text": [{"text": "a", "eq_spans": [{"start": "x", "latex": "y"}]}]}}, "ValueError"),
        ({"pdf_parse": {"body_text": [{"text": "a"}], "ref_entries": [1]}}, "AttributeError"),
        ({"pdf_parse": {"body_text": [{"text": "a"}], "back_matter": 3}}, "TypeError"),
    ],
)
def test_what_a_reader_does_not_expect_is_an_input_that_cannot_be_read(tmp_path: Path, data: object, told: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps(data))
    with pytest.raises(InputError, match=told):
        read(tmp_path / "a.json")


def test_a_process_that_crashes_is_one_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*args: object, **how: object) -> object:
        from subprocess import CompletedProcess

        return CompletedProcess(["p2c"], -signal.SIGSEGV, b"", b"")

    monkeypatch.setattr("p2c.limited_process.subprocess.run", killed)
    with pytest.raises(InputError, match="ended with -11"):
        read(tmp_path)


def test_no_key_is_told_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, str] = {}

    def noted(*args: object, **how: object) -> object:
        from subprocess import CompletedProcess

        seen.update(how["env"])  # type: ignore[call-overload]
        return CompletedProcess(["p2c"], 0, b'{"result": 1}', b"")

    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    monkeypatch.setattr("p2c.limited_process.subprocess.run", noted)
    assert read(tmp_path) == 1
    assert "sk-canary" not in str(seen) and seen["PATH"] == os.environ["PATH"]


def test_nothing_is_imported_from_where_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("json", "p2c", "yaml", "pylatexenc", "resource"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    (tmp_path / "a.md").write_text("# T\n\nThe words of a paper.\n")
    monkeypatch.chdir(tmp_path)
    assert isinstance(read(Path("a.md")), dict)
    assert not (tmp_path / "ran").exists()
