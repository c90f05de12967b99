"""The parts that sandboxes are made of, by themselves."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2c.errors import SandboxError
from p2c.repo import Repo
from p2c.sandboxes import probe
from p2c.sandboxes.base import Command, ExecResult
from p2c.sandboxes.environments import interpreters
from p2c.sandboxes.local import bubblewrap, cgroups, seccomp
from p2c.sandboxes.options import ResourceLimits
from p2c.sandboxes.output_capture import Lines, OutputBuffer
from p2c.sandboxes.scripted import ScriptedSandbox


@given(st.lists(st.binary(max_size=40), max_size=20), st.integers(2, 60))
def test_a_stream_keeps_head_and_tail_however_it_is_cut(chunks: list[bytes], limit: int) -> None:
    stream = OutputBuffer(limit)
    for chunk in chunks:
        stream.feed(chunk)
    stream.feed(b"", final=True)
    whole = b"".join(chunks).decode("utf-8", "replace")
    half = limit // 2
    if len(whole) <= 2 * half:
        assert stream.text() == whole and not stream.truncated
    else:
        gap = len(whole) - 2 * half
        assert stream.text() == f"{whole[:half]}\n[... {gap} characters left out ...]\n{whole[-half:]}"
        assert stream.truncated


@given(st.text(alphabet="ab\nsecret"), st.lists(st.integers(1, 5)))
def test_lines_are_redacted_however_they_come(text: str, cuts: list[int]) -> None:
    seen: list[str] = []
    lines = Lines(lambda whole: whole.replace("secret", "***"), seen.append)
    for cut in cuts:
        lines.feed(text[:cut])
        text = text[cut:]
    lines.feed(text)
    lines.close()
    assert "secret" not in "".join(seen)


def test_groups_are_looked_for_where_the_mounts_say(tmp_path: Path) -> None:
    mounts = "tmpfs / tmpfs rw 0 0\ncgroup {0}/memory cgroup rw,memory 0 0\ncgroup {0}/pids cgroup rw,pids 0 0\n"
    (tmp_path / "memory/mine").mkdir(parents=True)
    (tmp_path / "pids").mkdir()
    found = cgroups._parents(mounts.format(tmp_path), "3:pids:/gone\n4:memory:/mine\n0::/\n")
    assert found == [{"memory": tmp_path / "memory/mine", "pids": tmp_path / "pids"}]
    (tmp_path / "v2/user.slice/me").mkdir(parents=True)
    found = cgroups._parents(f"cgroup2 {tmp_path}/v2 cgroup2 rw 0 0\n", "0::/user.slice/me\n")
    assert [one["memory"] for one in found] == [
        tmp_path / "v2/user.slice/me", tmp_path / "v2/user.slice", tmp_path / "v2",
    ]  # fmt: skip


def test_folders_that_are_no_control_groups_are_not_taken_for_some(tmp_path: Path) -> None:
    (tmp_path / "me").mkdir()
    assert cgroups.find(ResourceLimits(), f"cgroup2 {tmp_path} cgroup2 rw 0 0\n", "0::/me\n") is None
    assert list(tmp_path.rglob("p2c-*")) == []


def test_groups_of_the_dead_are_swept(tmp_path: Path) -> None:
    for name in ("p2c-4194999-0", f"p2c-{os.getpid()}-0", "p2c-other"):
        (tmp_path / name).mkdir()
    cgroups.sweep(tmp_path)
    assert {one.name for one in tmp_path.iterdir()} == {f"p2c-{os.getpid()}-0", "p2c-other"}


def test_a_group_of_a_process_whose_number_was_given_again_is_swept(tmp_path: Path) -> None:
    mine = tmp_path / f"p2c-{os.getpid()}-0"
    mine.mkdir()
    os.utime(mine, (1, 1))  # made long before this process
    cgroups.sweep(tmp_path)
    assert not mine.exists()


def test_a_group_that_cannot_be_made_is_a_failing_sandbox(tmp_path: Path) -> None:
    places = {"memory": tmp_path / "memory", "pids": tmp_path / "pids"}
    with pytest.raises(SandboxError, match="control group") as caught:
        cgroups.Cgroups(places, ResourceLimits()).acquire()
    assert caught.value.exit_code == 3
    assert list(tmp_path.rglob("p2c-*")) == []


def test_a_group_that_was_swept_meanwhile_is_not_lent(tmp_path: Path) -> None:
    gone = cgroups.ControlGroup((tmp_path / "gone",), tmp_path / "gone")
    groups = cgroups.Cgroups({"memory": tmp_path / "no", "pids": tmp_path / "no"}, ResourceLimits())
    groups.release(gone)
    with pytest.raises(SandboxError):  # and no other one can be made here
        groups.acquire()


@pytest.mark.parametrize("spec", ["", ">=3.11", ">=3.8,<4", f"{sys.version_info[0]}.{sys.version_info[1]}"])
def test_p2cs_own_minor_version_comes_first(spec: str) -> None:
    assert interpreters.choose(spec, None).minor == sys.version_info[:2]


def test_a_python_that_is_not_there_is_told_with_what_to_install() -> None:
    with pytest.raises(SandboxError, match=r"no Python ==3\.2") as caught:
        interpreters.choose("==3.2.*", None)
    assert "apt-get install" in caught.value.hint
    with pytest.raises(SandboxError, match="not a Python version"):
        interpreters.choose("latest", None)


def test_what_others_cannot_read_is_not_reachable(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    file = tmp_path / "python"
    file.touch(0o755)
    assert interpreters.reachable(file, None)
    assert not interpreters.reachable(file, 60932)
    assert interpreters.reachable(Path("/usr/bin"), 60932)


def test_a_filter_for_an_unknown_machine_is_empty() -> None:
    assert seccomp.program("sparc") == b""
    assert len(seccomp.program("aarch64")) == len(seccomp.program("x86_64")) > 0


def test_every_complaint_of_bubblewrap_has_an_answer(tmp_path: Path) -> None:
    assert "apt-get install bubblewrap" in bubblewrap.reason("something else", tmp_path)
    assert "user.max_user_namespaces" in bubblewrap.reason("bwrap: No permissions to create new namespace", tmp_path)
    (tmp_path / ".dockerenv").touch()
    assert "--security-opt" in bubblewrap.reason("", tmp_path)
    switch = tmp_path / "proc/sys/kernel/apparmor_restrict_unprivileged_userns"
    switch.parent.mkdir(parents=True)
    switch.write_text("1\n")
    assert "apparmor" in bubblewrap.reason("", tmp_path)


def test_a_missing_program_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "is_there", lambda name: None)
    with pytest.raises(SandboxError, match="bwrap is not installed") as caught:
        bubblewrap.program()
    assert "apt-get install bubblewrap" in caught.value.hint and caught.value.exit_code == 3


def test_probing_an_unknown_name() -> None:
    with pytest.raises(SandboxError, match="unknown sandbox"):
        probe("chroot")


def test_the_scripted_sandbox_answers_and_remembers() -> None:
    sandbox = ScriptedSandbox([(1, "failed\n"), ExecResult(Command(("x",), 1), 0, stderr="e"), SandboxError("gone")])
    seen: list[tuple[str, str]] = []
    command = Command(("python", "main.py"), 5)
    sandbox.put(Repo({"main.py": "1"}))
    assert sandbox.exec(command, lambda *said: seen.append(said)) == ExecResult(command, 1, "failed\n")
    sandbox.set_network("install")
    assert sandbox.exec(command).stderr == "e"
    with pytest.raises(SandboxError, match="gone"):
        sandbox.exec(command)
    with pytest.raises(AssertionError, match="no answer"):
        sandbox.exec(command)
    assert seen == [("stdout", "failed\n")]
    assert sandbox.networks == ["none", "install", "install", "install"]
    assert sandbox.get("/workspace/main.py") == b"1" and sandbox.get("/workspace/none") is None
    sandbox.add({"a": b"b"})
    assert sandbox.get("/scratch/a") == b"b"
    assert not sandbox.choose_environment("k")
    sandbox.seal_environment()
    assert sandbox.choose_environment("k")
