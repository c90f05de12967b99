"""What holds where, as a Markdown page made from test results.

`python -m tests.sandboxes.table RESULTS.xml > docs/sandboxes.md`, where RESULTS.xml is what
`pytest tests/sandboxes --junitxml RESULTS.xml` wrote, best with an engine running.
"""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from pathlib import Path

BACKENDS = ("local", "docker", "e2b", "unsafe")
GROUPS = (("test_contract", "The contract"), ("test_attacks", "Attacks"), ("test_e2b", "Of E2B's own"))
HEAD = """# Sandboxes: what holds where

Made from test results by `python -m tests.sandboxes.table`; do not edit the tables. `yes`: the test passed there;
`-`: the test is not for that backend (or hard-codes another's paths);
`skipped`: it could not be tried on the machine that made this page.
`e2b` was run against a server in this repository that speaks its protocol, not against the service.

What a backend cannot enforce on a machine is missing from its declared `features`, and `p2c doctor` says how limits
are kept.

- `local`: limits on memory, processes and CPU by control groups where they can be had, else a watchdog and rlimits;
  disk by a watchdog.
- `docker`: limits by the engine; disk by a watchdog. Programs never share a container with a network or a writable
  store.
- `e2b`: memory and disk are watched, not limited by the kernel; while packages are installed the whole internet is
  reachable.
- `unsafe`: nothing but the time-out of a process group.
"""


def main(path: str) -> None:
    """Print the page."""
    print(HEAD)
    cases = list(ET.parse(path).getroot().iter("testcase"))
    for module, title in GROUPS:
        found = [case for case in cases if case.get("classname", "").endswith(module)]
        if found:
            print(f"## {title}\n")
            print("\n".join(table(found, "e2b" if module == "test_e2b" else "local")))
            print()


def table(cases: Iterable[ET.Element], default: str) -> list[str]:
    """Return the rows: a line a test, a column a backend; of several parameters the worst counts."""
    results: dict[str, dict[str, str]] = {}
    for case in cases:
        name, _, parameters = case.get("name", "").partition("[")
        words = set(re.split(r"[-\]]", parameters))
        backend = next((b for b in BACKENDS if b in words), default)
        row = results.setdefault(name.removeprefix("test_").replace("_", " "), {})
        row[backend] = max(row.get(backend, "yes"), _status(case), key=("yes", "skipped", "NO").index)
    lines = [f"| | {' | '.join(BACKENDS)} |", f"|---|{'---|' * len(BACKENDS)}"]
    lines += [f"| {name} | {' | '.join(row.get(b, '-') for b in BACKENDS)} |" for name, row in results.items()]
    return lines


def _status(case: ET.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "NO"
    return "skipped" if case.find("skipped") is not None else "yes"


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("usage: python -m tests.sandboxes.table RESULTS.xml")
    main(sys.argv[1])
