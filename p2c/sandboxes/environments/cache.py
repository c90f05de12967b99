"""Where sandboxes keep what outlives them: environments, uv's cache, tools; and what must not: sessions.

    <cache>/store/uv           uv's cache, one for all sandboxes
    <cache>/store/building/ID  the environment that a session is building
    <cache>/environments/KEY   sealed environments of wheels, hard links into uv's cache
    <cache>/environments/KEY-REPOSITORY   those in whose making code of packages ran (`ownership.py`)
    <cache>/tools/KEY          trusted tools
    <cache>/pruned, gone       when what is old was last removed (`pruning.py`), and what is being removed
    <cache>/sessions/ID        a session's workspace, scratch, and environments that nobody else may meet
    <cache>/sessions/ID.lock   what it holds as long as it lives

Why the shared cache cannot be poisoned through a hard link. Environments and uv's cache share inodes, so writing
into an installed file changes the cache, and with it every later environment. Therefore (1) programs see sealed
environments through a read-only mount, which holds for links too; (2) the store, with the cache, is mounted only
for commands that run no code of packages: uv itself, on named requirements, wheels only, with an environment in
which nothing has been installed yet (a `.pth` file in it would run as soon as uv asks the interpreter);
(3) for every other command in install mode, the environment is mounted by itself, after its hard links were
replaced by copies, together with a cache that belongs to the session alone. `uv --no-build` is not enough for
(2): uv 0.13 with UV_NO_BUILD=1 still ran the setup.py of a local folder that a requirements file named.

Why a shared environment cannot be poisoned by its making. (4) It is shared under its key only if no command of (3)
ran since it was begun; otherwise `ownership.py` says whose it is. (5) A command of (2) sees copies of the lists that
it reads, and else nothing that programs can write: not the repository, the scratch folder, or the session's cache.
(6) The session's cache is emptied when an environment is begun: what code of packages left there while requirements
were resolved is not used to install them. A lock is believed as a key only: what it names is fetched from the index.

Two processes may build the same environment; sealing is one rename, and the first wins. A build that was
interrupted stays under `building`, is never taken for an environment, and is swept with its session.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from p2c import locks
from p2c.errors import SandboxError
from p2c.sandboxes.disk_space import telling
from p2c.sandboxes.safe_files import remove, write_all

KEY = re.compile(r"[0-9a-f]{8,128}")
SYSTEM_CACHE = Path("/var/cache/p2c")


@dataclass(frozen=True)
class Cache:
    """The folder above; `owner` is the uid that programs in sandboxes have, None for p2c's own."""

    root: Path
    owner: int | None

    @property
    def store(self) -> Path:
        """What has to be under one mount, because hard links do not cross mounts."""
        return self.root / "store"

    @property
    def environments(self) -> Path:
        """Where what outlives its session is kept."""
        return self.root / "environments"

    def environment(self, key: str) -> Path:
        """Return where the sealed environment of a key lies, if it does; raises SandboxError for another word."""
        return self.environments / checked_key(key)

    def prepare(self) -> None:
        """Make the folders; raises SandboxError where they cannot be made or others could not reach them."""
        with telling(f"the cache folder {str(self.root)!r} cannot be used"):
            for name in ("store/uv", "store/building", "environments", "tools", "sessions"):
                folder = self.root / name
                folder.mkdir(parents=True, exist_ok=True)
                if self.owner is not None:
                    folder.chmod(0o755)
                    if name.startswith("store"):
                        os.chown(folder, self.owner, self.owner)
        if self.owner is not None and not all(
            place.stat().st_mode & 0o001 for place in (self.root, *self.root.parents)
        ):
            raise SandboxError(
                f"the cache folder {str(self.root)!r} cannot be reached by the unprivileged user of the sandbox",
                f"Choose a folder that all users can enter, such as {SYSTEM_CACHE}.",
            )

    def seal(self, building: Path, place: Path) -> Path:
        """Give what was built its place; who was first wins. Returns the place."""
        try:
            building.rename(place)
        except OSError:
            if not place.is_dir():
                raise
            remove(building)
        return place


