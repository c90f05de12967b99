import os
import socket
from pathlib import Path

import pytest

from p2c import repo as repository
from p2c.errors import InputError
from p2c.repo import Repo, read, safe_path


def test_a_repository_survives_the_disk_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"x = '\xe9'\r\n")
    (tmp_path / "weights.bin").write_bytes(b"\0\1\2")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("secret")
    repo = read(tmp_path)
    assert set(repo.files) == {"a.py"} and set(repo.assets) == {"weights.bin"}
    repo.write(tmp_path / "copy")
    assert (tmp_path / "copy" / "a.py").read_bytes() == b"x = '\xe9'\r\n"
    assert (tmp_path / "copy" / "weights.bin").read_bytes() == b"\0\1\2"
    assert read(tmp_path / "copy").digest == repo.digest


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd", "../x", "a/../../x", "", "a\0b", ".git", ".git/hooks/pre-commit", "a/.git/config", ".GIT/config",
        "sub/.Git", ".p2c/pending", "sub/.P2C/x", "git~1/config", "GIT~2", ".git./config", ".git /config", ".git . /x",
        ".git::$INDEX_ALLOCATION/config", ".g\u200cit/config", "\ufeff.git/x", ".gi\u202et",
    ],
)  # fmt: skip
def test_a_path_that_leaves_is_refused(path: str) -> None:
    with pytest.raises(InputError):
        Repo({path: ""})
    with pytest.raises(InputError):
        Repo().with_files({path: ""})
    with pytest.raises(InputError):
        safe_path(path)


@pytest.mark.parametrize(
    "path", [".github/x.yml", ".gitignore", ".gitattributes", "git/x", "a.git/x", ".p2c-keep", "git~"]
)
def test_names_that_only_resemble_them_are_plain(path: str) -> None:
    assert safe_path(path) == path
    assert list(Repo().with_files({path: "x"}).files) == [path]


