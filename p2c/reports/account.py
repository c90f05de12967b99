"""What a folder's runs have paid for in all, apart from what they read back from disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from p2c.journal import Event
from p2c.reports.journal_summary import PAID
from p2c.reports.run_history import runs
from p2c.reports.unfinished_run import last_run, usage_data, words_of_usage


def account_of(events: Sequence[Event]) -> dict[str, Any]:
    """Return it as a document's `account`: `paid` in all runs, in the `last_run`, and replies `from_disk` in that."""
    own = last_run(events)
    read_back = sum(event.name in PAID and bool(event.data.get("cached")) for event in own)
    return {"runs": len(runs(events)), "paid": usage_data(events), "last_run": usage_data(own), "from_disk": read_back}


def words_of_account(account: Mapping[str, Any]) -> str:
    """Return it in words: what was read back, and what all runs paid, where this run is not the only one."""
    parts = []
    if account["from_disk"]:
        replies = "1 reply" if account["from_disk"] == 1 else f"{account['from_disk']:,} replies"
        parts.append(f"{replies} from disk")
    if account["runs"] > 1:
        parts.append(f"all {account['runs']} runs: {words_of_usage(account['paid'])}")
    return "; ".join(parts)
