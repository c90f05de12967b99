"""The four kinds of container that a session on a Docker engine has, and the volumes that they share.

    kind       network     repository, scratch  own (uv's cache, environment)  store (shared)
    running    none        writable             read-only                      read-only
    online     bridge      writable             read-only                      read-only
    building   none, way   copies of lists      read-only                      writable
    installing none, way   writable             writable                       read-only

A container's mounts and its network are settled when it is made, so each kind is a container of its own, made when it
is first needed: what runs generated code has never had a network or the shared store writable, and nothing has to be
switched. `online` is for single commands to which a person has allowed the network. The way is that to the package
index (`index_relay.py`). `building` runs nothing but uv on named requirements, wheels only, as a user of its own,
into which the credentials of the index go; of the repository and scratch it sees copies of the lists that uv is to
read, and nothing else that a program could have written. `installing` is for installing what runs code of packages (see
`cache.py`, whose rules hold here too). The store is one volume, because hard links between uv's cache and
environments do not cross mounts.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from p2c.errors import SandboxError
from p2c.sandboxes.base import Places
from p2c.sandboxes.docker.container_pool import ContainerPool
from p2c.sandboxes.docker.engine import Engine
from p2c.sandboxes.docker.index_relay import IndexRelay
from p2c.sandboxes.docker.pooled_container import PooledContainer
from p2c.sandboxes.docker.specs import ContainerSpec, Image, Volume
from p2c.sandboxes.environments.index_proxy import IndexProxy, upstream_settings
from p2c.sandboxes.environments.index_settings import IndexSettings
from p2c.sandboxes.environments.uv_settings import settings_files
from p2c.sandboxes.local.resource_monitor import DiskWatch
from p2c.sandboxes.options import SandboxOptions
from p2c.sandboxes.running_command import passed
from p2c.sandboxes.session_locks import SessionLease

PROGRAM, BUILDER, ROOT = "1000:1000", "1001:1001", "0:0"
PLACES = Places(repo="/workspace", environment="/p2c/environment", tools="/store/tools", scratch="/scratch")
STORE, OWN, PYCACHE, HOME = "/store", "/own", "/pycache", "/home/p2c"
LISTED = (PLACES.repo, PLACES.scratch)
"""Where requirements files may lie."""
SETTINGS = "/p2c"
MOST_RUNNING = 4
"""Containers for programs at a time; each may use all of the memory that the limits allow."""
OWN_PROCESSES = 4
"""Processes of a container's own: init, timeout, cat, and what listens for the way to the index."""
MIB = 1 << 20
DISK_ANYWAY = 30.0
"""Seconds after which the disk is added up though nothing grew; that costs two short programs."""


