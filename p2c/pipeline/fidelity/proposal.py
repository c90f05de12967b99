"""A ticket is put to the model: what is asked, what stands there, and what its reply comes to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from p2c.diffs.extraction import blocks
from p2c.errors import ContextError, ReplyError
from p2c.executor.module_layout import is_test
from p2c.generator.paper import Paper
from p2c.generator.plan import Plan
from p2c.generator.prompt_prefix import opening, plan_text
from p2c.generator.structured_replies import ask
from p2c.models.base import Message, Model, Prompt
from p2c.pipeline.fidelity.tickets import Ticket
from p2c.pipeline.fidelity.verdicts import Judgement
from p2c.prompts import data, render
from p2c.repair.context import CONFIG_SUFFIXES, PART, clipped, listing
from p2c.repair.excerpts import numbered
from p2c.repair.patch import Patch
from p2c.repo import Repo
from p2c.run_contract import RunContract, write_contract
from p2c.scoring.file_outlines import outline
from p2c.session import Session

AUTHOR = "fidelity"
SIZE = 60_000
"""Characters of code, configuration and outlines that are shown."""
PASSAGE = 3_000
"""Characters of the section around a quotation; the whole paper stands at the prompt's beginning."""
_DISPUTE = re.compile(r"(?m)^[ \t>*-]*DISPUTE\s+([\w.:-]+?)\s*:\s*(\S.*)$")


@dataclass(frozen=True)
class Proposal:
    """What a reply comes to: a patch (with an empty diff where the reply holds none) and disputes by criterion."""

    patch: Patch
    disputes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Situation:
    """What a ticket is about: the state, the paper and plan, what is met now, and what was tried for each criterion."""

    repo: Repo
    contract: RunContract
    paper: Paper
    plan: Plan | None
    met: tuple[Judgement, ...]
    tried: Mapping[str, Sequence[str]]
    computed: Sequence[str] = ()
    """What programs found that no judge was asked: a line each, with its place."""


def propose(session: Session, model: Model, ticket: Ticket, now: Situation, number: int) -> Proposal:
    """Ask for a change; with less code where the model can't read so much. Raises ModelError, BudgetExceededError."""
    size = SIZE
    while True:
        prompt = Prompt(_messages(ticket, now, size), f"fidelity:{number}")
        try:
            return read_proposal(ask(model, prompt, str, tries=1, journal=session.journal), ticket)
        except ReplyError as error:
            return Proposal(Patch("", error.message, AUTHOR))
        except ContextError:
            if size < SIZE // 8:
                raise
            size //= 2


def read_proposal(reply: str, ticket: Ticket) -> Proposal:
    """Return the patch and the disputes of a reply; only criteria of the ticket can be disputed, each once."""
    prose = re.sub(r"(?ms)^\s*```.*?(?:^\s*```\s*$|\Z)", "", reply)
    disputes: dict[str, str] = {}
    for name, reason in _DISPUTE.findall(prose):
        if name in ticket.ids:
            disputes.setdefault(name, _short(reason, 600))
    if blocks(reply):
        return Proposal(Patch(reply, _reason(prose), AUTHOR), tuple(disputes.items()))
    why = "disputes: " + ", ".join(disputes) if disputes else f"the reply holds no diff; it began: {_short(reply)!r}"
    return Proposal(Patch("", why, AUTHOR), tuple(disputes.items()))


def _messages(ticket: Ticket, now: Situation, size: int) -> tuple[Message, ...]:
    """What is shared comes first, so that prefix caches hit: the paper and the plan, where there is one."""
    plan = plan_text(now.plan) + "\n" if now.plan else ""
    parts = [
        data("files", listing(now.repo)),
        data("contract", write_contract(now.contract)),
        *_code(ticket, now.repo, size),
        data("criteria", "\n\n".join(_judgement_text(judgement, ticket) for judgement in ticket.judgements)),
        *_passages(ticket, now.paper),
        *_lines("computed", [row for row in now.computed if row.partition(":")[0] in ticket.files]),
        *_lines("stays", [_stays(judgement) for judgement in now.met if _is_near(judgement, ticket)]),
        *_lines("tried", [f"{name}: {note}" for name in ticket.ids for note in now.tried.get(name, ())]),
    ]
    return (*opening(now.paper), Message("user", plan + render("fidelity") + "\n" + "\n".join(parts)))


