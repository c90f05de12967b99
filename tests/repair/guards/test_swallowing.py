"""Errors that are lost: context managers, callbacks, hooks, handlers, filters; and those that may be."""

# One case a line is easier to read than one wrapped over four.
# ruff: noqa: E501

from __future__ import annotations

import pytest

from p2c.repair.guards import inspect
from p2c.repo import Repo
from tests.repair.study import REPO, SCOPE, TRAINER, changed

REPORT = "    report(metrics)\n"
START = "    args = parse_args()\n    with"
IMPORT = "import argparse\n"


def new(text: str) -> Repo:
    """A module that comes with the patch."""
    return REPO.with_files({"extra.py": text})


def start(text: str, imports: str = "") -> Repo:
    """Statements at the start of `main`, and what they import."""
    return changed(("main.py", START, f"{text}{START}"), ("main.py", IMPORT, f"{imports}{IMPORT}"))


EXIT = "class Phase:\n    def __enter__(self):\n        return self\n\n    def __exit__(self, kind, error, trace):\n"
CHEATS = {
    "an exit that says whether there was an error": new(f"{EXIT}        return kind is not None\n"),
    "an exit that answers a field": new(f"{EXIT}        return self.quiet\n"),
    "an exit that knows bugs": new(f"{EXIT}        return issubclass(kind or object, (ValueError, Exception))\n"),
    "an exit by a name": new(f"{EXIT}        handled = bool(trace)\n        return handled\n"),
    "an exit that is asynchronous": new("class Phase:\n    async def __aexit__(self, *details):\n        print(details)\n        return True\n"),
    "an exit that is a lambda": new("class Phase:\n    __enter__ = lambda self: self\n    __exit__ = lambda self, *details: 1\n"),
    "an exit in a class made by type": new("Phase = type('Phase', (), {'__exit__': lambda self, *details: len(details)})\n"),
    "an exit set on a class": new("class Phase:\n    pass\n\n\nsetattr(Phase, '__exit__', lambda self, *details: True)\n"),
    "an exit under a condition that tells nothing": new(f"{EXIT}        if trace:\n            return True\n        return False\n"),
    "a generator that catches": new("from contextlib import contextmanager\n\n\n@contextmanager\ndef phase():\n    try:\n        yield\n    except ValueError as error:\n        print('skipped', error)\n        record(error)\n"),
    "a generator that raises sometimes": new("import contextlib\n\n\n@contextlib.contextmanager\ndef phase(strict):\n    try:\n        yield\n    except Exception:\n        if strict:\n            raise\n"),
    "an asynchronous generator": new("from contextlib import asynccontextmanager\n\n\n@asynccontextmanager\nasync def phase():\n    try:\n        yield\n    except (KeyError, TypeError):\n        close()\n"),
    "suppress under another name": start("    with quiet(Exception):\n        args = None\n", "from contextlib import suppress as quiet\n"),
    "suppress of a tuple that has a name": new("import contextlib\n\nTRANSIENT = (OSError, ArithmeticError)\n\n\ndef run(work):\n    with contextlib.suppress(*TRANSIENT):\n        work()\n"),
    "suppress by partial": new("import contextlib\nimport functools\n\nphase = functools.partial(contextlib.suppress, BaseException)\n"),
    "a class of suppress": new("import contextlib\n\n\nclass Phase(contextlib.suppress):\n    def __init__(self):\n        super().__init__(Exception)\n"),
    "an exit pushed on a stack": new("import contextlib\n\n\ndef run(work):\n    with contextlib.ExitStack() as stack:\n        stack.push(lambda *details: True)\n        work()\n"),
    "a function pushed on a stack": new("def forget(kind, error, trace):\n    return error\n\n\ndef run(stack, work):\n    stack.push(forget)\n    work()\n"),
    "exceptions under a name of its own": new("Transient = Exception\n\n\ndef run(work):\n    try:\n        work()\n    except Transient:\n        return None\n"),
    "a raise that is never called": new("def run(work):\n    try:\n        work()\n    except Exception as error:\n        def again():\n            raise error\n        return again\n"),
    "finally breaks": changed(("trainer.py", "            losses.append(self.loss(data))\n", "            try:\n                losses.append(self.loss(data))\n            finally:\n                break\n")),
    "finally goes on": changed(("trainer.py", "            losses.append(self.loss(data))\n", "            try:\n                losses.append(self.loss(data))\n            finally:\n                continue\n")),
    "the exit's code is lost at the exit": start("    atexit.register(os._exit, 0)\n", "import atexit\n"),
    "a registered function leaves": new("import atexit\nimport os\n\n\n@atexit.register\ndef close():\n    code = int()\n    os._exit(code)\n"),
    "a signal that ends runs is ignored": start("    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n", "import signal\n"),
    "a handler that does nothing": start("    signal.signal(signal.SIGTERM, lambda number, frame: None)\n", "import signal\n"),
    "exceptions are gathered": new("import asyncio\n\n\nasync def run(jobs):\n    return await asyncio.gather(*jobs, return_exceptions=True)\n"),
    "a loop's handler is quiet": new("import asyncio\n\nasyncio.new_event_loop().set_exception_handler(lambda loop, context: None)\n"),
    "a retry that gives a value": new("import tenacity\n\nretry = tenacity.retry(retry_error_callback=lambda state: 0.9)\n"),
    "the hook in the module's table": start("    sys.__dict__['excepthook'] = print\n", "import sys\n"),
    "all warnings": start("    warnings.filterwarnings('ignore')\n", "import warnings\n"),
    "all warnings of numbers": start("    warnings.simplefilter('ignore', RuntimeWarning)\n", "import warnings\n"),
    "all logs": start("    logging.disable(logging.CRITICAL)\n", "import logging\n"),
    "a number where an error was": changed(("trainer.py", "            losses.append(self.loss(data))\n", "            try:\n                loss = self.loss(data)\n            except FloatingPointError:\n                loss = 0.31\n            losses.append(loss)\n")),
}  # fmt: skip

