"""Poetry's dependencies as pip reads them: carets, tildes, alternatives (`||`), tables, paths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from p2c.executor.requirements import pyproject

_BETWEEN = re.compile(r"\s*,\s*|(?<=[\w*])\s+(?=[<>=!~^])")
_MOST_GAPS = 50
"""Releases that are left out one by one, between two alternatives."""
_OPERATORS = {"=": "==", "<>": "!="}


@dataclass(frozen=True)
class Dependency:
    """A line as pip reads it, and `own`, what stands in the file; `unread` says why a part of it does not count."""

    text: str
    own: str = ""
    unread: str = ""


def dependencies(tables: Mapping[str, Any]) -> Iterator[Dependency]:
    """Yield the dependencies of one of Poetry's tables, without Python and the optional ones."""
    for name, value in tables.items():
        if name != "python":
            yield from _entries(name, value)


def python(constraint: str) -> str:
    """Return what a constraint on Python comes to; '' for one that is not understood."""
    return _specifiers(constraint)[0]


def _entries(name: str, value: Any) -> Iterator[Dependency]:
    """Yield a dependency; several where a list has one for each platform or Python."""
    for entry in value if isinstance(value, list) else [value]:
        table = entry if isinstance(entry, Mapping) else {"version": str(entry)}
        if not table.get("optional"):
            yield _entry(name, table)


def _entry(name: str, table: Mapping[str, Any]) -> Dependency:
    named = pyproject.texts(table.get("extras"))
    full = f"{name}[{','.join(named)}]" if named else name
    markers = _markers(table)
    address = addressed(table)
    if address:
        return Dependency(f"{full} @ {address}{f' ; {markers}' if markers else ''}", name)
    version = str(table.get("version", "*"))
    specifiers, why = _specifiers(version)
    own = f'{name} = "{version}"'
    return Dependency(f"{full}{specifiers}{f' ; {markers}' if markers else ''}", own, f"{own}: {why}" if why else "")


def addressed(table: Mapping[str, Any]) -> str:
    """Return where a table says that a distribution lies, as pip writes it; '' where an index has it."""
    below = f"#subdirectory={table['subdirectory']}" if isinstance(table.get("subdirectory"), str) else ""
    if isinstance(table.get("git"), str):
        revision = next((table[key] for key in ("rev", "tag", "branch") if isinstance(table.get(key), str)), "")
        return f"git+{table['git']}{f'@{revision}' if revision else ''}{below}"
    if isinstance(table.get("url"), str):
        return f"{table['url']}{below}"
    place = next((table[key] for key in ("path", "file") if isinstance(table.get(key), str)), "")
    return local(place) if place else ""


def local(place: str) -> str:
    """Return a path as a requirement names it."""
    return place if place.startswith(("/", "./", "../")) else f"./{place}"


def _markers(table: Mapping[str, Any]) -> str:
    markers = []
    if isinstance(table.get("python"), str):
        markers += [_marker(specifier) for specifier in _specifiers(table["python"])[0].split(",") if specifier]
    if isinstance(table.get("platform"), str):
        markers.append(f'sys_platform == "{table["platform"]}"')
    if isinstance(table.get("markers"), str):
        markers.append(f"({table['markers']})" if " or " in table["markers"] else table["markers"])
    return " and ".join(markers)


def _marker(specifier: str) -> str:
    match = re.match(r"([<>=!~]+)(.*)", specifier)
    return f'python_full_version {match[1]} "{match[2]}"' if match else ""


def _specifiers(constraint: str) -> tuple[str, str]:
    """Return a constraint as pip's specifiers, and why a part of it is not in them."""
    alternatives = [_alternative(alternative) for alternative in re.split(r"\s*\|\|?\s*", constraint.strip())]
    read = [alternative for alternative in alternatives if alternative is not None]
    if len(read) < len(alternatives):
        return "", "it is not understood, so any version counts"
    if len(read) == 1 or "" in read:
        return ("" if "" in read else read[0]), ""
    return _union(read)