def _judgement_text(judgement: Judgement, ticket: Ticket) -> str:
    criterion = judgement.criterion
    rows = [
        f"{criterion.id} ({criterion.kind}{', formula' if ticket.formula else ''}): {criterion.requirement}",
        f"the paper, {criterion.section}: “{' '.join(criterion.quote.split())}”",
        f"judged {judgement.status}: {judgement.why}",
    ]
    rows += [f"cited: {', '.join(judgement.evidence)}"] if judgement.evidence else []
    return "\n".join(rows)


def _stays(judgement: Judgement) -> str:
    return f"{judgement.criterion.id} at {', '.join(judgement.evidence)}: {judgement.criterion.requirement}"


def _is_near(judgement: Judgement, ticket: Ticket) -> bool:
    places = judgement.verdict.evidence if judgement.verdict else ()
    return any(place.path in ticket.files for place in places)


def _lines(kind: str, rows: Sequence[str]) -> list[str]:
    return [data(kind, "\n".join(rows))] if rows else []


def _passages(ticket: Ticket, paper: Paper) -> list[str]:
    """The section around each quotation, by its title."""
    shown: dict[str, str] = {}
    for criterion in ticket.criteria:
        title = criterion.section.casefold().strip()
        for section in paper.sections:
            own = section.title.casefold().strip()
            if title and own and (title in own or own in title):
                shown.setdefault(section.title, _around(section.text, criterion.quote))
    return [data("passage", text, section=title) for title, text in shown.items() if text.strip()]


def _around(text: str, quote: str) -> str:
    at = max(0, text.find(quote.strip()[:24]))
    return text[max(0, at - PASSAGE // 2) : at + PASSAGE // 2]


def _code(ticket: Ticket, repo: Repo, size: int) -> list[str]:
    """The owners and what is cited whole, then configuration and tests of these files, of the rest the interfaces."""
    cited = [place.path for judgement in ticket.judgements if judgement.verdict for place in judgement.verdict.evidence]
    first = [path for path in dict.fromkeys([*ticket.files, *cited]) if path in repo.files]
    configs = [path for path in repo.files if path.endswith(CONFIG_SUFFIXES) and path != "p2c.toml"]
    stems = {path.rpartition("/")[2].removesuffix(".py") for path in ticket.files}
    tests = [path for path in repo.python_files() if is_test(path) and any(stem in repo.files[path] for stem in stems)]
    parts: list[str] = []
    whole: set[str] = set()
    for path in dict.fromkeys([*first, *configs, *tests]):
        text = repo.files[path]
        shown = data("code", numbered(text, [(1, text.count("\n") + 1)]), path=path)
        if path in configs and path not in first:
            shown = data("file", clipped(text, PART), path=path)
        if len(shown) <= size:
            parts.append(shown)
            whole.add(path)
            size -= len(shown)
    for path in repo.python_files():
        shown = data("outline", outline(path, repo.files[path]), path=path)
        if path not in whole and len(shown) <= size:
            parts.append(shown)
            size -= len(shown)
    return parts


def _reason(prose: str) -> str:
    """The first sentence of prose, for the commit's message."""
    for row in prose.split("\n"):
        text = row.strip().strip("*#").strip()
        if re.match(r"[A-Za-z`'\"]", text) and not text.startswith(("diff ", "index ", "DISPUTE ")):
            return _short(text, 160)
    return "Bring the code closer to the paper"


def _short(text: str, limit: int = 200) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 3] + "..."
