"""A small repository and papers as people write them, for `mutations` to damage, and what parsers choke on."""

from __future__ import annotations

import json

MAIN = '''"""Train a small model."""

import argparse
import json
import os
from dataclasses import dataclass, field

import yaml

from model import mean


@dataclass
class Settings:
    rate: float = 1e-3
    names: list[str] = field(default_factory=list)


def load(path):
    with open(path) as stream:
        config = yaml.safe_load(stream)
    if config["model"]["kind"] == "linear":
        return config
    elif config["model"]["kind"] == "deep":
        raise ValueError(f"{path!r} is {config['model']['layers'][0]} deep")
    else:
        return {key: [value for value in values if value] for key, values in config.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default="configs/paper.yaml")
    parser.add_argument("--epochs", type=int, choices=[1, 10])
    args = parser.parse_args()
    config = load(args.config)
    try:
        total = sum(mean([1.0, 2.0, x]) * -config["training"]["decay"] for x in range(args.epochs or 3))
    except (KeyError, ValueError) as error:
        print("no:", error)
        total = 0.0 if not config else (lambda a, *b, **c: a ** 2)(3)
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"total": float(total)}, stream)


if __name__ == "__main__":
    main()
'''
PYPROJECT = """[build-system]
requires = ["setuptools>=61"]
build-backend = "setuptools.build_meta"

[project]
name = "study"
version = "0.1.0"
requires-python = ">=3.10"
dependencies = ["pyyaml>=6", "packaging>=23.1; python_version < '3.13'"]

[project.scripts]
study = "main:main"

[project.optional-dependencies]
test = ["pytest>=7", "pytest-cov"]

[tool.poetry.dependencies]
python = "^3.10"
numpy = {version = "^1.24", extras = ["blas"], optional = true}

[tool.poetry.group.dev.dependencies]
black = "*"

[tool.setuptools.dynamic]
dependencies = {file = ["requirements.txt"]}

[tool.uv]
dev-dependencies = ["ruff"]

[tool.p2c.run]
smoke = ["python main.py --epochs 1"]
timeout = 60
artifacts = ["outputs/metrics.json"]

[tool.p2c.check]
exclude = ["old/*.py"]

[tool.p2c.settings]
max_attempts = 3
"""
CONTRACT = """# How it is run
[run]
smoke = ["python main.py --config configs/paper.yaml --epochs 1"]
full = ["python main.py --config configs/paper.yaml"]
python = ">=3.10"
timeout = 300
artifacts = ["outputs/metrics.json"]
network = false
era = 2024-06-30

[check]
gate = ["install", "compile", "lint", "import", "smoke", "test"]
exclude = ["notebooks", "old/**/*.py"]

[settings]
max_cost = 1.5
max_attempts = 10
"""
REQUIREMENTS = """# what it needs
pyyaml>=6.0,<7  # for the configuration
packaging==23.2 ; python_version >= "3.8" \\
    --hash=sha256:8c491190033a9af7e1d931d0b5dacc2ef47509b34dd0de67ed209b5203fc88c7
-r more.txt
-e ./vendor/lib
git+https://example.org/a/b.git@v1#egg=b
--extra-index-url https://example.org/simple
docopt[extra]~=0.6
"""
ENVIRONMENT = """name: study
channels: [conda-forge, defaults]
shared: &shared
  - numpy=1.24
dependencies:
  - python>=3.10
  - pip
  - pytorch::pytorch=2.1=py310_0
  - pyyaml
  - pip:
      - docopt==0.6.2
      - -r requirements.txt
"""
SETUP_CFG = """[metadata]
name = study

[options]
python_requires = >=3.8
install_requires =
    pyyaml>=6
    packaging

[tool:pytest]
addopts = -q
"""
CONFIG = """# of the paper
defaults: &defaults
  rate: 1e-3  # paper: section 4
  decay: 0.1
model:
  kind: linear
  layers: [64, 32, {width: 16, act: "relu"}]
training:
  <<: *defaults
  epochs: 10
  started: 2024-01-01
  seeds: [1, 2, 0x1f, 1_000, 190:20:30]
text: |
  two
  lines
"""
NOTEBOOK = json.dumps(
    {
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": ["# Results\n", "of the study"]},
            {
                "cell_type": "code",
                "execution_count": 1,
                "metadata": {},
                "outputs": [{"output_type": "stream", "name": "stdout", "text": ["1\n"]}],
                "source": ["%matplotlib inline\n", "import json\n", "files = !ls\n", "print(1)"],
            },
            {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": "%%bash\nls"},
        ],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    },
    indent=1,
)
README = """# Study

Run it:

```bash
$ python main.py --config configs/paper.yaml \\
    --epochs 1
```

or `python3 main.py`, or

    bash run.sh  # all of it
"""
TEX = r"""\documentclass{article}
\usepackage{amsmath} % for equations
\newcommand{\rate}[2][x]{0.01 #1 #2}
\def\model{Linear}
\newif\ifdraft \drafttrue
\title{A study of \model{} models\thanks{To all.}}
\author{A. Person}
\begin{document}
\maketitle
\begin{abstract}We show that the rate of \rate{it} is enough for the model and the data.\end{abstract}
\section{Method}\label{sec:method}
The model is $y = \alpha x^{2}$ with 12.8% more of it. \ifdraft Draft. \else Final. \fi
\begin{equation} L = \sum_{i=1}^{n} \frac{1}{n} (y_i - \hat{y}_i)^2 \end{equation}
\begin{figure}\includegraphics{plot}\caption{The loss of the \textbf{model}.}\label{fig:a}\end{figure}
\subsection{Training}
\begin{verbatim}
python main.py % no comment
\end{verbatim}
\begin{tabular}{ll} a & 1 \\ b & \verb|2| \end{tabular}
\input{more}
\bibliography{refs}
\end{document}
"""
S2ORC = json.dumps(
    {
        "paper_id": "study",
        "title": "A study of linear models",
        "year": "2021",
        "abstract": "We show that the rate is enough for the model.",
        "pdf_parse": {
            "abstract": [{"text": "We show that the rate is enough.", "section": "Abstract"}],
            "body_text": [
                {
                    "text": "The model that we use is EQUATION and it is trained on all of the data in the set. " * 3,
                    "section": "Method",
                    "sec_num": "2.1",
                    "eq_spans": [{"start": 25, "end": 33, "latex": "y = ax", "eq_num": "(1)"}],
                },
                {"text": "6 Results", "section": "Results", "sec_num": None},
            ],
            "back_matter": [{"text": "Thanks.", "section": "Acknowledgement"}],
            "ref_entries": {
                "TABREF0": {
                    "text": "Table 1: Losses.",
                    "type_str": "table",
                    "content": "<table><tr><td>a</td><td>0.1</td></tr></table>",
                },
                "FIGREF0": {"text": "Figure 1: The loss.", "type_str": "figure", "fig_num": "1"},
            },
        },
    },
    indent=1,
)
MARKDOWN = """---
title: A study of linear models
date: 2021-05-03
---

## Abstract

We show that the rate is enough for the model and for all of the data that we have in the set.

## 2 Method

The model is $y = ax$ and it is trained with a rate of 0.01 for 10 epochs, as in [1].

![The loss](plot.png "The loss of the model")

Results
-------

| a | b |
|---|---|
| 1 | 2 |

## References

[1] A. Person. A book. 2020.
"""
REPOSITORY = {
    "main.py": MAIN,
    "model.py": "def mean(values):\n    return sum(values) / len(values)\n",
    "requirements.txt": "pyyaml>=6\n",
    "configs/paper.yaml": CONFIG,
    "README.md": README,
}
"""What every example has, but for the file that is damaged."""
PAPERS = {"paper.tex": TEX, "paper.json": S2ORC, "paper.md": MARKDOWN}
ORIGINALS = {
    "pyproject.toml": PYPROJECT,
    "p2c.toml": CONTRACT,
    "requirements.txt": REQUIREMENTS,
    "environment.yml": ENVIRONMENT,
    "setup.cfg": SETUP_CFG,
    "configs/paper.yaml": CONFIG,
    "study.ipynb": NOTEBOOK,
    "main.py": MAIN,
    "README.md": README,
    **PAPERS,
}
NASTY = [
    *"[ { ( - * & ! < > | ` ~ \\ / # % @ . , : ; = ' \" \t \r \0 \x1b \ufeff \u202e".split(" "),
    "\n",
    " ",
    "\udc80",
    "- ",
    "? ",
    "*a",
    "&a [*a]",
    "&a {<<: *a}",
    "<<: *defaults\n",
    "!!int ''",
    "!!timestamp x",
    "!!python/object:os.system x",
    "2001-13-45",
    "1:",
    "9",
    "0x" + "f" * 5000,
    "1e999",
    "nan",
    ".inf",
    "null",
    "true",
    "a.",
    "'''",
    '"""',
    "[[a]]\n",
    "[a]\n",
    "elif x:\n    pass\n",
    "else:\n if x:\n  ",
    "not ",
    "lambda: ",
    ".b",
    "()",
    "f'{",
    "a if b else ",
    "import main\n",
    "-r requirements.txt\n",
    "-r ../../etc/passwd\n",
    "\\a{",
    "\\def\\a#1{\\a{#1#1}}\\a{x}",
    "\\newcommand{\\a}{\\a\\a}\\a",
    "\\input{paper}",
    "\\begin{verbatim}",
    "\\iftrue",
    "}",
    "$",
    "<table>",
    "<![",
    "```\n",
    "`a=",
    "=" * 10 + "\n",
    "python main.py\n",
    "eval_a",
    " # paper: ",
]
