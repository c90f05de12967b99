"""What a person names is written where it is, and never through a link that came with a folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from p2c import host_processes
from p2c.errors import UsageError
from p2c.output_files import open_named_log, require_no_link, write_named


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_processes, "_untrusted", set())
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


@pytest.fixture(params=["the working directory", "a folder that was given", "the same through a link above"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "the working directory":
        return tmp_path / "work"
    (tmp_path / "given").mkdir()
    if request.param == "a folder that was given":
        host_processes.distrust(tmp_path / "given")
        return tmp_path / "given"
    (tmp_path / "name").symlink_to("given")
    host_processes.distrust(tmp_path / "name")
    return tmp_path / "name"


@pytest.mark.parametrize("how", ["there", "dangling", "folder", "chain", "deep"])
def test_links_of_a_folder_are_refused(folder: Path, tmp_path: Path, how: str) -> None:
    victim = tmp_path / "victim"
    (tmp_path / "outside").mkdir()
    if how != "dangling":
        victim.write_text("kept")
    name = folder / "report.md"
    if how == "folder":
        name = folder / "out" / "report.md"
        (folder / "out").symlink_to(tmp_path / "outside")
    elif how == "deep":
        name = folder / "a" / "b" / "report.md"
        (folder / "a").mkdir()
        (folder / "a" / "b").symlink_to(tmp_path / "outside")
    elif how == "chain":
        (folder / "second").symlink_to(victim)
        name.symlink_to("second")
    else:
        name.symlink_to(victim)
    for write in (lambda: write_named(name, b"x"), lambda: open_named_log(name).close(), lambda: require_no_link(name)):
        with pytest.raises(UsageError, match="symbolic link"):
            write()
    assert not victim.exists() if how == "dangling" else victim.read_text() == "kept"
    assert list((tmp_path / "outside").iterdir()) == []


def test_plain_names_are_written_whole(folder: Path) -> None:
    write_named(folder / "new" / "report.md", b"first")
    (folder / "new" / "report.md").chmod(0o640)
    write_named(folder / "new" / "report.md", b"second")
    assert (folder / "new" / "report.md").read_bytes() == b"second"
    assert stat.S_IMODE((folder / "new" / "report.md").stat().st_mode) == 0o640
    with open_named_log(folder / "events") as log:
        log.write(b"a")
    with open_named_log(folder / "events") as log:
        log.write(b"b")
    assert (folder / "events").read_bytes() == b"ab"


def test_links_elsewhere_mean_what_they_mean_to_every_program(tmp_path: Path) -> None:
    (tmp_path / "real.md").write_text("old")
    (tmp_path / "link.md").symlink_to("real.md")
    write_named(tmp_path / "link.md", b"new")
    assert (tmp_path / "link.md").is_symlink() and (tmp_path / "real.md").read_text() == "new"


def test_a_pipe_gets_the_bytes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_named(tmp_path / "pipe", b"told")
    assert os.read(reader, 10) == b"told"
    os.close(reader)


def test_a_pipe_that_nobody_reads_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(UsageError, match="no process reads"):
        write_named(folder / "pipe", b"told")
    with pytest.raises(UsageError, match="no process reads"):
        open_named_log(folder / "pipe")


def test_a_hard_link_is_replaced_and_not_appended_to(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("kept")
    for name in ("report.md", "events.jsonl"):
        (folder / name).hardlink_to(tmp_path / "victim")
    write_named(folder / "report.md", b"x")
    with pytest.raises(UsageError, match="hard links"):
        open_named_log(folder / "events.jsonl")
    assert (tmp_path / "victim").read_text() == "kept" and (folder / "report.md").read_bytes() == b"x"
