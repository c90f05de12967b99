"""What p2c does with files and processes inside a container, under the image's own Python (3.8 or later).

Sent as source with each command (`python -I -S -c SOURCE VERB ...`), so nothing of it lies where a program could
change it. It runs as the user whose files it touches, and so can do nothing that a program there could not.
Standard library only, and no pathlib, which would double the time that a verb takes to start.
"""

from __future__ import annotations

import errno
import glob
import json
import os
import re
import signal
import stat
import sys
import time
from typing import Any

MAX_FILE = 1 << 28
NONE = 3
"""The exit code of `read` where there is no regular file."""


def remove(place: str) -> None:
    if os.path.islink(place) or not os.path.isdir(place):
        if os.path.lexists(place):
            os.unlink(place)
        return
    pending = [place]
    while pending:
        here = pending.pop()
        os.chmod(here, 0o700)
        pending += [entry.path for entry in os.scandir(here) if entry.is_dir(follow_symlinks=False)]
    import shutil

    shutil.rmtree(place)


def clear(folder: str) -> None:
    for entry in list(os.scandir(folder)):
        remove(entry.path)


def plain(place: str) -> os.stat_result | None:
    """Return what is known of a regular file that has no other name; None for anything else."""
    try:
        about = os.lstat(place)
    except OSError:
        return None
    return about if stat.S_ISREG(about.st_mode) and about.st_nlink == 1 else None


def fill(root: str, stale: str) -> None:
    """Remove what is not in the manifest on stdin (path: mode, SHA-256 or marks); print what is to be written.

    Where anything is, `stale`, a folder of bytecode, is removed: Python tells stale bytecode by size and seconds.
    """
    wanted: dict[str, list[Any]] = json.loads(sys.stdin.buffer.readline())
    folders = {"/".join(path.split("/")[:n]) for path in wanted for n in range(1, path.count("/") + 1)}
    pending = [""]
    while pending:
        folder = pending.pop()
        if folder:
            os.chmod(os.path.join(root, folder), 0o755)
        for entry in list(os.scandir(os.path.join(root, folder))):
            path = folder + "/" + entry.name if folder else entry.name
            if path in folders and entry.is_dir(follow_symlinks=False):
                pending.append(path)
            elif path not in wanted or plain(entry.path) is None:
                remove(entry.path)
    lacking = [path for path, about in wanted.items() if not is_same(os.path.join(root, path), about)]
    if lacking:
        remove(stale)
    print(json.dumps(lacking))


def is_same(place: str, wanted: list[Any]) -> bool:
    mode, mark = wanted
    about = plain(place)
    if about is None:
        return False
    if stat.S_IMODE(about.st_mode) != mode:
        os.chmod(place, mode)
    if isinstance(mark, list):
        return marks(about) == mark
    import hashlib

    with open(place, "rb") as file:
        return bool(hashlib.sha256(file.read()).hexdigest() == mark)


def marks(about: os.stat_result) -> list[int]:
    """A program can set a file's time back, but not its inode's change time."""
    return [about.st_size, about.st_ino, about.st_ctime_ns]


def write(root: str, *emptied: str) -> None:
    """Empty folders, and write the files that follow the header on stdin (path, mode, size, parts); print their marks.

    `parts` are the offset and length of what is sent of a file: the rest of it is a hole.
    """
    for folder in emptied:
        clear(folder)
    written = {}
    for path, mode, size, parts in json.loads(sys.stdin.buffer.readline()):
        here = root
        for part in path.split("/")[:-1]:
            here = os.path.join(here, part)
            if os.path.islink(here) or not os.path.isdir(here):
                remove(here)
                os.mkdir(here, 0o755)
        place = os.path.join(root, path)
        beside = os.path.join(os.path.dirname(place), ".p2c-new")  # short, for a name may be as long as names can be
        remove(beside)
        write_parts(beside, size, parts)
        os.chmod(beside, mode)
        if os.path.isdir(place) and not os.path.islink(place):
            remove(place)
        os.replace(beside, place)
        written[path] = marks(os.lstat(place))
    print(json.dumps(written))


def write_parts(place: str, size: int, parts: list[list[int]]) -> None:
    with open(place, "xb") as file:
        for offset, length in parts:
            file.seek(offset)
            while length:
                data = sys.stdin.buffer.read(min(length, 1 << 20))
                if not data:
                    raise EOFError("p2c stopped sending " + place)
                file.write(data)
                length -= len(data)
        file.truncate(size)


