"""What lies in `.p2c/` when p2c begins to work there: whatever it did not write itself is set aside, unread."""

from __future__ import annotations

from collections.abc import Iterator

from p2c.files import is_folder, is_plain, names_in, write_at
from p2c.state_folder.folder import FOREIGN, SEALS, StateFolder
from p2c.state_folder.identity import FORMAT

_SEALED = frozenset({"replies", "reports", "unusable", "results", "events", "marks"})
"""Folders of files that are believed by their seals, or not at all."""
_LOOSE_FOLDERS = frozenset({SEALS, "former", "copies", "logs", "slurm"})
"""Folders in which nothing is believed: seals prove themselves, the rest is only ever written."""
_LOOSE_FILES = frozenset({"id", "lock", ".gitignore", "index", "index.lock", "pace.json", "rubric.json"})
"""Files that no seal has to vouch for here: a person may edit `rubric.json`, and `p2c score` says so."""
_IGNORED = b"*\n"


def admit(state: StateFolder) -> str:
    """Set aside what p2c did not write here for this user; return what to tell of it, in one sentence, or ''.

    Only to be called under the folder's lock. Killed in the middle it is done again, with what is left.
    """
    newer = state.whose().version > FORMAT
    with state.created() as top:
        entries = names_in(top)
        if state.identity():
            strange = [name for entry in entries for name in _strangers(state, top, entry)]
        else:
            strange = [name for name in entries if not _belongs_to_all(top, name)]
    notice = ""
    if strange:
        aside = state.set_aside(strange)
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        what = "was written by a newer p2c" if newer else "contains files that your p2c did not write in this folder"
        notice = f"{state.path} {what} ({strange[0]!r}{more}); it was moved to {aside} there and is not used."
    state.make_identity(here=True)
    with state.created() as top:
        write_at(top, ".gitignore", _IGNORED)
    return notice


def _belongs_to_all(top: int, name: str) -> bool:
    """Entries that are there before there is an id: the lock that is held, and what was set aside before."""
    if name == ".gitignore" or name == "lock":
        return is_plain(top, name)
    return name.startswith(FOREIGN) and is_folder(top, name)


def _strangers(state: StateFolder, top: int, name: str) -> Iterator[str]:
    """Yield what of one entry is to be set aside: itself, or files below it."""
    if _is_kept(top, name):
        return
    if name in _SEALED and is_folder(top, name):
        yield from _below(state, name)
    elif not _is_sealed(state, name):
        yield name


def _is_kept(top: int, name: str) -> bool:
    if name in _LOOSE_FOLDERS or name.startswith(FOREIGN):
        return is_folder(top, name)
    unfinished = name.startswith(".") and name.endswith(".new")  # a kill came before it had its name
    return (name in _LOOSE_FILES or unfinished) and is_plain(top, name)


def _below(state: StateFolder, folder: str, depth: int = 1) -> Iterator[str]:
    with state.opened(*folder.split("/")) as here:
        if here is None:
            return
        for leaf in names_in(here):
            name = f"{folder}/{leaf}"
            if depth < 2 and is_folder(here, leaf):
                yield from _below(state, name, depth + 1)
            elif not _is_kept(here, leaf) and not _is_sealed(state, name):
                yield name


def _is_sealed(state: StateFolder, name: str) -> bool:
    """A file that grows is p2c's where a line of it is: others' lines, and one that was cut, are passed over."""
    if name.endswith(".jsonl"):
        return bool(state.lines(name)) or _is_empty(state, name)
    entry = state.look(name)
    return entry is not None and entry.ours


def _is_empty(state: StateFolder, name: str) -> bool:
    entry = state.look(name)
    return entry is not None and not entry.data
