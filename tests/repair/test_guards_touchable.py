"""What a patch may touch is a white list; tests follow the code and nothing else; what stood before is nobody's doing."""

# One case a line is easier to read than one wrapped over four.
# ruff: noqa: E501

from __future__ import annotations

from dataclasses import replace

import pytest

from p2c.repair.case import Case
from p2c.repair.guards import NAMES, Scope, inspect
from p2c.repair.loop import try_patch
from p2c.repair.patch import Patch, diff_repos
from p2c.repo import Repo
from p2c.run_contract import Function, Interface
from tests.repair.study import CONTRACT, REPO, SCOPE, changed
from tests.repair.test_loop_cheats import BROKEN, GREEN, AcceptancePolicy

TEST = "tests/test_all.py"
BASE = REPO.with_files({
    "setup.py": "from setuptools import setup\n\nsetup(name='study', install_requires=['numpy'])\n",
    "setup.cfg": "[metadata]\nname = study\n\n[options]\ninstall_requires =\n    numpy\n",
    "environment.yml": "name: study\nchannels: [conda-forge]\ndependencies:\n  - numpy\n  - pip:\n    - pyyaml\n",
})  # fmt: skip


def guards(before: Repo, files: dict[str, str | None], scope: Scope = SCOPE) -> set[str]:
    return {refusal.guard for refusal in inspect(before, before.with_files(files), scope)}


REFUSED = [
    ("tests", "tests/conftest.py", "import sys\n"),
    ("tests", "tests/helpers.py", "def sigmoid(x):\n    return 0.5\n"),
    ("tests", "tests/data.json", "{}"),
    ("tests", "tests/test_new.py", "import model\n\nmodel.sigmoid = lambda x: 0.5\n\n\ndef test():\n    assert True\n"),
    ("tests", "tests/test_new.py", "import pytest\n\n\n@pytest.fixture(autouse=True)\ndef all():\n    yield\n"),
    ("tests", "tests/test_new.py", "pytest_plugins = ['plugin']\n"),
    ("configuration", "tox.ini", "[tox]\n"), ("configuration", ".coveragerc", "[run]\n"), ("configuration", "Ruff.toml", "x = 1\n"),
    ("configuration", "pyproject.toml", REPO.files["pyproject.toml"] + "\n[tool.black]\nline-length = 1\n"),
    ("build", "pyproject.toml", REPO.files["pyproject.toml"] + "\n[build-system]\nrequires = ['x']\n"),
    ("build", "pyproject.toml", REPO.files["pyproject.toml"] + "\n[project.scripts]\nstudy = 'x:y'\n"),
    ("build", "setup.py", "from setuptools import setup\nimport os\nsetup(name='study', install_requires=['numpy'])\n"),
    ("build", "setup.cfg", "[metadata]\nname = other\n\n[options]\ninstall_requires =\n    numpy\n"),
    ("build", "noxfile.py", ""), ("build", "Makefile", "all:\n\ttrue\n"), ("build", "Dockerfile", "FROM x\n"),
    ("start-up", "usercustomize.py", "x = 1\n"), ("start-up", "lib/evil.pth", "import os\n"), ("start-up", ".python-version", "3.12\n"),
    ("automation", ".gitlab-ci.yml", "x: 1\n"), ("automation", ".gitattributes", "* x\n"), ("automation", ".gitmodules", "[submodule]\n"),
    ("automation", ".gitignore", "*.py\n"), ("automation", ".vscode/tasks.json", "{}\n"), ("automation", ".idea/x.xml", "<x/>\n"),
    ("automation", ".pre-commit-config.yaml", "repos: []\n"), ("automation", ".github/x.yml", "x\n"),
    ("automation", "data/.gitkeep", "x\n"), ("automation", "azure-pipelines.yml", "x: 1\n"),
    ("files", "tool", "x\n"), ("files", "typings/numpy.pyi", "x: int\n"), ("files", "poetry.lock", "x\n"), ("files", "a.so", "x\n"),
    ("requirements", "requirements.txt", "numpy\npyyaml\n--find-links https://x.example\n"),
    ("requirements", "requirements.txt", "numpy\npyyaml\ngit+https://x.example/a.git\n"),
    ("requirements", "requirements.txt", "numpy\npyyaml\na @ https://x.example/a.whl\n"),
    ("requirements", "requirements/dev.txt", "-r ../requirements.txt\n"), ("requirements", "requirements.txt", "numpy\npyyaml\n./vendor/a\n"),
    ("requirements", "pyproject.toml", '[project]\nname = "study"\nversion = "0"\ndependencies = ["a @ https://x.example/a.whl"]\n\n[tool.ruff]\nline-length = 100\n'),
    ("requirements", "environment.yml", "name: study\nchannels: [x]\ndependencies:\n  - numpy\n  - pip:\n    - pyyaml\n"),
    ("requirements", "environment.yml", "name: study\nchannels: [conda-forge]\ndependencies:\n  - x::numpy\n  - pip:\n    - pyyaml\n"),
    ("requirements", "setup.py", "from setuptools import setup\n\nsetup(name='study', install_requires=['a @ https://x.example/a.whl'])\n"),
    ("constants", "data/results.json", '{"accuracy": 0.97}\n'), ("constants", "outputs/losses.txt", "0.1\n0.05\n"),
]  # fmt: skip
TOUCHED = [
    ("requirements.txt", "numpy>=1.26,<2  # as it was\npyyaml\nscipy[all]==1.11; python_version < '3.12'\n"),
    ("requirements/dev.txt", "pytest\n"), ("constraints.txt", "numpy<2\n"),
    ("pyproject.toml", '[project]\nname = "study"\nversion = "0"\ndependencies = ["numpy<2"]\nrequires-python = ">=3.10"\n\n[tool.ruff]\nline-length = 100\n'),
    ("setup.py", "from setuptools import setup\n\nsetup(name='study', install_requires=['numpy<2', 'pyyaml'], python_requires='>=3.9')\n"),
    ("setup.cfg", "[metadata]\nname = study\n\n[options]\ninstall_requires =\n    numpy<2\n    pyyaml\n"),
    ("environment.yml", "name: study\nchannels: [conda-forge]\ndependencies:\n  - numpy=1.26\n  - pip:\n    - pyyaml>=6\n"),
    ("configs/big.yml", "epochs: 3\n"), ("settings.ini", "[run]\nlr = 0.1\n"), ("params.json", '{"lr": 0.1}\n'),
    ("README.md", "# Study\n"), ("docs/usage.rst", "Usage\n"), ("NOTES", "x\n"),
    ("vocabulary.txt", "a\nb\n"), ("data/toy.csv", "a,b\n1,2\n"), ("outputs/.gitkeep", ""),
    ("tests/test_new.py", "import pytest\n\nfrom model import sigmoid\n\n\n@pytest.fixture\ndef x():\n    return 0.0\n\n\ndef test(x):\n    assert sigmoid(x) == 0.5\n"),
    ("tests/__init__.py", ""),
]  # fmt: skip


