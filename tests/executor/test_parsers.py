from __future__ import annotations

import json

import pytest

from p2c.executor import normalization, parsers
from p2c.executor.instrumented_sandbox import RunRecord
from p2c.executor.report import Finding, headline
from p2c.sandboxes.base import Command, ExecResult
from tests.executor.outputs import PLACES, output

TRACEBACK = """some output
Traceback (most recent call last):
  File "/workspace/main.py", line 9, in <module>
    main()
    ~~~~^^
  File "/workspace/model.py", line 4, in main
    return torch.load(path)
  File "/environment/lib/python3.11/site-packages/torch/serialization.py", line 10, in load
    raise errors.UnpicklingError(message)
_pickle.UnpicklingError: cannot load /workspace/data/x.pt at 0x7f3a2b1c
"""


def test_ruff() -> None:
    found = parsers.ruff(output("ruff", "unused-and-undefined", "stdout.json"), PLACES)
    assert [(f.rule, f.path, f.line, f.column, f.gates) for f in found] == [
        ("F401", "model.py", 1, 8, False),
        ("F821", "model.py", 12, 11, True),
    ]
    assert found[0].fix == "Remove unused import: `os`"
    text = output("ruff", "unused-and-undefined", "stdout.json")
    assert parsers.ruff(text, PLACES, frozenset({"model.py"})) == ()


@pytest.mark.parametrize(
    ("code", "gates"),
    [("F507", True), ("F504", False), ("F811", True), ("F632", True), ("F841", False), ("E902", True)],
)
def test_which_ruff_codes_gate(code: str, gates: bool) -> None:
    item = {
        "code": code,
        "filename": "/workspace/a.py",
        "message": "",
        "location": {"row": 1, "column": 1},
        "fix": None,
    }
    assert [f.gates for f in parsers.ruff(json.dumps([item]), PLACES)] == [gates]


def test_mypy_columns_count_from_one() -> None:
    found = parsers.mypy(output("mypy", "calls-and-returns", "stdout.jsonl"), PLACES)
    assert [(f.rule, f.line, f.column, f.gates) for f in found] == [
        ("name-defined", 12, 11, True),
        ("call-arg", 13, 12, True),
        ("return-value", 17, 12, True),
    ]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import-untyped", 'Library stubs not installed for "tqdm"'),
        ("attr-defined", '"object" has no attribute "append"'),
        ("return-value", 'Incompatible return value type (got "floating[Any]", expected "float")'),
        ("union-attr", 'Item "None" of "Net | None" has no attribute "fit"'),
    ],
)
def test_mypy_noise_never_gates(code: str, message: str) -> None:
    line = {"file": "a.py", "line": 1, "column": 0, "message": message, "code": code, "severity": "error", "hint": None}
    assert [f.gates for f in parsers.mypy(json.dumps(line), PLACES)] == [False]
    assert parsers.mypy(json.dumps({**line, "severity": "note"}), PLACES) == ()


def test_stacks_take_the_main_thread() -> None:
    frames = parsers.stacks(output("faulthandler", "two-threads", "late.txt"), PLACES)
    assert [(f.path, f.line, f.function) for f in frames] == [("loop.py", 8, "<module>"), ("loop.py", 6, "spin")]


def test_stacks_of_a_crash() -> None:
    frames = parsers.stacks(output("faulthandler", "segfault", "crash.txt"), PLACES)
    assert [(f.path, f.inside) for f in frames] == [("seg.py", True), ("python/ctypes/__init__.py", False)]
    assert parsers.stacks("", PLACES) == ()


def test_a_printed_traceback() -> None:
    found = parsers.traceback(TRACEBACK, "smoke", PLACES)
    assert found is not None
    assert (found.rule, found.message) == ("UnpicklingError", "cannot load data/x.pt at 0x...")
    assert (found.path, found.line) == ("model.py", 4)
    assert [f.path for f in found.frames] == ["main.py", "model.py", "site-packages/torch/serialization.py"]
    assert parsers.traceback("all is well", "smoke", PLACES) is None
    assert parsers.traceback(TRACEBACK[:150], "smoke", PLACES) is None


