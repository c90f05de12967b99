"""`docs/models.md` tells of what is there: every setting, every fault, options that exist."""

from __future__ import annotations

import re
from dataclasses import fields

from p2c.cli import cli
from p2c.settings import Settings
from tests.servers.model_faults import FAULTS, PAGE, page

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_table_of_faults_is_current() -> None:
    assert page(TEXT) == TEXT, "run python -m tests.servers.model_faults"
    assert all(f"| {fault.mode} |" in TEXT for fault in FAULTS)


def test_every_setting_stands_there_and_no_other() -> None:
    named = {name.lower() for name in re.findall(r"P2C_([A-Z_]+)", TEXT)}
    assert named == {field.name for field in fields(Settings)}


def test_the_lines_to_copy_have_options_that_exist() -> None:
    options = {
        name for parameter in cli.commands["build"].params for name in (*parameter.opts, *parameter.secondary_opts)
    }
    lines = [line for line in TEXT.splitlines() if "p2c build" in line and "--model" in line]
    assert len(lines) == 9
    assert {option for line in lines for option in re.findall(r"(?<= )-{1,2}[a-z-]+", line)} <= options
