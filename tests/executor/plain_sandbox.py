"""The smallest sandbox that is one in form: real processes in a temporary folder, with this machine's own tools."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping
from pathlib import Path

from p2c.repo import Repo
from p2c.sandboxes.base import Command, ExecResult, Feature, Network, OnOutput, Places


class PlainSandbox:
    """Keeps nothing from anybody; notes the modes and environments that it was asked for."""

    backend = "plain"
    features: frozenset[Feature] = frozenset()

    def __init__(self, root: Path, environ: Mapping[str, str] | None = None) -> None:
        self.root = root
        self.environ = dict(environ or {})
        for name in ("repo", "scratch", "environments", "tools/bin"):
            (root / name).mkdir(parents=True)
        for name in ("uv", "ruff", "mypy", "python"):
            (root / "tools/bin" / name).write_text(f'#!/bin/sh\nexec "{Path(sys.executable).parent / name}" "$@"\n')
            (root / "tools/bin" / name).chmod(0o755)
        (root / "tools/pytest").symlink_to(sysconfig.get_path("purelib"))
        self.places = Places(*(str(root / name) for name in ("repo", "environment", "tools", "scratch")))
        self.network: Network = "none"
        self.modes: list[Network] = []
        self.commands: list[Command] = []
        self.keys: list[str] = []
        self.sealed: set[str] = set()

    def put(self, repo: Repo) -> None:
        place = self.root / "repo"
        for path in sorted(place.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        repo.write(place)

    def add(self, files: Mapping[str, bytes]) -> None:
        for path, data in files.items():
            target = self.root / "scratch" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    def exec(self, command: Command, on_output: OnOutput | None = None) -> ExecResult:
        self.commands.append(command)
        start = time.monotonic()
        base = getattr(sys, "_base_executable", sys.executable)
        environ = {
            "PATH": f"{self.places.environment}/bin:{Path(base).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.root),
            "UV_PYTHON": base,
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_NO_CONFIG": "1",
            "LANG": "C.UTF-8",
            **self.environ,
            **command.env,
        }
        process = subprocess.Popen(
            command.argv,
            cwd=self.places.repo,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        timed_out = False
        try:
            out, err = process.communicate(timeout=command.timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            timed_out = True
        code = process.returncode
        return ExecResult(
            command,
            None if timed_out else code if code >= 0 else 128 - code,
            out.decode("utf-8", "replace"),
            err.decode("utf-8", "replace"),
            time.monotonic() - start,
            timed_out,
        )

    def get(self, path: str) -> bytes | None:
        place = Path(path)
        return place.read_bytes() if place.is_file() and not place.is_symlink() else None

    def set_network(self, mode: Network) -> None:
        self.network = mode
        self.modes.append(mode)

    def choose_environment(self, key: str) -> bool:
        self.keys.append(key)
        place = self.root / "environments" / key
        place.mkdir(exist_ok=True)
        link = self.root / "environment"
        link.unlink(missing_ok=True)
        link.symlink_to(place)
        return key in self.sealed

    def seal_environment(self) -> None:
        self.sealed.add(self.keys[-1])

    def close(self) -> None:
        pass
