"""Where the examples lie: a paper and a broken repository, with recorded replies."""

from __future__ import annotations

from pathlib import Path

from p2c.errors import UnavailableError


def example_folder() -> Path:
    """Return the folder of the examples: in an installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    for folder in (package / "_examples", package.parent / "examples"):
        if (folder / "adaptive-restart").is_dir():
            return folder
    raise UnavailableError("this installation has no example files", "Reinstall p2c, or use a git checkout.")
