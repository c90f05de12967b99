"""What is sent into a machine as source, run here under the oldest Python that can be found.

Never `clean` here: it kills every process of its user.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from p2c.errors import SandboxError
from p2c.sandboxes.docker.pooled_container import _source
from p2c.sandboxes.e2b import upload
from p2c.sandboxes.in_sandbox import _p2c_container, _p2c_files

Run = Callable[..., subprocess.CompletedProcess[bytes]]


def pythons() -> list[str]:
    """Return Python 3.8 (or the next one that is there), and p2c's own."""
    pyenv = sorted(Path("~/.pyenv/versions").expanduser().glob("3.[89].*/bin/python3"))
    named = [shutil.which(f"python3.{minor}") for minor in range(8, 11)]
    found = [str(one) for one in pyenv]
    return [*[one for one in (*named, *found) if one and "shims" not in one][:1], sys.executable]


@pytest.fixture(params=pythons())
def run(request: pytest.FixtureRequest) -> Run:
    """Run a verb as a container does."""

    def verb(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        assert words[0] != "clean"
        argv = [request.param, "-I", "-S", "-c", _source(words[0]), *words]
        return subprocess.run(argv, input=stdin, capture_output=True, check=False, env={"PATH": "/usr/bin:/bin"})

    return verb


def test_every_verb_is_in_one_of_the_two_files() -> None:
    names = [[verb.__name__ for verb in module.VERBS] for module in (_p2c_files, _p2c_container)]
    assert not set(names[0]) & set(names[1])
    for name, verbs in zip(("_p2c_files", "_p2c_container"), names, strict=True):
        assert all(
            _source(verb) == files("p2c.sandboxes.in_sandbox").joinpath(f"{name}.py").read_text() for verb in verbs
        )


def test_files_are_written_told_apart_and_read(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    header = json.dumps([("pkg/a.py", 0o644, 3, [(0, 3)]), ("run.sh", 0o755, 2, [(0, 2)])]).encode()
    marks = json.loads(run("write", str(root), stdin=header + b"\nabc#!").stdout)
    assert (root / "pkg/a.py").read_text() == "abc" and (root / "run.sh").stat().st_mode & 0o777 == 0o755
    digest = hashlib.sha256(b"abc").hexdigest()
    (root / "left.txt").touch()
    manifest = {"pkg/a.py": [0o644, digest], "run.sh": [0o755, marks["run.sh"]], "new.py": [0o644, digest]}
    lacking = run("fill", str(root), str(tmp_path / "stale"), stdin=json.dumps(manifest).encode() + b"\n")
    assert json.loads(lacking.stdout) == ["new.py"]
    assert not (root / "left.txt").exists()
    assert run("read", str(root), "pkg/a.py").stdout == b"abc"
    (root / "link").symlink_to(root / "run.sh")
    for path in ("link", "none", "pkg"):
        assert run("read", str(root), path).returncode == _p2c_files.NONE


def test_environments_are_copied_sealed_and_linked(run: Run, tmp_path: Path) -> None:
    source, building, place = tmp_path / "source", tmp_path / "building", tmp_path / "environments/key"
    (source / "lib").mkdir(parents=True)
    (source / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (source / "lib64").symlink_to("lib")
    assert run("seal", str(building), str(place)).returncode == _p2c_files.NONE
    assert run("copy", str(source), str(building)).returncode == 0
    assert run("is_pristine", str(building)).returncode == 0
    assert run("seal", str(building), str(place)).returncode == 0
    assert (place / "lib64").is_symlink() and not building.exists()
    assert run("is_there", str(place)).returncode == 0
    assert run("link", str(tmp_path / "current"), str(place)).returncode == 0
    assert (tmp_path / "current").resolve() == place
    assert run("discard", str(place)).returncode == 0
    assert run("is_there", str(place)).returncode == _p2c_files.NONE
    assert run("is_there", "", str(tmp_path / "environments/ke")).returncode == _p2c_files.NONE
    (tmp_path / "environments/key-1").mkdir()
    assert run("is_there", "", str(tmp_path / "environments/ke")).returncode == 0


def test_the_machine_is_surveyed(run: Run, tmp_path: Path) -> None:
    told = json.loads(run("survey", str(tmp_path), str(tmp_path / "tools")).stdout)
    assert told["tools"] is None and all(len(one) == 3 for one in told["pythons"])
    assert tmp_path.stat().st_mode & 0o777 == 0o777
    assert run("make_store", str(tmp_path)).returncode == run("close_store", str(tmp_path)).returncode == 0
    assert (tmp_path / "uv").stat().st_mode & 0o777 == 0o700
    (tmp_path / "big").write_bytes(b"x" * 100_000)
    assert int(run("used", str(tmp_path)).stdout.split()[-1]) >= 100_000
    about = os.statvfs(tmp_path)
    assert int(run("free", str(tmp_path)).stdout) == pytest.approx(about.f_bavail * about.f_frsize, rel=0.2)


def test_what_lay_in_a_folder_goes_before_files_are_written(run: Run, tmp_path: Path) -> None:
    for name in ("workspace", "scratch"):
        (tmp_path / name / "old").mkdir(parents=True)
    header = json.dumps([("scratch/r.in", 0o644, 2, [(0, 2)])]).encode()
    folders = [str(tmp_path / name) for name in ("workspace", "scratch")]
    assert run("write", str(tmp_path), *folders, stdin=header + b"\nab").returncode == 0
    assert sorted(str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*")) == [
        "scratch", "scratch/r.in", "workspace",
    ]  # fmt: skip


def test_holes_stay_holes(run: Run, tmp_path: Path) -> None:
    source, sent, copied = tmp_path / "source", tmp_path / "sent", tmp_path / "copied"
    for folder in (source, sent):
        folder.mkdir()
    data = {0: b"begin", 30 << 20: b"middle" * 9999, (1 << 40) + 7: b"x"}
    with (source / "big").open("wb") as file:
        for offset, text in data.items():
            file.seek(offset)
            file.write(text)
        file.truncate(1 << 41)
    if (source / "big").stat().st_blocks > 10_000:
        pytest.skip("this file system has no holes")
    parcel = upload.spread("big", 0o600, source / "big")
    stream = b"".join([upload.header([parcel]), *parcel.chunks()])
    assert len(stream) < 200_000
    assert run("write", str(sent), stdin=stream).returncode == 0
    assert run("copy", str(source), str(copied)).returncode == 0
    for place in (sent / "big", copied / "big"):
        about = place.stat()
        assert about.st_size == 1 << 41 and about.st_blocks < 10_000
        with place.open("rb") as file:
            for offset, text in data.items():
                file.seek(offset)
                assert file.read(len(text)) == text
            file.seek(20 << 20)
            assert file.read(1 << 20) == bytes(1 << 20)


def test_a_scattered_file_is_sent_whole(tmp_path: Path, run: Run) -> None:
    place = tmp_path / "scattered"
    with place.open("wb") as file:
        for number in range(upload.MOST_PARTS + 50):
            file.seek(number << 14)
            file.write(b"%d" % number)
    parcel = upload.spread("out", 0o644, place)
    assert len(parcel.parts) <= upload.MOST_PARTS + 1
    assert run("write", str(tmp_path), stdin=b"".join([upload.header([parcel]), *parcel.chunks()])).returncode == 0
    assert (tmp_path / "out").read_bytes() == place.read_bytes()


def test_a_file_that_became_shorter_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 1000)
    parcel = upload.spread("a", 0o644, tmp_path / "a")
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(SandboxError, match="became shorter"):
        list(parcel.chunks())
