"""Names that libraries removed, each with the successor that means exactly the same (facts from release notes)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Family = Mapping[str, str]
"""Old dotted name -> new one; after `=` a value that takes the place of an import."""


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
    **_family("numpy", "safe_eval:ast.literal_eval byte_bounds:numpy.lib.array_utils.byte_bounds"),
    **_family("numpy", "DataSource:numpy.lib.npyio.DataSource rank:ndim"),
    "numpy.lib.pad": "numpy.pad",
    "numpy.linalg.linalg": "numpy.linalg",
}
_TIMELESS = frozenset(
    "float_ complex_ cfloat singlecomplex longfloat clongfloat longcomplex string_ unicode_ Inf Infinity infty PINF "
    "NaN NINF product cumproduct sometrue alltrue row_stack in1d round_ mat rank".split()
)
_SCIPY = {
    **_family("scipy", "interp exp mean dot array zeros ones linspace arange sin cos pi std var", "numpy"),
    # scipy's own gave complex numbers for negative ones
    **_family("scipy", "sqrt log log2 log10", "numpy.lib.scimath"),
    **_family("scipy", "rand randn", "numpy.random"),
}
_WINDOWS = (
    "gaussian hann hamming blackman kaiser triang bartlett barthann bohman blackmanharris boxcar chebwin cosine "
    "exponential flattop general_gaussian nuttall parzen tukey"
)
_BUILT_IN = {
    **_family("string", "letters:ascii_letters lowercase:ascii_lowercase uppercase:ascii_uppercase"),
    **_family("itertools", "izip:builtins.zip imap:builtins.map ifilter:builtins.filter izip_longest:zip_longest"),
    **_family("sys", "maxint:maxsize"),
    **_family("os", "getcwdu:getcwd"),
    **_family("base64", "encodestring:encodebytes decodestring:decodebytes"),
    **_family("urllib", "urlopen urlretrieve", "urllib.request"),
    **_family("urllib", "urlencode quote quote_plus unquote unquote_plus", "urllib.parse"),
    **_family("types", "StringType:builtins.str IntType:builtins.int FloatType:builtins.float ListType:builtins.list"),
    **_family("types", "DictType:builtins.dict TupleType:builtins.tuple BooleanType:builtins.bool"),
}
JAX = {
    **_family(
        "jax",
        "tree_map tree_leaves tree_flatten tree_unflatten tree_structure tree_reduce tree_transpose tree_all",
        "jax.tree_util",
    ),
    **_family("jax", "tree_multimap:jax.tree_util.tree_map"),
    **_family("jax.tree_util", "tree_multimap:tree_map"),
    **_family("jax.numpy", "product:prod cumproduct:cumprod in1d:isin row_stack:vstack trapz:trapezoid"),
    **_family("jax.numpy", "alltrue:all sometrue:any DeviceArray:jax.Array"),
    "jax.interpreters.xla.DeviceArray": "jax.Array",
    "jax.random.KeyArray": "jax.Array",
    "jax.nn.normalize": "jax.nn.standardize",
    "jax.partial": "functools.partial",
    "jax.experimental.PartitionSpec": "jax.sharding.PartitionSpec",
    "jax.experimental.maps.Mesh": "jax.sharding.Mesh",
}
_SKLEARN = {
    **_family("sklearn.metrics", "calinski_harabaz_score:calinski_harabasz_score"),
    **_family(
        "sklearn.covariance", "GraphLasso:GraphicalLasso GraphLassoCV:GraphicalLassoCV graph_lasso:graphical_lasso"
    ),
    "sklearn.neighbors.DistanceMetric": "sklearn.metrics.DistanceMetric",
    "sklearn.utils.extmath.logsumexp": "scipy.special.logsumexp",
    "sklearn.lda.LDA": "sklearn.discriminant_analysis.LinearDiscriminantAnalysis",
    "sklearn.qda.QDA": "sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis",
    "sklearn.feature_extraction.stop_words.ENGLISH_STOP_WORDS": "sklearn.feature_extraction.text.ENGLISH_STOP_WORDS",
}
_PANDAS = {
    "pandas.np": "numpy",
    "pandas.datetime": "datetime.datetime",
    "pandas.scatter_matrix": "pandas.plotting.scatter_matrix",
    "pandas.tools.plotting": "pandas.plotting",
    "pandas.io.json.json_normalize": "pandas.json_normalize",
    **_family("pandas.util.testing", "assert_frame_equal assert_series_equal assert_index_equal", "pandas.testing"),
}
_NETWORKX = _family(
    "networkx",
    "from_numpy_matrix:from_numpy_array to_scipy_sparse_matrix:to_scipy_sparse_array "
    "from_scipy_sparse_matrix:from_scipy_sparse_array adj_matrix:adjacency_matrix pagerank_scipy:pagerank "
    "OrderedGraph:Graph OrderedDiGraph:DiGraph OrderedMultiGraph:MultiGraph OrderedMultiDiGraph:MultiDiGraph",
)
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
    (_PANDAS,),
    (_family("scipy.integrate", "trapz:trapezoid simps:simpson cumtrapz:cumulative_trapezoid"),),
    (_SCIPY,),
    (_family("scipy.signal", _WINDOWS, "scipy.signal.windows"),),
    (_family("scipy.misc", "logsumexp comb factorial", "scipy.special"),),
    (
        {
            **_family("matplotlib.cm", "get_cmap", "matplotlib.pyplot"),
            **_family("matplotlib.pyplot.cm", "get_cmap", "matplotlib.pyplot"),
        },
    ),
    (_family("matplotlib.cm", "spectral:nipy_spectral"), _family("matplotlib.pyplot.cm", "spectral:nipy_spectral")),
    (_family("scipy.linalg", "pinv2:pinv tril:numpy.tril triu:numpy.triu kron:numpy.kron"),),
    (_family("scipy.special", "btdtr:betainc btdtri:betaincinv"),),
    (_family("scipy.stats", "nanmean nanmedian", "numpy"),),
    (_SKLEARN,),
    (_family("PIL.Image", "ANTIALIAS:LANCZOS LINEAR:BILINEAR CUBIC:BICUBIC"),),
    ({"PIL.PILLOW_VERSION": "PIL.__version__", "PIL.Image.PILLOW_VERSION": "PIL.__version__"},),
    (_NETWORKX,),
    (JAX,),
    (_BUILT_IN,),
    (_family("collections", _ABSTRACT, "collections.abc"),),
    (_family("time", "clock:perf_counter"),),
    (_family("inspect", "getargspec:getfullargspec"),),
    (_family("fractions", "gcd:math.gcd"),),
    (
        {
            "torch._six.string_classes": "=(str, bytes)",
            "torch._six.int_classes": "=int",
            "torch._six.inf": "math.inf",
        },
    ),
)
"""One name of a tuple's first family missed means: the successors of the whole tuple are there."""

