"""What a repository says that it needs: requirement lines with their place, whatever file they stand in."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from p2c import python_source
from p2c.errors import UnreadableTextError
from p2c.executor.requirements import conda, poetry, pyproject
from p2c.executor.requirements.distributions import canonical
from p2c.repo import Repo
from p2c.untrusted_text import load_ini

_NAME = re.compile(r"^\s*([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)")
_LOCAL = re.compile(r"(?:^|@\s*|^(?:-e|--editable)[\s=]+)(?:file:/*workspace/|file:(?!/)|\.{1,2}/)")
_ROOT = re.compile(r"\{root:uri\}|file://(?:/\$\{PROJECT_ROOT\}|\.(?=/))|file:(?!//)(?:\./)?")
"""How build back ends name the project's own folder, and addresses of files that are relative."""


@dataclass(frozen=True)
class RequirementLine:
    """One requirement or option as pip reads it, with its file and 1-based line."""

    text: str
    path: str
    line: int
    own: str = ""
    """What stands in the file, where that is written in another way."""

    @property
    def as_written(self) -> str:
        """The requirement in the file's own words."""
        return self.own or self.text

    @property
    def is_local(self) -> bool:
        """It names a folder or a file of the repository's, which may be changed where the line is not."""
        return _LOCAL.search(self.text) is not None

    @property
    def name(self) -> str:
        """The distribution's name in normal form; '' for options, paths and URLs without a name."""
        match = _NAME.match(self.text)
        rest = self.text[match.end() :].lstrip() if match else ""
        return canonical(match[1]) if match and (not rest or rest[0] in "=<>!~@;[(#, ") else ""


@dataclass(frozen=True)
class Requirements:
    """All lines; `path` is the file that was taken ('' where there is none), `python` what it asks of Python."""

    path: str = ""
    lines: tuple[RequirementLine, ...] = ()
    python: str = ""

    @property
    def text(self) -> str:
        """The lines as one requirements file."""
        return "".join(f"{line.text}\n" for line in self.lines)

    def find(self, name: str) -> RequirementLine | None:
        """Return the line that asks for a distribution."""
        return next((line for line in self.lines if line.name == canonical(name)), None)


def read_requirements(repo: Repo) -> Requirements:
    """Take the first that is there: requirements.txt, pyproject.toml, setup.cfg, setup.py, environment.yml."""
    python = _python(repo)
    for path in _candidates(repo):
        return Requirements(path, tuple(read_file(repo, path)), python)
    for read in (_pyproject, _setup_cfg, _setup_py, _environment):
        requirements = read(repo)
        if requirements is not None:
            return Requirements(requirements.path, requirements.lines, requirements.python or python)
    return Requirements(python=python)


def _candidates(repo: Repo) -> Iterator[str]:
    names = ("requirements.txt", "requirements/requirements.txt", "requirements/base.txt", "requirements/main.txt")
    yield from (path for path in (*names, "requirements.in", "reqs.txt") if path in repo.files)
    others = [path for path in repo.files if _OTHER.match(path) and not _ASIDE.search(path)]
    if not any(read(repo) for read in (_pyproject, _setup_cfg, _setup_py, _environment)):
        yield from sorted(others, key=lambda path: ("cpu" not in path, path))


_OTHER = re.compile(r"^(?:requirements/)?[\w.-]*requirements?[\w.-]*\.txt$|^requirements/[\w.-]+\.txt$")
_ASIDE = re.compile(r"test|dev|doc|lint|build|gpu|cuda|lock|optional|extra", re.IGNORECASE)


def is_requirements(path: str) -> bool:
    """Tell whether a file says by its name what has to be installed."""
    settings = {"pyproject.toml", "setup.cfg", "environment.yml", "environment.yaml", "requirements.in", "reqs.txt"}
    return path in settings or (_OTHER.match(path) is not None and not _ASIDE.search(path))


def read_file(repo: Repo, path: str) -> Iterator[RequirementLine]:
    """Yield the lines of a requirements file and of those that it names, each file once."""
    seen: set[str] = set()
    waiting = [_lines_of(repo, path, seen)]
    while waiting:
        item = next(waiting[-1], None)
        if item is None:
            waiting.pop()
        elif isinstance(item, RequirementLine):
            yield item
        else:
            waiting.append(_lines_of(repo, item, seen))


def _lines_of(repo: Repo, path: str, seen: set[str]) -> Iterator[RequirementLine | str]:
    """Yield the requirements of one file, and the paths of the files that it names."""
    text = repo.files.get(path)
    if text is None or path in seen:
        return
    seen.add(path)
    for number, line in _joined(text.removeprefix("\ufeff")):
        line = re.sub(r"(^|\s)#.*$", "", line).strip()
        other = re.match(r"(?:-r|--requirement)[\s=]+(\S+)", line)
        if other:
            yield posixpath.normpath(PurePosixPath(path).parent / other[1])
        elif line and not re.match(r"(-e|--editable)?\s*\./?(\[|$)|(-c|--constraint|--hash)\b", line):
            yield RequirementLine(_ROOT.sub(_from_root, line), path, number)


def _joined(text: str) -> Iterator[tuple[int, str]]:
    start, pieces = 1, list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        start = start if pieces else number
        if line.rstrip("\r").endswith("\\"):
            pieces.append(line.rstrip("\r")[:-1] + " ")
            continue
        yield start, "".join(pieces) + line
        pieces = []
    if pieces:
        yield start, "".join(pieces)


