"""Cures methods that objects of a library no longer have, where another one answers the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import imported_names
from p2c.repair.fixers.text_edits import Edit, Text, edited, offer, told
from p2c.repair.patch import Patch

_NO_FEATURES = re.compile(r"'\w+' object has no attribute 'get_feature_names'")
_NO_NODE = re.compile(r"'(?:Multi)?(?:Di)?Graph' object has no attribute '(node|edge)'")

_NO_VECTORS = re.compile(
    r"'(?:Word2Vec|Doc2Vec|FastText)' object has no attribute '(save_word2vec_format|most_similar)'"
)


def fix(case: Case) -> Patch | None:
    """Rewrite in all files that use the library what findings say its objects do not have."""
    text = "\n".join(told(finding) for finding in case.report.gating)
    changes = {}
    for path in case.repo.python_files():
        tree = parse(case.repo.files[path])
        if tree is not None:
            place = Text(case.repo.files[path])
            libraries = {name.partition(".")[0] for name in imported_names(tree).values()}
            changes[path] = edited(place.text, list(_edits(text, tree, place, libraries)))
    return offer(case, "removed-methods", "Call what the libraries' objects have today", changes)


def _edits(text: str, tree: ast.Module, place: Text, libraries: set[str]) -> Iterator[Edit]:
    node_of_graph, vectors = _NO_NODE.search(text), _NO_VECTORS.search(text)
    if vectors and "gensim" in libraries:
        yield from _vectors(tree, vectors[1], place)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _NO_FEATURES.search(text) and "sklearn" in libraries:
            yield from _features(node, place)
        elif isinstance(node, ast.Subscript) and node_of_graph and "networkx" in libraries:
            owner = node.value
            if isinstance(owner, ast.Attribute) and owner.attr == node_of_graph[1] == "node":
                end = place.span(owner)[1]
                yield Edit(end, end, "s")


def _features(call: ast.Call, place: Text) -> Iterator[Edit]:
    """The successor gives an array where there was a list."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "get_feature_names" or call.args:
        return
    start, end = place.span(call)
    yield Edit(start, start, "list(")
    yield Edit(place.span(call.func)[1], end, "_out())")


def _vectors(tree: ast.Module, method: str, place: Text) -> Iterator[Edit]:
    """gensim 4's models keep their vectors, and what is asked of them, in `wv`."""
    made = (node for node in ast.walk(tree) if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call))
    models = {
        target.id
        for node in made
        for target in node.targets
        if isinstance(target, ast.Name) and re.search(r"\b(?:Word2Vec|Doc2Vec|FastText)\(", place.source(node))
    }
    for node in ast.walk(tree):
        owner = node.value if isinstance(node, ast.Attribute) and node.attr == method else None
        if isinstance(owner, ast.Name) and owner.id in models:
            end = place.span(owner)[1]
            yield Edit(end, end, ".wv")
