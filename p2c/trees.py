"""Untrusted Python source becomes a syntax tree, or one kind of error."""

from __future__ import annotations

import ast
import warnings


def parse_python(source: str | bytes) -> ast.Module:
    """Return the tree; whatever the parser dies of (nesting, NUL bytes, surrogates) is a SyntaxError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError:
        raise
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(f"not Python that can be parsed ({type(error).__name__})") from error
