"""How long the gate takes: its static part on 200 files, and a whole repository for the first time and again.

python -m benchmarks.gate

Each figure is the wall time of the command as a person starts it, Python's start included. The tools are warm (one
static check before); the first whole check installs into an environment that is not there yet. `--cached` takes the
result that is there where nothing has changed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from p2c.sandboxes.safe_files import remove

FILES = 200
BODY = '''"""Part {n} of a generated repository."""

import math
from dataclasses import dataclass


@dataclass
class Layer{n}:
    """One layer."""

    width: int = {n}
    rate: float = 0.1

    def forward(self, values: list[float]) -> list[float]:
        """Scale and squash."""
        return [math.tanh(self.rate * value) / (1.0 + self.width) for value in values]
'''
FUNCTION = '''

def step_{n}_{k}(values: list[float], scale: float = {k}.5) -> float:
    """Sum what is scaled."""
    total = 0.0
    for index, value in enumerate(values):
        total += scale * value / (index + 1)
    return total
'''
MAIN = """import json

import numpy as np

from pkg.part0.layer0 import Layer0

if __name__ == "__main__":
    loss = float(np.mean(Layer0().forward([1.0, 2.0])))
    with open("metrics.json", "w") as stream:
        json.dump({"loss": loss}, stream)
"""
TEST = """from pkg.part0.layer0 import Layer0


def test_forward():
    assert len(Layer0().forward([1.0, 2.0])) == 2
"""


def write_static(root: Path) -> None:
    """Write 200 files of about 60 lines."""
    for n in range(FILES):
        folder = root / "pkg" / f"part{n // 20}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
        functions = "".join(FUNCTION.format(n=n, k=k) for k in range(6))
        (folder / f"layer{n}.py").write_text(BODY.format(n=n) + functions)
    (root / "pkg" / "__init__.py").touch()


def write_whole(root: Path) -> None:
    """Write a repository that has to be installed, imported, run and tested."""
    folder = root / "pkg" / "part0"
    folder.mkdir(parents=True)
    for place in (root / "pkg", folder):
        (place / "__init__.py").touch()
    (folder / "layer0.py").write_text(BODY.format(n=0))
    (root / "main.py").write_text(MAIN)
    (root / "test_layer.py").write_text(TEST)
    (root / "requirements.txt").write_text("numpy\n")
    (root / "p2c.toml").write_text('[run]\nsmoke = ["python main.py"]\nartifacts = ["metrics.json"]\n')


def check(cache: Path, root: Path, *words: str) -> float:
    """Return the seconds that a check takes; it has to end well."""
    start = time.perf_counter()
    argv = [sys.executable, "-m", "p2c", "check", str(root), "--quiet", *words]
    subprocess.run(argv, env={**os.environ, "P2C_CACHE": str(cache)}, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print Markdown."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        base, cache = Path(folder), Path(folder) / "cache"
        for place in (base, cache):
            place.mkdir(exist_ok=True)
            place.chmod(0o755)
        write_static(base / "static")
        write_whole(base / "whole")
        static = ("--only", "compile", "--only", "lint")
        cold = check(cache, base / "static", *static)
        rows = [("static part, 200 files, tools installed on the way", cold)]
        rows += [("static part, 200 files, tools warm", min(check(cache, base / "static", *static) for _ in range(3)))]
        first = check(cache, base / "whole")
        rows += [("all checks, first time", first)]
        cached = min(check(cache, base / "whole", "--cached") for _ in range(3))
        rows += [("all checks again, nothing changed, --cached", cached)]
        again = min(check(cache, base / "whole") for _ in range(2))
        rows += [("all checks again (environment reused, all run)", again)]
        remove(cache)
    print("| what | seconds | against the first |\n|---|--:|--:|")
    for what, seconds in rows:
        print(f"| {what} | {seconds:.2f} | {f'{first / seconds:.1f} times as fast' if what[:3] == 'all' else ''} |")


if __name__ == "__main__":
    main()
