"""What was not read is told, and a run that misses it says so; what was read is no part of that."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2c.executor.checks.left_out import MOST, hint, unread, with_hint
from p2c.executor.report import Finding
from p2c.repair.next_steps import advice
from p2c.repo import LINK, LINK_OUT, SETTINGS, SPECIAL, Repo

IGNORED = "is ignored by git"
REPO = Repo(
    {"main.py": ""},
    left_out={
        "data/train.csv": IGNORED,
        "data/deep/b.npy": IGNORED,
        "local_settings.py": IGNORED,
        "src/tools/__init__.py": IGNORED,
        "config/.env": SETTINGS,
        "weights.pt": LINK_OUT,
        "pipe": SPECIAL,
    },
)
NO_FILE = "[Errno 2] No such file or directory: "


@pytest.mark.parametrize(
    ("rule", "message", "path"),
    [
        ("FileNotFoundError", f"{NO_FILE}'data/train.csv'", "data/train.csv"),
        ("FileNotFoundError", f"{NO_FILE}'./data/train.csv'", "data/train.csv"),
        ("FileNotFoundError", f"{NO_FILE}'train.csv'", "data/train.csv"),
        ("FileNotFoundError", f"{NO_FILE}'/content/repo/data/train.csv'", "data/train.csv"),
        ("FileNotFoundError", f"{NO_FILE}'data'", "data/"),
        ("FileNotFoundError", f"{NO_FILE}'data/deep'", "data/deep/"),
        ("OSError", "data/deep/b.npy not found.", "data/deep/b.npy"),
        (
            "OSError",
            "Unable to open file (unable to open file: name = 'data/deep/b.npy', errno = 2)",
            "data/deep/b.npy",
        ),
        ("FileNotFoundError", f"tests/test_a.py::test_x: {NO_FILE}b'weights.pt'", "weights.pt"),
        ("ModuleNotFoundError", "No module named 'local_settings'", "local_settings.py"),
        ("ModuleNotFoundError", "No module named 'tools'", "src/tools/__init__.py"),
        ("MissingRequirement", "'local_settings' is imported, and no requirement provides it", "local_settings.py"),
        ("ValueError", "the file config/.env does not exist", "config/.env"),
    ],
)
def test_what_a_run_misses_is_named(rule: str, message: str, path: str) -> None:
    told = hint(Finding("smoke", rule, message), REPO)
    assert told.startswith(f"`{path}` ") and "not part of the repository that is checked; " in told
    assert ("[run] include" in told) == (path != "weights.pt")


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("FileNotFoundError", f"{NO_FILE}'other.csv'"),
        ("FileNotFoundError", f"{NO_FILE}'rain.csv'"),
        ("FileNotFoundError", f"{NO_FILE}'data/train.csv.gz'"),
        ("ValueError", "data/train.csv has no rows"),
        ("ModuleNotFoundError", "No module named 'settings'"),
        ("KeyError", "'data'"),
    ],
)
def test_what_it_does_not_miss_is_not(rule: str, message: str) -> None:
    finding = Finding("smoke", rule, message, fix="as before")
    assert hint(finding, REPO) == ""
    assert with_hint(finding, REPO) is finding


def test_nothing_left_out_is_nothing_told() -> None:
    finding = Finding("smoke", "FileNotFoundError", f"{NO_FILE}'data/train.csv'")
    assert hint(finding, Repo({"main.py": ""})) == "" and list(unread(Repo({"main.py": ""}))) == []
    assert "is not in the folder" in advice(finding, Repo())
    assert advice(finding, REPO).startswith("`data/train.csv` is ignored by git")


def test_the_sentence(tmp_path: Path) -> None:
    found = with_hint(Finding("smoke", "FileNotFoundError", f"{NO_FILE}'data/train.csv'", fix="make it"), REPO)
    assert found.fix == (
        "`data/train.csv` is ignored by git, so it is not part of the repository that is checked; "
        "name it in p2c.toml, [run] include. Or: make it"
    )


def test_links_and_devices_are_told_and_ignored_files_are_not() -> None:
    assert [finding.path for finding in unread(REPO)] == ["weights.pt", "pipe"]
    many = Repo(left_out={f"{n}.txt": LINK for n in range(9)})
    found = list(unread(many))
    assert len(found) == MOST and found[-1].message.endswith("(and 4 more like it)")
    assert not any(finding.gates for finding in found)
