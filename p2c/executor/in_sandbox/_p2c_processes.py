"""What the kernel tells of processes: who descends from whom, their times, where they listen; folders emptied.

Given to `_p2c_supervisor.py`, which runs it among its own names.
"""

# pathlib would load more of the standard library than this needs.
# ruff: noqa: PTH108, PTH115, PTH118, PTH123, PTH208

from __future__ import annotations

import os
import shutil
import stat


def descendants(root: int = 0) -> list[int]:
    """Return the living processes below one, or below this one."""
    parents = {}
    for name in os.listdir("/proc"):
        try:
            with open("/proc/" + name + "/stat", "rb") as stream:
                fields = stream.read().rpartition(b")")[2].split()
            if fields[0] not in (b"Z", b"X"):
                parents[int(name)] = int(fields[1])
        except (OSError, ValueError, IndexError):
            continue
    pids, waiting = [], [root or os.getpid()]
    while waiting:
        here = waiting.pop()
        below = [pid for pid, parent in parents.items() if parent == here]
        pids += below
        waiting += below
    return pids


def used_time(pid: int) -> float:
    """Return the seconds of processor time that a process and those that it waited for have had."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            fields = stream.read().rpartition(b")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0


def waiting_time(pid: int) -> float:
    """Return the seconds that the thread of a process which waited longest could have run and had no processor."""
    waited = 0
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat", "rb") as stream:
                waited = max(waited, int(stream.read().split()[1]))
    except (OSError, ValueError, IndexError):
        pass
    return waited / 1e9


def listening(pids: list[int]) -> list[int]:
    """Return the TCP ports at which these processes wait for connections."""
    ports = {}
    for name in ("tcp", "tcp6"):
        try:
            with open("/proc/self/net/" + name) as stream:
                rows = [row.split() for row in stream.readlines()[1:]]
            ports.update({row[9]: int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A"})
        except (OSError, ValueError, IndexError):
            continue
    listened = set()
    for pid in pids:
        try:
            links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        except OSError:
            continue
        listened |= {ports[link[8:-1]] for link in links if link.startswith("socket:[") and link[8:-1] in ports}
    return sorted(listened)


def command_line(pid: int) -> str:
    """Return a process's command line; '' for one that is gone."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as stream:
            words = stream.read(4000).split(b"\0")
    except OSError:
        return ""
    shown = [word.decode("utf-8", "replace") for word in words if word and b"import posix, sys" not in word]
    return " ".join(shown)[:300]


def empty(folder: str) -> None:
    """Remove all that lies in a folder: what earlier programs left is no part of what is judged."""
    for place in os.listdir(folder):
        path = os.path.join(folder, place)
        if stat.S_ISDIR(os.lstat(path).st_mode):
            for here, names, _ in os.walk(path):
                for name in names:
                    if not stat.S_ISLNK(os.lstat(os.path.join(here, name)).st_mode):
                        os.chmod(os.path.join(here, name), 0o700)  # noqa: PTH101
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)


def shut_in() -> None:
    """Close this process's memory and descriptors to programs of the same user, and be the parent of all orphans."""
    import ctypes

    set_dumpable, set_child_subreaper = 4, 36
    library = ctypes.CDLL(None)
    library.prctl(set_dumpable, 0, 0, 0, 0)
    library.prctl(set_child_subreaper, 1, 0, 0, 0)
