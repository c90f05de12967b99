"""Notebooks as scripts: their code cells in order, run from their own folder; findings point back to the cell."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from p2c import python_source
from p2c.errors import UnreadableTextError
from p2c.executor.report import CheckResult, Finding, Frame, Report
from p2c.repo import Repo
from p2c.run_contract import RunContract
from p2c.untrusted_text import load_json

_MAGIC = re.compile(r"^(\s*)(?:%(?!%)|!|\?|\w[\w.]*\?{1,2}\s*$)")
_FROM_SHELL = re.compile(r"^(\s*[\w,][\w, ]*=\s*)(?:!|%(?!%)).*$")
MOST_BYTES = 50_000_000
"""Of one notebook, with the pictures in it."""
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
    converted = (_script(path, text, repo) for path, text in _texts(repo) if text is not None)
    return tuple(script for script in converted if script is not None)


def _texts(repo: Repo) -> Iterator[tuple[str, str | None]]:
    """Yield path and text of each notebook, of large ones too: they hold what their cells have printed."""
    for path in sorted((*repo.files, *repo.assets)):
        if path.endswith(".ipynb") and ".ipynb_checkpoints" not in path:
            yield path, repo.files[path] if path in repo.files else _large(repo.assets[path])


def _large(place: Path) -> str | None:
    if place.stat().st_size > MOST_BYTES:
        return None
    return place.read_bytes().decode("utf-8", "surrogateescape")


def added(repo: Repo, contract: RunContract, converted: tuple[Script, ...]) -> tuple[Repo, RunContract]:
    """Return the repository with the scripts beside their notebooks, and the contract that runs them too."""
    lines = tuple(f"python '{script.path}'" for script in converted)
    origin = f"{contract.origin}, and notebooks" if contract.smoke else "notebooks"
    with_them = repo.with_files({script.path: script.text for script in converted})
    return with_them, replace(contract, smoke=(*contract.smoke, *lines), origin=origin) if converted else contract


def unreadable(repo: Repo) -> tuple[Finding, ...]:
    """Return a finding for each notebook that cannot be read."""
    return tuple(finding for path, text in _texts(repo) for finding in _not_run(path, text) if finding.gates)


def not_run(repo: Repo) -> tuple[Finding, ...]:
    """Return advice about what of the notebooks is not run: other languages, lines of the shell."""
    return tuple(finding for path, text in _texts(repo) for finding in _not_run(path, text) if not finding.gates)


def _not_run(path: str, text: str | None) -> Iterator[Finding]:
    if text is None:
        what = f"the notebook is larger than {MOST_BYTES:,} bytes, so it is not read"
        yield Finding("compile", "NotebookUnreadable", what, path, fix="clear the outputs of its cells")
        return
    cells = _cells(text)
    if cells is None:
        yield Finding("compile", "NotebookUnreadable", "the file is not a notebook in JSON", path, fix="save it again")
    elif not cells:
        what = "the notebook has no Python code, so nothing of it is run"
        yield Finding("compile", "NotebookNotPython", what, path, gates=False)
    else:
        left = [f"cell {number}: {row.strip()[:60]}" for number, source in cells for row in _left_out(source)]
        if left:
            more = f" (and {len(left) - 1} more)" if len(left) > 1 else ""
            what = f"what only IPython or a shell understands is not run: {left[0]}{more}"
            yield Finding("compile", "CellsLeftOut", what, path, gates=False)


def _left_out(source: str) -> Iterator[str]:
    """Yield the first line of a cell that is another language's, or the lines of the shell and of magics."""
    first = source.lstrip().partition("\n")[0]
    if first.startswith("%%") and not first.startswith(_TRANSPARENT):
        yield first
        return
    pairs = zip(source.lstrip().split("\n"), _plain(source).split("\n"), strict=False)
    yield from (
        row for row, converted in pairs if row != converted and row.strip() and not row.startswith(_TRANSPARENT)
    )


def with_notebook_locations(report: Report, converted: tuple[Script, ...]) -> Report:
    """Return the report in which findings in the scripts are findings in the notebooks."""
    if not converted:
        return report
    by_path = {script.path: script for script in converted}
    books = {script.notebook for script in converted}
    seen: SeenFindings = []
    return Report(tuple(_result(result, by_path, books, seen) for result in report.results))


SeenFindings = list[tuple[str, int, int, frozenset[str], str, bool]]
"""What was told of notebooks so far: notebook, cell, line, the names that it is about, the check, whether it gates."""


def _result(
    result: CheckResult, by_path: Mapping[str, Script], books: Collection[str], seen: SeenFindings
) -> CheckResult:
    """One fault is one finding, of the first check that has it: a name that is not there is seen by three of them."""
    kept, elsewhere = [], list[str]()
    # What is told of the notebook as a file is told of its script, with the cell, too.
    own = [
        candidate
        for candidate in result.findings
        if candidate.path not in books or result.check not in ("lint", "types")
    ]
    for finding in sorted(own, key=lambda candidate: not candidate.gates):
        script = by_path.get(finding.path or "")
        place = (script.notebook, *_place(script, finding.line)) if script else None
        names = frozenset(_QUOTED.findall(finding.message))
        same = [other for other in seen if place == other[:3] and names & other[3]] if place and place[1] else []
        by = [check for *_, check, gates in same if check != result.check and gates >= finding.gates]
        if by:
            elsewhere.append(by[0])
            continue
        if place:
            seen.append((*place, names, result.check, finding.gates))
        kept.append(finding)
    findings = tuple(_finding(finding, by_path) for finding in result.findings if finding in kept)
    note = f"told by {' and '.join(dict.fromkeys(elsewhere))}" if elsewhere else ""
    return replace(result, findings=findings, note="; ".join(filter(None, (result.note, note))))


_QUOTED = re.compile(r"[`'\"](\w+)[`'\"]")


def _finding(finding: Finding, by_path: Mapping[str, Script]) -> Finding:
    script = by_path.get(finding.path or "")
    frames = tuple(_frame(frame, by_path) for frame in finding.frames)
    message = finding.message
    for converted in by_path.values():
        message = message.replace(f"python '{converted.path}'", converted.notebook).replace(
            converted.path, converted.notebook
        )
    if script is None:
        return replace(finding, frames=frames, message=message)
    cell, line = _place(script, finding.line)
    described = f"cell {cell}, line {line}: {message}" if cell else message
    return replace(finding, path=script.notebook, line=None, column=None, frames=frames, message=described)


def _frame(frame: Frame, by_path: Mapping[str, Script]) -> Frame:
    script = by_path.get(frame.path)
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
    if python_source.parse(source) is not None:
        return source  # what looks like a magic stands in a string, or is an operator
    return "\n".join(map(_row, source.split("\n")))


def _row(row: str) -> str:
    assigned = _FROM_SHELL.match(row)
    if assigned:
        return f"{assigned[1]}[]  # {row.strip()}"
    magic = _MAGIC.match(row)
    return f"{magic[1]}pass  # {row.strip()}" if magic else row
