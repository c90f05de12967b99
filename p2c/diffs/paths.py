"""Which file of a repository a header means, and which names are never followed."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from p2c.diffs.model import NULL, FileDiff
from p2c.errors import PatchError
from p2c.repo import Repo

_UNSEEN = ("Cc", "Cf", "Zl", "Zp")
"""Control characters, and such as are not seen: some file systems pass over them."""

_PREFIXES = ("a/", "b/")
_GIT = re.compile(r"^(?:\.git|\.p2c|git~\d+)$", re.IGNORECASE)


def check_names(section: FileDiff) -> None:
    """Raise PatchError for a name on any side that leaves the repository or enters its private folders."""
    names = [name for name in (section.old, section.new, *section.others) if name is not None and name != NULL]
    for name in names:
        for form in {name, _stripped(name), unquote(_stripped(name), errors="surrogateescape")}:
            check_name(form)


def target(section: FileDiff, repo: Repo) -> str:
    """Return the path that a section creates; it has to be absent."""
    name = section.new if section.new not in (None, NULL) else section.old
    path = _normal(_stripped(name or ""))
    if path in repo.assets or repo.files.get(path, "") != "":
        _refuse("exists", f"{path} exists already, so it is not created. Edit it: --- a/{path} and +++ b/{path}.")
    for other in (*repo.files, *repo.assets):
        if other.startswith(path + "/") or path.startswith(other + "/"):
            _refuse("exists", f"{path} cannot be created: {other} stands in its way.")
    return path


def source(section: FileDiff, repo: Repo) -> str | None:
    """Return the path of the file that a section is about, or None where there is none."""
    names = [name for name in (section.old, section.new) if name is not None and name != NULL]
    if section.kind in ("rename", "copy", "delete"):
        names = names[:1]
    paths = {path for name in names if (path := _existing(name, repo))}
    exact = {path for name in names if (path := _existing(name, repo, exact=True))}
    paths = exact or paths
    if len(paths) > 1:
        _refuse("path", f"the two header lines name two files that both exist: {', '.join(sorted(paths))}.")
    if not paths:
        return None
    path = paths.pop()
    if len(names) == 2 and not _same(names[0], names[1]) and _normal(_stripped(names[1])) != path:
        message = f"--- names {path}, +++ names {names[1]}. To rename a file say `rename from` and `rename to`;"
        _refuse("path", f"{message} to edit it name it in both lines.")
    if path in repo.assets:
        _refuse("binary", f"{path} is not a text file that can be edited (binary, or too large).")
    return path


def similar(section: FileDiff, repo: Repo) -> str:
    """Return names in the repository that end alike, for the answer to whoever wrote the diff."""
    name = (section.new if section.new not in (None, NULL) else section.old) or ""
    last = name.rsplit("/", 1)[-1].lower()
    alike = [path for path in repo.files if path.rsplit("/", 1)[-1].lower() == last]
    shown = alike or sorted(repo.files)[:30]  # enough to see how paths look, in a message that stays short
    return ", ".join(shown) or "none"


def _existing(name: str, repo: Repo, exact: bool = False) -> str | None:
    forms = [_normal(_stripped(name)), _normal(name)]
    for form in forms:
        if form in repo.files or form in repo.assets:
            return form
    if exact:
        return None
    for form in forms:
        ends = [path for path in repo.files if path.endswith("/" + form) or form.endswith("/" + path)]
        if len(ends) == 1:
            return ends[0]
        if ends:
            _refuse("path", f"{name} may be any of {', '.join(ends)}: give the whole path.")
    return None


def _same(left: str, right: str) -> bool:
    return _normal(_stripped(left)) == _normal(_stripped(right)) or left == right


def _stripped(name: str) -> str:
    return name[2:] if name.startswith(_PREFIXES) else name


def _normal(name: str) -> str:
    return "/".join(part for part in name.split("/") if part != ".")


def check_name(name: str) -> None:
    """Raise PatchError for a path that leaves the repository or enters its private folders."""
    parts = name.split("/")
    bad = (
        not name.strip("./ ")
        or "\\" in name
        or any(unicodedata.category(char) in _UNSEEN for char in name if char not in "\t\n\r")
        or name.startswith(("/", "~"))
        or bool(re.match(r"^[A-Za-z]:", name))
        or any(part.strip("\"'` ") in ("..", "") for part in parts)
        or any(_GIT.match(part.rstrip(". ").split(":")[0]) for part in parts)
    )
    if bad:
        _refuse("path", f"{name!r} is not a path of a file inside the repository (relative, with slashes, no ..).")


def _refuse(code: str, why: str) -> None:
    raise PatchError(code, f"Nothing was changed. [{code}] {why}")
