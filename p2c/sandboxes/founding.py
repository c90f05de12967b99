"""Makes a machine p2c's own: its folders and who owns them, and what can be had there.

Standard library only, for Python 3.8 and later; copied into the machine, and run there as root.

    python founding.py prepare ROOT UID GID STORE      python founding.py hand PLACE UID GID
"""

from __future__ import annotations

import glob
import json
import os
import re
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cordon import can_isolate  # type: ignore[import-not-found]

ASK = "import sys, platform; print(platform.python_version()); print(sys.base_prefix)"


def prepare(root: str, uid: int, gid: int, store: int) -> None:
    """Make the folders, and say what can be enforced here."""
    is_root = os.geteuid() == 0 and uid != 0
    os.umask(0o022)
    for name in ("", "bin", "etc", "runs", "environments"):
        os.makedirs(os.path.join(root, name), 0o755, exist_ok=True)
    for name in ("repo", "scratch", "pycache", "home", "uv", "tmp", "store"):
        os.makedirs(os.path.join(root, name), 0o755, exist_ok=True)
        if is_root:
            owner = (store, store) if name == "store" else (uid, gid)
            os.chown(os.path.join(root, name), *owner)
    with open("/proc/meminfo") as file:
        total = int(next(line for line in file if line.startswith("MemTotal")).split()[1]) << 10
    about = os.statvfs(root)
    free = about.f_bavail * about.f_frsize
    said = {"root": is_root, "isolated": is_root and can_isolate(root), "memory": total, "free": free}
    print(json.dumps({**said, "pythons": pythons()}))


def pythons() -> list[list[str]]:
    """Return the interpreters on the path: executable, version, prefix."""
    found: dict[str, list[str]] = {}
    for folder in os.environ["PATH"].split(":"):
        for place in sorted(glob.glob(folder + "/python3*")):
            real = os.path.realpath(place)
            if re.search(r"/python3(\.\d+)?$", place) and real not in found:
                asked = subprocess.run([real, "-I", "-S", "-c", ASK], stdout=subprocess.PIPE, check=False)
                if asked.returncode == 0:
                    found[real] = [real, *asked.stdout.decode().split("\n")[:2]]
    return list(found.values())


def hand(place: str, uid: int, gid: int) -> None:
    """Make somebody the owner of a tree, the only one who may write in it; no link is followed."""
    for folder, names, files in os.walk(place):
        for path in (folder, *(os.path.join(folder, name) for name in (*names, *files))):
            os.chown(path, uid, gid, follow_symlinks=False)
            mode = os.lstat(path).st_mode
            if not stat.S_ISLNK(mode):
                os.chmod(path, stat.S_IMODE(mode) & 0o755 | 0o444)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[3:]]
    if sys.argv[1] == "prepare":
        prepare(sys.argv[2], *numbers)
    else:
        hand(sys.argv[2], *numbers)
