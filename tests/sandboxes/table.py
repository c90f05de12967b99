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
HEAD = """# Sandboxes: what holds where

Made from test results by `python -m tests.sandboxes.table`; do not edit the tables. `yes`: the test passed there;
`not promised`: it enforces no such thing, and its declared `features` say so; `skipped`: it could not be tried on the
machine that made this page, for the reason below the table; `-`: the test is not for that backend.
`e2b` was run against a server in this repository that speaks its protocol, not against the service.

What a backend cannot enforce on a machine is missing from its declared `features`, and `p2c doctor` says how limits
are kept. A feature that is declared and an attack on it that succeeds are a failing test (`test_table.py`).

- `local`: limits on memory and processes by control groups where they can be had, else by a watchdog and rlimits; CPU
  time, file size and open files by rlimits; disk by a watchdog.
- `docker`: limits by the engine, CPUs too (`--cpus`); disk by a watchdog. Programs never share a container with
  a writable store. A container that installs has no network either: p2c's connection to the engine carries what goes to
  the package index, also where the engine is another machine. Containers end when p2c does.
- `e2b`: the machine is the sandbox; p2c builds no second one in it. A supervisor of p2c's, which is root there, runs
  each command as a user that is nobody else's, without a way to more privileges, and ends it with all that it has
  started. It watches memory and disk, which the kernel does not limit. Tools, sealed environments and the cache of
  trusted commands belong to other users than the program's; nothing of them outlives the machine. Commands that run at
  the same time are not kept apart: they may signal each other, and their home and temporary files stay for the next.
  The network is switched for the whole machine, by E2B's own firewall as its SDK describes it (that was not tried
  against the service): nothing, the hosts of the package indexes, or everything. So commands that differ in it wait for
  each other, and `index_only` is declared only where those hosts can be looked up here and written into the machine's
  hosts file, so that no name server need be let through. What listens on the machine's own loopback is reached by
  programs: E2B's agent asks for a token. Some templates have E2B's code interpreter, which asks for nothing; with
  these, only what E2B's machine and firewall keep is declared, and the default template is `base`.
- `unsafe`: nothing but the time-out of a process group, and that what it starts is killed when p2c is.

An environment is shared between repositories only if wheels of named requirements alone made it. One in whose making
code of packages ran (an sdist, a path, an address, `-e`, `--find-links` and other options) is kept for the session, and
beyond it for byte-identical repositories ([environments.md](environments.md)).

While packages are installed, their code reaches the package indexes that pip and uv are set up for, the hosts where
these keep their files, what `--allow-host` names, and nothing else ([environments.md](environments.md)).

Where a run contract asks for the network and a person allows it (`--allow-network`), its smoke commands have the whole
network: with `local` this machine's own, its loopback and abstract sockets included; with `docker` that of the
engine's bridge, from which the machine and its neighbours can be reached; with `e2b` the internet.
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
