"""Cures options that a library no longer takes, where leaving them out, or saying them otherwise, changes nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import dotted_name, imported_names
from p2c.repair.fixers.text_edits import Edit, Text, edited, offer, own_frames, told
from p2c.repair.patch import Patch

_OPTION = re.compile(r"got an unexpected keyword argument '(\w+)'|keyword grid_(b) is not recognized")
_MISSING = re.compile(r"\b(bar)\(\) missing 1 required positional argument: 'x'")


@dataclass(frozen=True)
class Option:
    """An option of calls whose last name matches `call`; `values` are the sources for which it may go, None for any.

    `form` is what is written for the option ('' leaves it out; {0} is its value), `to` another name for what is
    called, `after` what follows the call.
    """

    library: str
    call: str
    name: str
    values: tuple[str, ...] | None = None
    form: str = ""
    to: str = ""
    after: str = ""


_TREES = r"\w*(?:Forest|Tree|Trees|GradientBoosting)(?:Classifier|Regressor)"
_LINEAR = r"LinearRegression|Ridge\w*|Lasso\w*|ElasticNet\w*|Lars\w*|BayesianRidge|ARDRegression"
OPTIONS: tuple[Option, ...] = (
    Option("sklearn", r"(?:MiniBatch)?KMeans", "n_jobs"),
    Option("sklearn", r"(?:MiniBatch)?KMeans", "precompute_distances"),
    Option("sklearn", r"LogisticRegression(?:CV)?", "multi_class", ("'auto'", "'multinomial'")),
    Option("sklearn", _LINEAR, "normalize", ("False",)),
    Option("sklearn", _TREES, "presort", ("False", "'auto'", "'deprecated'")),
    Option("sklearn", _TREES, "min_impurity_split", ("None",)),
    Option("sklearn", "TSNE", "square_distances", ("True",)),
    Option("sklearn", r"(?:Grid|Randomized)SearchCV", "iid", ("False", "'deprecated'")),
    Option("sklearn", "AdaBoostClassifier", "algorithm", ("'SAMME'",)),
    Option("sklearn", "IsolationForest", "behaviour", ("'new'", "'deprecated'")),
    Option("sklearn", "LatentDirichletAllocation", "n_topics", form="n_components={0}"),
    Option("sklearn", r"SGD(?:Classifier|Regressor)|Perceptron|PassiveAggressive\w+", "n_iter",
           form="max_iter={0}, tol=None"),
    Option("sklearn", "mean_squared_error", "squared", ("True",)),
    Option("torch", r"\w+LR|ReduceLROnPlateau|CosineAnnealingWarmRestarts", "verbose"),
    Option("matplotlib", "savefig", "papertype"),
    Option("matplotlib", "savefig", "frameon", ("True",)),
    Option("matplotlib", "stem", "use_line_collection", ("True",)),
    Option("matplotlib", "boxplot", "labels", form="tick_labels={0}"),
    Option("matplotlib", "grid", "b", form="visible={0}"),
    Option("matplotlib", r"subplot|axes|add_subplot|add_axes", "axisbg", form="facecolor={0}"),
    Option("matplotlib", "bar", "left", form="x={0}"),
    Option("pandas", "fillna", "method", ("'ffill'", "'pad'"), to="ffill"),
    Option("pandas", "fillna", "method", ("'bfill'", "'backfill'"), to="bfill"),
    Option("pandas", "groupby", "squeeze", ("False",)),
    Option("pandas", "groupby", "axis", ("0", "'index'")),
    Option("pandas", r"read_csv|read_table", "squeeze", ("True",), after='.squeeze("columns")'),
    Option("pandas", r"read_csv|read_table", "squeeze", ("False",)),
    Option("pandas", r"read_csv|read_table", "mangle_dupe_cols", ("True",)),
    Option("pandas", r"read_csv|read_table", "warn_bad_lines"),
    Option("pandas", r"read_csv|read_table", "error_bad_lines", ("False",), form='on_bad_lines="skip"'),
    Option("pandas", r"read_csv|read_table|to_datetime", "infer_datetime_format"),
    Option("pandas", "to_csv", "line_terminator", form="lineterminator={0}"),
    *(Option("matplotlib", "gca", name, form=f"{name}={{0}}", to="subplot|add_subplot") for name in ("projection",)),
)  # fmt: skip


def fix(case: Case) -> Patch | None:
    """Write every option of the library otherwise that it has no more, in all files, once one of them was missed."""
    hit: set[str] = set()
    for finding in case.report.gating:
        text = told(finding)
        names = {a or b for a, b in _OPTION.findall(text)} | {"left" for _ in _MISSING.findall(text)}
        frames = own_frames(finding)
        row = case.repo.files.get(frames[0].path, "").split("\n")[frames[0].line - 1 :][:12] if frames else []
        hit |= {one.library for one in OPTIONS if one.name in names and re.search(rf"\b{one.name}\s*=", "\n".join(row))}
    if not hit:
        return None
    changes = {path: _changed(case.repo.files[path], hit) for path in case.repo.python_files()}
    return offer(case, "dropped-options", "Leave out or rename options that the library has no more", changes)


def _changed(text: str, libraries: set[str]) -> str:
    """Rewrite call by call, because the option of one may stand in an argument of another."""
    for _ in range(60):
        tree = parse(text)
        new = next(_rewritten(text, tree, libraries), None) if tree else None
        if new is None:
            return text
        text = new
    return text


def _rewritten(text: str, tree: ast.Module, libraries: set[str]) -> Iterator[str]:
    bound, place = imported_names(tree), Text(text)
    used = {dotted.partition(".")[0] for dotted in bound.values()} & libraries
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        for option in OPTIONS:
            word = next((word for word in node.keywords if word.arg == option.name), None)
            if word is not None and option.library in used and _means(node, word, option, bound):
                yield edited(text, list(_edits(node, word, option, (place, bound))))


def _means(call: ast.Call, word: ast.keyword, option: Option, bound: dict[str, str]) -> bool:
    """The call is the library's, by its imported name or as a method of an object, and the value is one that may go."""
    dotted = dotted_name(call.func, bound)
    if dotted and dotted.partition(".")[0] != option.library:
        return False
    last = dotted.rpartition(".")[2] or (call.func.attr if isinstance(call.func, ast.Attribute) else "")
    if not re.fullmatch(option.call, last) or (option.name == "n_iter" and _passes(call, "tol")):
        return False
    if not dotted and not isinstance(call.func, ast.Attribute):
        return False
    return option.values is None or ast.unparse(word.value) in option.values


def _passes(call: ast.Call, name: str) -> bool:
    return any(word.arg == name for word in call.keywords)


def _edits(call: ast.Call, word: ast.keyword, option: Option, around: tuple[Text, dict[str, str]]) -> Iterator[Edit]:
    place, bound = around
    start, end = place.span(word)
    if option.form:
        yield Edit(start, end, option.form.format(place.source(word.value)))
    else:
        yield _left_out(call, word, place)
    if option.to and isinstance(call.func, ast.Attribute):
        of_module = dotted_name(call.func.value, bound) != ""
        new = option.to.split("|")[0 if of_module else -1]
        stop = place.span(call.func)[1]
        yield Edit(stop - len(call.func.attr), stop, new)
    if option.after:
        stop = place.span(call)[1]
        yield Edit(stop, stop, option.after)


def _left_out(call: ast.Call, word: ast.keyword, place: Text) -> Edit:
    """Take an argument out with the comma before it, or, where it is the first, the comma after it."""
    start, end = place.span(word)
    before = place.text[:start].rstrip()
    if before.endswith(","):
        return Edit(len(before) - 1, end, "")
    rest = place.text[end:]
    comma = re.match(r"\s*,\s*", rest)
    return Edit(start, end + (comma.end() if comma else 0), "")
