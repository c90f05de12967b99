"""The recorder as a program, in real processes: what it runs must not notice it, and what fails is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import p2c.executor.in_sandbox
from p2c.executor.in_sandbox import _p2c_exceptions as exceptions
from p2c.executor.instrumented_sandbox import RECORDER
from p2c.executor.run_records import opened, recorded
from p2c.sandboxes.base import Command, ExecResult

OWN = Path(p2c.executor.in_sandbox.__file__).parent
KEY = "ab" * 32


def supervised(tmp_path: Path, repo: Path, words: tuple[str, ...], entry: tuple[str, ...] = RECORDER) -> Any:
    """Run one program under the supervisor; returns the completed process and what is believed of it."""
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    job = {"argv": [sys.executable], "entry": entry, "words": words, "env": {}, "folder": str(repo)}
    order = {
        "key": KEY,
        "out": str(scratch / "out"),
        "clean": "",
        "most": 1,
        "processes": (OWN / "_p2c_processes.py").read_text(),
        "sources": {name: (OWN / f"{name}.py").read_text() for name in entry},
        "jobs": [{**job, "seconds": 60.0, "inherit": True}],
    }
    (scratch / "order").write_text(json.dumps(order))
    argv = [sys.executable, "-I", "-S", str(OWN / "_p2c_supervisor.py"), str(scratch / "order")]
    result = subprocess.run(argv, check=False, cwd=repo, capture_output=True, text=True, timeout=90)
    out = scratch / "out"
    (answer,) = opened(out.read_bytes() if out.exists() else None, KEY, 1)
    command = Command(tuple(argv), 60.0)
    return result, recorded(ExecResult(command, result.returncode), command, answer, bool(entry))


def record(
    tmp_path: Path, files: dict[str, str], *words: str, paths: str = "", direct: tuple[str, ...] = ()
) -> tuple[Any, Any, Any]:
    """Run under the recorder and, with `direct`, without it: (recorded data, result, plain result)."""
    repo = tmp_path / "repo"
    repo.mkdir(exist_ok=True)
    for path, text in files.items():
        (repo / path).parent.mkdir(parents=True, exist_ok=True)
        (repo / path).write_text(text)
    run = dict(cwd=repo, capture_output=True, text=True, timeout=60)
    result, told = supervised(tmp_path, repo, (str(repo), "30", paths, *words))
    plain = subprocess.run([sys.executable, *direct], check=False, **run) if direct else None  # type: ignore[call-overload]
    return told.data, result, plain


SEES = """
import sys, os, pickle, threading
class Own: pass
def main():
    print(sys.argv, __name__, os.path.basename(__file__), __spec__ is None, __package__)
    print(os.path.relpath(sys.path[0]), [m for m in sys.modules if "p2c" in m], "json" in sys.modules)
    print(type(pickle.loads(pickle.dumps(Own()))).__module__, __import__("__main__").Own is Own)
if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("end", ["", "    sys.exit(3)\n", "    sys.exit('no')\n", "    raise ValueError('x')\n"])
def test_a_script_sees_what_it_would_see(tmp_path: Path, end: str) -> None:
    words = ("sub/run.py", "--lr", "1e-3")
    _, result, plain = record(tmp_path, {"sub/run.py": SEES + end}, "script", *words, direct=words)
    assert (result.stdout, result.stderr, result.returncode) == (plain.stdout, plain.stderr, plain.returncode)


def test_a_module_sees_what_it_would_see(tmp_path: Path) -> None:
    files = {"pkg/__init__.py": "", "pkg/run.py": SEES.replace("__spec__ is None", "__spec__.name")}
    _, result, plain = record(tmp_path, files, "module", "pkg.run", "a", direct=("-m", "pkg.run", "a"))
    assert (result.stdout, result.stderr, result.returncode) == (plain.stdout, plain.stderr, plain.returncode)


@pytest.mark.parametrize("name", ["types", "json", "random", "traceback", "re", "threading", "linecache", "typing"])
def test_a_shadowing_file_does_its_harm(tmp_path: Path, name: str) -> None:
    """The negative control of the whole idea: what breaks without the recorder breaks with it, and is told."""
    files = {f"{name}.py": "own = 1\n", "main.py": "import dataclasses, tempfile, logging, json\njson.dumps({})\n"}
    data, result, plain = record(tmp_path, files, "script", "main.py", direct=("main.py",))
    assert result.returncode == plain.returncode
    assert result.stderr.splitlines()[-1:] == plain.stderr.splitlines()[-1:]
    assert ("error" in data) == bool(plain.returncode)


def test_a_thread_that_dies_is_told(tmp_path: Path) -> None:
    main = "import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()\n"
    data, result, _ = record(tmp_path, {"main.py": main}, "script", "main.py")
    assert result.returncode == 0
    assert [one["type"] for one in data["threads"]] == ["ZeroDivisionError"]


def test_spans_causes_notes_and_what_errors_know(tmp_path: Path) -> None:
    main = (
        "def f(ä):\n    return ä['x'] + ä['lr'] / 0\n"
        "try:\n    f({'x': 1})\nexcept KeyError as e:\n    e2 = ImportError('no', name='abc')\n"
        "    e2.__notes__ = ['try this']\n    raise e2 from e\n"
    )
    data, _, _ = record(tmp_path, {"main.py": main}, "script", "main.py")
    error = data["error"]
    assert (error["type"], error["name"], error["notes"]) == ("ImportError", "abc", ["try this"])
    inner = error["cause"]["frames"][-1]
    assert (inner["line"], inner["column"], inner["end_column"]) == (2, 21, 28)
    assert inner["locals"] == {"ä": "dict of 1: 'x': 1"}


@pytest.mark.parametrize("code", [0, 2, None])
def test_exit_codes_are_kept(tmp_path: Path, code: int | None) -> None:
    data, result, _ = record(tmp_path, {"main.py": f"raise SystemExit({code})\n"}, "script", "main.py")
    assert result.returncode == (code or 0)
    assert ("error" in data) == bool(code)


def test_an_import_says_which_file_it_was(tmp_path: Path) -> None:
    data, result, _ = record(tmp_path, {"a/b.py": "x = 1\n"}, "import", "a.b", paths=str(tmp_path / "repo"))
    assert result.returncode == 0
    assert data["file"] == str(tmp_path / "repo/a/b.py")


def test_an_entry_point_is_called(tmp_path: Path) -> None:
    files = {"pkg.py": "import sys\ndef main():\n    print(sys.argv[1:])\n    return 4\n"}
    _, result, _ = record(tmp_path, files, "entry", "pkg:main", "--x", paths=str(tmp_path / "repo"))
    assert (result.returncode, result.stdout) == (4, "['--x']\n")


def test_values_are_described_without_their_contents() -> None:
    array = type("ndarray", (), {"__module__": "numpy", "shape": (2, 3), "dtype": "float64"})
    assert exceptions.shape_of(array()) == "numpy.ndarray shape=[2, 3] dtype=float64"
    assert exceptions.shape_of(list(range(100))) == "list of 100, first: 0"
    assert exceptions.shape_of("x" * 500).startswith("str of 500")
    assert exceptions.shape_of({"a": [1, 2]}) == "dict of 1: 'a': list [1, 2]"
    assert exceptions.shape_of(10**400) == "int (huge)"


def test_foreign_code_does_not_run_while_describing() -> None:
    class Trap:
        def __repr__(self) -> str:
            raise SystemExit("ran")

        def __getattr__(self, name: str) -> object:
            raise SystemExit("ran")

    assert exceptions.shape_of([Trap(), {"k": Trap()}]).endswith("]")
