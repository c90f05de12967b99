"""Cures arguments that a library renamed or gave other values: `sparse=` of an encoder, a style's or a loss's name."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import dotted_name, imported_names
from p2c.repair.fixers.text_edits import Edit, Text, edited, offer, told
from p2c.repair.patch import Patch

_NO_OPTION = re.compile(r"\b(\w+)(?:\.(?:__init__|set))?\(\) got an unexpected keyword argument '(\w+)'")
_NO_VALUE = re.compile(r"The '(\w+)' parameter of (\w+) must be .* Got '([\w-]+)' instead", re.DOTALL)
_NO_STYLE = re.compile(r"'(seaborn(?:-[\w-]+)?)' (?:is not a valid package style|not found in the style library)")
_NO_PLACE = re.compile(r"\bsimpson\(\) takes 1 positional argument but [23] were given")
_SIMPSON = ("", "x=", "dx=")

_ENSEMBLES = "BaggingClassifier BaggingRegressor AdaBoostClassifier AdaBoostRegressor RANSACRegressor".split()
_SOLVERS = "cg cgs bicg bicgstab gmres lgmres minres qmr".split()
_VECTORS = ("Word2Vec", "Doc2Vec", "FastText")
OPTIONS: Mapping[tuple[str, str], tuple[str, str, str]] = MappingProxyType(
    {
        ("OneHotEncoder", "sparse"): ("sklearn", "OneHotEncoder", "sparse_output"),
        ("AgglomerativeClustering", "affinity"): ("sklearn", "AgglomerativeClustering", "metric"),
        ("CalibratedClassifierCV", "base_estimator"): ("sklearn", "CalibratedClassifierCV", "estimator"),
        **{(name, "base_estimator"): ("sklearn", name, "estimator") for name in _ENSEMBLES},
        ("TSNE", "n_iter"): ("sklearn", "TSNE", "max_iter"),
        **{(name, "tol"): ("scipy", name, "rtol") for name in _SOLVERS if name != "minres"},
        **{(name, "size"): ("gensim", name, "vector_size") for name in _VECTORS},
        **{(name, "iter"): ("gensim", name, "epochs") for name in _VECTORS},
        ("histogram", "normed"): ("numpy", "histogram", "density"),
        ("Rectangle", "normed"): ("matplotlib", "hist", "density"),
    }
)
"""(what complains, the option it has no more) -> (library, the call that was given it, what the option is now)."""
_TOGETHER = frozenset({"sklearn", "gensim"})
"""Libraries whose renamed options are all said anew where one was missed: gensim 4 has none of them."""
_METHODS = frozenset({"hist"})
"""Calls that are usually made on an object of the library, not on its module."""
_LATE = frozenset({"n_iter"})
"""Options whose successor is younger than that of the others of its library."""
_FORESTS = r"(?:RandomForest|ExtraTrees?|DecisionTree)"
VALUES: tuple[tuple[str, str, str, str], ...] = (
    (r"LogisticRegression(?:CV)?|SGD\w+|Perceptron", "penalty", "none", "None"),
    (r"SGDClassifier", "loss", "log", '"log_loss"'),
    (r"GradientBoostingClassifier", "loss", "deviance", '"log_loss"'),
    (r"GradientBoostingRegressor", "loss", "ls", '"squared_error"'),
    (r"GradientBoostingRegressor", "loss", "lad", '"absolute_error"'),
    (r"SGDRegressor", "loss", "squared_loss", '"squared_error"'),
    (_FORESTS + r"Regressor", "criterion", "mse", '"squared_error"'),
    (_FORESTS + r"Regressor", "criterion", "mae", '"absolute_error"'),
    (_FORESTS + r"Classifier", "max_features", "auto", '"sqrt"'),
    (_FORESTS + r"Regressor", "max_features", "auto", "1.0"),
)
"""scikit-learn's (estimators, parameter, old value) and the value that means the same, as source."""


