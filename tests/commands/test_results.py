"""Which file a format goes to, as it stands on the command line."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from p2c.commands.options import ORDER, OrderedOptionsCommand
from p2c.commands.results import pair, refuse_unwritable
from p2c.errors import UsageError


def parse(*words: str) -> tuple[tuple[str, str | None], ...]:
    """Pair what stands on a real command line of the same two options."""
    got: list[tuple[str, str | None]] = []

    @click.command(cls=OrderedOptionsCommand)
    @click.option("--format", "formats", multiple=True)
    @click.option("-o", "--output", "files", multiple=True, type=click.Path(path_type=Path))
    @click.argument("folders", nargs=-1)
    @click.pass_context
    def command(context: click.Context, formats: tuple[str, ...], files: tuple[Path, ...], folders: object) -> None:
        got.extend((name, str(file) if file else None) for name, file in pair(context.meta[ORDER], formats, files))

    done = CliRunner().invoke(command, words, standalone_mode=False)
    if done.exception:
        raise done.exception
    return tuple(got)


@pytest.mark.parametrize(
    ("words", "pairs"),
    [
        ("a --format github --format sarif -o x", (("github", None), ("sarif", "x"))),
        ("--format sarif -o x --format github a", (("sarif", "x"), ("github", None))),
        ("--format=sarif a --output=x --format json -oy", (("sarif", "x"), ("json", "y"))),
        ("-o x --format sarif --format github", (("sarif", "x"), ("github", None))),
        ("a -o x", (("", "x"),)),
        ("a", ()),
        ("--format text -- -o", (("text", None),)),
    ],
)
def test_each_file_belongs_to_the_format_before_it(words: str, pairs: object) -> None:
    assert parse(*words.split()) == pairs


@pytest.mark.parametrize("words", ["--format a -o x -o y", "-o x -o y --format a", "-o x -o y", "-o x --format a -o y"])
def test_two_files_for_one_format_are_wrong_use(words: str) -> None:
    with pytest.raises(UsageError, match="format"):
        parse(*words.split())


def test_files_that_could_not_be_written_are_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refuse_unwritable([None, tmp_path / "new" / "x.json", tmp_path / "file"])
    assert not (tmp_path / "new").exists()
    for place in (tmp_path, tmp_path / "file" / "x.json"):
        with pytest.raises(UsageError, match="cannot be written"):
            refuse_unwritable([place])
