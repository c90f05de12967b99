"""What holds where, as a Markdown page made from test results.

`python -m tests.sandboxes.table RESULTS.xml... > docs/sandboxes.md`, where RESULTS.xml is what
`pytest tests/sandboxes --junitxml RESULTS.xml` wrote, best with an engine running; of several, later results count.
"""

from __future__ import annotations

import ast
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

BACKENDS = ("local", "docker", "e2b", "unsafe")
GROUPS = (
    ("test_contract", "The contract", "local"),
    ("test_attacks", "Attacks", "local"),
    ("test_sharing", "Environments of evil and innocent repositories", "local"),
    ("test_nothing_left", "When p2c is killed", "local"),
    ("docker.test_engine", "Of containers only", "docker"),
    ("e2b.test_client", "Of E2B only", "e2b"),
)
"""The module, its title, and the backend of the tests that are not for several."""
NOT_PROMISED = "not promised"
WORSE = ("yes", NOT_PROMISED, "skipped", "NO")
HEAD = """# Sandboxes: what each backend enforces

The tables come from test results (`python -m tests.sandboxes.table`); do not edit them. `yes`: the test passed on
this backend; `not promised`: the backend does not enforce this, and its declared `features` say so; `skipped`: the
test could not run on the machine that made this page, for the reason below the table; `-`: the test does not apply to
this backend. `e2b` was tested against a server in this repository that speaks its protocol, not against the service.

A feature that a backend cannot enforce on a machine is missing from its declared `features`, and `p2c doctor` reports
how limits are enforced. If an attack on a declared feature succeeds, a test fails (`test_table.py`).

- `local`: control groups limit memory and processes; where control groups are not available, a watchdog and rlimits
  do. Rlimits limit CPU time, file size and open files; a watchdog limits disk usage.
- `docker`: the engine enforces the limits, including CPUs (`--cpus`); a watchdog limits disk usage. Programs never
  share a container with a writable store. A container that installs has no network either: traffic to the package
  index goes through p2c's connection to the engine, also if the engine runs on another machine. Containers end when
  p2c ends.
- `e2b`: the virtual machine is the sandbox; p2c builds no second one in it. A supervisor of p2c's runs as root in the
  machine. It runs each command as a separate user without a way to gain privileges, and ends it with everything that
  it started. It monitors memory and disk usage, which the kernel does not limit. Tools, read-only environments and
  the cache of trusted commands belong to other users than the program; nothing of them outlives the machine.
  Concurrent commands are not isolated from each other: they can signal each other, and their home and temporary files
  remain for the next command. The network is switched for the whole machine, by E2B's own firewall as its SDK
  describes it (not tested against the service): no network, the hosts of the package indexes, or everything. Commands
  that need different networks therefore wait for each other. `index_only` is declared only if p2c can resolve those
  hosts and write them to the machine's hosts file, so that no name server has to be allowed. Programs can reach
  services on the machine's own loopback interface: E2B's agent requires a token. Some templates contain E2B's code
  interpreter, which requires none; for these, only what E2B's machine and firewall enforce is declared. The default
  template is `base`.
- `unsafe`: only the time limit of a process group, and that everything it started is killed when p2c ends.

An environment is shared between repositories only if it was made from wheels of named requirements alone. An
environment whose installation ran package code (an sdist, a path, a URL, `-e`, `--find-links` and other options) is
kept for the session, and after that only for byte-identical repositories ([environments.md](environments.md)).

During an install, package code can reach the package indexes that pip and uv are configured for, the hosts that serve
their files, and the hosts that `--allow-host` names, and nothing else ([environments.md](environments.md)).

If a run contract asks for the network and the user allows it (`--allow-network`), its smoke commands have the whole
network: with `local` that of this machine, including its loopback interface and abstract sockets; with `docker` that
of the engine's bridge, from which the machine and its neighbours can be reached; with `e2b` the internet.
"""


