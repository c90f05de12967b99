"""Cures arguments that a library takes by name only now: the place they stood at says which they are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import dotted_name, imported_names
from p2c.repair.fixers.text_edits import Edit, Text, calls_on, edited, offer, own_frames, told
from p2c.repair.patch import Patch

_ARITY = re.compile(
    r"\b(\w+(?:\.\w+)?)\(\) takes (?:from \d+ to )?\d+ positional arguments? but \d+"
    r" (?:positional arguments \(|were given)"
)
_TOO_MANY = re.compile(r"\btoo many positional arguments")
_METHODS: Mapping[str, str] = MappingProxyType(
    {
        "DataFrame.drop": "labels |axis index columns level inplace errors",
        "Series.drop": "labels |axis index columns level inplace errors",
        "DataFrame.pivot": "|index columns values",
        "DataFrame.sort_values": "by |axis ascending inplace kind na_position",
        "Series.sort_values": "|axis ascending inplace kind na_position",
        "DataFrame.sort_index": "|axis level ascending inplace",
        "DataFrame.set_index": "keys |drop append inplace verify_integrity",
        "DataFrame.reset_index": "level |drop inplace col_level col_fill",
        "Series.reset_index": "level |drop name inplace",
        "DataFrame.dropna": "|axis how thresh subset inplace",
        "DataFrame.drop_duplicates": "subset |keep inplace",
        "DataFrame.any": "|axis bool_only skipna",
        "DataFrame.all": "|axis bool_only skipna",
        "NDFrame.to_csv": "path_or_buf |sep na_rep float_format columns header index",
        "NDFrame.to_json": "path_or_buf |orient",
        "NDFrame.to_excel": "excel_writer |sheet_name",
        "NDFrame.clip": "lower upper |axis",
        "NDFrame.where": "cond other |inplace axis",
        "StringMethods.split": "pat |n expand",
        "StringMethods.rsplit": "pat |n expand",
    }
)
"""pandas' methods as messages name them -> their parameters of old, `|` before those that are taken by name now."""
_ONLY_PANDAS = frozenset("pivot sort_values set_index reset_index dropna drop_duplicates to_csv to_json".split())
_FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        "pandas.concat": "objs |axis join",
        "pandas.read_csv": "filepath_or_buffer |sep delimiter header names index_col usecols",
        "pandas.read_table": "filepath_or_buffer |sep delimiter header names index_col usecols",
        "sklearn.cluster.KMeans": "n_clusters |init n_init max_iter tol",
        "sklearn.svm.SVC": "|C kernel degree gamma coef0",
        "sklearn.svm.SVR": "|kernel degree gamma coef0 tol C epsilon",
        "sklearn.decomposition.PCA": "n_components |copy whiten svd_solver",
        "sklearn.manifold.TSNE": "n_components |perplexity early_exaggeration learning_rate",
        "sklearn.model_selection.KFold": "n_splits |shuffle random_state",
        "sklearn.model_selection.StratifiedKFold": "n_splits |shuffle random_state",
        "sklearn.model_selection.GridSearchCV": "estimator param_grid |scoring",
        "sklearn.model_selection.cross_val_score": "estimator X y |groups scoring cv n_jobs",
        "sklearn.ensemble.RandomForestClassifier": "n_estimators |criterion max_depth min_samples_split",
        "sklearn.ensemble.RandomForestRegressor": "n_estimators |criterion max_depth min_samples_split",
        "sklearn.ensemble.AdaBoostClassifier": "estimator |n_estimators learning_rate",
        "sklearn.ensemble.BaggingClassifier": "estimator |n_estimators max_samples max_features",
        "sklearn.neighbors.KNeighborsClassifier": "n_neighbors |weights algorithm leaf_size p metric",
        "sklearn.neighbors.KNeighborsRegressor": "n_neighbors |weights algorithm leaf_size p metric",
        "sklearn.tree.DecisionTreeClassifier": "|criterion splitter max_depth min_samples_split",
        "sklearn.preprocessing.StandardScaler": "|copy with_mean with_std",
        "sklearn.preprocessing.MinMaxScaler": "feature_range |copy",
        "sklearn.preprocessing.PolynomialFeatures": "degree |interaction_only include_bias",
        "sklearn.preprocessing.LabelBinarizer": "|neg_label pos_label sparse_output",
        "sklearn.metrics.accuracy_score": "y_true y_pred |normalize sample_weight",
        "sklearn.metrics.f1_score": "y_true y_pred |labels pos_label average sample_weight",
        "sklearn.metrics.precision_score": "y_true y_pred |labels pos_label average sample_weight",
        "sklearn.metrics.recall_score": "y_true y_pred |labels pos_label average sample_weight",
        "sklearn.metrics.confusion_matrix": "y_true y_pred |labels sample_weight",
        "sklearn.metrics.classification_report": "y_true y_pred |labels target_names sample_weight digits",
        "sklearn.metrics.roc_auc_score": "y_true y_score |average sample_weight",
        "sklearn.metrics.roc_curve": "y_true y_score |pos_label sample_weight",
        "sklearn.metrics.silhouette_score": "X labels |metric sample_size",
        "sklearn.manifold.Isomap": "|n_neighbors",
    }
)
"""The same for what is called by an imported name."""


