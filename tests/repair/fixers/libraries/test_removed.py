"""What was tried against the real packages of today, kept as text: removed calls, members, options, places."""

# One case a line is easier to read than one wrapped over four.
# ruff: noqa: E501

from __future__ import annotations

import pytest

from p2c.executor.report import Finding, Frame
from p2c.repair.fixers.libraries import torch_load
from p2c.repair.fixers.libraries.fixers import keyword_only, removed_members, removed_names, removed_parameters
from tests.repair.fixers.making import case, cured, error

NP, PD, NX = "import numpy as np\n", "import pandas as pd\n", "import networkx as nx\n"
MPL = "import matplotlib.pyplot as plt\n"


@pytest.mark.parametrize(
    ("message", "before", "after"),
    [
        ("module 'numpy' has no attribute 'product'", NP + "x = np.product(a), np.Inf, np.asscalar(b[0] + 1), np.asfarray(c)\n",
         NP + "x = np.prod(a), np.inf, (b[0] + 1).item(), np.asarray(c, dtype=float)\n"),
        ("module 'numpy' has no attribute 'product'",
         NP + "import scipy.integrate as si\nimport collections\nx = np.product(a), si.simps(y, x=t), collections.Mapping\n",
         "import collections.abc\n" + NP + "import scipy.integrate as si\nimport collections\n"
         "x = np.prod(a), si.simpson(y, x=t), collections.abc.Mapping\n"),
        ("module 'numpy.random' has no attribute 'random_integers'",
         NP + "x = np.random.random_integers(1, n - 1), np.random.random_integers(6, size=3), np.random.random_integers(a, b)\n",
         NP + "x = np.random.randint(1, n), np.random.randint(1, 7, size=3), np.random.randint(a, b + 1)\n"),
        ("cannot import name 'binom_test' from 'scipy.stats'", "from scipy.stats import binom_test, norm\np = binom_test(3, 10)\n",
         "from scipy.stats import binomtest\nfrom scipy.stats import norm\np = binomtest(3, 10).pvalue\n"),
        ("cannot import name 'plot_confusion_matrix' from 'sklearn.metrics'",
         "from sklearn.metrics import plot_confusion_matrix\nplot_confusion_matrix(m, x, y, cmap='Blues')\n",
         "from sklearn.metrics import ConfusionMatrixDisplay\nConfusionMatrixDisplay.from_estimator(m, x, y, cmap='Blues')\n"),
        ("module 'networkx' has no attribute 'from_numpy_matrix'",
         NX + "g = nx.from_numpy_matrix(a)\nb = max(nx.connected_component_subgraphs(g), key=len)\n",
         NX + "g = nx.from_numpy_array(a)\nb = max((g.subgraph(c).copy() for c in nx.connected_components(g)), key=len)\n"),
        ("module 'pandas' has no attribute 'Int64Index'", PD + "i = pd.Int64Index([1])\n", PD + 'i = pd.Index([1], dtype="int64")\n'),
        ("No module named 'sklearn.linear_model.base'", "from sklearn.linear_model.base import LinearRegression\n",
         "from sklearn.linear_model import LinearRegression\n"),
        ("No module named 'jax.config'", "from jax.config import config\nimport jax\nt = jax.tree_map(f, x)\n",
         "from jax import config\nimport jax\nt = jax.tree_util.tree_map(f, x)\n"),
        ("No module named 'torch._six'", "from torch._six import string_classes, inf\n", "string_classes = (str, bytes)\nfrom math import inf\n"),
        ("cannot import name 'AdamW' from 'transformers'", "from transformers import AdamW\no = AdamW(m.parameters(), lr=5e-5)\n",
         "from torch.optim import AdamW\no = AdamW(m.parameters(), lr=5e-5, eps=1e-6, weight_decay=0.0)\n"),
    ],
)  # fmt: skip
def test_removed_names_and_calls_go_in_one_patch(message: str, before: str, after: str) -> None:
    assert cured(removed_names, case({"main.py": before}, error("AttributeError", message)))["main.py"] == after


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("module 'numpy' has no attribute 'asscalar'", NP + "f = np.asscalar\n"),
        ("module 'numpy' has no attribute 'asfarray'", NP + "f = np.asfarray(x, dtype=kind)\n"),
        ("cannot import name 'load_boston' from 'sklearn.datasets'", "from sklearn.datasets import load_boston\n"),
        ("No module named 'sklearn.linear_model.base'", "from sklearn.linear_model.base import _preprocess_data\n"),
        ("cannot import name 'AdamW' from 'transformers'",
         "from transformers import AdamW\no = AdamW(p, correct_bias=False)\n"),
        ("module 'networkx' has no attribute 'read_gpickle'", NX + "g = nx.read_gpickle('g.gpickle.gz')\n"),
        ("No module named 'numpy'", NP + "x = np.Inf\n"),
    ],
)  # fmt: skip
def test_what_would_mean_something_else_is_left_alone(message: str, code: str) -> None:
    assert removed_names(case({"main.py": code}, error("AttributeError", message))) is None


