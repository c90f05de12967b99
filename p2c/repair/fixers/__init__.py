"""Repairs that need no model, cheapest first: each is right or silent."""

from __future__ import annotations

from p2c.repair.case import Strategy
from p2c.repair.fixers import (
    characters,
    display,
    fences,
    fstring_quotes,
    import_paths,
    lint_fixes,
    missing_imports,
    missing_requirements,
    output_dirs,
    packages,
    pandas_removed,
    pins,
    python2,
    relative_paths,
    removed_names,
    requirement_lines,
    requirement_names,
    yaml_numbers,
)

FIXERS: tuple[Strategy, ...] = (
    characters.fix,
    fences.fix,
    python2.fix,
    fstring_quotes.fix,
    requirement_lines.fix,
    requirement_names.fix,
    pins.fix,
    import_paths.fix,
    packages.fix,
    missing_requirements.fix,
    missing_imports.fix,
    removed_names.fix,
    pandas_removed.fix,
    yaml_numbers.fix,
    output_dirs.fix,
    relative_paths.fix,
    display.fix,
    lint_fixes.fix,
)
"""Every fixer: first what keeps a file from being read, then what keeps it from being installed, imported, run."""
