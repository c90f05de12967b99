"""Where the example paper and its recorded replies lie."""

from __future__ import annotations

from pathlib import Path

from p2c.errors import UnavailableError


def example_folder() -> Path:
    """Return the example's folder: in an installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    for folder in (package / "_examples" / "adaptive-restart", package.parent / "examples" / "adaptive-restart"):
        if folder.is_dir():
            return folder
    raise UnavailableError("the example is not part of this installation", "Install p2c again, or use a checkout.")
