from __future__ import annotations

import pytest

from p2c.repair.fixers.libraries.fixers import removed_members, removed_names, renamed_parameters
from tests.repair.fixers.making import case, cured, error

SKLEARN = "from sklearn.preprocessing import OneHotEncoder\nimport sklearn.cluster as c\n"
NO_SPARSE = "OneHotEncoder.__init__() got an unexpected keyword argument 'sparse'"
NO_STYLE = "'seaborn-whitegrid' is not a valid package style, path of style file"
NO_PENALTY = "The 'penalty' parameter of LogisticRegression must be a str among {'l1'} or None. Got 'none' instead."
NO_AUTO = "The 'max_features' parameter of RandomForest{} must be an int or None. Got 'auto' instead."


@pytest.mark.parametrize(
    ("rule", "message", "before", "after"),
    [
        ("TypeError", NO_SPARSE, SKLEARN + "x = OneHotEncoder(sparse=False), f(sparse=False)\n",
         SKLEARN + "x = OneHotEncoder(sparse_output=False), f(sparse=False)\n"),
        ("TypeError", "AgglomerativeClustering.__init__() got an unexpected keyword argument 'affinity'",
         SKLEARN + "x = c.AgglomerativeClustering(3, affinity='l1')\n",
         SKLEARN + "x = c.AgglomerativeClustering(3, metric='l1')\n"),
        ("TypeError", "Word2Vec.__init__() got an unexpected keyword argument 'size'",
         "from gensim.models import Word2Vec\nx = Word2Vec(walks, size=d, iter=3, sg=1), f(size=2)\n",
         "from gensim.models import Word2Vec\nx = Word2Vec(walks, vector_size=d, epochs=3, sg=1), f(size=2)\n"),
        ("TypeError", "cg() got an unexpected keyword argument 'tol'",
         "from scipy.sparse.linalg import cg\nx, _ = cg(a, b, tol=1e-5)  # solve\n",
         "from scipy.sparse.linalg import cg\nx, _ = cg(a, b, rtol=1e-5)  # solve\n"),
        ("AttributeError", "Rectangle.set() got an unexpected keyword argument 'normed'",
         "import matplotlib.pyplot as plt\nax.hist(x, normed=True)\n",
         "import matplotlib.pyplot as plt\nax.hist(x, density=True)\n"),
        ("InvalidParameterError", NO_PENALTY,
         "from sklearn.linear_model import LogisticRegression as L, LogisticRegression\n"
         "x = LogisticRegression(penalty='none'), LogisticRegression(penalty='l2')\n",
         "from sklearn.linear_model import LogisticRegression as L, LogisticRegression\n"
         "x = LogisticRegression(penalty=None), LogisticRegression(penalty='l2')\n"),
        ("InvalidParameterError", NO_AUTO.format("Classifier"),
         "from sklearn import ensemble as e\nx = e.RandomForestClassifier(max_features='auto')\n",
         "from sklearn import ensemble as e\nx = e.RandomForestClassifier(max_features=\"sqrt\")\n"),
        ("InvalidParameterError", NO_AUTO.format("Regressor"),
         "from sklearn import ensemble as e\nx = e.RandomForestRegressor(max_features='auto')\n",
         "from sklearn import ensemble as e\nx = e.RandomForestRegressor(max_features=1.0)\n"),
        ("OSError", NO_STYLE,
         "import matplotlib.pyplot as plt\nplt.style.use(['seaborn-whitegrid', 'seaborn', 'ggplot'])\nx = 'seaborn'\n",
         "import matplotlib.pyplot as plt\nplt.style.use([\"seaborn-v0_8-whitegrid\", \"seaborn-v0_8\", 'ggplot'])\n"
         "x = 'seaborn'\n"),
    ],
)  # fmt: skip
def test_arguments_are_said_as_the_library_wants_them(rule: str, message: str, before: str, after: str) -> None:
    assert cured(renamed_parameters.fix, case({"main.py": before}, error(rule, message)))["main.py"] == after


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (NO_SPARSE, "from mine import OneHotEncoder\nx = OneHotEncoder(sparse=False)\n"),
        (NO_SPARSE, SKLEARN + "x = OneHotEncoder(sparse=False, sparse_output=True)\n"),
        (NO_SPARSE, SKLEARN + "x = OneHotEncoder(**options)\n"),
        ("fit() got an unexpected keyword argument 'sparse'", SKLEARN + "x = OneHotEncoder(sparse=False)\n"),
        (NO_PENALTY, "from sklearn.linear_model import LogisticRegression\nx = LogisticRegression(penalty=kind)\n"),
        (NO_STYLE, "import plt\nplt.style.use('seaborn-whitegrid')\n"),
    ],
)  # fmt: skip
def test_what_is_not_that_library_or_not_written_there_is_left_alone(message: str, code: str) -> None:
    assert renamed_parameters.fix(case({"main.py": code}, error("TypeError", message))) is None