class SessionContainers:
    """The containers of one session, by kind; `index` and `egress` are set when they are known.

    `survey` is what the first container told of the image's interpreters and the store's tools.
    """

    def __init__(self, engine: Engine, image: Image, lease: SessionLease, options: SandboxOptions) -> None:
        self.index = IndexSettings()
        self.egress = IndexProxy(self.index)
        self.survey: Mapping[str, Any] = {}
        self.session = lease.id
        self._engine = engine
        self._image = image
        self._lease = lease
        self._options = options
        self.memory = min(options.limits.memory, int(engine.about["MemTotal"]) * 3 // 4)
        self._disk: DiskWatch[PooledContainer] = DiskWatch(options.limits.disk, _free, _used, 0.0, DISK_ANYWAY)
        self.store = store_name(options.cache)
        engine.keep_volume(self.store)
        self.running = ContainerPool(self._running, MOST_RUNNING)
        self.online = ContainerPool(self._online, 1)
        self.building = ContainerPool(self._building, 1)
        self.installing = ContainerPool(self._installing, 1)

    def make_store(self) -> None:
        """Make the store's folders, where the volume is new."""
        with self.building.acquire(60) as container:
            container.own(ROOT, "open_all", STORE)
            container.own(BUILDER, "make_store", STORE)
            container.own(ROOT, "close_store", STORE)

    def discard(self, sessions: Iterable[str]) -> None:
        """Remove from the store what killed sessions were building."""
        for session in sessions:
            with self.building.acquire(60) as container:
                container.own(BUILDER, "discard", *building_places(session))

    def close(self) -> None:
        """Remove what is left of the session in the store, its containers, then its volumes; never raises.

        Where the store can't be cleared, the last volume stays, by which the next start knows what to clear.
        """
        is_clear = not self.building.was_used or self._clear()
        for pool in (self.running, self.online, self.building, self.installing):
            pool.close()
        for name in ("workspace", "scratch", "pycache") + (("own",) if is_clear else ()):
            self._engine.remove_volume(self._volume(name))

    def _clear(self) -> bool:
        """Discard what this session was building; a container that has died meanwhile is replaced once."""
        for _ in range(2):
            with contextlib.suppress(SandboxError):
                self.discard([self.session])
                return True
        return False

    def _volume(self, name: str) -> str:
        return f"p2c-{self.session}-{name}"

    def _volumes(self, writable: Sequence[str]) -> list[Volume]:
        names = (OWN,) if STORE in writable else (PLACES.repo, PLACES.scratch, PYCACHE, OWN)
        own = [Volume(self._volume(place.lstrip("/")), place, place in writable) for place in names]
        return [*own, Volume(self.store, STORE, STORE in writable, kept=True)]

    def _running(self, life: float) -> PooledContainer:
        return self._make((PLACES.repo, PLACES.scratch, PYCACHE), life)

    def _online(self, life: float) -> PooledContainer:
        return self._make((PLACES.repo, PLACES.scratch, PYCACHE), life, network=True)

    def _installing(self, life: float) -> PooledContainer:
        return self._make((PLACES.repo, PLACES.scratch, PYCACHE, OWN), life)

    def _building(self, life: float) -> PooledContainer:
        return self._make((STORE,), life)

    def _make(self, writable: Sequence[str], life: float, network: bool = False) -> PooledContainer:
        is_builder, installs = STORE in writable, STORE in writable or OWN in writable
        memory = max(self.memory, 2048 * MIB) if is_builder else self.memory
        # A tmpfs counts as memory, and what fills it outlives the program: all of them are well below the limit.
        size = min(1024 * MIB, memory // 8)
        private = f"rw,exec,nosuid,nodev,size={size},mode=1777"
        limits = self._options.limits
        ulimits = {"core": 0, "nofile": limits.open_files}
        if not is_builder:
            ulimits["fsize"] = limits.file_size
        if not is_builder and limits.cpu_seconds is not None:
            ulimits["cpu"] = limits.cpu_seconds
        small = f"rw,noexec,nosuid,nodev,size={16 * MIB},mode=0755"
        temporary = {"/tmp": private, HOME: private, SETTINGS: small}
        shape = ContainerSpec(
            image=self._image.id,
            network=network,
            volumes=self._volumes(writable),
            labels=self._lease.labels,
            temporary=temporary | (dict.fromkeys(LISTED, small) if is_builder else {}),
            folders=self._folders() if installs else (),
            memory=memory,
            shared_memory=size,
            processes=limits.processes + OWN_PROCESSES,
            ulimits=ulimits,
            cpus=self._options.cpus,
            gpus="" if is_builder else self._options.gpus,
            life=int(life),
        )
        container = PooledContainer(
            self._engine.run(shape), memory, life, (lambda _: "") if is_builder else self._over_disk
        )
        try:
            opened = [place for place in writable if place not in (STORE, OWN)]
            if self.survey:
                container.own(ROOT, "open_all", ":".join(opened))
            else:
                self.survey = json.loads(container.own(ROOT, "survey", ":".join(opened), f"{STORE}/tools")[1])
            if OWN in writable:
                container.own(ROOT, "make_own", OWN)
            if installs:
                self._write_settings(container)
                container.relay = IndexRelay(container.container, self.egress.hosts, upstream_settings(self.index))
        except BaseException:
            container.remove()
            raise
        return container

    def _over_disk(self, container: PooledContainer) -> str:
        """Return what was passed, or nothing; whoever hinders the adding up is taken to be over."""
        over = passed(self._disk.limit, "on disk")
        try:
            return over if self._disk.over(container) else ""
        except (SandboxError, ValueError):
            return f"{over}, or the count was hindered"

    def _folders(self) -> list[str]:
        if self.index.folders and not self._engine.is_local:
            raise SandboxError(
                f"the package index is in a folder of this machine ({self.index.folders[0]}), "
                "and the Docker engine is on another one",
                "Use an index with a URL, or --sandbox local.",
            )
        return [str(folder) for folder in self.index.folders]

    def _write_settings(self, container: PooledContainer) -> None:
        container.write(ROOT, SETTINGS, [(name, 0o644, data) for name, data in settings_files(self.index).items()])


def building_places(session: str) -> tuple[str, str, str]:
    """Return where a session builds the environment that it has chosen, the tools, and what those need first."""
    place = f"{STORE}/building/{session}"
    return place, f"{place}-tools", f"{place}-boot"


def store_name(cache: Path | None) -> str:
    """Return the volume of environments and tools that goes with a cache folder."""
    return "p2c-store" + (f"-{hashlib.sha256(str(cache).encode()).hexdigest()[:8]}" if cache else "")


def _free(container: PooledContainer) -> int:
    return int(container.own(BUILDER, "free", PLACES.repo)[1])


def _used(container: PooledContainer) -> int:
    return int(container.own(PROGRAM, "used", ":".join((PLACES.repo, PLACES.scratch, PYCACHE, OWN)))[1])
