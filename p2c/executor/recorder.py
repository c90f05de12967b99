"""Run a program as if it were started directly, and write down how it failed.

Standard library only, for Python 3.8 and later: it is copied into the sandbox, with `witness.py` beside it, and
runs under the program's own Python. Nothing that the program may shadow is imported before the program runs.

    python recorder.py OUT ROOT LIMIT PATHS MODE TARGET [ARGUMENT]...

OUT is the JSON file to write, ROOT the repository, LIMIT the seconds after which all stacks are dumped to
OUT.late, PATHS extra entries of sys.path. MODE is script, module, code, entry (`package.module:function`) or import.
"""

# pathlib would load, before the program does, modules that the program may shadow.
# ruff: noqa: PTH100, PTH105, PTH109, PTH120, PTH123

from __future__ import annotations

import faulthandler
import os
import sys

import witness  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


class Record:
    """One JSON file about one run, written by the process that was started and by none of its children."""

    def __init__(self, out: str, root: str) -> None:
        self.out = out
        self.root = os.path.realpath(root)
        self.pid = os.getpid()
        self.data: dict[str, Any] = {"threads": []}

    def save(self) -> None:
        """Write what is known."""
        if os.getpid() != self.pid:
            return
        with witness.Untouched(self.root):
            import json

            with open(self.out + ".new", "w", encoding="utf-8", errors="backslashreplace") as stream:
                json.dump(self.data, stream)
            os.replace(self.out + ".new", self.out)

    def failed(self, error: BaseException) -> None:
        """Note what ended the program."""
        self.data["error"] = witness.describe(error, self.root)
        self.save()

    def thread_failed(self, info: Any) -> None:
        """Note what ended a thread, and print it."""
        if info.exc_value is not None and info.exc_type is not SystemExit:
            self.data["threads"] = [*self.data["threads"], witness.describe(info.exc_value, self.root)][:5]
            self.save()
            sys.excepthook(info.exc_type, info.exc_value, info.exc_traceback)


class ThreadWatch:
    """Sets `threading.excepthook` at the moment that the program itself imports `threading`."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Answer for `threading` only: its own loader, and the hook set once it is loaded."""
        if name != "threading":
            return None
        sys.meta_path.remove(self)
        import _frozen_importlib

        spec = _frozen_importlib._find_spec(name, path)  # type: ignore[attr-defined]
        if hasattr(getattr(spec, "loader", None), "__dict__"):
            load = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                load(module)
                module.excepthook = self.record.thread_failed

            spec.loader.exec_module = exec_module
        return spec


def watch_threads(record: Record) -> None:
    """Hear of exceptions that end threads."""
    if "threading" in sys.modules:
        sys.modules["threading"].excepthook = record.thread_failed  # type: ignore[attr-defined]
    else:
        sys.meta_path.insert(0, ThreadWatch(record))


def start(mode: str, target: str, arguments: list[str], paths: list[str]) -> None:
    """Run the target in this process as Python itself would have."""
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = paths + [place for place in sys.path if os.path.abspath(place or ".") != own]
    main = type(sys)("__main__")
    main.__dict__["__builtins__"] = __builtins__
    if mode in ("script", "module", "code"):
        sys.modules["__main__"] = main
    if mode == "script":
        run_script(target, arguments, main)
    elif mode == "module":
        import runpy

        sys.argv = ["-m", *arguments]
        sys.path.insert(0, os.getcwd())
        runpy._run_module_as_main(target)  # type: ignore[attr-defined]
    elif mode == "code":
        sys.argv = ["-c", *arguments]
        sys.path.insert(0, "")
        exec(compile(target, "<string>", "exec"), main.__dict__)  # noqa: S102 - it is what was asked for
    elif mode == "entry":
        sys.argv = [target, *arguments]
        sys.exit(entry(target)())
    else:
        sys.argv = [target]
        load(target)


def run_script(target: str, arguments: list[str], main: ModuleType) -> None:
    """Execute a file as `__main__`, with its own folder first on the path."""
    import _frozen_importlib_external as loaders

    place = os.path.abspath(target)
    sys.argv = [target, *arguments]
    sys.path.insert(0, os.path.dirname(os.path.realpath(place)))
    loader = loaders.SourceFileLoader("__main__", place)
    main.__dict__.update(__file__=place, __cached__=None, __spec__=None, __loader__=loader)
    with open(place, "rb") as stream:
        code = compile(stream.read(), place, "exec", dont_inherit=True)
    exec(code, main.__dict__)  # noqa: S102 - it is what was asked for


def entry(target: str) -> Any:
    """Return the function of an entry point `package.module:name`."""
    module, _, name = target.partition(":")
    found: Any = load(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def load(name: str) -> ModuleType:
    """Import a module by its dotted name and return it."""
    __import__(name)
    return sys.modules[name]


def main() -> None:
    """Read the arguments, run, and end as the program ends."""
    out, root, limit, paths, mode, target = sys.argv[1:7]
    record = Record(out, root)
    faulthandler.enable(open(out + ".crash", "w"))  # noqa: SIM115 - open as long as the process lives
    faulthandler.dump_traceback_later(float(limit), file=open(out + ".late", "w"))  # noqa: SIM115
    watch_threads(record)
    try:
        start(mode, target, sys.argv[7:], [place for place in paths.split(os.pathsep) if place])
        record.data["file"] = getattr(sys.modules.get(target), "__file__", None)
    except SystemExit as error:
        if error.code not in (None, 0):
            record.failed(error)
        raise
    except BaseException as error:
        record.failed(error)
        trace = error.__traceback__
        while trace is not None and os.path.dirname(trace.tb_frame.f_code.co_filename) == os.path.dirname(__file__):
            trace = trace.tb_next
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        sys.exit(1)
    record.save()


if __name__ == "__main__":
    main()
