"""What becomes of the cache: the old and the least used goes, what is in use stays."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from p2c.sandboxes.diagnostics import cache_fact
from p2c.sandboxes.environments import pruning
from p2c.sandboxes.environments.cache import Cache, SessionFolder
from p2c.sandboxes.environments.pruning import DAY, CacheLimits, holdings, prune_when_due
from p2c.sandboxes.local.sandbox import LocalSandbox
from p2c.sandboxes.options import SandboxOptions
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


def prune(root: Path, bound: CacheLimits) -> int:
    """Prune however long it takes; return the freed bytes."""
    return pruning.prune(root, bound, float("inf")).freed


def size(cache: Cache) -> int:
    return sum(holding.size for holding in holdings(cache.root).values())


def keys(cache: Cache) -> set[str]:
    return {path.name for path in (cache.root / "environments").iterdir()}


def test_what_was_not_used_for_long_goes(cache: Cache) -> None:
    old, new = wheel(cache, "old", 31), wheel(cache, "new", 29)
    environment(cache, OLD, 31)
    environment(cache, NEW, 29)
    (cache.root / "tools/aa").mkdir()
    (cache.root / "tools/bb").mkdir()
    aged(cache.root / "tools/aa", 31)
    freed = prune(cache.root, CacheLimits())
    assert keys(cache) == {NEW}
    assert not old.exists() and new.exists()
    assert [path.name for path in (cache.root / "tools").iterdir()] == ["bb"]
    assert freed == pytest.approx(2 * MB, rel=0.05)


def test_the_least_recently_used_goes_until_the_rest_fits(cache: Cache) -> None:
    wheels = [wheel(cache, f"w{n}", days=n, megabytes=4) for n in range(3)]
    for n, key in enumerate((NEWEST, NEW, OLD)):
        environment(cache, key, n, [wheels[n]])
    assert size(cache) == pytest.approx(15 * MB, rel=0.05)
    assert prune(cache.root, CacheLimits(size=11 * MB)) == pytest.approx(5 * MB, rel=0.05)
    assert keys(cache) == {NEW, NEWEST}
    assert [one.exists() for one in wheels] == [True, True, False]


def test_a_wheel_that_an_environment_is_linked_to_stays(cache: Cache) -> None:
    shared = wheel(cache, "shared", 100)
    environment(cache, NEW, 1, [shared])
    assert prune(cache.root, CacheLimits()) == 0
    assert shared.exists()
    assert time.time() - shared.stat().st_mtime > 99 * DAY, "looking at it is no use of it"


def test_what_a_session_has_chosen_stays_whatever_the_limit(cache: Cache) -> None:
    environment(cache, OLD, 100)
    environment(cache, NEW, 100)
    session = SessionFolder(cache)
    assert session.hold(cache.environment(OLD)) and not session.hold(cache.environment(NEWEST))
    aged(cache.environment(OLD), 100)
    prune(cache.root, CacheLimits(size=0, age=0))
    assert keys(cache) == {OLD}
    session.close()
    prune(cache.root, CacheLimits(size=0))
    assert keys(cache) == set()


def test_choosing_is_using(cache: Cache) -> None:
    environment(cache, OLD, 100)
    session = SessionFolder(cache)
    assert session.hold(cache.environment(OLD))
    session.close()
    prune(cache.root, CacheLimits())
    assert keys(cache) == {OLD}


def test_wheels_are_left_alone_while_uv_is_at_work(cache: Cache) -> None:
    busy = wheel(cache, "busy", 100)
    with (cache.store / "uv/.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        prune(cache.root, CacheLimits(size=0))
        assert busy.exists()
    prune(cache.root, CacheLimits(size=0))
    assert not busy.exists()


def test_links_are_removed_and_never_followed(cache: Cache, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious/file").touch()
    place = environment(cache, OLD, 100)
    (place / "lib").symlink_to(tmp_path / "precious")
    cache.environment(NEW).symlink_to(tmp_path / "precious")
    prune(cache.root, CacheLimits(size=0))
    assert (tmp_path / "precious/file").exists() and not place.exists()


def test_it_is_done_once_a_day_and_the_rest_of_a_killed_one_is_removed(cache: Cache) -> None:
    (cache.root / "gone/half").mkdir(parents=True)
    environment(cache, OLD, 100)
    assert prune_when_due(cache.root, CacheLimits()) > 0
    assert keys(cache) == set() and list((cache.root / "gone").iterdir()) == []
    environment(cache, OLD, 100)
    assert prune_when_due(cache.root, CacheLimits()) == 0 and keys(cache) == {OLD}
    ago(cache, 1.1 * DAY)
    assert prune_when_due(cache.root, CacheLimits()) > 0 and keys(cache) == set()


def ago(cache: Cache, seconds: float) -> None:
    """Make the last look so long ago."""
    note = cache.root / "pruned"
    note.write_text(json.dumps({**json.loads(note.read_text()), "at": time.time() - seconds}))


class Disk:
    """A file system of its own, as far as its free bytes are asked for."""

    free = 10**12

    def __call__(self, place: Path) -> SimpleNamespace:
        return SimpleNamespace(free=self.free)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    one = Disk()
    monkeypatch.setattr(pruning.shutil, "disk_usage", one)
    return one


def test_growth_beyond_the_size_is_seen_before_the_day_is_over(cache: Cache, disk: Disk) -> None:
    bound = CacheLimits(size=20 * MB)
    for n, key in enumerate((NEWEST, NEW)):
        environment(cache, key, n + 1, [wheel(cache, key, n + 1, megabytes=4)])
    assert prune_when_due(cache.root, bound) == 0
    environment(cache, OLD, 3, [wheel(cache, OLD, 3, megabytes=14)])
    disk.free -= 15 * MB
    assert prune_when_due(cache.root, bound) == pytest.approx(15 * MB, rel=0.05)
    assert keys(cache) == {NEW, NEWEST} and size(cache) < bound.size


def test_nothing_is_looked_through_while_nothing_has_grown(cache: Cache, disk: Disk) -> None:
    bound = CacheLimits(size=20 * MB)
    prune_when_due(cache.root, bound)
    environment(cache, OLD, 3, [wheel(cache, OLD, 3, megabytes=30)])
    disk.free -= 10 * MB  # a neighbour's, or not enough for anything
    assert prune_when_due(cache.root, bound) == 0 and keys(cache) == {OLD}
    disk.free -= 20 * MB
    assert prune_when_due(cache.root, bound) > 0 and keys(cache) == set()


def test_a_cache_that_is_in_use_beyond_its_size_is_not_looked_through_at_every_end(cache: Cache, disk: Disk) -> None:
    bound = CacheLimits(size=2 * MB)
    environment(cache, OLD, 3, [wheel(cache, OLD, 3, megabytes=8)])
    session = SessionFolder(cache)
    assert session.hold(cache.environment(OLD))
    prune_when_due(cache.root, bound)
    session.close()
    aged(cache.environment(OLD), 3)
    assert prune_when_due(cache.root, bound) == 0 and keys(cache) == {OLD}
    ago(cache, 700)
    assert prune_when_due(cache.root, bound) > 0 and keys(cache) == set()


def test_a_smaller_limit_is_kept_at_once(cache: Cache, disk: Disk) -> None:
    environment(cache, OLD, 3, [wheel(cache, OLD, 3, megabytes=8)])
    assert prune_when_due(cache.root, CacheLimits(size=20 * MB)) == 0
    assert prune_when_due(cache.root, CacheLimits(size=5 * MB)) > 0 and keys(cache) == set()


def test_it_stops_in_time_and_goes_on_at_the_next_end(
    cache: Cache, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(6):
        environment(cache, f"{n}a" * 8, 10 + n, [wheel(cache, f"w{n}", 10 + n)])
    clock = iter(range(1000))
    monkeypatch.setattr(pruning.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(pruning, "PATIENCE", 14.5)
    left = [len(keys(cache))]
    while left[-1] and len(left) < 20:
        prune_when_due(cache.root, CacheLimits(size=0))
        left.append(len(keys(cache)))
    assert left[-1] == 0 and len(left) > 3, "in several steps"
    assert all(after <= before for before, after in itertools.pairwise(left))
    prune_when_due(cache.root, CacheLimits(size=0))
    assert list((cache.root / "gone").iterdir()) == []


def test_what_was_added_up_once_is_not_looked_through_again(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    measure = pruning._size
    monkeypatch.setattr(pruning, "_size", lambda root, alone: looked.append(root.name) or measure(root, alone))
    environment(cache, OLD, 1, [wheel(cache, "one", 1)])
    prune(cache.root, CacheLimits())
    assert sorted(looked) == [OLD, "one"]
    environment(cache, NEW, 1)
    prune(cache.root, CacheLimits())
    assert sorted(looked) == sorted([OLD, "one", NEW])
    (cache.root / "sizes.json").write_text("[damaged")
    assert prune(cache.root, CacheLimits(size=0)) == pytest.approx(3 * MB, rel=0.05)


def test_tools_of_a_session_stay_however_old_they_are(cache: Cache) -> None:
    tools = cache.root / "tools/aa"
    tools.mkdir()
    session = SessionFolder(cache)
    session.hold_tools(tools)
    aged(tools, 100)
    prune(cache.root, CacheLimits())
    assert tools.exists()
    session.close()
    prune(cache.root, CacheLimits())
    assert not tools.exists()


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
        sandbox = LocalSandbox(SandboxOptions(cache=root, keep=CacheLimits(age=2 * DAY)))
        assert sandbox.choose_environment(OLD) is True
        assert keys(pruned) == {OLD, NEW}
        sandbox.close()
        assert keys(pruned) == {OLD}
    finally:
        from p2c.sandboxes.safe_files import remove

        remove(root)


def test_the_doctor_tells_what_the_cache_takes(cache: Cache) -> None:
    environment(cache, OLD, 1, [wheel(cache, "one", 1, megabytes=30)])
    session = SessionFolder(cache)
    said = cache_fact(str(cache.root), 2.5, 7)
    assert said.startswith(f"{cache.root} holds 0.0") and "2.5 GB, 7 days" in said
    assert "1 unpacked wheels in uv's store (0.03 GB), 1 environments (0.00 GB), 0 sets of tools" in said
    assert "1 active or abandoned sessions" in said
    session.close()
