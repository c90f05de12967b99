"""What is known of a build when it ends, and how single facts of it are told in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from p2c.executor.report import Report
from p2c.generator.plan import Plan
from p2c.git_history import Commit
from p2c.pipeline.documentation.portable_lock import PortableLock
from p2c.repair.fidelity.outcome import FidelityResult
from p2c.repair.open_points import OpenPoint
from p2c.repo import Repo
from p2c.run_claims import ClaimResult
from p2c.run_contract import RunContract
from p2c.safe_text import one_line

MOST_METRICS = 40


@dataclass(frozen=True)
class BuildFacts:
    """Everything that the delivered documents are written from; `commits` are those of the patches that were kept.

    `lock` is None where it does not run: nothing is known to install then. `fidelity` is None where it was not worked.
    """

    plan: Plan
    repo: Repo
    contract: RunContract
    report: Report
    verdict: str
    why: str = ""
    lock: PortableLock | None = None
    python: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    claims: tuple[ClaimResult, ...] = ()
    commits: tuple[Commit, ...] = ()
    left: tuple[OpenPoint, ...] = ()
    fidelity: FidelityResult | None = None

    @property
    def runs(self) -> bool:
        """The verdict is `runs`, by the proof of a clean clone."""
        return self.verdict == "runs"


def cell(text: str, width: int = 300) -> str:
    """Return text for a cell of a Markdown table, on one line; whoever wrote it, it makes no other mark-up."""
    return one_line(text, width).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "'")


def code(text: str, width: int = 200) -> str:
    """Return text as code in Markdown, on one line."""
    plain = one_line(text, width).replace("`", "'").replace("|", "\\|")
    return f"`{plain}`"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; the cells are Markdown."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + "\n"


def numbers(metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (key, value) of the numbers that a run left; of a list of numbers its first and last, and how many."""
    pairs = [(key, value) for tree in metrics.values() for key, value in _leaves("", tree)]
    if len(pairs) > MOST_METRICS:
        return [*pairs[:MOST_METRICS], ("...", f"{len(pairs) - MOST_METRICS:,} more")]
    return pairs


def _leaves(key: str, tree: Any) -> Iterator[tuple[str, str]]:
    if _is_number(tree):
        yield key, _shown(tree)
    elif isinstance(tree, list) and tree and all(map(_is_number, tree)):
        yield key, f"{_shown(tree[0])} … {_shown(tree[-1])} ({len(tree)} values)" if len(tree) > 1 else _shown(tree[0])
    elif isinstance(tree, dict | list):
        items = tree.items() if isinstance(tree, dict) else enumerate(tree)
        for name, value in items:
            yield from _leaves(f"{key}.{name}".lstrip("."), value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _shown(value: float) -> str:
    return f"{value:.6g}"


def claim_lines(claims: Sequence[ClaimResult]) -> list[str]:
    """Return each comparison with what it came to."""
    return [f"- {_claim_status(result)}: {cell(_claim_text(result))}" for result in claims]


def _claim_status(result: ClaimResult) -> str:
    return "shown" if result.kind == "shown" else f"**{result.kind}**"


def _claim_text(result: ClaimResult) -> str:
    about = f"{result.claim.experiment}: " if result.claim.experiment else ""
    return about + (f"{result.about}: {result.comparison}" if result.kind == "unmeasured" else result.comparison)


def patch_lines(commits: Sequence[Commit]) -> list[str]:
    """Return a line for each kept patch: its commit, what it was for, its author."""
    titles = [(commit, commit.message.split("\n")[0]) for commit in commits]
    return [f"- {code(commit.id[:10])} {cell(title)}{_author(commit.message)}" for commit, title in titles]


def _author(message: str) -> str:
    author = next((line for line in reversed(message.split("\n")) if line.startswith("Patch by ")), "")
    return f" ({cell(author.removeprefix('Patch by ').rstrip('.'), 80)})" if author else ""
