"""Which files of a folder are the repository: held against git itself, with contracts, within and around checkouts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from p2c.errors import InputError
from p2c.repo import Repo
from p2c.repository_files import IGNORED, as_read, is_included, read
from p2c.run_contract import RunContract, read_contract, write_contract


def git(folder: Path, *words: str) -> str:
    argv = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always", *words]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=True).stdout


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


FILES = {
    ".gitignore": "*.csv\n/build/\nsecrets.json\n!keep.csv\n",
    "main.py": "x = 1\n",
    "data/train.csv": "canary",
    "data/keep.csv": "kept",
    "data/forced.csv": "tracked",
    "build/out.txt": "canary",
    "src/build/in.txt": "kept",
    "secrets.json": "canary",
    "sub/.gitignore": "*.txt\n!*.csv\n",
    "sub/note.txt": "canary",
    "sub/table.csv": "kept",
    ".env": "canary",
}
LEFT = {"data/train.csv", "data/forced.csv", "build/out.txt", "secrets.json", "sub/note.txt", ".env"}


def test_what_git_ignores_is_no_part_of_a_folder(tmp_path: Path) -> None:
    repo = read(write(tmp_path, FILES))
    assert set(repo.left_out) == LEFT
    assert set(repo.files) == FILES.keys() - LEFT
    assert "canary" not in repr(repo)
    assert repo.left_out["data/train.csv"] == IGNORED


def test_what_git_tracks_is_though_a_rule_ignores_it(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-f", ".gitignore", "main.py", "data/forced.csv", ".env", "build/out.txt")
    repo = read(tmp_path)
    assert set(repo.left_out) == LEFT - {"data/forced.csv", "build/out.txt"}, (
        "a tracked .env may hold keys all the same"
    )


@pytest.mark.parametrize("name", ["p2c.toml", "pyproject.toml"])
def test_a_contract_names_what_a_run_needs(tmp_path: Path, name: str) -> None:
    table = "run" if name == "p2c.toml" else "tool.p2c.run"
    write(tmp_path, {**FILES, name: f'[{table}]\ninclude = ["data/*.csv", "./build/", ".env", ".git/config"]\n'})
    git(tmp_path, "init", "-q")
    repo = read(tmp_path)
    assert set(repo.left_out) == {"secrets.json", "sub/note.txt"}
    assert {".env", "data/train.csv"} <= set(repo.assets), "copied, never shown"
    assert "canary" not in "".join(text for path, text in repo.files.items())
    assert not any(path.startswith(".git/") for path in repo.files)


def test_a_contract_in_p2c_toml_hides_the_other(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, "p2c.toml": "[run]\n", "pyproject.toml": '[tool.p2c.run]\ninclude = ["data/"]\n'})
    assert set(read(tmp_path).left_out) == LEFT


@pytest.mark.parametrize("text", ["[run\n", "include = 3", "[run]\ninclude = 3\n", "[run]\ninclude = [[]]\n"])
def test_a_contract_that_cannot_be_read_names_nothing(tmp_path: Path, text: str) -> None:
    assert set(read(write(tmp_path, {**FILES, "p2c.toml": text})).left_out) == LEFT


def test_a_contract_behind_a_link_names_nothing(tmp_path: Path) -> None:
    write(tmp_path / "repo", FILES)
    write(tmp_path, {"p2c.toml": '[run]\ninclude = ["*"]\n'})
    (tmp_path / "repo" / "p2c.toml").symlink_to("../p2c.toml")
    assert set(read(tmp_path / "repo").left_out) == {*LEFT, "p2c.toml"}


def test_a_pattern_for_all_is_none_for_keys() -> None:
    assert is_included("a/b.csv", ["*"]) and is_included("a/b.csv", ["a"]) and is_included("a/b.csv", ["a/"])
    assert not is_included("ab/b.csv", ["a"])
    assert not any(is_included(".env", [pattern]) for pattern in ("*", ".*", "./", "a", ".en?"))
    assert all(is_included("a/.env.local", [pattern]) for pattern in ("a/.env.local", "a/.env*", "*/.env.local"))


def test_the_key_survives_writing() -> None:
    contract = RunContract(include=(".env", 'a "b".csv'))
    assert read_contract(write_contract(contract)) == contract
    assert "include" not in write_contract(RunContract())


def test_a_folder_of_a_checkout_has_the_rules_above_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        {".gitignore": "*.key\n/sub/own.txt\n", "sub/a.py": "", "sub/x.key": "canary", "sub/own.txt": "canary"},
    )
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".gitignore", "sub/a.py")
    assert set(read(tmp_path / "sub").left_out) == {"x.key", "own.txt"}


def test_a_folder_that_only_lies_in_a_checkout_has_not(tmp_path: Path) -> None:
    """As in a home folder under git, whose .gitignore is `*`."""
    write(tmp_path, {".gitignore": "*\n", "project/main.py": "x = 1\n"})
    git(tmp_path, "init", "-q")
    assert list(read(tmp_path / "project").files) == ["main.py"]


def test_a_repository_within_has_its_own_rules_and_index(tmp_path: Path) -> None:
    inner = write(
        tmp_path / "other", {".gitignore": "*.bin.txt\n", "a.bin.txt": "tracked", "b.bin.txt": "canary", "c.csv": "c"}
    )
    git(inner, "init", "-q")
    git(inner, "add", "-f", ".gitignore", "a.bin.txt", "c.csv")
    git(inner, "commit", "-qm", "1")
    outer = write(tmp_path / "outer", {".gitignore": "*.csv\n", "x.csv": "canary"})
    git(outer, "init", "-q")
    git(outer, "submodule", "--quiet", "add", str(inner), "lib")
    write(outer / "lib", {"b.bin.txt": "canary"})
    assert (outer / "lib" / ".git").is_file()
    repo = read(outer)
    assert set(repo.left_out) == {"x.csv", "lib/b.bin.txt"}
    assert {"lib/a.bin.txt", "lib/c.csv"} <= set(repo.files)


def test_a_worktree_knows_what_is_tracked(tmp_path: Path) -> None:
    main = write(tmp_path / "main", {".gitignore": "*.csv\n", "a.py": "", "t.csv": "tracked"})
    git(main, "init", "-q")
    git(main, "add", "-f", ".")
    git(main, "commit", "-qm", "1")
    git(main, "worktree", "add", "-q", "../tree")
    write(tmp_path / "tree", {"own.csv": "canary"})
    repo = read(tmp_path / "tree")
    assert set(repo.files) == {".gitignore", "a.py", "t.csv"} and set(repo.left_out) == {"own.csv"}


def test_rules_behind_a_link_do_not_count(tmp_path: Path) -> None:
    write(tmp_path, {"rules": "*.py\n", "repo/a.py": ""})
    (tmp_path / "repo" / ".gitignore").symlink_to("../rules")
    assert list(read(tmp_path / "repo").files) == ["a.py"]


def test_rules_that_would_take_for_ever_are_passed_over(tmp_path: Path) -> None:
    name = "a" * 240
    rules = ["*a" * 20 + "*b", "/*a*a*a*a*a*a*a*a*a*a*a*a*b", "**/*a*/**/*a*a*a*a*a*a*a*/x", "[", "\\", "!", "*.log"]
    write(tmp_path, {".gitignore": "\n".join(rules), name: "x", f"{name[:200]}/{name}": "x", "a.log": "x"})
    repo = read(tmp_path)
    assert set(repo.left_out) == {"a.log"}


def test_rules_that_take_too_long_together_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2c.repository_files.MOST_SECONDS", -1.0)
    write(tmp_path, {".gitignore": "*.log\n", "a.py": ""})
    with pytest.raises(InputError, match="take longer"):
        read(tmp_path)


def test_a_new_file_that_git_ignores_is_not_in_a_commit(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "outputs/\n", "main.py": "", "outputs/old.txt": "tracked"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-f", ".")
    before = read(tmp_path)
    after = before.with_files({"outputs/new.txt": "1", "outputs/old.txt": "2", "lib.py": ""})
    assert set(as_read(after, tmp_path).files) == {".gitignore", "main.py", "outputs/old.txt", "lib.py"}
    assert as_read(before, tmp_path) is before
    opened = after.with_files({".gitignore": "\n"})
    assert as_read(opened, tmp_path) is opened, "the state's own rules count"
    assert as_read(Repo({"a.py": ""}), tmp_path).files == {"a.py": ""}


PARTS = st.sampled_from(["a", "b", "ab", "*", "**", "?", "a*", "*b", "*.c", "[ab]", "[!a]", "a?b", "x.c"])
RULE = st.tuples(
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "/"]),
    st.lists(PARTS, min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
).filter(lambda rule: not (rule[2][-1] == "**" and (rule[3] or len(rule[2]) > 1)))
"""Without `a/**` and `**/` at the end, which pathspec takes a little wider than git."""
NAMES = st.lists(st.sampled_from(["a", "b", "ab", "aab", "abb", "x.c", "y.c", "axb"]), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rules=st.lists(st.lists(RULE, max_size=5), min_size=2, max_size=2), names=st.lists(NAMES, min_size=1, max_size=15)
)
def test_it_ignores_what_git_ignores(
    tmp_path_factory: pytest.TempPathFactory, rules: object, names: list[list[str]]
) -> None:
    root = tmp_path_factory.mktemp("held")
    git(root, "init", "-q")
    for name in names:
        place = root.joinpath(*name)
        if not any(parent.is_file() for parent in place.parents) and not place.exists():
            write(root, {"/".join(name): "x"})
    texts = ["".join(f"{n}{s}{'/'.join(p)}{e}\n" for n, s, p, e in some) for some in rules]  # type: ignore[attr-defined]
    write(root, {".gitignore": texts[0]})
    inner = next((place for place in sorted(root.iterdir()) if place.is_dir() and place.name != ".git"), root)
    write(inner, {".gitignore": texts[1]})
    said = git(root, "ls-files", "--others", "--ignored", "--exclude-per-directory=.gitignore", "-z")
    assert set(read(root).left_out) == {path for path in said.split("\0") if path}
