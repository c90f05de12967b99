"""What a paper is called and dated, from what its source tells."""

from __future__ import annotations

import re
from pathlib import Path

_GENERIC = frozenset("latex tex source src main paper ms article manuscript template root document".split())
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def iso_date(text: str) -> str:
    """`2018-02-21`, `2018-02`, or `2018`, from what a paper writes; empty where it names no year."""
    if match := re.search(r"\b((?:19|20)\d\d)-(\d\d)(?:-(\d\d))?", text):
        return "-".join(part for part in match.groups() if part)
    year = re.search(r"\b(?:19|20)\d\d\b", text)
    if not year:
        return ""
    month = re.search(rf"\b({'|'.join(_MONTHS)})[a-z]*", text.lower())
    day = re.search(r"\b([12]?\d|3[01])(?:st|nd|rd|th)?\b", text.replace(year.group(0), ""))
    parts = [year.group(0)]
    if month:
        parts.append(f"{_MONTHS.index(month.group(1)) + 1:02d}")
        parts += [f"{int(day.group(1)):02d}"] if day and int(day.group(1)) else []
    return "-".join(parts)


def paper_id(path: Path, title: str) -> str:
    """A short name for folders and reports: the file's, or the title's where the file's says nothing."""
    name = path.resolve().stem
    return slug(title) or "paper" if name.lower() in _GENERIC else name


def slug(text: str) -> str:
    """Lower-case words joined by hyphens, at most 60 characters."""
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))[:60].strip("-")
