"""Rows of the tables at work: every name and module, and an instance of each other form, with what is left alone."""

# One case a line is easier to read than one wrapped over four.
# ruff: noqa: E501

from __future__ import annotations

import ast

import pytest

from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import dotted_name, imported_names
from p2c.repair.fixers.libraries.changes import LibraryChange, changes
from p2c.repair.fixers.libraries.fixers import (
    keyword_only,
    removed_members,
    removed_names,
    removed_parameters,
    renamed_parameters,
)
from p2c.repair.patch import Patch
from tests.repair.fixers.making import case, cured, error


def first(made: Case) -> Patch | None:
    """The first patch that a fixer over the tables has."""
    fixers = (removed_names, renamed_parameters.fix, removed_members.fix, removed_parameters.fix, keyword_only.fix)
    return next((patch for fix in fixers if (patch := fix(made)) is not None), None)


def after(message: str, code: str) -> str:
    broken = case({"main.py": code}, error("Error", message, line=code.count("\n")))
    return cured(first, broken).get("main.py", code)


def names(*kinds: str) -> list[LibraryChange]:
    return [row for row in changes(*kinds) if row.new and not row.new.startswith(("-", "builtins."))]


@pytest.mark.parametrize("row", names("name"), ids=lambda row: row.old)
def test_a_name_is_written_as_its_successor(row: LibraryChange) -> None:
    module, _, name = row.old.rpartition(".")
    text = after(f"module '{module}' has no attribute '{name}'", f"import {module}\nx = {row.old}\n")
    tree = ast.parse(text)
    written = tree.body[-1]
    assert isinstance(written, ast.Assign)
    assert dotted_name(written.value, imported_names(tree)) == row.new
    own = f"from mine import {module.partition('.')[0]}\nx = {row.old}\n"
    assert after(f"module '{module}' has no attribute '{name}'", own) == own


@pytest.mark.parametrize("row", names("module"), ids=lambda row: row.old)
def test_a_module_is_imported_from_where_it_is(row: LibraryChange) -> None:
    text = after(f"No module named '{row.old}'", f"from {row.old} import thing\n")
    assert text == f"from {row.new} import thing\n"
    own = f"from .{row.old} import thing\n"
    assert after(f"No module named '{row.old}'", own) == own


NP, PD, NX, PLT = (
    "import numpy as np\n",
    "import pandas as pd\n",
    "import networkx as nx\n",
    "import matplotlib.pyplot as plt\n",
)
TF, KERAS = "import tensorflow as tf\n", "import keras\n"


def unknown(name: str, function: str = "f") -> str:
    return f"{function}() got an unexpected keyword argument '{name}'"


def missing(owner: str, name: str) -> str:
    return f"'{owner}' object has no attribute '{name}'"