@pytest.mark.parametrize(
    ("message", "before", "after"),
    [
        ("'numpy.ndarray' object has no attribute 'ptp'", NP + "x = a.ptp(axis=0), b.tostring()\n", NP + "x = np.ptp(a, axis=0), b.tobytes()\n"),
        ("'Graph' object has no attribute 'add_path'", NX + "g.add_path([1, 2])\nn = g.nodes_iter()\n", NX + "nx.add_path(g, [1, 2])\nn = g.nodes()\n"),
        ("'FigureCanvasAgg' object has no attribute 'tostring_rgb'", MPL + NP + "x = fig.canvas.tostring_rgb()\n",
         MPL + NP + "x = np.asarray(fig.canvas.buffer_rgba())[..., :3].tobytes()\n"),
        ("'DataFrame' object has no attribute 'iteritems'", PD + "x = a.iteritems(), b.applymap(f), c.get_value(0, 'a')\n",
         PD + "x = a.items(), b.map(f), c.at[0, 'a']\n"),
        ("'Axes3D' object has no attribute 'w_xaxis'", MPL + "ax.w_xaxis.set_ticks([])\n", MPL + "ax.xaxis.set_ticks([])\n"),
    ],
)  # fmt: skip
def test_members_that_are_gone(message: str, before: str, after: str) -> None:
    broken = case({"main.py": before}, error("AttributeError", message, line=before.count("\n")))
    assert cured(removed_members.fix, broken)["main.py"] == after


def test_a_member_that_the_repository_has_itself_is_left_alone() -> None:
    code = NX + "class Net:\n    def nodes_iter(self):\n        return []\n\n\ng.add_path([1])\nNet().nodes_iter()\n"
    broken = case({"main.py": code}, error("AttributeError", "'Graph' object has no attribute 'add_path'", line=7))
    assert cured(removed_members.fix, broken)["main.py"] == code.replace("g.add_path([1])", "nx.add_path(g, [1])")


@pytest.mark.parametrize(
    ("message", "before", "after"),
    [
        ("StepLR.__init__() got an unexpected keyword argument 'verbose'",
         "from torch.optim.lr_scheduler import StepLR\ns = StepLR(o, 1, verbose=True)\n", "from torch.optim.lr_scheduler import StepLR\ns = StepLR(o, 1)\n"),
        ("NDFrame.fillna() got an unexpected keyword argument 'method'", PD + "x = a.fillna(method='ffill', limit=2), b.c.fillna(method='bfill')\n",
         PD + "x = a.ffill(limit=2), b.c.bfill()\n"),
        ("FigureBase.gca() got an unexpected keyword argument 'projection'", MPL + "a = plt.figure().gca(projection='3d'), plt.gca(projection='3d')\n",
         MPL + "a = plt.figure().add_subplot(projection='3d'), plt.subplot(projection='3d')\n"),
        ("read_csv() got an unexpected keyword argument 'squeeze'", PD + "x = pd.read_csv(p, squeeze=True, sep=';')\n", PD + "x = pd.read_csv(p, sep=';').squeeze(\"columns\")\n"),
        ("KMeans.__init__() got an unexpected keyword argument 'n_jobs'", "from sklearn.cluster import KMeans\nk = KMeans(n_jobs=2, n_clusters=3)\n",
         "from sklearn.cluster import KMeans\nk = KMeans(n_clusters=3)\n"),
    ],
)  # fmt: skip
def test_options_that_are_gone(message: str, before: str, after: str) -> None:
    assert (
        cured(removed_parameters.fix, case({"main.py": before}, error("TypeError", message, line=2)))["main.py"]
        == after
    )


