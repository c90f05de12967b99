"""The parent of all processes that a sandbox starts: when p2c is gone, however it went, they are killed.

    python -I -S spawn_server.py DESCRIPTOR

Standard library only, one thread, a program of its own. The descriptor is a socket to p2c, which sends one order for
each program, with the descriptors that it is to have. When the socket ends, which the kernel sees to, everything below
this process is killed. It makes itself the one to whom orphans are given, so nothing that was started leaves its
descendants: not a daemon, and not the half of a bwrap whose other half was killed before it had said anything.
(`bwrap --die-with-parent` has such a moment: what it has cloned waits for ever for a parent that is dead.)
"""

from __future__ import annotations

import array
import contextlib
import errno
import fcntl
import json
import os
import selectors
import signal
import socket
import sys
import time

SUBREAPER = 36
MOST = 200
"""Descriptors in one message; the kernel takes 253."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main() -> None:
    """Serve until the socket ends, and leave no process."""
    import ctypes

    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.set_inheritable(False)
    ends: dict[int, int] = {}
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    try:
        serve(channel, ends)
    finally:
        channel.close()
        end_all(ends)


def serve(channel: socket.socket, ends: dict[int, int]) -> None:
    """Take orders; `ends` has the pipe of each child into which is written how it ended."""
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    with selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if woken in ready:
                os.read(woken, 1 << 12)
            collect(ends)
            if channel in ready and not take(channel, ends):
                return


def take(channel: socket.socket, ends: dict[int, int]) -> bool:
    """Start what the next message asks for and answer it; False where there is none any more."""
    word, descriptors = receive(channel)
    if not word:
        return False
    answer: dict[str, Any] = {"id": word.decode()}
    given: list[int] = []
    pid = 0
    try:
        pid = start(descriptors)
        given.append(os.pidfd_open(pid))
        reading, ends[pid] = os.pipe2(os.O_CLOEXEC)
        given.append(reading)
        answer["pid"] = pid
    except (OSError, ValueError) as error:
        if pid:
            os.kill(pid, signal.SIGKILL)
        answer["errno"] = (error.errno if isinstance(error, OSError) else errno.EINVAL) or errno.EIO
    try:
        socket.send_fds(channel, [json.dumps(answer).encode()], given)
    except OSError:
        return False
    finally:
        for descriptor in (*descriptors, *given):
            os.close(descriptor)
    return True


def receive(channel: socket.socket) -> tuple[bytes, list[int]]:
    """Return a message and its descriptors; no program inherits them (`socket.recv_fds` takes no flags)."""
    descriptors = array.array("i")
    data, extra, _, _ = channel.recvmsg(
        1 << 12, socket.CMSG_SPACE(MOST * descriptors.itemsize), socket.MSG_CMSG_CLOEXEC
    )
    for level, kind, more in extra:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(more[: len(more) - len(more) % descriptors.itemsize])
    return data, list(descriptors)


def start(descriptors: list[int]) -> int:
    """Start a program: the first descriptor holds the order, the others are its own, by the order's numbers."""
    with os.fdopen(os.dup(descriptors[0]), "rb") as stream:
        order = json.loads(stream.read())
    numbers = order["descriptors"]
    beyond = max((*numbers, 2)) + 1
    # Out of the way first, so that none is overwritten before it is taken.
    moved = [fcntl.fcntl(own, fcntl.F_DUPFD_CLOEXEC, beyond) for own in descriptors[1:]]
    actions = [(os.POSIX_SPAWN_DUP2, own, number) for own, number in zip(moved, numbers, strict=True)]
    try:
        os.chdir(order["directory"])
        return spawn(order["argv"], order["environment"], actions)
    finally:
        os.chdir("/")
        for descriptor in moved:
            os.close(descriptor)


def spawn(argv: list[str], environment: dict[str, str], actions: list[tuple[int, int, int]]) -> int:
    """Start a program that is looked for on the path of its own environment."""
    program = os.fsencode(argv[0])
    folders = [os.fsencode(place) for place in os.get_exec_path(environment)] if b"/" not in program else [b""]
    refused: OSError | None = None
    for folder in folders:
        try:
            return os.posix_spawn(
                os.path.join(folder, program),
                argv,
                environment,
                file_actions=actions,
                setsid=True,
                setsigmask=(),
                # Whoever started p2c behind `nohup` or `&` had these ignored, which a program would inherit.
                setsigdef=(signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT),
            )
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            refused = error if refused is None or isinstance(error, PermissionError) else refused
    raise refused or FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def collect(ends: dict[int, int]) -> bool:
    """Take off the dead, and tell how those ended that p2c asked for; False where no child is left."""
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return True
            pipe = ends.pop(pid, -1)
            if pipe >= 0:
                with contextlib.suppress(OSError):
                    os.write(pipe, str(os.waitstatus_to_exitcode(status)).encode())
                os.close(pipe)
    return False


def end_all(ends: dict[int, int]) -> None:
    """Kill until nothing is left: the children of what was killed come here."""
    while collect(ends):
        for pid in children():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)


def children() -> list[int]:
    """Return the direct children."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as stream:
            return [int(word) for word in stream.read().split()]
    except OSError:  # not every kernel has it
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        return [pid for pid in pids if parent(pid) == os.getpid()]


def parent(pid: int) -> int:
    """Return the parent of a process, 0 where it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            return int(stream.read().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


if __name__ == "__main__":
    main()
