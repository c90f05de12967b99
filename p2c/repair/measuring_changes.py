"""What a patch changes of how results are measured, beside the code that failed: for a person to look at.

No program can tell whether a threshold is chosen on the right part of the data. A patch that changes such code while it
fixes something else is kept if the checks pass, and named in the report.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from p2c.executor.report import Report
from p2c.repair.failing_functions import FunctionPlace, changed_functions, failing
from p2c.repair.guards.code_changes import Change, Func

_WORDS = frozenset(
    """acc accuracy answer auc baseline best bleu calibrate calibration confidence correct error eval evaluate
    evaluation evaluator f1 fold folds gold groundtruth holdout iou label labels loss losses metric metrics
    mse perplexity precision predict prediction predictions rank recall report reported result results reward
    rewards rmse sample samples score scores seed seeds shuffle split splits subset target targets test
    testing threshold thresholds truth val valid validate validation""".split()
)
"""Words of the names that results, their data and their comparison have."""
_VALUES = frozenset({".json", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".csv", ".tsv", ".txt", ".jsonl"})
_NOT_VALUES = re.compile(r"(?:^|/)(?:requirements[^/]*|constraints[^/]*|pyproject\.toml|setup\.cfg|p2c\.toml)$")
_PARTS = re.compile(r"f1|[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SETTING = re.compile(r"""^\s*["']?([\w.-]+)["']?\s*[:=]""")
MOST = 8
"""Places that are named for one patch: of a rewritten file the first ones are as good as all."""


def measured_differently(change: Change, before: Report) -> tuple[str, ...]:
    """Return functions and settings about results that a patch changes, but for the functions that failed."""
    failed = {place for finding in before.gating if (place := failing(finding, change)) is not None}
    changes = [*_functions(change, failed), *_settings(change)]
    return tuple(changes if len(changes) <= MOST else [*changes[: MOST - 1], f"{len(changes) - MOST + 1} more"])


def _functions(change: Change, failed: set[FunctionPlace]) -> Iterator[str]:
    files = {after.path: after for _, after in change.changed}
    for place in changed_functions(change):
        node = files[place.path].functions[place.name]
        # Whatever line of it was changed: a normaliser that is fitted earlier has no word of results in its line.
        if place not in failed and _is_about_results(node, place):
            yield f"{place.name} ({place.path}:{node.lineno})"


def _is_about_results(node: Func, place: FunctionPlace) -> bool:
    """It returns something under such a name, or handles something of such a name."""
    gives = any(isinstance(part, ast.Return) and part.value is not None for part in ast.walk(node))
    own = _parts(f"{place.name} {PurePosixPath(place.path).stem}") if gives else set()
    return bool(_WORDS & own) or any(_WORDS & _parts(word) for word in _names(node))


def _names(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr
        elif isinstance(part, ast.keyword):
            yield part.arg or ""
        elif isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.isidentifier():
            yield part.value


def _parts(name: str) -> set[str]:
    return {part.lower() for part in _PARTS.findall(name)}


def _settings(change: Change) -> Iterator[str]:
    """Yield values that are others now, and files of numbers that are new."""
    for path in sorted(change.after.files):
        before, after = change.before.files.get(path), change.after.files[path]
        if before == after or PurePosixPath(path).suffix.lower() not in _VALUES or _NOT_VALUES.search(path):
            continue
        if before is None:
            if re.search(r"\d", after):
                yield f"{path}, which is new"
            continue
        had = {match[1] for line in before.split("\n") if (match := _SETTING.match(line))}
        lines = Counter(before.split("\n"))
        fresh = [line.strip() for line in after.split("\n") if not lines[line] and line.strip()]
        changed = [line for line in fresh if (match := _SETTING.match(line)) is None or match[1] in had]
        if changed:
            yield f"`{changed[0][:80]}` in {path}"
