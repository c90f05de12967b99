"""`p2c demo`: an example paper is built and a broken repository repaired; only the model's replies are recorded."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from p2c.commands.build import BuildFlags, build_paper, paper_from, repair_and_report, settings_of
from p2c.commands.console import Console
from p2c.commands.example_files import example_folder
from p2c.errors import UsageError
from p2c.output_files import require_no_link
from p2c.pipeline.repair_folder import FolderRequest
from p2c.reports.formats.text import print_text
from p2c.reports.outcome import Outcome, document, to_json
from p2c.settings import Settings
from p2c.state_folder import STATE, StateFolder


def run_demo(console: Console, root: Path, **flags: Any) -> int:
    """Build into `root` and repair into `root`-repaired; both have to run."""
    examples, settings = example_folder(), settings_of(flags)
    console.say(
        "Only the model's replies are recorded; planning, installing, checking, running and repairing are real.\n"
        f"{examples / 'README.md'} describes how the replies were recorded.\n"
    )
    built = _build(console, examples, root, settings)
    broken = root.with_name(root.name + "-repaired")
    require_no_link(broken)
    console.say(f"\nNext, p2c repairs a typical broken repository in {broken}:\n")
    mended = _repair(console, examples / "broken", broken, settings)
    _give(console, built, mended)
    console.say(f"\nReports: {root / STATE / 'report.html'} and {broken / STATE / 'report.html'}")
    return max(built.exit_code, mended.exit_code)


def _build(console: Console, examples: Path, root: Path, settings: Settings) -> Outcome:
    paper = examples / "adaptive-restart"
    settings = replace(settings, model=f"replay:{paper / 'replies'}", criteria=True)
    return build_paper(console, paper_from(str(paper / "paper" / "main.tex"), "", settings), BuildFlags(root), settings)


def _repair(console: Console, example: Path, folder: Path, settings: Settings) -> Outcome:
    if folder.exists() and not StateFolder(folder).identity():
        raise UsageError(f"{str(folder)!r} already exists", "Choose another folder with -o.")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(example / "repo", folder)
    settings = replace(settings, model=f"replay:{example / 'replies'}")
    return repair_and_report(console, FolderRequest(folder), settings)


def _give(console: Console, built: Outcome, mended: Outcome) -> None:
    if console.as_json:
        sys.stdout.write(to_json({**document(built), "repair": document(mended)}))
        return
    for outcome, subject in ((built, "The paper's repository"), (mended, "The broken repository")):
        if not console.quiet:
            print(f"{subject}:")
            print_text(outcome, sys.stdout)
            print()
