"""YAML that strangers wrote: bounded in size, nesting and what its aliases stand for, with one kind of error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import yaml

from p2c.errors import UnreadableTextError
from p2c.untrusted_text import MAX_BITS, MAX_DEPTH

MAX_CHARACTERS = 300_000
"""Of one text: PyYAML's Python takes up to 25 s for a million characters."""
MAX_EXPANDED = 1_000_000
"""Characters that the aliases of one text may stand for."""


def load_yaml(text: str) -> Any:
    """Return what a YAML text says, as `yaml.safe_load` does; raises UnreadableTextError."""
    return _read(text, lambda loader: loader.get_single_data())


def load_documents(text: str) -> list[Any]:
    """Return what each document of a YAML text says; raises UnreadableTextError."""
    documents: list[Any] = _read(text, lambda loader: list(iter(lambda: _next_document(loader), _END)))
    return documents


def compose(text: str) -> yaml.Node | None:
    """Return the nodes of a YAML text, with their places; raises UnreadableTextError.

    An alias gives the same node again: a walk meets it as often as it stands there, which is bounded.
    """
    node: yaml.Node | None = _read(text, lambda loader: loader.get_single_node())
    return node


def scan(text: str) -> Iterator[yaml.Token]:
    """Yield the tokens of a YAML text; raises UnreadableTextError."""
    _refuse_long(text)
    depth = 0
    try:
        for token in yaml.scan(text):
            depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
            if depth > MAX_DEPTH:
                raise _too_deep(token)
            yield token
    except yaml.YAMLError as error:
        raise _unreadable(error) from error


def refusal(text: str) -> UnreadableTextError | None:
    """Return why a YAML text that may well be one is not read: too long, too deep, or expanded without end.

    None for one that is read, and for one that is no YAML at all: that is for a linter to say.
    """
    try:
        load_documents(text)
    except UnreadableTextError as error:
        return error if not isinstance(error.__cause__, yaml.YAMLError) else None
    return None


_END = object()
_OPENING = (
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
)
_CLOSING = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)


def _next_document(loader: Any) -> Any:
    return loader.get_data() if loader.check_data() else _END


def _read(text: str, read: Callable[[Any], Any]) -> Any:
    _refuse_long(text)
    try:
        return read(_Loader(text))
    except UnreadableTextError:
        raise
    except yaml.YAMLError as error:
        raise _unreadable(error) from error
    except Exception as error:  # PyYAML meets `!!int ""`, a 13th month and their like with errors of its own code
        raise UnreadableTextError(f"a value in it is not what it says ({error})") from error


def _refuse_long(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise UnreadableTextError(f"longer than {MAX_CHARACTERS:,} characters")


def _unreadable(error: yaml.YAMLError) -> UnreadableTextError:
    mark = getattr(error, "problem_mark", None)
    return UnreadableTextError(str(error), mark.line + 1 if mark else None)


def _too_deep(at: Any) -> UnreadableTextError:
    return UnreadableTextError(f"nested too deeply (more than {MAX_DEPTH} levels)", at.start_mark.line + 1)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which counts levels, and the characters that aliases stand for."""

    depth = 0
    size = 0
    """Characters of scalars so far, with those that aliases stand for; a node counts as one more."""
    expanded = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            return self._expanded(event, super().compose_node(parent, index))
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _too_deep(event)
        before = self.size
        self.size += 1 + len(getattr(event, "value", None) or "")
        node: Any = super().compose_node(parent, index)
        node.size = self.size - before
        self.depth -= 1
        return node

    def _expanded(self, event: Any, node: Any) -> Any:
        size = getattr(node, "size", None)  # a node that is not complete has none yet
        line = event.start_mark.line + 1
        if size is None:
            raise UnreadableTextError(f"*{event.anchor} stands within what it refers to", line)
        self.size += size
        self.expanded += size
        if self.expanded > MAX_EXPANDED:
            raise UnreadableTextError(f"its aliases stand for more than {MAX_EXPANDED:,} characters", line)
        return node

    def construct_scalar(self, node: Any) -> Any:
        if node.tag.endswith((":int", ":float")) and len(node.value) > MAX_BITS // 4:
            raise UnreadableTextError("a number in it has too many digits", node.start_mark.line + 1)
        return super().construct_scalar(node)
