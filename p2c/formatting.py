"""How verdicts, times, money and counts are put into words, the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

VERDICTS: Mapping[str, str] = {
    "runs": "It runs",
    "broken": "It does not run",
    "stagnated": "It does not run: the repair stopped making progress",
    "unverified": "Unverified: p2c did not see it run",
    "unavailable": "Not judged: a sandbox, model or package index was not available",
    "budget": "Stopped by a limit",
}
"""One headline for each verdict of the document."""
STATES: Mapping[str, str] = MappingProxyType(
    {
        "running": "A run is under way",
        "interrupted": "The last run was interrupted",
        "killed": "The last run was killed",
        "unavailable": "The last run stopped: a sandbox, model or package index was not available",
        "failed": "The last run failed",
        "changed": "Changed since the last verdict",
    }
)
"""One headline for each state in which a document has no verdict of what lies in the folder."""


def headline(document: Mapping[str, Any]) -> str:
    """Return the words that stand above everything; '' for a verdict of another program's."""
    return STATES.get(str(document.get("state"))) or VERDICTS.get(str(document.get("verdict")), "")


def explanation(document: Mapping[str, Any]) -> str:
    """Return a document's `why` without the words that its headline says already."""
    why, shown = str(document.get("why") or ""), headline(document).split(":")[0]
    if not is_stale(document):
        return why
    if shown and why.lower().startswith(f"{shown.lower()};"):
        why = why[len(shown) + 1 :].strip()
    return f"{why[:1].upper()}{why[1:]}"


def is_stale(document: Mapping[str, Any]) -> bool:
    """Tell whether the checks in a document are not of what lies in the folder, or of no finished run."""
    return str(document.get("state")) in STATES


def sentences(*parts: str) -> str:
    """Return texts one after the other on one line, each but the last ended by a full stop where it has no end."""
    texts = [" ".join(part.split()) for part in parts if part.strip()]
    ended = [part if part.endswith((".", "!", "?", ":", ";")) else f"{part}." for part in texts[:-1]]
    return " ".join([*ended, *texts[-1:]])


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