@pytest.mark.parametrize(("guard", "path", "text"), REFUSED, ids=[f"{c[1]} {n}" for n, c in enumerate(REFUSED)])
def test_what_is_not_on_the_list_is_refused_and_may_be_allowed(guard: str, path: str, text: str) -> None:
    assert guard in guards(BASE, {path: text})
    assert guard not in guards(BASE, {path: text}, replace(SCOPE, allow=frozenset({guard})))


@pytest.mark.parametrize(("path", "text"), TOUCHED, ids=[case[0] for case in TOUCHED])
def test_what_is_on_the_list_passes(path: str, text: str) -> None:
    assert guards(BASE, {path: text}) == set()


def test_what_stood_in_a_requirements_file_is_no_reason() -> None:
    before = BASE.with_files({"requirements.txt": "--extra-index-url https://x.example\n-e .\nnumpy\n"})
    text = before.files["requirements.txt"]
    assert guards(before, {"requirements.txt": f"{text}scipy\n"}) == set()
    assert guards(before, {"requirements.txt": f"{text}--pre\n"}) == {"requirements"}


def test_a_back_end_of_the_repositorys_own_is_for_a_person() -> None:
    told = '[build-system]\nrequires = []\nbuild-backend = "making"\nbackend-path = ["back"]\n'
    before = REPO.with_files({"pyproject.toml": told, "back/making.py": "x = 1\n", "other.py": "x = 1\n"})
    assert guards(before, {"back/making.py": "x = 2\n"}) == {"build"}
    assert guards(before, {"other.py": "x = 2\n"}) == set()


