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
from p2c.commands.command_options import CHECK_OPTIONS, SCORE_OPTIONS
from p2c.commands.console import Console, open_streams
from p2c.commands.options import (
    ALLOW,
    CHECKS,
    CLAIMS,
    FIDELITY_OPTIONS,
    FILE_OR_FOLDER,
    FOLDER,
    GPUS,
    INPUT_FILE,
    MINUTES,
    MODEL_OPTIONS,
    ORDER,
    PAPER_OPTIONS,
    RUN_OPTIONS,
    SANDBOX,
    SECONDS,
    SOURCE,
    TELL_OPTIONS,
    OrderedOptionsCommand,
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
    """Turn a machine-learning paper into a code repository that runs; check and repair existing repositories.

    \b
    Exit codes:
      0    it runs (build, repair); no blocking finding (check; for checks
           that run nothing, such as lint, too: the verdict is then unverified);
           scored (score); everything required is available (doctor)
      1    it does not run, or there are blocking findings; no usable reply (score)
      2    usage error, or an input that cannot be read
      3    sandbox, package index or model not available
      4    stopped by a budget; run the same command again to resume
      5    unverified: nothing to run was found, or p2c could not try it
      70   a bug in p2c
      130  interrupted; run the same command again to resume
    """


@cli.command(short_help="Build a repository from a paper.")
@click.argument("paper", type=SOURCE)
@click.option("-o", "--output", "root", type=FOLDER, required=True, help="Output folder: new, or made by p2c.")
@click.option("--until-runs", is_flag=True, help="Also repair the code until it runs or a limit is reached.")
@click.option(
    "--until-faithful",
    is_flag=True,
    help="Once it runs, also change it towards what the paper says; it keeps running.",
)
@CLAIMS
@ALLOW
@options(PAPER_OPTIONS, MODEL_OPTIONS, FIDELITY_OPTIONS, RUN_OPTIONS, TELL_OPTIONS)
def build(console: Console, **flags: Any) -> int:
    """Build a repository from PAPER.

    PAPER is a .pdf, .tex, S2ORC .json, .md or .html file, a LaTeX folder or archive, or an arXiv id.
    The code is checked in a sandbox; with --until-runs it is also repaired until it runs. With --until-faithful
    it is then worked on until it does what the paper says, as far as judges and tests can tell: every change that is
    kept runs, and the verdict stays that of --until-runs.
    If `p2c plan` left a plan in the output folder, it is continued from there.
    """
    from p2c.commands.build import run_build

    return run_build(console, **flags)


@cli.command(short_help="Plan a repository, to be read and edited before it is built.")
@click.argument("paper", type=SOURCE)
@click.option("-o", "--output", "root", type=FOLDER, required=True, help="Output folder: new, or made by p2c.")
@MINUTES
@options(PAPER_OPTIONS, MODEL_OPTIONS, TELL_OPTIONS)
def plan(console: Console, **flags: Any) -> int:
    """Plan a repository for PAPER and write the plan to plan/ in the output folder.

    The files there may be edited; `p2c build PAPER -o DIR` reads them and continues.
    """
    from p2c.commands.plan import run_plan

    return run_plan(console, **flags)


@cli.command(short_help="Repair a repository until it runs.")
@click.argument("folder", type=FOLDER)
@click.option("--run", "runs", multiple=True, metavar="CMD", help="Command that must succeed; repeatable.")
@click.option("--log", "logs", multiple=True, type=INPUT_FILE, help="Error log; repeatable.")
@click.option("--timeout", type=SECONDS, metavar="SECONDS", help="Time limit for each command.")
@click.option("--no-model", is_flag=True, help="Apply only the fixes that need no model.")
@click.option("--diff", "diff_only", is_flag=True, help="Print the changes as a diff; do not modify FOLDER.")
@click.option("-o", "--output", "diff_file", type=click.Path(dir_okay=False, path_type=Path), help="File for --diff.")
@click.option("--force", is_flag=True, help="Repair a git checkout although it has uncommitted changes.")
@CLAIMS
@ALLOW
@options(MODEL_OPTIONS, RUN_OPTIONS, TELL_OPTIONS)
def repair(console: Console, **flags: Any) -> int:
    """Repair the repository in FOLDER until it runs.

    FOLDER may hold any code, not only what p2c wrote. In a git checkout each kept patch becomes a commit.
    """
    from p2c.commands.build import run_repair

    return run_repair(console, **flags)


@cli.command(short_help="Bring a repository that runs closer to its paper.")
@click.argument("folder", type=FOLDER)
@click.option("--paper", type=SOURCE, required=True, metavar="PAPER", help="The paper, in any format that build reads.")
@click.option("--run", "runs", multiple=True, metavar="CMD", help="Command that must succeed; repeatable.")
@click.option("--timeout", type=SECONDS, metavar="SECONDS", help="Time limit for each command.")
@click.option("--force", is_flag=True, help="Work on a git checkout although it has uncommitted changes.")
@options(MODEL_OPTIONS, FIDELITY_OPTIONS, RUN_OPTIONS, TELL_OPTIONS)
def refine(console: Console, **flags: Any) -> int:
    """Bring the repository in FOLDER closer to its paper.

    FOLDER may hold any code that runs. Requirements are drawn from the paper and judged; unmet ones are worked on.
    Every change that is kept runs; in a git checkout each becomes a commit. The exit code is that of whether it runs.
    """
    from p2c.commands.refine import run_refine

    return run_refine(console, **flags)


@cli.command(cls=OrderedOptionsCommand, short_help="Check repositories; no model needed.")
@click.argument("folders", type=FOLDER, nargs=-1, metavar="FOLDER...")
@click.option("--run", "runs", multiple=True, metavar="CMD", help="Command that must succeed; repeatable.")
@click.option(
    "--only", multiple=True, metavar="CHECK", help=f"Run only this check and those it depends on; repeatable: {CHECKS}."
)
@click.option("--skip", multiple=True, metavar="CHECK", help="Do not run this check; repeatable.")
@click.option("--timeout", type=SECONDS, metavar="SECONDS", help="Time limit for each command.")
@CLAIMS
@options(CHECK_OPTIONS, RUN_OPTIONS, TELL_OPTIONS)
@click.pass_context
def check(context: click.Context, /, console: Console, rule: str | None, **flags: Any) -> int:
    """Check the repository in each FOLDER: install, lint, types, imports, smoke run, tests. No model is used.

    For several folders the exit code is the worst one: 3, then 1, 5, 0.
    """
    if rule is not None:
        from p2c.commands.explain import run_explain

        return run_explain(console, rule)
    from p2c.commands.check import run_check

    return run_check(console, order=context.meta[ORDER], **flags)


@cli.command(short_help="Score a repository against its paper.")
@click.argument("root", type=FOLDER, metavar="FOLDER")
@click.option("--paper", type=SOURCE, required=True, metavar="PAPER", help="The paper, in any format that build reads.")
@options(SCORE_OPTIONS, (MODEL_OPTIONS[0], *MODEL_OPTIONS[2:8], MINUTES), TELL_OPTIONS)
def score(console: Console, **flags: Any) -> int:
    """Score how faithful the repository in FOLDER is to its paper. No code is run."""
    from p2c.commands.score import run_score

    return run_score(console, **flags)


@cli.command(short_help="Build, repair or check many items.")
@click.argument("manifest", type=INPUT_FILE)
@click.option("-o", "--output", "root", type=FOLDER, help="Output folder (default: the name of MANIFEST).")
@click.option("--engine", type=click.Choice(["threads", "ray", "slurm"]), help="Execution engine (default: threads).")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Number of items processed in parallel.")
@click.option(
    "--again",
    multiple=True,
    type=click.Choice(["runs", "broken", "stagnated", "unverified", "input", "all"]),
    help="Run items with this outcome again; repeatable.",
)
@click.option("--requests-per-minute", type=float, metavar="N", help="Rate limit on model calls, over all items.")
@click.option("--tokens-per-minute", type=float, metavar="N", help="Rate limit on tokens, over all items.")
@options(MODEL_OPTIONS, tuple(option for option in RUN_OPTIONS if option is not GPUS), TELL_OPTIONS)
def batch(console: Console, **flags: Any) -> int:
    """Build, repair or check every item in MANIFEST (TOML or .jsonl), and summarise the results.

    --max-cost, --max-tokens and --max-minutes apply to the whole batch. The same command resumes an unfinished batch.
    The exit code is the worst one of all items: 4, then 3, 1, 5, 0.
    """
    from p2c.commands.batch import run_batch

    return run_batch(console, **flags)


@cli.command(short_help="Write or compare reports.")
@click.argument("places", metavar="FOLDER [FOLDER]", nargs=-1, required=True, type=FILE_OR_FOLDER)
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "markdown", "json", "text"]),
    help="Default: from the name of the -o file.",
)
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Output file: .html, .md, .json or .txt.",
)
@options(TELL_OPTIONS)
def report(console: Console, **flags: Any) -> int:
    """Write the report of the build or repair in FOLDER (or of a document that --json wrote).

    One FOLDER gives a page, FOLDER/.p2c/report.html. Two are compared, the second with the first, as Markdown on
    stdout, unless --format or -o says otherwise.
    """
    from p2c.commands.build import run_report

    return run_report(console, **flags)


@cli.command(short_help="Build the example paper without a key.")
@click.option("-o", "--output", "root", type=FOLDER, default=Path("p2c-demo"), show_default=True)
@options(RUN_OPTIONS, TELL_OPTIONS)
def demo(console: Console, **flags: Any) -> int:
    """Build the example paper without a key. Only the model's replies are recorded; everything else is real."""
    from p2c.commands.demo import run_demo

    return run_demo(console, **flags)


@cli.command(short_help="Report what is installed and reachable.")
@options((MODEL_OPTIONS[0], MODEL_OPTIONS[2], MODEL_OPTIONS[6]), (SANDBOX,), TELL_OPTIONS)
def doctor(console: Console, **flags: Any) -> int:
    """Report what is installed and reachable: git, uv, sandboxes, the package index, the model."""
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
