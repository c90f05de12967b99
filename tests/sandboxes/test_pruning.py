"""What becomes of the cache: the old and the least used goes, what is in use stays."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from p2c.sandboxes.cache import Cache, SessionFolder
from p2c.sandboxes.doctor import cache_fact
from p2c.sandboxes.local import LocalSandbox
from p2c.sandboxes.options import SandboxOptions
from p2c.sandboxes.pruning import DAY, Bound, prune, prune_daily, size
from tests.sandboxes.conftest import skip_without_bubblewrap

MB = 1_000_000
OLD, NEW, NEWEST = "0a" * 8, "0b" * 8, "0c" * 8


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    tmp_path.chmod(0o755)
    made = Cache(tmp_path / "cache", None)
    made.prepare()
    (made.store / "uv/archive-v0").mkdir()
    (made.store / "uv/.lock").touch()
    return made


def wheel(cache: Cache, name: str, days: float, megabytes: int = 1) -> Path:
    """Write a wheel as uv unpacks it, last used so long ago."""
    place = cache.store / "uv/archive-v0" / name
    (place / name).mkdir(parents=True)
    (place / name / "__init__.py").write_bytes(b"#" * megabytes * MB)
    aged(place, days)
    return place


def environment(cache: Cache, key: str, days: float, wheels: Sequence[Path] = ()) -> Path:
    """Write a sealed environment of 1 MB of its own and hard links to wheels."""
    place = cache.environment(key)
    place.mkdir()
    (place / "pyvenv.cfg").write_bytes(b"#" * MB)
    for one in wheels:
        (place / one.name).hardlink_to(one / one.name / "__init__.py")
    aged(place, days)
    return place


def aged(place: Path, days: float) -> None:
    then = time.time() - days * DAY
    os.utime(place, (then, then))


def keys(cache: Cache) -> set[str]:
    return {one.name for one in (cache.root / "environments").iterdir()}


def test_what_was_not_used_for_long_goes(cache: Cache) -> None:
    old, new = wheel(cache, "old", 31), wheel(cache, "new", 29)
    environment(cache, OLD, 31)
    environment(cache, NEW, 29)
    (cache.root / "tools/aa").mkdir()
    (cache.root / "tools/bb").mkdir()
    aged(cache.root / "tools/aa", 31)
    freed = prune(cache.root, Bound())
    assert keys(cache) == {NEW}
    assert not old.exists() and new.exists()
    assert [one.name for one in (cache.root / "tools").iterdir()] == ["bb"]
    assert freed == pytest.approx(2 * MB, rel=0.05)


def test_the_least_recently_used_goes_until_the_rest_fits(cache: Cache) -> None:
    wheels = [wheel(cache, f"w{n}", days=n, megabytes=4) for n in range(3)]
    for n, key in enumerate((NEWEST, NEW, OLD)):
        environment(cache, key, n, [wheels[n]])
    assert size(cache.root) == pytest.approx(15 * MB, rel=0.05)
    assert prune(cache.root, Bound(size=11 * MB)) == pytest.approx(5 * MB, rel=0.05)
    assert keys(cache) == {NEW, NEWEST}
    assert [one.exists() for one in wheels] == [True, True, False]


def test_a_wheel_that_an_environment_is_linked_to_stays(cache: Cache) -> None:
    shared = wheel(cache, "shared", 100)
    environment(cache, NEW, 1, [shared])
    assert prune(cache.root, Bound()) == 0
    assert shared.exists()
    assert time.time() - shared.stat().st_mtime > 99 * DAY, "looking at it is no use of it"


def test_what_a_session_has_chosen_stays_whatever_the_limit(cache: Cache) -> None:
    environment(cache, OLD, 100)
    environment(cache, NEW, 100)
    session = SessionFolder(cache)
    assert session.hold(cache.environment(OLD)) and not session.hold(cache.environment(NEWEST))
    aged(cache.environment(OLD), 100)
    prune(cache.root, Bound(size=0, age=0))
    assert keys(cache) == {OLD}
    session.close()
    prune(cache.root, Bound(size=0))
    assert keys(cache) == set()


def test_choosing_is_using(cache: Cache) -> None:
    environment(cache, OLD, 100)
    session = SessionFolder(cache)
    assert session.hold(cache.environment(OLD))
    session.close()
    prune(cache.root, Bound())
    assert keys(cache) == {OLD}


def test_wheels_are_left_alone_while_uv_is_at_work(cache: Cache) -> None:
    busy = wheel(cache, "busy", 100)
    with (cache.store / "uv/.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        prune(cache.root, Bound(size=0))
        assert busy.exists()
    prune(cache.root, Bound(size=0))
    assert not busy.exists()


def test_links_are_removed_and_never_followed(cache: Cache, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious/file").touch()
    place = environment(cache, OLD, 100)
    (place / "lib").symlink_to(tmp_path / "precious")
    cache.environment(NEW).symlink_to(tmp_path / "precious")
    prune(cache.root, Bound(size=0))
    assert (tmp_path / "precious/file").exists() and not place.exists()


def test_it_is_done_once_a_day_and_the_rest_of_a_killed_one_is_removed(cache: Cache) -> None:
    (cache.root / "gone/half").mkdir(parents=True)
    environment(cache, OLD, 100)
    assert prune_daily(cache.root, Bound()) > 0
    assert keys(cache) == set() and not (cache.root / "gone").exists()
    environment(cache, OLD, 100)
    assert prune_daily(cache.root, Bound()) == 0 and keys(cache) == {OLD}
    aged(cache.root / "pruned", 1.1)
    assert prune_daily(cache.root, Bound()) > 0 and keys(cache) == set()
    assert prune_daily(cache.root / "missing", Bound()) == 0


@pytest.mark.sandbox
def test_a_session_prunes_when_it_ends(cache: Cache) -> None:
    skip_without_bubblewrap()
    root = Path("/var/tmp") / f"p2c-prune-{os.getpid()}"
    pruned = Cache(root, None)
    pruned.prepare()
    root.chmod(0o755)
    try:
        environment(pruned, OLD, 3)
        environment(pruned, NEW, 3)
        sandbox = LocalSandbox(SandboxOptions(cache=root, keep=Bound(age=2 * DAY)))
        assert sandbox.choose_environment(OLD) is True
        assert keys(pruned) == {OLD, NEW}
        sandbox.close()
        assert keys(pruned) == {OLD}
    finally:
        from p2c.sandboxes.workspace import remove

        remove(root)


def test_the_doctor_tells_what_the_cache_takes(cache: Cache) -> None:
    wheel(cache, "one", 1, megabytes=30)
    said = cache_fact(str(cache.root), 2.5, 7)
    assert said.startswith(f"{cache.root} holds 0.03 GB") and "2.5 GB, 7 days" in said
