"""A promised file that was moved whole: the plan and the documentation go with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from p2c.generator.plan import Plan
from p2c.repo import Repo


def with_documents(repo: Repo, to: Mapping[str, str]) -> Repo:
    """Return the repository whose README and docs name files by their new paths."""
    documents = [
        path for path in repo.files if path == "README.md" or (path.startswith("docs/") and path.endswith(".md"))
    ]
    return repo.with_files({path: _renamed(repo.files[path], to) for path in documents}) if to else repo


def with_plan(plan: Plan, to: Mapping[str, str]) -> Plan:
    """Return the plan with files at their new paths, wherever it names them."""
    if not to:
        return plan
    files = tuple(
        replace(
            spec,
            path=to.get(spec.path, spec.path),
            uses=tuple(to.get(path, path) for path in spec.uses),
            purpose=_renamed(spec.purpose, to),
            logic=_renamed(spec.logic, to),
        )
        for spec in plan.files
    )
    calls = tuple(
        replace(call, caller=_renamed(call.caller, to), callee=_renamed(call.callee, to), what=_renamed(call.what, to))
        for call in plan.calls
    )
    texts = {name: _renamed(getattr(plan, name), to) for name in ("overview", "design", "conventions", "entry")}
    return replace(plan, files=files, calls=calls, **texts)  # type: ignore[arg-type]


def _renamed(text: str, to: Mapping[str, str]) -> str:
    """Replace paths and dotted names of modules, each only where it stands whole."""
    for old, new in to.items():
        text = re.sub(rf"(?<![\w./-]){re.escape(old)}(?![\w-])", new, text)
        dotted = [path.removesuffix(".py").replace("/", ".") for path in (old, new)]
        if "." in dotted[0]:
            text = re.sub(rf"(?<![\w./-]){re.escape(dotted[0])}(?![\w-])", dotted[1], text)
    return text
