"""Untrusted Python source becomes a syntax tree, or one kind of error."""

from __future__ import annotations

import ast
import threading
import warnings

_ONE_AT_A_TIME = threading.Lock()
"""CPython counts the depth of a tree in one place for all threads (gh-106905), and warnings filters are global too."""


def parse_python(source: str | bytes) -> ast.Module:
    """Return the tree; whatever the parser dies of (nesting, NUL bytes, surrogates) is a SyntaxError.

    Safe to call from several threads.
    """
    try:
        with _ONE_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError:
        raise
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(f"not Python that can be parsed ({type(error).__name__})") from error
