"""Repairs that need no model, cheapest first: each is right or silent."""

from __future__ import annotations

from p2c.repair.case import Strategy
from p2c.repair.fixers.configuration import missing_keys, yaml_numbers
from p2c.repair.fixers.imports import cycles, missing_imports, missing_init, paths, shadowing
from p2c.repair.fixers.libraries import pandas_append, torch_load
from p2c.repair.fixers.libraries.fixers import (
    keyword_only,
    removed_members,
    removed_names,
    removed_parameters,
    renamed_parameters,
)
from p2c.repair.fixers.requirements import (
    conda_lines,
    conflicting_pins,
    invalid_lines,
    missing_requirements,
    outdated_libraries,
    pytest_plugins,
    python_version,
    relax_old_pins,
    wrong_names,
)
from p2c.repair.fixers.runtime import headless_plots, output_folders, relative_paths, required_arguments
from p2c.repair.fixers.source import encoding, escaped_lines, fstring_quotes, markdown_fences, python2, ruff_fixes

FIXERS: tuple[Strategy, ...] = (
    encoding.fix,
    escaped_lines.fix,
    markdown_fences.fix,
    python2.fix,
    fstring_quotes.fix,
    invalid_lines.fix,
    conda_lines.fix,
    wrong_names.fix,
    python_version.fix,
    conflicting_pins.fix,
    relax_old_pins.fix,
    shadowing.fix,
    cycles.fix,
    paths.fix,
    missing_init.fix,
    missing_requirements.fix,
    pytest_plugins.fix,
    outdated_libraries.fix,
    missing_imports.fix,
    removed_names,
    renamed_parameters.fix,
    removed_members.fix,
    pandas_append.fix,
    removed_parameters.fix,
    keyword_only.fix,
    torch_load.fix,
    yaml_numbers.fix,
    required_arguments.fix,
    missing_keys.fix,
    output_folders.fix,
    relative_paths.fix,
    headless_plots.fix,
    ruff_fixes.fix,
)
"""Every fixer: first what keeps a file from being read, then what keeps it from being installed, imported, run."""
