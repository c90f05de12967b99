"""The debugger: a model that sees all findings of a round, may look around, and answers with a unified diff."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from p2c.diffs.extraction import blocks
from p2c.errors import ContextError, PatchError, ReplyError
from p2c.generator.prompt_prefix import opening, plan_text
from p2c.generator.structured_replies import ask
from p2c.models.base import Message, Model, Prompt
from p2c.prompts import render
from p2c.repair.case import Case, Strategy
from p2c.repair.context import gather, tried
from p2c.repair.grouping import group, own_frames
from p2c.repair.history import CONTEXT, LOOK, REWRITE, STRONGER
from p2c.repair.inspection import REQUESTS, InspectionView, look, read_requests
from p2c.repair.open_points import read_open_point
from p2c.repair.patch import Patch, apply_patch, diff_repos, holds_change, replace_file
from p2c.session import Session

AUTHOR = "debugger"
DEBUG_BESIDE = 12_000
"""Tokens of a window kept for the rest of a prompt and the reply."""
CHARACTERS = 3
"""Characters of code in a token, on the safe side."""
LEAST_CONTEXT = 6_000
"""Characters; with less no finding can be understood."""


@dataclass(frozen=True)
class DebugOptions:
    """How much the debugger is shown and may ask. `context` is in characters, before the attempts and the paper.

    `looks` turns of looking around are allowed at first, `more_looks` once that level is reached; after
    `refusals` rejected answers in a row the whole file is asked for. `stronger` answers on the last level.
    """

    context: int = 40_000
    looks: int = 2
    more_looks: int = 5
    refusals: int = 2
    stronger: Model | None = None


def debug_options(session: Session) -> DebugOptions:
    """Return how much fits into the session's model beside rules, plan, attempts and the reply."""
    usual = DebugOptions(stronger=session.stronger)
    if session.context is None:
        return usual
    room = (session.context - DEBUG_BESIDE) * CHARACTERS
    return replace(usual, context=max(LEAST_CONTEXT, min(usual.context, room)))


def make_debugger(session: Session, options: DebugOptions | None = None) -> Strategy:
    """Return the debugger as a strategy; without a model it has nothing to offer.

    A reply that holds no change becomes a patch with an empty diff, whose reason says why: the loop records it.
    """
    chosen = options or DebugOptions()

    def debug(case: Case) -> Patch | None:
        model = session.model
        if case.history.level >= STRONGER and chosen.stronger is not None:
            model = chosen.stronger
        return None if model is None else _Turn(case, session, model, chosen).patch()

    return debug


