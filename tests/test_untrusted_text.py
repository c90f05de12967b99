from __future__ import annotations

import ast
import gc
import sys
import threading
import time
from collections.abc import Callable

import pytest
import yaml

from p2c.errors import UnreadableTextError
from p2c.untrusted_text import TooDeepError, legible, load_ini, load_json, load_toml, parse_python
from p2c.untrusted_yaml import compose, load_documents, load_yaml, scan


@pytest.mark.parametrize("source", ["a\0b", "(" * 100_000, "x = " + "-" * 200_000 + "1", "def f(:", b"\xff\xfe"])
def test_whatever_cannot_be_parsed_is_a_syntax_error(source: str | bytes) -> None:
    with pytest.raises(SyntaxError):
        parse_python(source)


def test_threads_may_parse_at_the_same_time() -> None:
    """CPython 3.11 before 3.11.5 fails with a SystemError where two threads make trees at once."""
    source = "x = [" + ", ".join(f"f({n}, [a, (b, {{'c': {n}}})])" for n in range(500)) + "]"
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                assert isinstance(parse_python(source), ast.Module)
        except BaseException as error:
            failed.append(error)

    def collected(phase: str, told: dict[str, int]) -> None:
        """Run some Python in the middle of making a tree, so that another thread gets its turn there."""
        time.sleep(0)

    before, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(500)
    gc.callbacks.append(collected)
    try:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        gc.callbacks.remove(collected)
        gc.set_threshold(*threshold)
        sys.setswitchinterval(before)
    assert not failed, failed[0]


DEEP_PYTHON = {
    "conditions": "if a:\n    pass\n" + "elif b:\n    pass\n" * 1_200,
    "operators": "x = " + " - ".join(["a"] * 900),
    "attributes": "x = a" + ".b" * 500,
    "calls": "x = f" + "()" * 300,
    "lambdas": "x = " + "lambda: " * 150 + "1",
    "conditional expressions": "x = " + "a if b else " * 150 + "c",
    "blocks": "".join(" " * n + "if a:\n" for n in range(99)) + " " * 99 + "pass\n",
    "a number": "x = 0x" + "f" * 5_000,
    "comparisons": "x = " + "not " * 2_000 + "a",
}


@pytest.mark.parametrize("source", DEEP_PYTHON.values(), ids=DEEP_PYTHON)
def test_python_that_no_walk_may_follow_has_a_name_of_its_own(source: str) -> None:
    with pytest.raises(TooDeepError, match="to be analysed"):
        parse_python(source)


def test_python_as_people_write_it_is_walked_recursively() -> None:
    chain = "x = 0\nif x == 0:\n    pass\n" + "".join(f"elif x == {n}:\n    pass\n" for n in range(80))
    nested = "y = " + "[" * 60 + "1" + "]" * 60
    total = "z = " + " + ".join(f"'line {n}'" for n in range(80))
    tree = parse_python("\n".join([chain, nested, total]))
    assert ast.dump(ast.parse(ast.unparse(tree))) == ast.dump(tree)


SELF = {
    "a list": "a: &a [1, *a]",
    "a table": "a: &a\n  b: 1\n  c: *a",
    "two": "a: &a\n- &b\n  - *a\n- *b",
    "merged": "a: &a\n  <<: *a",
}


def each_of_the_last(first: str, made: Callable[[str], str]) -> str:
    """A text in which each anchor from b to h is made of aliases of the one before."""
    return f"a: &a {first}\n" + "".join(
        f"{'bcdefgh'[n]}: &{'bcdefgh'[n]} {made('*' + 'abcdefg'[n])}\n" for n in range(7)
    )


GROWING = {
    "lists": each_of_the_last("[x, x, x, x]", lambda last: f"[{f'{last}, ' * 8}]"),
    "merged tables": each_of_the_last("{x: 1}", lambda last: f"\n  <<: [{f'{last}, ' * 9}]"),
    "tables": each_of_the_last("{k: v}", lambda last: f"{{{', '.join(f'k{n}: {last}' for n in range(9))}}}"),
    "one long text": f"a: &a {'x' * 20_000}\nb: [{'*a, ' * 100}]",
}
DEEP_YAML = {
    "lists": "[" * 101,
    "tables": "{a: " * 150 + "1",
    "never closed": "[" * 250_000,
    "lines": "\n".join("  " * n + "a:" for n in range(120)),
    "items": "- " * 300 + "a",
    "both": "[{a: " * 60,
}


