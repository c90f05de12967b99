"""The commands, each short; the one edge where exceptions become messages and exit codes."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from p2c import __version__
from p2c.commands.console import Console, open_streams
from p2c.commands.options import (
    ALLOW,
    CHECKS,
    FOLDER,
    MINUTES,
    MODEL_OPTIONS,
    ORDER,
    RUN_OPTIONS,
    SECONDS,
    SOURCE,
    TELL_OPTIONS,
    InOrder,
    SourcePath,
)
from p2c.errors import P2CError
from p2c.host_processes import protect
from p2c.interruption import INTERRUPTED, leave, obey_signals

Command = Callable[..., int]


def options(*groups: tuple[Callable[[Any], Any], ...]) -> Callable[[Any], Any]:
    """Add groups of options to a command, and turn its exceptions into messages and exit codes."""

    def decorate(function: Command) -> Any:
        @functools.wraps(function)
        def edge(**flags: Any) -> None:
            console = Console(flags.pop("as_json", False), flags.pop("quiet", False), flags.pop("events", None))
            try:
                code = function(console=console, **flags)
            except (Exception, KeyboardInterrupt) as error:
                if isinstance(error, click.ClickException | BrokenPipeError):
                    raise
                code = console.fail(error)
            sys.exit(code)

        decorated: Any = edge
        for option in reversed([option for group in groups for option in group]):
            decorated = option(decorated)
        return decorated

    return decorate


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", prog_name="p2c")
def cli() -> None:
    """A machine-learning paper in, a code repository that runs out.

    \b
    Exit codes:
      0    it runs (build, repair); no gating finding (check; for checks that
           run nothing, such as lint, too: the verdict is then unverified);
           scored (score); what was asked for is here (doctor)
      1    it does not run, or findings gate; no usable reply (score)
      2    wrong use, or an input that cannot be read
      3    sandbox, package index or model not available
      4    stopped by a budget; the same command goes on
      5    unverified: nothing was found that could be run, or it could not be tried
      70   a bug in p2c
      130  interrupted; the same command goes on
    """


@cli.command()
@click.argument("paper", type=SOURCE)
@click.option("-o", "--output", "root", type=FOLDER, required=True, help="The folder to write; new, or p2c's own.")
@click.option("--until-runs", is_flag=True, help="Repair until it runs or a limit is reached.")
@click.option("--figures/--no-figures", default=None, help="Show the paper's figures to a model that sees.")
@click.option("--main", metavar="FILE", help="The paper's main file, where PAPER is a folder or an archive.")
@click.option("--password", metavar="WORD", help="The password of an encrypted PDF.")
@click.option("--force", is_flag=True, help="Build into a folder that holds something else.")
@ALLOW
@options(MODEL_OPTIONS, RUN_OPTIONS, TELL_OPTIONS)
def build(console: Console, **flags: Any) -> int:
    """Build a repository from PAPER: .pdf, .tex, a folder or archive of LaTeX, S2ORC .json, .md, .html, an arXiv id."""
    from p2c.commands.build import run_build

    return run_build(console, **flags)


@cli.command()
@click.argument("folder", type=FOLDER)
@click.option("--run", "runs", multiple=True, metavar="CMD", help="A command that has to run; may be repeated.")
@click.option("--log", "logs", multiple=True, type=click.Path(dir_okay=False, path_type=Path), help="An error log.")
@click.option("--timeout", type=SECONDS, metavar="SECONDS", help="For each command.")
@click.option("--no-model", is_flag=True, help="Only what needs no model.")
@click.option("--diff", "diff_only", is_flag=True, help="Print the change as a diff; leave the folder as it is.")
@click.option("-o", "--output", "diff_file", type=click.Path(dir_okay=False, path_type=Path), help="File for --diff.")
@click.option("--force", is_flag=True, help="Go on where a git checkout has uncommitted work.")
@ALLOW
@options(MODEL_OPTIONS, RUN_OPTIONS, TELL_OPTIONS)
def repair(console: Console, **flags: Any) -> int:
    """Repair the repository in FOLDER until it runs."""
    from p2c.commands.build import run_repair

    return run_repair(console, **flags)


@cli.command(cls=InOrder)
@click.argument("folders", type=FOLDER, nargs=-1, metavar="FOLDER...")
@click.option("--run", "runs", multiple=True, metavar="CMD", help="A command that has to run; may be repeated.")
@click.option(
    "--only", multiple=True, metavar="CHECK", help=f"Only this check and its needs; may be repeated: {CHECKS}."
)
@click.option("--skip", multiple=True, metavar="CHECK", help="Not this check; may be repeated.")
@click.option("--timeout", type=SECONDS, metavar="SECONDS", help="For each command.")
@click.option("--notebooks", is_flag=True, help="Run the code of notebooks too, as scripts.")
@click.option(
    "--fail-on",
    type=click.Choice(["gate", "advice", "never"]),
    default="gate",
    show_default=True,
    help="What makes the exit code 1: findings that gate, all findings, or none.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(["text", "json", "sarif", "junit", "github", "gitlab", "markdown"]),
    help="May be repeated; what has no -o of its own goes to stdout.",
)
@click.option(
    "-o",
    "--output",
    "files",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file of the --format before it.",
)
@click.option("--baseline", type=click.Path(dir_okay=False, path_type=Path), help="Findings in it do not gate.")
@click.option("--write-baseline", type=click.Path(dir_okay=False, path_type=Path), help="Write what gates now.")
@click.option(
    "--cached",
    is_flag=True,
    envvar="P2C_CACHED",
    help="Take what was found in the last day, where nothing has changed since; the result says so.",
)
@click.option(
    "--explain",
    "rule",
    metavar="NAME",
    help="Say what a rule means and what cures it (F821, call-arg, P2C001, Timeout, KeyError, ...), what a check does, "
    "or what a guard refuses; `rules` lists all names.",
)
@options(RUN_OPTIONS, TELL_OPTIONS)
@click.pass_context
def check(context: click.Context, /, console: Console, rule: str | None, **flags: Any) -> int:
    """Check the repository in each FOLDER: install, lint, types, imports, smoke run, tests.

    Of several folders the worst exit code counts: 3, then 1, 5, 0.
    """
    if rule is not None:
        from p2c.commands.explain import run_explain

        return run_explain(console, rule)
    from p2c.commands.check import run_check

    return run_check(console, order=context.meta[ORDER], **flags)


@cli.command()
@click.argument("root", type=FOLDER, metavar="FOLDER")
@click.option("--paper", type=SOURCE, required=True, metavar="PAPER", help="The paper, in any form that build reads.")
@click.option("--reference", type=FOLDER, metavar="DIR", help="The authors' code, to compare with.")
@click.option("--samples", type=click.IntRange(1, 64), default=8, show_default=True, help="Critics' replies.")
@click.option("--rubric", type=click.Path(dir_okay=False, path_type=Path), help="A rubric, used as it is.")
@click.option("--no-rubric", "with_rubric", flag_value=False, default=True, help="Critics and computed parts only.")
@options((MODEL_OPTIONS[0], *MODEL_OPTIONS[2:5], MINUTES), TELL_OPTIONS)
def score(console: Console, **flags: Any) -> int:
    """Say how faithful the repository in FOLDER is to its paper; nothing of it is run."""
    from p2c.commands.score import run_score

    return run_score(console, **flags)


@cli.command()
@click.argument("manifest", type=SourcePath(dir_okay=False, path_type=Path))
@click.option("-o", "--output", "root", type=FOLDER, help="The folder of the batch (default as MANIFEST is named).")
@click.option("--engine", type=click.Choice(["threads", "ray", "slurm"]), help="What works on them (default threads).")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Items at once.")
@click.option(
    "--again",
    multiple=True,
    type=click.Choice(["runs", "broken", "stagnated", "unverified", "input", "all"]),
    help="Do again what ended so; may be repeated.",
)
@click.option("--requests-per-minute", type=float, metavar="N", help="Model calls of all items together.")
@click.option("--tokens-per-minute", type=float, metavar="N", help="Tokens of all items together.")
@options(MODEL_OPTIONS, (*RUN_OPTIONS[:2], *RUN_OPTIONS[3:]), TELL_OPTIONS)
def batch(console: Console, **flags: Any) -> int:
    """Build, repair or check everything in MANIFEST (TOML, or .jsonl), and sum it up.

    --max-cost, --max-tokens and --max-minutes are of the whole. Started again, it goes on with what is left.
    Of all items the worst exit code counts: 4, then 3, 1, 5, 0.
    """
    from p2c.commands.batch import run_batch

    return run_batch(console, **flags)


@cli.command()
@click.argument("places", metavar="FOLDER [FOLDER]", nargs=-1, required=True, type=SourcePath(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["html", "markdown", "json", "text"]), help="Otherwise as -o is named."
)
@click.option("-o", "--output", "file", type=click.Path(dir_okay=False, path_type=Path), help="FILE.html, .md, .json.")
@options(TELL_OPTIONS)
def report(console: Console, **flags: Any) -> int:
    """Draw the report of the build or repair in FOLDER (or of a file that --json wrote).

    One report becomes a page, FOLDER/.p2c/report.html. Two are compared, the second with the first, as Markdown on
    stdout unless --format or -o says otherwise.
    """
    from p2c.commands.build import run_report

    return run_report(console, **flags)


@cli.command()
@click.option("-o", "--output", "root", type=FOLDER, default=Path("p2c-demo"), show_default=True)
@options(RUN_OPTIONS, TELL_OPTIONS)
def demo(console: Console, **flags: Any) -> int:
    """Build the example paper with no key: only the model's replies are recorded, all else is real."""
    from p2c.commands.demo import run_demo

    return run_demo(console, **flags)


@cli.command()
@options((MODEL_OPTIONS[0], MODEL_OPTIONS[2]), RUN_OPTIONS[:1], TELL_OPTIONS)
def doctor(console: Console, **flags: Any) -> int:
    """Say what works here: git, uv, sandboxes, the package index, the model."""
    from p2c.commands.doctor import run_doctor

    return run_doctor(console, **flags)


def main() -> None:
    """Run the command line; SIGTERM ends it as Ctrl-C does."""
    open_streams()
    protect()
    obey_signals()
    leave(_run())


def _run() -> int:
    try:
        code = cli.main(prog_name="p2c", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except click.exceptions.Exit as error:
        return int(error.exit_code)
    except click.ClickException as error:
        error.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (P2CError, OSError, RuntimeError) as error:
        return Console().fail(error)
