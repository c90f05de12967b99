"""Listens on the loopback of a network namespace, hands the socket out through a descriptor, and becomes the command.

Standard library only, Python 3.8 syntax. The one who holds the socket outside accepts what connects to it here, so
that no process of the namespace stands between, which a command could kill or read.

    python -I -S -c SOURCE DESCRIPTOR PORT COMMAND...
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal and socket import enum: half of the time that this takes
import _socket
import array
import os
import sys

BACKLOG = 128


def main() -> None:
    """Do it; a command that cannot be started ends as in a shell."""
    channel = _socket.socket(fileno=int(sys.argv[1]))
    listener = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", int(sys.argv[2])))
    listener.listen(BACKLOG)
    channel.sendmsg([b"+"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", [listener.fileno()]))])
    channel.close()
    listener.close()
    for number in (_signal.SIGPIPE, _signal.SIGXFSZ, _signal.SIGINT):  # which Python has changed, and exec would keep
        _signal.signal(number, _signal.SIG_DFL)
    command = sys.argv[3:]
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.stderr.write(command[0] + ": " + str(error.strerror) + "\n")
        sys.exit(127 if isinstance(error, (FileNotFoundError, NotADirectoryError)) else 126)


main()
