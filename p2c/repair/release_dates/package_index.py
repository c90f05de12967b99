"""What the package index had on a day, asked through the sandbox's uv."""

from __future__ import annotations

import re
from functools import cached_property
from importlib.resources import files

from p2c.errors import UnreadableTextError
from p2c.executor.instrumented_sandbox import InstrumentedSandbox
from p2c.executor.requirements import uv_errors
from p2c.executor.requirements.declared import RequirementLine, Requirements
from p2c.executor.requirements.distributions import canonical, distributions, third_party_imports
from p2c.executor.requirements.lock import WHEELS, ResolutionTarget, resolve_wheels, words
from p2c.repair.release_dates.missing_api import MissingApi
from p2c.repo import Repo
from p2c.untrusted_text import load_json

_LOCKED = re.compile(r"(?m)^([\w.-]+)==([\w.!+-]+)")
_LONG_AGO = "2000-01-01"
_PINS = 8
"""Pins whose dates are asked for, each a request."""
SECONDS = 900.0
"""For unpacking one large library, as for installing the tools."""


class Releases:
    """Requirements, resolved for days. Everything raises SandboxError, and IndexUnavailableError without an index."""

    def __init__(self, target: InstrumentedSandbox, wanted: Requirements, repo: Repo) -> None:
        self.wanted = wanted
        self._target = target
        self._repo = repo

    @cached_property
    def now(self) -> dict[str, str]:
        """Name -> version as of today; empty where that does not go with wheels alone."""
        return self.of("")

    def of(self, era: str, python: str = "") -> dict[str, str]:
        """Name -> version at the end of a day; empty where that does not go, or the index has dates of nothing."""
        resolved = resolve_wheels(self.wanted, self._target, ResolutionTarget(python, era))
        return versions(resolved.lock) if resolved else {}

    def pythons(self) -> list[tuple[str, str]]:
        """Return (minor version, path) of the other Pythons that the sandbox has, the newest first."""
        command = (self._target.uv, "python", "list", "--only-installed", "--output-format", "json")
        listed = self._target.run(command, 60.0)
        own = self._target.run(self._target.find_python(), 60.0).stdout.strip()
        try:
            rows = load_json(listed.stdout) if listed.ok else []
            every = [(tuple(map(int, row["version"].split(".")[:2])), str(row["path"])) for row in rows]
        except (UnreadableTextError, ValueError, AttributeError, KeyError, TypeError):
            return []
        runs = next((minor for minor, path in every if path == own), None)
        older = {minor: path for minor, path in every if runs is not None and (3, 8) <= minor < runs}
        return [(".".join(map(str, minor)), older[minor]) for minor in sorted(older, reverse=True)]

    def published(self, pins: list[str]) -> str:
        """Return the day on which the newest of these `name==version` came out; '' where the index does not say."""
        days = []
        for pin in pins[:_PINS]:
            requirements = Requirements("requirements.txt", (RequirementLine(pin, "requirements.txt", 1),))
            self._target.sandbox.add({"requirements.in": requirements.text.encode()})
            command = (self._target.uv, "pip", "compile", "--no-deps", "--color", "never", *WHEELS)
            dated = (*ResolutionTarget(era=_LONG_AGO).options, f"{self._target.places.scratch}/requirements.in")
            output = words(self._target.run((*command, *dated), 60.0, {"UV_CONSTRAINT": ""}))
            days += re.findall(r"was published at (\d{4}-\d\d-\d\d)", uv_errors.flatten(output))
        return max(days, default="")

    def distribution(self, library: str) -> str:
        """Return which of what is installed provides an import; '' where none of it surely does."""
        names = [canonical(name) for name in (*distributions(library), library)] if library else []
        return next((name for name in names if name in self.now), "")

    def owner(self, name: str) -> str:
        """Return the one imported package that defines a class; '' where none or several do."""
        tops = sorted({use.name.partition(".")[0] for use in third_party_imports(self._repo).values()})
        listed = self._target.run(
            (self._target.python, "-c", "import sysconfig as s; print(s.get_path('purelib'))"), 60
        )
        owners = self._ask(listed.stdout.strip(), "owners", name, ",".join(tops)) if tops and listed.ok else ""
        return owners if owners and "," not in owners else ""

    def has(self, library: str, pin: str, trouble: MissingApi) -> bool:
        """Unpack a version and look in its files: it has the name, or takes the option, or other arguments."""
        old = self._unpacked(library, pin)
        if not old:
            return False
        if trouble.changed:
            new = self._unpacked(library, f"{pin.partition('==')[0]}=={self.now[pin.partition('==')[0]]}")
            both = [self._ask(place, "signatures", trouble.name, trouble.owner) for place in (old, new) if place]
            return len(both) == 2 and bool(both[0]) and both[0] != both[1]
        if self._ask(old, "names", trouble.name, trouble.owner):
            return True
        return bool(trouble.owner and self._ask(old, "options", trouble.name, trouble.owner))

    def _unpacked(self, library: str, pin: str) -> str:
        """The folder (or file) of a package of this version; '' where it has none of that name."""
        place = f"{self._target.places.scratch}/eras/{pin.replace('==', '-')}"
        command = (self._target.uv, "pip", "install", "--no-deps", "--quiet", *WHEELS, "--target", place, pin)
        if not self._target.run(command, SECONDS, {"UV_CONSTRAINT": ""}).ok:
            return ""
        return self._ask(place, "place", library, "")

    def _ask(self, folder: str, kind: str, name: str, owner: str) -> str:
        code = (
            files("p2c.repair.release_dates.in_sandbox").joinpath("_p2c_library_names.py").read_text(encoding="utf-8")
        )
        result = self._target.run((self._target.tool("python"), "-I", "-c", code, folder, kind, name, owner), 300.0)
        return result.stdout.strip() if result.ok else ""


def versions(lock: str) -> dict[str, str]:
    """Return name -> version of a lock's lines."""
    return {canonical(name): version for name, version in _LOCKED.findall(lock)}
