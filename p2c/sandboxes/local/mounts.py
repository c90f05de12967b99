"""What a command sees: which folders, read-only or writable, and which variables, in which phase."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from p2c.errors import SandboxError
from p2c.repo import Repo
from p2c.sandboxes import safe_files
from p2c.sandboxes.base import Command, Network, Places
from p2c.sandboxes.environments.cache import Cache, SessionFolder, own_links
from p2c.sandboxes.environments.index_settings import IndexSettings
from p2c.sandboxes.environments.interpreters import Interpreter
from p2c.sandboxes.environments.ownership import Ownership
from p2c.sandboxes.environments.trusted_commands import TrustPolicy
from p2c.sandboxes.environments.uv_settings import Variables, settings_files
from p2c.sandboxes.local import bubblewrap
from p2c.sandboxes.local.bubblewrap import BubblewrapSpec

PLACES = Places(repo="/workspace", environment="/environment", tools="/tools", scratch="/scratch")
STORE, PYCACHE, PRIVATE_CACHE = "/store", "/pycache", "/uv"
SETTINGS = "/etc/p2c"
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
PEOPLE = f"root:x:0:0::/:/bin/false\np2c:x:{bubblewrap.INSIDE}:{bubblewrap.INSIDE}::{bubblewrap.HOME}:/bin/sh\n"


@dataclass(frozen=True)
class SessionTools:
    """What a session has been given: index settings, interpreters (the target's first), the tools' folder."""

    index: IndexSettings
    pythons: Sequence[Interpreter]
    tools: Path


class MountPlan:
    """The state of one session's mounts: the network's mode, and the environment that was chosen."""

    def __init__(self, cache: Cache, folder: SessionFolder, equipment: SessionTools) -> None:
        self.network: Network = "none"
        self._cache = cache
        self._folder = folder
        self._equipment = equipment
        self._variables = Variables(
            equipment.index,
            equipment.pythons[0],
            PLACES,
            path=SYSTEM_PATH,
            home=bubblewrap.HOME,
            settings=SETTINGS,
            caches=(f"{STORE}/uv", PRIVATE_CACHE),
            pycache=PYCACHE,
        )
        self._key = ""
        self._sealed: Path | None = None
        self._own: dict[str, Path] = {}
        self._ownership = Ownership()
        self._write_etc()

    def put(self, repo: Repo) -> None:
        """Note which repository the commands to come run on."""
        self._ownership.put(repo)

    def choose(self, key: str) -> bool:
        """Choose an environment; True if it is sealed, otherwise an empty one is there to be built."""
        places = self._places(key)
        self._key = key
        self._sealed = next((place for place in places if self._folder.hold(place)), None)
        if self._sealed is None:
            self._start_building()
        return self._sealed is not None

    def _places(self, key: str) -> Iterator[Path]:
        """Yield where an environment of this key may lie that this session may use."""
        shared = self._cache.environment(key)
        yield shared
        if key in self._own:
            yield self._own[key]
        if any(shared.parent.glob(f"{key}-*")):
            yield shared.with_name(self._ownership.of_repository(key))

    def seal(self) -> None:
        """Keep what was built, for those whose it is; raises SandboxError where there is nothing to keep."""
        if not self._key:
            raise SandboxError("no environment was chosen, so none can be sealed")
        if self._sealed is None:
            if not (self._folder.building / "pyvenv.cfg").is_file():
                raise SandboxError("the environment to be sealed was never made")
            self._folder.hold(self._folder.building)  # a lock that goes along when it gets its name
            name = self._ownership.beyond_session(self._key)
            folder = self._cache.environments if name else self._folder.environments
            self._sealed = self._own[self._key] = self._cache.seal(self._folder.building, folder / (name or self._key))
            self._folder.hold(self._sealed)

    def spec(self, command: Command) -> BubblewrapSpec:
        """Return what this command sees; a folder that it could spoil for others is made its own first."""
        read_only = self._always()
        written = {PLACES.repo: self._folder.workspace, PLACES.scratch: self._folder.scratch}
        writable = {**written, PYCACHE: self._folder.pycache}
        links: dict[str, str] = {}
        lists = self._lists(command) if self.network == "install" else None
        trusted = lists is not None
        self._ownership.note(trusted, self.network == "install")
        if lists is not None:
            self._before_trusted(command)
            # Nothing that programs can write is there: no wheel, setting or link that they have left.
            read_only |= self._folder.snapshot(lists, written)
            writable = {STORE: self._cache.store}
        elif self.network == "install":
            writable[PRIVATE_CACHE] = self._folder.private_cache
        if self._sealed is not None:
            read_only[PLACES.environment] = self._sealed
        elif self._key and trusted:
            links[PLACES.environment] = f"{STORE}/building/{self._folder.id}"
        elif self._key and self.network == "install":
            own_links(self._folder.building, self._cache.owner)
            writable[PLACES.environment] = self._folder.building
        elif self._key:
            read_only[PLACES.environment] = self._folder.building
        environment = self._variables.of(command, self.network == "install", trusted)
        return BubblewrapSpec(read_only, writable, links, environment, network=command.network)

    def read(self, path: str) -> bytes | None:
        """Return a regular file of the workspace, scratch or environment (absolute path inside), or None."""
        roots = {PLACES.repo: self._folder.workspace, PLACES.scratch: self._folder.scratch}
        if self._key:
            roots[PLACES.environment] = self._sealed or self._folder.building
        located = safe_files.locate(path, roots)
        return safe_files.read(*located) if located else None

    def _lists(self, command: Command) -> dict[str, bytes] | None:
        """Return the requirements files that a trusted command reads (paths inside); None for any other command."""
        base = frozenset({str(self._variables.python.executable)})
        trust = TrustPolicy(f"{PLACES.tools}/bin/uv", PLACES.environment, base, self.read, self._is_pristine)
        return trust.lists(command, PLACES.repo)

    def _is_pristine(self) -> bool:
        """Nothing but an empty environment of uv's own making is there: no package could run code in it."""
        if not self._key or self._sealed is not None or self._ownership.code_ran:
            return False
        folders = self._folder.building.glob("lib/python*/site-packages")
        return all(entry.name.startswith("_virtualenv.") for folder in folders for entry in folder.iterdir())

    def _before_trusted(self, command: Command) -> None:
        if "venv" in command.argv and self._key and self._sealed is None:
            self._start_building()

    def _start_building(self) -> None:
        self._folder.fresh_building()
        self._folder.fresh_private_cache()  # what compiling has left there is not used for the installation
        self._ownership.begin()

    def _always(self) -> dict[str, Path]:
        folder, equipment = self._folder, self._equipment
        mounts = {f"/etc/{name}": folder.etc / name for name in ("passwd", "group")}
        mounts[PLACES.tools] = equipment.tools
        mounts |= {
            str(python.prefix): python.prefix
            for python in equipment.pythons
            if not python.prefix.is_relative_to(Path("/usr"))
        }
        if self.network == "install":
            mounts[SETTINGS] = folder.etc / "p2c"
            mounts |= {str(index_folder): index_folder for index_folder in equipment.index.folders}
        return mounts

    def _write_etc(self) -> None:
        files = {"passwd": PEOPLE.encode(), "group": f"root:x:0:\np2c:x:{bubblewrap.INSIDE}:\n".encode()}
        files |= {f"p2c/{name}": data for name, data in settings_files(self._equipment.index).items()}
        (self._folder.etc / "p2c").mkdir()
        (self._folder.etc / "p2c").chmod(0o755)
        for name, data in files.items():
            file = self._folder.etc / name
            file.write_bytes(data)
            file.chmod(0o644)
