"""Cures lines of a requirements file that no installer can read: fences, bullets, commands, a single `=`."""

from __future__ import annotations

import re

from p2c.executor.requirements.declared import read_requirements
from p2c.repair.case import Case
from p2c.repair.fixers.requirements.declared import install_troubles
from p2c.repair.fixers.text_edits import finding_text, offer
from p2c.repair.patch import Patch
from p2c.untrusted_text import MAX_LINE

_UNREADABLE = re.compile(
    r"[Cc]ouldn't parse requirement|Invalid requirement|no such comparison operator|Expected one of|"
    r"is not a requirement|Expected package name|Expected direct URL|[Uu]nexpected '"
)
_NAME = r"[A-Za-z0-9][\w.-]*(?:\[[\w,-]+\])?"
_GOOD = re.compile(
    rf"{_NAME}\s*(?:(?:===?|~=|!=|<=|>=|<|>)[^=].*|@.*|;.*)?|-.*|\s*|#.*|git\+.*|https?:.*|\.{{0,2}}/.*|\."
)


def fix(case: Case) -> Patch | None:
    """Rewrite what has one reading, and make a comment of a line of prose."""
    declared = read_requirements(case.repo)
    if not declared.path.endswith((".txt", ".in")) or not any(
        _UNREADABLE.search(finding_text(trouble)) for trouble in install_troubles(case.report)
    ):
        return None
    text = case.repo.files[declared.path]
    lines = [new for line in text.split("\n") for new in _read(line)]
    changes: dict[str, str | None] = {declared.path: "\n".join(lines)}
    return offer(case, "requirement-lines", f"Write the lines of {declared.path} so that they can be read", changes)


def _read(line: str) -> list[str]:
    """Return the lines that one line stands for."""
    bare = line.strip().removeprefix("\ufeff").strip()
    if len(bare) > MAX_LINE:
        return [line]
    if _GOOD.fullmatch(bare) and not re.match(r"-\s", bare):
        return [line]
    if re.fullmatch(r"(`{3,}|~{3,})\w*", bare):
        return []
    bare = re.sub(r"^(?:[-*•]|\d+[.)])\s+", "", bare)
    bare = re.sub(r"^[`'\"](.*?)[`'\"],?$", r"\1", bare)
    command = re.fullmatch(r"[$!%>]?\s*(?:python\d?\s+-m\s+)?(?:uv\s+)?pip3?\s+install\s+(.*)", bare)
    if command:
        return [word for word in command[1].split() if not word.startswith("-")]
    single = re.fullmatch(rf"({_NAME})\s*=\s*v?(\d[\w.]*)", bare)
    spaced = re.fullmatch(rf"({_NAME})\s+v?(\d+(?:\.\d+)+)", bare)
    match = single or spaced
    if match:
        return [f"{match[1]}=={match[2]}"]
    bare = bare.rstrip(",;")
    return [bare] if _GOOD.fullmatch(bare) else [f"# {bare}"]
