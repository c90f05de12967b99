from __future__ import annotations

import ast

import pytest

from p2c.repair.fixers.runtime import required_arguments
from tests.repair.fixers.making import case, cured, error

ASKED = "main.py: error: the following arguments are required: {}"


def parser_after(call: str, names: str, **files: str) -> str:
    """Return the call of the parser after the fixer, '' where it was silent."""
    main = f"import argparse\n\np = argparse.ArgumentParser()\n{call}\n"
    broken = case(
        {"main.py": main, **{name.replace("__", "."): text for name, text in files.items()}},
        error("SystemExit", f"`python main.py` ended itself with 2: {ASKED.format(names)}"),
    )
    after = cured(required_arguments.fix, broken).get("main.py", "")
    return "\n".join(after.split("\n")[3:-1]) if after != main else ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('p.add_argument("--lr", required=True, default=0.1)', 'p.add_argument("--lr", default=0.1)'),
        ('p.add_argument("--lr", default=0.1, required=True)', 'p.add_argument("--lr", default=0.1)'),
        (
            'p.add_argument("-l", "--lr", type=float, required=True, help="rate (default: 0.1)")',
            'p.add_argument("-l", "--lr", type=float, default=0.1, help="rate (default: 0.1)")',
        ),
        ('p.add_argument("lr", default=0.1)', 'p.add_argument("lr", nargs="?", default=0.1)'),
    ],
)
def test_a_default_that_stands_there_is_one(before: str, after: str) -> None:
    name = "-l/--lr" if '"-l"' in before else "lr" if '("lr"' in before else "--lr"
    assert parser_after(before, name) == after


def test_the_code_and_the_only_configuration_file_give_defaults() -> None:
    call = 'p.add_argument("--learning-rate", type=float, required=True)\np.add_argument("config_path")'
    after = parser_after(
        call,
        "--learning-rate, config_path",
        train__py="def fit(data, learning_rate=0.01):\n    return data\n",
        base__yaml="a: 1\n",
    )
    assert after == (
        'p.add_argument("--learning-rate", type=float, default=0.01)\n'
        'p.add_argument("config_path", nargs="?", default="base.yaml")'
    )
    ast.parse(after)


@pytest.mark.parametrize(
    ("call", "names"),
    [
        ('p.add_argument("--lr", required=True)', "--lr"),
        ('p.add_argument("--config", required=True)', "--config"),
        ('p.add_argument("--a", required=True, default=1)\np.add_argument("--b", required=True)', "--a, --b"),
        ('p.add_argument("files", nargs="+")', "files"),
        ('p.add_argument("--lr", required=True, default=1)', "--rate"),
        ('p.add_argument("--n", type=int, required=True, help="count (default: many)")', "--n"),
        ('p.add_argument("--mode", choices=["a"], required=True, help="default: b")', "--mode"),
    ],
)
def test_one_argument_without_a_default_leaves_all_alone(call: str, names: str) -> None:
    assert parser_after(call, names, a__yaml="x: 1\n", b__yaml="y: 1\n") == ""


def test_a_dash_is_an_underscore_and_nothing_else_is_an_alias() -> None:
    main = 'import argparse\n\np = argparse.ArgumentParser()\np.add_argument("-b", "--batch_size", type=int)\n'
    refused = "`python main.py` ended itself with 2: main.py: error: unrecognized arguments: {}"
    after = cured(
        required_arguments.fix, case({"main.py": main}, error("SystemExit", refused.format("--batch-size 4")))
    )
    assert after["main.py"] == main.replace('"--batch_size"', '"--batch_size", "--batch-size"')
    for other in ("--batch 4", "--batch-size 4 --lr 1", "--learning-rate 1"):
        assert required_arguments.fix(case({"main.py": main}, error("SystemExit", refused.format(other)))) is None
