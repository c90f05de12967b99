"""Environments of a session of containers: where each lies, for whom it is, and what may be in its making.

<store>/environments/IMAGE/KEY           everybody's: uv's own work, by trusted commands (`trusted_commands.py`) alone
<store>/environments/IMAGE/KEY-DIGEST    one repository's: code of packages ran in its making (`ownership.py`)
<own>/environments/KEY                   this session's: code of other repositories may have run in it too
<store>/building/SESSION, <own>/building what is being built, before code of packages ran and since
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from p2c.errors import SandboxError
from p2c.repo import Repo
from p2c.sandboxes.base import Command
from p2c.sandboxes.docker.container_roles import (
    BUILDER,
    LISTED,
    OWN,
    PLACES,
    PROGRAM,
    ROOT,
    STORE,
    SessionContainers,
    building_places,
)
from p2c.sandboxes.docker.pooled_container import PooledContainer
from p2c.sandboxes.docker.specs import Image
from p2c.sandboxes.environments.cache import checked_key
from p2c.sandboxes.environments.ownership import Ownership
from p2c.sandboxes.environments.trusted_commands import TrustPolicy
from p2c.sandboxes.in_sandbox import _p2c_files

FOREVER = 300.0
"""Seconds of life that a container for p2c's own work with files is asked for: as long as one such work may take."""
OWN_BUILDING = f"{OWN}/building"


class ContainerEnvironments:
    """The one that was chosen, `key`; `read` returns a file of the workspace or scratch."""

    def __init__(self, containers: SessionContainers, image: Image, read: Callable[[str], bytes | None]) -> None:
        self.key = ""
        self._containers = containers
        self._shared = f"{STORE}/environments/{image.id.rpartition(':')[2][:16]}"
        self._building = building_places(containers.session)[0]
        self._read = read
        self._sealed = ""
        self._is_own = False
        self._own: dict[str, str] = {}
        self._ownership = Ownership()

    def put(self, repo: Repo) -> None:
        """Note which repository the commands to come run on."""
        self._ownership.put(repo)

    @property
    def place(self) -> str:
        """Where the chosen one is or is being built."""
        return self._sealed or (OWN_BUILDING if self._is_own else self._building)

    def choose(self, key: str) -> bool:
        """Choose an environment; True if it is sealed, otherwise an empty one is there to be built."""
        self.key = checked_key(key)
        with self._containers.running.acquire(FOREVER) as container:
            self._sealed = next((place for place in self._places(container) if _is_there(container, place)), "")
        if not self._sealed:
            self._start_building()
        return bool(self._sealed)

    def _places(self, container: PooledContainer) -> Iterator[str]:
        """Yield where an environment of the key may lie that this session may use."""
        shared = f"{self._shared}/{self.key}"
        yield shared
        if self.key in self._own:
            yield self._own[self.key]
        if _is_there(container, "", f"{shared}-"):
            yield f"{self._shared}/{self._ownership.of_repository(self.key)}"

    def seal(self) -> None:
        """Keep what was built, for those whose it is; raises SandboxError where there is nothing to keep."""
        if not self.key:
            raise SandboxError("no environment was chosen, so none can be sealed")
        if self._sealed:
            return
        name = self._ownership.beyond_session(self.key)
        if self._is_own:
            with self._containers.installing.acquire(FOREVER) as container:
                container.own(PROGRAM, "open_up", OWN_BUILDING)
        place = f"{self._shared}/{name}" if name else f"{OWN}/environments/{self.key}"
        building = self._building if name else f"{place}.new"
        pool, user = (self._containers.building, BUILDER) if name else (self._containers.installing, ROOT)
        with pool.acquire(FOREVER) as container:
            if self._is_own:
                container.own(user, "copy", OWN_BUILDING, building)
            if container.own(user, "seal", building, place)[0] == _p2c_files.NONE:
                raise SandboxError("the environment to be sealed was never made")
        self._sealed = self._own[self.key] = place
        self._let_go()

    def _let_go(self) -> None:
        """Remove what installing with code of packages has left: no later installation uses it."""
        if self._ownership.code_ran:
            with self._containers.installing.acquire(FOREVER) as container:
                container.own(PROGRAM, "discard", OWN_BUILDING, f"{OWN}/uv")
        self._is_own = False

    def _start_building(self) -> None:
        self._let_go()
        with self._containers.building.acquire(FOREVER) as container:
            container.own(BUILDER, "fresh", self._building)
        self._ownership.begin()

    def lists(self, command: Command, uv: str, python: str) -> dict[str, bytes] | None:
        """Return the requirements files that a trusted command reads (paths inside); None for any other command."""
        return TrustPolicy(uv, PLACES.environment, frozenset({python}), self._read_list, self._is_pristine).lists(
            command, PLACES.repo
        )

    def _read_list(self, path: str) -> bytes | None:
        return self._read(path) if path.startswith(tuple(f"{folder}/" for folder in LISTED)) else None

    def note(self, command: Command, trusted: bool, installing: bool) -> None:
        """A command is about to run, in a container that was not in use yet."""
        if trusted and "venv" in command.argv and self.key and not self._sealed:
            self._start_building()
        self._ownership.note(trusted, installing)

    def enter(self, container: PooledContainer, lists: Mapping[str, bytes] | None, installing: bool) -> None:
        """Show a command the environment and its `lists`; what it could spoil for others is made the session's own."""
        if lists is not None:
            given = [(path.lstrip("/"), 0o644, data) for path, data in lists.items()]
            container.write(ROOT, "/", given, *LISTED)
        elif installing and self.key and not self._sealed and not self._is_own:
            container.own(PROGRAM, "copy", self._building, OWN_BUILDING)
            self._is_own = True
        if self.key:
            container.link(PLACES.environment, self.place)

    def _is_pristine(self) -> bool:
        """Nothing but an empty environment of uv's own making is there: no package could run code in it."""
        if not self.key or self._sealed or self._is_own:
            return False
        with self._containers.running.acquire(FOREVER) as container:
            return container.own(PROGRAM, "is_pristine", self._building)[0] == 0


def _is_there(container: PooledContainer, place: str, others: str = "") -> bool:
    return container.own(BUILDER, "is_there", place, others)[0] == 0