@pytest.mark.parametrize("path", ["a\\b.txt", "C:/x", "c:"])
def test_what_a_folder_may_hold_a_plan_may_not_name(tmp_path: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text("x")
    assert dict(read(tmp_path).files) == {path: "x"}
    with pytest.raises(InputError):
        safe_path(path)


@pytest.mark.parametrize("name", [".env", ".env.local", ".envrc", ".ENV", "config/.env.production", ".env/key"])
def test_what_keeps_keys_is_neither_read_nor_written(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("KEY=canary")
    repo = read(tmp_path)
    assert (dict(repo.files), dict(repo.assets), list(repo.left_out)) == ({}, {}, [name])
    for writing in (repo, Repo()):
        with pytest.raises(InputError):
            writing.with_files({name: ""})
    with pytest.raises(InputError):
        safe_path(name)


@pytest.mark.parametrize("name", [".env.example", ".env.sample", ".env.template", ".environment", "env", "prod.env.md"])
def test_samples_of_them_are_ordinary(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("KEY=...")
    assert list(read(tmp_path).files) == [name]
    assert safe_path(name) == name


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("secret")
    root = tmp_path / "repo"
    root.mkdir()
    (root / "link.txt").symlink_to(tmp_path / "outside.txt")
    assert not read(root).files
    (root / "folder").symlink_to(tmp_path)
    with pytest.raises(InputError, match="symbolic link"):
        Repo({"folder/new.txt": "x"}).write(root)
    assert not (tmp_path / "new.txt").exists()


def linked(root: Path) -> Path:
    """A repository with a link to each kind of place that no link may open, and to one that it may."""
    secret = root.parent / "secret"
    (secret / "inner").mkdir(parents=True)
    (secret / "key.txt").write_text("canary-outside")
    for folder in (".git", ".p2c", ".venv", "sub/.git", "sub/__pycache__", "env", "src"):
        (root / folder).mkdir(parents=True)
        (root / folder / "config").write_text(f"canary of {folder}")
    (root / "env" / "pyvenv.cfg").write_text("")
    (root / ".env").write_text("canary-env")
    (root / "src" / "a.py").write_text("x = 1\n")
    targets = {
        "git.txt": ".git/config",
        "state.txt": ".p2c/config",
        "venv.txt": ".venv/config",
        "named_env.txt": "env/config",
        "deep.txt": "sub/.git/config",
        "cache.txt": "sub/__pycache__/config",
        "env.txt": ".env",
        "up.txt": "../secret/key.txt",
        "absolute.txt": str(secret / "key.txt"),
        "round.txt": "src/../../secret/key.txt",
        "passwd.txt": "/etc/passwd",
        "chain1.txt": "chain2.txt",
        "chain2.txt": "git.txt",
        "dir": "../secret",
        "gitdir": ".git",
        "through.txt": "gitdir/config",
        "inside_dir": "src",
        "loop.txt": "loop.txt",
        "gone.txt": "nothing/here",
        "zero.txt": "/dev/zero",
        "self": ".",
    }
    for name, target in targets.items():
        (root / name).symlink_to(target)
    (root / "good.py").symlink_to("src/a.py")
    (root / "src" / "better.py").symlink_to("../chain3.py")
    (root / "chain3.py").symlink_to("inside_dir/a.py")
    (root / "data").mkdir()
    return root


def test_a_link_opens_nothing_but_a_file_of_the_repository(tmp_path: Path) -> None:
    root = linked(tmp_path / "repo")
    repo = read(root)
    followed = {"good.py", "src/better.py", "chain3.py"}
    assert {path: repo.files[path] for path in followed} == dict.fromkeys(followed, "x = 1\n")
    assert set(repo.files) == {"src/a.py", "src/config", *followed}
    assert not repo.assets
    assert "canary" not in "".join(text for path, text in repo.files.items() if path != "src/config")
    links = {path.relative_to(root).as_posix() for path in root.iterdir() if path.is_symlink()}
    assert set(repo.left_out) == {*links - followed, ".env"}, "what is not followed is told"
    assert repo.left_out["up.txt"] == repo.left_out["dir"] == "is a link that leads out of the repository"
    assert repo.left_out["git.txt"] == "is a link, and not to a file of the repository"


def test_what_is_no_file_is_neither_read_nor_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.py"))
    (tmp_path / "to_pipe.py").symlink_to("pipe.py")
    (tmp_path / "a.py").write_text("")
    repo = read(tmp_path)
    assert list(repo.files) == ["a.py"]
    assert set(repo.left_out) == {"pipe.py", "s.py", "to_pipe.py"}


@pytest.mark.parametrize("swapped", ["link", "fifo"])
def test_what_takes_a_files_place_meanwhile_is_not_read(
    tmp_path: Path, swapped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    (root / "a.py").write_text("x = 1\n")
    (tmp_path / "secret.txt").write_text("canary")

    def swap(_: Path, paths: object) -> dict[str, str]:
        (root / "a.py").unlink()
        (root / "a.py").symlink_to("../secret.txt") if swapped == "link" else os.mkfifo(root / "a.py")
        return {}

    with pytest.raises(InputError, match="cannot be read"):
        read(root, swap)


def test_a_worktree_and_a_submodule_are_read_as_folders(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /elsewhere/.git/worktrees/x\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / ".git").write_text("gitdir: ../.git/modules/sub\n")
    (tmp_path / "sub" / "b.py").write_text("")
    (tmp_path / ".p2c").write_text("")
    (tmp_path / "a\\b.txt").write_text("x")
    repo = read(tmp_path)
    assert (list(repo.files), dict(repo.left_out)) == (["a\\b.txt", "sub/b.py"], {})
    repo.write(tmp_path / "copy")
    assert read(tmp_path / "copy").digest == repo.digest
    assert repo.with_files({"a\\b.txt": None}).files.keys() == {"sub/b.py"}


def test_a_file_that_was_read_through_a_link_is_replaced_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "b.py").symlink_to("a.py")
    (tmp_path / "c.py").symlink_to("a.py")
    before = read(tmp_path)
    before.with_files({"other.py": "3"}).write(tmp_path, before)
    assert (tmp_path / "b.py").is_symlink(), "what does not change stays a link"
    before = read(tmp_path)
    before.with_files({"b.py": "2", "c.py": None}).write(tmp_path, before)
    assert ((tmp_path / "a.py").read_text(), (tmp_path / "b.py").read_text()) == ("1", "2")
    assert not (tmp_path / "b.py").is_symlink() and not os.path.lexists(tmp_path / "c.py")


def test_what_was_left_out_is_neither_overwritten_nor_removed(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    (root / "a.py").write_text("1")
    (root / "own.csv").write_text("a person's")
    (tmp_path / "outside.txt").write_text("a person's")
    (root / "link.txt").symlink_to("../outside.txt")
    before = read(root, lambda _, paths: dict.fromkeys([path for path in paths if path.endswith(".csv")], "is mine"))
    assert dict(before.files) == {"a.py": "1"}
    for path in ("own.csv", "link.txt"):
        with pytest.raises(InputError, match="not for p2c to write"):
            before.with_files({path: "2"})
    unknown = Repo(before.files).with_files({"own.csv": "2", "a.py": "2"})
    with pytest.raises(InputError, match="there already"):
        unknown.write(root, before)
    before.with_files({"a.py": None, "b.py": "3"}).write(root, before)
    assert ((root / "own.csv").read_text(), (root / "link.txt").read_text()) == ("a person's", "a person's")
    assert not (root / "a.py").exists()


def test_nothing_is_written_through_a_name_that_lies_beside(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    (tmp_path / "victim").write_text("mine")
    (root / "a.py.p2c-new").symlink_to("../victim")
    Repo({"a.py": "x"}).write(root)
    assert ((tmp_path / "victim").read_text(), (root / "a.py").read_text()) == ("mine", "x")


def test_what_is_left_out_is_no_part_of_the_value(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"{number:02}.bin").write_text("x")
    repo = read(tmp_path, lambda _, paths: dict.fromkeys(paths, "is ignored"))
    assert len(repo.left_out) == 12
    assert repo == Repo() and repo.digest == Repo().digest


def test_writing_a_later_state_removes_what_it_lacks(tmp_path: Path) -> None:
    first = Repo({"a.py": "1", "b.py": "2"})
    second = first.with_files({"a.py": None, "c/d.py": "3"})
    first.write(tmp_path)
    (tmp_path / "own.txt").write_text("a person's file")
    second.write(tmp_path, first)
    assert {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()} == {
        "b.py",
        "c/d.py",
        "own.txt",
    }


def test_the_digest_tells_any_difference() -> None:
    digests = {Repo(files).digest for files in ({}, {"a": "x"}, {"a": "y"}, {"b": "x"}, {"a": "x", "b": ""})}
    assert len(digests) == 5


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    with pytest.raises(InputError, match="not a folder"):
        read(tmp_path / "f")


def test_names_that_are_no_text_have_a_digest(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    (tmp_path / name).write_text("x = 1\n")
    repo = read(tmp_path)
    assert list(repo.files) == [name]
    assert repo.digest != Repo({"caf.py": "x = 1\n"}).digest


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", ["a.py", "inner"])
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "inner").mkdir()
    (tmp_path / name).chmod(0)
    with pytest.raises(InputError, match=f"{name}.*cannot be read"):
        read(tmp_path)
    (tmp_path / name).chmod(0o700)


@pytest.mark.parametrize("levels", [101, 300])
def test_folders_in_each_other_without_end_are_an_input_that_cannot_be_read(tmp_path: Path, levels: int) -> None:
    before = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(levels):
            Path("d").mkdir()
            os.chdir("d")
    finally:
        os.chdir(before)
    with pytest.raises(InputError, match="levels deep"):
        read(tmp_path)


def test_a_file_of_the_longest_name_is_written(tmp_path: Path) -> None:
    name = "n" * 252 + ".py"
    Repo({name: "x = 1\n"}).write(tmp_path)
    assert (tmp_path / name).read_text() == "x = 1\n" and len(list(tmp_path.iterdir())) == 1


def test_a_file_behind_many_links_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data.bin").write_bytes(b"\0" * 1000)
    for number in range(50):
        (tmp_path / f"link{number}.bin").symlink_to("data.bin")
    asked: list[Path] = []
    real = repository._file_digest
    monkeypatch.setattr(repository, "_file_digest", lambda place: asked.append(place) or real(place))
    repo = read(tmp_path)
    assert len(repo.assets) == 51 and repo.digest and asked == [tmp_path / "data.bin"]
