"""The files in `DIR/plan/`: written by `p2c plan`, edited by a person, read by `p2c build`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from p2c.errors import InputError
from p2c.files import opened, read_at, write_at
from p2c.generator.planning.edited import FILES, FOLDER

__all__ = ["FOLDER", "read_plan_files", "write_plan_files"]

LARGEST = 4 << 20
"""Bytes of one file; more than any plan has."""


def read_plan_files(root: Path) -> dict[str, str]:
    """Return each step of the plan that has a file in `root/plan` -> its text; no link is followed.

    Without `design.yaml` it is not the folder of a plan, and nothing is read. Raises InputError for a file that is not
    UTF-8.
    """
    texts: dict[str, str] = {}
    try:
        with opened(root, (FOLDER,)) as folder:
            for step, name in FILES.items():
                data = read_at(folder, name, LARGEST)
                if data is not None:
                    texts[step] = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{root / FOLDER / name} is not UTF-8", "Save it as UTF-8.") from error
    except OSError:
        return {}
    return texts if "design" in texts else {}


def write_plan_files(root: Path, texts: Mapping[str, str]) -> Path:
    """Write each step's text into `root/plan` and return the folder; git is told to ignore it."""
    with opened(root, (FOLDER,), create=True) as folder:
        for step, text in texts.items():
            write_at(folder, FILES[step], text.encode("utf-8", "backslashreplace"))
        write_at(folder, ".gitignore", b"*\n")
        for name in set(FILES.values()) - {FILES[step] for step in texts}:
            if read_at(folder, name, LARGEST) is not None:
                os.unlink(name, dir_fd=folder)
    return root / FOLDER