def test_a_chain_of_causes_is_told() -> None:
    frame = {"file": "/workspace/a.py", "line": 3, "function": "f", "code": "x['k']", "locals": {}, "inside": True}
    cause = {"type": "KeyError", "message": "'k'", "frames": [frame]}
    data = {"type": "ValueError", "message": "bad", "frames": [frame], "notes": ["see above"], "cause": cause}
    found = parsers.error("smoke", data, PLACES)
    assert found.detail == "because of KeyError: 'k' at a.py:3 `x['k']`\nsee above"


def test_a_syntax_error_is_placed_where_it_is() -> None:
    syntax = {"filename": "/workspace/b.py", "lineno": 7, "offset": 3, "text": "x = (", "msg": "never closed"}
    data = {"type": "SyntaxError", "message": "never closed (b.py, line 7)", "frames": [], "syntax": syntax}
    found = parsers.error("import", data, PLACES)
    assert (found.path, found.line, found.column) == ("b.py", 7, 3)


def test_argparse_tells_what_it_wants() -> None:
    data = {"error": {"type": "SystemExit", "message": "2", "frames": [], "exit": 2}}
    result = ExecResult(Command(("x",), 1), 2, stderr="usage: main.py\nmain.py: error: --data is required\n")
    found = parsers.failure("smoke", "python main.py", RunRecord(result, data), PLACES)
    assert found.message == "`python main.py` ended itself with 2: main.py: error: --data is required"


def test_memory_and_plain_exit_codes() -> None:
    gone = ExecResult(Command(("x",), 1), None, oom_killed=True)
    assert parsers.failure("smoke", "x", RunRecord(gone, {}), PLACES).rule == "OutOfMemory"
    code = ExecResult(Command(("x",), 1), 127, stderr="bash: no: not found\n")
    found = parsers.failure("smoke", "no", RunRecord(code, {}), PLACES)
    assert (found.rule, found.message) == ("ExitCode", "`no` ended with 127: bash: no: not found")


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("/workspace/a/b.py", "a/b.py"),
        ("/environment/lib/python3.11/site-packages/numpy/core.py", "site-packages/numpy/core.py"),
        ("/usr/lib/python3.11/json/decoder.py", "python/json/decoder.py"),
        ("<Net object at 0x7f1122334455>", "<Net object at 0x...>"),
        ("/tmp/tmpab12cd/x", "/tmp/TMP/x"),
        ("token ghp_abcdefghijklmnopqrstuvwx", "token [redacted]"),
        ("https://user:pass@index/simple", "https://[redacted]@index/simple"),
    ],
)
def test_nothing_volatile_stays(raw: str, clean: str) -> None:
    assert normalization.text(raw, PLACES) == clean


def test_the_end_of_a_long_output_is_kept() -> None:
    kept = normalization.tail("\n".join(str(n) for n in range(5000)), PLACES)
    assert kept.endswith("4999")
    assert len(kept) < 3100


@pytest.mark.parametrize(
    ("stderr", "said"),
    [
        (
            "ERROR: usage: python -m pytest [options]\npython -m pytest: error: unrecognized arguments: --cov=x\n"
            "  inifile: pytest.ini\n  rootdir: .\n",
            "unrecognized arguments: --cov=x",
        ),
        ("usage: main.py [-h]\nmain.py: error: the following arguments are required: --x\n", "are required: --x"),
        ("fatal: something\nlast words\n", "last words"),
        ("an error: in the middle of an old log\n" + "progress\n" * 30 + "the end\n", "the end"),
    ],
)
def test_what_a_tool_says_is_its_error_line_not_its_last(stderr: str, said: str) -> None:
    code = ExecResult(Command(("x",), 1), 4, stderr=stderr)
    assert parsers.failure("test", "pytest", RunRecord(code, {}), PLACES).message.endswith(said)


@pytest.mark.parametrize(
    ("rule", "message", "line"),
    [
        ("KeyError", "'b' ()", "KeyError: 'b'"),
        ("KeyError", "'b'", "KeyError: 'b'"),
        ("AssertionError", "", "AssertionError"),
        ("StopIteration", "", "StopIteration"),
        ("ValueError", "could not convert string to float: 'x'", "could not convert string to float: 'x'"),
    ],
)
def test_the_headline_of_a_finding_says_what_it_is(rule: str, message: str, line: str) -> None:
    assert headline(Finding("smoke", rule, message)) == line