def test_methods_that_objects_do_not_have_any_more() -> None:
    code = "from sklearn.feature_extraction.text import CountVectorizer\nx = v.get_feature_names()[:3]\n"
    gone = error("AttributeError", "'CountVectorizer' object has no attribute 'get_feature_names'")
    after = cured(removed_members.fix, case({"main.py": code, "own.py": "x = v.get_feature_names()\n"}, gone))
    assert after["main.py"].endswith("x = list(v.get_feature_names_out())[:3]\n")
    assert after["own.py"] == "x = v.get_feature_names()\n"


def test_the_vectors_of_a_model() -> None:
    code = "from gensim.models import Word2Vec\nm = Word2Vec(w)\nm.save_word2vec_format(p)\nv.save_word2vec_format(p)\n"
    gone = error("AttributeError", "'Word2Vec' object has no attribute 'save_word2vec_format'")
    after = cured(removed_members.fix, case({"main.py": code}, gone))
    assert after["main.py"].endswith("\nm.wv.save_word2vec_format(p)\nv.save_word2vec_format(p)\n")


def test_nodes_of_a_graph() -> None:
    code = "import networkx as nx\ng.node[1]['x'] = tree.node\n"
    gone = error("AttributeError", "'Graph' object has no attribute 'node'")
    after = cured(removed_members.fix, case({"main.py": code}, gone))
    assert after["main.py"] == "import networkx as nx\ng.nodes[1]['x'] = tree.node\n"
    own = error("AttributeError", "'Tree' object has no attribute 'node'")
    assert removed_members.fix(case({"main.py": code}, own)) is None


@pytest.mark.parametrize(
    ("message", "before", "after"),
    [
        ("module 'matplotlib.cm' has no attribute 'get_cmap'",
         "import matplotlib.pyplot as plt\nfrom matplotlib import cm\nx = plt.cm.get_cmap('a', 3), cm.get_cmap('b')\n",
         "import matplotlib.pyplot as plt\nfrom matplotlib import cm\nx = plt.get_cmap('a', 3), plt.get_cmap('b')\n"),
        ("cannot import name 'get_cmap' from 'matplotlib.cm'", "from matplotlib.cm import get_cmap\n",
         "from matplotlib.pyplot import get_cmap\n"),
        ("Module 'scipy' has no attribute 'sqrt'",
         "import scipy as sp\nimport numpy as np\nx = sp.sqrt(-1), sp.mean(y), sp.randn(3)\n",
         "import scipy as sp\nimport numpy as np\nx = np.lib.scimath.sqrt(-1), np.mean(y), np.random.randn(3)\n"),
        ("cannot import name 'pinv2' from 'scipy.linalg'", "from scipy.linalg import pinv2\n",
         "from scipy.linalg import pinv as pinv2\n"),
        ("No module named 'scipy.ndimage.filters'", "from scipy.ndimage.filters import gaussian_filter\n",
         "from scipy.ndimage import gaussian_filter\n"),
    ],
)  # fmt: skip
def test_names_that_moved(message: str, before: str, after: str) -> None:
    assert cured(removed_names, case({"main.py": before}, error("AttributeError", message)))["main.py"] == after


def test_what_scikit_learn_changed_together_is_changed_together() -> None:
    code = SKLEARN + "from sklearn import ensemble as e\nfrom sklearn.manifold import TSNE\n"
    old = "x = OneHotEncoder(sparse=0), e.BaggingClassifier(base_estimator=b), TSNE(n_iter=9)\n"
    old += "y = e.RandomForestRegressor(criterion='mse', max_features='auto')\n"
    after = cured(renamed_parameters.fix, case({"main.py": code + old}, error("TypeError", NO_SPARSE)))["main.py"]
    assert after == code + (
        "x = OneHotEncoder(sparse_output=0), e.BaggingClassifier(estimator=b), TSNE(n_iter=9)\n"
        'y = e.RandomForestRegressor(criterion="squared_error", max_features=1.0)\n'
    )