EVERYWHERE: tuple[Family, ...] = (
    {old: new for old, new in {**_NUMPY_1, **_NUMPY_2}.items() if old in _NUMPY_1 or old[6:] in _TIMELESS},
    {"numpy.math": "math"},
    _PANDAS,
    _SKLEARN,
    _family("scipy.integrate", "trapz:trapezoid simps:simpson cumtrapz:cumulative_trapezoid"),
    _family("scipy.misc", "logsumexp comb factorial", "scipy.special"),
    _family("scipy.signal", _WINDOWS, "scipy.signal.windows"),
    _family("PIL.Image", "ANTIALIAS:LANCZOS LINEAR:BILINEAR CUBIC:BICUBIC"),
    _family("collections", _ABSTRACT, "collections.abc"),
    _family("time", "clock:perf_counter"),
    _family("fractions", "gcd:math.gcd"),
    {
        **_family("matplotlib.cm", "get_cmap", "matplotlib.pyplot"),
        **_family("matplotlib.pyplot.cm", "get_cmap", "matplotlib.pyplot"),
    },
)
"""Families whose successors mean the same in every release that Python 3.10 or later can install: they go along."""

_PRIVATE = (
    ("sklearn.metrics", "scorer ranking classification regression"),
    ("sklearn.svm", "classes"),
    ("sklearn.cluster", "k_means_ hierarchical spectral birch dbscan_ mean_shift_ affinity_propagation_ bicluster"),
    ("sklearn.decomposition", "pca online_lda nmf fastica_ truncated_svd kernel_pca sparse_pca factor_analysis"),
    ("sklearn.manifold", "t_sne mds isomap locally_linear spectral_embedding_"),
    (
        "sklearn.linear_model",
        "base ridge coordinate_descent stochastic_gradient bayes least_angle ransac theil_sen perceptron",
    ),
    ("sklearn.ensemble", "gradient_boosting bagging weight_boosting iforest voting_classifier voting"),
    ("sklearn.mixture", "gaussian_mixture bayesian_mixture"),
    ("sklearn.neural_network", "multilayer_perceptron rbm"),
    ("sklearn.gaussian_process", "gpr gpc"),
    ("sklearn.preprocessing", "label imputation"),
    ("sklearn.feature_selection", "univariate_selection rfe from_model variance_threshold"),
    ("sklearn.neighbors", "kde unsupervised classification regression"),
    ("sklearn.tree", "export"),
)
"""Modules that were made private; what is public in them, their package has."""

MODULES: Family = MappingProxyType(
    {
        **{f"{package}.{name}": package for package, names in _PRIVATE for name in names.split()},
        "sklearn.learning_curve": "sklearn.model_selection",
        "pandas.tools.plotting": "pandas.plotting",
        "pandas.io.json._normalize": "pandas",
        "jax.config": "jax",
        "jax.experimental.optimizers": "jax.example_libraries.optimizers",
        "jax.experimental.stax": "jax.example_libraries.stax",
        "jax.linear_util": "jax.extend.linear_util",
        "torch._six.container_abcs": "collections.abc",
        "xml.etree.cElementTree": "xml.etree.ElementTree",
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
