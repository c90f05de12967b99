"""The options that one command alone has, where there are many of them."""

from __future__ import annotations

from pathlib import Path

import click

from p2c.commands.options import FOLDER, INPUT_FILE
from p2c.reports.formats import FORMATS

CHECK_OPTIONS = (
    click.option("--notebooks", is_flag=True, help="Run the code of notebooks too, as scripts."),
    click.option(
        "--fail-on",
        type=click.Choice(["gate", "advice", "never"]),
        default="gate",
        show_default=True,
        help="Which findings make the exit code 1: blocking findings, all findings, or none.",
    ),
    click.option(
        "--format",
        "formats",
        multiple=True,
        type=click.Choice(list(FORMATS)),
        help="Output format; repeatable. Formats without an -o of their own go to stdout.",
    ),
    click.option(
        "-o",
        "--output",
        "files",
        multiple=True,
        type=click.Path(dir_okay=False, path_type=Path),
        help="File for the --format that precedes it.",
    ),
    click.option("--baseline", type=INPUT_FILE, help="Findings in this file do not block."),
    click.option(
        "--write-baseline", type=click.Path(dir_okay=False, path_type=Path), help="Write the blocking findings."
    ),
    click.option(
        "--cached",
        is_flag=True,
        envvar="P2C_CACHED",
        help="Reuse a result of the last 24 hours if nothing has changed since; the output says so.",
    ),
    click.option(
        "--explain",
        "rule",
        metavar="NAME",
        help="Explain a rule and how to fix it (F821, call-arg, P2C001, Timeout, KeyError, ...), a check, "
        "or a guard; `rules` lists all names.",
    ),
)
"""Of `p2c check`: what counts, how it is shown, and what is compared with."""

SCORE_OPTIONS = (
    click.option(
        "--main", default="", metavar="FILE", help="Main file of the paper if PAPER is a folder or an archive."
    ),
    click.option("--reference", type=FOLDER, metavar="DIR", help="The authors' code, for comparison."),
    click.option(
        "--samples", type=click.IntRange(1, 64), default=8, show_default=True, help="Number of critics' replies."
    ),
    click.option("--rubric", type=INPUT_FILE, help="Use this rubric unchanged."),
    click.option("--no-rubric", "with_rubric", flag_value=False, default=True, help="Skip the rubric."),
    click.option("--paperbench", is_flag=True, help="PaperBench's form: items are met or not; only code items count."),
    click.option(
        "--extra", is_flag=True, help="Paper2Code-Extra's form: critics see the file tree and what is counted."
    ),
    click.option("--mixed", is_flag=True, help="Show --reference to the rubric's judge too."),
    click.option(
        "--judge-samples",
        type=click.IntRange(1, 16),
        default=1,
        show_default=True,
        help="How often each rubric item is judged; from 2 on the judge's agreement with itself is shown.",
    ),
)
"""Of `p2c score`: what the repository is compared with, and in which form."""
