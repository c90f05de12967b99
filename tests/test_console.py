"""What the machine refuses is told in a sentence; what p2c did wrong is told as its bug."""

from __future__ import annotations

import errno

import click
import pytest

from p2c.console import BUG, Console
from p2c.errors import InputError, P2CError


@pytest.mark.parametrize("name", ["check", "repair"])
def test_a_person_who_interrupts_is_told_how_to_go_on(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["/x/p2c", name, "a b", "--run", "python main.py"])
    with click.Context(click.Command(name), info_name=name):
        assert Console().fail(KeyboardInterrupt()) == 130
    said = capsys.readouterr().err
    assert ("goes on where this one stopped:\n  p2c repair 'a b' --run 'python main.py'\n" in said) == (
        name == "repair"
    )
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
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "a"), BUG, "a bug in p2c"),
        (PermissionError("from nowhere"), BUG, "a bug in p2c"),
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
