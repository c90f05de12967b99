"""The code that matters to a finding: around each frame, and what is called there; numbered."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from p2c.executor.report import Finding
from p2c.python_source import parse
from p2c.repair.grouping import FindingGroup, is_unreadable, own_frames
from p2c.repo import Repo

WHOLE_FUNCTION = 80
"""A function up to this many lines is shown whole."""
RADIUS = 12
"""Lines around a place in a longer function; three times as many where more context is asked for."""
WHOLE_FILE = 700
"""A file up to this many lines is shown whole where more context is asked for."""


@dataclass(frozen=True, order=True)
class Range:
    """Lines of a file, 1-based and inclusive; `rank` 0 is where it failed, 1 the way there, 2 what is called."""

    path: str
    start: int
    end: int
    rank: int
    mark: int = 0
    """A line to point at; 0 for none."""


def ranges(repo: Repo, groups: Iterable[FindingGroup], wide: bool) -> list[Range]:
    """Return what to show for all groups, the places of failure before the rest."""
    shown_ranges: list[Range] = []
    for each in groups:
        for finding in each.findings[:3]:
            shown_ranges += _of_finding(repo, finding, wide)
    return sorted(
        dict.fromkeys(r for r in shown_ranges if r.path in repo.files), key=lambda r: (r.rank, r.path, r.start)
    )


def _of_finding(repo: Repo, finding: Finding, wide: bool) -> Iterator[Range]:
    frames = () if is_unreadable(finding) else own_frames(finding)
    if not frames:
        if finding.path in repo.files and finding.path:
            yield _around(repo, finding.path, finding.line or 1, 0, wide)
            yield from _imports(repo, finding.path)
        return
    inner = frames[-1]
    yield _around(repo, inner.path, inner.line, 0, wide)
    yield from _imports(repo, inner.path)
    for frame in reversed(frames[-6:-1]):
        yield _around(repo, frame.path, frame.line, 1, False)
    if finding.path and finding.path != inner.path and finding.path in repo.files:
        yield _around(repo, finding.path, finding.line or 1, 0, wide)
    yield from called(repo, inner.path, inner.line)


def _imports(repo: Repo, path: str) -> Iterator[Range]:
    """The lines in which a file imports: what its names stand for."""
    tree = parse(repo.files.get(path, ""))
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)] if tree else []
    if imports:
        yield Range(path, imports[0].lineno, imports[-1].end_lineno or imports[-1].lineno, 0)


def _around(repo: Repo, path: str, line: int, rank: int, wide: bool) -> Range:
    total = repo.files.get(path, "").count("\n") + 1
    if wide and total <= WHOLE_FILE:
        return Range(path, 1, total, rank, line)
    node = _enclosing(parse(repo.files.get(path, "")), line)
    if node is not None and (node.end_lineno or 0) - _first_line(node) < WHOLE_FUNCTION:
        return Range(path, _first_line(node), node.end_lineno or line, rank, line)
    radius = RADIUS * (3 if wide else 1)
    return Range(path, max(1, line - radius), min(total, line + radius), rank, line)


def _enclosing(tree: ast.Module | None, line: int) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The outermost function (a method, not its class) around a line."""
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)) if tree else ()
    return next((node for node in functions if _first_line(node) <= line <= (node.end_lineno or 0)), None)


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def called(repo: Repo, path: str, line: int) -> Iterator[Range]:
    """Yield the definitions in the repository of what the function around a line calls, imports followed once."""
    tree = parse(repo.files.get(path, ""))
    function = _enclosing(tree, line)
    if tree is None:
        return
    names = _called_names(function or tree)
    for where, name in _origins(repo, path, tree, names):
        node = _definition(parse(repo.files[where]), name)
        if node is not None and node is not function:
            end = min(node.end_lineno or node.lineno, _first_line(node) + WHOLE_FUNCTION)
            yield Range(where, _first_line(node), end, 2)


def _definition(tree: ast.Module | None, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None:
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name:
            return node
    return None


def _called_names(node: ast.AST) -> list[str]:
    calls = [child.func for child in ast.walk(node) if isinstance(child, ast.Call)]
    names = [f.id if isinstance(f, ast.Name) else f.attr for f in calls if isinstance(f, ast.Name | ast.Attribute)]
    return list(dict.fromkeys(names))


def _origins(repo: Repo, path: str, tree: ast.Module, names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (file, name) for the names that this file or a module of the repository that it imports defines."""
    files = [path, *_imported_files(repo, tree)]
    for name in names:
        yield from ((file, name) for file in files if f"def {name}(" in repo.files[file])
        yield from ((file, name) for file in files if f"class {name}" in repo.files[file])


def _imported_files(repo: Repo, tree: ast.Module) -> list[str]:
    modules: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules += [node.module or "", *(f"{node.module or ''}.{alias.name}".strip(".") for alias in node.names)]
    ends = {f"{module.replace('.', '/')}.py" for module in modules if module}
    return [path for path in repo.python_files() if any(path == end or path.endswith(f"/{end}") for end in ends)]


def merged(shown_ranges: Iterable[Range]) -> list[tuple[str, list[tuple[int, int]], set[int], int]]:
    """Return (path, line ranges without overlaps, marked lines, best rank) for each file, the best rank first."""
    by_path: dict[str, list[Range]] = {}
    for each in shown_ranges:
        by_path.setdefault(each.path, []).append(each)
    files = [
        (path, _joined(parts), {r.mark for r in parts if r.mark}, min(r.rank for r in parts))
        for path, parts in by_path.items()
    ]
    return sorted(files, key=lambda file: file[3])


def _joined(parts: list[Range]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted((part.start, part.end) for part in parts):
        if joined and start <= joined[-1][1] + 3:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def numbered(text: str, spans: Iterable[tuple[int, int]], marks: Iterable[int] = ()) -> str:
    """Return lines with their numbers, marked ones with `>`, and a line of dots where lines are left out."""
    lines, marked, shown = text.removesuffix("\n").split("\n"), set(marks), list[str]()
    for start, end in spans:
        if start > 1:
            shown.append("   ...")
        shown += [
            f"{'>' if number in marked else ' '}{number:5d} | {lines[number - 1]}".rstrip("\r")
            for number in range(start, min(end, len(lines)) + 1)
        ]
        if end < len(lines):
            shown.append("   ...")
    return "\n".join(line for number, line in enumerate(shown) if line != "   ..." or shown[number - 1] != line)
