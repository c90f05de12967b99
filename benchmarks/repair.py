"""What a repair comes to, case by case: without a model, or with the one that is named.

python -m benchmarks.repair [FOLDER ...] [--model MODEL] [--only 03] [--types] [--markdown]

A folder holds cases as tests/repos does, or is one. Nothing is written but the table.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from p2c.errors import P2CError
from p2c.models import open_model
from p2c.pipeline.verify import RepairResult
from tests.repair.cases import REPOS, RepoCase, Workbench, read_case, read_cases

HEAD = ("case", "kinds", "needs model", "verdict", "oracle", "attempts", "rounds", "seconds")


@dataclass(frozen=True)
class Row:
    """How one case ended; `attempts` are patches tried, `rounds` those kept, `why` what was left."""

    case: RepoCase
    verdict: str
    oracle: str
    attempts: int
    rounds: int
    seconds: float
    why: str = ""

    @property
    def cured(self) -> bool:
        """It runs, and the oracle agrees."""
        return self.verdict == "runs" and self.oracle == "passed"

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        needs = "yes" if self.case.needs_model else "no"
        numbers = (str(self.attempts), str(self.rounds), f"{self.seconds:.1f}")
        return (self.case.name, " ".join(self.case.kinds), needs, self.verdict, self.oracle, *numbers)


def measure(case: RepoCase, bench: Workbench, model: str) -> Row:
    """Repair one case in a folder of its own and ask its oracle."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="p2c-case-") as folder:
        try:
            result = bench.repair(case, Path(folder), open_model(model.format(case=case.name)) if model else None)
        except P2CError as error:
            return Row(case, error.word, "-", 0, 0, time.monotonic() - start, str(error))
        seconds = time.monotonic() - start
        failed = bench.ask_oracle(case, result.case.repo)
    return _row(case, result, seconds, failed)


def _row(case: RepoCase, result: RepairResult, seconds: float, failed: str) -> Row:
    attempts = result.case.history.attempts
    kept = sum(attempt.verdict == "kept" for attempt in attempts)
    why = result.stop.why if result.stop.word != "runs" else failed
    return Row(case, result.stop.word, "failed" if failed else "passed", len(attempts), kept, seconds, why)


def totals(rows: Sequence[Row]) -> list[str]:
    """Say what was cured, of those that a rule can cure and of those that want a model."""
    lines = []
    for needs, name in ((False, "curable without a model"), (True, "needing a model"), (None, "in all")):
        some = [row for row in rows if needs is None or row.case.needs_model == needs]
        wrong = sum(row.verdict == "runs" and row.oracle == "failed" for row in some)
        cured, seconds = sum(row.cured for row in some), sum(row.seconds for row in some)
        if some:
            mean = sum(row.attempts for row in some) / len(some)
            tail = f"{wrong} run against their oracle, {mean:.1f} attempts and {seconds / len(some):.1f} s a case"
            lines.append(f"{name}: {cured} of {len(some)} cured, {tail}")
    return lines


def table(rows: Sequence[Sequence[str]], markdown: bool) -> Iterable[str]:
    """Yield the lines of a table, the first row its head."""
    if markdown:
        yield "| " + " | ".join(rows[0]) + " |"
        yield "|" + " --- |" * len(rows[0])
        yield from ("| " + " | ".join(row) + " |" for row in rows[1:])
        return
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def find_cases(folders: Sequence[Path], only: Sequence[str]) -> list[RepoCase]:
    """Read the cases of each folder, or the case that it is."""
    found = []
    for folder in folders or [REPOS]:
        found += [read_case(folder)] if (folder / "repo").is_dir() else list(read_cases(folder))
    return [case for case in found if not only or case.name.startswith(tuple(only))]


def main() -> int:
    """Print progress on stderr and the table on stdout; 0 if all that need no model are cured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.repair", description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--model", default="", help="as for p2c repair; {case} in it is the case's name")
    parser.add_argument("--sandbox", default="local")
    parser.add_argument("--only", action="append", default=[], metavar="PREFIX", help="cases whose names begin so")
    parser.add_argument("--types", action="store_true", help="the types check too: it advises, and takes longest")
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args()
    skip = frozenset[str]() if asked.types else frozenset({"types"})
    rows = []
    with Workbench(asked.sandbox, skip) as bench:
        for case in find_cases(asked.folders, asked.only):
            row = measure(case, bench, asked.model)
            rows.append(row)
            print(f"{'ok  ' if row.cured else 'FAIL'} {case.name}  {row.why[:300]}", file=sys.stderr, flush=True)
    print("\n".join(table([HEAD, *(row.cells for row in rows)], asked.markdown)))
    print("\n" + "\n".join(f"{'- ' if asked.markdown else ''}{line}" for line in totals(rows)))
    return 0 if all(row.cured for row in rows if not row.case.needs_model) else 1


if __name__ == "__main__":
    sys.exit(main())
