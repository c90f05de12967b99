"""Notebooks as scripts: their code cells in order, run from their own folder; findings point back to the cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from p2c.contract import RunContract
from p2c.errors import UnreadableTextError
from p2c.executor import syntax
from p2c.executor.report import CheckResult, Finding, Frame, Report
from p2c.repo import Repo
from p2c.untrusted_text import load_json

_MAGIC = re.compile(r"^(\s*)(?:%(?!%)|!|\?|\w[\w.]*\?{1,2}\s*$)")
_FROM_SHELL = re.compile(r"^(\s*[\w,][\w, ]*=\s*)(?:!|%(?!%)).*$")
_TRANSPARENT = ("%%time", "%%timeit", "%%capture", "%%prun")
"""Cell magics that run the cell as Python; what follows any other is another language, or a file."""

PREAMBLE = "import os as _os; _os.chdir({folder!r}); display = print; get_ipython = lambda: None"


@dataclass(frozen=True)
class Script:
    """A notebook's code as one file; `cells` holds for each line of it the cell (from 1) and the line in that."""

    notebook: str
    path: str
    text: str
    cells: tuple[tuple[int, int], ...]


def scripts(repo: Repo) -> tuple[Script, ...]:
    """Return a script for each notebook that has Python code; checkpoints are left out."""
    found = (
        _script(path, text, repo)
        for path, text in repo.files.items()
        if path.endswith(".ipynb") and ".ipynb_checkpoints" not in path
    )
    return tuple(script for script in found if script is not None)


def added(repo: Repo, contract: RunContract, made: tuple[Script, ...]) -> tuple[Repo, RunContract]:
    """Return the repository with the scripts beside their notebooks, and the contract that runs them too."""
    lines = tuple(f"python '{script.path}'" for script in made)
    origin = f"{contract.origin}, and notebooks" if contract.smoke else "notebooks"
    with_them = repo.with_files({script.path: script.text for script in made})
    return with_them, replace(contract, smoke=(*contract.smoke, *lines), origin=origin) if made else contract


def unreadable(repo: Repo) -> tuple[Finding, ...]:
    """Return a finding for each notebook that cannot be read."""
    return tuple(
        Finding("compile", "NotebookUnreadable", "the file is not a notebook in JSON", path, fix="save it again")
        for path, text in repo.files.items()
        if path.endswith(".ipynb") and ".ipynb_checkpoints" not in path and _cells(text) is None
    )


def told_of_cells(report: Report, made: tuple[Script, ...]) -> Report:
    """Return the report in which findings in the scripts are findings in the notebooks."""
    by_path = {script.path: script for script in made}
    return Report(tuple(_result(result, by_path) for result in report.results)) if made else report


def _result(result: CheckResult, made: Mapping[str, Script]) -> CheckResult:
    return replace(result, findings=tuple(_finding(finding, made) for finding in result.findings))


def _finding(finding: Finding, made: Mapping[str, Script]) -> Finding:
    script = made.get(finding.path or "")
    frames = tuple(_frame(frame, made) for frame in finding.frames)
    message = finding.message
    for one in made.values():
        message = message.replace(f"python '{one.path}'", one.notebook).replace(one.path, one.notebook)
    if script is None:
        return replace(finding, frames=frames, message=message)
    cell, line = _place(script, finding.line)
    told = f"cell {cell}, line {line}: {message}" if cell else message
    return replace(finding, path=script.notebook, line=None, column=None, frames=frames, message=told)


def _frame(frame: Frame, made: Mapping[str, Script]) -> Frame:
    script = made.get(frame.path)
    if script is None:
        return frame
    cell, line = _place(script, frame.line)
    where = f"cell {cell}" if frame.function == "<module>" else f"{frame.function} in cell {cell}"
    return replace(frame, path=script.notebook, line=line, function=where)


def _place(script: Script, line: int | None) -> tuple[int, int]:
    return script.cells[line - 1] if line and line <= len(script.cells) else (0, 0)


def _script(path: str, text: str, repo: Repo) -> Script | None:
    cells = _cells(text)
    if not cells:
        return None
    folder = str(PurePosixPath(path).parent)
    rows, places = [PREAMBLE.format(folder=folder)], [(0, 0)]
    for number, source in cells:
        for line, row in enumerate(_plain(source).split("\n"), 1):
            rows.append(row)
            places.append((number, line))
    name = path.removesuffix(".ipynb") + "_ipynb"
    while f"{name}.py" in repo.files:
        name += "_"
    return Script(path, f"{name}.py", "\n".join(rows) + "\n", tuple(places))


def _cells(text: str) -> list[tuple[int, str]] | None:
    """Return (number from 1, source) of the code cells; None where it is no notebook, [] where it is not Python's."""
    try:
        data = load_json(text)
        language = data.get("metadata", {}).get("kernelspec", {}).get("language", "python")
        cells = [cell for cell in data["cells"] if cell["cell_type"] == "code"]
        sources = [(n, cell["source"]) for n, cell in enumerate(cells, 1)]
    except (UnreadableTextError, KeyError, TypeError, AttributeError):
        return None
    if not isinstance(language, str) or not all(_is_source(source) for _, source in sources):
        return None
    if language.lower() != "python":
        return []
    return [(n, source if isinstance(source, str) else "".join(source)) for n, source in sources]


def _is_source(source: object) -> bool:
    return isinstance(source, str) or (isinstance(source, list) and all(isinstance(line, str) for line in source))


def _plain(source: str) -> str:
    """Return a cell without what only IPython understands, line for line."""
    if source.lstrip().startswith("%%"):
        first, _, rest = source.lstrip().partition("\n")
        source = f"# {first}\n{rest}" if first.startswith(_TRANSPARENT) else re.sub("^", "# ", source, flags=re.M)
    if syntax.parse(source) is not None:
        return source  # what looks like a magic stands in a string, or is an operator
    return "\n".join(map(_row, source.split("\n")))


def _row(row: str) -> str:
    assigned = _FROM_SHELL.match(row)
    if assigned:
        return f"{assigned[1]}[]  # {row.strip()}"
    magic = _MAGIC.match(row)
    return f"{magic[1]}pass  # {row.strip()}" if magic else row
