"""A coding reply becomes a file's text: the right file, whole, parsing, with what was promised."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Mapping

from p2c.errors import UnreadableTextError
from p2c.generator.import_validation import wrong_imports
from p2c.generator.interface_check import broken_promises
from p2c.generator.markdown_blocks import FencedBlock, blocks
from p2c.generator.plan import FileSpec, Plan
from p2c.generator.structured_replies import InvalidReply, refuse
from p2c.untrusted_text import load_json, load_toml, parse_python

_PATH = re.compile(r"[\w./-]+\.(?:py|sh|txt|md|json|ya?ml|toml|csv|cfg|ini)\Z")
_LEFT_OUT = re.compile(
    r"^#+\s*(?:\.\.\.|…)\s*(?:$|[(\[]?\s*(?:the )?(?:rest|existing|remaining|unchanged|same|omitted|previous|other)\b)"
    r"|\b(?:rest|remainder) of (?:the |this |your )?(?:code|file|class|function|method|implementation|module|script)\b"
    r"|\b(?:code|implementation|body) (?:is |was )?(?:omitted|elided|goes here)\b"
    r"|\byour (?:code|implementation|logic) (?:goes )?here\b|\badd (?:your|the) (?:code|implementation|logic) here\b"
    r"|\btodo\b.{0,20}\bimplement|\bimplement (?:this|me) here\b",
    re.IGNORECASE,
)


def read_source(reply: str, spec: FileSpec, plan: Plan, written: Mapping[str, str]) -> str:
    """Return the file's text; raises Unusable.

    Code that parses but misses a promise will do if nothing better comes: the checks find it again.
    """
    text = _pick(reply, spec, plan)
    if not spec.path.endswith(".py"):
        return _parsed_data(text, spec.path)
    tree = _parse(text)
    wrong = _left_out(text) + broken_promises(
        tree, spec.interface, [written[path] for path in spec.uses if path in written]
    )
    wrong += wrong_imports(tree, spec, plan, written)
    refuse(wrong, settle=text)
    return text


def _pick(reply: str, spec: FileSpec, plan: Plan) -> str:
    """Return the one block that holds the file."""
    fenced = blocks(reply)
    if not fenced:
        return _bare(reply, spec)
    named = [block for block in fenced if _named(block, plan) == spec.path]
    others = [name for block in fenced if (name := _named(block, plan)) not in ("", spec.path)]
    if others and not named:
        raise InvalidReply(f"it holds {others[0]}, but {spec.path} was asked for")
    fitting = named or fenced
    if len(fitting) > 1:
        raise InvalidReply(f"it has {len(fitting)} code blocks; give the whole of {spec.path} in exactly one")
    if not fitting[0].closed:
        raise InvalidReply(
            "its code block is not closed, so the file may have been cut; give the whole file and close the block"
        )
    return fitting[0].text


def _bare(reply: str, spec: FileSpec) -> str:
    """Take a reply without a fence only where all of it is code."""
    text = reply.strip() + "\n"
    try:
        body = parse_python(text).body if spec.path.endswith(".py") else []
    except SyntaxError:
        body = []
    if any(isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom) for node in body):
        return text
    raise InvalidReply(f"there is no code block in it; give the whole of {spec.path} in one fenced block")


def _named(block: FencedBlock, plan: Plan) -> str:
    """Return the path that a block says it is: in its info string, or in a comment that is its first line."""
    first = block.text.split("\n", 1)[0].strip()
    comment = first.lstrip("#/ ").removesuffix("-->").strip() if first.startswith(("#", "//", "<!--")) else ""
    for words in (block.info.split()[:6], comment.split()[:2]):
        for word in words:
            path = word.split("=")[-1].split(":")[-1].strip("\"'`{}()").removeprefix("./")
            if _PATH.match(path) and (plan.spec(path) or "/" in path or path.endswith(".py")):
                return path
    return ""


def _parse(text: str) -> ast.Module:
    if "\0" in text:
        raise InvalidReply("there is a NUL byte in it")
    try:
        return parse_python(text)
    except SyntaxError as error:
        line = getattr(error, "lineno", None) or 0
        shown = text.split("\n")[max(0, line - 3) : line + 1]
        raise InvalidReply(f"it is not valid Python: {error}\nLines around:\n" + "\n".join(shown)) from error


def _left_out(text: str) -> list[str]:
    """Return the comments that stand in for code."""
    complaints: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and _LEFT_OUT.search(token.string):
            complaints.append(
                f"line {token.start[0]} stands in for code: {token.string.strip()!r}; write all of it out"
            )
    return complaints


def _parsed_data(text: str, path: str) -> str:
    parse = _PARSERS.get(path.split(".")[-1])
    try:
        if parse is not None:
            parse(text)
    except UnreadableTextError as error:
        raise InvalidReply(f"{path} does not parse: {error.message}") from error
    return text


def _read_yaml(text: str) -> None:
    from p2c.untrusted_yaml import load_documents

    load_documents(text)


_PARSERS: dict[str, Callable[[str], object]] = {
    "json": load_json,
    "toml": load_toml,
    "yaml": _read_yaml,
    "yml": _read_yaml,
}