class _Turn:
    """One attempt: the conversation from the findings to a change."""

    def __init__(self, case: Case, session: Session, model: Model, options: DebugOptions) -> None:
        self.case, self.session, self.model, self.options = case, session, model, options
        number = 1 + sum(attempt.patch.author == AUTHOR for attempt in case.history.attempts)
        self.stage = f"debug:{number}"
        self.whole = whole_file(case, options.refusals)
        level = case.history.level
        self.looks = options.looks if level < LOOK else options.more_looks
        self.size = options.context * (2 if level >= CONTEXT else 1)

    def patch(self) -> Patch:
        """Ask, with less context where the model can't read so much, and turn the reply into a patch."""
        size = self.size
        while True:
            try:
                return self._read(self._converse(size))
            except ReplyError as error:
                return Patch("", error.message, AUTHOR)
            except ContextError:
                if size < self.size // 8:
                    raise
                size //= 2

    def _converse(self, size: int) -> str:
        """Return the reply that is to be the change, after the turns of looking around that it asked for."""
        messages = self._messages(size)
        for left in range(self.looks, -1, -1):
            now = (*messages[:-1], Message("user", messages[-1].content + "\n" + self._wanted(left)))
            reply = ask(self.model, Prompt(now, self.stage), str, tries=1, journal=self.session.journal)
            requests = () if self._is_change(reply) or read_open_point(reply) else read_requests(reply)
            if not requests or not left:
                return reply
            view = InspectionView(self.case.repo, self.session.sandbox, self.case.history.level >= LOOK)
            messages = (*now, Message("assistant", reply), Message("user", look(requests, view)))
        return ""

    def _messages(self, size: int) -> tuple[Message, ...]:
        """What is shared comes first, so that prefix caches hit: the paper and the plan, where there are any."""
        case = self.case
        shown = f"{gather(case, size)}\n{tried(case)}"
        if case.paper is None or case.plan is None:
            return Message("system", render("debug")), Message("user", shown)
        rules = render("debug")
        return (*opening(case.paper), Message("user", f"{plan_text(case.plan)}\n{rules}\n{shown}"))

    def _wanted(self, left: int) -> str:
        """What the model is to answer now."""
        if self.whole:
            rewriting = self.case.history.level >= REWRITE
            why = "Write this file anew, from what it is for." if rewriting else "Diffs were refused, so no diff now."
            form = render("debug_whole", path=self.whole, why=why)
        else:
            form = render("debug_diff")
        if not left:
            return form
        run = "RUN command           in the sandbox, without network, 60 seconds" if self._may_run() else ""
        return form + "\n" + render("debug_look", requests=str(REQUESTS), rounds=str(left), run=run)

    def _may_run(self) -> bool:
        return self.case.history.level >= LOOK

    def _is_change(self, reply: str) -> bool:
        if holds_change(reply):
            return True
        return bool(self.whole) and "```look" not in reply and "```" in reply

    def _read(self, reply: str) -> Patch:
        point = read_open_point(reply)
        if blocks(reply):
            return Patch(reply, _reason(reply), AUTHOR, point)
        if holds_change(reply):
            try:
                after = apply_patch(reply, self.case.repo)
            except PatchError as error:
                return Patch("", error.message, AUTHOR)
            return Patch(diff_repos(self.case.repo, after), _reason(reply), AUTHOR, point)
        if self.whole and "```" in reply:
            try:
                after = replace_file(reply, self.whole, self.case.repo)
            except PatchError as error:
                return Patch("", error.message, AUTHOR)
            return Patch(diff_repos(self.case.repo, after), _reason(reply) or f"Write {self.whole} anew", AUTHOR)
        if point:
            return Patch("", point.partition(": ")[2], AUTHOR, point)
        if read_requests(reply):
            return Patch("", "the reply asked to see more when no such turn was left; a change was wanted", AUTHOR)
        return Patch("", f"the reply holds no diff; it began: {_short(reply)!r}", AUTHOR)


def whole_file(case: Case, refusals: int = 2) -> str:
    """Return the file that is to be written whole: after refused diffs, or at the rewriting level; '' for a diff."""
    history = case.history
    if history.level < REWRITE and history.refusals(AUTHOR) < refusals:
        return ""
    last = history.attempts[-1] if history.attempts else None
    if history.level < REWRITE and last is not None:
        named = re.findall(r"^\+\+\+ (?:b/)?(\S+)", last.patch.diff, re.MULTILINE)
        known = [path for path in named if path in case.repo.files]
        if known:
            return str(known[0])
    return _blamed(case)


def _blamed(case: Case) -> str:
    """The file of the first finding: that of its innermost own frame, or the one it names."""
    for each in group(case.report.gating or case.report.findings):
        frames = own_frames(each.lead)
        path = frames[-1].path if frames else each.lead.path
        if path in case.repo.files and path:
            return path
    return ""


def _reason(reply: str) -> str:
    """The first sentence of prose in a reply, for the commit's message."""
    for line in re.sub(r"(?ms)^\s*```.*?(?:^\s*```\s*$|\Z)", "", reply).split("\n"):
        line = line.strip().strip("*#").strip()
        if re.match(r"[A-Za-z`'\"]", line) and not line.startswith(("diff ", "index ", "OPEN ")):
            return _short(line, 160)
    return "Repair what the checks found"


def _short(text: str, limit: int = 200) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 3] + "..."
