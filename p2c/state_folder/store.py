"""A folder of the state as a `Store`: where replies are kept."""

from __future__ import annotations

from dataclasses import dataclass

from p2c.state_folder.folder import StateFolder


@dataclass(frozen=True)
class StateSubfolder:
    """A folder of the state as a `Store`; names are relative to it."""

    state: StateFolder
    folder: str

    def names(self, under: str) -> list[str]:
        """Return the names of all files below a folder, sorted."""
        cut = len(self.folder) + 1
        return [name[cut:] for name in self.state.names(f"{self.folder}/{under}")]

    def read(self, name: str) -> bytes | None:
        """Return a file that p2c wrote; None where there is none."""
        return self.state.read(f"{self.folder}/{name}")

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole."""
        self.state.write(f"{self.folder}/{name}", data)
