from __future__ import annotations

import ast

import pytest
import yaml

from p2c.executor.report import Finding, Frame
from p2c.repair.fixers.configuration import yaml_numbers
from p2c.repair.fixers.libraries.fixers import removed_names
from p2c.repair.fixers.runtime import headless_plots, output_folders
from p2c.repair.fixers.source import encoding, markdown_fences, python2, ruff_fixes
from tests.repair.fixers.making import case, cured, error

CODE = "import math\n\n\ndef area(r):\n    return math.pi * r ** 2\n"


def unreadable(path: str = "main.py", message: str = "invalid syntax") -> Finding:
    return Finding("compile", "SyntaxError", message, path, 1)


NUMPY_2 = error("AttributeError", "`np.float_` was removed in the NumPy 2.0 release. Use `np.float64` instead.")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = np.zeros(3, dtype=np.float_)", "x = np.zeros(3, dtype=np.float64)"),
        ("x = np.where(a, np.NINF, b)", "x = np.where(a, -np.inf, b)"),
        ("x = np.NINF ** 2", "x = (-np.inf) ** 2"),
        ("x = np.trapz(y, t)  # area", "x = np.trapezoid(y, t)  # area"),
        ("x = [np.bool8, np.complex_, np.int]", "x = [np.bool_, np.complex128, int]"),
        ("x = np.float_name", "x = np.float_name"),
    ],
)
def test_names_that_numpy_removed(before: str, after: str) -> None:
    broken = case({"main.py": f"import numpy as np\nq = np.float_(1)\n{before}\n"}, NUMPY_2)
    assert cured(removed_names, broken)["main.py"] == f"import numpy as np\nq = np.float64(1)\n{after}\n"


def test_numpy_1_names_do_not_bring_what_only_numpy_2_has() -> None:
    message = "module 'numpy' has no attribute 'float'.\n`np.float` was a deprecated alias for the builtin `float`."
    broken = case({"main.py": "import numpy as np\nx = np.float(np.trapz([1]))\n"}, error("AttributeError", message))
    assert cured(removed_names, broken)["main.py"] == "import numpy as np\nx = float(np.trapz([1]))\n"


def test_a_builtin_that_the_file_rebinds_is_not_used() -> None:
    message = "module 'numpy' has no attribute 'float'"
    broken = case({"main.py": "import numpy as np\nfloat = 3\nx = np.float(1)\n"}, error("AttributeError", message))
    assert removed_names(broken) is None


def test_an_alias_that_is_something_else_here_is_left_alone() -> None:
    broken = case({"main.py": "import numpy as np\n\n\ndef f(np):\n    return np.float_\n"}, NUMPY_2)
    assert removed_names(broken) is None


@pytest.mark.parametrize(
    ("message", "before", "after"),
    [
        (
            "cannot import name 'Mapping' from 'collections' (/usr/lib/python3.11/collections/__init__.py)",
            "from collections import Mapping, OrderedDict\n",
            "from collections import OrderedDict\nfrom collections.abc import Mapping\n",
        ),
        (
            "module 'collections' has no attribute 'Iterable'",
            "import collections\nx = collections.Iterable\n",
            "import collections.abc\nimport collections\nx = collections.abc.Iterable\n",
        ),
        (
            "cannot import name 'cumtrapz' from 'scipy.integrate' (site-packages/scipy/integrate/__init__.py)",
            "from scipy.integrate import cumtrapz\nx = cumtrapz([1])\n",
            "from scipy.integrate import cumulative_trapezoid as cumtrapz\nx = cumtrapz([1])\n",
        ),
        (
            "No module named 'sklearn.cross_validation'",
            "from sklearn.cross_validation import train_test_split\n",
            "from sklearn.model_selection import train_test_split\n",
        ),
        (
            "cannot import name 'joblib' from 'sklearn.externals' (site-packages/sklearn/externals/__init__.py)",
            "from sklearn.externals import joblib\n",
            "import joblib\n",
        ),
        (
            "module 'PIL.Image' has no attribute 'ANTIALIAS'",
            "from PIL import Image\nx = Image.ANTIALIAS\n",
            "from PIL import Image\nx = Image.LANCZOS\n",
        ),
        ("module 'time' has no attribute 'clock'", "import time\nt = time.clock()\n",
         "import time\nt = time.perf_counter()\n"),
        ("module 'numpy' has no attribute 'math'", "import numpy as np\nx = np.math.sqrt(2)\n",
         "import math\nimport numpy as np\nx = math.sqrt(2)\n"),
    ],
)  # fmt: skip
def test_names_and_modules_that_moved(message: str, before: str, after: str) -> None:
    broken = case({"main.py": before}, error("AttributeError", message))
    assert cured(removed_names, broken)["main.py"] == after