def fix(case: Case) -> Patch | None:
    """Say in all files what a finding missed, in the way that the library wants it now."""
    for finding in case.report.gating:
        for read in (_option, _value, _style, _place):
            edit = read(told(finding))
            if edit is None:
                continue
            changes = {path: _changed(case.repo.files[path], edit) for path in case.repo.python_files()}
            patch = offer(case, "renamed-options", "Say arguments in the way that the libraries want them now", changes)
            if patch is not None:
                return patch
    return None


_Edits = Callable[[ast.Call, str, Text], Iterator[Edit]]
"""From a call and the dotted name of what it calls ('' where that is nothing imported) to the edits in it."""


def _changed(text: str, edits: _Edits) -> str:
    tree = parse(text)
    if tree is None:
        return text
    place, bound = Text(text), imported_names(tree)
    libraries = {dotted.partition(".")[0] for dotted in bound.values()}
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = dotted_name(node.func, bound)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if not name and method in _METHODS and "matplotlib" in libraries:
            name = f"matplotlib.{method}"
        found += list(edits(node, name, place))
    return edited(text, found)


def _option(message: str) -> _Edits | None:
    match = _NO_OPTION.search(message)
    row = OPTIONS.get((match[1], match[2])) if match else None
    if not match or not row:
        return None
    asked = (match[1], match[2])

    def edits(call: ast.Call, name: str, place: Text) -> Iterator[Edit]:
        for key, (library, function, new) in OPTIONS.items():
            alike = library == row[0] and library in _TOGETHER and key[1] not in _LATE
            if (key == asked or alike) and name.partition(".")[0] == library and name.rpartition(".")[2] == function:
                yield from _renamed(call, key[1], new, place)
        if row[0] == "sklearn":
            yield from _revalued(call, name, place)

    return edits


def _renamed(call: ast.Call, old: str, new: str, place: Text) -> Iterator[Edit]:
    if any(word.arg == new for word in call.keywords):
        return
    for word in call.keywords:
        if word.arg == old:
            start, _ = place.span(word)
            yield Edit(start, start + len(old), new)


def _value(message: str) -> _Edits | None:
    """One old value that is refused means that all of them are."""
    match = _NO_VALUE.search(message)
    known = match and any(
        re.fullmatch(owners, match[2]) and (parameter, old) == (match[1], match[3])
        for owners, parameter, old, _ in VALUES
    )
    return _revalued if known else None


def _revalued(call: ast.Call, name: str, place: Text) -> Iterator[Edit]:
    library, _, owner = name.partition(".")
    if library != "sklearn":
        return
    for word in call.keywords:
        value = word.value.value if isinstance(word.value, ast.Constant) else None
        for owners, parameter, old, new in VALUES:
            if (word.arg, value) == (parameter, old) and re.fullmatch(owners, owner.rpartition(".")[2]):
                yield Edit(*place.span(word.value), new)


def _style(message: str) -> _Edits | None:
    """matplotlib 3.6 put its version into the names of seaborn's styles."""
    if not _NO_STYLE.search(message):
        return None

    def edits(call: ast.Call, name: str, place: Text) -> Iterator[Edit]:
        if not name.startswith("matplotlib.") or not name.endswith((".style.use", ".style.context")):
            return
        for node in (part for argument in call.args for part in ast.walk(argument)):
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(node, ast.Constant) and re.fullmatch(r"seaborn(?:-(?!v\d)[\w-]+)?", str(value)):
                yield Edit(*place.span(node), f'"{str(value).replace("seaborn", "seaborn-v0_8")}"')

    return edits


def _place(message: str) -> _Edits | None:
    """scipy 1.14 takes all but the first of `simpson` by name."""
    if not _NO_PLACE.search(message):
        return None

    def edits(call: ast.Call, name: str, place: Text) -> Iterator[Edit]:
        if name != "scipy.integrate.simpson" or len(call.args) > len(_SIMPSON):
            return
        if any(isinstance(argument, ast.Starred) for argument in call.args):
            return
        for argument, word in zip(call.args, _SIMPSON, strict=False):
            start, _ = place.span(argument)
            if word:
                yield Edit(start, start, word)

    return edits
