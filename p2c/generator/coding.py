"""Coding: every file written in dependency waves, each reply checked before it is taken."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from p2c.contract import split
from p2c.generator.graph import waves
from p2c.generator.logic import is_bare_package
from p2c.generator.opening import Figures, asking, model_of, opening
from p2c.generator.paper import Paper
from p2c.generator.plan import FileSpec, Plan
from p2c.generator.replies import ask_all
from p2c.generator.sources import read_source
from p2c.models.base import Message, Prompt
from p2c.prompts import data, render
from p2c.repo import Repo
from p2c.session import Session

_LANGUAGES = {"py": "python", "sh": "bash", "md": "markdown", "yml": "yaml", "yaml": "yaml", "json": "json"}


def write_code(paper: Paper, plan: Plan, analyses: Mapping[str, str], session: Session, figures: Figures = ()) -> Repo:
    """Return the planned files and the configuration; a wave's files are written in parallel, each seeing the
    interfaces of all and the code of what it uses."""
    begin = opening(paper, figures)
    written: dict[str, str] = {}
    for wave in waves({spec.path: spec.uses for spec in plan.files}):
        specs = [spec for spec in plan.files if spec.path in wave]
        written |= {spec.path: "" for spec in specs if is_bare_package(spec)}
        asked = [spec for spec in specs if not is_bare_package(spec)]
        asks = [
            (
                coding_prompt(begin, plan, spec, analyses.get(spec.path, ""), written),
                partial(read_source, spec=spec, plan=plan, written=dict(written)),
            )
            for spec in asked
        ]
        texts = ask_all(model_of(session), asks, journal=session.journal)
        for spec, text in zip(asked, texts, strict=True):
            written[spec.path] = text
            session.journal.note("file.written", path=spec.path, lines=text.count("\n"))
    return Repo({**plan.config, **written})


def coding_prompt(
    begin: tuple[Message, ...], plan: Plan, spec: FileSpec, analysis: str, written: Mapping[str, str]
) -> Prompt:
    """Return what is asked to write one file: its analysis, and the whole code of what it uses."""
    used = "\n".join(data("file", written[path], path=path) for path in spec.uses if written.get(path))
    name = "coding_test" if spec.path.rsplit("/", 1)[-1].startswith("test_") else "coding"
    ask = render(
        name,
        path=spec.path,
        purpose=spec.purpose,
        language=_LANGUAGES.get(spec.path.rsplit(".", 1)[-1], "text"),
        entry_rules="\n" + render("coding_entry") if _is_started(spec.path, plan) else "",
    )
    parts = [data("analysis", analysis, path=spec.path) if analysis else "", used, ask]
    return Prompt(asking(begin, plan, "\n".join(part for part in parts if part)), stage=f"code:{spec.path}")


def _is_started(path: str, plan: Plan) -> bool:
    """Whether a documented command runs this file, by its path or as a module."""
    words = {word for line in (*plan.contract.smoke, *plan.contract.full) for word in split(line)}
    modules = {path.removesuffix(".py").replace("/", "."), path.removesuffix("/__main__.py").replace("/", ".")}
    return path == plan.entry or path in words or bool("-m" in words and modules & words)
