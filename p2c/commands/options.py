"""The options that commands share, in groups, and a command that knows the order of its own."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import click

from p2c.executor.report import ORDER as _CHECKS
from p2c.host_processes import distrust
from p2c.repair.guard_names import NAMES


class _Seconds(click.FloatRange):
    """A time; neither nothing nor for ever, nor `nan`, which lies in every range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if number != number:
            self.fail(f"{value} is not a number of seconds", param, ctx)
        return number


class UntrustedPath(click.Path):
    """A path to somebody else's files: no program in that folder, or beside that file, is started on the host."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the path, and note that what it names is not to be trusted, wherever PATH leads."""
        path = super().convert(value, param, ctx)
        distrust(Path(os.fsdecode(path)))
        return path


FOLDER = UntrustedPath(file_okay=False, path_type=Path)
INPUT_FILE = UntrustedPath(dir_okay=False, path_type=Path)
FILE_OR_FOLDER = UntrustedPath(path_type=Path)


CHECKS = ", ".join(_CHECKS)
SECONDS = _Seconds(0, 1e9, min_open=True)
MODEL_OPTIONS = (
    click.option("--model", metavar="NAME", help="Name of the model, or `manual:DIR` or `replay:DIR` (P2C_MODEL)."),
    click.option("--escalate-model", metavar="NAME", help="Stronger model, used when the first one makes no progress."),
    click.option("--base-url", metavar="URL", help="Server that speaks the OpenAI protocol (vLLM, Ollama, ...)."),
    click.option("--max-cost", type=float, metavar="USD", help="Stop before this much money is spent."),
    click.option(
        "--max-tokens", type=int, metavar="N", help="Stop before this many tokens are used (default: 5 million)."
    ),
    click.option(
        "--max-reply-tokens",
        type=int,
        metavar="N",
        help="Longest single reply (default: what a known context leaves, else the server's own limit).",
    ),
    click.option(
        "--context",
        type=int,
        metavar="N",
        help="Tokens that the model reads and writes together, if the server does not say (P2C_CONTEXT).",
    ),
    click.option(
        "--parallel",
        type=int,
        metavar="N",
        help="Model calls at once (default: 8, or fewer if the server shows that it cannot).",
    ),
    click.option("--max-attempts", type=int, metavar="N", help="Try at most this many patches (default: 30)."),
)
FIDELITY_OPTIONS = (
    click.option("--judge-model", metavar="NAME", help="Model that judges fidelity (default: the one of --model)."),
    click.option(
        "--refine-rounds",
        type=click.IntRange(1, 20),
        metavar="N",
        help="Work for fidelity for at most this many rounds (default: 3).",
    ),
)
ALLOW = click.option(
    "--allow",
    multiple=True,
    type=click.Choice(NAMES),
    help="Accept patches that this guard would reject; `files` accepts changes to any other kind of file. Repeatable.",
)
CLAIMS = click.option(
    "--claims",
    is_flag=True,
    help="Also run the commands that show the paper's claims ([run] claim), which take minutes.",
)
MINUTES = click.option("--max-minutes", type=float, metavar="N", help="Stop after this many minutes.")
SANDBOX = click.option(
    "--sandbox",
    type=click.Choice(["local", "docker", "e2b", "unsafe"]),
    help="Where the code runs (default: local).",
)
GPUS = click.option("--gpus", metavar="GPUS", help="docker: GPUs for the containers: all, a number, or device=0,1.")
RUN_OPTIONS = (
    SANDBOX,
    click.option("--image", metavar="NAME", help="docker: image of the containers (default: a slim Python image)."),
    GPUS,
    click.option(
        "--cpus",
        type=click.FloatRange(0.01),
        metavar="N",
        help="docker: CPUs for each container (default: all).",
    ),
    click.option("--template", metavar="NAME", help="e2b: template of the sandboxes (default: base)."),
    click.option(
        "--lifespan",
        type=click.IntRange(60, 86400),
        metavar="SECONDS",
        help="e2b: how long a sandbox survives if p2c is killed (default: 600).",
    ),
    click.option(
        "--allow-network",
        is_flag=True,
        default=None,
        help="Give smoke commands network access if p2c.toml asks for it (network = true).",
    ),
    click.option(
        "--allow-host",
        "allow_hosts",
        multiple=True,
        metavar="HOST[:PORT]",
        callback=lambda _context, _parameter, hosts: hosts or None,
        help="Host that installs may reach besides the package indexes, such as github.com; repeatable.",
    ),
    MINUTES,
    click.option("--constraints", type=UntrustedPath(dir_okay=False), metavar="FILE", help="pip constraints file."),
    click.option(
        "--torch-backend",
        metavar="NAME",
        help="PyTorch builds to install, as uv names them: cpu (no CUDA), cu126, auto, ...",
    ),
)
TELL_OPTIONS = (
    click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON document on stdout; human-readable text goes to stderr."
    ),
    click.option(
        "--events", type=click.Path(dir_okay=False, path_type=Path), help="Append events to FILE as JSON lines."
    ),
    click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors."),
)


class PaperParam(click.types.StringParamType):
    """A paper: a path to somebody else's files, as above, or an arXiv id."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Keep the text, and note what it names if that is here."""
        with contextlib.suppress(OSError, ValueError):
            if Path(value).exists():
                distrust(Path(value))
        return value


SOURCE = PaperParam()


PAPER_OPTIONS = (
    click.option("--figures/--no-figures", default=None, help="Show the paper's figures to a vision model."),
    click.option(
        "--criteria/--no-criteria",
        default=None,
        help="Draw criteria from the paper first and have every file answer for its own (default: --criteria).",
    ),
    click.option("--ask", is_flag=True, help="Ask once, in a terminal, about what the paper leaves open."),
    click.option("--main", metavar="FILE", help="Main file of the paper if PAPER is a folder or an archive."),
    click.option("--password", metavar="WORD", help="Password of an encrypted PDF."),
    click.option("--force", is_flag=True, help="Use an output folder that holds other files."),
)


ORDER = "p2c.order"


class OrderedOptionsCommand(click.Command):
    """A command that knows in which order its options stood: `meta[ORDER]` holds the names of their parameters."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note the order of --format and -o, and parse as ever."""
        _, _, given = self.make_parser(ctx).parse_args(list(args))
        ctx.meta[ORDER] = [parameter.name for parameter in given if parameter.name in ("formats", "files")]
        return super().parse_args(ctx, args)
