"""What the machine refuses is told in a sentence; what p2c did wrong is told as its bug."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import click
import pytest

from p2c.commands.console import BUG, Console
from p2c.errors import InputError, P2CError


@pytest.mark.parametrize("name", ["check", "repair"])
def test_a_person_who_interrupts_is_told_how_to_go_on(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["/x/p2c", name, "a b", "--run", "python main.py"])
    with click.Context(click.Command(name), info_name=name):
        assert Console().fail(KeyboardInterrupt()) == 130
    said = capsys.readouterr().err
    assert ("to resume:\n  p2c repair 'a b' --run 'python main.py'\n" in said) == (name == "repair")
    monkeypatch.setattr("sys.argv", ["p2c", name, "--password=geheim"])
    with click.Context(click.Command(name), info_name=name):
        Console().fail(KeyboardInterrupt())
    assert "geheim" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "a/b"), 2, "p2c: a/b: Permission denied\n"),
        (PermissionError(errno.EACCES, "Permission denied", b"a/\xe9"), 2, "p2c: a/"),
        (OSError(errno.EROFS, "Read-only file system", "a"), 2, "p2c: a: Read-only"),
        (OSError(errno.ENOSPC, "No space left on device", "a"), 3, "p2c: a: No space"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), 3, "p2c: Disk quota exceeded\n"),
        (OSError(errno.EMFILE, "Too many open files", "a"), 3, "p2c: a: Too many"),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), 3, "p2c: Connection reset"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "a"), 2, "p2c: a: No such file"),
        (OSError(errno.EXDEV, "Invalid cross-device link", "a", None, "b"), 2, "p2c: a -> b: Invalid"),
        (PermissionError("from nowhere"), 2, "p2c: from nowhere\n"),
        (OSError(), 2, "p2c: OSError\n"),
        (RuntimeError("Symlink loop from '/a/b'"), 2, "p2c: /a/b: Too many levels of symbolic links\n"),
        (RuntimeError("no link"), BUG, "a bug in p2c"),
        (KeyError("a"), BUG, "a bug in p2c"),
        (P2CError("what", "how"), 70, "p2c: what\nhow\n"),
        (KeyboardInterrupt(), 130, "p2c: interrupted; nothing was changed\n"),
        (InputError("\x1b[2J bad"), 2, "p2c: \\x1b[2J bad"),
    ],
)
def test_an_error_becomes_a_message_and_a_code(
    error: BaseException, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Console().fail(error) == code
    said = capsys.readouterr().err
    assert told in said
    assert ("a bug in p2c" in said) == (code == BUG and not isinstance(error, P2CError))


def p2c(words: list[str], folder: Path, before: str = "") -> subprocess.CompletedProcess[str]:
    """p2c's command line, in a folder that may be gone by then."""
    script = f'cd "$1" && shift && {before} exec "$@"'
    argv = ["bash", "-c", script, "bash", str(folder), sys.executable, "-m", "p2c", *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize(
    "words", [["check", "."], ["repair", "x", "--no-model"], ["doctor"], ["build", "a.md", "-o", "o"]]
)
def test_a_current_directory_that_is_gone_is_a_sentence(words: list[str], tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    done = p2c(words, gone, 'rmdir "$PWD";')
    assert (done.returncode, done.stderr.count("\n")) == (2, 2), done.stderr
    assert "current directory no longer exists" in done.stderr


def test_places_that_cannot_be_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("# T\n\nText.\n")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "paper.md").write_text("# T\n\nText of a method.\n")
    build = ["build", "paper.md", "--model", "manual:m", "-o"]
    for place in ("/proc/nothing", "loop/o", "file/o", "n" * 300):
        done = p2c([*build, place], tmp_path)
        lines = 2 if place == "loop/o" else 1  # where it says what to do, too
        assert (done.returncode, done.stderr.count("\n")) == (2, lines), done.stderr
    for words in (["check", "loop"], ["check", "n" * 300], ["check", ".", "--events", "/proc/nothing/e"]):
        done = p2c(words, tmp_path)
        assert (done.returncode, "Traceback" in done.stderr, "bug" in done.stderr) == (2, False, False), done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "2>/dev/full", "<&- >&- 2>&-"])
def test_streams_that_are_not_there_change_no_exit_code(closed: str, tmp_path: Path) -> None:
    assert p2c(["check", "--explain", "F821"], tmp_path, f"exec {closed};").returncode == 0
    assert p2c(["check", str(tmp_path / "none")], tmp_path, f"exec {closed};").returncode == 2


@pytest.mark.parametrize(
    "words",
    [
        ["check", ".", "--only", "lint", "--format", "markdown", "-o", "out.md"],
        ["check", ".", "--only", "lint", "--format", "sarif", "-o", "sub/out.sarif"],
        ["check", ".", "--only", "lint", "--events", "out.md"],
        ["check", ".", "--only", "lint", "--write-baseline", "out.md"],
        ["build", "paper.md", "-o", "sub", "--model", "manual:m"],
        ["demo", "-o", "sub"],
    ],
)
def test_no_output_goes_through_a_link_of_the_folder(tmp_path: Path, words: list[str]) -> None:
    """Names such as `report.md` are known, and a folder may hold links of these names to the user's own files."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.bashrc").write_text("kept\n")
    root = tmp_path / "repo"
    root.mkdir()
    (root / "main.py").write_text("def f():\n    return x\n")
    (root / "paper.md").write_text("# T\n\nText of a method.\n")
    (root / "out.md").symlink_to("../home/.bashrc")
    (root / "sub").symlink_to("../home")
    done = p2c(words, root)
    assert (done.returncode, "symbolic link" in done.stderr) == (2, True), done.stderr
    assert (tmp_path / "home/.bashrc").read_text() == "kept\n"
    assert [place.name for place in (tmp_path / "home").iterdir()] == [".bashrc"]
