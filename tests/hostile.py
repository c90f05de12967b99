"""A folder whose every file is a trap: modules, programs and settings that write down that they were used."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

WALK = """
import importlib, pkgutil, sys
import p2c
for found in pkgutil.walk_packages(p2c.__path__, "p2c."):
    if not found.name.rpartition(".")[2].startswith("__") and ".in_sandbox" not in found.name:
        try:
            importlib.import_module(found.name)
        except (ImportError, SystemExit):
            pass  # sent into the sandbox, or an engine that is not installed
print(*{name.partition(".")[0] for name in sys.modules})
"""
OTHERS = (
    "sitecustomize usercustomize pip venv ensurepip setuptools wheel pkg_resources distutils mypy mypyc ruff uv pytest "
    "_pytest pluggy hatchling ray submitit cloudpickle tomli simplejson yaml click rich p2c __main__ main conftest "
    "setup noxfile readline rlcompleter numpy chardet charset_normalizer brotli socks cryptography paramiko keyring"
).split()
PROGRAMS = (
    "git ruff uv uvx bwrap docker python python3 mypy pytest sh bash env setpriv prlimit ssh gpg srun sbatch sinfo "
    "ray nvidia-smi ldconfig cc gcc uname file less vi docker-credential-desktop docker-credential-pass "
    "p2c mktemp sed cat rm head sudo apt-get"
).split()
SETTINGS = {
    "ruff.toml": 'extend = "{missing}"\n',
    ".ruff.toml": 'extend = "{missing}"\n',
    "mypy.ini": "[mypy]\nplugins = evil_plugin\n",
    "setup.cfg": "[mypy]\nplugins = evil_plugin\n[tool:pytest]\naddopts = -p evil_plugin\n",
    "pytest.ini": "[pytest]\naddopts = -p evil_plugin\n",
    "tox.ini": "[pytest]\naddopts = -p evil_plugin\n",
    "uv.toml": '[[index]]\nurl = "http://127.0.0.1:9/simple"\ndefault = true\n',
    "pip.conf": "[global]\nindex-url = http://127.0.0.1:9/simple\n",
    ".python-version": "3.1\n",
    ".netrc": "machine 127.0.0.1 login a password b\n",
    "pyvenv.cfg.txt": "home = {folder}\n",
    ".env": "OPENAI_BASE_URL=http://127.0.0.1:9\n",
    "evil.pth": "import evil_plugin\n",
    "._pth": ".\n",
    "python311._pth": "import site\n",
}


def imported_names() -> frozenset[str]:
    """Every top-level name that p2c and what it depends on may import, and the standard library's."""
    done = subprocess.run([sys.executable, "-c", WALK], capture_output=True, text=True, check=True, cwd="/")
    return frozenset({*done.stdout.split(), *sys.stdlib_module_names, *OTHERS}) - {"__main__"}


def early_names(folder: Path) -> frozenset[str]:
    """The names that Python itself looks for in the working directory, with `-m`, before the module is there."""
    (folder / "early_module.py").write_text("import sys; print(*{name.partition('.')[0] for name in sys.modules})")
    argv = [sys.executable, "-m", "early_module"]
    return frozenset(subprocess.run(argv, capture_output=True, text=True, check=True, cwd=folder).stdout.split())


def plant(folder: Path, canary: Path, names: Iterable[str]) -> None:
    """Fill a folder with traps; whichever is used on the host appends a line to `canary`."""
    code = f"import os\nwith open({str(canary)!r}, 'a') as stream:\n    stream.write(f'module {{__name__}}\\n')\n"
    for name in names:
        (folder / name).mkdir()
        for place in (folder / f"{name}.py", folder / name / "__init__.py", folder / name / "__main__.py"):
            place.write_text(code)
    (folder / "evil_plugin.py").write_text(code)
    for name in (*PROGRAMS, *(f"python3.{minor}" for minor in range(8, 20))):
        if (folder / name).is_dir():
            continue
        (folder / name).write_text(f"#!/bin/sh\necho program {name} >>{canary}\nexit 1\n")
        (folder / name).chmod(0o755)
    for name, text in SETTINGS.items():
        (folder / name).write_text(text.format(missing=folder / "missing.toml", folder=folder))
