"""Run a program as if it were started directly, and write down how it failed, or how it left before its end.

Given to the program's own interpreter by `_p2c_supervisor.py`, behind `_p2c_exceptions.py`, whose names it uses.
Nothing that the program may shadow is imported before the program runs.

    words: ROOT LIMIT PATHS MODE TARGET [ARGUMENT]...

ROOT is the repository, LIMIT the seconds after which all stacks are dumped, PATHS extra entries of sys.path. MODE is
script, module, code, entry (`package.module:function`) or import.
"""

# pathlib would load, before the program does, modules that the program may shadow.
# ruff: noqa: PTH100, PTH109, PTH119, PTH120, PTH123

from __future__ import annotations

import faulthandler
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, ModuleType
    from typing import Any

    from p2c.executor.in_sandbox._p2c_exceptions import OriginalImports, describe, is_inside


class Record:
    """What is told of one run, a JSON line each time; written by the process that was started, by none of its children.

    The last line is the token. It is given to the interpreter's shutdown before the program starts, and no Python
    object keeps it: a program that leaves in another way leaves without it.
    """

    def __init__(self, order: dict[str, Any], root: str) -> None:
        import atexit
        import posix

        self.root = os.path.realpath(root)
        self.pid = os.getpid()
        self.tell = order["tell"]
        self.threads: list[Any] = []
        self.write, self.close, self.get_frame = posix.write, posix.close, sys._getframe
        atexit.register(posix.write, self.tell, order.pop("token"))
        atexit.register(self.ending)
        os.register_at_fork(after_in_child=self.forked)
        sys.addaudithook(self.audit)
        self.leave: Callable[[int], None] = posix._exit
        posix._exit = os._exit = self.left_by_exit  # type: ignore[assignment]

    def note(self, **data: Any) -> None:
        """Write a line."""
        if os.getpid() != self.pid:
            return
        with OriginalImports(self.root):
            import json

            line = json.dumps(data).encode("utf-8", "backslashreplace") + b"\n"
        while line:
            line = line[self.write(self.tell, line) :]

    def failed(self, error: BaseException) -> None:
        """Note what ended the program."""
        self.note(error=describe(error, self.root))

    def thread_failed(self, info: Any) -> None:
        """Note what ended a thread, and print it."""
        if info.exc_value is not None and info.exc_type is not SystemExit:
            self.threads = [*self.threads, describe(info.exc_value, self.root)][:5]
            self.note(threads=self.threads)
            sys.excepthook(info.exc_type, info.exc_value, info.exc_traceback)

    def left(self, how: str, frame: FrameType | None) -> None:
        """Note a way out that is not the program's end, with the calls that led there."""
        calls: list[dict[str, Any]] = []
        while frame is not None and len(calls) < 30:
            name = frame.f_code.co_filename
            if not name.startswith(("<p2c ", "<frozen")) and is_inside(name, self.root):
                calls.append({"file": name, "line": frame.f_lineno, "function": frame.f_code.co_name})
            frame = frame.f_back
        self.note(left={"how": how, "calls": calls[::-1]})

    def left_by_exit(self, code: int) -> None:
        """Stand in for `os._exit`."""
        if os.getpid() == self.pid:
            self.left(f"os._exit({code!r})", self.get_frame(1))
        self.leave(code)

    def audit(self, event: str, arguments: Any) -> None:
        """Hear that the process is about to become another program."""
        if event == "os.exec" and os.getpid() == self.pid:
            self.left(f"os.exec of {arguments[0]!r}", self.get_frame(1))

    def forked(self) -> None:
        """In a child: what it does at its end is no end of the program."""
        self.close(self.tell)

    def ending(self) -> None:
        """At the interpreter's shutdown: take back the token where that is only played, and see who still works."""
        try:
            caller = self.get_frame(1)
        except ValueError:
            caller = None
        if caller is not None:
            self.left("a shutdown within the program", caller)
            self.close(self.tell)
            return
        for place in self.working():
            self.note(working=place)

    def working(self) -> list[dict[str, Any]]:
        """Return where threads are that the end of the program cuts off in the repository's code, if not waiting."""
        unfinished = []
        for frame in sys._current_frames().values():
            inner = os.path.basename(frame.f_code.co_filename)
            here: FrameType | None = frame
            while here is not None and not is_inside(here.f_code.co_filename, self.root):
                here = here.f_back
            waits = inner in ("threading.py", "queue.py", "selectors.py", "socket.py", "connection.py", "subprocess.py")
            if here is not None and not waits:
                code = here.f_code
                unfinished.append({"file": code.co_filename, "line": here.f_lineno, "function": code.co_name})
        return unfinished[:5]


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
    sys.path[:] = paths + sys.path
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
    value: Any = load(module)
    for part in name.split("."):
        value = getattr(value, part)
    return value


def load(name: str) -> ModuleType:
    """Import a module by its dotted name and return it."""
    __import__(name)
    return sys.modules[name]


def prepare(order: dict[str, Any], root: str, limit: str) -> Record:
    """Make ready what tells of the run: stacks when it is late or crashes, threads that die, the way it ends."""
    for name in ("tell", "late", "crash"):
        os.set_inheritable(order[name], False)
    faulthandler.enable(order["crash"])
    faulthandler.dump_traceback_later(float(limit), file=order["late"])
    record = Record(order, root)
    watch_threads(record)
    return record


def while_importing(error: BaseException, mode: str) -> bool:
    """Tell whether an exception came out of an import: a module's own code, below that of the program's file."""
    modules, trace = 0, error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        modules += code.co_name == "<module>" and not code.co_filename.startswith("<")
        trace = trace.tb_next
    return modules > (mode in ("script", "module"))


def main(order: dict[str, Any]) -> None:
    """Read the words, run, and end as the program ends."""
    root, limit, paths, mode, target = order["words"][:5]
    record = prepare(order, root, limit)
    try:
        start(mode, target, order["words"][5:], [place for place in paths.split(os.pathsep) if place])
        record.note(file=getattr(sys.modules.get(target), "__file__", None))
    except SystemExit as error:
        if error.code not in (None, 0) or while_importing(error, mode):
            record.failed(error)
        raise
    except BaseException as error:
        record.failed(error)
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename.startswith("<p2c "):
            trace = trace.tb_next
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        sys.exit(1)
