"""The README's commands are commands: each p2c line parses, each make target is there, the codes are the real ones."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from p2c.cli import cli
from p2c.reports.outcome import EXIT_CODES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines() if line]
P2C = [line.split("#")[0].strip() for line in LINES if line.startswith("p2c ")]


@pytest.mark.parametrize("line", P2C)
def test_a_command_parses(line: str) -> None:
    name, *words = shlex.split(line)[1:]
    command = cli.commands[name]
    with command.make_context(name, words) as made:
        assert made.command is command


def test_a_wrong_option_would_be_seen() -> None:
    with pytest.raises(click.NoSuchOption):
        cli.commands["check"].make_context("check", [".", "--forMat", "sarif"])


def test_make_targets_are_there() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    wanted = {word for line in LINES for word in re.findall(r"\bmake (\w+)", line)}
    assert wanted and wanted <= targets


def test_the_exit_codes_are_the_real_ones() -> None:
    matches = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert set(EXIT_CODES.values()) | {2, 70, 130} == matches


def test_ci_runs_what_the_readme_says() -> None:
    run = (ROOT / ".ci" / "run").read_text()
    assert {f"make {target}" for target in ("lint", "test", "demo")} <= set(run.splitlines())
