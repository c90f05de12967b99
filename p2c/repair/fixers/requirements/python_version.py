"""Cures a declared Python that shuts out the one that runs here from above: the upper bound goes, the lower stays."""

from __future__ import annotations

import re

from p2c.repair.case import Case
from p2c.repair.fixers.text_edits import offer
from p2c.repair.patch import Patch

_ASKED = re.compile(r"Python '([^']+)' is asked for, and Python (\d+)\.(\d+)\S* runs here")
_PLACES = (
    r"(?m)^(\s*requires-python\s*=\s*)([\"'])([^\"']+)\2",
    r"(?m)^(\s*python\s*=\s*)([\"'])([^\"']+)\2",
    r"(?m)^(\s*python_requires\s*=\s*)([\"']?)([^\"'\n#,]+(?:,[^\"'\n#]+)*)\2",
    r"(?m)^(\s*-\s*[\"']?python)()([ ]*[=<>~!][^\"'\n#]*)",
)
"""Where it stands, as (what is before, a quote, the specifier): pyproject, Poetry, setup.py and setup.cfg, conda."""
_FILES = frozenset({"pyproject.toml", "setup.py", "setup.cfg", "environment.yml", "environment.yaml"})


def fix(case: Case) -> Patch | None:
    """Drop the upper bound where the Python that runs here is newer; what asks for a newer one is left as it is."""
    for finding in case.report.gating:
        match = _ASKED.search(finding.message) if finding.rule == "PythonUnavailable" else None
        if not match or finding.path not in _FILES:
            continue
        path = str(finding.path)
        floor = _floor(match[1], (int(match[2]), int(match[3])))
        text = _relaxed(case.repo.files.get(path, ""), floor) if floor else None
        if text is not None:
            return offer(case, "python-version", f"Let {path} be used with a Python that is there", {path: text})
    return None


def _floor(asked: str, runs: tuple[int, int]) -> str:
    """Return the oldest version that is asked for, or '' where that is not older than what runs, or not to be told."""
    lows = []
    for clause in asked[:200].split(","):
        match = re.fullmatch(r"\s*(>=|==|===|~=|=|\^|~|)\s*(\d+)\.(\d+)(\.[\d*]+)*\s*", clause)
        if match:
            lows.append((int(match[2]), int(match[3])))
        elif not re.fullmatch(r"\s*(?:<=?|!=)\s*[\d.*]+\s*", clause):
            return ""
    low = max(lows, default=None)
    if low is None:
        return f">={runs[0]}.0"
    return f">={low[0]}.{low[1]}" if low <= runs and low[0] == runs[0] else ""


def _relaxed(text: str, floor: str) -> str | None:
    """Return the text with the specifier replaced, where it stands in exactly one place."""
    matches = [match for pattern in _PLACES for match in re.finditer(pattern, text)]
    if len(matches) != 1:
        return None
    match = matches[0]
    trail = match[3][len(match[3].rstrip()) :]
    return text[: match.start(3)] + floor + trail + text[match.end(3) :]
