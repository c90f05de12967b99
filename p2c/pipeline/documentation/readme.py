"""The README at the end of a build: what is known of the repository, in sections that replace what the plan said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from p2c.generator.plan import Plan
from p2c.generator.project_files import ReadmeFacts, readme
from p2c.pipeline.documentation.code_index import CodeIndex
from p2c.pipeline.documentation.facts import Delivery, cell, claim_lines, code, numbers, patch_lines, table
from p2c.pipeline.documentation.fidelity_page import fidelity_rows
from p2c.sandboxes.environments.index_hosts import PYTORCH

MOST_LISTED = 12
_SECTION = re.compile(r"(?m)^(?=## )")


def delivered_readme(delivery: Delivery, first: Plan, index: CodeIndex) -> str:
    """Return the README with what is known now; sections that a patch has changed stay as the patch left them.

    `first` is the plan that the first README was written from.
    """
    new = readme(delivery.plan, facts_of(delivery, index))
    current = delivery.repo.files.get("README.md", "")
    planned = {text for plan in (first, delivery.plan) for text in _sections(readme(plan)).values()}
    patched = {title: text for title, text in _sections(current).items() if text not in planned}
    sections = {**_sections(new), **{title: text for title, text in patched.items() if title != ""}}
    files = sections.pop(_FILES, "")
    return "".join([*sections.values(), files])


_FILES = "## Files"


def _sections(text: str) -> dict[str, str]:
    return {part.split("\n")[0] if part.startswith("## ") else "": part for part in _SECTION.split(text) if part}


def facts_of(delivery: Delivery, index: CodeIndex) -> ReadmeFacts:
    """Return what the README says of a build besides its plan."""
    parts = {
        "What was checked": "\n".join(_checked(delivery, index)),
        "What the small run measured": "\n".join(_measured(delivery)),
        "Not in this repository": "\n".join(_left_out(delivery, index)),
        "What the paper leaves open": "\n".join(f"- {cell(point, 600)}" for point in delivery.plan.open_points),
        "What repair changed": "\n".join(patch_lines(delivery.commits)),
    }
    sections = tuple((title, text) for title, text in parts.items() if text)
    return ReadmeFacts(_small(delivery), _install(delivery), sections)


def _small(delivery: Delivery) -> str:
    if delivery.runs and delivery.report.status("smoke") == "passed":
        return "It did so when it was checked"
    return f"**It did not when it was checked** ({delivery.report.status('smoke') or 'it was not run'})"


def _checked(delivery: Delivery, index: CodeIndex) -> Iterator[str]:
    where = "in a fresh environment, from a clean clone" if delivery.runs else "and it cannot be relied on"
    yield f"Verdict of the programs that checked it, {where}: **{delivery.verdict}**. {cell(delivery.why, 600)}.\n"
    yield from (
        f"- {one.check}: {one.status}{f' ({cell(one.note)})' if one.note else ''}" for one in delivery.report.results
    )
    fidelity = delivery.fidelity
    if fidelity is None:
        yield "\nWhether the code is the paper's was not judged; the full run was not made."
    else:
        met = sum(one.status == "met" for one in fidelity.open)
        yield f"\nA model judged {len(fidelity.open)} requirements of the paper, of which {met} are met."
        yield "The full run was not made."
        yield from (
            f"- {row.status}: {cell(row.text, 200)}"
            for row in fidelity_rows(delivery, index)
            if row.status in ("not met", "partly", "disputed")
        )
    doubts = [one for one in delivery.report.findings if one.check == "provenance"]
    if doubts:
        yield "\nDoubts about what is said to be the paper's:\n"
        yield from (f"- {cell(one.message)}" for one in doubts[:MOST_LISTED])
        yield from [f"- and {len(doubts) - MOST_LISTED} more"] if len(doubts) > MOST_LISTED else []
    yield "\nWhat of the paper stands where, and what shows it: [docs/fidelity.md](docs/fidelity.md)."


def _measured(delivery: Delivery) -> Iterator[str]:
    measured = numbers(delivery.metrics)
    if measured:
        more = f"\n{len(measured) - MOST_LISTED} more are in docs/fidelity.md.\n" if len(measured) > MOST_LISTED else ""
        yield table(("metric", "value"), [(code(key), value) for key, value in measured[:MOST_LISTED]]) + more
    yield from claim_lines(delivery.claims)


def _left_out(delivery: Delivery, index: CodeIndex) -> Iterator[str]:
    for row in fidelity_rows(delivery, index):
        if row.status == "left out":
            yield f"- {cell(row.what, 60)} ({cell(row.text, 120)}): {row.why or 'no reason is given'}"


def _install(delivery: Delivery) -> str:
    needed = {re.split(r"[\s\[<>=!~;]", line, maxsplit=1)[0].lower() for line in delivery.plan.requirements}
    lines = []
    if "torch" in needed:
        build = delivery.lock.build if delivery.lock else ""
        used = f" It was checked with the {build} build." if build else ""
        lines.append(
            f"PyTorch: on Linux the package index gives a CUDA build. For the CPU alone, which is smaller, first "
            f"`python -m pip install torch --index-url {PYTORCH}/cpu`; for another CUDA version, the same with its "
            f"folder, such as `{PYTORCH}/cu126`.{used}\n"
        )
    if "jax" in needed:
        lines.append("JAX: the package index gives the CPU build; for a GPU, `python -m pip install 'jax[cuda12]'`.\n")
    lock = "The versions that it was checked with: `requirements.lock`.\n" if delivery.lock else ""
    return "\n".join([*lines, lock]).strip("\n") + "\n" if lines or lock else ""
