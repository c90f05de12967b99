"""Where p2c starts, as the command `p2c` and as `python -m p2c`: nothing of the working directory is loaded."""

# The order counts: what is imported last is looked for without the working directory. And nothing is imported for
# this that Python itself has not imported before.
# ruff: noqa: E402, PTH100, PTH117, PTH120, PTH121

import os
import sys


def _leads_here(entry: str) -> bool:
    """Tell whether an entry of sys.path is the working directory: by `python -m`, or by an empty or relative entry."""
    if not os.path.isabs(entry):
        return True
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    try:
        return os.path.samefile(entry, os.curdir) and not os.path.samefile(entry, own)
    except OSError:
        return False


sys.path[:] = [entry for entry in sys.path if not _leads_here(entry)]

from p2c.cli import main

if __name__ == "__main__":
    main()