def test_an_option_that_meant_something_is_left_alone() -> None:
    code = "from sklearn.linear_model import Ridge\nr = Ridge(normalize=True)\n"
    gone = error("TypeError", "Ridge.__init__() got an unexpected keyword argument 'normalize'", line=2)
    assert removed_parameters.fix(case({"main.py": code}, gone)) is None


@pytest.mark.parametrize(
    ("message", "before", "after"),
    [
        ("DataFrame.drop() takes from 1 to 2 positional arguments but 3 were given", PD + "x = a.drop('b', 1)\n", PD + "x = a.drop('b', axis=1)\n"),
        ("concat() takes 1 positional argument but 2 were given", PD + "x = pd.concat(a, 1), pd.read_csv(p, ';')\n", PD + "x = pd.concat(a, axis=1), pd.read_csv(p, sep=';')\n"),
        ("too many positional arguments", "from sklearn.metrics import confusion_matrix\nx = confusion_matrix(y, p, [0, 1])\n",
         "from sklearn.metrics import confusion_matrix\nx = confusion_matrix(y, p, labels=[0, 1])\n"),
        ("DataFrame.pivot() takes 1 positional argument but 4 were given", PD + "x = a.pivot('a', 'b', 'c')\ny = b.c.str.split(' ', 1)\n",
         PD + "x = a.pivot(index='a', columns='b', values='c')\ny = b.c.str.split(' ', n=1)\n"),
        ("simpson() takes 1 positional argument but 2 were given", "from scipy.integrate import simpson as simps\nx = simps(y, t)\n",
         "from scipy.integrate import simpson as simps\nx = simps(y, x=t)\n"),
    ],
)  # fmt: skip
def test_arguments_by_name(message: str, before: str, after: str) -> None:
    assert cured(keyword_only.fix, case({"main.py": before}, error("TypeError", message, line=2)))["main.py"] == after


@pytest.mark.parametrize(
    "code",
    [
        "from mine import concat\nconcat(a, 1)\n",
        PD + "pd.concat(*both)\n",
        "from scipy.integrate import simpson\nx = simpson(*both)\n",
    ],
)
def test_places_of_other_functions_are_left_alone(code: str) -> None:
    wrong = error("TypeError", "concat() takes 1 positional argument but 2 were given", line=2)
    assert keyword_only.fix(case({"main.py": code}, wrong)) is None


SAVES = "import torch\n\n\ndef run(model, path):\n    torch.save(model, path)\n    return torch.load(path, map_location='cpu')\n"
REFUSED = Finding(
    "smoke", "UnpicklingError", "Weights only load failed. ...", "main.py", 6, frames=(Frame("main.py", 6, "run"),)
)


def test_what_the_program_saved_it_may_load() -> None:
    after = cured(torch_load.fix, case({"main.py": SAVES}, REFUSED))["main.py"]
    assert "torch.load(path, map_location='cpu', weights_only=False)" in after


@pytest.mark.parametrize(
    "files",
    [
        {"main.py": SAVES.replace("torch.save(model, path)", "print(model)")},
        {"main.py": SAVES.replace("torch.load(path", "torch.load(given")},
        {"main.py": SAVES.replace("map_location='cpu'", "weights_only=True")},
        {"main.py": SAVES.replace("path,", "'m.pt',").replace(", path)", ", 'm.pt')"), "m.pt": "x"},
    ],
    ids=["saves nothing", "another path", "said on purpose", "came with the repository"],
)
def test_what_somebody_else_made_stays_refused(files: dict[str, str]) -> None:
    assert torch_load.fix(case(files, REFUSED)) is None