@pytest.mark.parametrize(
    ("message", "imports", "before", "expected"),
    [
        ("module 'numpy' has no attribute 'fastCopyAndTranspose'", NP, "np.fastCopyAndTranspose(a + b)", "(a + b).T.copy()"),
        ("module 'numpy' has no attribute 'sctype2char'", NP, "np.sctype2char(t)", "np.dtype(t).char"),
        (missing("numpy.ndarray", "newbyteorder"), NP, "a.newbyteorder('<')", "a.view(a.dtype.newbyteorder('<'))"),
        ("Unable to avoid copy while creating an array as requested.", NP, "np.array(a, copy=False, dtype=t)", "np.asarray(a, dtype=t)"),
        ("module 'scipy.stats' has no attribute 'chisqprob'", "import scipy.stats as st\n", "st.chisqprob(x, df=3)", "st.chi2.sf(x, 3)"),
        ("module 'pandas' has no attribute 'rolling_kurt'", PD, "pd.rolling_kurt(a, 5)", "a.rolling(5).kurt()"),
        ("module 'pandas' has no attribute 'ewma'", PD, "pd.ewma(a.b, span=20)", "a.b.ewm(min_periods=0, span=20).mean()"),
        ("module 'pandas' has no attribute 'TimeGrouper'", PD, "pd.TimeGrouper('D')", "pd.Grouper(freq='D')"),
        ("type object 'DataFrame' has no attribute 'from_csv'", PD, "pd.DataFrame.from_csv(p)", "pd.read_csv(p, index_col=0, parse_dates=True)"),
        ("type object 'DataFrame' has no attribute 'from_items'", PD, "pd.DataFrame.from_items(r)", "pd.DataFrame.from_dict(dict(r))"),
        (missing("DataFrame", "sort"), PD, "df.sort(['a'], ascending=False)", "df.sort_values(['a'], ascending=False)"),
        (missing("Series", "order"), PD, "s.order(ascending=False)", "s.sort_values(axis=0, ascending=False)"),
        (missing("DataFrame", "sortlevel"), PD, "df.sortlevel(0)", "df.sort_index(level=0)"),
        (missing("DataFrame", "irow"), PD, "df.irow(3)", "df.iloc[3]"),
        (missing("DataFrame", "icol"), PD, "df.icol(3)", "df.iloc[:, 3]"),
        (missing("Series", "nonzero"), PD, "df.a.nonzero()[0]", "df.a.to_numpy().nonzero()[0]"),
        (missing("Series", "mad"), PD, "s.mad()", "(s - s.mean()).abs().mean()"),
        (missing("MultiIndex", "labels"), PD, "i.labels[0]", "i.codes[0]"),
        (missing("DatetimeProperties", "weekday_name"), PD, "df.d.dt.weekday_name", "df.d.dt.day_name()"),
        (unknown("sheetname", "read_excel"), PD, "pd.read_excel(p, sheetname='a')", "pd.read_excel(p, sheet_name='a')"),
        (unknown("rows", "pivot_table"), PD, "df.pivot_table('v', rows='a')", "df.pivot_table('v', index='a')"),
        (unknown("how", "resample"), PD, "s.resample('D', how='mean')", "s.resample('D').mean()"),
        (unknown("take_last", "drop_duplicates"), PD, "df.drop_duplicates(take_last=True)", 'df.drop_duplicates(keep="last")'),
        (unknown("na_sentinel", "factorize"), PD, "pd.factorize(a, na_sentinel=-1)", "pd.factorize(a)"),
        (unknown("closed", "date_range"), PD, "pd.date_range(a, b, closed='left')", "pd.date_range(a, b, inclusive='left')"),
        ("Inclusive has to be either string of 'both','left', 'right', or 'neither'.", PD, "s.between(1, 2, inclusive=False)", 's.between(1, 2, inclusive="neither")'),
        (unknown("labels", "MultiIndex.__new__"), PD, "pd.MultiIndex(levels=a, labels=b)", "pd.MultiIndex(levels=a, codes=b)"),
        ("Invalid frequency: M. Failed to parse", PD, "pd.date_range(a, freq='M', name='M'), s.resample('M', on='A')", "pd.date_range(a, freq=\"ME\", name='M'), s.resample(\"ME\", on='A')"),
        (missing("GaussianNB", "sigma_"), "import sklearn\n", "m.sigma_", "m.var_"),
        (missing("RandomForestRegressor", "base_estimator_"), "import sklearn\n", "m.base_estimator_", "m.estimator_"),
        (unknown("fit_params", "cross_val_score"), "from sklearn.model_selection import cross_val_score\n", "cross_val_score(m, x, fit_params=p)", "cross_val_score(m, x, params=p)"),
        (unknown("n_iter", "BayesianRidge.__init__"), "from sklearn.linear_model import BayesianRidge\n", "BayesianRidge(n_iter=9)", "BayesianRidge(max_iter=9)"),
        (unknown("squared", "mean_squared_error"), "from sklearn import metrics\n", "metrics.mean_squared_error(y, p, squared=False)", "metrics.root_mean_squared_error(y, p)"),
        ("module 'matplotlib.mlab' has no attribute 'normpdf'", "from scipy import stats\nimport matplotlib.mlab as mlab\n", "mlab.normpdf(x, m, s)", "stats.norm.pdf(x, m, s)"),
        ("module 'matplotlib.cm' has no attribute 'register_cmap'", "import matplotlib\nfrom matplotlib import cm\n", "cm.register_cmap('a', c)", "matplotlib.colormaps.register(c, name='a', force=True)"),
        (missing("Axes", "set_color_cycle"), PLT, "ax.set_color_cycle(['r'])", "ax.set_prop_cycle(color=['r'])"),
        (missing("AxesSubplot", "is_first_col"), PLT, "ax.is_first_col()", "ax.get_subplotspec().is_first_col()"),
        (missing("FigureCanvasAgg", "set_window_title"), PLT, "f.canvas.set_window_title('a')", "f.canvas.manager.set_window_title('a')"),
        (missing("Colorbar", "set_clim"), PLT, "bar.set_clim(0, 1)", "bar.mappable.set_clim(0, 1)"),
        ("barh() missing 1 required positional argument: 'y'", PLT, "plt.barh(bottom=p, width=w)", "plt.barh(y=p, width=w)"),
        ("annotate() missing 1 required positional argument: 'text'", PLT, "ax.annotate(s='a', xy=p)", "ax.annotate(text='a', xy=p)"),
        (unknown("warn", "use"), "import matplotlib\n", "matplotlib.use('Agg', warn=False)", "matplotlib.use('Agg')"),
        (unknown("normed", "QuadMesh.set"), PLT, "ax.hist2d(x, y, normed=True)", "ax.hist2d(x, y, density=True)"),
        ("module 'networkx' has no attribute 'graph_clique_number'", NX, "nx.graph_clique_number(g)", "max(len(c) for c in nx.find_cliques(g))"),
        ("module 'networkx' has no attribute 'to_pandas_dataframe'", NX, "nx.to_pandas_dataframe(g, n)", "nx.to_pandas_adjacency(g, nodelist=n)"),
        (missing("Graph", "fresh_copy"), NX, "g.fresh_copy()", "g.__class__()"),
        (missing("DiGraph", "edge"), NX, "g.edge[a][b]", "g.adj[a][b]"),
        (missing("FreeTypeFont", "getsize"), "from PIL import ImageFont\n", "font.getsize(t)", "(lambda box: (box[2] - box[0], box[3]))(font.getbbox(t))"),
        ("The vocab attribute was removed from KeyedVector in Gensim 4.0.0.", "import gensim\n", "[w for w in m.wv.vocab if w in k.vocab]", "[w for w in m.wv.key_to_index if w in k.key_to_index]"),
        ("The index2word attribute has been replaced by index_to_key since Gensim 4.0.0.", "import gensim\n", "m.wv.index2word[:9]", "m.wv.index_to_key[:9]"),
        ("module 'cgi' has no attribute 'escape'", "import html\nimport cgi\n", "cgi.escape(s)", "html.escape(s, quote=False)"),
        ("Population must be a sequence.  For dicts or sets, use sorted(d).", "import random\n", "random.sample(set(a), 3)", "random.sample(tuple(set(a)), 3)"),
        ("load() missing 1 required positional argument: 'Loader'", "import yaml\n", "yaml.load(open(p))", "yaml.safe_load(open(p))"),
        (missing("xml.etree.ElementTree.Element", "getchildren"), "import xml.etree.ElementTree as ET\n", "node.getchildren()[0]", "list(node)[0]"),
        (missing("ElementTree", "getiterator"), "import xml.etree.ElementTree as ET\n", "t.getiterator('a')", "list(t.iter('a'))"),
        (missing("ConfigParser", "readfp"), "import configparser\n", "c.readfp(f)", "c.read_file(f)"),
        (missing("TestModel", "assertEquals"), "import unittest\n", "self.assertEquals(a, b)", "self.assertEqual(a, b)"),
        (unknown("encoding", "JSONDecoder.__init__"), "import json\n", "json.loads(t, encoding='utf-8')", "json.loads(t)"),
        (unknown("loop", "sleep"), "import asyncio\n", "asyncio.sleep(1, loop=loop)", "asyncio.sleep(1)"),
        ("invalid mode: 'rU'", "import csv\n", "open(p, 'rU')", 'open(p, "r")'),
        (unknown("range", "make_grid"), "from torchvision.utils import save_image\n", "save_image(x, p, range=(0, 1))", "save_image(x, p, value_range=(0, 1))"),
        (unknown("evaluation_strategy", "TrainingArguments.__init__"), "from transformers import TrainingArguments\n", "TrainingArguments('o', evaluation_strategy='epoch')", "TrainingArguments('o', eval_strategy='epoch')"),
        (unknown("tokenizer", "Trainer.__init__"), "from transformers import Trainer\n", "Trainer(model=m, tokenizer=t)", "Trainer(model=m, processing_class=t)"),
        (unknown("use_auth_token", "BertModel.__init__"), "from transformers import AutoModel\n", "AutoModel.from_pretrained(n, use_auth_token=t)", "AutoModel.from_pretrained(n, token=t)"),
        (missing("Sequential", "fit_generator"), KERAS, "m.fit_generator(g, 10, epochs=3)", "m.fit(g, steps_per_epoch=10, epochs=3)"),
        (missing("Functional", "predict_generator"), TF, "m.predict_generator(g, steps=3)", "m.predict(g, steps=3)"),
        (unknown("nb_epoch", "TensorFlowTrainer.fit"), KERAS, "m.fit(x, y, nb_epoch=3)", "m.fit(x, y, epochs=3)"),
        ("Argument(s) not recognized: {'lr': 0.1}", KERAS, "keras.optimizers.Adam(lr=0.1)", "keras.optimizers.Adam(learning_rate=0.1)"),
        ("Got an unexpected keyword argument 'keep_dims'", TF, "tf.reduce_sum(x, 1, keep_dims=True)", "tf.reduce_sum(x, 1, keepdims=True)"),
        ("module 'tensorflow' has no attribute 'to_float'", TF, "tf.to_float(x)", 'tf.cast(x, "float32")'),
        ("module 'tensorflow' has no attribute 'multinomial'", TF, "tf.multinomial(x, 1)", "tf.random.categorical(x, 1)"),
        (missing("Dataset", "value"), "import h5py\n", "f['a'].value", "f['a'][()]"),
        ("The keyword `fps` is no longer supported. Use `duration`(in ms) instead", "import imageio\n", "imageio.mimsave(p, x, fps=5)", "imageio.mimsave(p, x, duration=1000 / (5))"),
        ("[E941] Can't find model 'en'. It looks like you're trying to load a model from a shortcut", "import spacy\n", "spacy.load('en')", 'spacy.load("en_core_web_sm")'),
    ],
)  # fmt: skip
def test_what_a_library_changed(message: str, imports: str, before: str, expected: str) -> None:
    assert after(message, f"{imports}x = {before}\n") == f"{imports}x = {expected}\n"
    other = f"{imports}x = {before}\n"
    assert after("'Thing' object has no attribute 'other'", other) == other, "without its message nothing is changed"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("Unable to avoid copy while creating an array as requested.", NP + "x = np.array(a, copy=False, ndmin=2)\n"),
        ("Unable to avoid copy while creating an array as requested.", NP + "x = mine.array(a, copy=False)\n"),
        (missing("numpy.ndarray", "newbyteorder"), NP + "x = make().newbyteorder()\n"),
        (missing("DataFrame", "sort"), PD + "x = names.sort()\n"),
        (missing("list", "sort"), PD + "x = names.sort('a')\n"),
        (missing("DataFrame", "mad"), PD + "x = df.mad()\n"),
        (missing("Series", "mad"), PD + "x = s.mad(axis=1)\n"),
        (unknown("how", "resample"), PD + "x = s.resample('D', how=combine)\n"),
        (unknown("how", "resample"), PD + "x = s.resample('D', how='mean', fill_method='pad')\n"),
        (unknown("closed", "date_range"), PD + "x = pd.date_range(a, closed=side)\n"),
        ("Invalid frequency: M. Failed to parse", PD + "x = df['M'].to_period('M'), pd.Grouper(key='M')\n"),
        (unknown("squared", "mean_squared_error"), "from mine import mean_squared_error\nx = mean_squared_error(y, p, squared=False)\n"),
        (unknown("squared", "mean_squared_error"), "from sklearn.metrics import mean_squared_error\nx = mean_squared_error(y, p, squared=flag)\n"),
        (missing("Tree", "edge"), NX + "x = tree.edge[0]\n"),
        (missing("Graph", "edge"), NX + "x = g.edge(0)\n"),
        ("module 'networkx' has no attribute 'graph_clique_number'", NX + "x = nx.graph_clique_number(g, cliques=c)\n"),
        (missing("FreeTypeFont", "getsize"), "import os\nx = os.path.getsize(p)\n"),
        (missing("FreeTypeFont", "getsize"), "import PIL\nx = font.getsize(t, stroke_width=2)\n"),
        ("The vocab attribute was removed from KeyedVector in Gensim 4.0.0.", "import gensim\nx = m.wv.vocab[w].count\n"),
        ("module 'cgi' has no attribute 'escape'", "import cgi\nx = cgi.escape(s, quote=True)\n"),
        ("Population must be a sequence.", "from mine import random\nx = random.sample(a, 3)\n"),
        ("load() missing 1 required positional argument: 'Loader'", "import json as yaml\nx = yaml.load(f)\n"),
        ("load() missing 1 required positional argument: 'Loader'", "import yaml\nx = yaml.load(f, Loader=yaml.FullLoader)\n"),
        (missing("lxml.etree._Element", "getchildren"), "import xml.dom\nx = node.getchildren()\n"),
        (unknown("encoding", "JSONDecoder.__init__"), "import json\nimport pickle\nx = pickle.load(f, encoding='latin1'), own.load(f, encoding='a')\n"),
        (unknown("loop", "sleep"), "import asyncio\nx = player.sleep(1, loop=True)\n"),
        ("invalid mode: 'rU'", "from mine import open\nx = open(p, 'rU'), f('rU')\n"),
        ("invalid mode: 'rU'", "def open(*given): ...\nx = open(p, 'rU')\n"),
        (unknown("tokenizer", "Trainer.__init__"), "from mine import Trainer\nx = Trainer(tokenizer=t)\n"),
        (unknown("lr", "Adam.__init__"), "from torch.optim import Adam\nx = Adam(p, lr=1)\n"),
        (missing("Sequential", "fit_generator"), "from mine import Sequential\nx = m.fit_generator(g, workers=2)\n"),
        (missing("Batch", "value"), "import h5py\nx = f['a'].value\n"),
        (unknown("fps", "mimsave"), "import imageio\nx = writer(p, fps=5)\n"),
        ("[E050] Can't find model 'en_core_web_lg'.", "import spacy\nx = spacy.load('en')\n"),
    ],
)  # fmt: skip
def test_what_is_something_else_stays(message: str, code: str) -> None:
    assert after(message, code) == code


def test_a_row_that_is_meant_on_its_line_stays_elsewhere() -> None:
    code = "import imageio\nimageio.mimsave('a.mp4', x, fps=5)\nimageio.mimsave('a.gif', x, fps=5)\n"
    text = after("The keyword `fps` is no longer supported. Use `duration`", code)
    assert text == code[: code.rindex("fps")] + "duration=1000 / (5))\n"


def test_a_function_comes_with_its_import_unless_its_name_is_taken() -> None:
    code = "from sklearn.metrics import mean_squared_error\nx = mean_squared_error(y, p, squared=False)\n"
    text = after(unknown("squared", "mean_squared_error"), code)
    assert text == "from sklearn.metrics import root_mean_squared_error\n" + code.replace(
        "x = mean_squared_error(y, p, squared=False)", "x = root_mean_squared_error(y, p)"
    )
    own = code + "def root_mean_squared_error(): ...\nx = mean_squared_error(y, p, squared=False)\n"
    assert after(unknown("squared", "mean_squared_error"), own) == own