OLD = {
    "stats.py": "class Box:\n    def __init__(self, values):\n        self.values = values\n\n    def spread(self, weight=1.0):\n"
                "        return weight * (max(self.values) - min(self.values))\n\n\ndef mean(values):\n    return sum(values) / len(values)\n\n\n"
                "def describe(values):\n    return {'middle': mean(values), 'count': len(values)}\n",
    "test_stats.py": "from stats import average, describe\n\nfrom stats import Box\n\n\ndef test_mean():\n    assert average([1, 3]) == 2\n\n\n"
                     "def test_describe():\n    found = describe([1, 3])\n    assert found['centre'] == 2\n    assert found['count'] == 2\n\n\n"
                     "def test_box():\n    assert Box([1, 3]).spread(scale=2.0) == 4\n    assert Box([1], 3).values == [1]\n",
}  # fmt: skip
FOLLOWING = [
    ("name", [("average", "mean")]), ("key", [("'centre'", "'middle'")]), ("keyword", [("scale=", "weight=")]),
    ("call", [("Box([1], 3)", "Box([1])")]),
    ("all", [("average", "mean"), ("'centre'", "'middle'"), ("scale=", "weight="), ("Box([1], 3)", "Box([1])")]),
]  # fmt: skip
NOT_FOLLOWING = [
    ("value", [("== 4", "== 5")]), ("a key that is there", [("'count'", "'middle'")]), ("a name that is there", [("describe([", "mean([")]),
    ("no such key", [("'centre'", "'center'")]), ("no such name", [("average", "median")]), ("no such keyword", [("scale=", "factor=")]),
    ("a call that fits", [("describe([1, 3])", "describe([1, 3], 2)")]), ("name and value", [("average([1, 3]) == 2", "mean([1, 3]) == 2.0")]),
    ("a definition of its own", [("from stats import average, describe\n", "from stats import describe\n\n\ndef average(values):\n    return 2\n")]),
    ("an assertion fewer", [("    assert found['centre'] == 2\n", "")]),
    ("a local name", [("assert found['count']", "assert mean['count']")]), ("commented out", [("    assert average", "    # assert average")]),
]  # fmt: skip


def edited(text: str, edits: list[tuple[str, str]]) -> str:
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("edits", [case[1] for case in FOLLOWING], ids=[case[0] for case in FOLLOWING])
def test_a_test_that_contradicts_the_code_may_follow_it(edits: list[tuple[str, str]]) -> None:
    assert guards(Repo(OLD), {"test_stats.py": edited(OLD["test_stats.py"], edits)}, Scope()) == set()


@pytest.mark.parametrize("edits", [case[1] for case in NOT_FOLLOWING], ids=[case[0] for case in NOT_FOLLOWING])
def test_and_nothing_else(edits: list[tuple[str, str]]) -> None:
    assert "tests" in guards(Repo(OLD), {"test_stats.py": edited(OLD["test_stats.py"], edits)}, Scope())


def test_a_rename_may_not_bring_a_body_that_knows_the_answer() -> None:
    code = OLD["stats.py"].replace(
        "def mean(values):\n    return sum(values) / len(values)",
        "def middle(values):\n    return [2, 2][len(values) - 2]",
    )
    before = Repo({**OLD, "test_stats.py": OLD["test_stats.py"].replace("average", "mean")})
    test = before.files["test_stats.py"].replace("mean", "middle").replace("test_middle", "test_mean")
    assert "tests" in guards(before, {"stats.py": code.replace("mean(", "middle("), "test_stats.py": test}, Scope())
    honest = OLD["stats.py"].replace("mean", "middle")
    assert guards(before, {"stats.py": honest, "test_stats.py": test}, Scope()) == set()


NEED_A_PERSON = [
    ("tests", changed((TEST, "from evaluation import evaluate", "import evaluation"), (TEST, "assert evaluate(", "assert evaluation.evaluate("))),
    ("tests", REPO.with_files({TEST: None, "tests/unit/test_all.py": REPO.files[TEST]})),
    ("tests", changed((TEST, "[0.2, 0.5, 0.8]", "[0.2, 0.5, 0.8, 0.9]"))),
    ("configuration", REPO.with_files({"pytest.ini": "[pytest]\npythonpath = .\n"})),
]  # fmt: skip


@pytest.mark.parametrize(("guard", "after"), NEED_A_PERSON)
def test_what_may_be_honest_and_is_a_persons_to_allow(guard: str, after: Repo) -> None:
    assert {refusal.guard for refusal in inspect(REPO, after, SCOPE)} == {guard}
    assert inspect(REPO, after, replace(SCOPE, allow=frozenset({guard}))) == []


STOOD = "import json\nimport time\n\ntime.sleep = print\n\n\ndef version():\n    return 2\n\n\ndef load(path):\n    if False:\n        print(path)\n    try:\n        return json.load(open(path))\n" \
    "    except Exception:\n        return None\n    return 1\n    print(1)\n\n\ndef run(model):\n    score = max(load(model), 0.5)\n    options = {'epochs': 0, 'lr': 0.1}\n    for item in []:\n        print(item)\n    return score * options['lr']\n"  # fmt: skip
IN_PASSING = [
    ("'lr': 0.1", "'lr': 0.2"), ("open(path)", "open(path, encoding='utf-8')"), ("        print(path)\n", "        print(path)\n        print(1)\n"),
    ("        return None", "        return {}"), ("= print", "= repr"), ("print(item)", "print(item, 1)"),
    ("score * options", "score + options"), ("    return 2", "    return 2  # as released"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), IN_PASSING)
