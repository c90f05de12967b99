"""What p2c asks of a container or machine, and the folders it opens there, under its own Python (3.8 or later).

Sent as source like `_p2c_files.py`, which has the verbs that touch what programs have written.
Standard library only, and no pathlib, which would double the time that a verb takes to start.
"""

from __future__ import annotations

import glob
import json
import os
import re
import stat
import sys

INTERPRETER = 49999
"""Where E2B's code interpreter, which is in some templates, runs whatever it is sent."""
VERSION = "import sys, platform; print(platform.python_version()); print(sys.base_prefix)"


def survey(folders: str, tools: str) -> None:
    """Open folders for everybody; print the interpreters that are on the path, and which tools are in the store."""
    open_all(folders)
    print(json.dumps({"pythons": pythons(), "tools": os.listdir(tools) if os.path.isdir(tools) else None}))


def pythons() -> list[list[str]]:
    """Return (executable, version, prefix) of each."""
    import platform
    import subprocess

    own = os.path.realpath(sys.executable)
    by_path: dict[str, list[str]] = {}
    for folder in os.environ["PATH"].split(":"):
        for place in sorted(glob.glob(folder + "/python3*")):
            real = os.path.realpath(place)
            if not re.search(r"/python3(\.\d+)?$", place) or real in by_path:
                continue
            if real == own:
                by_path[real] = [real, platform.python_version(), sys.base_prefix]
            else:
                asked = subprocess.run([real, "-I", "-S", "-c", VERSION], stdout=subprocess.PIPE, check=False)
                if asked.returncode == 0:
                    by_path[real] = [real, *asked.stdout.decode().split("\n")[:2]]
    return list(by_path.values())


def open_all(folders: str) -> None:
    """Let everybody write in folders; their owner does this, once."""
    for folder in filter(None, folders.split(":")):
        os.chmod(folder, 0o777)


def make_own(root: str) -> None:
    """Make the place for environments in a folder where everybody may write, but nobody removes what is another's."""
    os.chmod(root, 0o1777)
    os.makedirs(root + "/environments", 0o755, exist_ok=True)


def make_store(root: str) -> None:
    """Make the folders of the store; only its owner looks into uv's cache, nobody else lists the environments."""
    for name, mode in (("uv", 0o700), ("building", 0o711), ("environments", 0o711), ("tools", 0o755)):
        os.makedirs(root + "/" + name, exist_ok=True)
        os.chmod(root + "/" + name, mode)


def close_store(root: str) -> None:
    os.chmod(root, 0o755)


def make_machine(root: str, uid: str, store: str) -> None:
    """Make the folders of a machine that is p2c's alone, for its program's user and the store's; print what it has."""
    is_root = os.geteuid() == 0
    owners = {"repo": uid, "scratch": uid, "pycache": uid, "home": uid, "tmp": uid, "store": store}
    for name in ("bin", "etc", "environments", "given", *owners):
        place = os.path.join(root, name)
        os.makedirs(place, exist_ok=True)
        os.chmod(place, 0o700 if name in ("given", "store") else 0o755)
        if is_root and name in owners:
            os.chown(place, int(owners[name]), int(owners[name]))
    os.chmod(root, 0o755)
    with open("/proc/meminfo") as file:
        total = int(next(line for line in file if line.startswith("MemTotal")).split()[1]) << 10
    about = os.statvfs(root)
    has = {"is_root": is_root, "serves": answers(INTERPRETER), "memory": total, "free": about.f_bavail * about.f_frsize}
    print(json.dumps({**has, "pythons": pythons()}))


def answers(port: int) -> bool:
    import socket

    try:
        socket.create_connection(("127.0.0.1", port), 2).close()
    except OSError:
        return False
    return True


def used(folders: str) -> None:
    """Print the bytes in folders and in files without a name that this user's processes hold open."""
    seen = {}
    for root in folders.split(":"):
        for folder, names, files in os.walk(root, onerror=print):
            for name in (*names, *files):
                about = os.lstat(os.path.join(folder, name))
                seen[about.st_dev, about.st_ino] = about.st_blocks * 512
    for place in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            about = os.stat(place)
        except OSError:
            continue
        if stat.S_ISREG(about.st_mode) and about.st_nlink == 0:
            seen[about.st_dev, about.st_ino] = about.st_blocks * 512
    print(sum(seen.values()))


def free(folder: str) -> None:
    """Print the bytes that are free on a folder's file system."""
    about = os.statvfs(folder)
    print(about.f_bavail * about.f_frsize)


VERBS = (survey, make_machine, open_all, make_own, make_store, close_store, used, free)

if __name__ == "__main__":
    os.umask(0o022)
    {verb.__name__: verb for verb in VERBS}[sys.argv[1]](*sys.argv[2:])
