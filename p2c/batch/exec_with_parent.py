"""Becomes another program that ends when its parent does: `python exec_with_parent.py PARENT ARGV...`."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel for SIGTERM at the parent's end (Linux; elsewhere nothing is asked), and become ARGV."""
    parent, argv = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(130)
    os.execv(argv[0], argv)


if __name__ == "__main__":
    main()
