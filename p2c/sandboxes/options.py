"""What a person can say about where generated code runs."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

GIB = 1 << 30


def most_memory() -> int:
    """Return three quarters of this machine's memory, in bytes."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 3 // 4


@dataclass(frozen=True)
class Limits:
    """What one command may use, with all that it starts; bytes, counts (threads count), seconds."""

    memory: int = field(default_factory=most_memory)
    processes: int = 1024
    file_size: int = 8 * GIB
    disk: int = 20 * GIB
    open_files: int = 4096
    cpu_seconds: int | None = None
    """Of each single process; a time-out counts for the whole."""

    def prlimit(self) -> list[str]:
        """Return the `prlimit` command line that sets what the kernel enforces per process.

        It has to run inside of the user namespace: there RLIMIT_NPROC counts the sandbox's processes only.
        """
        options = [
            "--core=0",
            f"--nproc={self.processes}",
            f"--nofile={self.open_files}",
            f"--fsize={self.file_size}",
        ]
        if self.cpu_seconds is not None:
            options.append(f"--cpu={self.cpu_seconds}")
        return ["/usr/bin/prlimit", *options, "--"]


@dataclass(frozen=True)
class SandboxOptions:
    """`python` is a version specifier; `cache` a folder for environments and tools; `constraints` a pip file.

    Of containers only: `image` is the base image's name, `gpus` which GPUs they see (all, a number, or device=0,1).
    Of E2B only: `template` is its name there, `life` the seconds a sandbox lives on after p2c was last heard of.
    """

    limits: Limits = field(default_factory=Limits)
    python: str = ""
    cache: Path | None = None
    constraints: Path | None = None
    image: str = ""
    gpus: str = ""
    template: str = ""
    life: int = 600
