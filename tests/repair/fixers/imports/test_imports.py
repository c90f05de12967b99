from __future__ import annotations

from p2c.executor.report import Finding
from p2c.repair.fixers.imports import missing_imports, missing_init, paths
from tests.repair.fixers.making import case, cured, error

MODEL = "class Net:\n    pass\n"
NO_SRC = error("ModuleNotFoundError", "No module named 'src'")
RELATIVE = error("ImportError", "attempted relative import with no known parent package")


def undefined(name: str, path: str = "main.py") -> Finding:
    return Finding("lint", "F821", f"Undefined name `{name}`", path, 1)


def test_src_imports_without_a_src_folder_lose_it_everywhere() -> None:
    files = {
        "main.py": "from src.model import Net  # the model\nimport src.data as d\nfrom src import data, model as m\n",
        "model.py": "from src.data import load\n" + MODEL,
        "data.py": "def load(): ...\n",
    }
    after = cured(paths.fix, case(files, NO_SRC))
    assert after["main.py"] == "from model import Net  # the model\nimport data as d\nimport data, model as m\n"
    assert after["model.py"] == "from data import load\n" + MODEL


def test_modules_in_a_folder_get_its_name() -> None:
    files = {"main.py": "from model import (\n    Net,\n)\n", "src/model.py": MODEL, "src/__init__.py": ""}
    broken = case(files, error("ModuleNotFoundError", "No module named 'model'"))
    assert cured(paths.fix, broken)["main.py"] == "from src.model import (\n    Net,\n)\n"


def test_the_folder_of_the_script_that_is_run_is_where_imports_start() -> None:
    files = {"src/main.py": "from src.model import Net\n", "src/model.py": MODEL}
    broken = case(files, NO_SRC, smoke="python src/main.py --epochs 1")
    assert cured(paths.fix, broken)["src/main.py"] == "from model import Net\n"


def test_an_import_of_what_the_module_does_not_have_stays() -> None:
    files = {"main.py": "from src.model import Network\n", "model.py": MODEL}
    assert paths.fix(case(files, NO_SRC)) is None


def test_two_modules_that_could_be_meant_are_left_alone() -> None:
    files = {"main.py": "from model import Net\n", "a/model.py": MODEL, "b/model.py": MODEL}
    assert paths.fix(case(files, error("ModuleNotFoundError", "No module named 'model'"))) is None


def test_a_missing_package_is_no_matter_of_layout() -> None:
    files = {"main.py": "import numpy as np\nfrom src.model import Net\n", "src/model.py": MODEL}
    assert paths.fix(case(files, error("ModuleNotFoundError", "No module named 'numpy'"))) is None


def test_relative_imports_without_a_package_become_absolute() -> None:
    files = {"main.py": "from .model import Net\nfrom . import data\n", "model.py": MODEL, "data.py": "X = 1\n"}
    assert cured(paths.fix, case(files, RELATIVE))["main.py"] == "from model import Net\nimport data\n"


def test_relative_imports_inside_a_package_stay() -> None:
    files = {
        "main.py": "from .pkg.model import Net\n",
        "pkg/__init__.py": "from .model import Net\n",
        "pkg/model.py": "from .data import X\n" + MODEL,
        "pkg/data.py": "X = 1\n",
    }
    after = cured(paths.fix, case(files, RELATIVE))
    assert after["main.py"] == "from pkg.model import Net\n"
    assert after["pkg/__init__.py"] == "from .model import Net\n"
    assert after["pkg/model.py"].startswith("from .data")


def test_a_relative_import_beyond_the_top_becomes_absolute() -> None:
    files = {"main.py": "import models.net\n", "models/net.py": "from ..data import X\n", "data.py": "X = 1\n"}
    broken = case(files, error("ImportError", "attempted relative import beyond top-level package"))
    assert cured(paths.fix, broken)["models/net.py"] == "from data import X\n"


