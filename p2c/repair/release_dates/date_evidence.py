"""When code was written, from what it says of itself: days with the words for where each comes from."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from p2c.executor.requirements.declared import Requirements
from p2c.repair.case import Case
from p2c.repo import Repo

_ARXIV = re.compile(r"(?:arxiv\.org/(?:abs|pdf)/|arXiv:\s*)(\d\d)(\d\d)\.\d{4,5}", re.IGNORECASE)
_YEAR = (
    re.compile(r"""\byear\s*=\s*[{"']?\s*(20\d\d)\b"""),
    re.compile(r"Copyright\s+(?:\(c\)\s*|©\s*)?(?:20\d\d\s*[-,]\s*)*(20\d\d)\b", re.IGNORECASE),
    re.compile(
        r"\b(?:NeurIPS|NIPS|ICML|ICLR|AAAI|IJCAI|CVPR|ICCV|ECCV|ACL|EMNLP|NAACL|KDD|AISTATS|UAI)[ '-]*(20\d\d)\b"
    ),
)
_STATED = re.compile(r"^(?:README|LICENSE|COPYING|CITATION)[\w.-]*$", re.IGNORECASE)
_PIN = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?\s*===?\s*([\w.!+-]+)\s*(?:;.*)?$")


@dataclass(frozen=True)
class DateEvidence:
    """An ISO date, and where it comes from."""

    date: str
    source: str


def stated_days(case: Case, pinned: str = "") -> Iterator[DateEvidence]:
    """Yield the days that speak for themselves, the best first; `pinned` is when the newest pin came out, if known."""
    if case.paper is not None and (day := last_day(case.paper.date)):
        yield DateEvidence(day, "the paper's date")
    if pinned:
        yield DateEvidence(pinned, "the newest of the pinned versions")
    texts = [text for path, text in sorted(case.repo.files.items()) if _STATED.match(path)]
    days = [f"20{year}-{month}" for text in texts for year, month in _ARXIV.findall(text) if 1 <= int(month) <= 12]
    if days:
        yield DateEvidence(last_day(max(days)), "the newest arXiv number that the README names")
    years = [year for text in texts for pattern in _YEAR for year in pattern.findall(text)]
    if years:
        yield DateEvidence(last_day(max(years)), "the newest year in the README or the licence")


def last_day(text: str) -> str:
    """Return the last day of `2021`, `2021-06` or `2021-06-30`; '' for anything else."""
    match = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text)
    if not match:
        return ""
    year, month = int(match[1]), int(match[2] or 12)
    if not 1 <= month <= 12:
        return ""
    try:
        return date(year, month, int(match[3] or monthrange(year, month)[1])).isoformat()
    except ValueError:
        return ""


def pins(wanted: Requirements) -> list[str]:
    """Return the requirements that name one version, as `name==version`."""
    matches = (_PIN.match(line.text) for line in wanted.lines)
    return [f"{match[1]}=={match[2]}" for match in matches if match and "*" not in match[2]]


def readme_with(repo: Repo, era: str) -> dict[str, str]:
    """Return the README with its line that installs the requirements made to install those of the day."""
    text = repo.files.get("README.md", "")
    new = _INSTALL.sub(rf"\1python -m pip install uv\n\1uv pip install --exclude-newer {era} -r requirements.txt", text)
    return {"README.md": new} if new != text else {}


_INSTALL = re.compile(r"(?m)^([ \t$]*)(?:python3? -m )?pip3? install -r requirements\.txt[ \t]*$")