def _alternative(text: str) -> str | None:
    """Return one of the alternatives as specifiers; None where it is none that is known."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    parts = [_part(part.strip()) for part in _BETWEEN.split(text.strip())]
    joined = ",".join(part for part in parts if part)
    try:
        SpecifierSet(joined)
    except InvalidSpecifier:
        return None
    return joined


def _part(text: str) -> str:
    if text in ("", "*"):
        return ""
    if text[0] not in "^~" or text.startswith("~="):
        match = re.match(r"(<>|[<>=!~]*)\s*v?(.*)", text)
        operator = _OPERATORS.get(match[1], match[1]) if match else ""
        return f"{operator or '=='}{match[2]}" if match else text
    numbers = [int(n) for n in re.findall(r"\d{1,9}", text)[:3]]
    if not numbers:
        return text  # nothing that is known
    fixed = next((i for i, n in enumerate(numbers) if n), len(numbers) - 1)
    place = fixed if text[0] == "^" else min(1, len(numbers) - 1)
    upper = [*numbers[:place], numbers[place] + 1]
    return f">={text[1:].strip()},<{'.'.join(map(str, upper))}"


Span = tuple[str, str, list[str]]
"""From where, to where ('' for open ends), and what else is asked, each as a specifier."""


def _union(alternatives: Sequence[str]) -> tuple[str, str]:
    """Return the specifiers that hold where one of the alternatives does: from the lowest to the highest, without gaps.

    pip knows no "or": what lies between two is left out release by release, where that can be written.
    """
    from packaging.version import InvalidVersion, Version

    try:
        spans = sorted(map(_span, alternatives), key=lambda span: Version(re.sub(r"^[<>=!]+", "", span[0]) or "0"))
    except (InvalidVersion, ValueError):
        return "", f"{' or '.join(alternatives)} is not what pip can be told, so any version counts"
    lower, upper, without = spans[0]
    why = ""
    for low, high, more in spans[1:]:
        gap = _gap(upper, low) if upper and low else []
        if gap is None and not why:
            first, last = (_bare(bound) if bound else "any" for bound in (lower, high))
            why = f"it is read as all versions from {first} to {last}"
        without += [*(gap or []), *more]
        upper = high if not high or not upper or _bare(high) > _bare(upper) else upper
    return ",".join(filter(None, (lower, upper, *without))), why


def _span(specifiers: str) -> Span:
    """Return a set of specifiers as what lies between two; raises ValueError for one that is not of that form."""
    lower, upper, without = "", "", list[str]()
    for text in specifiers.split(","):
        match = re.match(r"([<>=!~]+)(.*)", text)
        operator, version = (match[1], match[2]) if match else ("", "")
        if operator in (">", ">=") and not lower:
            lower = text
        elif operator in ("<", "<=") and not upper:
            upper = text
        elif operator == "==" and not lower and not upper:
            lower, upper = _exactly(version)
        elif operator == "!=":
            without.append(text)
        else:
            raise ValueError(text)
    return lower, upper, without


def _exactly(version: str) -> tuple[str, str]:
    if not version.endswith(".*"):
        return f">={version}", f"<={version}"
    numbers = [int(n) for n in version.removesuffix(".*").split(".")]
    return f">={version.removesuffix('.*')}", f"<{'.'.join(map(str, [*numbers[:-1], numbers[-1] + 1]))}"


def _bare(specifier: str) -> Any:
    from packaging.version import Version

    return Version(re.sub(r"^[<>=!~]+", "", specifier))


def _gap(upper: str, low: str) -> list[str] | None:
    """Return what is to be left out from the end of one span to the start of the next; None where that has no form."""
    end, start = _bare(upper), _bare(low)
    if end >= start:
        return [f"!={end}"] if end == start and "=" not in upper + low else []
    if upper.startswith("<=") or not low.startswith(">="):
        return None
    size = max(len(end.release), len(start.release))
    first = [*end.release, *[0] * (size - len(end.release))]
    last = [*start.release, *[0] * (size - len(start.release))]
    if first[:-1] != last[:-1]:
        size = next(i for i in range(size) if first[i] != last[i]) + 1
        if any(first[size:]) or any(last[size:]):
            return None
        first, last = first[:size], last[:size]
    if last[-1] - first[-1] > _MOST_GAPS:
        return None
    head = "".join(f"{number}." for number in first[:-1])
    return [f"!={head}{number}.*" for number in range(first[-1], last[-1])]
