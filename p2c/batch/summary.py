"""A batch in one table: a row an item, the sums, and the exit code that they come to."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from p2c.batch.results import ItemResult
from p2c.budget import Usage
from p2c.formatting import duration, money, plural
from p2c.safe_text import one_line
from p2c.state_folder import STATE

SEVERITY = (0, 5, 1, 3, 4, 70)
"""Exit codes of items, the worst last: what broke in p2c, then what the same command would go on with."""
AS = {2: 1, 130: 3}
"""An input that one item cannot read is that item's failure, not wrong use of the whole."""
COLUMNS = ("name", "kind", "verdict", "kept", "attempts", "minutes", "calls", "tokens", "usd", "score", "starts", "why")


@dataclass(frozen=True)
class SummaryRow:
    """What is told of an item. `minutes`, `calls`, `tokens` and `usd` are of all its starts; `usd` None is unknown."""

    name: str
    kind: str
    verdict: str
    why: str
    exit: int
    kept: int
    attempts: int
    minutes: float
    usage: Usage
    score: float | None
    spread: float | None
    starts: int
    report: str
    """Its page, as a path from the batch's folder; '' where there is none."""
    again: bool
    """The same command would go on with it."""

    @property
    def data(self) -> dict[str, Any]:
        """The row as JSON has it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "verdict": self.verdict,
            "kept": self.kept,
            "attempts": self.attempts,
            "minutes": self.minutes,
            "calls": self.usage.calls,
            "tokens": self.usage.tokens,
            "usd": self.usage.usd if self.usage.calls else 0.0,
            "score": self.score,
            "spread": self.spread,
            "starts": self.starts,
            "why": self.why,
            "exit": self.exit,
            "report": self.report,
            "again": self.again,
        }


@dataclass(frozen=True)
class Summary:
    """All rows in the manifest's order; `seconds` is of this start, `used` what its calls cost."""

    rows: tuple[SummaryRow, ...]
    seconds: float = 0.0
    used: Usage = Usage()
    interrupted: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """How many items ended in each way, the most frequent first."""
        return dict(Counter(row.verdict for row in self.rows).most_common())

    @property
    def spent(self) -> Usage:
        """What all starts of all items cost."""
        return sum((row.usage for row in self.rows), Usage())

    @property
    def exit_code(self) -> int:
        """The worst item's: 70, 4, 3, 1, 5, 0 in this order; 130 where the batch was interrupted."""
        if self.interrupted:
            return 130
        return max((_counted_as(row.exit) for row in self.rows), key=SEVERITY.index, default=0)

    @property
    def why(self) -> str:
        """One sentence: how many ended how, and what it cost."""
        counted = ", ".join(f"{number} {verdict}" for verdict, number in self.counts.items())
        left = sum(row.again for row in self.rows)
        more = f"; the same command resumes {left}" if left else ""
        return f"{plural(len(self.rows), 'item')}: {counted}{more}"

    @property
    def data(self) -> dict[str, Any]:
        """The `--json` document."""
        return {
            "why": self.why,
            "exit": self.exit_code,
            "counts": self.counts,
            "items": [row.data for row in self.rows],
            "usage": usage_data(self.used),
            "spent": usage_data(self.spent),
            "seconds": round(self.seconds, 3),
        }


def row_of(result: ItemResult, root: Path) -> SummaryRow:
    """Return what the table tells of a result."""
    attempts = _list(result.document.get("attempts"))
    kept = sum(isinstance(attempt, Mapping) and attempt.get("verdict") == "kept" for attempt in attempts)
    page = Path(result.folder) / STATE / "report.html"
    inside = result.kind != "check" and page.is_file() and page.resolve().is_relative_to(root.resolve())
    return SummaryRow(
        name=result.name,
        kind=result.kind,
        verdict=result.verdict,
        why="; ".join(reason for reason in (result.why, str(result.unscored.get("why", ""))) if reason),
        exit=max(
            (result.exit, int(result.unscored.get("exit", 0))), key=lambda code: SEVERITY.index(_counted_as(code))
        ),
        kept=kept,
        attempts=len(attempts),
        minutes=round(result.seconds / 60, 2),
        usage=result.spent,
        score=_number((result.score or {}).get("mean")),
        spread=_number((result.score or {}).get("spread")),
        starts=result.starts,
        report=page.resolve().relative_to(root.resolve()).as_posix() if inside else "",
        again=not result.final or bool(result.unscored),
    )


def render_csv(summary: Summary) -> str:
    """Return the rows as CSV; a text that a spreadsheet would take for a formula is quoted by an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in summary.rows:
        writer.writerow([_cell(row.data[column]) for column in COLUMNS])
    return out.getvalue()


def render_table(summary: Summary) -> str:
    """Return the table for people; its last line is the sum."""
    heads = ("item", "verdict", "kept", "time", "cost", "score")
    rows = [heads, *(_cells(row) for row in summary.rows)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(heads))]
    lines = []
    for number, row in enumerate(rows):
        cells = [
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        why = summary.rows[number - 1].why if number and summary.rows[number - 1].verdict != "runs" else ""
        lines.append("  ".join([*cells, one_line(why, 100)]).rstrip())
    spent = summary.spent
    cost = f"{plural(spent.calls, 'model call')}, {plural(spent.tokens, 'token')}, cost {money(spent.usd, spent.calls)}"
    lines.append(f"{duration(summary.seconds)}, {cost}")
    lines.append(summary.why)
    return "".join(f"{line}\n" for line in lines)


def usage_data(usage: Usage) -> dict[str, Any]:
    """Return usage as the documents of single commands have it."""
    return {
        "calls": usage.calls,
        "prompt_tokens": usage.prompt_tokens,
        "cached_tokens": usage.cached_tokens,
        "completion_tokens": usage.completion_tokens,
        "usd": usage.usd,
    }


def _cells(row: SummaryRow) -> tuple[str, ...]:
    return (
        row.name,
        one_line(row.verdict, 20),
        f"{row.kept}/{row.attempts}" if row.attempts else "–",
        duration(row.minutes * 60),
        money(row.usage.usd, row.usage.calls),
        score_words(row),
    )


def score_words(row: SummaryRow) -> str:
    """Return `3.9 ± 0.4`, or a dash."""
    if row.score is None:
        return "–"
    return f"{row.score:.2f}" + (f" ± {row.spread:.2f}" if row.spread is not None else "")


def _counted_as(code: int) -> int:
    code = AS.get(code, code)
    return code if code in SEVERITY else 3


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        text = one_line(value, 1_000)
        return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
    return "" if value is None else value


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []
