"""p2c's own time: what a command takes besides the checks that it does.

python -m benchmarks.overhead

The environments are warm (each command was run once before). From the wall time of a command, Python's start included,
the seconds of its checks are taken away (`check.ended` in its events); what is left is p2c's own. No model is waited
for: replies are recorded, fixers need none. For `p2c --help`, the processor time of the whole process counts.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.gate import write_whole
from benchmarks.generation import EXAMPLE
from p2c.sandboxes.safe_files import remove

FAULT = "from pkg.part0.layer0 import Layer0\n"
WRONG = "from part0.layer0 import Layer0\n"
"""An import that does not fit the layout: one patch of a fixer cures it."""


@dataclass(frozen=True)
class Spent:
    """Seconds of one command: in all, in its checks; and how many rounds of checks it made."""

    wall: float
    checks: float
    rounds: int

    @property
    def own(self) -> float:
        """What p2c itself took."""
        return self.wall - self.checks


def spend(cache: Path, *words: str) -> Spent:
    """Run a p2c command that has to end well."""
    events = cache / "events.jsonl"
    events.unlink(missing_ok=True)
    start = time.perf_counter()
    argv = [sys.executable, "-m", "p2c", *words, "--quiet", "--events", str(events)]
    subprocess.run(argv, env={**os.environ, "P2C_CACHE": str(cache)}, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    told = [json.loads(line) for line in events.read_text().splitlines()]
    seconds = sum(event["seconds"] for event in told if event["event"] == "check.ended")
    return Spent(wall, seconds, sum(event["event"] == "repo.checked" for event in told))


def write_broken(root: Path) -> None:
    """Write the small repository with one fault."""
    write_whole(root)
    main = root / "main.py"
    main.write_text(main.read_text().replace(FAULT, WRONG))


def repaired(base: Path, cache: Path) -> Spent:
    """Repair the small repository's fault."""
    shutil.rmtree(base / "broken", ignore_errors=True)
    write_broken(base / "broken")
    return spend(cache, "repair", str(base / "broken"), "--no-model")


def built(base: Path, cache: Path) -> Spent:
    """Build the example paper from its recorded replies."""
    shutil.rmtree(base / "built", ignore_errors=True)
    words = ("build", str(EXAMPLE / "paper"), "-o", str(base / "built"), "--until-runs")
    return spend(cache, *words, "--model", f"replay:{EXAMPLE / 'replies'}")


def help_seconds() -> float:
    """Processor seconds of `p2c --help`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "p2c", "--help"], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Measure and print Markdown."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        base, cache = Path(folder), Path(folder) / "cache"
        for place in (base, cache):
            place.mkdir(exist_ok=True)
            place.chmod(0o755)
        write_whole(base / "whole")
        commands = {
            "`check`, small repository": lambda: spend(cache, "check", str(base / "whole")),
            "`repair --no-model`, one fault": lambda: repaired(base, cache),
            "`build --until-runs`, 26 recorded replies": lambda: built(base, cache),
        }
        print("| command | wall, s | rounds of checks | the checks, s | p2c's own, s |\n|---|--:|--:|--:|--:|")
        for what, command in commands.items():
            command()
            best = min((command() for _ in range(3)), key=lambda spent: spent.own)
            print(f"| {what} | {best.wall:.2f} | {best.rounds} | {best.checks:.2f} | {best.own:.2f} |", flush=True)
        print(f"\n`p2c --help`: {min(help_seconds() for _ in range(5)):.2f} s of processor time")
        remove(cache)


if __name__ == "__main__":
    main()