class SessionFolder:
    """A folder of one session, beside a lock while it lives, so that others can tell what a killed p2c has left.

    The lock is there before the folder and after it. Raises LockError, OSError where they cannot be made.
    """

    def __init__(self, cache: Cache) -> None:
        self.id = uuid.uuid4().hex[:16]
        self.path = cache.root / "sessions" / self.id
        self._cache = cache
        self._lock = locks.SessionLock(lock_of(cache, self.id))
        self.path.mkdir()
        self.path.chmod(0o755)  # whatever the umask
        self.workspace = self._folder("workspace")
        self.scratch = self._folder("scratch")
        self.pycache = self._folder("pycache")
        self.private_cache = self._folder("uv")
        self.etc, self.environments = self._readable("etc"), self._readable("environments")
        self.building = cache.store / "building" / self.id
        self._held = -1
        self._tools = -1

    def _folder(self, name: str) -> Path:
        folder = self.path / name
        folder.mkdir(mode=0o700)
        if self._cache.owner is not None:
            os.chown(folder, self._cache.owner, self._cache.owner)
        return folder

    def _readable(self, name: str) -> Path:
        folder = self.path / name
        folder.mkdir(parents=True)
        for parent in (folder, *folder.parents):
            if parent == self.path:
                break
            parent.chmod(0o755)  # whatever the umask
        return folder

    def fresh_private_cache(self) -> None:
        """Empty the cache that commands with code of packages use."""
        remove(self.private_cache)
        self._folder("uv")

    def snapshot(self, files: Mapping[str, bytes], folders: Iterable[str]) -> dict[str, Path]:
        """Return folders to mount at these paths, which hold nothing but these files (paths inside)."""
        name = f"lists/{uuid.uuid4().hex[:16]}"
        places = {folder: self._readable(f"{name}{folder}") for folder in folders}
        for path, data in files.items():
            for folder, place in places.items():
                if path.startswith(f"{folder}/"):
                    write_all(place, {path[len(folder) + 1 :]: data}, self._cache.owner)
        return places

    def fresh_building(self) -> Path:
        """Empty the place where this session builds an environment, and return it."""
        remove(self.building)
        self.building.mkdir()
        self.building.chmod(0o755)
        if self._cache.owner is not None:
            os.chown(self.building, self._cache.owner, self._cache.owner)
        return self.building

    def hold(self, place: Path) -> bool:
        """Keep an environment from being pruned until another is held; False where there is none."""
        descriptor = locks.take(place, shared=True)
        if descriptor is None:
            return False
        with contextlib.suppress(OSError):
            os.utime(descriptor)
        self._let_go()
        self._held = descriptor
        return True

    def hold_tools(self, place: Path) -> None:
        """Keep the tools from being pruned as long as the session lives, however long that is."""
        self._tools = locks.take(place, shared=True) or -1

    def _let_go(self) -> None:
        if self._held >= 0:
            os.close(self._held)
            self._held = -1

    def close(self) -> None:
        """Remove it all; never raises."""
        self._let_go()
        if self._tools >= 0:
            os.close(self._tools)
            self._tools = -1
        for place in (self.building, self.path):
            with contextlib.suppress(OSError):
                remove(place)
        self._lock.close()


def checked_key(key: str) -> str:
    """Return an environment's key; raises SandboxError for another word."""
    if not KEY.fullmatch(key):
        raise SandboxError(f"{key!r} is no key of an environment", "It takes 8 to 128 hex digits.")
    return key


def lock_of(cache: Cache, session: str) -> Path:
    """Return where the lock of a session lies."""
    return cache.root / "sessions" / f"{session}.lock"


def sweep(cache: Cache) -> None:
    """Remove the sessions of processes that are gone, with what they were building."""
    sessions, building = cache.root / "sessions", cache.store / "building"
    for name in {entry.name for folder in (sessions, building) for entry in folder.iterdir() if entry.is_dir()}:
        before = sessions / name / "lock"  # where earlier versions had it
        if locks.is_over(lock_of(cache, name)) and (not before.exists() or locks.is_over(before)):
            for place in (building / name, sessions / name):
                with contextlib.suppress(OSError):  # somebody else is at it
                    remove(place)
    locks.sweep(sessions)


def own_links(root: Path, owner: int | None) -> None:
    """Replace every file below that has other names by a copy of its own."""
    for folder, _, names in os.walk(root):
        for name in names:
            place = Path(folder, name)
            if place.lstat().st_nlink > 1:
                beside = place.with_name(f"{name}.p2c-new")
                shutil.copy2(place, beside, follow_symlinks=False)
                if owner is not None:
                    os.chown(beside, owner, owner, follow_symlinks=False)
                beside.replace(place)


def default_root(owner: int | None) -> Path:
    """Return the cache folder: the person's own, or one that everybody can pass through where p2c runs as root."""
    if owner is not None:
        return SYSTEM_CACHE
    from platformdirs import user_cache_path

    return user_cache_path("p2c")