def located(repo: Repo, path: str, texts: list[str]) -> tuple[RequirementLine, ...]:
    """Return requirements with the lines of the file where their names stand."""
    if path not in repo.files or not texts:
        return ()
    first: dict[str, int] = {}
    for number, row in enumerate(repo.files[path].lower().split("\n"), 1):
        for word in re.findall(r"[\w.-]+", row):
            for part in (word, *word.split(".")):
                first.setdefault(part, number)
    names = (re.split(r"[^\w.-]", text.strip(), maxsplit=1)[0].lower() for text in texts)
    plain = (_ROOT.sub(_from_root, text) for text in texts)
    return tuple(RequirementLine(text, path, first.get(name, 1)) for text, name in zip(plain, names, strict=True))


def _from_root(match: re.Match[str]) -> str:
    return "./" if match[0].startswith("file:") and not match[0].startswith("file://") else "."


def _python(repo: Repo) -> str:
    asked = pyproject.text(pyproject.table(repo, "project").get("requires-python"))
    return asked or poetry.python(pyproject.text(pyproject.table(repo, "tool", "poetry", "dependencies").get("python")))


def _pyproject(repo: Repo) -> Requirements | None:
    listed = pyproject.table(repo, "project").get("dependencies")
    if isinstance(listed, list):
        return Requirements(pyproject.PATH, located(repo, pyproject.PATH, sourced(repo, pyproject.texts(listed))))
    dynamic = pyproject.table(repo, "tool", "setuptools", "dynamic", "dependencies").get("file")
    paths = [dynamic] if dynamic and isinstance(dynamic, str) else pyproject.texts(dynamic)
    if paths:
        lines = tuple(line for path in paths for line in read_file(repo, path))
        return Requirements(paths[0], lines)
    if "dependencies" in pyproject.table(repo, "tool", "poetry"):
        dependencies = list(poetry.dependencies(pyproject.table(repo, "tool", "poetry", "dependencies")))
        lines = located(repo, pyproject.PATH, [dependency.text for dependency in dependencies])
        owned = (replace(line, own=dependency.own) for line, dependency in zip(lines, dependencies, strict=True))
        return Requirements(pyproject.PATH, tuple(owned))
    return None


def sourced(repo: Repo, texts: Iterable[str]) -> list[str]:
    """Return requirements of a project, those at the places that `[tool.uv.sources]` gives them."""
    sources = pyproject.table(repo, "tool", "uv", "sources")
    places = {canonical(name): place for name, value in sources.items() if (place := _source(repo, name, value))}
    return [_at(text, places) for text in texts]


def _source(repo: Repo, name: str, value: object) -> str:
    table = value[0] if isinstance(value, list) and value else value
    if not isinstance(table, Mapping):
        return ""
    if table.get("workspace") is True:
        return next((poetry.local(folder) for folder in pyproject.folders_of(repo, canonical(name)) if folder), "")
    return poetry.addressed(table)


def _at(text: str, places: Mapping[str, str]) -> str:
    match = re.match(r"\s*([\w.-]+)\s*(\[[^\]]*\])?[^;@]*(;.*)?$", text)
    place = places.get(canonical(match[1])) if match else None
    return f"{match[1]}{match[2] or ''} @ {place} {match[3] or ''}".strip() if match and place else text


def _setup_cfg(repo: Repo) -> Requirements | None:
    try:
        parser = load_ini(repo.files.get("setup.cfg", ""))
    except UnreadableTextError:
        return None
    if not parser.has_option("options", "install_requires"):
        return None
    texts = [line.strip() for line in parser["options"]["install_requires"].split("\n") if line.strip()]
    python = parser["options"].get("python_requires", "")
    return Requirements("setup.cfg", located(repo, "setup.cfg", texts), python)


def _setup_py(repo: Repo) -> Requirements | None:
    tree = python_source.parse(repo.files.get("setup.py", ""))
    for node in ast.walk(tree) if tree else ():
        if not isinstance(node, ast.Call) or python_source.dotted(node.func).rpartition(".")[2] != "setup":
            continue
        values = {word.arg: word.value for word in node.keywords}
        listed = values.get("install_requires")
        listed = _assigned(tree, listed.id) if isinstance(listed, ast.Name) else listed
        if isinstance(listed, ast.List | ast.Tuple):
            items = [i for i in listed.elts if isinstance(i, ast.Constant) and isinstance(i.value, str)]
            python = values.get("python_requires")
            asked = str(python.value) if isinstance(python, ast.Constant) else ""
            return Requirements(
                "setup.py", tuple(RequirementLine(str(i.value), "setup.py", i.lineno) for i in items), asked
            )
    return None


def _assigned(tree: ast.AST | None, name: str) -> ast.expr | None:
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            return node.value
    return None


def _environment(repo: Repo) -> Requirements | None:
    path = conda.environment_file(repo)
    try:
        items = conda.items(repo, path) if path else []
    except UnreadableTextError:
        return None
    texts: list[str] = []
    python = ""
    for item in items:
        if isinstance(item, dict):
            texts += [text for text in pyproject.texts(item.get("pip")) if not text.startswith("-")]
        elif isinstance(item, str) and (requirement := conda.requirement_of(item)):
            texts.append(requirement)
        elif isinstance(item, str):
            python = conda.python_of(item) or python
    return Requirements(path, located(repo, path, texts), python) if path else None
