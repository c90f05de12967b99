"""How long the writing of a repository takes, beside a sequential generator that makes the same calls.

python -m benchmarks.generation

A server on loopback takes 0.5 s to the first token and then writes 2,000 tokens a second. Two loads: ten files in
four waves, each with replies of the size that the recorded builds have on average; and the recorded build of the
example paper, planning included, reply by reply. The critical path is the longest chain of calls of which each
needs the one before it: nothing that asks for the same replies can be quicker.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.served import Call, Served
from p2c.budget import Budget
from p2c.generator.paper import Paper, Section
from p2c.generator.plan import FileSpec, Plan
from p2c.generator.planning import make_plan
from p2c.generator.readers import read_paper
from p2c.generator.writing import write_files
from p2c.journal import Journal
from p2c.models.chat_request import ModelOptions
from p2c.models.openai import OpenAIModel
from p2c.models.recordings import read_recordings
from p2c.run_contract import Interface, RunContract
from p2c.sandboxes.scripted import ScriptedSandbox
from p2c.session import Session

EXAMPLE = Path(__file__).parents[1] / "examples" / "adaptive-restart"
ANALYSIS_WORDS, CODE_LINES = 1000, 110
"""About 1,400 and 2,000 tokens: what the recorded builds have on average."""
USES = {
    "a.py": (), "b.py": (), "c.py": (),
    "d.py": ("a.py",), "e.py": ("a.py", "b.py"), "f.py": ("c.py",),
    "g.py": ("d.py", "e.py"), "h.py": ("f.py",),
    "main.py": ("g.py", "h.py"), "report.py": ("g.py",),
}  # fmt: skip
"""Ten files in four waves."""


@dataclass(frozen=True)
class Load:
    """What is generated: the replies by stage, and what asks for them."""

    name: str
    replies: Mapping[str, str]
    generate: Callable[[Session], Plan]


def ten_files() -> Load:
    """A planned repository of ten files in four waves; only analyses and code are asked for."""
    specs = tuple(FileSpec(path, f"Part {path}.", Interface(), uses=uses) for path, uses in USES.items())
    plan = Plan("An overview. " * 60, "A design. " * 60, specs, ("numpy",), {}, RunContract(), title="Ten files")
    paper = Paper("ten", "Ten files", "", (Section("Method", "We iterate. " * 2000),), source="markdown")
    code = "".join(f"    total += {n}.5 * values[{n} % len(values)] + {n}\n" for n in range(CODE_LINES))
    replies = {f"analysis:{path}": "Think it through. " * (ANALYSIS_WORDS // 3) for path in USES}
    for path in USES:
        body = f"def run(values: list[float]) -> float:\n    total = 0.0\n{code}    return total\n"
        replies[f"code:{path}"] = f"```python {path}\n{body}```\n"

    def generate(session: Session) -> Plan:
        write_files(paper, plan, session)
        return plan

    return Load("ten files in four waves", replies, generate)


def recorded(name: str, source: Path, replies: Path) -> Load:
    """A recorded build from its paper to its last file; the first reply that each stage got."""
    paper = read_paper(str(source))
    told: dict[str, str] = {}
    for found in sorted(read_recordings(replies), key=lambda r: r.order):
        told.setdefault(found.stage, found.text)

    def generate(session: Session) -> Plan:
        plan = make_plan(paper, session)
        write_files(paper, plan, session)
        return plan

    return Load(name, told, generate)


def run(load: Load, parallel: int) -> tuple[float, list[Call], Plan]:
    """Generate against a server of its own; return the seconds, the calls, the plan."""
    served = Served(load.replies)
    with served.server as server:
        model = OpenAIModel("served", ModelOptions(base_url=server.base_url, parallel=parallel))
        session = Session(model, ScriptedSandbox(), Journal(), Budget(), parallel=parallel)
        list(model.list_models())  # the SDK's import is not part of what is compared
        start = time.perf_counter()
        plan = load.generate(session)
        return time.perf_counter() - start, served.calls, plan


def critical_path(calls: list[Call], plan: Plan) -> float:
    """Return the seconds of the longest chain: planning one after the other, then analyses and code."""
    seconds: dict[str, float] = {}
    for call in calls:
        seconds[call.stage] = seconds.get(call.stage, 0.0) + call.seconds
    ends: dict[str, float] = {}
    for spec in plan.files:  # in dependency order
        if f"code:{spec.path}" in seconds:
            used = max((ends[path] for path in spec.uses if path in ends), default=0.0)
            ends[spec.path] = max(used, seconds[f"analysis:{spec.path}"]) + seconds[f"code:{spec.path}"]
    return sum(spent for stage, spent in seconds.items() if stage.startswith("plan.")) + max(ends.values())


def main() -> None:
    """Measure and print Markdown."""
    loads = [ten_files(), recorded("the example paper, planning included", EXAMPLE / "paper", EXAMPLE / "replies")]
    print("| load | calls | sequential, s | p2c, s | times as fast | critical path, s | p2c against it |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for load in loads:
        slow, _, _ = run(load, 1)
        fast, calls, plan = run(load, 16)
        path = critical_path(calls, plan)
        figures = f"{slow:.1f} | {fast:.1f} | {slow / fast:.1f} | {path:.1f} | {fast / path:.2f}"
        print(f"| {load.name} | {len(calls)} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