def test_removed_names_need_a_finding() -> None:
    broken = case(
        {"main.py": "import numpy as np\nx = np.float_\n"}, error("ValueError", "bad float_ and np.float_ too")
    )
    assert removed_names(broken) is None


TEXT_NUMBER = error("TypeError", "can't multiply sequence by non-int of type 'float'")


def test_numbers_that_yaml_reads_as_text() -> None:
    text = "lr: 1e-4  # 1e-4 of the paper\nbetas: [9e-1, 1E3, .5e-2]\nname: 1e-4b\nkeep: '1e-4'\nfine: 1.0e-4\n2e5: x\n"
    after = cured(yaml_numbers.fix, case({"config.yaml": text}, TEXT_NUMBER))["config.yaml"]
    read = yaml.safe_load(after)
    assert (read["lr"], read["betas"]) == (1e-4, [0.9, 1000.0, 0.005])
    assert (read["name"], read["keep"], read["2e5"]) == ("1e-4b", "1e-4", "x")
    assert "# 1e-4 of the paper" in after and "fine: 1.0e-4\n" in after


def test_yaml_stays_without_a_finding_about_text() -> None:
    assert yaml_numbers.fix(case({"config.yaml": "lr: 1e-4\n"}, error("KeyError", "'lr'"))) is None


@pytest.mark.parametrize(
    "text",
    [
        f"```python\n{CODE}```\n",
        f"Here is the file:\n\n```python\n{CODE}```\n\nIt computes the area.\n",
        f"```python\n{CODE}",
        f"{CODE}```\n",
        f"Here is the complete code for the module.\n\n{CODE}",
        f"{CODE}\nThis implementation follows the paper and uses the usual formula.\n",
    ],
)
def test_fences_and_prose_around_code(text: str) -> None:
    assert cured(markdown_fences.fix, case({"main.py": text}, unreadable()))["main.py"].strip() == CODE.strip()


@pytest.mark.parametrize(
    "text", ["def f(:\n    pass\n", "```python\nx = 1\n```\n```python\ny = 2\n```\n", "def area(r):\n    return (r\n"]
)
def test_what_is_no_matter_of_fences_is_left_alone(text: str) -> None:
    assert markdown_fences.fix(case({"main.py": text}, unreadable())) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1\0\n", "x = 1\n"),
        ("\ufeff\ufeffx = 1\n", "x = 1\n"),
        ("x = \u201chello\u201d  # \u201cquoted\u201d\n", 'x = "hello"  # "quoted"\n'),
        ("s = '\u201cstays\u201d'\ny =\u00a01\n", "s = '\u201cstays\u201d'\ny = 1\n"),
        ("# caf\udce9\nx = 1\n", "# caf\u00e9\nx = 1\n"),
        ("if True:\n\tx = 1\n        y = 2\n", "if True:\n        x = 1\n        y = 2\n"),
    ],
)
def test_characters_that_source_cannot_hold(text: str, expected: str) -> None:
    after = cured(encoding.fix, case({"main.py": text}, unreadable()))["main.py"]
    assert after == expected
    ast.parse(after)


def test_readable_files_keep_their_characters() -> None:
    assert encoding.fix(case({"main.py": "s = '\u201cquoted\u201d \u00a0'\n"}, unreadable())) is None


def missing_folder(line: int, code: str, message: str = "[Errno 2] No such file or directory: 'out/m.json'") -> Finding:
    frames = (Frame("main.py", line, "main", code),)
    return Finding("smoke", "FileNotFoundError", message, "main.py", line, frames=frames)