HONEST = {
    "an exit that closes": new(f"{EXIT}        self.stream.close()\n        return False\n"),
    "an exit that says nothing": new(f"{EXIT}        self.stream.close()\n"),
    "an exit that hands on": new(f"{EXIT}        return self.inner.__exit__(kind, error, trace)\n"),
    "an exit for one expected error": new(f"{EXIT}        return kind is not None and issubclass(kind, BrokenPipeError)\n"),
    "an exit with a branch for it": new(f"{EXIT}        if kind is StopIteration:\n            return True\n        return None\n"),
    "an exit that is true of no error": new(f"{EXIT}        self.commit()\n        return kind is None\n"),
    "a generator that cleans up": new("import contextlib\n\n\n@contextlib.contextmanager\ndef phase(path):\n    stream = open(path)\n    try:\n        yield stream\n    finally:\n        stream.close()\n"),
    "a generator that rolls back": new("import contextlib\n\n\n@contextlib.contextmanager\ndef phase(store):\n    try:\n        yield store\n    except Exception:\n        store.rollback()\n        raise\n"),
    "a generator that raises its own": new("import contextlib\n\n\n@contextlib.contextmanager\ndef reading(path):\n    try:\n        yield\n    except ValueError as error:\n        raise RuntimeError(path) from error\n"),
    "suppress of one that is expected": new("import contextlib\nimport os\n\n\ndef remove(path):\n    with contextlib.suppress(FileNotFoundError):\n        os.unlink(path)\n"),
    "a callback on a stack": new("import contextlib\n\n\ndef run(work, stream):\n    with contextlib.ExitStack() as stack:\n        stack.callback(stream.close)\n        work()\n"),
    "finally with a loop of its own": new("def run(work, items):\n    try:\n        work()\n    finally:\n        for item in items:\n            if item.done:\n                continue\n            item.close()\n"),
    "a file is removed at the exit": start("    atexit.register(shutil.rmtree, 'scratch', ignore_errors=True)\n", "import atexit\nimport shutil\n"),
    "workers ignore Ctrl-C": start("    signal.signal(signal.SIGINT, signal.SIG_IGN)\n", "import signal\n"),
    "gathered and looked through": new("import asyncio\n\n\nasync def run(jobs):\n    done = await asyncio.gather(*jobs, return_exceptions=True)\n    for one in done:\n        if isinstance(one, BaseException):\n            raise one\n    return done\n"),
    "one warning by its category": start("    warnings.filterwarnings('ignore', category=DeprecationWarning)\n", "import warnings\n"),
    "warnings around one call": new("import warnings\n\n\ndef run(work):\n    with warnings.catch_warnings():\n        warnings.simplefilter('ignore')\n        return work()\n"),
    "nought where nothing can be divided": new("def ratio(a, b):\n    try:\n        return a / b\n    except ZeroDivisionError:\n        return 0.0\n"),
    "a retry that raises in the end": new("def run(work):\n    for attempt in range(3):\n        try:\n            return work()\n        except Exception:\n            if attempt == 2:\n                raise\n"),
    "an exit that was so": REPO.with_files({"trainer.py": TRAINER}).with_files({"data.py": REPO.files["data.py"] + "\n\nclass Closing:\n    def __exit__(self, *details):\n        return None\n"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CHEATS)
def test_what_loses_errors_is_refused(name: str) -> None:
    found = inspect(REPO, CHEATS[name], SCOPE)
    assert {refusal.guard for refusal in found} & {"swallowed", "silenced", "exits", "faked"}


@pytest.mark.parametrize("name", HONEST)
def test_what_deals_with_them_is_not(name: str) -> None:
    assert inspect(REPO, HONEST[name], SCOPE) == []


def test_an_exit_that_swallowed_before_is_not_the_patchs() -> None:
    text = f"{EXIT}        self.close()\n        return True\n"
    before = REPO.with_files({"extra.py": text})
    assert inspect(before, before.with_files({"extra.py": text.replace("self.close()", "self.end()")}), SCOPE) == []
