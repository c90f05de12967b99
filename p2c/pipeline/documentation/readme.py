"""The README at the end of a build: what is known of the repository, in sections that replace what the plan said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from p2c.generator.plan import Plan
from p2c.generator.project_files import ReadmeFacts, readme
from p2c.pipeline.documentation.code_index import CodeIndex
from p2c.pipeline.documentation.facts import BuildFacts, cell, claim_lines, code, numbers, patch_lines, table
from p2c.pipeline.documentation.fidelity_page import fidelity_rows
from p2c.sandboxes.environments.index_hosts import PYTORCH

MOST_LISTED = 12
_SECTION = re.compile(r"(?m)^(?=## )")


def delivered_readme(facts: BuildFacts, first: Plan, index: CodeIndex) -> str:
    """Return the README with what is known now; sections that a patch has changed stay as the patch left them.

    `first` is the plan that the first README was written from.
    """
    new = readme(facts.plan, facts_of(facts, index))
    current = facts.repo.files.get("README.md", "")
    planned = {text for plan in (first, facts.plan) for text in _sections(readme(plan)).values()}
    patched = {title: text for title, text in _sections(current).items() if text not in planned}
    sections = {**_sections(new), **{title: text for title, text in patched.items() if title != ""}}
    files = sections.pop(_FILES, "")
    return "".join([*sections.values(), files])


_FILES = "## Files"


def _sections(text: str) -> dict[str, str]:
    return {part.split("\n")[0] if part.startswith("## ") else "": part for part in _SECTION.split(text) if part}


def facts_of(facts: BuildFacts, index: CodeIndex) -> ReadmeFacts:
    """Return what the README says of a build besides its plan."""
    parts = {
        "What was checked": "\n".join(_checked(facts, index)),
        "What the small run measured": "\n".join(_measured(facts)),
        "Not in this repository": "\n".join(_left_out(facts, index)),
        "What the paper leaves open": "\n".join(f"- {cell(point, 600)}" for point in facts.plan.open_points),
        "What repair changed": "\n".join(patch_lines(facts.commits)),
    }
    sections = tuple((title, text) for title, text in parts.items() if text)
    return ReadmeFacts(_small(facts), _install(facts), sections)


def _small(facts: BuildFacts) -> str:
    if facts.runs and facts.report.status("smoke") == "passed":
        return "It did so when it was checked"
    return f"**It did not when it was checked** ({facts.report.status('smoke') or 'it was not run'})"


def _checked(facts: BuildFacts, index: CodeIndex) -> Iterator[str]:
    where = "in a fresh environment, from a clean clone" if facts.runs else "and it cannot be relied on"
    yield f"Verdict of the programs that checked it, {where}: **{facts.verdict}**. {cell(facts.why, 600)}.\n"
    yield from (
        f"- {result.check}: {result.status}{f' ({cell(result.note)})' if result.note else ''}"
        for result in facts.report.results
    )
    fidelity = facts.fidelity
    if fidelity is None:
        yield "\nWhether the code is the paper's was not judged; the full run was not made."
    else:
        met = sum(result.status == "met" for result in fidelity.open)
        yield f"\nA model judged {len(fidelity.open)} requirements of the paper, of which {met} are met."
        yield "The full run was not made."
        yield from (
            f"- {row.status}: {cell(row.text, 200)}"
            for row in fidelity_rows(facts, index)
            if row.status in ("not met", "partly", "disputed")
        )
    doubts = [finding for finding in facts.report.findings if finding.check == "provenance"]
    if doubts:
        yield "\nDoubts about what is said to be the paper's:\n"
        yield from (f"- {cell(doubt.message)}" for doubt in doubts[:MOST_LISTED])
        yield from [f"- and {len(doubts) - MOST_LISTED} more"] if len(doubts) > MOST_LISTED else []
    yield "\nWhat of the paper stands where, and what shows it: [docs/fidelity.md](docs/fidelity.md)."


def _measured(facts: BuildFacts) -> Iterator[str]:
    measured = numbers(facts.metrics)
    if measured:
        more = f"\n{len(measured) - MOST_LISTED} more are in docs/fidelity.md.\n" if len(measured) > MOST_LISTED else ""
        yield table(("metric", "value"), [(code(key), value) for key, value in measured[:MOST_LISTED]]) + more
    yield from claim_lines(facts.claims)


def _left_out(facts: BuildFacts, index: CodeIndex) -> Iterator[str]:
    for row in fidelity_rows(facts, index):
        if row.status == "left out":
            yield f"- {cell(row.what, 60)} ({cell(row.text, 120)}): {row.why or 'no reason is given'}"


def _install(facts: BuildFacts) -> str:
    needed = {re.split(r"[\s\[<>=!~;]", line, maxsplit=1)[0].lower() for line in facts.plan.requirements}
    lines = []
    if "torch" in needed:
        build = facts.lock.build if facts.lock else ""
        used = f" It was checked with the {build} build." if build else ""
        lines.append(
            f"PyTorch: on Linux the package index gives a CUDA build. For the CPU alone, which is smaller, first "
            f"`python -m pip install torch --index-url {PYTORCH}/cpu`; for another CUDA version, the same with its "
            f"folder, such as `{PYTORCH}/cu126`.{used}\n"
        )
    if "jax" in needed:
        lines.append("JAX: the package index gives the CPU build; for a GPU, `python -m pip install 'jax[cuda12]'`.\n")
    lock = "The versions that it was checked with: `requirements.lock`.\n" if facts.lock else ""
    return "\n".join([*lines, lock]).strip("\n") + "\n" if lines or lock else ""
