"""Papers, repositories and planted departures from them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CONTROL = "control"


@dataclass(frozen=True)
class PlantedChange:
    """One edit of a case's repository: `old` stands exactly once in `file`; `quote` is what the paper says instead."""

    case: str
    number: int
    kind: str
    file: str
    old: str
    new: str
    quote: str

    @property
    def name(self) -> str:
        """`online-td-03`."""
        return f"{self.case}-{self.number:02}"

    def planted(self, files: dict[str, str]) -> dict[str, str]:
        """Return the files with this edit; raises ValueError where it does not fit exactly once."""
        if files[self.file].count(self.old) != 1:
            raise ValueError(f"{self.name}: the text to replace stands {files[self.file].count(self.old)} times")
        return {**files, self.file: files[self.file].replace(self.old, self.new)}


def cases() -> tuple[str, ...]:
    """The names of the papers."""
    return tuple(sorted(path.parent.name for path in HERE.glob("*/paper.md")))


def paper_of(case: str) -> str:
    """The text of a paper."""
    return (HERE / case / "paper.md").read_text(encoding="utf-8")


def files_of(case: str) -> dict[str, str]:
    """The files of a paper's repository, by path."""
    root = HERE / case / "repo"
    found = (path for path in sorted(root.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in found}


def changes(case: str) -> tuple[PlantedChange, ...]:
    """The changes of one paper's repository, numbered from 1."""
    rows = tomllib.loads((HERE / case / "changes.toml").read_text(encoding="utf-8"))["change"]
    return tuple(PlantedChange(case, number, **row) for number, row in enumerate(rows, 1))
