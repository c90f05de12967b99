from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
from pathlib import Path

import pytest

from p2c.errors import P2CError
from p2c.locks import LockError, LockHeldError, SessionLock, attempt, exclusive, is_held, is_over, sweep, take

SPAWN = multiprocessing.get_context("fork")


def _sweeping(root: Path, stop: object) -> None:
    while not stop.is_set():  # type: ignore[attr-defined]
        sweep(root)


def test_a_session_never_loses_its_file_to_others_that_sweep(tmp_path: Path) -> None:
    stop = SPAWN.Event()
    others = [SPAWN.Process(target=_sweeping, args=(tmp_path, stop)) for _ in range(2)]
    for other in others:
        other.start()
    try:
        lost = 0
        for number in range(1_000):
            lock = SessionLock(tmp_path / f"{number}.lock")
            lost += not lock.path.exists() or is_over(lock.path)
            lock.close()
    finally:
        stop.set()
        for other in others:
            other.join()
    assert lost == 0
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def _held_and_killed(place: Path, ready: object) -> None:
    SessionLock(place)
    ready.set()  # type: ignore[attr-defined]
    threading.Event().wait()


def test_what_a_killed_process_left_is_swept_and_what_lives_is_not(tmp_path: Path) -> None:
    living = SessionLock(tmp_path / "living.lock")
    ready = SPAWN.Event()
    child = SPAWN.Process(target=_held_and_killed, args=(tmp_path / "dead.lock", ready))
    child.start()
    assert ready.wait(30)
    (tmp_path / ".half.lock.1234.new").write_text("")  # killed before it was locked
    assert not is_over(tmp_path / "dead.lock")
    child.kill()
    child.join()
    assert is_over(tmp_path / "dead.lock")
    sweep(tmp_path)
    assert [place.name for place in tmp_path.iterdir()] == ["living.lock"]
    assert not is_over(living.path)
    living.close()
    living.close()
    assert is_over(living.path)


def test_a_lock_excludes_and_says_who_holds_it(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "lock"
    with exclusive(place) as descriptor:
        os.pwrite(descriptor, b"4711\n", 0)
        with pytest.raises(LockHeldError) as caught, exclusive(place, patience=0.0):
            pass
        assert caught.value.holder == "4711"
        assert take(place) is None
        with attempt(place) as held:
            assert held is None
    with exclusive(place, patience=0.0):
        assert place.read_text() == "4711\n"


def test_whoever_waited_for_a_file_that_was_removed_locks_the_one_that_has_its_name(tmp_path: Path) -> None:
    place = tmp_path / "lock"
    inside = threading.Event()

    def wait() -> None:
        with exclusive(place) as descriptor:
            same.append(os.path.samestat(os.fstat(descriptor), place.stat()))
            inside.set()

    same: list[bool] = []
    with exclusive(place):
        waiter = threading.Thread(target=wait)
        waiter.start()
        assert not inside.wait(0.2)
        place.unlink()
    waiter.join(30)
    assert same == [True]


def test_many_processes_count_under_the_lock(tmp_path: Path) -> None:
    place = tmp_path / "count"
    children = [SPAWN.Process(target=_count, args=(place, 200)) for _ in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert place.read_text() == "800"


def _count(place: Path, times: int) -> None:
    for _ in range(times):
        with exclusive(place) as descriptor:
            number = int(os.pread(descriptor, 20, 0) or b"0")
            os.pwrite(descriptor, str(number + 1).encode(), 0)


def _link(place: Path, victim: Path) -> None:
    place.symlink_to(victim)


def _dangling(place: Path, victim: Path) -> None:
    place.symlink_to(victim.with_name("new-file"))


def _second_name(place: Path, victim: Path) -> None:
    os.link(victim, place)


def _pipe(place: Path, victim: Path) -> None:
    os.mkfifo(place)


def _folder(place: Path, victim: Path) -> None:
    place.mkdir()


STRANGE = [_link, _dangling, _second_name, _pipe, _folder]


@pytest.mark.parametrize("make", STRANGE)
def test_nothing_but_a_plain_file_is_used_as_a_lock(tmp_path: Path, make: object) -> None:
    victim, place = tmp_path / "victim", tmp_path / "locks" / "lock"
    victim.write_text("precious")
    place.parent.mkdir()
    make(place, victim)  # type: ignore[operator]
    with pytest.raises(LockError), exclusive(place, patience=0.0) as descriptor:
        os.ftruncate(descriptor, 0)
    assert victim.read_text() == "precious"
    assert not victim.with_name("new-file").exists()
    sweep(place.parent, "lock")
    assert victim.read_text() == "precious"


def test_a_plain_file_that_was_there_before_is_used_as_a_lock(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("old")
    with exclusive(tmp_path / "lock", patience=0.0) as descriptor:
        assert os.pread(descriptor, 20, 0) == b"old"


def test_a_folder_is_locked_as_it_is(tmp_path: Path) -> None:
    with attempt(tmp_path, shared=True) as one, attempt(tmp_path, shared=True) as two, attempt(tmp_path) as three:
        assert one is not None
        assert two is not None
        assert three is None
    assert take(tmp_path / "missing") is None


@pytest.mark.parametrize("beside", ["a-file", "a-link"])
def test_what_can_not_be_locked_is_an_error_of_p2cs(tmp_path: Path, beside: str) -> None:
    (tmp_path / "a-file").write_text("")
    (tmp_path / "a-link").symlink_to("a-link")
    for make in (
        SessionLock,
        lambda place: contextlib.ExitStack().enter_context(exclusive(place)),
    ):
        with pytest.raises(P2CError, match="cannot be locked"):
            make(tmp_path / beside / "lock")


def test_the_lock_is_relative_to_a_folder_that_is_open(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    folder = os.open(tmp_path / "there", os.O_RDONLY | os.O_DIRECTORY)
    try:
        with exclusive(Path("lock"), 0.0, folder), pytest.raises(LockHeldError), exclusive(Path("lock"), 0.0, folder):
            pass
        assert (tmp_path / "there" / "lock").is_file()
    finally:
        os.close(folder)


def test_a_lock_can_be_seen_without_touching_it(tmp_path: Path) -> None:
    place = tmp_path / "lock"
    assert not is_held(place) and not place.exists()

    with exclusive(place):
        before = place.stat().st_mtime_ns
        assert is_held(place) and place.stat().st_mtime_ns == before
    assert not is_held(place)
    with exclusive(place, patience=0):
        pass
    (tmp_path / "link").symlink_to(place)
    with exclusive(place):
        assert not is_held(tmp_path / "link"), "no link is followed"