@pytest.mark.parametrize(
    "text", [*SELF.values(), *GROWING.values(), *DEEP_YAML.values()], ids=[*SELF, *GROWING, *DEEP_YAML]
)
def test_yaml_without_end_is_refused_before_it_is_built(text: str) -> None:
    for read in (load_yaml, load_documents, compose):
        with pytest.raises(UnreadableTextError):
            read(text)


@pytest.mark.parametrize("text", [*DEEP_YAML.values(), "a" * 400_000], ids=[*DEEP_YAML, "long"])
def test_its_tokens_are_not_followed_without_end_either(text: str) -> None:
    with pytest.raises(UnreadableTextError):
        list(scan(text))


VALUES = [
    "!!int ''",
    "!!float ''",
    "!!timestamp x",
    "2001-13-45",
    "!!bool x",
    "1:2" + ":3" * 3_000,
    "9" * 5_000,
    "a: [",
    "\0",
]


@pytest.mark.parametrize("text", [*VALUES, "!!python/object:os.system x", "? {a: b}\n: c", "*a", "%YAML 9.9"])
def test_whatever_pyyaml_says_of_it_is_one_kind_of_error(text: str) -> None:
    with pytest.raises(UnreadableTextError):
        load_yaml(text)


def test_yaml_as_people_write_it_is_what_it_says() -> None:
    text = "d: &d {rate: 0.1, on: [1, 2]}\na:\n  <<: *d\n  on: *d\nb: [*d, *d]\nwhen: 2021-05-03\n"
    assert load_yaml(text) == yaml.safe_load(text)
    assert load_documents("a: 1\n---\n[b]\n") == [{"a": 1}, ["b"]]
    assert load_documents("") == [] and load_yaml("") is None and compose("") is None
    assert [type(token) for token in scan(text)] == [type(token) for token in yaml.scan(text)]
    node = compose(text)
    assert node is not None and node.start_mark.line == 0 and len(node.value) == 4
    names = "&a x: &b y\n" + "".join(f"k{n}: [*a, *b]\n" for n in range(2_000))
    assert load_yaml(names)["k1999"] == ["x", "y"]


@pytest.mark.parametrize(
    "nested",
    ["x = " + "[" * 50_000, "x = " + "{a=" * 150 + "1" + "}" * 150, "a." * 150 + "b = 1", "[" + "a." * 101 + "b]"],
)
def test_toml_is_bounded_in_depth(nested: str) -> None:
    with pytest.raises(UnreadableTextError, match="nested too deeply"):
        load_toml(nested)


@pytest.mark.parametrize("text", ["a." * 100_000 + "b = 1", "\n".join("a." * 3_000 + f"b{n} = 1" for n in range(20))])
def test_the_parts_of_tomls_keys_are_counted_before_they_are_copied(text: str) -> None:
    with pytest.raises(UnreadableTextError, match="too many dots"):
        load_toml(text)


@pytest.mark.parametrize("text", ["x = 1" + "0" * 5_000, "x = 0x" + "a" * 9_000, "x = 2021-13-01", "\ud800 = ["])
def test_whatever_tomllib_says_of_it_is_one_kind_of_error(text: str) -> None:
    with pytest.raises(UnreadableTextError):
        load_toml(text)


def test_toml_tells_the_line_and_reads_long_lists() -> None:
    with pytest.raises(UnreadableTextError) as told:
        load_toml("a = 1\nb = x\n")
    assert told.value.line == 2
    assert len(load_toml(f"x = [{', '.join(['1.5'] * 5_000)}]")["x"]) == 5_000


@pytest.mark.parametrize(
    "text", ["[" * 200_000, "[" * 150 + "]" * 150, '{"a":' * 120 + "1" + "}" * 120, "1" * 5_000, "{", b"\xff"]
)
def test_json_is_bounded_too(text: str | bytes) -> None:
    with pytest.raises(UnreadableTextError):
        load_json(text)


def test_an_ini_file_is_read_and_a_line_of_blanks_costs_little() -> None:
    assert load_ini("[options]\ninstall_requires =\n    a>=1\n    b\n")["options"]["install_requires"] == "\na>=1\nb"
    with pytest.raises(UnreadableTextError):
        load_ini("[options]\na" + " " * 500_000 + "b\n")
    with pytest.raises(UnreadableTextError):
        load_ini("no = section\n")


def test_what_is_legible_keeps_its_line_numbers() -> None:
    assert legible("a\nb\n") == "a\nb\n"
    assert legible("a\n" + "x" * 2_000 + "\nc") == "a\n\nc"
    assert len(legible("a\n" * 500_000)) == 200_000
