"""What the oracles share: the repaired repository in a private copy, run as its README says, and asked things.

CASE_REPO names the repository, CASE_SMOKE the documented command, CASE_TIMEOUT its seconds.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

STALE = ("outputs", "results", "runs", "figures")
"""Folders of results: what a run left before it was asked for proves nothing."""
_NOT_COPIED = shutil.ignore_patterns(".git", ".p2c", "__pycache__", *STALE)


def _private_copy() -> Path:
    folder = tempfile.mkdtemp(prefix="oracle-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(shutil.copytree(Path(os.environ["CASE_REPO"]), Path(folder, "repo"), ignore=_NOT_COPIED))


REPO = _private_copy()


def smoke() -> str:
    """Run the documented command from the repository's root; return what it printed."""
    words = shlex.split(os.environ.get("CASE_SMOKE", "python main.py"))
    seconds = float(os.environ.get("CASE_TIMEOUT", "60"))
    return _run([sys.executable if word in ("python", "python3") else word for word in words], seconds)


def probe(code: str, timeout: float = 60) -> Any:
    """Run code inside of the repository; its last printed line is JSON."""
    head = "import json, sys\nsys.path.insert(0, '.')\n"
    return json.loads(_run([sys.executable, "-c", head + code], timeout).strip().splitlines()[-1])


def load(path: str) -> Any:
    """Return the JSON that a run left; NaN and infinity are no JSON."""
    return json.loads((REPO / path).read_text(encoding="utf-8"), parse_constant=_refuse)


def follows_the_seed(path: str, config: str = "config.yaml", line: str = "seed: 77", seed: str = "") -> bool:
    """Run with the configured seed, then with another: results that were only stored do not change.

    `seed` is the configured one where it stands in code, which a cure may have written anew.
    """
    smoke()
    first = (REPO / path).read_text(encoding="utf-8")
    place = REPO / config
    kept = place.read_text(encoding="utf-8")
    name = re.split(r"\W", line)[0]
    changed = re.sub(rf"\b{seed}\b", "77", kept) if seed else re.sub(rf"(?m)^(\s*){name}\b.*$", rf"\g<1>{line}", kept)
    assert changed != kept, f"{config} says nothing of {line}"
    place.write_text(changed, encoding="utf-8")
    try:
        smoke()
        return (REPO / path).read_text(encoding="utf-8") != first
    finally:
        place.write_text(kept, encoding="utf-8")


def _run(argv: list[str], timeout: float) -> str:
    env = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "MPLBACKEND", "PYTHONPATH")}
    env |= {"PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(argv, cwd=REPO, env=env, timeout=timeout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def _refuse(word: str) -> float:
    raise AssertionError(f"{word} among the results")