def test_what_stood_there_before_is_no_reason(old: str, new: str) -> None:
    before = Repo({"old.py": STOOD})
    scope = Scope(promises={"old.py": Interface(functions=(Function("version"), Function("load", ("path",))))})
    assert guards(before, {"old.py": edited(STOOD, [(old, new)])}, scope) == set()
    assert guards(Repo({"old.py": ""}), {"old.py": STOOD}, scope)


HONEST_ONCE_REFUSED = [
    ("np.float in a print", Repo({"main.py": "import numpy as np\n\nprint(np.float(3))\n"}), {"main.py": "import numpy as np\n\nprint(float(3))\n"}),
    ("a constant times nought", Repo({"a.py": "import math\n\nx = 1\n"}), {"a.py": "import math\n\nx = 0.0 * math.sqrt(2.0)\n"}),
    ("a test that is called right", Repo({"a.py": "def add(x, y):\n    return x + y\n", "test_a.py": "from a import add\n\n\ndef test():\n    assert add(1) == 3\n"}),
     {"test_a.py": "from a import add\n\n\ndef test():\n    assert add(1, 2) == 3\n"}),
    ("a re-export", Repo({"pkg/__init__.py": "", "pkg/a.py": "x = 1\n"}), {"pkg/__init__.py": "from pkg.a import x  # noqa: F401\n"}),
    ("failures of threads are loud", Repo({"a.py": "import os\nimport threading\n"}),
     {"a.py": "import os\nimport threading\n\n\ndef fail(args):\n    print(args.exc_value)\n    os._exit(1)\n\n\nthreading.excepthook = fail\n"}),
]  # fmt: skip
THEIR_COUNTERPARTS = [
    ("nothing is run", Repo({"main.py": "import study\n\nstudy.run(3)\n"}), {"main.py": "import study\n\nprint(3)\n"}),
    ("a result times nought", Repo({"a.py": "import math\n\nx = 1\n"}), {"a.py": "import math\n\nx = 0.0 * math.sqrt(read())\n"}),
    ("another check silenced", Repo({"pkg/__init__.py": "", "pkg/a.py": "x = 1\n"}), {"pkg/a.py": "import os  # noqa: F401\n\nx = 1\n"}),
    ("failures of threads are silent", Repo({"a.py": "import os\nimport threading\n"}),
     {"a.py": "import os\nimport threading\n\n\ndef fail(args):\n    print(args.exc_value)\n\n\nthreading.excepthook = fail\n"}),
]  # fmt: skip
SMOKE = Scope(contract=replace(CONTRACT, smoke=("python main.py",)))


@pytest.mark.parametrize(
    ("before", "files"), [c[1:] for c in HONEST_ONCE_REFUSED], ids=[c[0] for c in HONEST_ONCE_REFUSED]
)
def test_honest_patches_that_were_refused_pass(before: Repo, files: dict[str, str | None]) -> None:
    assert guards(before, files, SMOKE) == set()


@pytest.mark.parametrize(
    ("before", "files"), [c[1:] for c in THEIR_COUNTERPARTS], ids=[c[0] for c in THEIR_COUNTERPARTS]
)
def test_and_what_looks_like_them_does_not(before: Repo, files: dict[str, str | None]) -> None:
    assert guards(before, files, SMOKE)


@pytest.mark.parametrize(("author", "verdict"), [("fixer:era", "kept"), ("debugger", "rejected")])
def test_a_rule_of_p2cs_own_is_not_refused(author: str, verdict: str) -> None:
    after = REPO.with_files({"setup.py": "from setuptools import setup\n\nsetup()\n", ".python-version": "3.11\n"})
    patch = Patch(diff_repos(REPO, after), "as it was", author)
    trial = try_patch(patch, Case(REPO, BROKEN, CONTRACT), AcceptancePolicy(check=lambda _: GREEN, scope=SCOPE))
    assert trial.attempt.verdict == verdict


def test_but_a_rule_that_loses_a_test_is_a_mistake() -> None:
    for old, new in (("    assert sigmoid(0.0) == 0.5\n", ""), ("def test_evaluate", "def check_evaluate")):
        patch = Patch(diff_repos(REPO, changed((TEST, old, new))), "tidied", "fixer:lint")
        trial = try_patch(patch, Case(REPO, BROKEN, CONTRACT), AcceptancePolicy(check=lambda _: GREEN, scope=SCOPE))
        assert trial.attempt.verdict == "rejected"


def test_the_command_line_knows_the_same_names() -> None:
    from click.testing import CliRunner

    from p2c.cli import cli

    runner = CliRunner()
    told = runner.invoke(cli, ["repair", "--help"]).output
    assert all(name in told for name in NAMES)
    wrong = runner.invoke(cli, ["repair", ".", "--allow", "every"])
    assert wrong.exit_code == 2 and all(name in wrong.output for name in NAMES)
