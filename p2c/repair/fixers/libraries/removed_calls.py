"""Calls of functions that a library removed, written with what does exactly the same today."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from p2c.repair.fixers.text_edits import Text

Write = Callable[[str, ast.Call, Text], str | None]
"""From the spelled successor, the call and its text to the new expression; None where it would not mean the same."""


@dataclass(frozen=True)
class Rewrite:
    """What stands for a removed call: the dotted name that has to be imported for it ('' for none), and how."""

    new: str
    write: Write


def arguments(call: ast.Call, place: Text, names: str) -> dict[str, str] | None:
    """Return parameter -> source of what a call passes; None where a star hides it, or it passes another one."""
    order = names.split()
    if any(isinstance(one, ast.Starred) for one in call.args) or len(call.args) > len(order):
        return None
    found = dict(zip(order, map(place.source, call.args), strict=False))
    for word in call.keywords:
        if word.arg not in order or word.arg in found:
            return None
        found[word.arg] = place.source(word.value)
    return found


def atom(source: str) -> str:
    """Return an expression as something that a dot or an index can follow."""
    return source if isinstance(ast.parse(source, mode="eval").body, _ATOMS) else f"({source})"


_ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.List, ast.Tuple, ast.Dict)


def filled(names: str, form: str, required: int = 1) -> Write:
    """Write `form`, in which {0} is the successor and {name} an argument; every argument given has to be in it."""

    def write(spelled: str, call: ast.Call, place: Text) -> str | None:
        given = arguments(call, place, names)
        if given is None or set(given) != set(names.split()[:required]):
            return None
        return form.format(spelled, **{name: source for name, source in given.items()})

    return write


def passed(form: str) -> Write:
    """Write `form`, in which {0} is the successor and {1} all arguments as they stand."""

    def write(spelled: str, call: ast.Call, place: Text) -> str | None:
        return form.format(spelled, inside(call, place))

    return write


def inside(call: ast.Call, place: Text) -> str:
    """Return what stands between a call's brackets."""
    return place.text[place.span(call.func)[1] : place.span(call)[1]].lstrip()[1:-1]


def _item(_: str, call: ast.Call, place: Text) -> str | None:
    given = arguments(call, place, "a")
    return f"{atom(given['a'])}.item()" if given else None


def _random_integers(spelled: str, call: ast.Call, place: Text) -> str | None:
    """Both ends were included; with one argument it began at 1."""
    given = arguments(call, place, "low high size")
    if not given or "low" not in given:
        return None
    low, high = ("1", given["low"]) if given.get("high", "None") == "None" else (given["low"], given["high"])
    size = f", size={given['size']}" if "size" in given else ""
    return f"{spelled}({low}, {_plus_one(high)}{size})"


def _plus_one(source: str) -> str:
    node = ast.parse(source, mode="eval").body
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return str(node.value + 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and ast.unparse(node.right) == "1":
        return ast.unparse(node.left)
    simple = isinstance(node, (*_ATOMS, ast.BinOp)) and not (
        isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.FloorDiv | ast.Mod)
    )
    return f"{source} + 1" if simple else f"({source}) + 1"


def _binom_test(spelled: str, call: ast.Call, place: Text) -> str | None:
    given = arguments(call, place, "x n p alternative")
    if not given or "n" not in given:
        return None
    words = "".join(f", {name}={given[name]}" for name in ("p", "alternative") if name in given)
    return f"{spelled}({given['x']}, {given['n']}{words}).pvalue"


def _subgraphs(spelled: str, call: ast.Call, place: Text) -> str | None:
    """A generator of copies, as it was; the graph is named twice."""
    given = arguments(call, place, "G copy")
    if not given or "G" not in given or given.get("copy", "True") not in ("True", "False"):
        return None
    if not isinstance(ast.parse(given["G"], mode="eval").body, ast.Name | ast.Attribute):
        return None
    copy = ".copy()" if given.get("copy", "True") == "True" else ""
    return f"({given['G']}.subgraph(c){copy} for c in {spelled}({given['G']}))"


def _updated(method: str) -> Write:
    def write(_: str, call: ast.Call, place: Text) -> str | None:
        given = arguments(call, place, "x idx y")
        if given is None or len(given) != 3:
            return None
        index = call.args[1] if len(call.args) > 1 else next(w.value for w in call.keywords if w.arg == "idx")
        source = given["idx"]
        if isinstance(index, ast.Subscript) and ast.unparse(index.value).endswith(("ops.index", "index")):
            source = place.source(index.slice)
        return f"{atom(given['x'])}.at[{source}].{method}({given['y']})"

    return write


