from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from p2c import state_folder
from p2c.pipeline.repair_folder import STATE, FolderRequest, RepairState
from p2c.repo import Repo, read
from p2c.state_folder import StateFolder, write_state

FILES = {"main.py": "print(1)\n", "lib.py": "x = 1\n"}
BETTER = Repo({**FILES, "main.py": "print(2)\n"})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with an asset."""
    root = tmp_path / "root"
    Repo(FILES).write(root)
    (root / "data.bin").write_bytes(b"\0\1")
    return root


def stored(root: Path, **change: Any) -> None:
    """Leave the state of an unfinished repair, signed by p2c itself."""
    repo = read(root)
    left = {"finished": False, "pending": None, "states": [repo.digest], "files": FILES, "assets": ["data.bin"]}
    write_state(root, STATE, {**left, **change})


def pending(root: Path, files: dict[str, Any]) -> dict[str, Any]:
    """What a kill in the middle of writing these files leaves."""
    repo = read(root)
    try:
        after = repo.with_files(files).digest
    except Exception:
        after = repo.digest
    return {"pending": {"files": files, "message": "m"}, "states": [repo.digest, after]}


def test_a_repair_that_was_killed_goes_on(root: Path) -> None:
    first = RepairState.open(FolderRequest(root))
    first.keep(first.original.with_files({"main.py": "print(2)\n"}), "better")
    write_state(root, "attempts.json", 3)
    again = RepairState.open(FolderRequest(root))
    assert again.states == first.states and again.original.digest == first.original.digest
    assert again.current.files["main.py"] == "print(2)\n" and again.original.files["main.py"] == "print(1)\n"
    assert StateFolder(root).read("attempts.json") == b"3\n"
    again.close()
    assert RepairState.open(FolderRequest(root)).original.files["main.py"] == "print(2)\n", "an ended one does not"
    assert StateFolder(root).read("attempts.json") is None


def test_a_change_that_a_kill_cut_is_written_whole(root: Path) -> None:
    stored(root, **pending(root, {"main.py": "print(2)\n", "new/deep.py": "y = 1\n", "lib.py": None}))
    (root / "main.py").write_text("print(2)\n")  # so far it had come
    ledger = RepairState.open(FolderRequest(root))
    assert not (root / "lib.py").exists() and (root / "new" / "deep.py").read_text() == "y = 1\n"
    assert ledger.original.files["main.py"] == "print(1)\n" and len(ledger.states) == 2


PRIVATE = [".git/config", "sub/.git/config", ".GIT/hooks/post-checkout", "a/b/.Git/x", ".p2c/x", "a/.P2C/x", "../x",
           "/tmp/x", "git~1/config", ".git./config", ".git /config", "a/.g\u200cit/config", ".git"]  # fmt: skip


@pytest.mark.parametrize("path", PRIVATE)
def test_no_change_enters_a_private_folder_whoever_wrote_the_state(root: Path, path: str) -> None:
    change = {"main.py": "print(2)\n", path: "[core]\n\tfsmonitor = evil\n"}
    before = {place for place in root.parent.rglob("*") if state_folder.STATE not in place.parts}
    stored(root, **pending(root, change))
    ledger = RepairState.open(FolderRequest(root))
    assert ledger.current.files["main.py"] == "print(1)\n", "it is written whole or not at all"
    assert {place for place in root.parent.rglob("*") if state_folder.STATE not in place.parts} == before
    assert len(ledger.states) == 1, "it begins anew"


def test_a_change_of_another_folder_is_not_written(root: Path) -> None:
    change = pending(root, {"main.py": "print(2)\n"})
    stored(root, **change)
    (root / "lib.py").write_text("x = 2\n")  # a folder like it
    assert RepairState.open(FolderRequest(root)).current.files["main.py"] == "print(1)\n"


def test_assets_are_those_that_were_read_now(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\0secret")
    (root / "data.bin").unlink()
    (root / "data.bin").symlink_to(tmp_path / "secret")
    stored(root, states=[read(root).digest])
    ledger = RepairState.open(FolderRequest(root))
    assert dict(ledger.original.assets) == {} and len(ledger.states) == 1


DAMAGED: list[dict[str, Any]] = [
    {"states": []}, {"states": "abc"}, {"states": [1]}, {"files": []}, {"files": {"main.py": 3}}, {"assets": [None]},
    {"assets": "data.bin"}, {"finished": "no"}, {"pending": []}, {"pending": {"files": {"main.py": 3}, "message": "m"}},
    {"pending": {"files": {}}}, {"files": {"../x": ""}}, {"files": {}}, {"files": {**FILES, "main.py": "forged"}},
]  # fmt: skip


@pytest.mark.parametrize("change", DAMAGED)
def test_what_no_repair_left_is_begun_anew(root: Path, change: dict[str, Any]) -> None:
    stored(root, **change)
    ledger = RepairState.open(FolderRequest(root))
    assert ledger.original.digest == read(root).digest and ledger.states == [read(root).digest]


@pytest.mark.parametrize("text", ["", "[1,2", "{}", '"x"', '{"a": 1}', "[" * 50_000, "1e309", "\udcff"])
def test_no_text_in_its_place_is_a_crash(root: Path, text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    (root / state_folder.STATE).mkdir()
    (root / state_folder.STATE / STATE).write_bytes(data)
    assert len(RepairState.open(FolderRequest(root)).states) == 1
    StateFolder(root).write(STATE, data)
    assert len(RepairState.open(FolderRequest(root)).states) == 1


def test_the_state_of_another_repository_is_not_this_ones(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    Repo({"main.py": "print('other')\n"}).write(other)
    ledger = RepairState.open(FolderRequest(other))
    ledger.keep(Repo({"main.py": "print('patched')\n"}), "m")
    write_state(other, "attempts.json", 30)
    shutil.copytree(other / state_folder.STATE, root / state_folder.STATE)
    ledger = RepairState.open(FolderRequest(root))
    assert ledger.original.digest == read(root).digest and (root / "main.py").read_text() == "print(1)\n"
    assert StateFolder(root).read("attempts.json") is None, "nor are its attempts"


def test_a_link_in_the_way_of_a_change_is_not_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("precious")
    stored(root, **pending(root, {"new.py": "y = 1\n"}))
    (root / "new.py").symlink_to(tmp_path / "victim")
    RepairState.open(FolderRequest(root))
    assert (tmp_path / "victim").read_text() == "precious" and (root / "new.py").is_symlink()
