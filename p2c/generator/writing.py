"""Writing: files are analysed where that is worth it, then coded as soon as the files that it uses are there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from p2c.generator.analysis import analysis_prompt, needs_analysis
from p2c.generator.coding import coding_prompt
from p2c.generator.file_replies import read_source
from p2c.generator.paper import Paper
from p2c.generator.plan import FileSpec, Plan
from p2c.generator.planning.logic import is_bare_package
from p2c.generator.prompt_prefix import Figures, model_of, opening
from p2c.generator.structured_replies import ask, read_text
from p2c.models.parallel import chains, run_ordered
from p2c.repo import Repo
from p2c.session import Session

Task = tuple[Literal["analysis", "code"], str]
"""One reply that is needed, and the path of the file that it is about."""


@dataclass(frozen=True)
class WrittenCode:
    """The planned files with the configuration, and path -> analysis (Markdown) of each that was analysed."""

    repo: Repo
    analyses: dict[str, str]


def write_files(paper: Paper, plan: Plan, session: Session, figures: Figures = ()) -> WrittenCode:
    """Analyse and write every file, as many at once as their uses and `session.parallel` allow.

    Each coding prompt has the file's own analysis and the code of what it uses, nothing else of what happens to
    be there: what is asked does not depend on who was quicker. Raises ReplyError where a file gets no usable reply.
    """
    begin, model = opening(paper, figures), model_of(session)
    bare = [spec.path for spec in plan.files if is_bare_package(spec)]
    specs = {spec.path: spec for spec in plan.files if spec.path not in bare}
    written = dict.fromkeys(bare, "")
    analyses: dict[str, str] = {}

    def work(task: Task) -> None:
        kind, path = task
        spec = specs[path]
        if kind == "analysis":
            analyses[path] = ask(model, analysis_prompt(begin, plan, spec), read_text, journal=session.journal)
            session.journal.note("file.analysed", path=path)
            return
        seen = {source: written[source] for source in (*bare, *spec.uses) if source in written}
        read = partial(read_source, spec=spec, plan=plan, written=seen)
        prompt = coding_prompt(begin, plan, spec, analyses.get(path, ""), seen)
        written[path] = ask(model, prompt, read, journal=session.journal)
        session.journal.note("file.written", path=path, lines=written[path].count("\n"))

    analysed = [path for path, spec in specs.items() if needs_analysis(plan, spec)]
    run_ordered(work, tasks(specs, analysed), session.parallel)
    ordered = {spec.path: written[spec.path] for spec in plan.files}
    return WrittenCode(Repo({**plan.config, **ordered}), {path: analyses[path] for path in analysed})


def tasks(specs: Mapping[str, FileSpec], analysed: Collection[str] | None = None) -> dict[Task, tuple[Task, ...]]:
    """Return what each reply waits for: code for its analysis and for the code it uses, what waits for nothing for the
    pilot. `analysed` are the files that have an analysis; None: all.

    The pilot is the reply that the longest chain of others waits for. Once it is answered, servers with a prefix cache
    have read the paper and the whole plan, and what is asked then costs a fraction. Only what has the time waits for
    it: replies whose own chain is shorter.
    """
    needs: dict[Task, tuple[Task, ...]] = {
        ("analysis", path): () for path in specs if analysed is None or path in analysed
    }
    for path, spec in specs.items():
        used: list[Task] = [("code", source) for source in spec.uses if source in specs]
        own: list[Task] = [("analysis", path)] if ("analysis", path) in needs else []
        needs["code", path] = (*own, *used)
    behind = chains(needs)
    pilot = max(needs, key=behind.__getitem__, default=None)
    held = {task for task, own in needs.items() if not own and pilot and behind[task] < behind[pilot]}
    return {task: (pilot,) if pilot and task in held else own for task, own in needs.items()}