def _adamw(spelled: str, call: ast.Call, place: Text) -> str | None:
    """torch's own has other defaults; they are said, so that it steps as before."""
    given = {word.arg for word in call.keywords}
    if "correct_bias" in given or len(call.args) > 2 or None in given:
        return None
    defaults = {"eps": "1e-6", "weight_decay": "0.0"}
    kept = [place.source(part) for part in call.args]
    kept += [place.source(word) for word in call.keywords if word.arg != "no_deprecation_warning"]
    kept += [f"{name}={value}" for name, value in defaults.items() if name not in given]
    return f"{spelled}({', '.join(kept)})"


def _as_matrix(spelled: str, call: ast.Call, place: Text) -> str | None:
    """What gave a matrix gives an array today; it is asked of the same module."""
    if not isinstance(call.func, ast.Attribute):
        return None
    return f"{spelled}({place.source(call.func.value)}.to_numpy_array({inside(call, place)}))"


def _rolling(method: str) -> Write:
    def write(_: str, call: ast.Call, place: Text) -> str | None:
        given = arguments(call, place, "arg window min_periods center")
        if given is None or not {"arg", "window"} <= set(given):
            return None
        words = "".join(f", {name}={given[name]}" for name in ("min_periods", "center") if name in given)
        return f"{atom(given['arg'])}.rolling({given['window']}{words}).{method}()"

    return write


def _pickled(form: str, names: str) -> Write:
    """networkx unpacked by the file's ending; a name that says so is left alone."""
    plain = filled(names, form, len(names.split()))

    def write(spelled: str, call: ast.Call, place: Text) -> str | None:
        return None if re.search(r"\.(?:gz|bz2)\b", place.text) else plain(spelled, call, place)

    return write


_MEMBERS = {
    "sklearn.metrics.plot_confusion_matrix": "sklearn.metrics.ConfusionMatrixDisplay",
    "sklearn.metrics.plot_roc_curve": "sklearn.metrics.RocCurveDisplay",
    "sklearn.metrics.plot_precision_recall_curve": "sklearn.metrics.PrecisionRecallDisplay",
    "sklearn.metrics.plot_det_curve": "sklearn.metrics.DetCurveDisplay",
    "sklearn.inspection.plot_partial_dependence": "sklearn.inspection.PartialDependenceDisplay",
}
_DTYPES = {"Int64Index": "int64", "UInt64Index": "uint64", "Float64Index": "float64"}
_PARTS = "connected strongly_connected weakly_connected biconnected".split()
CALLS: Mapping[str, Rewrite] = MappingProxyType(
    {
        **{old: Rewrite(new, passed("{0}.from_estimator({1})")) for old, new in _MEMBERS.items()},
        **{f"pandas.{old}": Rewrite("pandas.Index", filled("data", f'{{0}}({{data}}, dtype="{kind}")'))
           for old, kind in _DTYPES.items()},
        **{f"networkx.{part}_component_subgraphs": Rewrite(f"networkx.{part}_components", _subgraphs)
           for part in _PARTS},
        **{f"pandas.rolling_{name}": Rewrite("", _rolling(name)) for name in "mean sum std var min max median".split()},
        **{f"jax.ops.index_{old}": Rewrite("", _updated(new))
           for old, new in {"update": "set", "add": "add", "mul": "multiply", "min": "min", "max": "max"}.items()},
        "numpy.asscalar": Rewrite("", _item),
        "numpy.asfarray": Rewrite("numpy.asarray", filled("a", "{0}({a}, dtype=float)")),
        "numpy.msort": Rewrite("numpy.sort", filled("a", "{0}({a}, axis=0)")),
        "numpy.random.random_integers": Rewrite("numpy.random.randint", _random_integers),
        "scipy.stats.binom_test": Rewrite("scipy.stats.binomtest", _binom_test),
        "pandas.value_counts": Rewrite("pandas.Series", filled("values", "{0}({values}).value_counts()")),
        "networkx.to_numpy_matrix": Rewrite("numpy.asmatrix", _as_matrix),
        "networkx.read_gpickle": Rewrite("pickle.load", _pickled('{0}(open({path}, "rb"))', "path")),
        "networkx.write_gpickle": Rewrite("pickle.dump", _pickled('{0}({G}, open({path}, "wb"))', "G path")),
        "transformers.AdamW": Rewrite("torch.optim.AdamW", _adamw),
        "transformers.optimization.AdamW": Rewrite("torch.optim.AdamW", _adamw),
        "torch.cholesky": Rewrite("torch.linalg.cholesky", filled("A", "{0}({A})")),
        "torch.matrix_rank": Rewrite("torch.linalg.matrix_rank", filled("A", "{0}({A})")),
    }
)  # fmt: skip
"""Removed function -> how a call of it is written now."""
