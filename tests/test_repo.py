import os
from pathlib import Path

import pytest

from p2c.errors import InputError
from p2c.repo import Repo, read


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
    "path", ["/etc/passwd", "../x", "a/../../x", "a\\b", "C:/x", "", ".git/hooks/pre-commit", "a\0b"]
)
def test_a_path_that_leaves_is_refused(path: str) -> None:
    with pytest.raises(InputError):
        Repo({path: ""})
    with pytest.raises(InputError):
        Repo().with_files({path: ""})


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