def read(root: str, path: str) -> None:
    """Put a regular file's bytes on stdout; no link is followed."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    *folders, name = path.split("/")
    try:
        for folder in folders:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
        file = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=descriptor)
    except OSError:
        sys.exit(NONE)
    about = os.fstat(file)
    if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_FILE:
        sys.exit(NONE)
    with os.fdopen(file, "rb") as stream:
        while data := stream.read(1 << 20):
            sys.stdout.buffer.write(data)


def fresh(place: str) -> None:
    """Make an empty folder."""
    remove(place)
    os.makedirs(place, 0o755)


def discard(*places: str) -> None:
    for place in places:
        remove(place)


def copy(source: str, target: str) -> None:
    """Copy a tree so that everybody may read it; links stay links, what is neither file nor folder is left out."""
    import shutil

    remove(target)
    for folder, names, files in os.walk(source):
        here = target + folder[len(source) :]
        os.makedirs(here, 0o755, exist_ok=True)
        for name in [*files, *(subfolder for subfolder in names if os.path.islink(os.path.join(folder, subfolder)))]:
            place, beside = os.path.join(folder, name), os.path.join(here, name)
            mode = os.lstat(place).st_mode
            if stat.S_ISLNK(mode):
                os.symlink(os.readlink(place), beside)
            elif stat.S_ISREG(mode):
                copy_file(place, beside)
                os.chmod(beside, stat.S_IMODE(mode) & 0o755 | 0o444)
                shutil.copystat(place, beside) if mode & 0o444 == 0o444 else None


def copy_file(source: str, target: str) -> None:
    """Copy a file's bytes without filling its holes, which could be larger than any disk."""
    with open(source, "rb") as old, open(target, "xb") as new:
        at, file, size = 0, old.fileno(), os.fstat(old.fileno()).st_size
        while at < size:
            try:
                at = os.lseek(file, at, os.SEEK_DATA)
                end = os.lseek(file, at, os.SEEK_HOLE)
            except OSError as error:
                if error.errno == errno.ENXIO:
                    break  # nothing but a hole is left
                end = size  # this file system does not know
            new.seek(at)
            data = os.pread(file, min(end - at, 1 << 20), at)
            at += len(data) or size
            new.write(data)
        new.truncate(size)


def open_up(root: str) -> None:
    """Let everybody read what is one's own."""
    for folder, names, files in os.walk(root):
        for name in (*names, *files):
            place = os.path.join(folder, name)
            if not os.path.islink(place):
                mode = stat.S_IMODE(os.lstat(place).st_mode)
                os.chmod(place, mode | (0o755 if os.path.isdir(place) else 0o444))


def seal(building: str, place: str) -> None:
    """Make what was built the environment of its key; who was first wins. Fails where there is nothing to keep."""
    if not os.path.isfile(building + "/pyvenv.cfg"):
        sys.exit(NONE)
    os.makedirs(os.path.dirname(place), 0o711, exist_ok=True)
    try:
        os.rename(building, place)
    except OSError:
        if not os.path.isdir(place):
            raise
        remove(building)


def is_there(place: str, others: str = "") -> None:
    """Tell whether a folder is there, or one whose name begins with the other one."""
    sys.exit(0 if os.path.isdir(place) or (others and glob.glob(glob.escape(others) + "*")) else NONE)


def is_pristine(environment: str) -> None:
    """Tell whether nothing but an empty environment of uv's own making is there."""
    installed = glob.glob(environment + "/lib/python*/site-packages/*")
    sys.exit(NONE if any(not os.path.basename(entry).startswith("_virtualenv.") for entry in installed) else 0)


def link(place: str, target: str) -> None:
    """Point a link somewhere else, at once."""
    beside = place + ".new"
    remove(beside)
    os.symlink(target, beside)
    os.replace(beside, place)


def clean(folders: str) -> None:
    """Kill every process of this user, empty its temporary folders, and print how often memory ran out.

    kill(-1) reaches all in this pid namespace, whatever session or parent they have, in one step of the kernel.
    """
    os.kill(-1, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while others() and time.monotonic() < deadline:
        time.sleep(0.005)
        os.kill(-1, signal.SIGKILL)
    for folder in folders.split(":"):
        clear(folder)
    print(json.dumps({"left": others(), "out_of_memory": out_of_memory()}))


def others() -> int:
    """Count this user's processes; a dead one that waits to be collected does not count."""
    count = 0
    for place in glob.glob("/proc/[0-9]*"):
        try:
            if os.stat(place).st_uid in (os.getuid(), 0) and place != f"/proc/{os.getpid()}":
                with open(place + "/status") as file:
                    text = file.read()
                uid = re.search(r"^Uid:\t(\d+)", text, re.M)
                dead = re.search(r"^State:\t[ZX]", text, re.M)
                count += bool(uid and int(uid[1]) == os.getuid() and not dead)
        except OSError:
            continue
    return count


def out_of_memory() -> int:
    """Return the control group's count of processes killed for memory; -1 where it cannot be read."""
    for place in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        try:
            with open(place) as file:
                match = re.search(r"^oom_kill (\d+)", file.read(), re.M)
        except OSError:
            continue
        if match:
            return int(match[1])
    return -1


VERBS = (
    fill, write, read, fresh, discard, copy, open_up, seal, is_there, is_pristine, link, clean,
)  # fmt: skip

if __name__ == "__main__":
    os.umask(0o022)
    {verb.__name__: verb for verb in VERBS}[sys.argv[1]](*sys.argv[2:])
