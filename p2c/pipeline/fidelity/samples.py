"""Independent samples about a patch: which of two versions is the paper's, and whether an objection holds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from p2c.executor.module_layout import is_test
from p2c.generator.criteria import Criterion
from p2c.generator.structured_replies import ask_each, read_json, refuse, schema_of
from p2c.models.base import Prompt
from p2c.pipeline.fidelity.verdicts import CriteriaJudge
from p2c.prompts import data, render
from p2c.repair.guards.code_changes import Change
from p2c.repo import Repo
from p2c.scoring.critics import TRIES, Words
from p2c.scoring.prompt_prefix import asking, opening, room_of, select_both

Better = Literal["A", "B", "same"]
"""The versions as the prompt names them; a reply may write them in either case."""
_LETTERS = {"a": "A", "b": "B", "same": "same"}
Preference = Literal["new", "old", "same"]
FILE = 60_000
"""Characters of one file of a version that are shown."""


class BetterReply(BaseModel):
    """What is said of one criterion."""

    model_config = ConfigDict(extra="ignore")

    id: Words
    better: Annotated[Better, BeforeValidator(lambda value: _LETTERS.get(str(value).strip().lower(), value))]
    why: str = ""


class ComparisonReply(BaseModel):
    """What is said of all."""

    model_config = ConfigDict(extra="ignore")

    items: list[BetterReply] = Field(min_length=1)


class DisputeReply(BaseModel):
    """Whether an objection holds."""

    model_config = ConfigDict(extra="ignore")

    upheld: bool
    why: str = ""


def preferences(
    judge: CriteriaJudge, before: Repo, after: Repo, criteria: Sequence[Criterion]
) -> dict[str, tuple[Preference, str]]:
    """Return by criterion which state is preferred, and why.

    Asked twice, with the versions in either order: which order comes first is decided by a digest, and a judge that
    prefers a position, not a version, prefers nothing.
    """
    names = sorted(criterion.id for criterion in criteria)
    digest = hashlib.sha256("\0".join([before.digest, after.digest, *names]).encode()).digest()
    new_is_a = bool(digest[0] & 1)
    first = _compared(judge, (before, after), criteria, new_is_a)
    if not any(preference == "new" for preference, _ in first.values()):
        return first
    second = _compared(judge, (before, after), criteria, not new_is_a)
    undecided: tuple[Preference, str] = ("same", "with the order turned, the answer is another")
    return {name: said if said[0] == second.get(name, undecided)[0] else undecided for name, said in first.items()}


def _compared(
    judge: CriteriaJudge, states: tuple[Repo, Repo], criteria: Sequence[Criterion], new_is_a: bool
) -> dict[str, tuple[Preference, str]]:
    before, after = states
    versions = (after, before) if new_is_a else (before, after)
    change = Change(before, after)
    paths = [path for path in change.paths if not is_test(path) and not path.endswith((".md", ".rst"))]
    shown = "\n".join(
        data("version", _version(repo, paths), name=name) for name, repo in zip("AB", versions, strict=True)
    )
    rows = "\n".join(
        f"{criterion.id} ({criterion.kind}): {criterion.requirement} [{criterion.section}: “{criterion.quote}”]"
        for criterion in criteria
    )
    text = asking(opening(judge.paper), shown, render("fidelity_compare", criteria=data("criteria", rows)))
    prompt = Prompt(text, "fidelity.compare", schema_of(ComparisonReply, "comparison"))
    ids = [criterion.id for criterion in criteria]
    answer = ask_each(judge.model, [(prompt, lambda reply: _read(reply, ids))], TRIES, judge.journal)[0].value or {}
    state_of: dict[str, Preference] = {
        "A": "new" if new_is_a else "old",
        "B": "old" if new_is_a else "new",
        "same": "same",
    }
    return {name: (state_of[said.better], said.why) for name, said in answer.items()}


def _read(reply: str, ids: Sequence[str]) -> dict[str, BetterReply]:
    said = {item.id: item for item in read_json(reply, ComparisonReply).items if item.id in ids}
    refuse([f"{name} was not compared" for name in ids if name not in said], said or None)
    return said


def _version(repo: Repo, paths: Sequence[str]) -> str:
    return "\n".join(
        data("file", repo.files[path][:FILE] if path in repo.files else "(there is no such file)", path=path)
        for path in paths
    )


def upheld(judge: CriteriaJudge, repo: Repo, criterion: Criterion, reason: str) -> tuple[bool, str]:
    """Return whether an independent sample upholds an objection, and why; no usable reply upholds nothing."""
    begin = opening(judge.paper)
    shown, _ = select_both(repo, None, room_of(begin, judge.context))
    row = f"{criterion.id} ({criterion.kind}): {criterion.requirement} [{criterion.section}: “{criterion.quote}”]"
    ask = render("fidelity_dispute", criterion=data("criterion", row), reason=data("reason", reason))
    prompt = Prompt(asking(begin, shown.text, ask), "fidelity.dispute", schema_of(DisputeReply, "objection"))
    said = ask_each(judge.model, [(prompt, lambda reply: read_json(reply, DisputeReply))], TRIES, judge.journal)[
        0
    ].value
    return (said.upheld, said.why) if said else (False, "no usable reply")
