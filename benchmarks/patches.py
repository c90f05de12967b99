"""How damaged diffs fare: right, wrong, refused by kind of damage and tool; run with the number of changes a kind.

python -m benchmarks.patches 20
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from p2c.errors import PatchError
from p2c.repair.patch import apply_patch, apply_with_rungs
from p2c.repo import Repo, read
from tests.diffs.changes import make_change
from tests.diffs.damage import KINDS, Damaged

Tool = Callable[[Damaged], Repo | None]

OTHERS = {
    "git apply": ("git", "apply", "-"),
    "git apply --recount": ("git", "apply", "--recount", "-"),
    "patch -p1": ("patch", "-p1", "--batch", "--silent", "--no-backup-if-mismatch"),
}


def p2c(case: Damaged) -> Repo | None:
    """The applier of this project; None where it refuses."""
    try:
        return apply_patch(case.reply, case.repo)
    except PatchError:
        return None


def program(argv: tuple[str, ...]) -> Tool:
    """A program that reads the reply on its standard input; None where it fails (whatever it left behind)."""

    def run(case: Damaged) -> Repo | None:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            case.repo.write(root)
            subprocess.run(("git", "init", "-q"), cwd=root, check=True)
            data = case.reply.encode("utf-8", "surrogateescape")
            done = subprocess.run(argv, check=False, cwd=root, input=data, capture_output=True, timeout=30)
            return read(root) if done.returncode == 0 else None

    return run


def judge(case: Damaged, after: Repo | None) -> str:
    """`right`, `wrong` or `refused`; a tool that changes nothing and says nothing is not right either."""
    if after is None or after == case.repo:
        return "refused"
    return "right" if after == case.right and case.want != "refuse" else "wrong"


def main(changes: int) -> None:
    """Print one line a kind, and the sums."""
    tools: dict[str, Tool] = {"p2c": p2c} | {name: program(argv) for name, argv in OTHERS.items()}
    sums = {name: Counter[str]() for name in tools}
    seconds = dict.fromkeys(tools, 0.0)
    print(f"{'right / wrong / refused':32s}" + "".join(f"{name:>24s}" for name in tools))
    must, cases = Counter[str](), 0
    for kind, damage in KINDS.items():
        counts = {name: Counter[str]() for name in tools}
        for seed in range(changes):
            rng = random.Random(f"{kind} {seed}")
            case = damage(rng, make_change(rng))
            cases += 1
            for name, tool in tools.items():
                started = time.perf_counter()
                after = tool(case)
                seconds[name] += time.perf_counter() - started
                counts[name][judge(case, after)] += 1
        must[f"{want_of(kind)} {'all'}"] += changes
        must[f"{want_of(kind)} {'done'}"] += counts["p2c"]["right" if want_of(kind) == "right" else "refused"]
        for name in tools:
            sums[name] += counts[name]
        print(f"{kind:32s}" + "".join(f"{shown(counts[name]):>24s}" for name in tools))
    print(f"{'sum':32s}" + "".join(f"{shown(sums[name]):>24s}" for name in tools))
    print(f"{'milliseconds a diff':32s}" + "".join(f"{1000 * seconds[name] / cases:>24.1f}" for name in tools))
    for want in ("right", "refuse"):
        print(f"p2c, must be {want}: {must[f'{want} done'] / must[f'{want} all']:.1%} of {must[f'{want} all']}")
    print("p2c's right results, by rung:", ", ".join(f"{name} {count}" for name, count in rungs(changes).most_common()))


def rungs(changes: int) -> Counter[str]:
    """How many of p2c's right results took each rung for at least one hunk."""
    found = Counter[str]()
    for kind, damage in KINDS.items():
        for seed in range(changes):
            rng = random.Random(f"{kind} {seed}")
            case = damage(rng, make_change(rng))
            try:
                after, placed = apply_with_rungs(case.reply, case.repo)
            except PatchError:
                continue
            found.update(set(placed) if judge(case, after) == "right" else ())
    return found


def want_of(kind: str) -> str:
    """What has to happen to this kind."""
    rng = random.Random(kind)
    return KINDS[kind](rng, make_change(rng)).want


def shown(counts: Counter[str]) -> str:
    """The three numbers."""
    return f"{counts['right']} / {counts['wrong']} / {counts['refused']}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
