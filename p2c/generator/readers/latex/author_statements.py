"""What the author of a LaTeX source says is the paper: arXiv's 00README, marks in the files, latexmk's settings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from p2c.errors import InputError
from p2c.generator.readers.text_decoding import decode_file
from p2c.untrusted_text import load_json

_IGNORED = re.compile(r"\A[ \t]*%+[ \t]*auto-ignore\b", re.IGNORECASE)
_ROOT = re.compile(r"^[ \t]*%+[ \t]*!\s*TEX\s+root\s*=\s*(.+?)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_SUBFILE = re.compile(r"\\documentclass\s*\[([^\]]*)\]\s*\{subfiles\}")
_DEFAULT_FILES = re.compile(r"@default_files\s*=\s*\(([^)]*)\)")
_ANCILLARY = "anc"


@dataclass(frozen=True)
class Statements:
    """The top-level files in their order, those to be left out, and how often parts name a file as theirs."""

    top: tuple[Path, ...] = ()
    ignored: frozenset[Path] = frozenset()
    votes: tuple[tuple[Path, int], ...] = ()

    def voted(self, path: Path) -> int:
        """How many parts say that a file is the one they belong to."""
        return dict(self.votes).get(path.resolve(), 0)


def read_statements(folder: Path, raw: dict[Path, str]) -> Statements:
    """Collect what is said of the .tex files of a folder, given by their texts with comments."""
    top, ignored = _readme(folder)
    names = _settings(folder)
    ignored |= {path for path, text in raw.items() if _IGNORED.match(text)}
    ignored |= {
        path
        for path in raw
        if path.relative_to(folder).parts[0].lower() == _ANCILLARY and len(path.relative_to(folder).parts) > 1
    }
    known = {path.resolve(): path for path in raw}
    top_files = [known[place] for name in (top or names) if (place := _place(folder, name, raw)) in known]
    return Statements(tuple(dict.fromkeys(top_files)), frozenset(ignored), tuple(_votes(raw).items()))


def _place(folder: Path, name: str, raw: Iterable[Path]) -> Path:
    place = (folder / name.strip().removeprefix("./")).resolve()
    return place if place.suffix else place.with_suffix(".tex")


def _votes(raw: dict[Path, str]) -> dict[Path, int]:
    votes: dict[Path, int] = {}
    for path, text in raw.items():
        match = _ROOT.search(text[:2_000]) or _SUBFILE.search(text[:5_000])
        if match:
            named = (path.parent / match.group(1).strip().strip('"')).resolve()
            named = named if named.suffix else named.with_suffix(".tex")
            if named != path.resolve():
                votes[named] = votes.get(named, 0) + 1
    return votes


def _readme(folder: Path) -> tuple[list[str], set[Path]]:
    """The files that arXiv's 00README names, of version 2 (JSON, YAML) or 1 (lines)."""
    top: list[str] = []
    ignored: set[Path] = set()
    for path in sorted(folder.glob("00README*"))[:5]:
        usages = _usages(path)
        top += [name for name, usage in usages if usage in ("toplevel", "toplevelfile")]
        ignored |= {folder / name.removeprefix("./") for name, usage in usages if usage == "ignore"}
    return top, ignored


def _usages(path: Path) -> list[tuple[str, str]]:
    try:
        text, _ = decode_file(path)
    except InputError:
        return []
    suffix = path.suffix.lower()
    if suffix == ".json":
        try:
            return _listed(load_json(text))
        except (InputError, ValueError, json.JSONDecodeError):
            return []
    if suffix in (".yaml", ".yml", ".toml"):
        usages = re.findall(
            r"filename\s*[:=]\s*[\"']?([^\"'\n,}]+?)[\"']?\s*[,\n}][^}]*?usage\s*[:=]\s*[\"']?(\w+)", text
        )
        return [(name.strip(), usage.lower()) for name, usage in usages[:1_000]]
    lines = [line.split() for line in text.splitlines()[:1_000]]
    return [(words[0], words[1].lower()) for words in lines if len(words) > 1]


def _listed(data: Any) -> list[tuple[str, str]]:
    sources = data.get("sources") if isinstance(data, dict) else None
    items = [item for item in sources if isinstance(item, dict)] if isinstance(sources, list) else []
    return [
        (str(item.get("filename") or ""), str(item.get("usage") or "").lower())
        for item in items
        if item.get("filename")
    ]


def _settings(folder: Path) -> list[str]:
    """The files that latexmk is told to make, where there is such a setting."""
    for name in ("latexmkrc", ".latexmkrc", "LatexMk", "latexmkrc.pl"):
        path = folder / name
        if not path.is_file() or path.is_symlink():
            continue
        try:
            match = _DEFAULT_FILES.search(re.sub(r"(?m)^\s*#.*$", "", decode_file(path)[0]))
        except InputError:
            continue
        if match:
            return [name for name in re.findall(r"[\"']([^\"']+)[\"']", match.group(1)) if "*" not in name]
    return []
