from __future__ import annotations

import ast
import gc
import sys
import threading
import time

import pytest

from p2c.untrusted_text import parse_python


@pytest.mark.parametrize("source", ["a\0b", "(" * 100_000, "x = " + "-" * 200_000 + "1", "def f(:", b"\xff\xfe"])
def test_whatever_cannot_be_parsed_is_a_syntax_error(source: str | bytes) -> None:
    with pytest.raises(SyntaxError):
        parse_python(source)


def test_threads_may_parse_at_the_same_time() -> None:
    """CPython 3.11 before 3.11.5 fails with a SystemError where two threads make trees at once."""
    source = "x = " + " + ".join(f"f({n}, [a, (b, {{'c': {n}}})])" for n in range(500))
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