def test_a_folder_without_init_gets_one_that_offers_what_is_imported() -> None:
    files = {"main.py": "from models import Net\n", "models/net.py": MODEL, "models/other.py": "Y = 2\n"}
    broken = case(files, error("ImportError", "cannot import name 'Net' from 'models' (unknown location)"))
    assert cured(missing_init.fix, broken)["models/__init__.py"] == "from .net import Net\n"


def test_a_folder_that_an_installed_package_hides_gets_an_empty_init() -> None:
    files = {"main.py": "from datasets.toy import load\n", "datasets/toy.py": "def load(): ...\n"}
    broken = case(files, error("ModuleNotFoundError", "No module named 'datasets.toy'"))
    assert cured(missing_init.fix, broken)["datasets/__init__.py"] == ""


def test_a_name_defined_twice_is_offered_by_nobody() -> None:
    files = {"main.py": "from models import Net\n", "models/a.py": MODEL, "models/b.py": MODEL}
    broken = case(files, error("ImportError", "cannot import name 'Net' from 'models' (unknown location)"))
    assert missing_init.fix(broken) is None


def test_usual_aliases_and_the_standard_library_are_imported_after_the_docstring() -> None:
    code = '"""Doc."""\nfrom __future__ import annotations\n\nimport sys\n\nx: List[int] = [np.pi, os.sep, Path(".")]\n'
    broken = case({"main.py": code}, *(undefined(name) for name in ("np", "os", "Path", "List")))
    assert cured(missing_imports.fix, broken)["main.py"] == code.replace(
        "import sys\n",
        "from typing import List\nfrom pathlib import Path\nimport numpy as np\nimport os\nimport sys\n",
    )


def test_a_file_without_imports_gets_them_below_its_docstring() -> None:
    broken = case({"main.py": '"""Doc."""\nprint(math.pi)\n'}, error("NameError", "name 'math' is not defined"))
    assert cured(missing_imports.fix, broken)["main.py"] == '"""Doc."""\n\nimport math\nprint(math.pi)\n'


def test_aliases_of_torch_only_where_torch_is_used() -> None:
    code = "y = F.relu(x)\n"
    assert missing_imports.fix(case({"main.py": code}, undefined("F"))) is None
    both = case({"main.py": code, "model.py": "import torch\n"}, undefined("F"))
    assert cured(missing_imports.fix, both)["main.py"] == "import torch.nn.functional as F\n\n\n" + code


def test_a_module_used_as_something_else_is_not_imported() -> None:
    broken = case({"main.py": "start = time()\n"}, undefined("time"))
    assert missing_imports.fix(broken) is None


def test_datetime_is_the_class_or_the_module_as_it_is_read() -> None:
    as_class = case({"main.py": "print(datetime.now())\n"}, undefined("datetime"))
    assert cured(missing_imports.fix, as_class)["main.py"].startswith("from datetime import datetime\n")
    as_module = case({"main.py": "print(datetime.datetime.now())\n"}, undefined("datetime"))
    assert cured(missing_imports.fix, as_module)["main.py"].startswith("import datetime\n")
    as_both = case({"main.py": "print(datetime.datetime.now(), datetime.now())\n"}, undefined("datetime"))
    assert missing_imports.fix(as_both) is None


def test_a_name_that_one_own_module_defines_is_imported_unless_that_makes_a_circle() -> None:
    files = {"main.py": "net = Net()\n", "model.py": MODEL}
    assert cured(missing_imports.fix, case(files, undefined("Net")))["main.py"].startswith("from model import Net\n")
    circle = {"main.py": "net = Net()\n", "model.py": "import main\n" + MODEL}
    assert missing_imports.fix(case(circle, undefined("Net"))) is None


def test_an_unknown_name_is_not_guessed() -> None:
    assert missing_imports.fix(case({"main.py": "print(learning_rate)\n"}, undefined("learning_rate"))) is None
