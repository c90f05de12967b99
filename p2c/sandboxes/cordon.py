"""Starts one program shut in: a user of its own without a way back, and namespaces of its own where they can be had.

Standard library only, for Python 3.8 and later; copied into a machine beside `overseer.py`, which imports it.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import signal
import socket
import struct
import sys
from typing import Any

NEWNS, NEWIPC, NEWPID, NEWNET = 0x20000, 0x8000000, 0x20000000, 0x40000000
BIND, PRIVATE, RECURSIVE, NOSUID, NODEV, NOEXEC = 4096, 1 << 18, 16384, 2, 4, 8
DEATH_SIGNAL, NO_NEW_PRIVILEGES = 1, 38
libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: Any) -> None:
    if getattr(libc, name)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, name + ": " + os.strerror(code))


def ended(status: int) -> int:
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def start(order: dict[str, Any], streams: tuple[int, int, int]) -> int:
    """Start the program; return the process to wait for, which ends as the program does."""
    if order["isolated"]:
        call("unshare", NEWPID)
    child = os.fork()
    if child:
        return child
    try:
        call("prctl", DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        if order["isolated"]:
            isolate(order)
            program = os.fork()
            if program:
                os._exit(first_process(program))
        run_program(order, streams)
    except BaseException as error:
        os.write(2, ("p2c: the command could not be shut in: " + str(error) + "\n").encode())
    os._exit(125)


def isolate(order: dict[str, Any]) -> None:
    """Give this process, the first of its process namespace, folders and a network of its own."""
    call("unshare", NEWNS | NEWIPC | (0 if order["network"] else NEWNET))
    call("mount", None, b"/", None, RECURSIVE | PRIVATE, None)
    call("mount", b"proc", b"/proc", b"proc", NOSUID | NODEV | NOEXEC, None)
    for place, fresh in order["fresh"].items():
        call("mount", fresh.encode(), place.encode(), None, BIND, None)
    if order["hosts"]:
        call("mount", order["hosts"].encode(), b"/etc/hosts", None, BIND, None)
    if not order["network"]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 1))


def first_process(program: int) -> int:
    """Collect the dead until the program is; the kernel then kills all that is left in the namespace."""
    while True:
        process, status = os.wait()
        if process == program:
            return ended(status)


def run_program(order: dict[str, Any], streams: tuple[int, int, int]) -> None:
    os.setsid()
    os.chdir(order["directory"])
    become(order)
    for number in range(1, signal.NSIG):
        if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
            signal.signal(number, signal.SIG_DFL)
    os.umask(0o022)
    for target, source in enumerate(streams):
        os.dup2(source, target)
    os.closerange(3, 4096)
    try:
        os.execvpe(order["argv"][0], order["argv"], order["env"])
    except OSError as error:
        os.write(2, (order["argv"][0] + ": " + os.strerror(error.errno or 0) + "\n").encode("utf-8", "replace"))
        os._exit(127)


def become(order: dict[str, Any]) -> None:
    """Take on the limits and the user of the program; there is no way back."""
    limits = {"CORE": 0, "FSIZE": order["file_size"], "NOFILE": order["open_files"], "CPU": order["cpu"]}
    if order["uid"] is not None:
        limits["NPROC"] = order["processes"]
    for name, most in limits.items():
        if most is not None:
            kind = getattr(resource, "RLIMIT_" + name)
            hard = resource.getrlimit(kind)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (most, most))
    if order["uid"] is not None:
        os.setgroups([])
        os.setgid(order["gid"])
        os.setuid(order["uid"])
    call("prctl", NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def can_isolate(root: str) -> bool:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            call("unshare", NEWPID)
            first = os.fork()
            if first == 0:
                isolate(
                    {"network": False, "hosts": "", "fresh": {os.path.join(root, "home"): os.path.join(root, "tmp")}}
                )
                os._exit(0)
            code = ended(os.waitpid(first, 0)[1])
        except OSError as error:
            sys.stderr.write(str(error) + "\n")
        finally:
            os._exit(code)
    return ended(os.waitpid(child, 0)[1]) == 0
