"""What every sandbox does with a command that runs, and with the disk that it fills."""

from __future__ import annotations

import threading

import pytest

from p2c.errors import SandboxError
from p2c.sandboxes.base import Command
from p2c.sandboxes.disk_space import telling
from p2c.sandboxes.local.resource_monitor import DiskWatch
from p2c.sandboxes.running_command import Transcript, passed

COMMAND = Command(("x",), 60)


def test_what_came_is_handed_on_and_kept_apart() -> None:
    seen: list[tuple[str, str]] = []
    said = Transcript(COMMAND, lambda *one: seen.append(one))
    for name, data in (("stdout", b"a\xc3"), ("stderr", b"e"), ("stdout", b"\xa4"), ("stdout", b"\xff\xc3")):
        said.take(name, data)
    said.finish()
    assert seen == [("stdout", "a"), ("stderr", "e"), ("stdout", "ä"), ("stdout", "�"), ("stdout", "�")]
    result = said.result(3)
    assert (result.exit_code, result.stdout, result.stderr, result.truncated) == (3, "aä��", "e", False)


@pytest.mark.parametrize(
    ("stopped", "note", "oom", "told"),
    [
        ("time", "", False, "half a line"),
        ("disk", passed(5, "on disk"), False, "half a line\n[p2c: killed: more than 5 bytes on disk]\n"),
        ("", passed(7, "of memory"), True, "half a line\n[p2c: killed: more than 7 bytes of memory]\n"),
    ],
)
def test_what_p2c_has_ended_has_no_exit_code_and_says_why(stopped: str, note: str, oom: bool, told: str) -> None:
    said = Transcript(COMMAND, stopped=stopped)
    said.take("stderr", b"half a line")
    result = said.result(0, note, oom)
    assert (result.exit_code, result.timed_out, result.oom_killed) == (None, stopped == "time", oom)
    assert result.stderr == told


class Disk:
    """A disk with `free` bytes, of which `used` are the session's; `added` counts how often they were added up."""

    def __init__(self) -> None:
        self.free, self.used, self.added = 1000, 0, 0

    def add_up(self, who: str) -> int:
        self.added += 1
        return self.used

    def fill(self, size: int, by: str = "us") -> None:
        self.free -= size
        self.used += size if by == "us" else 0


def test_the_disk_is_added_up_only_when_it_can_be_over() -> None:
    disk = Disk()
    watch = DiskWatch[str](100, lambda who: disk.free, disk.add_up, 0.0, 1e9)
    assert not watch.over("a") and disk.added == 1, "nothing is known at first"
    disk.fill(60)
    assert not watch.over("a") and disk.added == 1
    disk.fill(60, by="others")
    assert not watch.over("a") and disk.added == 2
    disk.fill(41)
    assert watch.over("a") and disk.added == 3


def test_the_disk_is_added_up_by_one_command_at_a_time() -> None:
    begun, go = threading.Event(), threading.Event()

    def slow(who: str) -> int:
        begun.set()
        assert go.wait(30)
        return 200

    watch = DiskWatch[str](100, lambda who: 0, slow, 0.0, 1e9)
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(watch.over("a")))
    thread.start()
    assert begun.wait(30)
    assert not watch.over("b"), "it does not wait"
    go.set()
    thread.join(30)
    assert found == [True] and watch.over("b")


def test_who_counts_and_fails_leaves_the_next_one_to_count() -> None:
    answers = iter([SandboxError("it was hindered"), 200])

    def add_up(who: str) -> int:
        answer = next(answers)
        if isinstance(answer, SandboxError):
            raise answer
        return answer

    watch = DiskWatch[str](100, lambda who: 0, add_up, 0.0, 1e9)
    with pytest.raises(SandboxError, match="hindered"):
        watch.over("a")
    assert watch.over("a")


def test_what_is_refused_says_what_to_do_and_a_failing_sandbox_stays_as_it_is() -> None:
    with pytest.raises(SandboxError, match="it broke: KeyError") as caught, telling("it broke", (KeyError,), repr):
        raise KeyError
    assert caught.value.hint == "KeyError()"
    with pytest.raises(SandboxError, match=r"^as it is$"), telling("it broke", (Exception,), repr):
        raise SandboxError("as it is")
    with pytest.raises(ValueError, match="another"), telling("it broke"):
        raise ValueError("another")
