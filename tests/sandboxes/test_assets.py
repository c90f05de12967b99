"""Large, sparse, many and linked files on their way into a sandbox."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from p2c.errors import InputError
from p2c.repo import Repo, read
from p2c.sandboxes import assets
from p2c.sandboxes.base import Command
from p2c.sandboxes.safe_files import fill
from tests.sandboxes.conftest import Open

MB = 1_000_000
TB = 1 << 40


def sparse(place: Path, size: int, said: dict[int, bytes] | None = None) -> Path:
    """Write a file that says that it has so many bytes, with something at some places."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as stream:
        stream.truncate(size)
        for at, data in (said or {}).items():
            stream.seek(at)
            stream.write(data)
    return place


def taken(place: Path) -> int:
    return place.stat().st_blocks * 512


@pytest.mark.parametrize("name", ["local", "docker", "e2b", "unsafe"])
@pytest.mark.parametrize("size", [TB, 5 * MB])
@pytest.mark.sandbox
def test_what_is_larger_than_the_disk_is_refused_before_anything_is_written(
    opened: Open, tmp_path: Path, name: str, size: int
) -> None:
    sandbox = opened(name, disk=3 * MB)
    small = Repo({"main.py": "print(1)"})
    sandbox.put(small)
    large = Repo({"main.py": "print(2)"}, {"data/big.bin": sparse(tmp_path / "data/big.bin", size)})
    with pytest.raises(
        InputError, match=r"'data/big.bin' has .*B, more than the sandbox's disk limit of 3.0 MB"
    ) as told:
        sandbox.put(large)
    assert told.value.exit_code == 2 and "\n" not in str(told.value) and "P2C_DISK_LIMIT" in str(told.value)
    assert sandbox.get(f"{sandbox.places.repo}/main.py") == b"print(1)"
    assert sandbox.get(f"{sandbox.places.repo}/data/big.bin") is None


def test_all_files_count_together_and_their_number_too(tmp_path: Path) -> None:
    several = {f"d/{n}.bin": sparse(tmp_path / f"d/{n}.bin", MB) for n in range(4)}
    with pytest.raises(InputError, match=r"4 files take 4.0 MB, the largest of them 'd/0.bin'"):
        assets.check_size(Repo({}, several), 3 * MB)
    assets.check_size(Repo({}, several), 5 * MB)
    many = {f"f{n}": "" for n in range(1000)}
    with pytest.raises(InputError, match=r"1000 files take 4.1 MB"):
        assets.check_size(Repo(many), 4 * MB)
    assets.check_size(Repo(many), 5 * MB)


def test_a_sparse_file_stays_sparse_and_keeps_its_content(tmp_path: Path) -> None:
    source = sparse(tmp_path / "source", 300 * MB, {0: b"begin", 150 * MB + 7: b"middle", 300 * MB - 3: b"end"})
    (tmp_path / "root").mkdir()
    fill(tmp_path / "root", Repo({}, {"a/b.bin": source}), {})
    copy = tmp_path / "root/a/b.bin"
    assert copy.stat().st_size == 300 * MB and taken(copy) < MB
    with copy.open("rb") as stream:
        for at, data in ((0, b"begin\0"), (150 * MB + 7, b"middle\0"), (300 * MB - 3, b"end")):
            stream.seek(at)
            assert stream.read(len(data)) == data


@pytest.mark.parametrize("size", [0, 1, assets.CHUNK - 1, assets.CHUNK, assets.CHUNK + 1])
def test_a_copy_is_byte_identical(tmp_path: Path, size: int) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(size))
    (tmp_path / "root").mkdir()
    fill(tmp_path / "root", Repo({}, {"x": source}), {})
    assert (tmp_path / "root/x").read_bytes() == source.read_bytes()


def test_no_link_is_followed_that_came_after_the_folder_was_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"\0secret")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/x.bin").write_bytes(b"\0secret")
    repo = tmp_path / "repo"
    (repo / "data").mkdir(parents=True)
    (repo / "x.bin").write_bytes(b"\0mine")
    (repo / "data/x.bin").write_bytes(b"\0mine")
    held = read(repo)
    assert set(held.assets) == {"x.bin", "data/x.bin"}
    (tmp_path / "root").mkdir()
    (repo / "x.bin").unlink()
    (repo / "x.bin").symlink_to(secret)
    with pytest.raises(InputError, match=r"'x\.bin' has become a symbolic link"):
        fill(tmp_path / "root", Repo({}, {"x.bin": held.assets["x.bin"]}), {})
    (repo / "data/x.bin").unlink()
    (repo / "data").rmdir()
    (repo / "data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match=r"'data/x\.bin' has become a symbolic link"):
        fill(tmp_path / "root", Repo({}, {"data/x.bin": held.assets["data/x.bin"]}), {})
    assert not any(b"secret" in file.read_bytes() for file in (tmp_path / "root").rglob("*") if file.is_file())


def test_what_became_a_pipe_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "root").mkdir()
    with pytest.raises(InputError, match="no regular file"):
        fill(tmp_path / "root", Repo({}, {"pipe": tmp_path / "pipe"}), {})


@pytest.mark.sandbox
@pytest.mark.parametrize("name", ["local", "docker", "e2b"])
def test_a_program_sees_what_a_sparse_file_says(opened: Open, tmp_path: Path, name: str) -> None:
    sandbox = opened(name)
    sandbox.put(Repo({}, {"big.bin": sparse(tmp_path / "big.bin", 3000 * MB, {2999 * MB: b"x"})}))
    look = "import os; about = os.stat('big.bin'); print(about.st_size, about.st_blocks < 1000)"
    assert sandbox.exec(Command(("python3", "-c", look), 30)).stdout == f"{3000 * MB} True\n"


def test_a_terabyte_of_nothing_has_a_digest_at_once(tmp_path: Path) -> None:
    one, other = sparse(tmp_path / "1", TB, {7: b"a", TB // 2: b"b"}), sparse(tmp_path / "2", TB, {7: b"a"})
    digests = {Repo({}, {"x": place}).digest for place in (one, other, sparse(tmp_path / "3", TB + 1, {7: b"a"}))}
    assert len(digests) == 3
    with other.open("r+b") as stream:
        stream.seek(TB // 2)
        stream.write(b"b")
        stream.seek(TB // 4)
        stream.write(b"\0" * 10_000)  # written zeros, no other content than a hole
    assert Repo({}, {"x": one}).digest == Repo({}, {"x": other}).digest
