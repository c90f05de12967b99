"""Changes to the lines that say what a repository needs, in whatever file they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from p2c.executor.report import Finding, Report
from p2c.executor.requirements.declared import RequirementLine, Requirements
from p2c.repo import Repo

_TEXT_FILES = (".txt", ".in")


def install_troubles(report: Report) -> tuple[Finding, ...]:
    """Return the gating findings about requirements that can't be had (not those about what is not asked for)."""
    return tuple(f for f in report.gating if f.check == "install" and not f.rule.startswith("Missing"))


def is_at(finding: Finding, line: RequirementLine) -> bool:
    """The finding is about this very line."""
    return (finding.path, finding.line) == (line.path, line.line)


def replaced(repo: Repo, changes: Mapping[RequirementLine, str | None]) -> dict[str, str | None]:
    """Return the files in which these lines are replaced, or taken out; one that can't be found for certain stays."""
    rows = {line.path: repo.files[line.path].split("\n") for line in changes}
    gone: set[tuple[str, int]] = set()
    for line, text in changes.items():
        number = line.line - 1
        row = rows[line.path][number]
        if row.count(line.text) != 1:
            continue
        if text is not None:
            rows[line.path][number] = row.replace(line.text, text)
        elif row.split("#")[0].strip(" \t\r,-\"'") == line.text:
            gone.add((line.path, number))
    return {
        path: "\n".join(row for number, row in enumerate(lines) if (path, number) not in gone)
        for path, lines in rows.items()
    }


def added(repo: Repo, declared: Requirements, wanted: Iterable[str]) -> dict[str, str | None]:
    """Return the file that asks for these requirements too; `requirements.txt` is made where there is none."""
    wanted = list(wanted)
    if not wanted:
        return {}
    path = declared.path or "requirements.txt"
    if path.endswith(_TEXT_FILES):
        text = repo.files.get(path, "")
        lead = "" if not text or text.endswith("\n") else "\n"
        return {path: text + lead + "".join(f"{item}\n" for item in wanted)}
    return _added_beside(repo, declared.lines[-1], wanted) if declared.lines else {}


def _added_beside(repo: Repo, last: RequirementLine, wanted: list[str]) -> dict[str, str | None]:
    """Add after the last requirement, in the form it has: a quoted string of a list, or an item of a YAML list."""
    rows = repo.files[last.path].split("\n")
    row = rows[last.line - 1]
    quoted = re.search(rf"([\"']){re.escape(last.text)}\1", row)
    item = re.fullmatch(rf"(\s*-\s+){re.escape(last.text)}\s*", row)
    if quoted:
        more = "".join(f", {quoted[1]}{name}{quoted[1]}" for name in wanted)
        rows[last.line - 1] = row[: quoted.end()] + more + row[quoted.end() :]
    elif item:
        rows[last.line : last.line] = [f"{item[1]}{name}" for name in wanted]
    else:
        return {}
    return {last.path: "\n".join(rows)}
