"""What Python 3 names otherwise or makes lazily, in source that can be parsed and was written for Python 2."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from p2c.python_source import parse
from p2c.repair.fixers.imported_names import assigned_names, dotted_uses, imported_names
from p2c.repair.fixers.text_edits import Edit, Text, edited, with_imports

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "xrange": "range",
        "raw_input": "input",
        "unicode": "str",
        "basestring": "str",
        "long": "int",
        "unichr": "chr",
        "file": "open",
        "reduce": "functools.reduce",
    }
)
METHODS: Mapping[str, str] = MappingProxyType(
    {"iteritems": "items", "itervalues": "values", "iterkeys": "keys", "viewitems": "items", "has_key": ""}
)
MODULES: Mapping[str, str] = MappingProxyType(
    {
        "cPickle": "pickle",
        "cStringIO": "io",
        "StringIO": "io",
        "ConfigParser": "configparser",
        "Queue": "queue",
        "Tkinter": "tkinter",
        "HTMLParser": "html.parser",
        "httplib": "http.client",
        "cookielib": "http.cookiejar",
        "urllib2": "urllib.request",
        "urlparse": "urllib.parse",
        "xmlrpclib": "xmlrpc.client",
        "SocketServer": "socketserver",
        "__builtin__": "builtins",
        "copy_reg": "copyreg",
    }
)
"""Modules under their new names; `urllib.request` holds urllib2's errors too."""
ITERTOOLS: Mapping[str, str] = MappingProxyType({"izip": "zip", "imap": "map", "ifilter": "filter"})
DOTTED: Mapping[str, str] = MappingProxyType(
    {
        "sys.maxint": "sys.maxsize",
        "string.letters": "string.ascii_letters",
        "string.lowercase": "string.ascii_lowercase",
        "string.uppercase": "string.ascii_uppercase",
        "os.getcwdu": "os.getcwd",
        "itertools.izip_longest": "itertools.zip_longest",
        "urllib.urlopen": "urllib.request.urlopen",
        "urllib.urlretrieve": "urllib.request.urlretrieve",
        "urllib.urlencode": "urllib.parse.urlencode",
        "urllib.quote": "urllib.parse.quote",
        "urllib.quote_plus": "urllib.parse.quote_plus",
        "urllib.unquote": "urllib.parse.unquote",
    }
)
_LAZY = frozenset({"zip", "map", "filter"})
_VIEWS = frozenset({"keys", "values", "items"})
_TAKERS = frozenset(
    "list tuple set frozenset dict sorted sum min max any all enumerate zip map filter iter izip imap ifilter".split()
)
"""Functions that take any iterable and go through it once."""


def modernised(text: str, whole: bool) -> str:
    """Return the text in Python 3; `whole`: it could not be parsed as such, so `/` of whole numbers divides down."""
    tree = parse(text)
    if tree is None:
        return text
    place = Text(text)
    bound = assigned_names(tree)
    free = bound | set(imported_names(tree))
    edits = [*_imports(tree, place), *_renamed(tree, place, free), *_methods(tree, place)]
    edits += [*_dotted(tree, place), *_lists(tree, place, free)]
    edits += _divisions(tree, place) if whole else []
    changed = edited(text, _apart(edits))
    return with_imports(changed, _lines(text, changed)) if parse(changed) is not None else text


def is_three(text: str) -> bool:
    """Tell whether a source uses what only Python 3 has, or says that it is ready for it."""
    tree = parse(text)
    for node in ast.walk(tree) if tree else ():
        new = ast.JoinedStr | ast.AnnAssign | ast.Nonlocal | ast.AsyncFunctionDef | ast.YieldFrom | ast.NamedExpr
        if isinstance(node, new) or (isinstance(node, ast.arg) and node.annotation):
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print" and node.keywords:
            return True
    return False


def _apart(edits: list[Edit]) -> list[Edit]:
    """Leave out what would change a place twice."""
    kept: list[Edit] = []
    for change in sorted(set(edits), key=lambda edit: (edit.start, edit.end)):
        if not kept or change.start >= kept[-1].end:
            kept.append(change)
    return kept


def _lines(before: str, after: str) -> list[str]:
    """Return the imports that what was written anew needs."""
    wanted = {"functools.reduce": "functools", "urllib.request.": "urllib.request", "urllib.parse.": "urllib.parse"}
    return [f"import {name}" for word, name in wanted.items() if word in after and word not in before]


