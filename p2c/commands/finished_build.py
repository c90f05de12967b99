"""A build that came to its end and is started again: where nothing has changed, it is told and not done again."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from p2c import git_history, state_folder
from p2c.budget import Usage
from p2c.commands.session import sandbox_options
from p2c.errors import P2CError
from p2c.formatting import sentences
from p2c.pipeline import check_cache
from p2c.reports.outcome import Outcome, read_outcome
from p2c.reports.staleness import JUDGED
from p2c.reports.stored import read_stored
from p2c.reports.verdict_origin import command_line, moment

if TYPE_CHECKING:
    from p2c.generator.paper import Paper
    from p2c.pipeline.build import BuildRequest
    from p2c.settings import Settings


def key_of(paper: Paper, request: BuildRequest, settings: Settings) -> str:
    """Return the name of what is asked: the paper, every option and setting, p2c itself, its tools, the machine."""
    text = hashlib.sha256(paper.text.encode("utf-8", "surrogateescape")).hexdigest()
    asked = replace(request, allow=frozenset())
    return check_cache.key(repr((text, paper.title, asked, sorted(request.allow), settings)),
                      sandbox_options(settings, ""), os.environ)  # fmt: skip


def remember(request: BuildRequest, key: str, outcome: Outcome) -> None:
    """Keep that this build runs; that of any other is forgotten."""
    if outcome.verdict == "runs":
        state_folder.write_state(request.root, state_folder.FINISHED, {"key": key, "tree": outcome.origin.tree})
    else:
        state_folder.StateFolder(request.root).remove(state_folder.FINISHED)


def known(request: BuildRequest, key: str) -> Outcome | None:
    """Return how this very build ended within the last day, if it runs and nothing was changed there since."""
    kept = state_folder.read_state(request.root, state_folder.FINISHED, _is_kept)
    if kept is None or kept["key"] != key or git_history.is_as_published(request.root) is not True:
        return None
    try:
        document = read_stored(request.root).document
    except P2CError:
        return None
    judged = document.get("state") == JUDGED and document["verdict"] == "runs" and document["tree"] == kept["tree"]
    return _outcome_of(document) if judged and _is_young(str(document["date"])) else None


def _outcome_of(document: Mapping[str, Any]) -> Outcome:
    outcome = read_outcome({key: value for key, value in document.items() if key not in ("state", "now")})
    at = str(document["date"])
    why = sentences(outcome.why, f"Nothing has changed since {moment(at)}, so nothing was done (--force repeats it)")
    origin = replace(outcome.origin, command=command_line())
    extra = {**outcome.extra, "cached": True, "checked_at": at}
    return replace(outcome, why=why, usage=Usage(), seconds=0.0, extra=extra, origin=origin)


def _is_young(date: str) -> bool:
    try:
        return 0 <= time.time() - datetime.fromisoformat(date).timestamp() < check_cache.DAY
    except ValueError:
        return False


def _is_kept(data: Any) -> dict[str, str]:
    if not isinstance(data, dict) or not all(isinstance(data.get(key), str) for key in ("key", "tree")):
        raise ValueError("no finished build")
    return data
