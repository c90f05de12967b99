"""What a person can say about where generated code runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from p2c.sandboxes.environments.pruning import CacheLimits

GIB = 1 << 30


def most_memory() -> int:
    """Return three quarters of this machine's memory, in bytes."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 3 // 4


@dataclass(frozen=True)
class ResourceLimits:
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

    `keep` says how much of the cache is kept, and how long; `torch_backend` which builds of PyTorch are installed (uv's
    word: cpu, cu126, auto, ...), empty for those that the person's index gives.
    `allow_hosts` are hosts (HOST or HOST:PORT) that an install may reach besides the package indexes.

    Of containers only: `image` is the base image's name, `gpus` which GPUs they see (all, a number, or device=0,1),
    `cpus` how many CPUs one may use (0: all, though after the machine's own work).
    Of E2B only: `template` is its name there, `life` the seconds a sandbox lives on after p2c was last heard of.
    """

    limits: ResourceLimits = field(default_factory=ResourceLimits)
    python: str = ""
    cache: Path | None = None
    constraints: Path | None = None
    keep: CacheLimits = field(default_factory=CacheLimits)
    torch_backend: str = ""
    allow_hosts: tuple[str, ...] = ()
    image: str = ""
    gpus: str = ""
    cpus: float = 0.0
    template: str = ""
    life: int = 600

    def environ(self, given: Mapping[str, str] | None) -> Mapping[str, str]:
        """Return the variables that tell of the package index: those given, or p2c's own; options come first."""
        own = {"UV_TORCH_BACKEND": self.torch_backend} if self.torch_backend else {}
        return {**(os.environ if given is None else given), **own}
