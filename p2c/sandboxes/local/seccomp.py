"""System calls that no program needs which trains a model, and that reach past namespaces.

Keyrings are the person's own (a login session's keys can be read in a sandbox); io_uring, bpf, userfaultfd and
perf_event are where the kernel was broken most often. They fail with EPERM, as in Docker's default profile.

Sockets are of the families that a network namespace holds, and of no other: AF_VSOCK leads to the machine's
hypervisor, whatever the namespace.
"""

from __future__ import annotations

import platform
import struct

EPERM, EAFNOSUPPORT = 1, 97
ALLOW, DENY, NO_FAMILY = 0x7FFF0000, 0x00050000 | EPERM, 0x00050000 | EAFNOSUPPORT
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT = 0, 4, 16
FAMILIES = (1, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK
X32 = 0x40000000
EVERYWHERE = (425, 426, 427)  # io_uring_setup, _enter, _register
MACHINES = {
    # architecture, socket, then add_key, request_key, keyctl, bpf, perf_event_open, userfaultfd
    "x86_64": (0xC000003E, 41, (248, 249, 250, 321, 298, 323)),
    "aarch64": (0xC00000B7, 198, (217, 218, 219, 280, 241, 282)),
}


def program(machine: str = "") -> bytes:
    """Return the filter for `bwrap --seccomp`, or nothing for a machine that is not in the table."""
    known = MACHINES.get(machine or platform.machine())
    if known is None:
        return b""
    architecture, socket, numbers = known
    denied = (*numbers, *EVERYWHERE)
    # A jump says how many instructions to pass over if true, and if false. At the end: no family, allow, deny.
    families = [(JUMP_EQUAL, len(FAMILIES) - place, 0, number) for place, number in enumerate(FAMILIES)]
    last = [(JUMP_EQUAL, 0, len(families) + 2, socket), (LOAD, 0, 0, FIRST_ARGUMENT_AT), *families]
    checks = [(JUMP_AT_LEAST, X32), *((JUMP_EQUAL, number) for number in denied)]
    to_deny = len(checks) + len(last) + 1
    body = [(jump, to_deny - place, 0, number) for place, (jump, number) in enumerate(checks)]
    steps = [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (JUMP_EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, DENY),  # a 32-bit program would have other numbers
        (LOAD, 0, 0, NUMBER_AT),
        *body,
        *last,
        (RETURN, 0, 0, NO_FAMILY),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, DENY),
    ]
    return b"".join(struct.pack("<HBBI", *step) for step in steps)
