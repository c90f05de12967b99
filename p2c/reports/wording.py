"""How verdicts, times, money and counts are put into words, the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping

VERDICTS: Mapping[str, str] = {
    "runs": "It runs",
    "broken": "It does not run",
    "stagnated": "It does not run: the repair stopped making progress",
    "unverified": "Unverified: p2c did not see it run",
    "unavailable": "Not judged: something that p2c needs was not available",
    "budget": "Stopped by a limit",
}
"""One headline for each verdict of the document."""


def duration(seconds: float | None) -> str:
    """Return `0.4 s`, `12 s`, `3 min 05 s` or `2 h 10 min`; a dash for what is unknown."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def took(status: str, seconds: float) -> str:
    """Return how long a check took, a dash for one that was skipped."""
    return duration(None if status == "skipped" else seconds)


def money(usd: float | None, calls: int = 1) -> str:
    """Return dollars with as many digits as small sums need; nothing called costs nothing, no price is `unknown`."""
    if not calls:
        return "$0"
    if usd is None:
        return "unknown"
    return f"${usd:,.2f}" if usd >= 1 or usd == 0 else f"${usd:.4f}"


def plural(number: int, noun: str) -> str:
    """Return `1 finding`, `2 findings`, `3 patches`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun}{'es' if noun.endswith(('ch', 's', 'x')) else 's'}"


def share(part: int, whole: int) -> str:
    """Return a percentage without decimals, a dash where there is no whole."""
    return f"{100 * part / whole:.0f}%" if whole else "–"
