"""Syntax that this Python cannot read, text that print swallowed, attributes set too late, modules that moved."""

from __future__ import annotations

import pytest

from p2c.executor.report import Finding, Frame
from p2c.repair.fixers.runtime import moved_modules
from p2c.repair.fixers.source import attribute_order, older_syntax, print_results
from tests.repair.fixers.making import case, cured, error

BACKSLASH = "f-string expression part cannot include a backslash"


def read(text: str, message: str, line: int) -> str:
    finding = Finding("compile", "SyntaxError", message, "main.py", line)
    return cured(older_syntax.fix, case({"main.py": text}, finding)).get("main.py", "")


def test_a_walrus_that_stands_bare_assigns() -> None:
    assert read("if True:\n    n := len('ab')\n", "invalid syntax", 2) == "if True:\n    n = len('ab')\n"
    assert not read("if True:\n    f(n := 3\n", "'(' was never closed", 2)
    assert not read("if n := 3:\n    print(n\n", "'(' was never closed", 2)


def test_escapes_in_f_strings_get_a_name() -> None:
    text = "def f(xs):\n    return f\"{'\\n'.join(xs)}: {len(xs)}\"\n"
    named = 'def f(xs):\n    newline = "\\n"\n    return f"{newline.join(xs)}: {len(xs)}"\n'
    assert read(text, BACKSLASH, 2) == named
    assert read('print(f"{d[\\"k\\"]}")\n', BACKSLASH, 1) == "print(f\"{d['k']}\")\n"
    assert not read("print(f\"{re.sub('\\d', '', x)}\")\n", BACKSLASH, 1)
    assert not read("newline = 3\nprint(f\"{'\\n'.join(x)}\")\n", BACKSLASH, 2)


def printed(text: str, message: str) -> str:
    return cured(print_results.fix, case({"main.py": text}, error("TypeError", message))).get("main.py", "")


NO_MOD = "unsupported operand type(s) for %: 'NoneType' and 'int'"
NO_FORMAT = "'NoneType' object has no attribute 'format'"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('print("a %d") % 3', 'print("a %d" % 3)', NO_MOD),
        ('print("a {}").format(n)', 'print("a {}".format(n))', NO_FORMAT),
        ('print("a" "%d" + b) % (1, 2)', 'print(("a" "%d" + b) % (1, 2))', NO_MOD),
    ],
)
def test_the_text_is_formatted_and_not_what_print_returns(before: str, after: str, message: str) -> None:
    assert printed(f"{before}\n", message) == f"{after}\n"


@pytest.mark.parametrize("text", ["x % 3\n", "show('a').format(3)\n", "print('a', 'b') % 3\n"])
def test_what_is_no_text_of_print_is_left(text: str) -> None:
    assert not printed(text, NO_MOD)


def ordered(body: str, line: int = 3) -> str:
    text = f"class A:\n    def __init__(self, n, rows):\n{body}"
    frames = (Frame("main.py", 9, "<module>"), Frame("main.py", line, "A.__init__"), Frame("main.py", 8, "build"))
    finding = Finding("smoke", "AttributeError", "'A' object has no attribute 'size'", "main.py", line, frames=frames)
    after = cured(attribute_order.fix, case({"main.py": text}, finding)).get("main.py", "")
    return after.partition("rows):\n")[2]


def test_an_attribute_is_set_before_the_statement_that_needs_it() -> None:
    body = "        self.table = [0] * self.size\n        self.kind = 'x'\n        self.size = len(rows) + n\n"
    moved = "        self.size = len(rows) + n\n        self.table = [0] * self.size\n        self.kind = 'x'\n"
    assert ordered(body) == moved


@pytest.mark.parametrize(
    "body",
    [
        "        self.table = self.size\n        n = 2\n        self.size = n\n",
        "        self.table = self.size\n        self.size = random.random()\n",
        "        self.build()\n        self.size = self.other + 1\n",
        "        self.table = self.size\n        self.sise = n\n",
        "        self.table = self.size\n        if n:\n            self.size = n\n",
    ],
)
def test_an_attribute_whose_value_may_differ_above_is_left(body: str) -> None:
    assert not ordered(body)


MOVED = {
    "main.py": "from pkg.train import mse\n",
    "pkg/__init__.py": "",
    "pkg/train.py": "from pkg.utils.basic import mse as error\n",
    "pkg/losses/__init__.py": "",
    "pkg/losses/basic.py": "def mse(a, b):\n    return a - b\n",
}
GONE = error("ModuleNotFoundError", "No module named 'pkg.utils'", "pkg/train.py")


def test_a_moved_module_is_imported_from_where_it_lies() -> None:
    after = cured(moved_modules.fix, case(MOVED, GONE))
    assert after["pkg/train.py"] == "from pkg.losses.basic import mse as error\n"


@pytest.mark.parametrize(
    "others",
    [
        {"pkg/other/__init__.py": "", "pkg/other/basic.py": "mse = 1\n"},
        {"pkg/losses/basic.py": "def mae(a, b):\n    return a - b\n"},
    ],
)
def test_a_module_that_may_be_two_or_lacks_the_name_is_left(others: dict[str, str]) -> None:
    assert cured(moved_modules.fix, case({**MOVED, **others}, GONE)) == {}