@pytest.mark.parametrize(
    ("code", "line", "path"),
    [
        ("import json\nwith open('out/m.json', 'w') as f:\n    json.dump({}, f)\n", 2, "'out/m.json'"),
        ("import os\nplt.savefig(os.path.join(folder, 'a.png'))\n", 2, "os.path.join(folder, 'a.png')"),
        ("from pathlib import Path\nt = Path('out/m.json')\nt.write_text('x')\n", 3, "t"),
        ("import torch\ntorch.save(model, path)\n", 2, "path"),
        ("import numpy as np\nif True:\n    np.save(cfg['out'], x)\n", 3, "cfg['out']"),
    ],
)
def test_a_missing_output_folder_is_made_before_writing(code: str, line: int, path: str) -> None:
    after = cured(output_folders.fix, case({"main.py": code}, missing_folder(line, code.split("\n")[line - 1])))[
        "main.py"
    ]
    made = f'os.makedirs(os.path.dirname({path}) or ".", exist_ok=True)'
    lines = after.split("\n")
    at = next(number for number, text in enumerate(lines) if text.strip() == made)
    assert lines[at + 1] == code.split("\n")[line - 1]
    assert "import os" in lines
    ast.parse(after)


@pytest.mark.parametrize(
    "code",
    ["with open('data/in.csv') as f:\n    pass\n", "with open(next(names), 'w') as f:\n    pass\n",
     "x = read('data/in.csv')\n"],
)  # fmt: skip
def test_reading_and_paths_that_cannot_be_evaluated_twice_are_left_alone(code: str) -> None:
    assert output_folders.fix(case({"main.py": code}, missing_folder(1, code.split("\n")[0]))) is None


def test_an_interactive_back_end_becomes_agg() -> None:
    code = "import matplotlib\nmatplotlib.use('TkAgg')\nimport matplotlib.pyplot as plt\nplt.switch_backend('svg')\n"
    message = "Cannot load backend 'TkAgg' which requires the 'tk' interactive framework, as 'headless' is running"
    after = cured(headless_plots.fix, case({"main.py": code}, error("ImportError", message)))["main.py"]
    assert after == code.replace("'TkAgg'", '"Agg"')


def test_back_ends_stay_without_a_finding() -> None:
    code = "import matplotlib\nmatplotlib.use('TkAgg')\n"
    assert headless_plots.fix(case({"main.py": code}, error("ImportError", "no such thing"))) is None


def test_ruffs_safe_fixes_are_applied_for_gating_rules_only() -> None:
    code = "import os\n\nx = 'a'\nprint(x is 'a')\n"
    gating = Finding("lint", "F632", "Use `==` to compare constant literals", "main.py", 4)
    after = cured(ruff_fixes.fix, case({"main.py": code}, gating))["main.py"]
    assert after == code.replace("x is 'a'", "x == 'a'")
    advice = Finding("lint", "F401", "`os` imported but unused", "main.py", 1, gates=False)
    assert ruff_fixes.fix(case({"main.py": code}, advice)) is None


def test_python_2_is_written_as_python_3() -> None:
    code = (
        "import sys\n\n\ndef f(n):\n    for i in xrange(n):\n        print 'a', i,\n    print\n"
        "    print >>sys.stderr, 'done'  # told\n    try:\n        raise ValueError, 'no'\n"
        "    except (ValueError, KeyError), e:\n        print('kept')\n    if n <> 1: print \"x: %d\" % n\n"
        "    return {1: 2}.iteritems()\n"
    )
    after = cured(python2.fix, case({"main.py": code}, unreadable(message="Missing parentheses in call to 'print'")))
    assert after["main.py"] == (
        "import sys\n\n\ndef f(n):\n    for i in range(n):\n        print('a', i, end=\" \")\n    print()\n"
        "    print('done', file=sys.stderr)  # told\n    try:\n        raise ValueError('no')\n"
        "    except (ValueError, KeyError) as e:\n        print('kept')\n    if n != 1: print(\"x: %d\" % n)\n"
        "    return {1: 2}.items()\n"
    )


def test_a_python_2_name_in_python_3_code() -> None:
    finding = Finding("lint", "F821", "Undefined name `xrange`", "main.py", 1)
    assert cured(python2.fix, case({"main.py": "y = list(xrange(3))\n"}, finding)) == {
        "main.py": "y = list(range(3))\n"
    }
    own = case({"main.py": "def xrange(n): ...\ny = xrange(3)\n"}, finding)
    assert python2.fix(own) is None


def test_a_lone_triple_quote_at_the_end_or_the_start_is_taken_out() -> None:
    code = 'def f():\n    """Say it."""\n    return 1\n'
    for text in (f'{code}"""\n', f'"""\n{code}', f"{code}'''\n"):
        assert cured(markdown_fences.fix, case({"main.py": text}, unreadable())) == {"main.py": code}
    cut = 'def f():\n    """Say it\n'
    assert cured(markdown_fences.fix, case({"main.py": cut}, unreadable())) == {}
