"""How a command ended, for people: each check, its findings, and the verdict in the last line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal, TextIO

from p2c.executor.report import CheckResult, Finding
from p2c.formatting import VERDICTS, duration, explanation, is_stale, money, plural, took
from p2c.formatting import headline as words
from p2c.repair.open_points import left_open
from p2c.reports.account import words_of_account
from p2c.reports.fidelity import fidelity_of, rows_of, summary
from p2c.reports.formats.locations import where
from p2c.reports.outcome import Outcome
from p2c.reports.unfinished_run import words_of
from p2c.reports.verdict_origin import line_of
from p2c.safe_text import lines, one_line

if TYPE_CHECKING:
    from rich.text import Text

Style = Literal["", "bold", "dim", "green", "red", "yellow", "bold green", "bold red", "bold yellow"]
Piece = tuple[str, Style]
Line = tuple[Piece, ...]

MOST_FINDINGS = 50
"""Findings of one check that are printed; the document has all."""

_STATUS: dict[str, Style] = {"passed": "green", "failed": "red", "skipped": "dim"}
_ATTEMPT: dict[str, Style] = {"kept": "green", "dropped": "yellow", "rejected": "red"}
_VERDICT: dict[str, Style] = {"runs": "bold green", "broken": "bold red", "stagnated": "bold red"}


def render_text(outcome: Outcome) -> str:
    """Return plain text without escapes; its last line is `verdict: why`."""
    return "".join("".join(text for text, _ in line) + "\n" for line in tell(outcome))


def print_text(outcome: Outcome, stream: TextIO) -> None:
    """Print to `stream`: with colours where it is a terminal (NO_COLOR is heeded), plain elsewhere."""
    if not stream.isatty():
        text = render_text(outcome)
        encoding = stream.encoding or "utf-8"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        return
    from rich.console import Console

    console = Console(file=stream, highlight=False, soft_wrap=True)
    for line in tell(outcome):
        console.print(styled(line))


def styled(line: Line) -> Text:
    """Return a line for rich; no markup in it is obeyed."""
    from rich.text import Text

    return Text.assemble(*line)


def tell(outcome: Outcome) -> Iterator[Line]:
    """Yield the lines, each as pieces with a style; above what is not of what lies there now stands what is."""
    extra = outcome.extra
    stale, headline = is_stale(extra), words(extra) or VERDICTS.get(outcome.verdict, outcome.verdict)
    word = str(extra["state"]) if stale else outcome.verdict
    if stale:
        yield ((f"{headline}: {one_line(explanation(extra), 600)}", "bold yellow"),)
        if isinstance(extra.get("unfinished"), Mapping):
            yield ((f"last run: {words_of(extra['unfinished'])}", ""),)
    for result in outcome.report.results:
        yield from _check(result)
    for number, attempt in enumerate(outcome.attempts, 1):
        note = one_line(attempt.note or attempt.patch.reason, 160)
        verdict = (f"{attempt.verdict:<9}", _ATTEMPT.get(attempt.verdict, ""))
        yield ((f"attempt {number:<3}", ""), verdict, (f"{one_line(attempt.patch.author, 40)}: {note}", ""))
    about = line_of(outcome.origin.keys)
    if about:
        yield ((about, "dim"),)
    for left in left_open(outcome.attempts):
        yield (("left open  ", "bold yellow"), (one_line(left.line, 1000), ""))
    yield from _fidelity(outcome)
    yield ((spent(outcome), "dim"),)
    yield (
        (word, "bold yellow" if stale else _VERDICT.get(word, "bold yellow")),
        (f": {one_line(outcome.why) or headline}", ""),
    )


def _fidelity(outcome: Outcome) -> Iterator[Line]:
    """What came of working for fidelity: a line of its own, and one for each criterion that is not met."""
    fidelity = fidelity_of(outcome.extra)
    if fidelity is None:
        return
    yield (("fidelity   ", "bold"), (summary(fidelity), ""))
    for row in rows_of(fidelity):
        if row.status not in ("met", "assumed") and not row.sealed:
            said = f"{row.requirement}: {row.why}" if row.why else row.requirement
            yield ((f"  {row.id} ", "bold"), (row.status, "yellow"), (f" {one_line(said, 300)}", ""))


def spent(outcome: Outcome) -> str:
    """Return one line of time, findings, calls, tokens and money."""
    usage = outcome.usage
    count = plural(len(outcome.report.gating), "blocking finding") if outcome.report.results else "nothing was checked"
    parts = [duration(outcome.seconds), count]
    advice = len(outcome.report.findings) - len(outcome.report.gating)
    parts += [plural(advice, "advisory finding")] if advice else []
    if usage.calls:
        parts += [plural(usage.calls, "model call"), plural(usage.tokens, "token"), f"cost {money(usage.usd)}"]
    account = outcome.extra.get("account")
    words_about_all = words_of_account(account) if account else ""
    return ", ".join(parts) + (f"; {words_about_all}" if words_about_all else "")


def _check(result: CheckResult) -> Iterator[Line]:
    style = _STATUS.get(result.status, "")
    note = f"  {one_line(result.note)}" if result.note else ""
    yield (
        (f"{result.check:<11}", ""),
        (f"{result.status:<8}", style),
        (f"{took(result.status, result.seconds):>8}", "dim"),
        (note, ""),
    )
    for finding in sorted(result.findings, key=lambda f: not f.gates)[:MOST_FINDINGS]:
        yield from _finding(finding)
    if len(result.findings) > MOST_FINDINGS:
        yield ((f"  … {len(result.findings) - MOST_FINDINGS:,} more; --json has all", "dim"),)


def _finding(finding: Finding) -> Iterator[Line]:
    first, *rest = lines(finding.message, most=6)
    style: Style = "red" if finding.gates else "yellow"
    spot = one_line(where(finding))
    yield (("  ", ""), (f"{spot} " if spot else "", "bold"), (one_line(finding.rule, 80), style), (f" {first}", ""))
    for line in rest:
        yield ((f"      {line}", ""),)
    if finding.fix and "\n" not in finding.fix:
        yield ((f"      fix: {one_line(finding.fix)}", "dim"),)