def fix(case: Case) -> Patch | None:
    """Name the arguments of the call that failed, and of every call of a known function of the same library."""
    changes: dict[str, str | None] = {}
    for finding in case.report.gating:
        match, frames = _ARITY.search(told(finding)), own_frames(finding)
        if frames and (match or _TOO_MANY.search(told(finding))):
            path, line = frames[0].path, frames[0].line
            changes |= _changes(case, match[1] if match else "", path, line)
            if changes:
                break
    return offer(case, "keyword-only", "Pass by name what the library takes by name only", changes)


def _changes(case: Case, told_name: str, path: str, line: int) -> dict[str, str | None]:
    tree = parse(case.repo.files.get(path, ""))
    if tree is None:
        return {}
    bound = imported_names(tree)
    method = _METHODS.get(told_name, "")
    calls = [call for call in calls_on(tree, line) if not method or _last(call) == told_name.rpartition(".")[2]]
    if method and len(calls) == 1:
        text = case.repo.files[path]
        cured = edited(text, list(_named(calls[0], method, Text(text))))
        texts = {each: case.repo.files[each] for each in case.repo.python_files()} | {path: cured}
        return {each: _pandas_named(one) for each, one in texts.items()}
    libraries = {dotted_name(call.func, bound).partition(".")[0] for call in calls if _known(call, bound)}
    return (
        {each: _all_named(case.repo.files[each], libraries) for each in case.repo.python_files()} if libraries else {}
    )


def _all_named(text: str, libraries: set[str]) -> str:
    tree = parse(text)
    if tree is None:
        return text
    bound, place, edits = imported_names(tree), Text(text), list[Edit]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted_name(node.func, bound).partition(".")[0] in libraries:
            edits += _named(node, _known(node, bound), place)
    return edited(text, edits)


def _pandas_named(text: str) -> str:
    """Name the arguments of every method that nothing but pandas has, in a file that imports pandas."""
    tree = parse(text)
    if tree is None or "pandas" not in imported_names(tree).values():
        return text
    by_name = {name.rpartition(".")[2]: names for name, names in _METHODS.items()}
    place, edits = Text(text), list[Edit]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, owner = node.func.attr, node.func.value
            on_text = isinstance(owner, ast.Attribute) and owner.attr == "str"
            if name in _ONLY_PANDAS or (name in ("split", "rsplit") and on_text):
                edits += _named(node, by_name[name], place)
    return edited(text, edits)


def _known(call: ast.Call, bound: Mapping[str, str]) -> str:
    return _FUNCTIONS.get(dotted_name(call.func, dict(bound)), "")


def _last(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _named(call: ast.Call, names: str, place: Text) -> Iterator[Edit]:
    """Put the names before the arguments that stand past the bar; nothing where a star hides their places."""
    if not names:
        return
    order = names.replace("|", "").split()
    first = len(names.partition("|")[0].split())
    passed = {word.arg for word in call.keywords}
    late = list(zip(call.args, order, strict=False))[first:]
    if any(isinstance(one, ast.Starred) for one in call.args) or len(call.args) > len(order):
        return
    if not any(name in passed for _, name in late):
        for argument, name in late:
            start = place.span(argument)[0]
            yield Edit(start, start, f"{name}=")
