"""Environments of theorems: what they are called, and how they are counted."""

from __future__ import annotations

import re
from collections.abc import Mapping

_THEOREM = re.compile(
    r"\\newtheorem(?P<star>\*?)\s*\{(?P<name>[^{}]*)\}\s*(?:\[(?P<shared>[^\]]*)\]\s*)?\{(?P<shown>[^{}]*)\}"
    r"(?:\s*\[(?P<within>[^\]]*)\])?|\\declaretheorem\s*(?:\[(?P<options>[^\]]*)\]\s*)?\{(?P<declared>[^{}]*)\}"
)
# What authors call the environments that a class declares for them.
_USUAL = tuple("theorem lemma proposition corollary definition assumption remark example conjecture claim".split())


def theorems(text: str) -> dict[str, tuple[str, str]]:
    """Environments of theorems: the name that is shown, and the counter (empty where they are not numbered)."""
    environments: dict[str, tuple[str, str]] = {name: (name.capitalize(), name) for name in _USUAL}
    for match in _THEOREM.finditer(text):
        if match["declared"] is not None:
            options = dict(re.findall(r"(\w+)\s*=\s*\{?([^,{}\]]*)\}?", match["options"] or ""))
            shown = options.get("name") or options.get("title") or match["declared"].capitalize()
            shared = options.get("sibling") or options.get("numberlike") or options.get("sharenumber") or ""
            counter = (
                ""
                if options.get("numbered") == "no"
                else environments.get(shared, ("", shared or match["declared"]))[1]
            )
            environments[match["declared"]] = (shown.strip(), counter)
            continue
        shared = environments.get(match["shared"] or "", ("", match["shared"] or match["name"]))[1]
        environments[match["name"]] = (match["shown"].strip(), "" if match["star"] else shared)
    return environments


def theorem_within(text: str) -> Mapping[str, str]:
    """The counters of theorems that start anew with a section, or another theorem."""
    parents = {}
    for match in _THEOREM.finditer(text):
        if match["declared"] is not None:
            options = dict(re.findall(r"(\w+)\s*=\s*\{?([^,{}\]]*)\}?", match["options"] or ""))
            within = options.get("within") or options.get("parent") or options.get("numberwithin")
            if within:
                parents[match["declared"]] = within
        elif match["within"]:
            parents[match["name"]] = match["within"]
    return parents
