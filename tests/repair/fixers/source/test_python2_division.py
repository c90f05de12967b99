"""In Python 2 `/` of ints rounded down: `//` where that is certain, one open point for each `/` where it is not."""

from __future__ import annotations

import pytest

from p2c.executor.report import CheckResult, Finding, Report
from p2c.repair.case import Case
from p2c.repair.fixers.source import python2
from p2c.repair.guards import Scope
from p2c.repair.history import Attempt
from p2c.repair.loop import AcceptancePolicy, StopReason, repair
from p2c.repair.open_points import left_open
from tests.repair.fixers.making import case, cured, error
from tests.repair.running import session

BROKEN = Finding("compile", "SyntaxError", "Missing parentheses in call to 'print'", "main.py", 1)


def after(code: str) -> str:
    """What a function's body is after the fix of a file that only Python 2 can read."""
    body = "".join(f"    {line}\n" for line in code.split("\n"))
    made = case({"main.py": f"print 'go'\n\n\ndef f(x, n):\n{body}"}, BROKEN)
    text = cured(python2.fix, made)["main.py"].split("def f(x, n):\n")[1]
    return "\n".join(line[4:] for line in text.rstrip("\n").split("\n"))


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("for i in xrange(n):\n    y = i / 2", "for i in range(n):\n    y = i // 2"),
        ("m, k = x.shape\nreturn m / k", "m, k = x.shape\nreturn m // k"),
        ("m = x.shape[0]\nm /= 2\nreturn m / 2", "m = x.shape[0]\nm //= 2\nreturn m // 2"),
        ("a = 7\na += len(x)\nreturn (a - 1) / 3", "a = 7\na += len(x)\nreturn (a - 1) // 3"),
        ("return [j / 2 for j in range(3)]", "return [j // 2 for j in range(3)]"),
        ("for i, v in enumerate(x):\n    y = i / 2", "for i, v in enumerate(x):\n    y = i // 2"),
        ("return max(len(x), 3) / 2 if n else 5 / 2", "return max(len(x), 3) // 2 if n else 5 // 2"),
        (
            "import random\nr = random.randint(1, 6)\nreturn r / 2",
            "import random\nr = random.randint(1, 6)\nreturn r // 2",
        ),
    ],
)
def test_between_ints_it_is_written_as_it_was(before: str, expected: str) -> None:
    assert after(before) == expected


@pytest.mark.parametrize(
    "kept",
    [
        "return n / 2",
        "m = len(x)\nm = m * 0.5\nreturn m / 2",
        "for v in x:\n    y = v / 2",
        "i = 1\nfor i in x:\n    pass\nreturn i / 2",
        "return len(x) / float(n)",
        "i = 3\nwith n as i:\n    return i / 2",
        "return x.sum() / x.shape[0]",
        "return x[0] / 2",
    ],
)
def test_what_may_be_a_float_is_left(kept: str) -> None:
    assert after(kept) == kept


def test_division_from_the_future_divides_as_it_says() -> None:
    files = {"main.py": "from __future__ import division\nprint len(x) / 2, n / 2\n"}
    made = case(files, BROKEN)
    patch = python2.fix(made)
    assert patch is not None and not patch.open_point
    assert "len(x) / 2, n / 2" in cured(python2.fix, made)["main.py"]


def test_a_file_that_calls_what_only_python_2_has_is_of_python_2() -> None:
    files = {"main.py": "for i in xrange(4):\n    print(i / 2)\n"}
    lacks = error("NameError", "name 'xrange' is not defined")
    assert cured(python2.fix, case(files, lacks)) == {"main.py": "for i in range(4):\n    print(i // 2)\n"}
    three = {"main.py": "for i in xrange(4):\n    print(f'{i / 2}')\n"}
    assert cured(python2.fix, case(three, lacks)) == {"main.py": "for i in range(4):\n    print(f'{i / 2}')\n"}


def ended(made: Case) -> tuple[Case, StopReason]:
    using, _ = session(None)
    green = Report((CheckResult("install", "passed"), CheckResult("smoke", "passed")))
    loop = repair(made, [python2.fix], using, AcceptancePolicy(lambda _: green, Scope(contract=made.contract)))
    while True:
        try:
            made = next(loop)
        except StopIteration as end:
            return made, end.value


def test_each_division_that_nothing_decides_is_told_and_repeated_in_why() -> None:
    text = (
        "def split(n, k):\n    return n / k\n\n\n"
        "for i in xrange(2):\n    print split(7.0 / i, 2) / 1.5, split(i, 3) / 2\n"
    )
    made, stop = ended(case({"main.py": text}, BROKEN))
    told = [point.line for point in left_open(made.history.attempts)]
    assert told == [
        "in Python 2 this rounded down for ints: main.py:2 `n / k`",
        "in Python 2 this rounded down for ints: main.py:6 `split(i, 3) / 2`",
    ]
    assert stop.word == "runs" and all(line in stop.why for line in told)


def test_a_patch_that_was_not_kept_leaves_nothing_open() -> None:
    patch = python2.fix(case({"main.py": "print n / 2\n"}, BROKEN))
    assert patch is not None
    assert not left_open([Attempt(patch, "dropped", "", "a")])