def _imports(tree: ast.Module, place: Text) -> Iterator[Edit]:
    """Take modules from where they are now; where the code is ready for both, nothing is to be done."""
    ready = {id(node) for statement in ast.walk(tree) if isinstance(statement, ast.Try) for node in ast.walk(statement)}
    for node in ast.walk(tree):
        if id(node) in ready:
            continue
        if isinstance(node, ast.Import) and any(alias.name in MODULES for alias in node.names):
            yield Edit(*place.span(node), "import " + ", ".join(map(_alias, node.names)))
        elif isinstance(node, ast.ImportFrom) and node.module and node.module in MODULES and not node.level:
            text = re.sub(r"\Afrom\s+\w+", f"from {MODULES[node.module]}", place.source(node))
            yield Edit(*place.span(node), text)
        elif isinstance(node, ast.ImportFrom) and node.module == "itertools":
            yield from _itertools(node, place)


def _alias(alias: ast.alias) -> str:
    new = MODULES.get(alias.name, alias.name)
    name = alias.asname or (alias.name if new != alias.name else "")
    return f"{new} as {name}" if name and name != new else new


def _itertools(node: ast.ImportFrom, place: Text) -> Iterator[Edit]:
    old = {alias.name for alias in node.names}
    if not old & {*ITERTOOLS, "izip_longest"} or any(alias.asname for alias in node.names):
        return
    kept = [name.name for name in node.names if name.name not in ITERTOOLS]
    names = ["zip_longest as izip_longest" if name == "izip_longest" else name for name in kept]
    yield Edit(*place.span(node), f"from itertools import {', '.join(names)}" if names else "")


def _renamed(tree: ast.Module, place: Text, free: set[str]) -> Iterator[Edit]:
    taken = {alias.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for alias in n.names}
    new = {**{name: to for name, to in NAMES.items() if name not in free}}
    new |= {name: to for name, to in ITERTOOLS.items() if name in taken and name not in assigned_names(tree)}
    calls = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in new and (node.id not in ("file", "reduce") or id(node) in calls):
            yield Edit(*place.span(node), new[node.id])


def _methods(tree: ast.Module, place: Text) -> Iterator[Edit]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.keywords:
            continue
        method = node.func.attr
        if method == "has_key" and len(node.args) == 1:
            key, owner = place.source(node.args[0]), place.source(node.func.value)
            yield Edit(*place.span(node), f"({key} in {owner})")
        elif METHODS.get(method) and not node.args:
            end = place.span(node.func)[1]
            yield Edit(end - len(method), end, METHODS[method])


def _dotted(tree: ast.Module, place: Text) -> Iterator[Edit]:
    bound = imported_names(tree)
    for node, dotted in dotted_uses(tree, bound):
        if dotted in DOTTED and isinstance(node.value, ast.Name) and node.value.id == dotted.partition(".")[0]:
            yield Edit(*place.span(node), DOTTED[dotted])
        elif dotted.removeprefix("itertools.") in ITERTOOLS and dotted.startswith("itertools."):
            yield Edit(*place.span(node), ITERTOOLS[node.attr])


def _lists(tree: ast.Module, place: Text, free: set[str]) -> Iterator[Edit]:
    """Make lists of what was one, unless it is only gone through."""
    passing = set(_gone_through(tree))
    parents = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or id(node) in passing:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        view = isinstance(node.func, ast.Attribute) and node.func.attr in _VIEWS and not node.args
        stored = isinstance(parents.get(id(node)), ast.Assign | ast.BinOp) or _is_shuffled(parents.get(id(node)))
        stored_range = name == "range" and stored
        if (view and not node.keywords) or ((name in _LAZY or stored_range) and name not in free):
            start, end = place.span(node)
            yield Edit(start, start, "list(")
            yield Edit(end, end, ")")


def _is_shuffled(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "shuffle"


def _gone_through(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            yield id(node.iter)
        elif isinstance(node, ast.Compare):
            yield from (id(item) for item in node.comparators)
        elif isinstance(node, ast.Expr | ast.Starred):
            yield id(node.value)
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            taker = name in _TAKERS or name in {"join", "extend", "update", "izip", "len"}
            lazy = isinstance(node.func, ast.Name) and name == "len"
            yield from (id(a) for a in node.args if taker and not (lazy and _is_lazy(a)))


def _is_lazy(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _LAZY


def _divisions(tree: ast.Module, place: Text) -> Iterator[Edit]:
    """Write `//` between what can only be whole numbers: there `/` was that, and today's result would differ."""
    future = any(isinstance(n, ast.ImportFrom) and n.module == "__future__" and _divides(n) for n in tree.body)
    for node in ast.walk(tree):
        if future or not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
            continue
        if _is_whole(node.left) and _is_whole(node.right):
            start, end = place.span(node.left)[1], place.span(node.right)[0]
            if place.text[start:end].count("/") == 1:
                yield Edit(start, end, place.text[start:end].replace("/", "//"))


def _divides(node: ast.ImportFrom) -> bool:
    return any(alias.name == "division" for alias in node.names)


def _is_whole(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) is int
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div | ast.FloorDiv):
        return _is_whole(node.left) and _is_whole(node.right)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"len", "int"}