@dataclass
class Table:
    """Rows by test, in each the cell of every backend that it is for; `notes` are the reasons, by number."""

    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, case: ET.Element, default: str) -> None:
        """Take one result; of several parameters of a test the worst counts."""
        parameters = case.get("name", "").partition("[")[2]
        words = set(re.split(r"[-\]]", parameters))
        backend = next((b for b in BACKENDS if b in words), default)
        row = self.rows.setdefault(title_of(case), {})
        row[backend] = max(row.get(backend, "yes"), self._cell(case), key=lambda cell: WORSE.index(kind(cell)))

    def _cell(self, case: ET.Element) -> str:
        if case.find("failure") is not None or case.find("error") is not None:
            return "NO"
        skipped = case.find("skipped")
        if skipped is None:
            return "yes"
        reason = skipped.get("message", "")
        if reason.startswith(NOT_PROMISED):
            return NOT_PROMISED
        if reason not in self.notes:
            self.notes.append(reason)
        return f"skipped ({self.notes.index(reason) + 1})"

    def markdown(self) -> str:
        """Return it as Markdown."""
        used = [b for b in BACKENDS if any(b in row for row in self.rows.values())]
        lines = [f"| | {' | '.join(used)} |", f"|---|{'---|' * len(used)}"]
        lines += [f"| {name} | {' | '.join(row.get(b, '-') for b in used)} |" for name, row in self.rows.items()]
        notes = [f"({number}) {' '.join(note.split())}" for number, note in enumerate(self.notes, 1)]
        return "\n".join([*lines, *(["", "  \n".join(notes)] if notes else [])]) + "\n"


def main(paths: list[str]) -> None:
    """Print the page."""
    print(HEAD)
    every = [case for path in paths for case in ET.parse(path).getroot().iter("testcase")]
    cases = list({(case.get("classname", ""), case.get("name", "")): case for case in every}.values())
    parts = []
    for module, heading, default in GROUPS:
        table = Table()
        order = {name: number for number, name in enumerate(tests_of(module))}
        found = [
            (order.get(title_of(case)), case) for case in cases if case.get("classname", "").endswith(f".{module}")
        ]
        for _, case in sorted(((at, case) for at, case in found if at is not None), key=lambda pair: pair[0]):
            table.add(case, default)
        parts.append(f"## {heading}\n\n{table.markdown()}")
    print("\n".join(parts), end="")


def tests_of(module: str) -> list[str]:
    """Return the titles of a module's tests, as they stand in it."""
    tree = ast.parse((Path(__file__).parent / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [title(name) for name in names if name.startswith("test_")]


def title(name: str) -> str:
    """Return a test's name in words."""
    return name.removeprefix("test_").replace("_", " ")


def title_of(case: ET.Element) -> str:
    """Return the same for a result."""
    return title(case.get("name", "").partition("[")[0])


def kind(cell: str) -> str:
    """Return what a cell says, without the number of its reason."""
    return cell.partition(" (")[0]


def read(page: str, heading: str) -> dict[str, dict[str, str]]:
    """Return the rows of one of the page's tables: test -> backend -> cell."""
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return {cells[0]: dict(zip(lines[0][-len(cells) + 1 :], cells[1:], strict=True)) for cells in lines[2:]}


def contradictions(
    declared: Mapping[str, Iterable[str]],
    rows: Mapping[str, Mapping[str, str]],
    attacks: Mapping[str, Callable[..., None]],
) -> list[str]:
    """Say where a backend declares a feature (backend -> features), and an attack on it was not seen to fail."""
    found = []
    for name, test in attacks.items():
        wanted = set(getattr(test, "keeps", ()))
        for backend, features in declared.items():
            cell = rows.get(title(name), {}).get(backend, "-")
            shown = kind(cell) == "yes" or (kind(cell) == "skipped" and backend == "e2b" and hasattr(test, "elsewhere"))
            if wanted and wanted <= set(features) and not shown:
                found.append(f"{backend} declares {', '.join(sorted(wanted))}; {title(name)}: {cell}")
            if wanted and not wanted <= set(features) and kind(cell) == "yes":
                found.append(f"{backend} does not declare {', '.join(sorted(wanted))}; {title(name)}: {cell}")
    return found


if __name__ == "__main__":
    if len(sys.argv) < 2 or not all(Path(name).is_file() for name in sys.argv[1:]):
        sys.exit("usage: python -m tests.sandboxes.table RESULTS.xml...")
    main(sys.argv[1:])
