# ruff: noqa: E501
"""Programs that write their own verdict: each ends with 0 though nothing of it works, and none may be called `runs`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from p2c.errors import SandboxError
from p2c.executor.report import Report
from p2c.executor.runner import CheckRequest, run_checks
from p2c.journal import Journal
from p2c.repo import Repo
from p2c.run_contract import RunContract
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import Sandbox
from p2c.sandboxes.options import SandboxOptions
from tests.sandboxes.conftest import skip_without_engine

CONTRACT = RunContract(smoke=("python main.py",), timeout=30)
BASE = {
    "calc.py": "def add(a, b):\n    return a - b\n",
    "main.py": "from calc import add\n\nif __name__ == '__main__':\n    print(add(1, 2))\n",
    "tests/test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n",
    "requirements.txt": "",
}
GOOD = {**BASE, "calc.py": "def add(a, b):\n    return a + b\n"}
TAMPER = "import pathlib\nfor p in pathlib.Path('.').rglob('test_calc.py'):\n    p.write_text(p.read_text().replace('== 3', '== -1'))\n"
EXIT_FIRST = "import os\nos._exit(0)\nraise ValueError\n"
PLANT = (
    "import importlib.util, pathlib, marshal, sys\n"
    "src = pathlib.Path('calc.py'); st = src.stat()\n"
    "code = compile('def add(a, b):\\n    return a + b\\n', 'calc.py', 'exec')\n"
    "head = importlib.util.MAGIC_NUMBER + bytes(4) + int(st.st_mtime).to_bytes(4, 'little') + st.st_size.to_bytes(4, 'little')\n"
    "tag = sys.implementation.cache_tag\n"
    "for d in ('__pycache__', (sys.pycache_prefix or '/pycache') + str(src.resolve().parent)):\n"
    "    d = pathlib.Path(d)\n"
    "    try:\n"
    "        d.mkdir(parents=True, exist_ok=True); (d / f'calc.{tag}.pyc').write_bytes(head + marshal.dumps(code))\n"
    "    except OSError:\n"
    "        pass\n"
)
REPLACE_HELPERS = (
    "import glob, os\n"
    "for root in ('/scratch', os.path.dirname(os.getcwd()) + '/scratch'):\n"
    "    for place in glob.glob(root + '/**', recursive=True):\n"
    "        if os.path.isfile(place):\n"
    "            open(place, 'w').write('import sys; sys.exit(0)')\n"
)
WRAPPER = (
    "import pytest\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
    "    r = (yield).get_result()\n    r.outcome = 'passed'\n"
)
WRAPPER_INSIDE = (
    "import pytest\nclass P:\n    @pytest.hookimpl(hookwrapper=True, tryfirst=True)\n"
    "    def pytest_runtest_makereport(self, item, call):\n        call.excinfo = None\n        r = (yield).get_result()\n"
    "        r.outcome = 'passed'; r.longrepr = None\n"
    "def pytest_configure(config):\n    config.pluginmanager.register(P())\n"
)
NO_CALL = "def pytest_pyfunc_call(pyfuncitem):\n    return True\n"
EMPTY = "def pytest_collection_modifyitems(items):\n    del items[:]\n    \n"
FORGED_TESTS = (
    "import json, os\n"
    "line = json.dumps({'exit': 0, 'counts': {'passed': 7}, 'failures': [], 'tests': {'tests/test_calc.py::test_add': 'passed'}})\n"
    "for fd in range(3, 256):\n    try:\n        os.write(fd, line.encode() + b'\\n')\n    except OSError:\n        pass\nos._exit(0)\n"
)
HIDDEN = "def main():\n    raise ValueError('no')\n"
SMOKE = {
    "an exit at import": {"lib.py": EXIT_FIRST, "main.py": "import lib\nraise SystemExit(3)\n"},
    "the C library's exit": {
        "lib.py": "import ctypes\nctypes.CDLL(None)._exit(0)\n",
        "main.py": "import lib\nraise SystemExit(3)\n",
    },
    "sys.exit in an import": {"lib.py": "import sys\nsys.exit(0)\n", "main.py": "import lib\nraise SystemExit(3)\n"},
    "another program": {"main.py": "import os\nos.execv('/bin/true', ['true'])\n"},
    "another interpreter": {"main.py": "import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'pass'])\n"},
    "an exit hook over an exception": {
        "main.py": "import atexit, os\natexit.register(os._exit, 0)\nraise ValueError('x')\n"
    },
    "an exit hook that has another name for it": {
        "main.py": "import atexit, posix\nleave = getattr(posix, '_ex' + 'it')\natexit.register(leave, 0)\nraise ValueError(1)\n"
    },
    "a played shutdown": {
        "main.py": "import atexit, ctypes\natexit._run_exitfuncs()\nctypes.CDLL(None)._exit(0)\nraise ValueError\n"
    },
    "a shutdown from within": {"main.py": "import ctypes\nctypes.pythonapi.Py_Exit(0)\nraise ValueError\n"},
    "a daemon thread": {
        "main.py": "import threading, time\n"
        "def work():\n    time.sleep(2)\n    raise ValueError('x')\n"
        "threading.Thread(target=work, daemon=True).start()\n"
    },
    "a fork that goes on": {
        "main.py": "import os, time\nif os.fork() == 0:\n    time.sleep(9)\n    raise ValueError('x')\n"
    },
    "a fork whose child ends well": {
        "main.py": "import os, sys\nif os.fork() == 0:\n    sys.exit(0)\nos.wait()\nos._exit(0)\nraise ValueError\n"
    },
    "a process that goes on": {
        "main.py": "import subprocess, sys\nsubprocess.Popen([sys.executable, 'work.py'])\n",
        "work.py": "if __name__ == '__main__':\n    import time\n    time.sleep(9)\n    raise ValueError('x')\n",
    },
    "a hook over the exception": {
        "main.py": "import os, sys\nsys.excepthook = lambda *a: os._exit(0)\nraise ValueError('x')\n"
    },
    "an exit in a finalizer": {
        "main.py": "import os\nclass A:\n    def __del__(self):\n        os._exit(0)\na = A()\ndel a\nraise ValueError('x')\n"
    },
    "an exit in a thread": {
        "main.py": "import os, threading, time\nthreading.Thread(target=os._exit, args=(0,)).start()\ntime.sleep(5)\nraise ValueError\n"
    },
    "the one that watches is killed": {
        "main.py": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nraise ValueError('x')\n"
    },
    "a signal's handler": {
        "main.py": "import os, signal\nsignal.signal(signal.SIGALRM, lambda *a: os._exit(0))\nsignal.alarm(1)\n"
        "while True:\n    pass\n"
    },
}
TESTS = {
    "the run rewrites the test": {"main.py": TAMPER},
    "an import rewrites the test": {"calc.py": TAMPER + BASE["calc.py"]},
    "planted bytecode": {"main.py": PLANT},
    "replaced helpers": {"calc.py": REPLACE_HELPERS + BASE["calc.py"]},
    "outcomes forged, then out": {"tests/conftest.py": FORGED_TESTS},
    "a wrapper of reports": {"tests/conftest.py": WRAPPER},
    "a wrapper around the wrapper": {"tests/conftest.py": WRAPPER_INSIDE},
    "tests that are not called": {"tests/conftest.py": NO_CALL},
    "an exit in conftest": {"tests/conftest.py": "import os\nos._exit(0)\n"},
    "no test is left": {"tests/conftest.py": EMPTY, "tests/test_b.py": "def test_b():\n    assert True\n"},
    "another outcome at the end": {
        "conftest.py": "def pytest_sessionfinish(session):\n    session.exitstatus = 0\n    session.testsfailed = 0\n"
    },
    "assertions that do not assert": {"pytest.ini": "[pytest]\naddopts = -p no:cacheprovider --collect-only\n"},
    "the failing one is skipped by a hook": {
        "conftest.py": "import pytest\n@pytest.hookimpl(wrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
        "    r = yield\n    if r.failed:\n        r.outcome = 'skipped'; r.longrepr = ('x', 1, 'no')\n    return r\n",
        "tests/test_b.py": "def test_b():\n    assert True\n",
    },
    "only the other file": {
        "conftest.py": "def pytest_ignore_collect(collection_path):\n"
        "    return 'calc' in collection_path.name or None\n",
        "tests/test_b.py": "def test_b():\n    assert True\n",
    },
}


def judged(sandbox: Sandbox, files: dict[str, str], tests: bool) -> Report:
    skip = frozenset({"types", "lint"} | ({"test"} if not tests else set()))
    return run_checks(Repo(files), CheckRequest(CONTRACT, skip=skip), sandbox, Journal()).report


@pytest.fixture(scope="module", params=[pytest.param(name, marks=pytest.mark.sandbox) for name in ("local", "docker")])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    try:
        image = skip_without_engine() if request.param == "docker" else ""
        opened = open_sandbox(request.param, SandboxOptions(image=image))
    except SandboxError as error:
        pytest.skip(str(error))
    yield opened
    opened.close()


@pytest.mark.parametrize("tests", [False, True])
def test_honest_code_runs(sandbox: Sandbox, tests: bool) -> None:
    report = judged(sandbox, GOOD, tests)
    assert report.verdict == "runs" and not report.findings


def test_the_wrong_code_is_broken_where_nothing_is_forged(sandbox: Sandbox) -> None:
    assert judged(sandbox, BASE, tests=True).verdict == "broken"


@pytest.mark.parametrize("how", SMOKE)
def test_a_run_that_did_not_come_to_its_end_is_no_run(sandbox: Sandbox, how: str) -> None:
    files = {key: text for key, text in BASE.items() if not key.startswith("tests/")}
    report = judged(sandbox, {**files, **SMOKE[how]}, tests=False)
    assert report.verdict == "broken", [
        (result.name if hasattr(result, "name") else result) for result in report.results
    ]


@pytest.mark.parametrize("how", TESTS)
def test_tests_cannot_be_made_to_pass_from_beside(sandbox: Sandbox, how: str) -> None:
    report = judged(sandbox, {**BASE, **TESTS[how]}, tests=True)
    assert report.verdict != "runs", [(result.check, result.status, result.note) for result in report.results]
