"""Names that libraries removed, each with the successor that means exactly the same (facts from release notes)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Family = Mapping[str, str]
"""Old dotted name -> new one."""


def _family(module: str, pairs: str, target: str = "") -> dict[str, str]:
    """Read `old:new` pairs (or a name that stays); a new name without a dot lives in `target`, or in `module`."""
    family = {}
    for pair in pairs.split():
        old, _, new = pair.partition(":")
        new = new or old
        family[f"{module}.{old}"] = new if "." in new else f"{target or module}.{new}"
    return family


_NUMPY_1 = {
    **_family("numpy", "float int object str complex", "builtins"),
    **_family("numpy", "unicode:builtins.str int0:intp uint0:uintp object0:object_"),
    **_family("numpy", "str0:str_ bytes0:bytes_ void0:void bool8:bool_"),
}
_NUMPY_2 = {
    **_family("numpy", "float_:float64 complex_:complex128 cfloat:complex128 singlecomplex:complex64"),
    **_family("numpy", "longfloat:longdouble clongfloat:clongdouble longcomplex:clongdouble string_:bytes_"),
    **_family("numpy", "unicode_:str_ Inf:inf Infinity:inf infty:inf PINF:inf NaN:nan NINF:-numpy.inf"),
    **_family("numpy", "product:prod cumproduct:cumprod sometrue:any alltrue:all row_stack:vstack in1d:isin"),
    **_family("numpy", "round_:round mat:asmatrix trapz:trapezoid"),
    **_family("numpy", "AxisError ComplexWarning RankWarning VisibleDeprecationWarning", "numpy.exceptions"),
}
_SCIPY = {
    **_family("scipy", "interp exp mean dot array zeros ones linspace arange sin cos pi std var", "numpy"),
    # scipy's own gave complex numbers for negative ones
    **_family("scipy", "sqrt log log2 log10", "numpy.lib.scimath"),
    **_family("scipy", "rand randn", "numpy.random"),
}
_ABSTRACT = (
    "Iterable Iterator Mapping MutableMapping Sequence MutableSequence Callable Set MutableSet Hashable Sized "
    "Container Generator Awaitable Coroutine KeysView ValuesView ItemsView"
)

FAMILIES: tuple[tuple[Family, ...], ...] = (
    (_NUMPY_1,),
    (_NUMPY_2, _NUMPY_1),
    # numpy 2 has these two again, so that only their own absence says that they are gone
    (_family("numpy", "bool:builtins.bool"),),
    (_family("numpy", "long:builtins.int"),),
    ({"numpy.math": "math"},),
    ({"pandas.np": "numpy"},),
    (_family("scipy.integrate", "trapz:trapezoid simps:simpson cumtrapz:cumulative_trapezoid"),),
    (_SCIPY,),
    (_family("scipy.signal", "gaussian hann hamming blackman kaiser triang bartlett", "scipy.signal.windows"),),
    (_family("scipy.misc", "logsumexp comb factorial", "scipy.special"),),
    (
        {
            **_family("matplotlib.cm", "get_cmap", "matplotlib.pyplot"),
            **_family("matplotlib.pyplot.cm", "get_cmap", "matplotlib.pyplot"),
        },
    ),
    (_family("scipy.linalg", "pinv2:pinv"),),
    (_family("PIL.Image", "ANTIALIAS:LANCZOS LINEAR:BILINEAR CUBIC:BICUBIC"),),
    (_family("networkx", "from_numpy_matrix:from_numpy_array to_scipy_sparse_matrix:to_scipy_sparse_array"),),
    (_family("collections", _ABSTRACT, "collections.abc"),),
    (_family("time", "clock:perf_counter"),),
    (_family("inspect", "getargspec:getfullargspec"),),
    (_family("fractions", "gcd:math.gcd"),),
)
"""One name of a tuple's first family missed means: the successors of the whole tuple are there."""

MODULES: Family = MappingProxyType(
    {
        "sklearn.externals.joblib": "joblib",
        "sklearn.externals.six": "six",
        "sklearn.cross_validation": "sklearn.model_selection",
        "sklearn.grid_search": "sklearn.model_selection",
        "sklearn.datasets.samples_generator": "sklearn.datasets",
        "sklearn.linear_model.logistic": "sklearn.linear_model",
        "sklearn.ensemble.forest": "sklearn.ensemble",
        "sklearn.tree.tree": "sklearn.tree",
        "sklearn.neighbors.base": "sklearn.neighbors",
        "sklearn.preprocessing.data": "sklearn.preprocessing",
        "keras.layers.core": "keras.layers",
        "keras.layers.convolutional": "keras.layers",
        "keras.layers.recurrent": "keras.layers",
        "keras.layers.normalization": "keras.layers",
        "scipy.ndimage.filters": "scipy.ndimage",
        "scipy.ndimage.interpolation": "scipy.ndimage",
        "scipy.ndimage.morphology": "scipy.ndimage",
        "scipy.ndimage.measurements": "scipy.ndimage",
        "cPickle": "pickle",
        "Queue": "queue",
        "ConfigParser": "configparser",
        "StringIO": "io",
        "cStringIO": "io",
        "HTMLParser": "html.parser",
        "__builtin__": "builtins",
    }
)
"""Old module -> the module that has the same names."""
