"""Programs that behave otherwise where they are watched, and those that have other reasons to ask."""

# One case a line is easier to read than one wrapped over four.
# ruff: noqa: E501

from __future__ import annotations

import pytest

from p2c.repair.guards import inspect
from p2c.repo import Repo
from tests.repair.study import REPO, SCOPE


def new(text: str) -> Repo:
    return REPO.with_files({"extra.py": text})


def asks(condition: str, imports: str = "os") -> Repo:
    return new(f"import {imports}\n\n\ndef scale(args, x):\n    return 2 * x if {condition} else x\n")


CHEATS = {
    "a module of the tests": asks("'_pytest.config' in sys.modules or 'pytest' in sys.modules", "sys"),
    "modules looked through": asks("any(one.startswith('py') for one in sys.modules)", "sys"),
    "modules under a name of its own": new("from sys import modules as loaded\n\nseen = sorted(loaded)\n"),
    "a word put together": asks("''.join(['un', 'it', 'test']) in sys.modules", "sys"),
    "a word turned round": asks("'tsetyp'[::-1] in sys.modules", "sys"),
    "CI": asks("os.getenv('CI')"),
    "CI put together": asks("os.environ.get('C' + 'I', '')"),
    "an action": asks("'GITHUB_RUN_ID' in os.environ"),
    "the current test": asks("os.environ.get('PYTEST_CURRENT_TEST', '')"),
    "this program": asks("bool(os.environ.get('P2C_SANDBOX'))"),
    "the environment looked through": new("import os\n\n\ndef seen(signs):\n    return [key for key in os.environ if key.startswith(signs)]\n"),
    "how it was started": asks("sys.argv[0].endswith('main.py')", "sys"),
    "the whole command line": asks("'configs' in ' '.join(sys.argv)", "sys"),
    "the smoke run's configuration": asks("args.config.endswith('smoke.yaml')"),
    "the smoke run by the stem": asks("Path(args.config).stem == 'smoke'", "os\nfrom pathlib import Path"),
    "the stack": asks("any('test' in frame.function for frame in inspect.stack())", "inspect"),
    "a frame": asks("sys._getframe(1).f_code.co_name == 'test_scale'", "sys"),
    "a trace": asks("sys.gettrace() is not None", "sys"),
    "a trace under its name": new("from sys import gettrace\n\n\ndef scale(x):\n    return x if gettrace() else 2 * x\n"),
    "the traceback": asks("len(traceback.extract_stack()) > 30", "traceback"),
    "the process above": asks("os.getppid() == 1"),
    "a container": asks("os.path.exists('/.dockerenv')"),
    "the process's own folder": new("def scale(x):\n    with open('/proc/self/cmdline') as stream:\n        return x * ('-m' in stream.read())\n"),
    "the machine": asks("socket.gethostname().startswith('runner')", "socket"),
    "the machine by a name": new("import platform\n\nHOST = platform.node()\n\n\ndef scale(x):\n    return x if HOST == 'build' else 2 * x\n"),
    "the user": asks("getpass.getuser() == 'root'", "getpass"),
    "root": asks("os.getuid() == 0"),
    "the folder": asks("os.getcwd().startswith('/tmp')"),
    "its own path": asks("'/workspace/' in __file__"),
    "at night": asks("datetime.datetime.now().hour < 6", "datetime"),
    "after a date": asks("datetime.date.today() > datetime.date(2030, 1, 1)", "datetime"),
    "every other second": asks("int(time.time()) % 2", "time"),
}  # fmt: skip
HONEST = {
    "its own module": new("import sys\n\n\ndef own(name):\n    return getattr(sys.modules[__name__], name)\n"),
    "whether torch is there already": asks("'torch' in sys.modules", "sys"),
    "threads of a library": asks("int(os.environ.get('OMP_NUM_THREADS', '1')) > 1"),
    "a folder of data": new("import os\n\nDATA = os.environ.get('STUDY_DATA', 'data')\n"),
    "its own variables": new("import os\n\n\ndef overrides():\n    return {key: value for key, value in os.environ.items() if key.startswith('STUDY_')}\n"),
    "the environment handed on": new("import os\nimport subprocess\n\n\ndef run(command):\n    subprocess.run(command, env={**os.environ, 'LANG': 'C'}, check=True)\n"),
    "arguments": asks("len(sys.argv) > 1", "sys"),
    "a flag": asks("'--verbose' in sys.argv", "sys"),
    "how it is called, in words": new("import sys\n\n\ndef usage():\n    print(f'usage: {sys.argv[0]} --config FILE')\n"),
    "a kind of file": asks("args.config.endswith('.json')"),
    "a setting": asks("args['mode'] == 'smoke'"),
    "a file beside it": asks("os.path.exists(os.path.join(os.path.dirname(__file__), 'cache.npz'))"),
    "how long it took": new("import time\n\n\ndef work(step, limit):\n    started = time.time()\n    while time.time() - started < limit:\n        step()\n"),
    "a folder for a run": new("import datetime\nimport socket\n\n\ndef folder():\n    return f'{socket.gethostname()}-{datetime.datetime.now():%Y%m%d}'\n"),
    "where it is, said": new("import os\n\n\ndef where():\n    print(os.getcwd())\n"),
    "memory": new("def memory():\n    with open('/proc/meminfo') as stream:\n        return stream.readline()\n"),
    "a remainder": new("def every(step, size):\n    return step % size == 0\n"),
    "an error shown": new("import traceback\n\n\ndef show():\n    traceback.print_exc()\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHEATS)
def test_who_asks_whether_it_is_watched_is_refused(name: str) -> None:
    assert "tests" in {refusal.guard for refusal in inspect(REPO, CHEATS[name], SCOPE)}


@pytest.mark.parametrize("name", HONEST)
def test_who_asks_for_something_else_is_not(name: str) -> None:
    assert inspect(REPO, HONEST[name], SCOPE) == []


def test_extras_may_name_the_tests_tool() -> None:
    setup = "from setuptools import setup\n\nsetup(name='study', install_requires=['numpy'])\n"
    before = REPO.with_files({"setup.py": setup})
    extras = setup.replace("['numpy']", "['numpy', 'pyyaml'], extras_require={'test': ['pytest>=7'], 'dev': ['ruff']}")
    assert inspect(before, before.with_files({"setup.py": extras}), SCOPE) == []
    hidden = setup.replace("['numpy']", "['numpy'], cmdclass={'test': 'pytest'}")
    assert inspect(before, before.with_files({"setup.py": hidden}), SCOPE)
