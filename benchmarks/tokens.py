"""How many tokens a build reads, and how many of them a provider's prefix cache does not hold.

python -m benchmarks.tokens [PAPER REPLIES]...

The recorded build of the example paper (or of other papers with their recordings) is generated against a server that
counts as OpenAI's cache does: prefixes of 1,024 tokens and more, in steps of 128, once an earlier prompt with them
gave its first token. p2c asks in parallel, so it may meet a prefix that is only being read; the others ask one after
the other and never do. They are, with the same replies: a generator that pastes all earlier files into a coding prompt,
behind the task, or before it, as Paper2Code does, whose planning, analysis and coding begin with messages of their own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.generation import EXAMPLE, Load, recorded
from benchmarks.served import Prefixes, Served
from p2c.budget import Budget
from p2c.generator.analysis import analysis_prompt
from p2c.generator.coding import coding_prompt
from p2c.generator.paper import Paper
from p2c.generator.plan import Plan
from p2c.generator.planning import make_plan
from p2c.generator.prompt_prefix import opening, plan_text
from p2c.generator.readers import read_paper
from p2c.generator.writing import WrittenCode, write_files
from p2c.journal import Journal
from p2c.models.base import Completion, Message, Model, Prompt
from p2c.models.chat_request import ModelOptions
from p2c.models.openai import OpenAIModel
from p2c.models.scripted import ScriptedModel
from p2c.prompts import data
from p2c.sandboxes.scripted import ScriptedSandbox
from p2c.session import Session


@dataclass(frozen=True)
class Reading:
    """Prompt tokens in all, and those outside the cached prefix."""

    total: int
    fresh: int


def as_p2c(load: Load) -> Reading:
    """Generate in parallel, against the server's clock."""
    served = Served(load.replies)
    with served.server as server:
        model = OpenAIModel("served", ModelOptions(base_url=server.base_url, parallel=16))
        load.generate(Session(model, ScriptedSandbox(), Journal(), Budget(), parallel=16))
    total = sum(call.prompt_tokens for call in served.calls)
    return Reading(total, total - sum(call.cached_tokens for call in served.calls))


def one_after_the_other(prompts: Iterable[Sequence[Message]]) -> Reading:
    """Count prompts of which each is asked once the one before was answered."""
    prefixes = Prefixes()
    total = fresh = 0
    for messages in prompts:
        read, cached = prefixes.read("".join(f"\0{one.role}\0{one.content}" for one in messages), 0.0, 0.0)
        total += read
        fresh += read - cached
    return Reading(total, fresh)


def pasted(paper: Paper, plan: Plan, written: WrittenCode, before: bool) -> list[Sequence[Message]]:
    """Return the prompts after planning of a generator that pastes all earlier files into each coding prompt."""
    begin = opening(paper)
    specs = [spec for spec in plan.files if spec.path in written.analyses]
    prompts = [list(analysis_prompt(begin, plan, spec).messages) for spec in specs]
    done = ""
    for spec in specs:
        task = coding_prompt(begin, plan, spec, written.analyses[spec.path], {}).messages[-1].content
        rest = task.removeprefix(plan_text(plan))
        text = plan_text(plan) + (done + rest if before else rest + done)
        prompts.append([*begin, Message("user", text)])
        done += data("file", written.repo.files[spec.path], path=spec.path)
    return [tuple(messages) for messages in prompts]


def compare(name: str, source: Path, replies: Path) -> None:
    """Print the rows of one build."""
    load = recorded(name, source, replies)
    paper = read_paper(str(source))
    asked: list[Prompt] = []
    model = ScriptedModel(lambda prompt: asked.append(prompt) or Completion(load.replies[prompt.stage]))
    plan, written = _generate(paper, model)
    planning = [prompt.messages for prompt in asked if prompt.stage.startswith("plan.")]
    late = one_after_the_other([*planning, *pasted(paper, plan, written, before=False)])
    early = [*planning, *pasted(paper, plan, written, before=True)]
    apart = one_after_the_other(_apart(early, len(planning), len(written.analyses)))
    ours = as_p2c(load)
    rows = [
        ("p2c", ours),
        ("all earlier files, behind the task", late),
        ("all earlier files, before the task, as Paper2Code", apart),
    ]
    for what, reading in rows:
        print(
            f"| {name} | {what} | {reading.total:,} | {reading.fresh:,} | {ours.fresh / reading.fresh:.2f} |",
            flush=True,
        )


def _generate(paper: Paper, model: Model) -> tuple[Plan, WrittenCode]:
    session = Session(model, ScriptedSandbox(), Journal(), Budget(), parallel=1)
    plan = make_plan(paper, session)
    return plan, write_files(paper, plan, session)


def _apart(prompts: Sequence[Sequence[Message]], planning: int, files: int) -> list[Sequence[Message]]:
    """Give planning, analysis and coding a beginning of their own."""
    kinds = ["planning"] * planning + ["analysis"] * files + ["coding"] * files
    return [
        (replace(messages[0], content=f"{kind}: {messages[0].content}"), *messages[1:])
        for kind, messages in zip(kinds, prompts, strict=True)
    ]


def main() -> None:
    """Measure and print Markdown."""
    given = [Path(word) for word in sys.argv[1:]]
    pairs = list(zip(given[::2], given[1::2], strict=True)) or [(EXAMPLE / "paper", EXAMPLE / "replies")]
    print("| build | generator | prompt tokens | outside the cached prefix | p2c's share of it |")
    print("|---|---|--:|--:|--:|")
    for source, replies in pairs:
        compare(replies.name if given else "the example paper", source, replies)


if __name__ == "__main__":
    main()
