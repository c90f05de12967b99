"""The documents of a delivered repository, written from what is there when the build ends."""

from __future__ import annotations

from dataclasses import replace

from p2c.generator.plan import Plan
from p2c.generator.project_files import architecture, dockerfile
from p2c.pipeline.documentation.code_index import index_code
from p2c.pipeline.documentation.facts import BuildFacts
from p2c.pipeline.documentation.fidelity_page import fidelity_page
from p2c.pipeline.documentation.readme import delivered_readme
from p2c.pipeline.documentation.written_plan import as_written
from p2c.repo import Repo

__all__ = ["BuildFacts", "delivered"]

_DIAGRAMS_NOTE = (
    "The diagrams are drawn from the code's own imports, definitions and calls, as far as these can be read."
)


def delivered(facts: BuildFacts, first: Plan) -> Repo:
    """Return the repository with its README and docs, and, where it runs, its lock and Dockerfile; else as it was.

    `first` is the plan that the repository's first README was written from.
    """
    index = index_code(facts.repo)
    written = as_written(facts.plan, facts.repo)
    files = {
        "README.md": delivered_readme(facts, first, index),
        "docs/fidelity.md": fidelity_page(facts, index),
    }
    if facts.repo.files.get("docs/architecture.md") in (None, architecture(first), architecture(facts.plan)):
        files["docs/architecture.md"] = architecture(
            replace(written, design=f"{facts.plan.design.strip()}\n\n{_DIAGRAMS_NOTE}")
        )
    if facts.lock is not None:
        files["requirements.lock"] = facts.lock.text
        files["Dockerfile"] = dockerfile(facts.python, facts.contract, facts.lock.index)
    return facts.repo.with_files(files)
